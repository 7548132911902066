#!/usr/bin/env bash
# A finished picture raises the events of a file that someone has written, and
# its name is there when they arrive; a change of status raises those of a file
# that was rewritten, ten a second at most.
. "$(dirname "$0")/../lib/quick.sh"
requires inotifywait sqlite3

# Writes "EVENTS PATH SIZE" to the file $1 for what happens at the others; the
# size is what was there when the event came.
watch() {
	local seen=$1
	shift
	inotifywait -m -q --format '%e %w%f' -e create,modify,close_write,moved_to,delete "$@" \
		2>"$seen.error" > >(while read -r events path; do
			echo "$events ${path#"$MNT/"} $(stat -c %s "$path" 2>/dev/null)"
		done >"$seen") &
	watchers+=($!)
	wait_until "is_watching $!"
}

# Its watches are what the kernel shows of its inotify handle.
is_watching() {
	cat "/proc/$1/fdinfo/"* 2>/dev/null | grep -q '^inotify '
}

seen() {
	cut -d' ' -f1,2 "$TESTDIR/$1"
}

watchers=()
start_quick
watch "$TESTDIR/images" "$MNT/images"
echo 'a' >"$MNT/requests/a.txt"
is "$(rest a.txt)" done 'a picture'
wait_until '[ "$(wc -l <"$TESTDIR/images")" -ge 2 ]'
is "$(seen images)" $'CREATE images/a.png\nCLOSE_WRITE,CLOSE images/a.png' \
	'it is created and closed, and nothing else'
size=$(stat -c %s "$MNT/images/a.png")
is "$(cut -d' ' -f3 "$TESTDIR/images")" "$size"$'\n'"$size" 'it was whole when it was announced'

mkdir "$MNT/requests/album"
echo 'b' >"$MNT/requests/album/b.txt"
is "$(rest album/b.txt)" done 'a picture in a new folder'
wait_until '[ "$(wc -l <"$TESTDIR/images")" -ge 3 ]'
is "$(seen images | tail -n +3)" 'CREATE,ISDIR images/album' 'the folder is announced'
watch "$TESTDIR/album" "$MNT/images/album"
echo 'c' >"$MNT/requests/album/c.txt"
is "$(rest album/c.txt)" done 'another picture in it'
wait_until '[ "$(wc -l <"$TESTDIR/album")" -ge 2 ]'
is "$(seen album)" $'CREATE images/album/c.png\nCLOSE_WRITE,CLOSE images/album/c.png' 'is announced there'

go=$TESTDIR/go
echo "until=$go d" >"$MNT/requests/d.txt"
wait_until 'is_under_way d.txt'
let_pass
watch "$TESTDIR/status" "$MNT/jobs/d.txt"
: >"$go"
is "$(rest d.txt)" done 'a job that is watched'
wait_until 'tail -n 1 "$TESTDIR/status" | grep -q CLOSE_WRITE'
like "$(seen status | sort -u | tr '\n' ' ')" \
	'^CLOSE_WRITE,CLOSE jobs/d.txt/status MODIFY jobs/d.txt/status $' \
	'its status is rewritten, and nothing else'

events() { # events WORD: of the job's status; its ctl raises others
	grep -c "$1.* jobs/d.txt/status" "$TESTDIR/status"
}

# Quick enough for more changes than events.
start=$(now_ms)
before=$(events MODIFY)
changed=$(grep -c '"job":"d.txt"' "$MNT/events")
for _ in 1 2 3 4 5 6 7 8 9 10; do
	tell d.txt again
	is "$(rest d.txt)" done 'again'
done
changed=$(($(grep -c '"job":"d.txt"' "$MNT/events") - changed))
wait_until "[ \$(events CLOSE_WRITE) = \$(events MODIFY) ]"
let_pass # after the last of them
after=$(events MODIFY)
most=$((($(now_ms) - start) / 100 + 1))
diag "$changed changes, $((after - before)) events, at most $most expected"
ok 'no storm of events' test $((after - before)) -le "$most"
ok 'but some' test "$after" -gt "$before"
ok 'each is a whole rewriting' within 30 '[ "$(events CLOSE_WRITE)" = "$(events MODIFY)" ]'
kill "${watchers[@]}"

# Jobs whose ids are far apart, each with its own ten a second.
stop_easelfs
sqlite3 "$STORE/easelfs.db" "UPDATE sqlite_sequence SET seq = 4095 +
	(SELECT id FROM job WHERE name = CAST('d.txt' AS BLOB)) WHERE name = 'job'"
start_quick
echo 'e' >"$MNT/requests/e.txt"
is "$(rest e.txt)" done 'a job after thousands of others'
watchers=()
start=$(now_ms)
watch "$TESTDIR/both" "$MNT/jobs/d.txt" "$MNT/jobs/e.txt"
for _ in 1 2 3 4 5 6 7 8 9 10; do
	tell d.txt again
	tell e.txt again
	is "$(rest d.txt) $(rest e.txt)" 'done done' 'again, both'
done
let_pass
most=$((($(now_ms) - start) / 100 + 1))
for job in d e; do
	after=$(grep -c "MODIFY.* jobs/$job.txt/status" "$TESTDIR/both")
	diag "$after events, at most $most expected"
	ok "no storm of events: $job" test "$after" -le "$most"
	ok "but some: $job" test "$after" -gt 0
done
kill "${watchers[@]}"
done_testing
