#!/usr/bin/env bash
# A killed daemon leaves a mount that answers nobody; the next one clears it away
# if it was ours, and only then.
. "$(dirname "$0")/../lib/quick.sh"

# auto_unmount is tested elsewhere: here nobody is to tidy up.
kill_watched() {
	local watcher
	watcher=$(pgrep -P "${daemon_pid[$MNT]}" -x fusermount3)
	[ -z "$watcher" ] || kill -KILL "$watcher" 2>/dev/null
	kill_easelfs --leave
}

is_dead() {
	[[ $(stat "$MNT" 2>&1) == *'not connected'* ]]
}

# A second daemon that has nothing to do with it.
first_mnt=$MNT first_store=$STORE first_log=$LOG
MNT=$TESTDIR/other STORE=$TESTDIR/other-store LOG=$TESTDIR/other.log
start_quick
echo 'b' >"$MNT/requests/b.txt"
is "$(rest b.txt)" done 'another daemon paints'
other=$(cd "$MNT" && find . -type f ! -name status ! -name gallery.html -exec sha256sum {} +)
MNT=$first_mnt STORE=$first_store LOG=$first_log

start_quick
echo 'a' >"$MNT/requests/a.txt"
is "$(rest a.txt)" done 'a picture'
for round in 1 2 3; do
	kill_easelfs --leave
	start_quick
	is "$(status a.txt)" done "killed and started at once: it is all there ($round)"
done
is "$(grep -c " $MNT " /proc/self/mountinfo)" 1 'one mount is there, not one on top of the other'

kill_watched
if within 1 '! is_mounted "$MNT"'; then
	skip 'fusermount3 has unmounted it'
fi
ok 'the mount is dead' is_dead
ok 'in the background it is mounted again, too' \
	"$EASELFS" -o "store=$STORE,log=$LOG" "$CONFIG" "$MNT"
is "$(cat "$MNT/jobs/a.txt/status")" done 'and answers'
at_first_try fusermount3 -u "$MNT" || fail 'it cannot be unmounted'
wait_until '! is_running "$(<"$STORE/lock")"'

is "$(cd "$TESTDIR/other" &&
	find . -type f ! -name status ! -name gallery.html -exec sha256sum {} +)" "$other" \
	'the other daemon noticed nothing'

start_quick -o fsname=somebody
kill_watched
ok 'a dead mount of somebody else' is_dead
fails_with "$MNT: a dead mount of another filesystem" 'is an error' \
	timeout $((20 * SLOWNESS)) "$EASELFS" -o "store=$STORE" "$MNT"
ok 'it is still there' is_mounted "$MNT"
unmount_by_force "$MNT"
done_testing
