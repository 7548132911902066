#!/usr/bin/env bash
# images/: what is removed goes for good, its file too, whatever happens between;
# its job remembers it.
. "$(dirname "$0")/../lib/quick.sh"

files() {
	find "$STORE/images" -type f | wc -l
}

start_quick
images=$MNT/images
for name in a b c; do
	echo "picture $name" >"$MNT/requests/$name.txt"
	is "$(rest $name.txt)" done "painted: $name"
done
cp "$images/a.png" "$TESTDIR/a.png"
is "$(files)" 3 'three files'
exec 7<"$images/a.png"
ok 'a picture is removed' rm "$images/a.png"
not_ok 'its name is gone' test -e "$images/a.png"
is "$(ls "$images")" $'b.png\nc.png' 'the others are not'
is "$(files)" 2 'its file is gone'
ok 'what was open reads on' cmp - "$TESTDIR/a.png" <&7
is "$(stat -L -c %h /dev/fd/7)" 0 'and says that it has no name'
exec 7<&-
is "$(ls "$MNT/jobs/a.txt/images")$(ls "$MNT/jobs/a.txt/runs/1/images")" '' 'its links are gone'
is "$(status a.txt)" done 'its job is done all the same'
like "$(cat "$MNT/jobs/a.txt/log")" 'picture a\.png was removed' 'and its log says what happened'
fails_with 'No such file' 'once' unlink "$images/a.png"
fails_with 'Is a directory' 'a folder is not unlinked' unlink "$images"
is "$(stat -c %a "$images/b.png")" 600 'the others are as they were'

echo again >"$MNT/jobs/a.txt/ctl"
wait_until '[ "$(run_number a.txt)" = 2 ]'
is "$(rest a.txt)" done 'painted again'
is "$(ls "$images")" $'a.png\nb.png\nc.png' 'under the name that is free'

# Attributes that a picture may be given, as those do who copy trees.
ok 'its mode as it is' chmod 600 "$images/b.png"
ok 'its owner as it is' chown "$(stat -c %u:%g "$images/b.png")" "$images/b.png"
fails_with 'Operation not permitted' 'but no other' chmod 400 "$images/b.png"
ok 'a tree of pictures is copied out with all attributes' cp -a "$images" "$TESTDIR/copy"
is "$(stat -c %y "$TESTDIR/copy/b.png")" "$(stat -c %y "$images/b.png")" 'times too'

# A crash between the removal and the file's: a folder in its place cannot be
# deleted as a file.
file=$(find "$STORE/images" -name 'b-*.png')
mv "$file" "$TESTDIR/b.png"
mkdir "$file"
ok 'removed where the file cannot be' rm "$images/b.png"
kill_easelfs
rmdir "$file"
mv "$TESTDIR/b.png" "$file"
start_quick
not_ok 'it stays removed' test -e "$images/b.png"
is "$(files)" 2 'its file is gone after the next start'
is "$(ls "$images")" $'a.png\nc.png' 'and nothing else'
ok 'all of it' rm -r "$images"/*
is "$(files)" 0 'no file is left'
stop_easelfs

start_quick -o ro
fails_with 'Read-only file system' 'nothing is made under ro' mkdir "$images/x"
done_testing
