#!/usr/bin/env bash
# 503 with a time says that nothing was taken: it is sent again. 500 says nothing, and may
# have been paid: it is held.
. "$(dirname "$0")/../lib/simulator.sh"

start_simulator
start_painting
for name in pixeldojo wavespeed fal; do
	ask "$name" "$name-500" "a broken heron {sim:status=500}"
	ask "$name" "$name-503" "a late heron {sim:status=503 retry-after=1 times=1}"
done
for name in pixeldojo wavespeed fal; do
	is "$(rest "$name-500.txt")" held "$name: 500 is doubt"
	is "$(submission_count "$name" broken)" 1 'and not sent again'
	is "$(rest "$name-503.txt")" 'done' "$name: 503 with a time is waited for"
	is "$(charges "$name" late) $(submission_count "$name" late)" '1 2' 'charged once'
done
done_testing
