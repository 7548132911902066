#!/usr/bin/env bash
# The daemon is killed at the worst moments. What was on its way is in doubt; what the
# provider has is followed and fetched after a restart; nothing is charged twice.
. "$(dirname "$0")/../lib/simulator.sh"

pictures_are_whole() { # they end as a PNG does
	local picture
	for picture; do
		[ "$(stat -c %s "$picture")" -ge 3000000 ] &&
			tail -c 8 "$picture" | head -c 4 | grep -q IEND || return
	done
}

start_simulator --picture-bytes=3000000
start_painting

# While the answer to a submission is on its way.
for name in "${PROVIDERS[@]}"; do
	ask "$name" sent-"$name" "sent heron {sim:delay=600000 after=charge}"
	wait_until "[ \"\$(charges $name sent)\" = 1 ]"
	is "$(status sent-"$name.txt")" submitting "$name: it is on its way"
	is "$(cat "$MNT/jobs/sent-$name.txt/progress")" '' "$name: nobody knows how far it is"
done
# While they run.
for name in "${PROVIDERS[@]}"; do
	ask "$name" run-"$name" "running heron {sim:latency=900000}"
	wait_until "is_at run-$name.txt running"
done
# While the picture is on its way.
for name in "${PROVIDERS[@]}"; do
	ask "$name" fetch-"$name" "fetched heron {sim:image=slow times=1}"
	wait_until "requests '.listener == \"images\"' | grep -q '\"path\":\"/$name/'"
	is "$(status fetch-"$name.txt")" fetching "$name: its picture is on its way"
done
kill_easelfs
finish_jobs

start_painting
for name in "${PROVIDERS[@]}"; do
	is "$(rest sent-"$name.txt")" held "$name: in doubt"
	like "$(cat "$MNT/jobs/sent-$name.txt/error")" 'may have taken it.*not sent again.*resend' \
		"$name: error says so"
	is "$(rest run-"$name.txt") $(rest fetch-"$name.txt")" 'done done' "$name: the others are done"
	ok "$name: their pictures are whole" pictures_are_whole "$MNT"/images/{run,fetch}-"$name".png
	is "$(charges "$name" sent) $(charges "$name" running) $(charges "$name" fetched)" '1 1 1' \
		"$name: each is charged once"
	is "$(submission_count "$name" heron)" 3 "$name: and was sent once"
done
is "$(find "$MNT/images" -name '*.png' | wc -l)" 8 'no picture is there twice'
done_testing
