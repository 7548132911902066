#!/usr/bin/env bash
# Without a key a request is held, and the words say which variable and which section want
# one. SIGHUP reads it anew.
. "$(dirname "$0")/../lib/simulator.sh"

start_simulator
write_config
copy_profiles
sed -i '/^key /d' "$CONFIG"
start_easelfs "$CONFIG"
declare -A variable=([scenario]='SCENARIO_API_KEY.*SCENARIO_API_SECRET' [pixeldojo]=PIXELDOJO_API_KEY
	[wavespeed]=WAVESPEED_API_KEY [fal]=FAL_KEY)
for name in "${PROVIDERS[@]}"; do
	ask "$name" "$name" "a heron at $name"
done
for name in "${PROVIDERS[@]}"; do
	is "$(rest "$name.txt")" held "$name: held"
	like "$(cat "$MNT/jobs/$name.txt/error")" "${variable[$name]}" "$name: the variable"
	like "$(cat "$MNT/jobs/$name.txt/error")" "\\[provider $name\\]" "$name: the section"
	like "$(head -n 1 "$MNT/providers/$name/status")" "${variable[$name]}" "$name: its status"
done
is "$(cat "$SIM/requests")" '' 'nobody was asked anything'

write_config
kill -HUP "${daemon_pid[$MNT]}"
for name in "${PROVIDERS[@]}"; do
	wait_until "! is_at $name.txt held"
	is "$(rest "$name.txt") $(charges "$name" heron)" 'done 1' "$name: with a key it is painted"
	is "$(head -n 1 "$MNT/providers/$name/status")" ready "$name: ready"
done
done_testing
