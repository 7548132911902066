#!/usr/bin/env bash
# Unmounting, SIGTERM and SIGINT end the daemon with status 0, SIGHUP does not
# end it.
. "$(dirname "$0")/../lib/mount.sh"

ends() { # ends NAME COMMAND…: the status it leaves
	local name=$1 pid status=0
	shift
	start_easelfs
	pid=${daemon_pid[$MNT]}
	echo 'a ship' >"$MNT/requests/$name.txt"
	# The kernel tells of a close after close(2): what it did not tell is held.
	wait_until "[ \"\$(status $name.txt)\" != writing ]"
	"$@" || fail "$name"
	wait_until "! is_running $pid" 60
	wait "$pid" || status=$?
	unset "daemon_pid[$MNT]"
	is $status 0 "$name: it ends well"
	not_ok "$name: nothing is mounted" is_mounted "$MNT"
	not_ok "$name: the log is not alarming" grep -qE "$alarms" "$LOG"
}

signal() {
	kill "-$1" "${daemon_pid[$MNT]}"
}

hang_up_first() {
	signal HUP
	is "$(rest HUP.txt)" done 'HUP: it goes on'
	signal TERM
}

unmount() {
	if [ "$(id -u)" = 0 ]; then
		at_first_try umount "$MNT"
	else
		at_first_try fusermount3 -u "$MNT"
	fi
}

ends TERM signal TERM
ends INT signal INT
ends HUP hang_up_first
ends unmount unmount
ends fusermount3 at_first_try fusermount3 -u "$MNT"

start_easelfs
for job in TERM INT unmount fusermount3; do
	is "$(rest $job.txt)" done "$job: what was asked for then is done now"
done
is "$(rest TERM.txt)" done 'what was asked for at the end is done later'
done_testing
