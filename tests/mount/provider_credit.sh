#!/usr/bin/env bash
# An empty account (402) holds what is asked of it. A reload lets it go on, once there is
# money.
. "$(dirname "$0")/../lib/simulator.sh"

start_simulator --balance=0
balance scenario 100
start_painting
for name in pixeldojo wavespeed fal; do
	ask $name $name "a heron at $name"
done
for name in pixeldojo wavespeed fal; do
	is "$(rest $name.txt)" held "$name: held"
	like "$(cat "$MNT/jobs/$name.txt/error")" 'Insufficient balance' "$name: in its own words"
	is "$(charges $name heron)" 0 "$name: nothing was charged"
done
ask scenario other 'another heron'
is "$(rest other.txt)" done 'who has money paints'

for name in pixeldojo wavespeed fal; do
	balance $name 10
done
echo reload >"$MNT/ctl"
for name in pixeldojo wavespeed fal; do
	wait_until "! is_at $name.txt held"
	is "$(rest $name.txt)" done "$name: done after a reload"
	is "$(charges $name heron)" 1 "$name: charged once"
done
done_testing
