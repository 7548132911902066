#!/usr/bin/env bash
# -o ro: browse what is there. Nothing can be changed, nothing is sent, nothing
# is told.
. "$(dirname "$0")/../lib/quick.sh"
requires inotifywait setfattr sqlite3

start_quick
echo 'a' >"$MNT/requests/a.txt"
is "$(rest a.txt)" done 'a picture'
echo pause >"$MNT/ctl"
echo 'b' >"$MNT/requests/b.txt"
wait_until '[ "$(status b.txt)" = queued ]'
echo resume >"$MNT/ctl"
let_pass
is "$(rest b.txt)" done 'another picture'
echo pause >"$MNT/ctl"
echo 'c' >"$MNT/requests/c.txt"
wait_until '[ "$(status c.txt)" = queued ]'
kill_easelfs
events=$(sqlite3 "$STORE/easelfs.db" 'SELECT count(*) FROM event')

start_quick -o ro
mkdir "$TESTDIR/control"
inotifywait -m -r -o "$TESTDIR/seen" -e create,modify,close_write,delete,attrib \
	"$TESTDIR/control" "$MNT/images" "$MNT/jobs" 2>"$TESTDIR/watcher" &
watcher=$!
wait_until 'grep -q established "$TESTDIR/watcher"'
is "$(status a.txt)" done 'it can be read'
ok 'so can the picture' test -s "$MNT/images/a.png"
like "$(cat "$MNT/status")" . 'and the overview'
is "$(status c.txt)" queued 'what waits, waits'

fails_with 'Read-only' 'no new request' touch "$MNT/requests/d.txt"
fails_with 'Read-only' 'no other content' sh -c 'echo x >"$1"' - "$MNT/requests/a.txt"
fails_with 'Read-only' 'no less content' truncate -s 0 "$MNT/requests/a.txt"
fails_with 'Read-only' 'no folder' mkdir "$MNT/requests/new"
fails_with 'Read-only' 'no renaming' mv "$MNT/requests/a.txt" "$MNT/requests/e.txt"
fails_with 'Read-only' 'no removing' rm "$MNT/requests/a.txt"
fails_with 'Read-only' 'no removing of a picture' rm "$MNT/images/a.png"
fails_with 'Read-only' 'no forgetting' rmdir "$MNT/jobs/a.txt"
fails_with 'Read-only' 'no other mode' chmod 600 "$MNT/requests/a.txt"
fails_with 'Read-only' 'no attribute' setfattr -n user.x -v y "$MNT/images/a.png"
fails_with 'Read-only' 'no command' sh -c 'echo again >"$1"' - "$MNT/jobs/a.txt/ctl"
fails_with 'Read-only' 'no command to all' sh -c 'echo resume >"$1"' - "$MNT/ctl"
is "$(status c.txt)" queued 'what waits still waits'
stop_easelfs
mkdir "$TESTDIR/control/end"
wait_until '[ -s "$TESTDIR/seen" ]'
is "$(cat "$TESTDIR/seen")" "$TESTDIR/control/ CREATE,ISDIR end" 'nobody heard anything before the end'
kill "$watcher"
is "$(sqlite3 "$STORE/easelfs.db" 'SELECT count(*) FROM event')" "$events" 'nothing has happened'

start_quick
echo resume >"$MNT/ctl"
is "$(rest c.txt)" done 'with rw it goes on'
done_testing
