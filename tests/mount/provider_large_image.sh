#!/usr/bin/env bash
# A picture beyond image_bytes is not kept. With a higher limit retry fetches it, and nothing
# is paid twice.
. "$(dirname "$0")/../lib/simulator.sh"

configure limits 'image_bytes = 1000000'
start_simulator --picture-bytes=3000000
start_painting
for name in "${PROVIDERS[@]}"; do
	ask "$name" "$name" "a large heron"
done
for name in "${PROVIDERS[@]}"; do
	is "$(rest "$name.txt")" failed "$name: too large"
	like "$(cat "$MNT/jobs/$name.txt/error")" 'image_bytes' "$name: error names the limit"
done
is "$(ls -A "$MNT/images")" '' 'nothing is in images/'

configured=
write_config
echo reload >"$MNT/ctl"
for name in "${PROVIDERS[@]}"; do
	tell "$name.txt" retry
	wait_until "! is_at $name.txt failed"
	is "$(rest "$name.txt")" done "$name: with a higher limit it is fetched"
	is "$(charges "$name" heron) $(submission_count "$name" heron)" '1 1' "$name: sent once"
done
done_testing
