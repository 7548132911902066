#!/usr/bin/env bash
# What surely never reached the provider is sent when it can be reached, and is charged
# for once.
. "$(dirname "$0")/../lib/simulator.sh"

start_simulator
stop_simulator
start_painting
for name in "${PROVIDERS[@]}"; do
	ask "$name" "$name" "an early heron at $name"
done
for name in "${PROVIDERS[@]}"; do
	wait_until "grep -q 'not taken' '$MNT/jobs/$name.txt/log'"
	ok "$name: it waits" within 20 "is_at $name.txt queued"
done
ok 'providers/fal/status is not ready' test "$(head -n 1 "$MNT/providers/fal/status")" != ready
start_simulator
for name in "${PROVIDERS[@]}"; do
	is "$(rest "$name.txt")" done "$name: sent when it is back"
	is "$(charges "$name" heron)" 1 "$name: charged once"
	is "$(head -n 1 "$MNT/providers/$name/status")" ready "$name: ready again"
done
done_testing
