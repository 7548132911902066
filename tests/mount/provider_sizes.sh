#!/usr/bin/env bash
# A size means the same with every provider: what is really sent to each, in its own words.
. "$(dirname "$0")/../lib/simulator.sh"

# A name, what the request says, and for each provider what is sent beside prompt, seed and
# number, or ! where that is rejected.
table() {
	cat <<-'TABLE'
		nothing
		{} {} {} {}
		ratio aspect_ratio:16:9
		{"aspectRatio":"16:9","resolution":"2K"}
		{"aspect_ratio":"16:9","resolution":"2K"}
		{"size":"2048*1152"}
		{"image_size":{"height":1152,"width":2048}}
		ratio-4k aspect_ratio:16:9 resolution:4K
		{"aspectRatio":"16:9","resolution":"4K"}
		{"aspect_ratio":"16:9","resolution":"4K"}
		{"size":"2048*1152"}
		{"image_size":{"height":1152,"width":2048}}
		pixels width:1024 height:768
		{"aspectRatio":"custom","height":768,"width":1024}
		{"aspect_ratio":"custom","height":768,"width":1024}
		{"size":"1024*768"}
		{"image_size":{"height":768,"width":1024}}
		cinema aspect_ratio:21:9
		{"aspectRatio":"custom","height":880,"width":2048}
		{"aspect_ratio":"custom","height":880,"width":2048}
		{"size":"2048*880"}
		{"image_size":{"height":880,"width":2048}}
		three aspect_ratio:3:1 resolution:HD
		{"aspectRatio":"custom","height":512,"width":1536}
		{"aspect_ratio":"custom","height":424,"width":1280}
		{"size":"1536*512"}
		{"image_size":{"height":512,"width":1536}}
		five aspect_ratio:5:1 resolution:HD
		! {"aspect_ratio":"custom","height":256,"width":1280} ! !
		five-2k aspect_ratio:5:1
		! {"aspect_ratio":"custom","height":408,"width":2048} ! !
		tier resolution:HD
		{"aspectRatio":"1:1","resolution":"HD"}
		{"aspect_ratio":"1:1","resolution":"HD"}
		{"size":"1280*1280"}
		{"image_size":{"height":1280,"width":1280}}
		large width:4096 height:4096
		! ! ! !
	TABLE
}

# By row: what the request says; by row and provider: what is sent.
declare -A says=() wanted=()
rows=()
while read -r -a words; do
	if [[ ${words[0]} == [a-z]* ]]; then
		row=${words[0]} column=0
		rows+=("$row")
		says[$row]=${words[*]:1}
		continue
	fi
	for word in "${words[@]}"; do
		wanted[$row-${PROVIDERS[column++]}]=$word
	done
done < <(table)

sent() {
	submissions "$1" "$2 " | jq -cS 'del(.prompt, .seed, .num_outputs, .num_images)'
}

start_simulator
start_painting
for row in "${rows[@]}"; do
	read -r -a lines <<<"${says[$row]}"
	for name in "${PROVIDERS[@]}"; do
		ask "$name" "$row-$name" "$row of $name" "${lines[@]/:/: }"
	done
done

for row in "${rows[@]}"; do
	for name in "${PROVIDERS[@]}"; do
		word=$(rest "$row-$name.txt")
		if [ "${wanted[$row-$name]}" = ! ]; then
			is "$word $(sent "$name" "$row")" 'rejected ' "$row: $name would not take it"
			like "$(cat "$MNT/jobs/$row-$name.txt/error")" '5:1|4096' "$row: and it is said why"
		else
			is "$word $(sent "$name" "$row")" "done ${wanted[$row-$name]}" "$row: $name"
		fi
	done
done

for name in wavespeed fal; do
	like "$(cat "$MNT/jobs/ratio-4k-$name.txt/log")" '2048' "$name: log says that 4K was cut"
	like "$(jq -r '.notes[]' "$MNT/jobs/ratio-4k-$name.txt/params.json")" '2048' \
		"$name: params.json, too"
done
done_testing
