#!/usr/bin/env bash
# easelfs returns when the mount answers, and leaves a daemon that ends when it
# is unmounted.
. "$(dirname "$0")/../lib/mount.sh"
[ -c /dev/fuse ] || skip 'no /dev/fuse'

log=$TESTDIR/log
said=$("$EASELFS" -o "store=$STORE,log=$log" "$MNT" 2>&1)
is $? 0 'it says that all is well'
listed=$(ls "$MNT")
like "$listed" 'README.txt.*requests' 'the mount answers at once'
is "$said" '' 'it says nothing else, and lets go of what it was started with'

pid=$(<"$STORE/lock")
is "$(ps -o tty= -p "$pid")" '?' 'the daemon has no terminal'
is "$(readlink "/proc/$pid/cwd")" / 'and no working directory of ours'
is "$(find "/proc/$pid/fd" -lname '/dev/null' -name '[012]' | wc -l)" 3 'and nothing of ours open'
ok 'the log is for the owner alone' test "$(stat -c %a "$log")" = 600

ok 'it can be unmounted' at_first_try fusermount3 -u "$MNT"
ok 'the daemon ends' within 20 '! is_running "$pid"'
not_ok 'nothing is mounted' is_mounted "$MNT"
not_ok 'the log is not alarming' grep -qE "$alarms" "$log"

cd "$TESTDIR" || fail cd
said=$("$EASELFS" -o store=relative,log=log mnt 2>&1)
is "$?:$said" 0: 'paths can be relative'
ok 'to where it was started' test -e "$TESTDIR/relative/easelfs.db"
ok 'it answers again' test -e mnt/README.txt
pid=$(<relative/lock)
ok 'it can be unmounted by that path' at_first_try fusermount3 -u mnt
ok 'and ends' within 20 '! is_running "$pid"'
done_testing
