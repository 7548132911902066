#!/usr/bin/env bash
# A restart changes nothing that can be seen: not the jobs, not the pictures, not
# their inodes, not the history.
. "$(dirname "$0")/../lib/quick.sh"

# All there is, its attributes and its bytes. What is about the daemon itself is
# as old as it is: providers/, and the pages at the top.
look() {
	(cd "$MNT" && find requests jobs images -name ctl -o \
		-printf '%p %i %y %m %n %s %T@ %l\n' | sort)
	(cd "$MNT" && find . -name ctl -o -printf '%i %p\n' | sort)
	(cd "$MNT" && find requests jobs images -type f ! -name ctl -exec sha256sum {} + | sort -k 2)
	getfattr -R -d -m - "$MNT/images" 2>/dev/null
	cat "$MNT/events"
}
requires getfattr

start_quick
mkdir -p "$MNT/requests/album/deep"
echo 'one' >"$MNT/requests/one.txt"
echo 'two' >"$MNT/requests/album/two.md"
echo 'three' >"$MNT/requests/album/deep/three.prompt"
echo 'fail=no_paint four' >"$MNT/requests/four.txt"
: >"$MNT/requests/empty.txt"
printf 'kept\n' >"$MNT/requests/notes"
head -c 200000 /dev/urandom >"$MNT/requests/album/scratch.bin"
chmod 640 "$MNT/requests/notes"
touch -d '2001-02-03 04:05:06.789' "$MNT/requests/notes"
for job in one.txt album/two.md album/deep/three.prompt; do
	is "$(rest $job)" done "$job"
done
is "$(rest four.txt)" failed 'one that failed'
is "$(rest empty.txt)" empty 'one that is empty'
tell one.txt again
is "$(rest one.txt)" done 'one with two runs'
echo pause >"$MNT/ctl"
echo 'five' >"$MNT/requests/five.txt"
tell four.txt retry
wait_until '[ "$(status five.txt)/$(status four.txt)" = queued/queued ]'
for job in five.txt four.txt; do
	wait_until "grep -q 'waits until resume' '$MNT/jobs/$job/log'"
done
rm "$MNT/requests/album/two.md"

look >"$TESTDIR/before"
ok 'there is something to compare' test "$(wc -l <"$TESTDIR/before")" -gt 100
for round in 1 2; do
	if [ $round = 1 ]; then
		stop_easelfs
	else
		kill_easelfs
	fi
	start_quick
	look >"$TESTDIR/after"
	if cmp -s "$TESTDIR/before" "$TESTDIR/after"; then
		ok "all of it is the same after a $([ $round = 1 ] && echo stop || echo kill)"
	else
		not_ok 'it is the same' true
		diag "$(diff "$TESTDIR/before" "$TESTDIR/after" | head -n 40)"
	fi
done
echo resume >"$MNT/ctl"
is "$(rest five.txt)/$(rest four.txt)" done/failed 'and it goes on'
done_testing
