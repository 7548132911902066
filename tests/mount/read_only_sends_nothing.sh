#!/usr/bin/env bash
# -o ro: what was under way when the daemon ended is not painted again, until it
# is mounted to write.
. "$(dirname "$0")/../lib/quick.sh"

start_quick
echo "pid=$TESTDIR/pid until=$TESTDIR/go" >"$MNT/requests/a.txt"
wait_until '[ -e "$TESTDIR/pid" ] && is_under_way a.txt'
echo "pid=$TESTDIR/pid needs=$TESTDIR/paint" >"$MNT/requests/b.txt"
is "$(rest b.txt)" failed 'one fails'
stop_easelfs
rm "$TESTDIR/pid"

start_quick -o ro
is "$(rest b.txt)" failed 'what rests says so'
like "$(cat "$MNT/status")" 'read-only' 'the status page says so'
fails_with 'Read-only file system' 'no retry' tell b.txt retry
for i in {1..20}; do
	ls -lR "$MNT" >"$TESTDIR/list" || break
done
is "$i" 20 'it can be browsed for long'
not_ok 'no painter was started' test -e "$TESTDIR/pid"
stop_easelfs

start_quick
ok 'mounted to write, what was under way goes on' within 20 '[ -e "$TESTDIR/pid" ]'
touch "$TESTDIR/go"
is "$(rest a.txt)" done 'and ends well'
done_testing
