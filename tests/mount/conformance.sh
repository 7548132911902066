#!/usr/bin/env bash
# A table of calls on paths over the whole tree, each with its errno, as root and
# as an ordinary user: tests/tools/conformance_rows.h.
. "$(dirname "$0")/../lib/quick.sh"
requires conformance

start_quick
mkdir "$MNT/requests/folder" "$MNT/requests/album"
echo 'seed = 7' >"$MNT/requests/folder/defaults.ini"
echo 'some text' >"$MNT/requests/scratch"
for name in a second victim album/deep; do
	echo 'a picture' >"$MNT/requests/$name.txt"
	[ "$(rest $name.txt)" = done ] || fail "no picture: $name"
done
printf '\xff' >"$MNT/requests/rejected.txt"
is "$(rest rejected.txt)" rejected 'the tree is prepared'

conformance "$MNT" >"$TESTDIR/rows" || diag 'rows failed'
rows=0
while read -r word rest; do
	case $word in
	ok) record pass "${rest#* - }" && rows=$((rows + 1)) ;;
	not) record fail "${rest#* - }" ;;
	'#') diag "$rest" ;;
	esac
done <"$TESTDIR/rows"
ok 'there are many' test $rows -gt 400
is "$(rest a.txt)" done 'the daemon answers'
done_testing
