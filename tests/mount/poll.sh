#!/usr/bin/env bash
# poll(2): `wait` is readable once the job rests, `status` tells of a change since
# it was read, `events` of lines that were not.
. "$(dirname "$0")/../lib/quick.sh"
requires poll_fd
seconds=$((30 * SLOWNESS))

start_quick
echo "until=$TESTDIR/go" >"$MNT/requests/a.txt"
wait_until 'is_under_way a.txt'
exec 5<"$MNT/jobs/a.txt/wait" 6<"$MNT/jobs/a.txt/status" 7<"$MNT/events"
is "$(cat <&6)" running 'status is read'
isnt "$(cat <&7)" '' 'events, too'
is "$(poll_fd 5 any 0)" nothing 'wait is not readable while it runs'
is "$(poll_fd 6 pri 0)" nothing 'status has no news'
is "$(poll_fd 6 any 0)" in 'but is always readable'
is "$(poll_fd 7 any 0)" nothing 'events has no more'

poll_fd 5 in $seconds >"$TESTDIR/wait" &
pids=($!)
poll_fd 6 pri $seconds >"$TESTDIR/status" &
pids+=($!)
poll_fd 7 in $seconds >"$TESTDIR/events" &
pids+=($!)
touch "$TESTDIR/go"
wait "${pids[@]}"
is "$(<"$TESTDIR/wait")" in 'wait becomes readable'
is "$(<"$TESTDIR/status")" pri 'status has news'
is "$(<"$TESTDIR/events")" in 'events has lines'
is "$(perl -e 'open my $f, "<&=6"; sysseek $f, 0, 0; sysread $f, my $word, 99; print $word' 6<&6)" done \
	'read again from its start it says the new word'
is "$(poll_fd 6 pri 0)" nothing 'and has no more news'
is "$(rest a.txt)" done 'it is done'
is "$(timeout "$seconds" cat <&5)" done 'the read does not block then'

exec 6<"$MNT/jobs/a.txt/status"
is "$(cat <&6) $(poll_fd 6 pri 0)" 'done nothing' 'opened and read again, status has no news'
isnt "$(cat <&7)" '' 'events is read'
is "$(poll_fd 7 in 0)" nothing 'to its end'
echo 'another' >"$MNT/requests/b.txt"
is "$(rest b.txt)" done 'something happens elsewhere'
is "$(poll_fd 7 in $seconds)" in 'which events tells'
is "$(poll_fd 6 pri 0)" nothing 'and this status does not'

exec 8<"$MNT/jobs/b.txt/wait"
is "$(poll_fd 8 in 0)" in 'wait of a job that rests is readable at once'
exec 5<&- 6<&- 7<&- 8<&-

echo "until=$TESTDIR/later" >"$MNT/requests/c.txt"
wait_until 'is_under_way c.txt'
exec 5<"$MNT/jobs/c.txt/wait" 6<"$MNT/jobs/c.txt/wait"
is "$(poll_fd 5 in 1) $(poll_fd 6 in 1)" 'nothing nothing' 'two are polled'
exec 5<&-
poll_fd 6 in $seconds >"$TESTDIR/wait" &
poller=$!
touch "$TESTDIR/later"
wait $poller
is "$(<"$TESTDIR/wait")" in 'the one that is open still is told'
exec 6<&-
done_testing
