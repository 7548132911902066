#!/usr/bin/env bash
# The store's disk is full: writers hear it, nothing that was accepted is lost,
# and all goes on when there is room again.
. "$(dirname "$0")/../lib/quick.sh"
requires sqlite3
[ "$(id -u)" = 0 ] || skip 'needs a small disk, which only root can mount'
disk=$TESTDIR/disk
mkdir "$disk"
mount -t tmpfs -o size=3m,mode=700 small "$disk" 2>/dev/null || skip 'cannot mount'
STORE=$disk/store

fill() {
	dd if=/dev/zero of="$disk/ballast" bs=4096 2>/dev/null
	ok 'the disk is full' test "$(df --output=avail "$disk" | tail -n 1)" -eq 0
}

start_quick
echo 'a' >"$MNT/requests/a.txt"
is "$(rest a.txt)" done 'a picture'
head -c 100000 /dev/urandom >"$TESTDIR/bytes"
cp "$TESTDIR/bytes" "$MNT/requests/kept.bin"
echo "until=$TESTDIR/go b" >"$MNT/requests/b.txt"
wait_until 'is_under_way b.txt'

fill
accepted=0
refused=
for n in $(seq 200); do
	said=$(cp "$TESTDIR/bytes" "$MNT/requests/big-$n.bin" 2>&1)
	case $said in
	'') accepted=$n ;;
	*'No space left'*) refused=$n && break ;;
	*) refused=$said && break ;;
	esac
done
diag "copies accepted: $accepted"
like "$refused" '^[0-9]+$' 'a write that does not fit is ENOSPC'
for n in 1 2 3 4 5 6 7 8 9; do
	if echo "late $n" >"$MNT/requests/late-$n.txt"; then
		echo "late-$n.txt"
	fi
done >"$TESTDIR/late" 2>"$TESTDIR/late.error"
diag "requests accepted: $(wc -l <"$TESTDIR/late")"
is "$(grep -cv 'No space left on device' "$TESTDIR/late.error")" 0 'no other error'
: >"$TESTDIR/go"
ok 'it can still be read' cmp "$TESTDIR/bytes" "$MNT/requests/kept.bin"
is "$(status a.txt)" done 'and be asked'
ok 'the daemon is there' is_running "${daemon_pid[$MNT]}"

rm "$disk/ballast"
# The painter had no room for its picture either, and said so.
like "$(rest b.txt)" '^(done|failed)$' 'what was being painted comes to rest'
[ "$(status b.txt)" = done ] || tell b.txt retry
is "$(rest b.txt)" done 'and is painted when there is room again'
echo 'c' >"$MNT/requests/c.txt"
is "$(rest c.txt)" done 'so is a new request'
while read -r job; do
	is "$(rest "$job")" done "so is $job, which was accepted"
done <"$TESTDIR/late"
for n in $(seq "$accepted"); do
	cmp -s "$TESTDIR/bytes" "$MNT/requests/big-$n.bin" || fail "big-$n.bin is not what was accepted"
done
ok 'kept is what was written' cmp "$TESTDIR/bytes" "$MNT/requests/kept.bin"

fill
stop_easelfs
start_quick
is "$(status a.txt)" done 'it starts on a full disk, too'
ok 'and shows what there is' cmp "$TESTDIR/bytes" "$MNT/requests/kept.bin"
stop_easelfs
rm "$disk/ballast"
is "$(sqlite3 "$STORE/easelfs.db" 'PRAGMA integrity_check')" ok 'the database is sound'
umount "$disk"
done_testing
