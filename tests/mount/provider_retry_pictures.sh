#!/usr/bin/env bash
# A call of several pictures that lost one: retry fetches what is missing, pays nothing, and
# publishes no picture twice, whatever happens meanwhile.
. "$(dirname "$0")/../lib/simulator.sh"

# No picture is where it is said to be at first, and one is not where it is said to be then.
# Each takes its time, so that all are tried before any is asked for anew.
LOSE_ONE='{sim:image=missing times=5} {sim:delay=20 on=image}'

pictures() { # pictures NAME: how many, and how many different ones
	sha256sum "$MNT/images/$1"*.png | awk '{ all++; if (!seen[$1]++) different++ }
		END { print all, different }'
}

retry() {
	tell "$1.txt" retry
	wait_until "! is_at $1.txt failed"
}

start_simulator
start_painting
ask fal heron "four herons $LOSE_ONE" 'count: 4'
ask fal tern "four terns $LOSE_ONE" 'count: 4'
ask fal gull "four gulls $LOSE_ONE" 'count: 4'
for job in heron tern gull; do
	is "$(rest $job.txt)" failed "$job: one is lost"
	like "$(cat "$MNT/jobs/$job.txt/error")" '^3 of 4 pictures: .*paid' "$job: error says so"
	is "$(pictures $job)" '3 3' "$job: three are there"
done

retry heron
is "$(rest heron.txt)" done 'retry fetches it'
is "$(pictures heron)" '4 4' 'and nothing twice'
is "$(cat "$MNT/jobs/heron.txt/error")" '' 'nothing is missing'

rm "$MNT/images/gull-2.png"
fault 'status=404 on=image times=5'
tell gull.txt retry
wait_until '[ "$(grep -c " failed" "$MNT/jobs/gull.txt/log")" = 2 ]'
is "$(rest gull.txt)" failed 'lost again'
is "$(pictures gull)" '2 2' 'what was removed stays removed'
retry gull
is "$(rest gull.txt)" done 'and fetched at last'
is "$(pictures gull)" '3 3' 'but for what was removed'

fault 'status=503 on=image'
retry tern
wait_until 'is_at tern.txt fetching'
kill_easelfs
no_faults
start_painting
is "$(rest tern.txt)" done 'a retry that was killed goes on'
is "$(pictures tern)" '4 4' 'and ends likewise'

for job in heron tern gull; do
	is "$(charges fal $job) $(submission_count fal $job)" '1 1' "$job: sent and charged once"
done
is "$(awk '$1 == "fal" { print $5 }' "$MNT/spend")" 12 'spend counts each picture once'
stop_easelfs
start_painting
is "$(find "$STORE/images" -type f | wc -l)" 11 'and none is kept twice'
done_testing
