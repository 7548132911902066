#!/usr/bin/env bash
# GIO, which file managers watch folders with, sees a new picture.
. "$(dirname "$0")/../lib/quick.sh"
command -v gio >/dev/null || skip 'no gio (package libglib2.0-bin)'

start_quick
gio monitor "$MNT/images" >"$TESTDIR/seen" 2>&1 &
monitor=$!
wait_until "cat /proc/$monitor/fdinfo/* 2>/dev/null | grep -q '^inotify '"
echo 'a' >"$MNT/requests/a.txt"
is "$(rest a.txt)" done 'a picture'
ok 'GIO sees it' within 20 'grep -q "images/a.png: created" "$TESTDIR/seen"'
ok 'and that it is complete' within 20 'grep -q "images/a.png: changes done" "$TESTDIR/seen"'
kill "$monitor"
diag "$(cat "$TESTDIR/seen")"
done_testing
