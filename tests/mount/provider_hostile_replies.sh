#!/usr/bin/env bash
# Whatever a provider sends while a job runs, the job is followed to its picture: broken
# replies end nothing, and nothing is sent twice.
. "$(dirname "$0")/../lib/simulator.sh"

faults=('html=200 on=poll' 'html=502 on=poll' 'garbage on=poll' 'truncate=30 on=poll'
	'truncate=0 on=poll' 'status=503 on=poll' 'status=429 retry-after=0 on=poll' 'reset on=poll'
	'drop on=poll' 'unknown-status=melting' 'progress=stuck')
own=("scenario html=200 on=asset" "scenario garbage on=asset" "scenario reset on=asset"
	"scenario status=500 on=asset" "fal html=200 on=result" "fal garbage on=result"
	"fal status=500 on=result" "fal truncate=10 on=result" "wavespeed envelope=500 on=poll"
	"wavespeed outputs=objects" "wavespeed outputs=data-uri" "pixeldojo outputs=data-uri"
	"fal outputs=data-uri")

rows() {
	local name fault
	for name in "${PROVIDERS[@]}"; do
		for fault in "${faults[@]}"; do
			echo "$name $fault"
		done
	done
	printf '%s\n' "${own[@]}"
}

# What a job is decides itself when it is submitted, what a reply is with each of them.
spec() {
	[[ $1 == *" on="* ]] && echo "$1 times=2" || echo "$1"
}

start_simulator --latency=100
start_painting
i=0
while read -r name fault; do
	ask "$name" job-$((i += 1)) "heron $i {sim:$(spec "$fault")}"
done < <(rows)
i=0
while read -r name fault; do
	i=$((i + 1))
	is "$(rest job-$i.txt)" done "$name: $fault"
	is "$(charges "$name" "heron $i ") $(submission_count "$name" "heron $i ")" '1 1' \
		'charged and sent once'
done < <(rows)
like "$(cat "$MNT/jobs/job-1.txt/log")" 'cannot be asked after.*'$'\n''.*answers again' 'log tells'

for name in "${PROVIDERS[@]}"; do
	ask "$name" fails-"$name" "failing heron {sim:fail='Out of herons'}"
	ask "$name" moderated-"$name" "moderated heron {sim:moderated='No herons here'}"
done
for name in "${PROVIDERS[@]}"; do
	is "$(rest fails-"$name.txt") $(rest moderated-"$name.txt")" 'failed failed' \
		"$name: a job that fails there has failed"
	like "$(cat "$MNT/jobs/fails-$name.txt/error")" 'Out of herons' 'in its own words'
	like "$(cat "$MNT/jobs/moderated-$name.txt/error")" 'No herons here' 'moderated, too'
done
done_testing
