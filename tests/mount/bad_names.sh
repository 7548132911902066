#!/usr/bin/env bash
# Requests that are wrong and have odd names: each has its error, wherever its
# name is shown it is one line of printable text, and nothing is lost.
. "$(dirname "$0")/../lib/quick.sh"
perl -MJSON::PP -e 1 2>/dev/null || skip 'no JSON::PP'

start_quick
long=$(printf '%251s' '' | tr ' ' n)
stems=("$long" "${long:0:125}é" $'new\nline' 'dou"ble' "sin'gle" 'back\slash' $'\xff\xfe' $'\x1b[31mred' $'tab\t' '{"a":1}' '%s%n' ' ')
for stem in "${stems[@]}"; do
	printf 'caf\xe9\n' >"$MNT/requests/$stem.txt"
	mkdir "$MNT/requests/folder $stem" 2>/dev/null || mkdir "$MNT/requests/${stem:0:200} folder"
done
for stem in "${stems[@]}"; do
	is "$(rest "$stem.txt")" rejected "$(printf %q "${stem:0:40}")"
	like "$(cat "$MNT/jobs/$stem.txt/error")" '^line 1: .*0xE9' 'says why'
	perl -MJSON::PP -0777 -ne 'decode_json($_)' "$MNT/jobs/$stem.txt/job.json" || fail 'job.json is no JSON'
	cmp -s <(printf 'caf\xe9\n') "$MNT/requests/$stem.txt" || fail 'its bytes are lost'
done
is "$(find "$MNT/requests" -name '*.txt' -print0 | tr -dc '\0' | wc -c)" ${#stems[@]} 'all are listed'
is "$(find "$MNT/jobs" -name '*.txt' -prune -print0 | tr -dc '\0' | wc -c)" ${#stems[@]} 'their jobs, too'
is "$(LC_ALL=C tr -d '\n -~' <"$MNT/status" | tr -d 'é×…')" '' 'the status page is printable text'
is "$(grep -c '"status":"rejected"' "$MNT/events")" ${#stems[@]} 'events has each'
ok 'as a line of JSON' perl -MJSON::PP -ne 'decode_json($_)' "$MNT/events"
is "$(LC_ALL=C tr -d '\n\t -~' <"$LOG")" '' 'the log is printable text'

for stem in "${stems[@]}"; do
	echo 'a cat' >"$MNT/requests/$stem.txt"
done
for stem in "${stems[@]}"; do
	[ "$(rest "$stem.txt")" = done ] || fail "not painted: $(printf %q "$stem")"
done
is "$(find "$MNT/images" -type f -print0 | tr -dc '\0' | wc -c)" ${#stems[@]} 'corrected, all are painted'
for stem in "${stems[@]}"; do
	rmdir "$MNT/jobs/$stem.txt" || fail "not forgotten: $(printf %q "$stem")"
done
is "$(find "$MNT/jobs" -name '*.txt' -print -quit)" '' 'and all can be forgotten'
done_testing
