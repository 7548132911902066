#!/usr/bin/env bash
# A submission whose answer was lost is found in the provider's list of jobs, and taken up
# without being sent again. Two that cannot be told apart stay in doubt.
. "$(dirname "$0")/../lib/replicate.sh"

start_replicate
start_easelfs "$CONFIG"

ask replicate other 'a tern'
ask replicate lost 'a lost heron'
ask replicate same-1 'a lost gull' 'seed: 7'
ask replicate same-2 'a lost gull' 'seed: 7'
is "$(rest other.txt)" done 'one that is answered'
ok 'the lost one is taken up' within 30 'is_at lost.txt done'
is "$(charges replicate heron) $(submission_count replicate heron)" '1 1' 'and was sent once'
like "$(cat "$MNT/jobs/lost.txt/log")" 'in its list of jobs' 'log says how'
is "$(rest same-1.txt) $(rest same-2.txt)" 'held held' 'two of one seed: in doubt'
wait_until '[ "$(lists)" -ge 4 ]'
is "$(rest same-1.txt) $(rest same-2.txt)" 'held held' 'and they stay so'
is "$(charges replicate gull) $(submission_count replicate gull)" '2 2' 'neither is sent again'
done_testing
