#!/usr/bin/env bash
# A submission whose answer was lost is found in the provider's list of jobs, and taken up
# without being sent again. Two that cannot be told apart stay in doubt.
. "$(dirname "$0")/../lib/simulator.sh"
requires python3
python3 -c 'import http.server' 2>/dev/null || skip 'this Python has no http.server'

mkdir -p "$HOME/.config/easelfs/providers"
sed 's/^lag_s.*/lag_s = 1/' "$TOP/tests/providers/replicate.ini" \
	>"$HOME/.config/easelfs/providers/replicate.ini"
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
start_easelfs "$CONFIG"

ask replicate other 'a tern'
ask replicate lost 'a lost heron'
ask replicate same-1 'a lost gull' 'seed: 7'
ask replicate same-2 'a lost gull' 'seed: 7'
is "$(rest other.txt)" done 'one that is answered'
ok 'the lost one is taken up' within 30 'is_at lost.txt done'
is "$(charges replicate heron) $(submission_count replicate heron)" '1 1' 'and was sent once'
like "$(cat "$MNT/jobs/lost.txt/log")" 'in its list of jobs' 'log says how'
is "$(rest same-1.txt) $(rest same-2.txt)" 'held held' 'two of one seed: in doubt'
wait_until '[ "$(requests ".path == \"/v1/predictions\" and .method == \"GET\"" | wc -l)" -ge 4 ]'
is "$(rest same-1.txt) $(rest same-2.txt)" 'held held' 'and they stay so'
is "$(charges replicate gull) $(submission_count replicate gull)" '2 2' 'neither is sent again'
done_testing
