#!/usr/bin/env bash
# Who waits can be interrupted at once, by every signal, and harms nobody else.
. "$(dirname "$0")/../lib/quick.sh"

# Blocked in read(2): it has `wait` open and sleeps.
is_reading() {
	find "/proc/$1/fd" -lname '*/wait' 2>/dev/null | grep -q . && grep -q '^State:	S' "/proc/$1/status"
}

start_quick
echo "until=$TESTDIR/go" >"$MNT/requests/a.txt"
wait_until 'is_under_way a.txt'
wait_file=$MNT/jobs/a.txt/wait
cat "$wait_file" >"$TESTDIR/answer" &
other=$!
wait_until 'is_reading $other'

# A command that bash starts in the background is deaf to SIGINT.
for signal in INT TERM HUP KILL; do
	default=(--default-signal="$signal")
	[ $signal != KILL ] || default=()
	env "${default[@]}" cat "$wait_file" >"$TESTDIR/out" &
	pid=$!
	wait_until 'is_reading $pid'
	kill -"$signal" $pid
	ok "ended by SIG$signal" within 10 '! is_running $pid' 2>/dev/null
	{ wait $pid; } 2>/dev/null
	is $? $((128 + $(kill -l "$signal"))) 'as that signal ends a program'
	is "$(<"$TESTDIR/out")" '' 'having read nothing'
done

cat "$wait_file" >"$TESTDIR/stopped" &
pid=$!
wait_until 'is_reading $pid'
kill -STOP $pid
ok 'stopped as by Ctrl-Z' within 10 'grep -q "^State:	T" /proc/$pid/status'
kill -CONT $pid
kill -KILL $pid
{ wait $pid; } 2>/dev/null

is "$(timeout 0.2 cat "$wait_file"; echo $?)" 124 'timeout(1) works'
ok 'another reader still waits' is_reading $other
is "$(status a.txt)" running 'and the job goes on'
touch "$TESTDIR/go"
wait $other
is "$(<"$TESTDIR/answer")" done 'the other one is answered'
done_testing
