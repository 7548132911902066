#!/usr/bin/env bash
# Readers blocked on `wait` are in nobody's way, can leave, and all hear the end.
. "$(dirname "$0")/../lib/quick.sh"
requires waiters
go=$TESTDIR/go

holds() { # holds COUNT JOB
	local count=$1 job=$2 waiters
	rm -f "$go"
	echo "until=$go $job" >"$MNT/requests/$job"
	waiters "$count" "$MNT/jobs/$job/wait" >"$TESTDIR/$job.said" 2>"$TESTDIR/$job.error" &
	waiters=$!
	within 60 '[ -s "$TESTDIR/$job.said" ] || ! is_running '"$waiters"
	is "$(cat "$TESTDIR/$job.said" "$TESTDIR/$job.error")" waiting "$count readers are blocked"

	timeout $((30 * SLOWNESS)) ls -lR "$MNT" >"$TESTDIR/ls" 2>&1
	is $? 0 'ls -lR ends'
	ok 'with everything' grep -q "$job" "$TESTDIR/ls"
	echo "another in front of $count" >"$MNT/requests/next-$job"
	is "$(rest "next-$job")" done 'other requests are painted'

	: >"$go"
	within 60 "! is_running $waiters" || kill -KILL "$waiters"
	is "$(tail -n +2 "$TESTDIR/$job.said")" "$count done" 'all hear the word'
}

start_quick
holds 1000 thousand.txt
# A tool under a sanitizer has no room for so many threads.
[ "$SLOWNESS" -gt 1 ] || holds 10000 more.txt
done_testing
