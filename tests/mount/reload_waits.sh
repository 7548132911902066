#!/usr/bin/env bash
# A reload takes as long as the commands that print keys. Meanwhile the mount is as it
# always is; who asked for the reload waits, can be interrupted, and hears how it went.
. "$(dirname "$0")/../lib/quick.sh"

run_count() {
	wc -l <"$TESTDIR/ran"
}

# Until the command of the next reload waits for the end of `hang`.
reload_hangs() {
	local before
	before=$(run_count)
	touch "$TESTDIR/hang"
	echo reload >"$MNT/ctl" 2>"$TESTDIR/said" &
	writer=$!
	wait_until '[ "$(run_count)" -gt '"$before"' ]'
}

is_asking() {
	find "/proc/$1/fd" -lname '*/ctl' 2>/dev/null | grep -q . && grep -q '^State:	S' "/proc/$1/status"
}

works() {
	timeout $((20 * SLOWNESS)) ls -lR "$MNT" >"$TESTDIR/ls"
	is $? 0 "$1: ls"
	like "$(timeout $((20 * SLOWNESS)) cat "$MNT/status")" '^easelfs' "$1: status"
	is "$(timeout $((20 * SLOWNESS)) cat "$MNT/ctl"; echo $?)" 0 "$1: ctl is opened and closed"
	echo "$1" >"$MNT/requests/$1.txt"
	is "$(rest "$1.txt")" done "$1: a picture is painted"
}

# It also looks at the mount, as any program may.
cat >"$TESTDIR/key" <<SH
#!/bin/sh
echo \$\$ >>"$TESTDIR/ran"
[ ! -e "$TESTDIR/hang" ] || cat "$MNT/status" "$MNT/ctl" >/dev/null
[ ! -e "$TESTDIR/nest" ] || echo reload >"$MNT/ctl"
while [ -e "$TESTDIR/hang" ]; do sleep 0.05; done
echo a-key
SH
chmod +x "$TESTDIR/key"
configure 'provider replicate' "key = command:$TESTDIR/key"
start_quick

touch "$TESTDIR/hang"
writers=()
for i in {1..20}; do
	echo reload >"$MNT/ctl" &
	writers+=($!)
done
wait_until '[ "$(run_count)" -gt 1 ]'
works hanging
like "$(ls /proc/"$(tail -n 1 "$TESTDIR/ran")"/exe 2>&1)" exe 'the command still runs'
rm "$TESTDIR/hang"
failed=0
for writer in "${writers[@]}"; do
	wait "$writer" || failed=$((failed + 1))
done
is $failed 0 'all who asked are told that it went well'

reload_hangs
before=$(run_count)
# shellcheck disable=SC2154 # the library has it
pid=${daemon_pid[$MNT]}
for i in {1..5}; do
	kill -HUP "$pid"
done
wait_until 'grep -q "^ShdPnd:	0*$" /proc/$pid/status'
rm "$TESTDIR/hang"
ok 'what comes while one is under way' wait "$writer"
wait_until '[ "$(run_count)" -gt '"$before"' ]'
let_pass
is "$(($(run_count) - before))" 1 'is one more reload'

# A command that bash starts in the background is deaf to SIGINT.
touch "$TESTDIR/hang"
before=$(run_count)
env --default-signal=INT bash -c 'echo reload >"$0"' "$MNT/ctl" 2>/dev/null &
writer=$!
wait_until '[ "$(run_count)" -gt '"$before"' ]'
wait_until 'is_asking $writer'
kill -INT $writer
ok 'Ctrl-C lets a writer go' within 10 '! is_running $writer' 2>/dev/null
{ wait $writer; } 2>/dev/null
is $? 130 'as it ends any program'
rm "$TESTDIR/hang"
ok 'and the next is heard' eval 'echo reload >"$MNT/ctl"'

# A configuration that is refused asks no password manager.
cp "$CONFIG" "$TESTDIR/good.ini"
sed -i 's/^provider = quick/provider = nobody/' "$CONFIG"
before=$(run_count)
fails_with 'Invalid argument' 'a provider that is not known' bash -c 'echo reload >"$0"' "$MNT/ctl"
ok 'is what status says' within 20 'grep -q "nobody is not known" "$MNT/status"'
is "$(run_count)" "$before" 'and no command ran'
cp "$TESTDIR/good.ini" "$CONFIG"

reload_count() {
	grep -c 'was read again' "$LOG"
}

stops() { # stops WHEN
	local pid=${daemon_pid[$MNT]} command before status=0
	command=$(tail -n 1 "$TESTDIR/ran")
	before=$(reload_count)
	kill -TERM "$pid"
	wait_until "! is_running $pid" 60
	wait "$pid" || status=$?
	unset "daemon_pid[$MNT]"
	is $status 0 "$1: SIGTERM ends it well"
	is "$(reload_count)" "$before" 'the reload was given up'
	not_ok 'the command is gone' is_running "$command"
	not_ok 'the log has no alarm' grep -E "$alarms" "$LOG"
	rm -f "$TESTDIR/hang"
}

reload_hangs
stops 'asked by ctl'
not_ok 'who asked is not told that it went well' wait "$writer"

# In the kernel's queue for ctl, behind the writer of that reload, no signal reaches it.
start_quick
touch "$TESTDIR/nest"
reload_hangs
nested=$(tail -n 1 "$TESTDIR/ran")
wait_until 'grep -q "^State:	D" /proc/$nested/status'
stops 'when the command asks for a reload itself'
not_ok 'who asked is not told that it went well' wait "$writer"
rm "$TESTDIR/nest"

start_quick
before=$(run_count)
touch "$TESTDIR/hang"
kill -HUP "${daemon_pid[$MNT]}"
wait_until '[ "$(run_count)" -gt '"$before"' ]'
stops 'asked by SIGHUP'
done_testing
