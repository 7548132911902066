#!/usr/bin/env bash
# The power cuts themselves on trial: tests/torture/powercuts_mutations.sh [NAME…]
#
# Takes away one safeguard at a time in a copy of the tree, builds that, and cuts its power CUTS times
# (default 100; SEED with what choices): powercuts.py must report what that is there to prevent.
# Root only. A mutation that fits nowhere any more, or that stays unfound, fails the script.
# shellcheck disable=SC2317 # the mutations are called by name
set -euo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
cuts=${CUTS:-100}
seed=${SEED:-1}
copy=$(mktemp -d "${TMPDIR:-/tmp}/easelfs-mutation.XXXXXX")
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

clean_up() {
	local running
	running=$(jobs -p)
	[ -z "$running" ] || { kill "$running" && wait "$running"; } 2>/dev/null || true
	rm -rf --one-file-system "$copy"
}

table() {
	cat <<'TABLE'
synchronous_off       charges without an intent
intent_not_synced     charges without an intent
id_not_synced         forgotten ids
resend_after_crash    charges that would be sent again
fsync_not_synced      synced but lost
rename_before_sync    names without complete bytes
TABLE
}

# replace FILE OLD NEW: the text of one or more lines, which must be there exactly once.
replace() {
	OLD=$2 NEW=$3 perl -0777 -i -pe '
		$found = s/\Q$ENV{OLD}\E/$ENV{NEW}/g;
		END { exit($found == 1 ? 0 : 1) }' "$copy/$1" || {
		echo "$1 has this not once: $2" >&2
		return 1
	}
}

# SQLite leaves it to the kernel when anything reaches the disk.
synchronous_off() {
	replace src/io/store.c '"PRAGMA synchronous = FULL"' '"PRAGMA synchronous = OFF"' &&
		replace src/io/store.c '"PRAGMA synchronous = NORMAL"' '"PRAGMA synchronous = OFF"'
}

# The intent is committed, and synced with the next thing that is.
intent_not_synced() {
	replace src/engine/catalog_calls.c 'news->event == EVENT_SENT || news->remote_id ?' \
		'news->remote_id ?'
}

# As the intent, but for the id.
id_not_synced() {
	replace src/engine/catalog_calls.c 'news->event == EVENT_SENT || news->remote_id ?' \
		'news->event == EVENT_SENT ?'
}

# What was on its way when the power went is sent again.
resend_after_crash() {
	replace src/job/plan.c 'return STEP_DOUBT;' 'return STEP_SUBMIT_AGAIN;'
}

# fsync(2) of a request is a promise only.
fsync_not_synced() {
	replace src/engine/catalog_files.c 'return tx_run(catalog, sync, body_save, &save);' \
		'(void)sync; return tx_run(catalog, STORE_LAZY, body_save, &save);'
}

# A picture gets its name, and its bytes when the kernel likes.
rename_before_sync() {
	replace src/io/blobs.c 'r = sync_file(incoming_path, &blob);' 'r = 0;'
}

# try NAME EXPECTED: prints a row; fails where it is not as expected.
try() {
	local found=0 times
	"$1" || return 1
	make -C "$copy" -j"$(nproc)" torture-programs >"$copy/log" 2>&1 || {
		cat "$copy/log" >&2
		return 1
	}
	TMPDIR=$copy/tmp "$copy/tests/torture/powercuts.py" --cuts="$cuts" --seed="$seed" \
		"$copy/build" >"$copy/found" 2>/dev/null &
	wait $! || found=$?
	times=$(grep -c ": $2: " "$copy/found") || true
	rm -rf "${copy:?}/tmp" && mkdir "$copy/tmp"
	if [ $found -eq 1 ] && [ "$times" -gt 0 ]; then
		echo "| $1 | $2 | $times times in $cuts cuts |"
	else
		echo "| $1 | $2 | **NOT FOUND** |"
		return 1
	fi
}

cd "$top"
mkdir "$copy/tmp"
cp -a Makefile conf include scripts simulator src tests "$copy/"
cp -a "$copy/src" "$copy/unchanged"
failed=0
echo '| without | expected | |'
echo '|---|---|---|'
while read -r name expected; do
	[ $# -eq 0 ] || [[ " $* " == *" $name "* ]] || continue
	try "$name" "$expected" </dev/null || failed=1
	rsync -r --checksum "$copy/unchanged/" "$copy/src/" # with a new time, so that it is compiled
done < <(table)
exit $failed
