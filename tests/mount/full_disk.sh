#!/usr/bin/env bash
# The store's disk is nearly full: no new request is accepted, since its picture might
# have no place. It is full: writers hear it, nothing that was accepted is lost, and all
# goes on when there is room again.
. "$(dirname "$0")/../lib/quick.sh"
requires sqlite3
[ "$(id -u)" = 0 ] || skip 'needs a small disk, which only root can mount'
disk=$TESTDIR/disk
mkdir "$disk"
mount -t tmpfs -o size=8m,mode=700 small "$disk" 2>/dev/null || skip 'cannot mount'
STORE=$disk/store

fill() {
	dd if=/dev/zero of="$disk/ballast" bs=4096 2>/dev/null
	ok 'the disk is full' test "$(df --output=avail "$disk" | tail -n 1)" -eq 0
}

start_quick
echo 'a' >"$MNT/requests/a.txt"
is "$(rest a.txt)" done 'a picture'

echo 'a draft' >"$MNT/requests/draft"
mkdir "$MNT/requests/.hidden"
echo 'a draft' >"$MNT/requests/.hidden/h.txt"
dd if=/dev/zero of="$disk/ballast" bs=1k count=$(($(df -k --output=avail "$disk" | tail -n 1) - 400)) 2>/dev/null
fails_with 'No space left' 'on a disk that is nearly full there is no new request' touch "$MNT/requests/n.txt"
fails_with 'No space left' 'by no other name' mv "$MNT/requests/draft" "$MNT/requests/draft.txt"
fails_with 'No space left' 'by no folder' mv "$MNT/requests/.hidden" "$MNT/requests/shown"
ok 'there is no job' test ! -e "$MNT/jobs/n.txt"
ok 'drafts can be written' cp "$MNT/requests/draft" "$MNT/requests/another"
ok 'requests that are there already can be saved' cp "$MNT/requests/draft" "$MNT/requests/a.txt"
rm "$disk/ballast"
is "$(rest a.txt)" done 'and are painted'
ok 'with room again the request is made' mv "$MNT/requests/draft" "$MNT/requests/draft.txt"
is "$(rest draft.txt)" done 'and painted, too'
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

# Written while there was room, one of them saved, and closed when there is none. Some
# room is left in what the store has of the disk: whatever close(2) says holds.
exec 7>"$MNT/requests/c.txt"
echo 'saved words' >&7
(:) 7>&7 # closes it, which saves
coproc WRITER { python3 -c 'import os, sys
fd = os.open(sys.argv[1], os.O_WRONLY)
os.write(fd, b"the first words")
os.fsync(fd)
os.write(fd, b"w" * 60000)
print("written", flush=True)
sys.stdin.read(1)
try:
    os.close(fd)
    print("accepted")
except OSError as error:
    print(error.strerror)' "$MNT/requests/b.txt"; }
read -r said <&"${WRITER[0]}"
is "$said" written 'a large request is written, its beginning is saved'
fill
touched=0
while [ $((touched += 1)) -lt 500 ] && touch -d "@$touched" "$MNT/requests/kept.bin" 2>/dev/null; do :; done
echo >&"${WRITER[1]}"
read -r said <&"${WRITER[0]}"
is "$said" 'No space left on device' 'closing it says that there is no room'
wait_until 'grep -q "cannot be settled: No space left" "$LOG"' # its last handle is gone, too
exec 7>&-
diag "$(status c.txt) and $(status b.txt) on the full disk, after $touched changes"
rm "$disk/ballast"
is "$(rest c.txt): $(<"$MNT/jobs/c.txt/prompt")" 'done: saved words' \
	'what was saved before is painted when there is room again'
is "$(rest b.txt)" held 'what could not be saved waits'
like "$(<"$MNT/jobs/b.txt/error")" 'not all that was written could be saved.*retry' 'and says so'
echo 'b once more' >"$MNT/requests/b.txt"
is "$(rest b.txt)" done 'it can be written again'

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
