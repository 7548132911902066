#!/usr/bin/env bash
# easelfs-simulator still answers as the published clients of fal.ai and WaveSpeedAI were
# content with (tests/clients/recorded, by `make test-clients`), and as the providers'
# pages say (tests/clients/examples). Needs neither those clients nor a network.
set -u

top=$(cd "$(dirname "$0")/.." && pwd)
simulator=${EASELFS_BUILD:-$top/build}/easelfs-simulator

if ! [ -x "$simulator" ]; then
	echo "Bail out! $simulator is not built"
	exit 1
fi
exec python3 "$top/tests/clients/replay.py" "$simulator" \
	"$top"/tests/clients/recorded/*.json "$top"/tests/clients/examples/*.json
