#!/usr/bin/env bash
# `cancel` ends what waits and what runs, and the painter's process with it.
. "$(dirname "$0")/../lib/quick.sh"

start_quick
# The profile has four places.
for i in 1 2 3 4; do
	echo "pid=$TESTDIR/pid$i until=$TESTDIR/go" >"$MNT/requests/running$i.txt"
done
wait_until '[ -e "$TESTDIR/pid1" ] && [ -e "$TESTDIR/pid2" ] && [ -e "$TESTDIR/pid3" ] && [ -e "$TESTDIR/pid4" ]'
echo "pid=$TESTDIR/pid5 until=$TESTDIR/go" >"$MNT/requests/waiting.txt"
wait_until '[ "$(status waiting.txt)" = queued ]'
tell waiting.txt cancel
is "$(rest waiting.txt)" cancelled 'what waits for a place is cancelled'
is "$(sent waiting.txt)" 0 'and was never sent'

pid=$(<"$TESTDIR/pid1")
ok 'a painter runs' is_running "$pid"
tell running1.txt cancel
is "$(rest running1.txt)" cancelled 'what runs is cancelled'
not_ok 'its painter is gone' is_running "$pid"
is "$(cat "$MNT/jobs/running1.txt/error")" '' 'that is no error'

echo "child=$TESTDIR/child pid=$TESTDIR/deaf hang" >"$MNT/requests/deaf.txt"
wait_until '[ -e "$TESTDIR/deaf" ]'
pid=$(<"$TESTDIR/deaf") child=$(<"$TESTDIR/child")
ok 'a painter that is deaf to SIGTERM has a child' is_running "$child"
tell deaf.txt cancel
is "$(rest deaf.txt)" cancelled 'is cancelled all the same'
not_ok 'it is gone' is_running "$pid"
ok 'its child, too' within 20 '! is_running "$child"'

echo "pid=$TESTDIR/pid6 until=$TESTDIR/go" >"$MNT/requests/next.txt"
ok 'its place is free again' within 20 '[ -e "$TESTDIR/pid6" ]'

touch "$TESTDIR/go"
for job in running2 running3 running4 next; do
	is "$(rest $job.txt)" done 'the others end well'
done
is "$(cd "$MNT/images" && echo *)" 'next.png running2.png running3.png running4.png' 'and are all there is'
is "$(find "$STORE/incoming" -type f | wc -l)" 0 'nothing is left half-way'
done_testing
