#!/usr/bin/env bash
# Requests that are refused together are one failure: the provider is asked again after the
# time that it names.
. "$(dirname "$0")/../lib/simulator.sh"

start_simulator
start_painting
echo pause >"$MNT/ctl"
for i in 1 2 3 4 5 6 7 8; do
	ask fal "$i" "heron $i {sim:delay=1000 times=1} {sim:status=429 retry-after=1 times=1}"
done
for i in 1 2 3 4 5 6 7 8; do
	wait_until "is_at $i.txt queued"
done
echo resume >"$MNT/ctl"
wait_until '[ "$(cat "$MNT"/jobs/*.txt/log | grep -c "not taken")" = 8 ]'
# Each for itself, they would have made it more than four minutes.
ok 'all are painted soon' within 60 '[ "$(cat "$MNT"/jobs/*.txt/status | grep -c done)" = 8 ]'
is "$(charges fal heron) $(submission_count fal heron)" '8 16' 'a charge each'
done_testing
