#!/usr/bin/env bash
# A store that is read-only is an error at the start; one whose disk is full says
# so to who writes, keeps what it has, and goes on when there is room again.
. "$(dirname "$0")/../lib/quick.sh"

mkdir "$STORE"
printf '[easelfs]\nprovider = quick\n' >"$CONFIG"
if [ "$(id -u)" != 0 ]; then
	chmod 500 "$STORE"
	fails_with "$STORE/lock: Permission denied" 'a store that may not be written' \
		"$EASELFS" -f -o "store=$STORE" "$CONFIG" "$MNT"
	chmod 700 "$STORE"
	skip 'only root can make a disk full'
fi
mount -t tmpfs -o size=12m,mode=700 none "$STORE" 2>/dev/null || skip 'no tmpfs can be mounted'
mount -o remount,ro "$STORE"
fails_with "$STORE/lock: Read-only file system" 'a read-only store' \
	"$EASELFS" -f -o "store=$STORE" "$CONFIG" "$MNT"
mount -o remount,rw "$STORE"

full='No space left on device'
fill() {
	dd if=/dev/zero of="$STORE/ballast" bs=64k >"$TESTDIR/dd" 2>&1
	! dd if=/dev/zero of="$STORE/ballast.2" bs=1k >"$TESTDIR/dd" 2>&1
}

start_quick
echo 'a cat' >"$MNT/requests/a.txt"
is "$(rest a.txt)" done 'a picture is painted'
head -c 300000 /dev/urandom >"$TESTDIR/bytes"
cp "$TESTDIR/bytes" "$MNT/requests/kept"
echo "pid=$TESTDIR/painter until=$TESTDIR/go" >"$MNT/requests/b.txt"
wait_until 'is_under_way b.txt'
ok 'the disk is full' fill
saved=0
while [ $saved -lt 20 ] && cp "$TESTDIR/bytes" "$MNT/requests/more$saved" 2>"$TESTDIR/said"; do
	saved=$((saved + 1))
done
like "$(<"$TESTDIR/said")" "$full" 'it is said to who writes'
fails_with "$full" 'or makes a request' bash -c 'for i in {1..200}; do echo "$1" >"$0$i.txt" || exit; done' \
	"$MNT/requests/c" 'a dog'
touch "$TESTDIR/go"
wait_until '[ -e "$TESTDIR/painter" ] && ! is_running "$(<"$TESTDIR/painter")"'
is "$(cat "$MNT/requests/a.txt") $(status a.txt)" 'a cat done' 'what is there can be read'
ok 'all of it' cmp "$TESTDIR/bytes" "$MNT/requests/kept"
like "$(<"$MNT/status")" 'a\.txt +done' 'the status page, too'
for ((i = 0; i < saved; i++)); do
	cmp -s "$TESTDIR/bytes" "$MNT/requests/more$i" || fail "more$i is not what was accepted"
done

rm "$STORE"/ballast*
like "$(rest b.txt)" '^(failed|done)$' 'with room again it is known how the painter ended'
[ "$(status b.txt)" = done ] || tell b.txt retry
is "$(rest b.txt)" done 'and it can be painted again'
echo 'a cow' >"$MNT/requests/after.txt"
is "$(rest after.txt)" done 'so does the next one'
ok 'pictures are whole' cmp "$MNT/images/b.png" "$MNT/jobs/b.txt/images/b.png"
rm -f "$MNT/requests/"more*
stop_easelfs
start_quick
is "$(status a.txt) $(status b.txt) $(status after.txt)" 'done done done' 'and all is kept over a restart'
ok 'to the byte' cmp "$TESTDIR/bytes" "$MNT/requests/kept"
stop_easelfs
umount "$STORE"
done_testing
