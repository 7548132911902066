#!/usr/bin/env bash
# Cancelling is a wish: who grants it ends the job, who refuses it goes on to the picture,
# and who cannot is not asked.
. "$(dirname "$0")/../lib/simulator.sh"

cancels() {
	requests ".listener == \"$1\" and (.path | endswith(\"/cancel\") or endswith(\"/action\"))" | wc -l
}

start_simulator
start_painting
for name in "${PROVIDERS[@]}"; do
	ask "$name" "$name" "a heron {sim:latency=900000}"
done
ask fal late "a late heron {sim:latency=900000} {sim:cancel=refused}"
ask scenario granted "a granted heron {sim:latency=900000} {sim:cancel=ok}"
ask scenario early "an early heron {sim:latency=900000} {sim:cancel=ok} {sim:delay=1000 after=charge}"
for job in "${PROVIDERS[@]}" late granted; do
	wait_until "is_at $job.txt running"
done

tell granted.txt cancel
is "$(rest granted.txt)" cancelled 'Scenario: cancelled where it can be'
wait_until '[ "$(charges scenario early)" = 1 ]'
tell early.txt cancel
is "$(rest early.txt)" cancelled 'a wish before the id is known is remembered'
is "$(cancels scenario)" 2 'each was asked once'
tell fal.txt cancel
is "$(rest fal.txt)" cancelled 'fal.ai: cancelled'
is "$(cancels fal)" 1 'it was asked once'
tell late.txt cancel
wait_until 'grep -q "does not cancel it" "$MNT/jobs/late.txt/log"'
is "$(status late.txt)" running 'what it does not cancel runs on'
tell scenario.txt cancel
wait_until 'grep -q "does not cancel it.*: Cannot cancel this type of job" "$MNT/jobs/scenario.txt/log"'
is "$(status scenario.txt)" running 'Scenario: refused, and log says so'
for name in pixeldojo wavespeed; do
	fails_with 'Operation not supported' "$name: it cannot" tell $name.txt cancel
	is "$(cancels $name)" 0 "$name: it is not asked"
done

finish_jobs
for job in late scenario pixeldojo wavespeed; do
	is "$(rest $job.txt)" done "$job: ends with its picture"
done
not_ok 'what was cancelled has none' test -e "$MNT/images/fal.png"
is "$(charges fal '') $(charges scenario '')" '2 3' 'nothing was sent again'
done_testing
