# shellcheck shell=bash
# Mount tests with the one provider that lists its jobs, tests/tools/replicate.py. To be
# read instead of simulator.sh, which it reads.
#
#            start_replicate   the provider; its profile is $REPLICATE_INI, and $CONFIG
#                              has it
#            lists             how often its jobs were asked for

. "$(dirname "${BASH_SOURCE[0]}")/simulator.sh"
requires python3
python3 -c 'import http.server' 2>/dev/null || skip 'this Python has no http.server'

REPLICATE_INI=$HOME/.config/easelfs/providers/replicate.ini
export REPLICATE_API_TOKEN=r8-key

start_replicate() {
	local base_url
	touch "$SIM/requests" "$SIM/ledger"
	python3 "$TOP/tests/tools/replicate.py" "$SIM" 2>"$SIM/log" &
	wait_until '[ -s "$SIM/ports" ] || ! is_running $!'
	[ -s "$SIM/ports" ] || fail "no server: $(cat "$SIM/log")"
	base_url=$(sed -n 's/^replicate //p' "$SIM/ports")/v1
	mkdir -p "${REPLICATE_INI%/*}"
	sed "s/^lag_s.*/lag_s = 1/; s|^base_url.*|base_url = $base_url|" \
		"$TOP/tests/providers/replicate.ini" >"$REPLICATE_INI"
	printf '[easelfs]\nsettle_ms = %s\n' "$SETTLE_MS" >"$CONFIG"
}

lists() {
	requests '.path == "/v1/predictions" and .method == "GET"' | wc -l
}
