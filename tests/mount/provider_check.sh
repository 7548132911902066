#!/usr/bin/env bash
# --check says of each provider whether it is ready, and why not, without spending anything
# and without a key in what it says.
. "$(dirname "$0")/../lib/simulator.sh"

check() {
	said=$(easelfs --check "$@" "$CONFIG" 2>"$TESTDIR/check.err")
	result=$?
}

line() {
	grep "^$1 " <<<"$said"
}

start_simulator --balance=12.5
echo 'no-such-key' >"$SIM/simulator-pixeldojo.key"
echo 'no-such-key' >"$SIM/simulator-wavespeed.key"
write_config
copy_profiles
sed -i '/^key .*simulator-fal\.key$/d' "$CONFIG"

check
is $result 0 'status 0: the default provider is ready'
like "$(line scenario)" '^scenario +ready .*default' 'ready'
like "$(line fal)" 'FAL_KEY' 'no key: the variable'
like "$(line fal)" '\[provider fal\]' 'and the section'
like "$(line wavespeed)" 'wavespeed.*key' 'a key that is refused'
not_ok 'is not called ready' grep -qE '^wavespeed +ready' <<<"$said"
check --json
is $result 0 'as JSON'
is "$(jq -r '.[] | select(.name != "pixeldojo") | "\(.name) \(.ready)"' <<<"$said" | sort | paste -sd,)" \
	'fal false,preview true,scenario true,wavespeed false' 'who is ready'
is "$(jq -r '.[] | select(.default) | .name' <<<"$said")" scenario 'who paints by default'

echo 'sim-key' >"$SIM/simulator-wavespeed.key"
check
like "$(line wavespeed)" 'ready, 12.5 USD left' 'what is left'
check --json
is "$(jq -r '.[] | select(.name == "wavespeed") | "\(.ready) \(.remaining) \(.unit)"' <<<"$said")" \
	'true 12.5 USD' 'as JSON, too'

echo 'no-such-key' >"$SIM/simulator-scenario.key"
check
isnt $result 0 'another status: the default provider is not ready'
not_ok 'it is not called ready' grep -qE '^scenario +ready' <<<"$said"
stop_simulator
check
isnt $result 0 'nobody is there'
not_ok 'and nobody is called ready' grep -qE '^(scenario|wavespeed) +ready' <<<"$said"

is "$(cat "$TESTDIR/check.err")" '' 'nothing else is said'
is "$(requests '.method != "GET"')" '' 'only what is free was asked'
is "$(cat "$SIM/ledger")" '' 'and nothing was charged'
done_testing
