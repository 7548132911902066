#!/usr/bin/env bash
# A key is nowhere but in the requests to its provider: not in the mount, the log, the store,
# a command line or the environment of any process of the daemon's.
. "$(dirname "$0")/../lib/simulator.sh"
requires getfattr

FAL=fal-5up3rs3cr3tk3y-01
WAVESPEED=wave-5up3rs3cr3tk3y-02
DOJO=dojo-5up3rs3cr3tk3y-03
SCENARIO=scen-5up3rs3cr3tk3y-04:scen-5up3rs3cr3tk3y-05
BASIC=$(printf %s "$SCENARIO" | base64 -w 0)

start_simulator --key="scenario=$SCENARIO" --key="pixeldojo=$DOJO" --key="wavespeed=$WAVESPEED" \
	--key="fal=$FAL"
export HERON_KEY=$FAL
configure 'provider fal' 'key = env:HERON_KEY'
configure 'provider wavespeed' "key = command:cat $SIM/simulator-wavespeed.key"
start_painting
unset HERON_KEY
for name in "${PROVIDERS[@]}"; do
	ask "$name" "$name" "a heron at $name"
	ask "$name" "$name"-refused "a refused heron at $name" 'model: no-such-model'
	ask "$name" "$name"-doubt "a doubtful heron at $name {sim:reset after=charge}"
	ask "$name" "$name"-runs "a running heron at $name {sim:latency=900000}"
done
for name in "${PROVIDERS[@]}"; do
	is "$(rest "$name.txt") $(rest "$name"-refused.txt) $(rest "$name"-doubt.txt)" \
		'done failed held' "$name: asked"
	wait_until "is_at $name-runs.txt running"
done

holds_key() { # holds_key FILE…: names of those that do
	grep -rlaE "5up3rs3cr3tk3y|${BASIC:8:16}" "$@" 2>/dev/null
}

processes() { # the daemon and all it started
	local pid
	echo "${daemon_pid[$MNT]}"
	for pid in /proc/[0-9]*; do
		pid=${pid#/proc/}
		[ "$pid" = $$ ] || [ "$pid" = "$simulator_pid" ] ||
			! grep -qaF "$MNT" "/proc/$pid/cmdline" 2>/dev/null || echo "$pid"
	done
}

ok 'what is looked for can be found' test -n "$(holds_key "$SIM"/*.key)"
is "$(holds_key "$MNT")" '' 'not in the mount'
is "$(holds_key "$STORE")" '' 'not in the store'
is "$(holds_key "$LOG")" '' 'not in the log'
is "$(holds_key "$SIM/requests")" '' 'the record of this test has none either'
for pid in $(processes | sort -u); do
	is "$(holds_key "/proc/$pid/cmdline" "/proc/$pid/environ")" '' 'not in a process'
done
is "$(getfattr -dR --absolute-names "$MNT/images" 2>/dev/null | grep 5up3rs3cr3tk3y)" '' \
	'not in attributes'
done_testing
