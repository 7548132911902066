#!/usr/bin/env bash
# The power cuts themselves on trial: tests/torture/powercuts_mutations.sh [NAME…]
#
# Without one safeguard at a time (on_trial.sh), powercuts.py must report what that is there to
# prevent, in CUTS cuts (default 100; SEED with what choices). Root only.
# shellcheck disable=SC2317 # the mutations are called by name
. "$(dirname "$0")/on_trial.sh"

cuts=${CUTS:-100}
seed=${SEED:-1}

table() {
	cat <<'TABLE'
synchronous_off       charges without an intent
intent_not_synced     charges without an intent
id_not_synced         forgotten ids
resend_after_crash    charges that would be sent again
fsync_not_synced      synced but lost
rename_before_sync    names without complete bytes
removal_not_synced    names without complete bytes
cancel_not_synced     cancelled but to be sent
TABLE
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

# fsync(2) of a request is a promise only.
fsync_not_synced() {
	replace src/engine/catalog_files.c 'return tx_run(catalog, sync, body_save, &save);' \
		'(void)sync; return tx_run(catalog, STORE_LAZY, body_save, &save);'
}

# A picture gets its name, and its bytes when the kernel likes.
rename_before_sync() {
	replace src/io/blobs.c 'r = sync_file(incoming_path, &blob);' 'r = 0;'
}

# A removed picture's file goes, and its name when the kernel likes.
removal_not_synced() {
	replace src/engine/catalog_sorting.c 'int r = catalog_sync(catalog);' 'int r = 0;'
}

# A cancel is a promise only.
cancel_not_synced() {
	replace src/engine/catalog_commands.c \
		'command == COMMAND_CANCEL ? STORE_SYNCED : STORE_LAZY' 'STORE_LAZY'
}

build() {
	make_copy torture-programs
}

try() {
	local found=0 times
	TMPDIR=$copy/tmp "$copy/tests/torture/powercuts.py" --cuts="$cuts" --seed="$seed" \
		"$copy/build" >"$copy/found" 2>/dev/null &
	wait $! || found=$?
	times=$(grep -c ": $2: " "$copy/found") || true
	if [ $found -eq 1 ] && [ "$times" -gt 0 ]; then
		echo "| $1 | $2 | $times times in $cuts cuts |"
	else
		echo "| $1 | $2 | **NOT FOUND** |"
		return 1
	fi
}

put_on_trial "$@"
