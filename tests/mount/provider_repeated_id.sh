#!/usr/bin/env bash
# A request that is given the id of another one is neither sent again nor shown the
# other's picture: it waits, and the other one is not disturbed.
. "$(dirname "$0")/../lib/simulator.sh"

start_simulator
start_painting
for name in "${PROVIDERS[@]}"; do
	ask "$name" "$name-first" 'a heron {sim:latency=900000}'
	wait_until "is_at $name-first.txt running"
	ask "$name" "$name-second" 'a tern {sim:dupid times=1}'
done

look() { # look WHEN
	for name in "${PROVIDERS[@]}"; do
		is "$(rest "$name-second.txt")" held "$1: $name"
		like "$(cat "$MNT/jobs/$name-second.txt/error")" \
			'id of another one.*may have been paid.*resend' "$1: error tells what to do"
		is "$(charges "$name" 'a tern') $(submission_count "$name" 'a tern')" '1 1' \
			"$1: charged and sent once"
	done
}

look 'held'
kill_easelfs
start_painting
look 'after a crash'
finish_jobs
for name in "${PROVIDERS[@]}"; do
	is "$(rest "$name-first.txt") $(charges "$name" 'a heron')" 'done 1' \
		"$name: the other one is painted"
	ok 'and has its picture' test -s "$MNT/images/$name-first.png"
	ok 'which this one has not' test ! -e "$MNT/images/$name-second.png"
done

tell fal-second.txt resend
wait_until '! is_at fal-second.txt held'
finish_jobs
is "$(rest fal-second.txt) $(charges fal 'a tern')" 'done 2' 'resend sends it again, and pays twice'
done_testing
