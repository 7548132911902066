#!/usr/bin/env bash
# The page `status`: what runs, what waits, what ended, on one screen.
. "$(dirname "$0")/../lib/quick.sh"

shows() { # REGEX: the page does, within a while
	export pattern=$1
	within 20 'grep -Eq "$pattern" "$MNT/status"'
}

start_quick
like "$(<"$MNT/status")" '^easelfs +[0-9TZ:-]+'$'\n''running 0, waiting 0, held 0' 'nothing at first'
ok 'not even paused' test -z "$(grep PAUSED "$MNT/status")"

echo "30% until=$TESTDIR/go" >"$MNT/requests/runs.txt"
wait_until 'is_under_way runs.txt'
echo pause >"$MNT/ctl"
echo 'later' >"$MNT/requests/waits.txt"
echo 'later' >"$MNT/requests/$(printf '%100s' '' | tr ' ' w).txt"
wait_until '[ "$(status waits.txt)" = queued ]'
printf '\xff' >"$MNT/requests/odd.txt"
is "$(rest odd.txt)" rejected 'one is rejected'
ok 'what runs has a bar' shows '^  runs\.txt +running +\[#{6}\.{14}\] +30%$'
ok 'what waits is there' shows '^  waits\.txt +queued'
ok 'a long name is cut' shows '^  \.\.\.w+\.txt +queued'
ok 'what ended badly says why' shows '^  odd\.txt +rejected +line 1: '
ok 'it is paused, with the way out' shows 'PAUSED.*resume > ctl'
ok 'all are counted' shows '^running 1, waiting 2, held 0'
is "$(awk 'length > 80' "$MNT/status")" '' 'its lines are short'

echo resume >"$MNT/ctl"
touch "$TESTDIR/go"
is "$(rest runs.txt)" done 'one is done'
is "$(rest waits.txt)" done 'another, too'
ok 'what is done has its time' shows '^  runs\.txt +done +[0-9]{4}-'
ok 'nothing runs' shows '^running 0, '
for i in {1..30}; do
	echo "picture $i" >"$MNT/requests/$i.txt"
done
for i in {1..30}; do
	[ "$(rest "$i.txt")" = done ] || fail "picture $i"
done
ok 'the newest come first' shows '^  30\.txt +done'
ok 'it stays one screen' test "$(wc -l <"$MNT/status")" -lt 24
done_testing
