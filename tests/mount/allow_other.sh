#!/usr/bin/env bash
# Without an option a mount is for its owner alone; with allow_other others get
# in, as far as the modes say.
. "$(dirname "$0")/../lib/quick.sh"
[ "$(id -u)" = 0 ] || skip 'needs another user'
setpriv --reuid=nobody --clear-groups true 2>/dev/null || skip 'cannot become another user'
chmod 755 "$TESTDIR"

other() {
	setpriv --reuid=nobody --clear-groups "$@"
}

start_quick
echo 'a' >"$MNT/requests/a.txt"
is "$(rest a.txt)" done 'a picture'
fails_with 'Permission denied' 'others do not get in' other ls "$MNT"
stop_easelfs

start_quick -o allow_other
fails_with 'Permission denied' 'allow_other alone opens nothing' other ls "$MNT"
stop_easelfs

start_quick -o allow_other,umask=022
ok 'with umask=022 others get in' other ls "$MNT"
is "$(other cat "$MNT/jobs/a.txt/status")" done 'they can read'
ok 'and see the pictures' other cmp "$MNT/images/a.png" "$MNT/jobs/a.txt/images/a.png"
fails_with 'Permission denied' 'a request of 0600 stays closed' other cat "$MNT/requests/a.txt"
fails_with 'Permission denied' 'they make no requests' other touch "$MNT/requests/b.txt"
fails_with 'Permission denied' 'they give no commands' other sh -c 'echo again >"$1"' - "$MNT/jobs/a.txt/ctl"
fails_with 'Permission denied' 'they remove no pictures' other rm -f "$MNT/images/a.png"
chmod 644 "$MNT/requests/a.txt"
is "$(other cat "$MNT/requests/a.txt")" a 'until it is opened to them'

mkdir -m 777 "$MNT/requests/all"
chmod 777 "$MNT/requests/all"
ok 'in a folder that is open to all' other sh -c 'umask 077; echo "b" >"$1"' - "$MNT/requests/all/b.txt"
is "$(stat -c '%U %a' "$MNT/requests/all/b.txt")" 'nobody 600' 'what they make is theirs'
is "$(rest all/b.txt)" done 'and painted'
ok 'it is announced although it is for others' test -s "$MNT/images/all/b.png"
done_testing
