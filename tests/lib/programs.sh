# shellcheck shell=bash
# A table of programs that save a request. To be read instead of quick.sh.
#
# programs_save <<'ROWS'       each row, `PATH NEEDS COMMAND`, is shown to cost one
#                              submission a save, and none for the same bytes
#
# COMMAND is run by bash in requests/ and saves $TEXT as PATH; NEEDS is `-` or
# programs with commas between, without which the row is left out. A file that
# holds $TEXT is there as $OUTSIDE/PATH. Every row runs three times: PATH is new,
# has other bytes, has the same bytes. A PATH that begins with `=` is there
# before the first time, with another text, at its own cost.
#
# queued_total                 how many submissions there were, whoever's they are
# queued PATH                  how many for this request
# one_line FILE                its words, a space between

. "$(dirname "${BASH_SOURCE[0]}")/quick.sh"

# Some commands open a file more than once; a loaded machine must not be taken
# for a user who waits between.
# shellcheck disable=SC2034 # start_quick reads it
SETTLE_MS=$((300 * SLOWNESS))
OUTSIDE=$TESTDIR/outside
mkdir "$OUTSIDE"
export OUTSIDE TEXT
unset EDITOR VISUAL

queued_total() {
	grep -c '"status":"queued"' "$MNT/events"
}

queued() {
	awk -v job="\"job\":\"$1\"," 'index($0, job) && /"status":"queued"/ { n++ }
		END { print n + 0 }' "$MNT/events"
}

one_line() {
	tr -s '[:space:]' ' ' <"$1" | sed 's/ *$//'
}

have_all() {
	local program
	[ "$1" = - ] && return
	for program in ${1//,/ }; do
		command -v "$program" >/dev/null || return
	done
}

save_all() { # TEXT
	local path
	TEXT=$1
	for path in "${row_paths[@]}"; do
		echo "$TEXT" >"$OUTSIDE/$path"
		# What compares times and sizes shall look at the bytes.
		touch -d "@$((row_time += 1000))" "$OUTSIDE/$path"
		(cd "$MNT/requests" && eval "${row_commands[$path]}") >"$TESTDIR/said" 2>&1 </dev/null || {
			fail "$path: status $?: $(<"$TESTDIR/said")"
		}
	done
}

show_all() { # RUNS WHAT
	local path runs
	for path in "${row_paths[@]}"; do
		runs=$(($1 + ${row_before[$path]}))
		is "$(rest "$path"): $(one_line "$MNT/jobs/$path/prompt")" "done: $TEXT" "$path $2"
		is "$(queued "$path") $(sent "$path") $(run_number "$path")" "$runs $runs $runs" \
			"$path costs what it should"
	done
	is "$(queued_total)" $(($1 * ${#row_paths[@]} + row_extra)) 'nothing else was sent'
}

programs_save() {
	local path needs row_time=1500000000 row_extra row_paths=() command
	local -A row_commands row_before
	row_extra=$(queued_total)
	while read -r path needs command; do
		[ -n "$command" ] || continue
		have_all "$needs" || {
			diag "not here: $needs"
			continue
		}
		row_before[${path#=}]=0
		if [[ $path == =* ]]; then
			path=${path#=}
			echo 'what was there before' >"$MNT/requests/$path"
			row_before[$path]=1
			row_extra=$((row_extra + 1))
		fi
		row_paths+=("$path")
		row_commands[$path]=$command
	done
	for path in "${row_paths[@]}"; do
		[ "${row_before[$path]}" = 0 ] || rest "$path" >/dev/null
	done
	save_all 'a lighthouse in a storm'
	show_all 1 'is saved'
	save_all 'a lighthouse at dawn, oil on canvas'
	show_all 2 'is saved with other bytes'
	save_all "$TEXT"
	show_all 2 'is saved with the same bytes'
}
