#!/usr/bin/env bash
# A job that is done has its picture: it can be opened at once.
. "$(dirname "$0")/../lib/quick.sh"

start_quick
for i in {1..100}; do
	echo "picture $i" >"$MNT/requests/$i.txt"
done
missing=0
for i in {1..100}; do
	word=$(rest "$i.txt")
	# shellcheck disable=SC2002 # wc believes stat
	size=$(cat "$MNT/images/$i.png" | wc -c) && [ "$word" = done ] && [ "$size" -gt 0 ] &&
		[ -s "$MNT/jobs/$i.txt/images/$i.png" ] || missing=$((missing + 1))
done
is $missing 0 'a hundred are there as soon as wait has said done'

mkdir "$MNT/requests/new"
missing=0
for i in {1..20}; do
	mkdir "$MNT/requests/new/$i"
	echo "picture $i" >"$MNT/requests/new/$i/$i.txt"
	[ "$(rest "new/$i/$i.txt")" = done ] && [ -s "$MNT/images/new/$i/$i.png" ] ||
		missing=$((missing + 1))
done
is $missing 0 'in folders that are new below images/, too'
is "$(find "$MNT/images" -name '*.png' | wc -l)" 120 'nothing else is there'
is "$(find "$STORE/incoming" -type f | wc -l)" 0 'nothing is left half-way'
done_testing
