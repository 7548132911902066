#!/usr/bin/env bash
# images/ holds finished pictures and nothing else: nobody writes there.
. "$(dirname "$0")/../lib/quick.sh"

start_quick
echo 'a picture' >"$MNT/requests/a.txt"
is "$(rest a.txt)" done 'a picture is there'
images=$MNT/images
cp "$images/a.png" "$TESTDIR/before.png"
mtime=$(stat -c %y "$images/a.png")

refused='Operation not permitted'
fails_with "$refused" 'no file can be made' touch "$images/new.png"
fails_with "$refused" 'nor by copying' cp "$TESTDIR/before.png" "$images/b.png"
fails_with "$refused" 'nor a link' ln -s a.png "$images/link.png"
fails_with "$refused" 'nor another name for the same' ln "$images/a.png" "$images/b.png"
fails_with "$refused" 'nor a pipe' mkfifo "$images/pipe"
fails_with "$refused" 'nor moved in' mv "$MNT/requests/a.txt" "$images/a.txt"
fails_with "$refused" 'a picture is not overwritten' bash -c 'echo x >"$0"' "$images/a.png"
fails_with "$refused" 'nor added to' bash -c 'echo x >>"$0"' "$images/a.png"
fails_with "$refused" 'nor cut' perl -e 'truncate($ARGV[0], 3) or die "$!\n"' "$images/a.png"
fails_with "$refused" 'nor made readable to others' chmod 644 "$images/a.png"
fails_with "$refused" 'nor dated' perl -e 'utime(1, 1, $ARGV[0]) or die "$!\n"' "$images/a.png"
fails_with "$refused" 'a copy of a picture in the wrong place stays out' mv "$TESTDIR/before.png" "$images/"

is "$(ls "$images")" a.png 'nothing was made'
ok 'the picture is what it was' cmp "$images/a.png" "$TESTDIR/before.png"
is "$(stat -c '%a %y' "$images/a.png")" "600 $mtime" 'with its mode and time'
ok 'the request stays where it was' test -s "$MNT/requests/a.txt"

fails_with "$refused" 'nothing can be made in jobs/' touch "$MNT/jobs/b.txt"
fails_with "$refused" 'nor in a job' touch "$MNT/jobs/a.txt/note"
fails_with "$refused" 'a status is not written' bash -c 'echo done >"$0"' "$MNT/jobs/a.txt/status"
fails_with "$refused" 'nothing can be made at the top' touch "$MNT/note"
done_testing
