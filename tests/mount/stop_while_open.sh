#!/usr/bin/env bash
# SIGTERM ends the daemon well, whatever is open: what was written is there
# afterwards and held, who waits is let go, painters end.
. "$(dirname "$0")/../lib/quick.sh"

start_quick
echo "pid=$TESTDIR/pid until=$TESTDIR/go" >"$MNT/requests/runs.txt"
wait_until '[ -e "$TESTDIR/pid" ] && is_under_way runs.txt'
painter=$(<"$TESTDIR/pid")
echo 'a picture' >"$MNT/requests/changed.txt"
is "$(rest changed.txt)" done 'one is painted'

exec 7>"$MNT/requests/open.txt" 8>>"$MNT/requests/changed.txt" 9<"$MNT/events"
echo 'an unfinished prompt' >&7
echo 'and more' >&8
# Children that inherit the files flush them when they end.
bash -c :
readers=()
for i in {1..10}; do
	cat "$MNT/jobs/runs.txt/wait" >"$TESTDIR/answer$i" 2>/dev/null &
	readers+=($!)
done
let_pass

# shellcheck disable=SC2154 # the library has it
pid=${daemon_pid[$MNT]}
kill -TERM "$pid"
ok 'the daemon ends' within 30 '! is_running $pid'
status=0
wait "$pid" || status=$?
is $status 0 'with status 0'
unset "daemon_pid[$MNT]"
ok 'nothing is mounted' within 20 '! is_mounted "$MNT"'
not_ok 'the painter is gone' is_running "$painter"
for reader in "${readers[@]}"; do
	wait "$reader" && fail 'a reader was told that all is well'
done
is "$(cat "$TESTDIR"/answer*)" '' 'who waited was told nothing'
exec 7>&- 8>&- 9<&-

rm "$TESTDIR/pid"
start_quick
is "$(status open.txt) $(status changed.txt)" 'held held' 'what was being written is held'
is "$(cat "$MNT/requests/open.txt")" 'an unfinished prompt' 'with what was written'
is "$(cat "$MNT/requests/changed.txt")" $'a picture\nand more' 'in both'
like "$(cat "$MNT/jobs/open.txt/error")" 'daemon stopped while this was being written' 'its error says so'
is "$(rest open.txt)" held 'it rests'
ok 'the first picture is still there' test -s "$MNT/images/changed.png"
ok 'what was under way is painted again' within 20 '[ -e "$TESTDIR/pid" ]'
touch "$TESTDIR/go"
is "$(rest runs.txt)" done 'to its end'
let_pass
is "$(sent open.txt) $(sent changed.txt)" '0 1' 'what is held is not sent'

tell open.txt retry
is "$(rest open.txt)" done 'retry sends it'
is "$(cat "$MNT/jobs/open.txt/prompt")" 'an unfinished prompt' 'as it is'
echo 'a whole prompt' >"$MNT/requests/changed.txt"
is "$(rest changed.txt)" done 'so does a new write'
is "$(cat "$MNT/jobs/changed.txt/prompt")" 'a whole prompt' 'with its own bytes'
done_testing
