#!/usr/bin/env bash
# A reader blocked on `wait` can be interrupted, stopped and killed, and lets
# the daemon go.
. "$(dirname "$0")/../lib/quick.sh"
go=$TESTDIR/go

is_reading() { # is in a read(2), not on its way there
	grep -q '^0 ' "/proc/$1/syscall" 2>/dev/null
}

# A shell lets its background jobs ignore SIGINT; perl takes it back.
start_reader() {
	perl -e '$SIG{INT} = "DEFAULT"; exec "cat", $ARGV[0]' "$MNT/jobs/slow.txt/wait" \
		>"$TESTDIR/said" 2>&1 &
	reader=$!
	wait_until "[ \"\$(cat /proc/$reader/comm)\" = cat ] && is_reading $reader"
}

start_quick
echo "until=$go slow" >"$MNT/requests/slow.txt"
for signal in INT TERM KILL; do
	start_reader
	kill "-$signal" "$reader"
	ok "SIG$signal ends a reader" within 20 "! is_running $reader"
	wait "$reader" 2>/dev/null
	is $? $((128 + $(kill -l "$signal"))) 'by that signal'
done

start_reader
kill -STOP "$reader"
ok 'SIGSTOP stops a reader' within 20 "grep -q '^State:.T' /proc/$reader/status"
kill -CONT "$reader"
wait_until "is_reading $reader"
is "$(status slow.txt)" running 'the job does not mind'
: >"$go"
wait "$reader"
is "$?:$(cat "$TESTDIR/said")" 0:done 'SIGCONT lets it wait on'

rm "$go"
tell slow.txt again
wait_until 'is_under_way slow.txt'
start_reader
kill -TERM "${daemon_pid[$MNT]}"
ok 'the daemon does not wait for a reader' within 30 "! is_running ${daemon_pid[$MNT]}"
wait "${daemon_pid[$MNT]}"
is $? 0 'it ends well'
unset "daemon_pid[$MNT]"
ok 'the reader ends' within 20 "! is_running $reader"
unmount_by_force "$MNT"
done_testing
