#!/usr/bin/env bash
# A hundred kills, and the ledger afterwards (docs/reliability.md): `make torture` does more.
set -euo pipefail
cd "$(dirname "$0")/.."

build=${EASELFS_BUILD:-$PWD/build}-failpoints
skip() {
	echo "1..0 # SKIP $*"
	exit 0
}

[ -x "$build/easelfs" ] || skip "no $build: make FAILPOINTS=1 torture-programs"
[ -c /dev/fuse ] || skip 'no /dev/fuse'
echo 1..1
if said=$(tests/torture/torture.py --rounds=100 "$build" 2>&1); then
	echo 'ok 1 - nothing is charged twice, nothing is lost'
else
	echo 'not ok 1 - nothing is charged twice, nothing is lost'
fi
# shellcheck disable=SC2001 # each line
sed 's/^/# /' <<<"$said"
