#!/usr/bin/env bash
# A script that reads `wait` straight after its write gets the answer to this
# question, never to an older one.
. "$(dirname "$0")/../lib/quick.sh"

export SETTLE_MS=1
start_quick
wrong=
for i in {1..100}; do
	echo "picture $i" >"$MNT/requests/a.txt"
	answer=$(rest a.txt)
	[ "$answer $(<"$MNT/jobs/a.txt/prompt")" = "done picture $i" ] || wrong+=" $i: $answer"
	echo "fail=question_$i" >"$MNT/requests/a.txt"
	answer=$(rest a.txt)
	[ "$answer $(<"$MNT/jobs/a.txt/error")" = "failed question $i" ] || wrong+=" $i: $answer"
done
is "$wrong" '' 'two hundred questions, two hundred answers'
is "$(run_number a.txt)" 200 'in as many runs'

wrong=
for i in {1..50}; do
	exec 7>"$MNT/requests/new-$i.txt"
	[ "$(status "new-$i.txt")" = writing ] || wrong+=" $i is not being written"
	echo "picture $i" >&7
	exec 7>&-
	[ "$(rest "new-$i.txt")" = done ] || wrong+=" $i"
done
is "$wrong" '' 'jobs are there from the moment their requests are'
done_testing
