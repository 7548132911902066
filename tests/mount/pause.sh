#!/usr/bin/env bash
# `pause` stops new submissions and nothing else, over restarts, until `resume`.
. "$(dirname "$0")/../lib/quick.sh"

is_queued() {
	[ "$(status "$1")" = queued ]
}

start_quick
echo "until=$TESTDIR/go" >"$MNT/requests/running.txt"
wait_until 'is_under_way running.txt'
echo pause >"$MNT/ctl"
like "$(cat "$MNT/status")" PAUSED 'the status page says so'
echo 'later' >"$MNT/requests/later.txt"
wait_until 'is_queued later.txt'
touch "$TESTDIR/go"
is "$(rest running.txt)" done 'what is under way goes on'
ok 'what is new waits' is_queued later.txt
printf '\xff' >"$MNT/requests/odd.txt"
is "$(rest odd.txt)" rejected 'what is wrong is said at once'

stop_easelfs
start_quick
like "$(cat "$MNT/status")" PAUSED 'it is paused after a restart'
ok 'what was new waits' is_queued later.txt
echo 'even later' >"$MNT/requests/even-later.txt"
wait_until 'is_queued even-later.txt'
kill_easelfs
start_quick
like "$(cat "$MNT/status")" PAUSED 'and after a crash'
ok 'all wait' is_queued later.txt
ok 'all of them' is_queued even-later.txt
is "$(sent later.txt) $(sent even-later.txt)" '0 0' 'nothing was sent'

echo resume >"$MNT/ctl"
is "$(rest later.txt) $(rest even-later.txt)" 'done done' 'resumed, all are painted'
not_ok 'the status page is as usual' grep -q PAUSED "$MNT/status"
stop_easelfs
start_quick
not_ok 'after a restart, too' grep -q PAUSED "$MNT/status"
done_testing
