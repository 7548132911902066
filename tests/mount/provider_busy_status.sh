#!/usr/bin/env bash
# providers/NAME/status says that a provider is busy for as long as it is, and no longer.
. "$(dirname "$0")/../lib/simulator.sh"

state() {
	head -n 1 "$MNT/providers/$1/status"
}

was_asked_for_models() {
	[ -n "$(requests ".listener == \"$1\" and (.path | contains(\"models?\") or endswith(\"models\"))")" ]
}

start_simulator
start_painting
ask fal long 'a heron {sim:status=429 retry-after=600 times=1}'
wait_until 'grep -q "not taken" "$MNT/jobs/long.txt/log"'
like "$(state fal)" 'Simulated error 429' 'busy'
wait_until 'was_asked_for_models fal && was_asked_for_models wavespeed'
wait_until 'grep -q "^models" "$MNT/providers/fal/status"'
like "$(state fal)" 'Simulated error 429' 'busy still, whatever else was asked'
is "$(status long.txt)" queued 'and the request waits'

ask wavespeed short 'a heron {sim:status=429 retry-after=1 times=1}'
wait_until 'grep -q "not taken" "$MNT/jobs/short.txt/log"'
is "$(rest short.txt)" done 'one that finishes at once'
is "$(state wavespeed)" ready 'is not busy any more'
done_testing
