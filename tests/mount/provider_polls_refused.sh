#!/usr/bin/env bash
# A key that is refused while a job runs loses nothing: with a good key the job is asked
# after at once, and it is not sent again.
. "$(dirname "$0")/../lib/simulator.sh"

start_simulator --latency=50
start_painting
ask wavespeed heron 'a heron {sim:polls401 times=1}'
wait_until 'grep -q "cannot be asked after" "$MNT/jobs/heron.txt/log"'
is "$(status heron.txt)" running 'it runs on'
echo reload >"$MNT/ctl"
ok 'after a reload it is asked after' within 20 'is_at heron.txt done'
is "$(charges wavespeed heron) $(submission_count wavespeed heron)" '1 1' 'one charge, sent once'
done_testing
