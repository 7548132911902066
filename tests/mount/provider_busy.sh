#!/usr/bin/env bash
# A provider that is busy (429) is asked again after the time it names: in seconds, as a
# date, in its body, or not at all. Nothing is charged twice.
. "$(dirname "$0")/../lib/simulator.sh"

rows() {
	cat <<-'ROWS'
		fal        retry-after=3
		pixeldojo  retry-after=date
		scenario   retry-after=3
		wavespeed  retry-after=none
	ROWS
}

times_of() { # when the submissions came, ms
	requests ".listener == \"$1\" and .method == \"POST\"" | jq -r .time_ms
}

start_simulator
start_painting
while read -r name how; do
	ask "$name" "$name" "a busy $name {sim:status=429 $how times=1}"
done < <(rows)
while read -r name how; do
	is "$(rest "$name.txt")" done "$name: done in the end ($how)"
	is "$(charges "$name" busy) $(submission_count "$name" busy)" '1 2' "$name: one charge, two attempts"
	like "$(cat "$MNT/jobs/$name.txt/log")" 'queued.*'$'\n''.*submitting.*'$'\n''.*queued.*'$'\n''.*submitting' \
		"$name: log tells"
	is "$(jq -r --arg job "$name.txt" 'select(.job == $job) | .status' "$MNT/events" |
		grep -c queued)" 2 "$name: events tell"
	mapfile -t times < <(times_of "$name")
	wanted=1000
	[ "$how" = retry-after=none ] || wanted=2000 # a date has whole seconds
	[ "$how" != retry-after=3 ] || wanted=3000
	ok "$name: not before the time" test $((times[1] - times[0])) -ge $wanted
	is "$(head -n 1 "$MNT/providers/$name/status")" ready "$name: and it is ready again"
done < <(rows)
done_testing
