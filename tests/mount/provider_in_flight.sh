#!/usr/bin/env bash
# Never more than in_flight calls are open at a provider, and one provider's limit is no
# other's.
. "$(dirname "$0")/../lib/simulator.sh"

running() {
	control GET jobs | jq -n --arg provider "$1" \
		'[inputs | select(.provider == $provider and (.stage | IN("done", "failed") | not))] | length'
}

configure 'provider fal' 'in_flight = 2'
configure limits 'in_flight = 3'
start_simulator
start_painting
for i in 1 2 3 4 5; do
	ask fal fal-$i "heron $i {sim:latency=900000}"
	ask wavespeed wavespeed-$i "heron $i {sim:latency=900000}"
done
wait_until '[ "$(running fal) $(running wavespeed)" = "2 3" ]'
ask scenario passing 'something else'
is "$(rest passing.txt)" done 'another provider has slots'
is "$(running fal) $(running wavespeed)" '2 3' 'no more than allowed are open'
ok 'the others wait' within 20 '[ "$(cat "$MNT"/jobs/fal-*.txt/status | sort | uniq -c | xargs)" = \
	"3 queued 2 running" ]'

for open in '2 2' '1 0'; do
	finish_jobs
	wait_until "[ \"\$(running fal) \$(running wavespeed)\" = '$open' ]"
done
finish_jobs
for i in 1 2 3 4 5; do
	is "$(rest fal-$i.txt) $(rest wavespeed-$i.txt)" 'done done' "number $i"
done
is "$(charges fal heron) $(charges wavespeed heron)" '5 5' 'each is charged once'
done_testing
