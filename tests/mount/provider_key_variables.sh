#!/usr/bin/env bash
# Without a configured key, the environment variables that the profile names have it.
. "$(dirname "$0")/../lib/simulator.sh"

start_simulator
write_config
copy_profiles
sed -i '/^key /d' "$CONFIG"
export SCENARIO_API_KEY=sim-key SCENARIO_API_SECRET=sim-secret
export PIXELDOJO_API_KEY=sim-key WAVESPEED_API_KEY=sim-key FAL_KEY=sim-key
start_easelfs "$CONFIG"
for name in "${PROVIDERS[@]}"; do
	ask "$name" "$name" "a heron at $name"
done
for name in "${PROVIDERS[@]}"; do
	is "$(rest "$name.txt") $(charges "$name" heron)" 'done 1' "$name"
done
done_testing
