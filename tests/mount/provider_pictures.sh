#!/usr/bin/env bash
# Each of the four providers paints a picture of the size that was asked for. It is charged
# for once, the key comes in the provider's own scheme, and only where it belongs.
. "$(dirname "$0")/../lib/simulator.sh"

declare -A scheme=([scenario]=Basic [pixeldojo]=Bearer [wavespeed]=Bearer [fal]=Key)

start_simulator
start_painting
for name in "${PROVIDERS[@]}"; do
	ask "$name" "$name" "a heron at $name" 'seed: 7' 'width: 1024' 'height: 768'
	ask "$name" "$name"-wide "a wide heron at $name" 'aspect_ratio: 16:9' 'resolution: HD'
done
for name in "${PROVIDERS[@]}"; do
	is "$(rest "$name.txt") $(rest "$name"-wide.txt)" 'done done' "$name paints"
	is "$(size_of "$MNT/images/$name.png")" 1024x768 "$name: as many pixels as asked for"
	is "$(size_of "$MNT/images/$name-wide.png")" 1280x720 "$name: the ratio and resolution"
	is "$(readlink "$MNT/jobs/$name.txt/images/$name.png")" "../../../images/$name.png" \
		"$name: the job leads to its picture"
	is "$(charges "$name" heron)" 2 "$name: each is charged once"
	is "$(submission_count "$name" heron)" 2 "$name: and was sent once"
	is "$(requests ".listener == \"$name\"" | jq -r '.key.scheme, .key.right' | sort -u |
		paste -sd' ')" "${scheme[$name]} true" "$name: every request had the right key"
done
is "$(requests '.listener == "images"' | jq -r .path | wc -l)" 8 'each picture is fetched once'
is "$(requests '.listener == "images" and (.key.header or .key.scheme)')" '' \
	'the image host got no key'
is "$(requests '.listener == "images"' |
	jq -r '.headers[] | ascii_downcase | select(IN("host", "user-agent", "accept") | not)')" '' \
	'nor any header that says more than is needed'
done_testing
