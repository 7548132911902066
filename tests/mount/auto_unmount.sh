#!/usr/bin/env bash
# When the daemon is killed, fusermount3 unmounts.
. "$(dirname "$0")/../lib/quick.sh"
if [ "$(id -u)" != 0 ]; then
	# Before 3.15 it may not look into a mount that is for its owner alone.
	version=$(fusermount3 --version | sed 's/.* //')
	oldest=$(printf '%s\n' 3.15 "$version" | sort -V | head -n 1)
	[ "$oldest" = 3.15 ] || skip "fusermount3 $version does it for root alone"
fi

# Best effort: a fusermount3 that looks while the daemon is still dying takes the
# mount for alive.
freed=
for _ in 1 2 3 4 5; do
	start_easelfs
	kill_easelfs --leave
	! within 5 '! is_mounted "$MNT"' || freed=yes
	[ -z "$freed" ] || break
done
is "$freed" yes 'the place of a killed daemon is free'
ok 'and a directory as before' test -d "$MNT"

# As a service manager would, who restarts at once.
for _ in 1 2 3 4 5 6 7 8; do
	start_easelfs
	kill_easelfs --leave
done
start_easelfs
ok 'it is mounted, however quickly it comes back' within 20 'test -e "$MNT/README.txt"'
watcher=$(pgrep -P "${daemon_pid[$MNT]}" -x fusermount3)
stop_easelfs
ok 'nobody stays behind' within 20 '! is_running "$watcher"'
done_testing
