#!/usr/bin/env bash
# Models: one by its name, one that the profile does not know by its id, and one that the
# provider does not have. `extra` goes there untouched, also to the model's place.
. "$(dirname "$0")/../lib/simulator.sh"

start_simulator
configure 'provider wavespeed' 'price = 0.03' # else it would be asked for that first
start_painting
ask scenario named 'a named heron' 'model: flux-1-dev' 'aspect_ratio: 16:9'
ask scenario known 'a heron by its id' 'model: model_flux-1-dev'
ask scenario unknown 'an unknown heron' 'model: model_heron-9'
ask wavespeed path 'a heron by a path' 'model: bytedance/dreamina-v3.1/text-to-image'
ask wavespeed unknown-path 'a heron by another path' 'model: herons/grey-1/text-to-image'
ask wavespeed climbing 'a climbing heron' 'model: ../../v2/heron'
ask wavespeed extra 'a heron with more' 'extra.enable_base64_output: true' 'extra.guidance: 3.5' \
	'extra.style: oil on canvas'
printf '%s' '{"provider": "scenario", "prompt": "a heron in JSON",
	"extra": {"steps": 30, "loras": [{"id": "a", "weight": 0.5}]}}' >"$MNT/requests/object.json"
ask pixeldojo odd 'an odd heron' 'extra.steps: 30'

path_of() {
	requests ".listener == \"$1\" and .method == \"POST\" and (.body | contains(\"$2\"))" |
		jq -r .path
}

is "$(rest named.txt) $(path_of scenario 'named heron')" \
	'done /v1/generate/custom/model_flux-1-dev' 'a model by its name'
is "$(submissions scenario 'named heron' | jq -r '[.aspectRatio, .resolution] | @csv')" '"16:9",' \
	'and what that model takes'
is "$(rest known.txt) $(path_of scenario 'by its id')" \
	'done /v1/generate/custom/model_flux-1-dev' 'an id goes as it is'
is "$(rest unknown.txt) $(path_of scenario 'unknown heron')" \
	'failed /v1/generate/custom/model_heron-9' 'the provider refuses what it does not have'
like "$(cat "$MNT/jobs/unknown.txt/error")" 'Model not found: model_heron-9' 'in its own words'
is "$(charges scenario unknown)" 0 'which costs nothing'
is "$(rest path.txt) $(path_of wavespeed 'by a path')" \
	'done /api/v3/bytedance/dreamina-v3.1/text-to-image' 'an id keeps its slashes'
is "$(rest unknown-path.txt) $(path_of wavespeed 'another path')" \
	'failed /api/v3/herons/grey-1/text-to-image' 'also an unknown one'
is "$(rest climbing.txt) $(submission_count wavespeed climbing)" 'rejected 0' \
	'no id leads elsewhere'

is "$(rest extra.txt)" done 'extra parameters'
is "$(submissions wavespeed 'with more' | jq -c '[.enable_base64_output, .guidance, .style]')" \
	'[true,3.5,"oil on canvas"]' 'go there as they are'
is "$(rest object.json)" done 'as an object'
is "$(submissions scenario 'in JSON' | jq -c '[.steps, .loras]')" '[30,[{"id":"a","weight":0.5}]]' \
	'in JSON'
is "$(rest odd.txt)" failed 'a provider may refuse them'
like "$(cat "$MNT/jobs/odd.txt/error")" 'steps' 'and says which'
done_testing
