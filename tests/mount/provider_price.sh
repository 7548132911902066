#!/usr/bin/env bash
# Where nobody says what a picture costs and somebody has to know, the provider is asked: once
# for all requests of a kind, with a call that is free. The answer is reserved, and held to the
# limits.
. "$(dirname "$0")/../lib/simulator.sh"

asked() { # asked PROVIDER: how often for a price
	requests ".listener == \"$1\" and (.path | test(\"pric|dryRun\"))" | wc -l
}

reload() {
	write_config
	echo reload >"$MNT/ctl"
}

cost() {
	cat "$MNT/jobs/$1.txt/cost"
}

error() {
	cat "$MNT/jobs/$1.txt/error"
}

start_simulator
PROFILE_EDIT='/^price  *= [0-9]/d'
start_painting
ask fal unlimited 'a plover'
ask scenario told 'a plover'
is "$(rest unlimited.txt)$(rest told.txt)" donedone 'without a limit'
is "$(asked fal) $(cost unlimited)" '1 0.03' 'who never says what it cost is asked'
is "$(asked scenario) $(cost told)" '0 5' 'who says it with the job is not'

configure limits 'spend_per_day = 1'
configure 'provider scenario' 'usd = 0.01'
reload
for name in one two three; do
	ask scenario "$name" "heron $name"
done
for name in one two three; do
	is "$(rest $name.txt)" done "with a limit: $name"
done
is "$(asked scenario)" 1 'one question for all that differ in their words'
is "$(charges scenario heron)" 3 'which was not charged'
ask scenario wide 'heron wide' 'aspect_ratio: 16:9'
is "$(rest wide.txt) $(asked scenario)" 'done 2' 'another size may have another price'
is "$(requests '.listener == "scenario" and (.path | test("dryRun"))' | tail -n 1 |
	jq -r '.body | fromjson | .prompt + " " + .aspectRatio')" 'heron wide 16:9' \
	'the question is the submission itself'
ask fal four 'four terns' 'count: 4'
is "$(rest four.txt) $(cost four)" 'done 0.12' 'a price by the picture is for all of them'
ask wavespeed other 'a tern'
is "$(rest other.txt) $(cost other)" 'done 0.027' 'a provider whose profile has no price'
is "$(requests '.listener == "wavespeed" and .path == "/api/v3/model/price"' |
	jq -r '.body | fromjson | .model_id + " " + .inputs.prompt')" \
	'bytedance/dreamina-v3.1/text-to-image a tern' \
	'the question has the submission inside'

# What costs too much by the provider's word is held like what costs too much by ours.
configured=
configure limits 'spend_per_job = 0.02'
reload
ask fal dear 'a kite'
is "$(rest dear.txt) $(charges fal kite)" 'held 0' 'too dear: held'
like "$(error dear)" 'limit of 0\.02 USD a job.*this costs 0\.03 USD' 'and error says by how much'

# No answer, no guess.
configured=
configure limits 'spend_per_day = 1'
fault 'status=404 on=other provider=fal'
reload
ask fal unknown 'two kites' 'count: 2'
is "$(rest unknown.txt) $(charges fal 'two kites')" 'held 0' 'asked in vain: held'
like "$(error unknown)" 'what it costs is not known.*set price in \[provider fal\]' 'error says what helps'
like "$(cat "$MNT/jobs/unknown.txt/log")" 'fal\.ai was asked in vain what it costs: .*404' \
	'log says what was tried'
no_faults
reload
is "$(rest unknown.txt) $(cost unknown)" 'done 0.06' 'a reload asks again'

# What passes is waited for.
fault 'status=503 on=other provider=fal times=1'
ask fal later 'three kites' 'count: 3'
is "$(rest later.txt) $(cost later)" 'done 0.09' 'a fault that passes: later'
no_faults

# A key that is refused there is refused.
echo 'no-such-key' >"$SIM/simulator-fal.key"
reload
ask fal keyless 'four kites' 'count: 4'
is "$(rest keyless.txt)" held 'asked with another key: held'
like "$(error keyless)" 'Invalid or missing API key.*reload' 'error says so in the words of the provider'
echo 'sim-key' >"$SIM/simulator-fal.key"
reload
wait_until '! is_at keyless.txt held'
is "$(rest keyless.txt) $(charges fal 'four kites')" 'done 1' 'with a good key it goes on'

# A price by another measure is none.
PROFILE_EDIT='s/^per .*/per = \/prices\/*\/unit megapixel/'
copy_profiles
echo reload >"$MNT/ctl"
ask fal measure 'a kite' 'seed: 1'
is "$(rest measure.txt)" held 'not by the picture: not known'

configure 'provider fal' 'price = 0.04'
before=$(asked fal)
reload
is "$(rest measure.txt) $(cost measure) $(asked fal)" "done 0.04 $before" \
	'what the configuration says, nobody is asked'
done_testing
