#!/usr/bin/env bash
# `wait` blocks until the job rests, then says how; a job that rests is answered
# at once.
. "$(dirname "$0")/../lib/quick.sh"

readers() { # COUNT of readers that have not come back
	jobs -rp | grep -cFxf <(printf '%s\n' "${pids[@]}")
}

start_quick
echo "until=$TESTDIR/go" >"$MNT/requests/a.txt"
pids=()
for i in {1..20}; do
	cat "$MNT/jobs/a.txt/wait" >"$TESTDIR/answer$i" &
	pids+=($!)
done
wait_until 'is_under_way a.txt'
let_pass
is "$(readers)" 20 'all readers are blocked while it runs'
is "$(cat "$TESTDIR"/answer*)" '' 'and have read nothing'
like "$(timeout $((20 * SLOWNESS)) ls -lR "$MNT"; echo "status $?")" 'status 0$' 'nobody else waits for them'

touch "$TESTDIR/go"
for pid in "${pids[@]}"; do
	wait "$pid" || fail "a reader ended with status $?"
done
is "$(sort "$TESTDIR"/answer* | uniq -c | tr -s ' ')" ' 20 done' 'all read: done'
is "$(rest a.txt)" done 'who comes later is answered at once'

exec 7>"$MNT/requests/b.txt"
cat "$MNT/jobs/b.txt/wait" >"$TESTDIR/b" 7>&- &
pid=$!
let_pass
ok 'a reader is blocked while the request is written' is_running $pid
exec 7>&-
wait $pid
is "$(<"$TESTDIR/b")" empty 'until it turns out to be empty'

echo 'a picture' >"$MNT/requests/c.txt"
is "$(rest c.txt)" done 'painted'
exec 7<"$MNT/jobs/c.txt/wait"
is "$(cat <&7)" done 'one handle'
is "$(cat <&7)" '' 'answers once'
exec 7<&-

echo "until=$TESTDIR/never" >"$MNT/requests/d.txt"
wait_until 'is_under_way d.txt'
cat "$MNT/jobs/d.txt/wait" >"$TESTDIR/d" &
pid=$!
let_pass
rm -r "$MNT/jobs/d.txt"
wait $pid
is "$(<"$TESTDIR/d")" cancelled 'who waits for a job that is forgotten reads: cancelled'
done_testing
