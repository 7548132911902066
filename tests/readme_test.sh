#!/usr/bin/env bash
# README.md's commands work as printed, from `make demo` on, in a copy of the
# tree. Blocks marked `sh` are run, one after another; the block `output` after
# one is what it prints, but for the numbers. Other blocks are not run.
. "$(dirname "$0")/lib/mount.sh"
requires make getfattr setfattr inotifywait

[ -c /dev/fuse ] || skip 'no /dev/fuse'
copy=$TESTDIR/easelfs
readme=$copy/README.md
blocks=$TESTDIR/blocks
mkdir "$copy" "$blocks"

# With what is built already under the names that make expects, so that nothing
# is compiled twice.
for file in "$TOP"/* "$TOP"/.[!.]*; do
	case ${file##*/} in
	.git | build* | mnt | demo-store) ;;
	*) cp -a "$file" "$copy/" ;;
	esac
done
built=build${SAN:+-${SAN//,/-}}
[ ! -d "$BUILD" ] || cp -a "$BUILD" "$copy/$built"
[ -e "$copy/build" ] || ln -s "$built" "$copy/build"

# As a newcomer has it.
PATH=${PATH#"$BUILD:$BUILD/tests/tools:"}
unset EASELFS_PROVIDERS EASELFS_BUILD EASELFS_STORE MAKEFLAGS MAKELEVEL MFLAGS MAKEOVERRIDES BUILD

# blocks/NN.LANGUAGE, numbered together; the first line of a block's file is the
# line in README.md where it begins.
awk -v dir="$blocks" '
	/^```/ && !inside { inside = 1; n++; word = substr($0, 4); if (word == "") word = "text"
		file = sprintf("%s/%02d.%s", dir, n, word); print NR >file; next }
	/^```/ { inside = 0; close(file); next }
	inside { print >file }' "$readme"

numbers_aside() {
	sed -E 's/[0-9]+/N/g'
}

run_block() { # FILE: as a person would, in a shell of its own
	(cd "$copy" && tail -n +2 "$1" |
		timeout $((100 * SLOWNESS)) bash -e -o pipefail) >"$TESTDIR/said" 2>"$TESTDIR/errors" </dev/null
}

for block in "$blocks"/*; do
	line=$(head -n 1 "$block")
	case $block in
	*.sh)
		ok "line $line works" run_block "$block"
		[ ! -s "$TESTDIR/errors" ] || diag "$(<"$TESTDIR/errors")"
		;;
	*.output)
		is "$(numbers_aside <"$TESTDIR/said")" "$(tail -n +2 "$block" | numbers_aside)" \
			"line $line is what it prints"
		;;
	*.text) ;;
	*) fail "line $line: what kind of block is ${block##*.}?" ;;
	esac
done

is "$(grep -cE '^\*\*[0-9]+\. ' "$readme")" 10 'there are ten examples'
ok 'the picture is there, and not too large' \
	test "$(stat -c %s "$copy/docs/file-manager.png")" -lt 700000
is "$(grep -oE '\]\([^)#]+' "$readme" | cut -c 3- | while read -r link; do
	[ -e "$copy/$link" ] || echo "$link"
done)" '' 'links lead somewhere'
is "$(awk -v dir="$TESTDIR/" 'index($5, dir) == 1 { print $5 }' /proc/self/mountinfo)" '' \
	'nothing stays mounted'
done_testing
