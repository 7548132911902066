#!/usr/bin/env bash
# A job that takes longer than its provider's deadline is held, and still followed: paid is
# paid. retry asks after it at once and sends nothing.
. "$(dirname "$0")/../lib/simulator.sh"

start_simulator
PROFILE_EDIT='s/^deadline_s .*/deadline_s = 1/'
start_painting
for name in "${PROVIDERS[@]}"; do
	ask "$name" "$name" "a heron {sim:latency=900000}"
done
for name in "${PROVIDERS[@]}"; do
	is "$(rest "$name.txt")" held "$name: held"
	like "$(cat "$MNT/jobs/$name.txt/error")" 'deadline_s.*retry' "$name: error says why"
	isnt "$(cat "$MNT/jobs/$name.txt/id")" '' "$name: the id is kept"
done
tell scenario.txt retry
ok 'asked again, and still running there, it is held again' within 20 \
	'[ "$(grep -c "held: overdue" "$MNT/jobs/scenario.txt/log")" = 2 ]'
# A retry may come between what is recorded of a poll and what is made of it.
for ((i = 0; i < 300; i++)); do
	tell fal.txt retry 2>/dev/null || true # it may be on its way back to `held`
done
ok 'whenever it was asked again, it is held again' within 20 'is_at fal.txt held'
finish_jobs
for name in "${PROVIDERS[@]}"; do
	tell "$name.txt" retry
done
for name in "${PROVIDERS[@]}"; do
	ok "$name: the late answer is taken" within 20 "is_at $name.txt done"
	is "$(charges "$name" heron) $(submission_count "$name" heron)" '1 1' "$name: sent once"
done
done_testing
