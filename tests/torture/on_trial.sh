# shellcheck shell=bash
# One safeguard at a time is taken away in a copy of the tree, which is built and tried:
# whoever looks for what the safeguard prevents must find it. To be read by a script that has
#
#     table          rows of NAME and what must be reported
#     NAME           functions that change the copy by `replace`; some are here
#     build          of the copy
#     try NAME WHAT  prints a row of a table; fails where WHAT is not reported
#     put_on_trial [NAME…]
#
# A mutation that fits nowhere any more, or that stays unfound, fails the script.
# shellcheck disable=SC2317 # the mutations are called by name
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
copy=$(mktemp -d "${TMPDIR:-/tmp}/easelfs-mutation.XXXXXX")
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

clean_up() {
	local running
	running=$(jobs -p)
	[ -z "$running" ] || { kill "$running" && wait "$running"; } 2>/dev/null || true
	rm -rf --one-file-system "$copy"
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

# What was on its way at the end is sent again.
resend_after_crash() {
	replace src/job/plan.c 'return STEP_DOUBT;' 'return STEP_SUBMIT_AGAIN;'
}

make_copy() { # make_copy TARGET…
	make -C "$copy" -j"$(nproc)" "$@" >"$copy/log" 2>&1 || {
		cat "$copy/log" >&2
		return 1
	}
}

put_on_trial() {
	local failed=0 name expected
	cd "$top"
	mkdir "$copy/tmp"
	cp -a Makefile conf include scripts simulator src tests "$copy/"
	cp -a "$copy/src" "$copy/unchanged"
	build
	echo '| without | expected | |'
	echo '|---|---|---|'
	while read -r name expected; do
		[ $# -eq 0 ] || [[ " $* " == *" $name "* ]] || continue
		{ "$name" && build && try "$name" "$expected" </dev/null; } || failed=1
		rm -rf "${copy:?}/tmp" && mkdir "$copy/tmp"
		rsync -r --checksum "$copy/unchanged/" "$copy/src/" # with a new time, so that it is compiled
	done < <(table)
	return $failed
}
