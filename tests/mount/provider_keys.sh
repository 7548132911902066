#!/usr/bin/env bash
# Where a key comes from: the environment, a file that nobody else may read, a command. And
# what is said when there is none.
. "$(dirname "$0")/../lib/simulator.sh"

error() {
	cat "$MNT/jobs/$1.txt/error"
}

start_simulator
export HERON_KEY=sim-key
configure 'provider fal' 'key = env:HERON_KEY'
configure 'provider wavespeed' "key = command:cat $SIM/simulator-wavespeed.key"
configure 'provider pixeldojo' "key = file:$SIM/simulator-pixeldojo.key"
configure 'provider scenario' "key = file:$SIM/none.key"
chmod 644 "$SIM/simulator-pixeldojo.key"
start_painting
for name in "${PROVIDERS[@]}"; do
	ask "$name" "$name" "a heron at $name"
done
is "$(rest fal.txt)" done 'env:'
is "$(rest wavespeed.txt)" done 'command:'
is "$(rest pixeldojo.txt)" held 'file: that others may read'
like "$(error pixeldojo)" "$SIM/simulator-pixeldojo.key.*chmod" 'is refused, with what to do'
is "$(rest scenario.txt)" held 'file: that is not there'
like "$(error scenario)" "$SIM/none.key" 'is named'
is "$(requests '.listener == "pixeldojo" or .listener == "scenario"')" '' 'and nothing was sent'

chmod 600 "$SIM/simulator-pixeldojo.key"
cp "$SIM/simulator-scenario.key" "$SIM/none.key"
chmod 600 "$SIM/none.key"
echo reload >"$MNT/ctl"
for name in pixeldojo scenario; do
	wait_until "! is_at $name.txt held"
	is "$(rest $name.txt) $(charges $name heron)" 'done 1' "$name: a reload puts it right"
done
done_testing
