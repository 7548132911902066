#!/usr/bin/env bash
# What an image host sends instead of a picture never gets into images/. The picture is paid:
# it is fetched with a fresh URL where the old one expired, and never sent again.
. "$(dirname "$0")/../lib/simulator.sh"

faults=('image=html times=2' 'image=empty times=2' 'image=truncated times=2'
	'image=huge-header times=2' 'image=missing times=1' 'image=expired times=1'
	'image=redirect' 'image=redirect-loop times=1' 'status=500 on=image times=2'
	'reset on=image times=2' 'truncate=100 on=image times=2' 'garbage on=image times=2')

start_simulator
start_painting
for name in "${PROVIDERS[@]}"; do
	for i in "${!faults[@]}"; do
		ask "$name" "$name"-"$i" "heron $i. {sim:${faults[i]}}" 'width: 1024' 'height: 768'
	done
	ask "$name" "$name"-gone "gone heron {sim:image=missing}"
	ask "$name" "$name"-late "late heron {sim:image=html times=8}" 'width: 1024' 'height: 768'
done
for name in "${PROVIDERS[@]}"; do
	for i in "${!faults[@]}"; do
		is "$(rest "$name"-"$i".txt) $(charges "$name" "heron $i.")" 'done 1' "$name: ${faults[i]}"
	done
	is "$(rest "$name"-gone.txt)" failed "$name: gone for good"
	like "$(cat "$MNT/jobs/$name-gone.txt/error")" 'paid' 'error says that it was paid'
	is "$(charges "$name" gone)" 1 'and it is not sent again'
	is "$(rest "$name"-late.txt)" failed "$name: what stays no picture is given up"
	like "$(cat "$MNT/jobs/$name-late.txt/error")" 'not a picture' 'error says so'
	tell "$name"-late.txt retry
	wait_until "! is_at $name-late.txt failed"
	is "$(rest "$name"-late.txt)" done 'retry fetches it'
	is "$(charges "$name" late) $(submission_count "$name" late)" '1 1' 'and pays nothing'
done
is "$(find "$MNT/images" -type f | wc -l)" $((${#PROVIDERS[@]} * (${#faults[@]} + 1))) \
	'nothing else is in images/'
is "$(for picture in "$MNT"/images/*; do size_of "$picture"; done | sort -u)" 1024x768 \
	'all are pictures'

# A URL that expired: whoever gave it is asked for another one.
renewals() { # renewals PROVIDER JOB: requests of the step that gave the URL
	local id
	id=$(cat "$MNT/jobs/$2.txt/id")
	requests ".method == \"GET\" and .listener == \"$1\"" | jq -r .path |
		grep -cE "(/assets/asset_${id#job_}|/requests/$id\$|/predictions/$id/result|/jobs/$id\$)"
}

is "$(renewals fal fal-5)" 2 'fal: the result was asked for twice'
is "$(renewals fal fal-6)" 1 'and once where nothing expired'
ok 'scenario: the asset was asked for twice' test "$(renewals scenario scenario-5)" -gt \
	"$(renewals scenario scenario-6)"
is "$(requests '.listener == "images" and .key.header')" '' 'the image host got no key, ever'
done_testing
