#!/usr/bin/env bash
# In the middle of 80 requests it can be unmounted at the first try, and ended
# by SIGTERM, again and again, and nothing is lost by it.
. "$(dirname "$0")/../lib/quick.sh"
rounds=${ROUNDS:-$((6 / SLOWNESS + 1))}
requests=80
diag "ROUNDS=$rounds"

burst() {
	perl -e 'my ($folder, $count) = @ARGV;
		mkdir $folder or die "$folder: $!";
		for my $n (1 .. $count) {
			open my $file, ">", "$folder/$n.txt" or die "$n: $!";
			print $file "$n of $folder\n" or die "$n: $!";
			close $file or die "$n: $!";
		}' "$MNT/requests/$1" $requests || fail "burst $1"
}

pictures() {
	find "$MNT/images/$1" -type f 2>/dev/null | wc -l
}

unmount() {
	local said
	if [ "$(id -u)" = 0 ]; then
		said=$(at_first_try umount "$MNT" 2>&1)
	else
		said=$(at_first_try fusermount3 -u "$MNT" 2>&1)
	fi || {
		failed+=" $1: $said;"
		unmount_by_force "$MNT"
	}
}

terminate() {
	kill -TERM "${daemon_pid[$MNT]}"
}

end() { # end HOW ROUND
	local status=0 pid some=$((RANDOM % 40 + 1))
	start_quick
	pid=${daemon_pid[$MNT]}
	burst "$1$2"
	wait_until "[ \"\$(pictures $1$2)\" -ge $some ]" 60
	"$1" "$2"
	wait_until "! is_running $pid" 60
	wait "$pid" || status=$?
	[ $status -eq 0 ] || failed+=" $2: status $status;"
	! is_mounted "$MNT" || failed+=" $2: still mounted;"
	unset "daemon_pid[$MNT]"
}

for how in unmount terminate; do
	failed=
	for ((round = 1; round <= rounds; round++)); do
		end $how $round
	done
	is "$failed" '' "$how: $rounds times"
done
not_ok 'the log is not alarming' grep -qE "$alarms" "$LOG"

start_quick
total=$((2 * rounds * requests))
ok 'what was left is painted after a start' within 110 "[ \"\$(pictures .)\" = $total ]"
is "$(find "$MNT/jobs" -name runs -prune -o -name status -type f -exec cat {} + | sort | uniq -c | tr -s ' ')" \
	" $total done" 'all of it'
done_testing
