#!/usr/bin/env bash
# log says what a queued call waits for: a slot, a provider that is busy, resume. Once, and
# not of one that does not wait.
. "$(dirname "$0")/../lib/simulator.sh"

says() { # says NAME TEXT
	grep -qE "Z waits $2" "$MNT/jobs/$1.txt/log"
}

waits() {
	grep -cE 'Z waits (for|until) ' "$MNT/jobs/$1.txt/log"
}

configure 'provider fal' 'in_flight = 1'
start_simulator
start_painting
ask fal first 'a heron {sim:latency=900000}'
wait_until 'is_at first.txt running'
ask fal second 'a second heron'
ask wavespeed busy 'a heron {sim:status=429 retry-after=600 times=1}'
wait_until 'grep -q "not taken" "$MNT/jobs/busy.txt/log"'
ask wavespeed behind 'a heron behind it'
ask scenario soon 'a heron'
is "$(rest soon.txt)" done 'one that does not wait'
ok 'for a slot' within 20 'says second "for a slot at fal"'
ok 'for a provider that is busy' within 20 'says behind "for wavespeed: .*Simulated error 429"'
echo pause >"$MNT/ctl"
ask scenario later 'a later heron'
ok 'for resume' within 20 'says later "until resume"'
echo resume >"$MNT/ctl"
is "$(rest later.txt)" done 'which comes'
stop_easelfs
start_painting
ask fal third 'a third heron'
ok 'a new one after a restart' within 20 'says third "for a slot at fal"'
finish_jobs
is "$(rest second.txt)" done 'and a slot'
is "$(waits later) $(waits second) $(waits behind)" '1 1 1' 'each is told once'
is "$(waits first) $(waits soon)" '0 0' 'of those that did not wait nothing is told'
done_testing
