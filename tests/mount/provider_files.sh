#!/usr/bin/env bash
# What a job at a provider says of itself: id, cost, what was sent and what came back, its
# history, and where the picture came from. What providers/ says of the provider.
. "$(dirname "$0")/../lib/simulator.sh"
requires getfattr

declare -A cost=([scenario]=5 [pixeldojo]=1 [wavespeed]=0.027 [fal]=0.03)
declare -A unit=([scenario]=CU [pixeldojo]=credit [wavespeed]=USD [fal]=USD)
declare -A model=([scenario]=model_bytedance-dreamina-3-1 [pixeldojo]=dreamina
	[wavespeed]=bytedance/dreamina-v3.1/text-to-image
	[fal]=fal-ai/bytedance/dreamina/v3.1/text-to-image)

xattr() {
	getfattr --absolute-names --only-values -n "user.$2" "$MNT/images/$1.png"
}

spent() { # spent PROVIDER: unit, today and month
	awk -v name="$1" '$1 == name { print $2, $3, $4 }' "$MNT/spend"
}

charged_id() {
	jq -r --arg provider "$1" 'select(.provider == $provider) | .id' "$SIM/ledger"
}

# The files of a folder whose stat does not know what they read; wc(1) believes stat, cat
# does not.
wrong_sizes() { # wrong_sizes FOLDER
	local file
	for file in "$1"/*; do
		# shellcheck disable=SC2002
		[ ! -f "$file" ] || [ "$(stat -c %s "$file")" = "$(cat "$file" | wc -c)" ] ||
			echo "${file##*/}"
	done
}

configure 'provider fal' 'price = 0.03' # it does not tell
start_simulator --latency=50
start_painting
own=$(grep -c '^\[model [^]]*]$' "$EASELFS_PROVIDERS/scenario.ini")
# shellcheck disable=SC2016 # evaluated later
ok 'one has told its catalogue' \
	within 20 '[ "$(cat "$MNT/providers/scenario/models" | wc -l)" -gt "$own" ]'
for name in "${PROVIDERS[@]}"; do
	ask "$name" "$name" "a heron at $name" 'seed: 7'
done
for name in "${PROVIDERS[@]}"; do
	job=$MNT/jobs/$name.txt
	is "$(rest "$name.txt")" done "$name paints"
	is "$(cat "$job/id")" "$(charged_id "$name")" "$name: id"
	is "$(cat "$job/cost")" "${cost[$name]}" "$name: cost"
	is "$(cat "$job"/{provider,model,seed,prompt,progress})" \
		"$name"$'\n'"dreamina-3.1"$'\n'7$'\n'"a heron at $name"$'\n'100 "$name: the values"
	is "$(cat "$job/error")" '' "$name: no error"
	is "$(field "$name.txt" '.calls[0] | "\(.id) \(.cost) \(.unit) \(.status)"')" \
		"$(charged_id "$name") ${cost[$name]} ${unit[$name]} done" "$name: job.json"
	is "$(spent "$name")" "${unit[$name]} ${cost[$name]} ${cost[$name]}" "$name: spend"
	is "$(xattr "$name" easelfs.cost)" "${cost[$name]} ${unit[$name]}" "$name: user.easelfs.cost"
	is "$(xattr "$name" easelfs.provider) $(xattr "$name" easelfs.seed)" "$name 7" \
		"$name: more attributes"
	like "$(xattr "$name" xdg.origin.url)" "^http://127\.0\.0\.1:[0-9]+/$name/[^?]+\.png$" \
		"$name: user.xdg.origin.url, without its query"

	is "$(jq -c '.[0].body' "$job/request.json")" "$(submissions "$name" heron)" \
		"$name: request.json is what was sent"
	like "$(jq -r '.[0] | "\(.method) \(.url)"' "$job/request.json")" \
		"^POST http://127\.0\.0\.1:[0-9]+/.*${model[$name]}" "$name: and where to"
	is "$(jq -r '.[0].status' "$job/response.json")" 200 "$name: response.json has an answer"
	is "$(jq -r '.model + " " + .sent.model' "$job/params.json")" \
		"dreamina-3.1 ${model[$name]}" "$name: params.json"
	like "$(cat "$job/log")" "as $(charged_id "$name")" "$name: log has the id"
	is "$(jq -r --arg job "$name.txt" 'select(.job == $job) | .status' "$MNT/events" |
		paste -sd' ')" 'writing queued submitting running fetching done' "$name: events"

	like "$(cat "$MNT/providers/$name/status")" '^ready' "$name: its status"
	like "$(cat "$MNT/providers/$name/models")" "^dreamina-3\.1	${model[$name]}" \
		"$name: its models"
	like "$(cat "$MNT/providers/$name/params")" 'seed	0\.\.2147483647' "$name: its parameters"
	is "$(wrong_sizes "$MNT/providers/$name")$(wrong_sizes "$job")" '' "$name: sizes are exact"
	ok "$name: its profile" cmp "$MNT/providers/$name/profile.ini" \
		"$EASELFS_PROVIDERS/$name.ini"
done
is "$(cat "$MNT"/providers/{pixeldojo,wavespeed,fal}/price)" \
	$'1 credit\n0.027 USD\n0.03 USD' 'prices: of the profile, or of the configuration'
like "$(cat "$MNT/providers/pixeldojo/status")" 'remaining	999 credit' 'what PixelDojo has left'
done_testing
