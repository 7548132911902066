#!/usr/bin/env bash
# A configuration named by a relative path is read again from where it was, though the
# daemon has left that directory.
. "$(dirname "$0")/../lib/mount.sh"

cd "$TESTDIR" || exit 1
printf '[defaults]\nseed = 7\n' >relative.ini
start_easelfs relative.ini
printf '[defaults]\nseed = 8\n' >relative.ini
ok 'reload' eval 'echo reload >"$MNT/ctl"'
echo 'a cat' >"$MNT/requests/cat.txt"
is "$(rest cat.txt)" done 'it paints'
is "$(cat "$MNT/jobs/cat.txt/seed")" 8 'with what the file says now'
done_testing
