#!/usr/bin/env bash
# A provider that easelfs never heard of is added with one INI file and nothing else.
. "$(dirname "$0")/../lib/simulator.sh"
requires python3
python3 -c 'import http.server' 2>/dev/null || skip 'this Python has no http.server'

mkdir -p "$HOME/.config/easelfs/providers"
cp "$TOP/tests/providers/replicate.ini" "$HOME/.config/easelfs/providers/"

touch "$SIM/requests" "$SIM/ledger"
python3 "$TOP/tests/tools/replicate.py" "$SIM" 2>"$SIM/log" &
wait_until '[ -s "$SIM/ports" ] || ! is_running $!'
[ -s "$SIM/ports" ] || fail "no server: $(cat "$SIM/log")"
export REPLICATE_API_TOKEN=r8-key
cat >"$CONFIG" <<-INI
	[easelfs]
	provider  = replicate
	settle_ms = 20
	[provider replicate]
	base_url = $(sed -n 's/^replicate //p' "$SIM/ports")/v1
INI

like "$(easelfs --check "$CONFIG")" 'replicate +ready  \(Replicate, from .*/replicate.ini\)' \
	'--check knows it'
start_easelfs "$CONFIG"
echo 'a heron' >"$MNT/requests/heron.txt"
ask replicate two 'two terns' 'count: 2' 'seed: 7' 'aspect_ratio: 16:9' 'extra.go_fast: true'
ask replicate text 'a gull as a text' 'model: someone/one-picture'
ask replicate unknown 'an unknown gull' 'model: someone/nothing'
ask replicate runs 'a wader forever'
is "$(rest heron.txt)" done 'it paints'
is "$(head -c 4 "$MNT/images/heron.png" | tail -c 3)" PNG 'a picture'
is "$(charges replicate heron) $(submission_count replicate heron)" '1 1' 'one charge'
is "$(cat "$MNT/jobs/heron.txt/id")" \
	"$(jq -r 'select(.prompt == "a heron") | .id' "$SIM/ledger")" 'the id'
is "$(rest two.txt)" done 'parameters'
is "$(submissions replicate terns | jq -cS .input)" \
	'{"aspect_ratio":"16:9","go_fast":true,"num_outputs":2,"prompt":"two terns","seed":7}' \
	'in its words'
is "$(cd "$MNT/images" && echo two*)" 'two-2.png two.png' 'two pictures of one call'
is "$(rest text.txt)" done 'one that answers with a text instead of an array'
is "$(rest unknown.txt)" failed 'a model that it does not have'
like "$(cat "$MNT/jobs/unknown.txt/error")" 'could not be found' 'in its own words'
wait_until 'is_at runs.txt running'
tell runs.txt cancel
is "$(rest runs.txt)" cancelled 'it cancels'
is "$(requests '.listener == "replicate"' | jq -c '[.key.scheme, .key.right]' | sort -u)" \
	'["Bearer",true]' 'the key is sent to it'
is "$(requests '.listener == "images"' | jq -c .key.scheme | sort -u)" null 'and to nobody else'
is "$(cat "$SIM/log")" '' 'the server has no complaint'
done_testing
