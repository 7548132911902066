#!/usr/bin/env bash
# Who watches is told: of what a person does in images/ by the kernel, of what
# goes away below jobs/ by us.
. "$(dirname "$0")/../lib/quick.sh"
requires inotifywait

# watch FILE FOLDER…: what happens there, a line each
watch() {
	local file=$1
	shift
	inotifywait -q -m -e create,delete,delete_self,move --format '%w %e %f' "$@" >"$file" 2>"$file.err" &
	watcher=$!
	wait_until "grep -qs ^inotify /proc/$watcher/fdinfo/*"
}

saw() {
	within 10 "grep -qF -- '$2' '$1'"
}

start_quick
images=$MNT/images
for name in a b; do
	echo "picture $name" >"$MNT/requests/$name.txt"
	is "$(rest $name.txt)" done "painted: $name"
done
mkdir "$images/mine"
watch "$TESTDIR/images" "$images" "$images/mine"
mv "$images/a.png" "$images/one.png"
mv "$images/one.png" "$images/mine/"
mv -f "$images/b.png" "$images/mine/one.png"
rm "$images/mine/one.png"
mkdir "$images/new"
rmdir "$images/new"
ok 'renamed from' saw "$TESTDIR/images" "$images/ MOVED_FROM a.png"
ok 'renamed to' saw "$TESTDIR/images" "$images/ MOVED_TO one.png"
ok 'moved into a folder' saw "$TESTDIR/images" "$images/mine/ MOVED_TO one.png"
ok 'removed' saw "$TESTDIR/images" "$images/mine/ DELETE one.png"
ok 'a folder is made' saw "$TESTDIR/images" "$images/ CREATE,ISDIR new"
ok 'and removed' saw "$TESTDIR/images" "$images/ DELETE,ISDIR new"
kill $watcher

mkdir -p "$MNT/requests/album"
exec 7>"$MNT/requests/album/never.txt"
echo 'never sent' >&7
ls -R "$MNT/jobs" >/dev/null
watch "$TESTDIR/jobs" "$MNT/jobs/album" "$MNT/jobs/album/never.txt"
rm "$MNT/requests/album/never.txt"
ok 'a job that never had a run goes with its request' saw "$TESTDIR/jobs" "$MNT/jobs/album/never.txt/ DELETE_SELF"
exec 7>&-
rmdir "$MNT/requests/album"
ok 'a folder of jobs with that of its requests' saw "$TESTDIR/jobs" "$MNT/jobs/album/ DELETE_SELF"
kill $watcher
done_testing
