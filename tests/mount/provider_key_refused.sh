#!/usr/bin/env bash
# A key that is refused (401) stops submissions to that provider, and to no other, until a
# reload.
. "$(dirname "$0")/../lib/simulator.sh"

start_simulator
echo 'no-such-key' >"$SIM/simulator-fal.key"
configure 'provider fal' 'price = 0.03' # else it would be asked for that first
start_painting
ask fal first 'a first heron'
is "$(rest first.txt)" held 'held'
like "$(cat "$MNT/jobs/first.txt/error")" 'not take the key: Invalid or missing API key' \
	'error says so, in the words of the provider'
like "$(cat "$MNT/jobs/first.txt/error")" 'reload' 'and what to do'
is "$(requests '.listener == "fal" and .method == "POST"' | wc -l)" 1 'it was tried once'
ask fal second 'a second heron'
is "$(rest second.txt)" held 'the next is held, too'
is "$(requests '.listener == "fal" and .method == "POST"' | wc -l)" 1 'and not even tried'
isnt "$(head -n 1 "$MNT/providers/fal/status")" ready 'providers/fal/status is not ready'
ask scenario other 'another heron'
is "$(rest other.txt)" done 'the others paint'

echo 'sim-key' >"$SIM/simulator-fal.key"
echo reload >"$MNT/ctl"
wait_until '! is_at first.txt held && ! is_at second.txt held'
is "$(rest first.txt) $(rest second.txt)" 'done done' 'with a good key both go on'
is "$(charges fal heron)" 2 'each is charged once'
ok 'providers/fal/status is ready' within 20 'grep -q ^ready "$MNT/providers/fal/status"'
is "$(cat "$MNT/jobs/first.txt/error")" '' 'and the error is gone'
done_testing
