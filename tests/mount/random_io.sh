#!/usr/bin/env bash
# Random I/O on scratch and on a request that is never closed is what a model in
# memory says, before and after a restart. To see a failure again:
# EASELFS_SEED=N tests/mount/random_io.sh
. "$(dirname "$0")/../lib/quick.sh"
requires model

seed=${EASELFS_SEED:-$RANDOM$RANDOM}
diag "seed $seed"
mib=$((1024 * 1024))

try() { # NAME SEED STEPS LIMIT FILE OTHER
	local name
	name=$(model "$2" "$3" "$4" "$TESTDIR/$1" "$MNT/requests/$5" "$MNT/requests/$6" 2>"$TESTDIR/said")
	is "$?" 0 "$1: every byte is right, seed $2"
	diag "$(cat "$TESTDIR/said")"
	[ -z "$name" ] || ok "$1: when it is closed, too" cmp "$name" "$TESTDIR/$1"
	left[$1]=$name
}

declare -A left
export SETTLE_MS=60000
start_quick
mkdir "$MNT/requests/folder"
try small "$seed" 3000 20000 scratch folder/other
try scratch $((seed + 1)) 1200 $((3 * mib)) big big.new
try request $((seed + 2)) 1200 $mib a.txt folder/b.txt
try whole $((seed + 3)) 60 $((64 * mib)) whole whole.new

# Another program at the same file, through a handle of its own.
exec 7<>"$MNT/requests/shared.txt"
exec 8<"$MNT/requests/shared.txt"
echo 'one' >&7
is "$(cat <&8)" one 'what one handle writes another reads'
printf 'two' | dd of="$MNT/requests/shared.txt" bs=1 conv=notrunc status=none
is "$(<"$MNT/requests/shared.txt")" two 'by whatever name it was opened'
exec 7>&- 8<&-
is "$(ls "$MNT/images")" '' 'nothing was painted'

stop_easelfs
start_quick
for name in "${!left[@]}"; do
	[ -z "${left[$name]}" ] || ok "$name: kept over a restart" cmp "${left[$name]}" "$TESTDIR/$name"
done
done_testing
