#!/usr/bin/env bash
# Unmounted while a submission is on its way, easelfs waits for the answer: nothing is left
# in doubt.
. "$(dirname "$0")/../lib/simulator.sh"

start_simulator
start_painting
for name in "${PROVIDERS[@]}"; do
	ask "$name" "$name" "a heron at $name {sim:delay=8000 after=charge} {sim:latency=900000}"
done
for name in "${PROVIDERS[@]}"; do
	wait_until "[ \"\$(charges $name heron)\" = 1 ]"
done
stop_easelfs

start_painting
for name in "${PROVIDERS[@]}"; do
	wait_until "is_at $name.txt running || is_at $name.txt held"
	is "$(status "$name.txt")" running "$name: its answer was awaited"
	isnt "$(cat "$MNT/jobs/$name.txt/id")" '' "$name: the id is known"
done
finish_jobs
for name in "${PROVIDERS[@]}"; do
	is "$(rest "$name.txt")" done "$name: done"
	is "$(charges "$name" heron) $(submission_count "$name" heron)" '1 1' "$name: sent once"
done
done_testing
