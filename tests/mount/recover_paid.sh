#!/usr/bin/env bash
# What was paid before the store was damaged is not paid again after --recover, whatever
# rows are lost: neither by saving the same bytes again nor by a retry.
. "$(dirname "$0")/../lib/simulator.sh"
requires sqlite3

PAGE=4096

# The pages with rows of a table become zeros; so the other pages are all that is left.
lose() { # lose TABLE
	local page
	sqlite3 "$STORE/easelfs.db" 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
	for page in $(sqlite3 "$STORE/easelfs.db" \
		"SELECT pageno FROM dbstat WHERE name = '$1' AND pagetype = 'leaf'"); do
		dd if=/dev/zero of="$STORE/easelfs.db" bs=$PAGE seek=$((page - 1)) count=1 \
			conv=notrunc status=none
	done
	: >"$STORE/easelfs.db-wal" # as such a checkpoint leaves it
}

recover() {
	said=$("$EASELFS" --recover "$STORE" 2>&1) || fail "$said"
	! grep -qE "$alarms" <<<"$said" || fail "alarming: $said"
}

start_simulator
start_painting
ask fal fox 'red fox'
is "$(rest fox.txt)" done 'it is painted'
ask fal gone 'gone heron {sim:image=missing times=6}'
is "$(rest gone.txt)" failed 'paid, and its picture is gone'
cp "$MNT/requests/fox.txt" "$TESTDIR/fox.txt"
kill_easelfs

cp -a "$STORE" "$TESTDIR/good"
lose run
recover
start_painting
is "$(status fox.txt)" done 'the picture tells of its run'
cp "$TESTDIR/fox.txt" "$MNT/requests/fox.txt"
is "$(rest fox.txt)" done 'the same bytes'
is "$(charges fal 'red fox')" 1 'are not paid again'
echo ' and a heron' >>"$MNT/requests/fox.txt"
is "$(rest fox.txt)" done 'others are painted'
is "$(charges fal 'red fox')" 2 'and paid'
stop_easelfs

rm -rf "$STORE"
cp -a "$TESTDIR/good" "$STORE"
lose call
recover
start_painting
is "$(status fox.txt)" done 'what is done stays so'
is "$(status gone.txt)" held 'what had failed may have been paid'
fails_with 'Device or resource busy' 'and is not retried' \
	bash -c 'echo retry >"$0"' "$MNT/jobs/gone.txt/ctl"
is "$(charges fal 'gone heron')" 1 'so that it is not paid again'
tell gone.txt resend
wait_until '[ "$(charges fal "gone heron")" = 2 ]'
ok 'who says so may do it'
stop_easelfs
stop_simulator
done_testing
