#!/usr/bin/env bash
# A hundred kills, and the ledger afterwards (docs/reliability.md): `make torture` does more.
# And a repair, killed at each of its points.
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
echo 1..3
if [ -z "$missing" ]; then
	echo 'ok 1 - docs/reliability.md has all points'
else
	echo "not ok 1 - docs/reliability.md has all points: $missing"
fi
# How long the daemon takes is not for a test to judge.
if said=$(PYTHONDONTWRITEBYTECODE=1 tests/torture/torture.py --rounds=100 --late-ms=600000 "$build" 2>&1); then
	echo 'ok 2 - nothing is charged twice, nothing is lost'
else
	echo 'not ok 2 - nothing is charged twice, nothing is lost'
fi
# shellcheck disable=SC2001 # each line
sed 's/^/# /' <<<"$said"

# What a daemon killed while it submits leaves behind, damaged where no start looks: the intent
# is in the log alone, and without its log the database says `queued`.
mine=$(mktemp -d)
trap 'rm -rf "$mine"' EXIT
make_damaged() {
	mkdir -p "$mine/made/images"
	"$build/easelfs" --recover "$mine/made" >"$mine/said"
	sqlite3 "$mine/made/easelfs.db" >"$mine/said" <<-END
		INSERT INTO job VALUES (5, 1, x'61', 1, 2, 0, 0);
		INSERT INTO run VALUES (13, 5, 1, 0, 3, 0, 1, 2, 0, 44, zeroblob(32), 'one', 'm', x'7b7d',
			x'70', x'', x'');
		INSERT INTO call VALUES (23, 13, 1, 3, 0, 0, 44, 1, -1, 0, 0, 0, 'USD', 'one', NULL, 0,
			0, 0, 2, 0, x'', x'', x'', x'', x'', x'', x'');
		PRAGMA journal_mode = wal;
		PRAGMA wal_autocheckpoint = 0;
		UPDATE call SET state = 4;
		.shell cp -a $mine/made $mine/damaged
	END
	page=$(sqlite3 "$mine/made/easelfs.db" "SELECT rootpage FROM sqlite_master WHERE name = 'log_by_run'")
	dd if=/dev/zero of="$mine/damaged/easelfs.db" bs=4096 seek=$((page - 1)) count=1 conv=notrunc status=none
}

call() {
	sqlite3 "$mine/store/easelfs.db" 'SELECT state FROM call'
}

# Queued is 3, submitting 4, held 11. Whatever a daemon may start on must not be queued.
kill_repair_at() {
	local point=$1 died
	rm -rf "$mine/store"
	cp -a "$mine/damaged" "$mine/store"
	died=$(
		{ EASELFS_FAIL="$point:1" "$build/easelfs" --recover "$mine/store"; } >"$mine/said" 2>&1
		echo $?
	)
	if [ "$died" != 137 ]; then
		echo "# $point: ended with $died: $(<"$mine/said")"
	elif [ ! -e "$mine/store/easelfs.db.recovered" ] && [ "$(call)" = 3 ]; then
		echo "# $point: queued again"
	elif ! "$build/easelfs" --recover "$mine/store" >"$mine/said" 2>&1 || [ "$(call)" != 11 ]; then
		echo "# $point: $(<"$mine/said"), then $(call)"
	elif [ -e "$mine/store/easelfs.db.recovered" ]; then
		echo "# $point: not finished"
	else
		return 0
	fi
	return 1
}

kill_repairs() {
	local r=0
	while read -r point; do
		kill_repair_at "$point" || r=1
	done < <(grep -oh 'repair-[a-z-]*' src/io/store_swap.c | sort -u)
	return $r
}

what='3 - a repair that is killed can be finished, and nothing is queued again'
if ! command -v sqlite3 >/dev/null; then
	echo 'ok 3 # SKIP no sqlite3'
elif make_damaged && kill_repairs; then
	echo "ok $what"
else
	echo "not ok $what"
fi
