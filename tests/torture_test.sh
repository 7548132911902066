#!/usr/bin/env bash
# A hundred kills, and the ledger afterwards (docs/reliability.md): `make torture` does more.
set -euo pipefail
cd "$(dirname "$0")/.."

build=${EASELFS_BUILD:-$PWD/build}-failpoints
skip() {
	echo "1..0 # SKIP $*"
	exit 0
}

# Every point that a crash is tried at has its row.
missing=$(PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=tests/torture python3 -c '
import choices
known = open("docs/reliability.md").read()
print(*(name for name in choices.points(".") if "`%s`" % name not in known))')
[ -x "$build/easelfs" ] || skip "no $build: make FAILPOINTS=1 torture-programs"
[ -c /dev/fuse ] || skip 'no /dev/fuse'
echo 1..2
if [ -z "$missing" ]; then
	echo 'ok 1 - docs/reliability.md has all points'
else
	echo "not ok 1 - docs/reliability.md has all points: $missing"
fi
if said=$(PYTHONDONTWRITEBYTECODE=1 tests/torture/torture.py --rounds=100 "$build" 2>&1); then
	echo 'ok 2 - nothing is charged twice, nothing is lost'
else
	echo 'not ok 2 - nothing is charged twice, nothing is lost'
fi
# shellcheck disable=SC2001 # each line
sed 's/^/# /' <<<"$said"
