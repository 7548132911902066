#!/usr/bin/env bash
# Saves that follow one another within the settle time are one submission.
. "$(dirname "$0")/../lib/quick.sh"

export SETTLE_MS=1000
start_quick
before=$(now_ms)
for line in one two three four five; do
	echo "$line" >>"$MNT/requests/a.txt"
done
took=$(($(now_ms) - before))
[ $took -lt 900 ] || skip "this machine needs $took ms for five lines"
is "$(status a.txt)" writing 'not sent yet'
is "$(rest a.txt)" done 'then it is painted'
ok 'not before it had settled' test $(($(now_ms) - before)) -ge 1000
is "$(sent a.txt)" 1 'once'
is "$(tr '\n' ' ' <"$MNT/jobs/a.txt/prompt")" 'one two three four five ' 'with all lines'
done_testing
