#!/usr/bin/env bash
# A provider that says the key, in whatever it says, does not get it into a file.
. "$(dirname "$0")/../lib/simulator.sh"

declare -A keys=(
	[scenario]=scen-5up3rs3cr3tk3y-01:scen-5up3rs3cr3tk3y-02
	[pixeldojo]=dojo-5up3rs3cr3tk3y-03
	[wavespeed]=wave-5up3rs3cr3tk3y-04
	[fal]=fal-5up3rs3cr3tk3y-05
)

options=()
for name in "${PROVIDERS[@]}"; do
	options+=("--key=$name=${keys[$name]}")
done
start_simulator "${options[@]}"
start_painting
for name in "${PROVIDERS[@]}"; do
	fault "100%:fail=\"${keys[$name]#*:} is not for herons\" provider=$name"
	ask "$name" "$name" "a heron at $name"
done
for name in "${PROVIDERS[@]}"; do
	is "$(rest "$name.txt")" failed "$name says it in an error"
	like "$(cat "$MNT/jobs/$name.txt/error")" '[a-z]{3}' 'of which something is told'
done
is "$(grep -rlaF 5up3rs3cr3tk3y "$MNT")" '' 'not in the mount'
is "$(grep -rlaF 5up3rs3cr3tk3y "$STORE")" '' 'not in the store'
is "$(grep -laF 5up3rs3cr3tk3y "$LOG")" '' 'not in the log'
done_testing
