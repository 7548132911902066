#!/usr/bin/env bash
# images/: pictures and folders are renamed as anywhere else, and what belongs to
# a picture goes along: links, attributes, what is open.
. "$(dirname "$0")/../lib/quick.sh"
requires setfattr getfattr perl

paint() {
	mkdir -p "$(dirname "$MNT/requests/$1")"
	echo "picture of $1" >"$MNT/requests/$1"
	is "$(rest "$1")" done "painted: $1"
}

# rename2 FLAGS FROM TO: 1 is RENAME_NOREPLACE, 2 RENAME_EXCHANGE
rename2() {
	perl -e 'syscall(316, -100, $ARGV[1], -100, $ARGV[2], $ARGV[0] + 0) == 0 or die "$!\n"' "$@"
}

link_of() {
	realpath "$MNT/jobs/$1/images/$2"
}

start_quick
for name in a b c d; do
	paint $name.txt
done
paint album/e.txt
images=$MNT/images
for name in a b c d; do
	cp "$images/$name.png" "$TESTDIR/$name.png"
done
ino=$(stat -c %i "$images/a.png")
mtime=$(stat -c %y "$images/a.png")
setfattr -n user.xdg.tags -v cats "$images/a.png"
exec 7<"$images/a.png"

ok 'a picture is renamed' mv "$images/a.png" "$images/first one.png"
not_ok 'its old name is gone' test -e "$images/a.png"
ok 'it is the same picture' cmp "$images/first one.png" "$TESTDIR/a.png"
is "$(stat -c '%i %y' "$images/first one.png")" "$ino $mtime" 'in the same file, as old as before'
is "$(getfattr --only-values -n user.xdg.tags "$images/first one.png" 2>/dev/null)" cats 'attributes go along'
is "$(getfattr --only-values -n user.xdg.comment "$images/first one.png" 2>/dev/null)" 'picture of a.txt' \
	'those of ours, too'
is "$(link_of a.txt a.png)" "$images/first one.png" 'its link follows'
ok 'and leads to it' cmp "$MNT/jobs/a.txt/images/a.png" "$TESTDIR/a.png"
ok 'what was open reads on' cmp /dev/fd/7 "$TESTDIR/a.png"

ok 'into a folder' mv "$images/first one.png" "$images/album/"
is "$(link_of a.txt a.png)" "$images/album/first one.png" 'the link follows there'
ok 'another extension, and none' mv "$images/album/first one.png" "$images/album/first"
ok 'and is read as before' cmp "$images/album/first" "$TESTDIR/a.png"

ok 'a folder is renamed' mv "$images/album" "$images/best"
is "$(link_of a.txt a.png)" "$images/best/first" 'links follow their folder'
is "$(link_of album/e.txt e.png)" "$images/best/e.png" 'each of them'
mkdir "$images/sub" "$images/empty"
ok 'into another' mv "$images/best" "$images/sub/"
is "$(link_of a.txt a.png)" "$images/sub/best/first" 'as deep as it goes'
is "$(stat -c %s "$MNT/jobs/a.txt/images/a.png")" "$(readlink "$MNT/jobs/a.txt/images/a.png" | tr -d '\n' | wc -c)" \
	'the size of a link follows, too'

paint album/f.txt
is "$(ls "$images/album")" f.png 'later pictures make the folder anew'

# Over another
ok 'over another picture' mv -f "$images/b.png" "$images/c.png"
ok 'the mover is there' cmp "$images/c.png" "$TESTDIR/b.png"
is "$(link_of b.txt b.png)" "$images/c.png" 'its link leads there'
is "$(ls "$MNT/jobs/c.txt/images")" '' 'the other has no link any more'
is "$(find "$STORE/images" -name 'c-*.png')" '' 'nor a file'
fails_with 'File exists' 'unless that is not wanted' rename2 1 "$images/c.png" "$images/d.png"
ok 'both are there' cmp "$images/d.png" "$TESTDIR/d.png"
ok 'a free name may be asked for so' rename2 1 "$images/c.png" "$images/b.png"
ok 'to itself is nothing' rename2 0 "$images/b.png" "$images/b.png"
ok 'it is still there' cmp "$images/b.png" "$TESTDIR/b.png"

# What cannot be
fails_with 'Invalid argument' 'exchange' rename2 2 "$images/b.png" "$images/d.png"
fails_with 'Is a directory' 'a picture over a folder' rename2 0 "$images/b.png" "$images/empty"
fails_with 'Not a directory' 'a folder over a picture' rename2 0 "$images/empty" "$images/b.png"
fails_with 'Directory not empty' 'over a folder with something in it' rename2 0 "$images/empty" "$images/sub"
fails_with 'Invalid argument' 'into itself' rename2 0 "$images/sub" "$images/sub/best/x"
fails_with 'Invalid cross-device link' 'to requests/' rename2 0 "$images/b.png" "$MNT/requests/b.png"
fails_with 'Invalid cross-device link' 'from requests/' rename2 0 "$MNT/requests/b.txt" "$images/b.txt"
fails_with 'No such file' 'what is not there' rename2 0 "$images/no.png" "$images/x.png"
fails_with 'File name too long' 'to a name that is too long' rename2 0 "$images/b.png" \
	"$images/$(printf 'x%.0s' {1..252}).png"
fails_with 'Operation not permitted' 'a folder of the root' rename2 0 "$images" "$MNT/pictures"
ok 'over an empty folder' rename2 0 "$images/sub" "$images/empty"
is "$(cd "$images" && find . | sort | tr '\n' ' ')" \
	'. ./album ./album/f.png ./b.png ./d.png ./empty ./empty/best ./empty/best/e.png ./empty/best/first ' \
	'everything is where it was put'

# Out is a copy.
ok 'out of images/' mv "$images/d.png" "$MNT/requests/d.png"
ok 'it is a copy' cmp "$MNT/requests/d.png" "$TESTDIR/d.png"
is "$(ls "$MNT/jobs/d.txt/images")" '' 'and no picture any more'

before=$(cd "$images" && find . | sort)
exec 7<&-
stop_easelfs
start_quick
is "$(cd "$images" && find . | sort)" "$before" 'it is all so after a restart'
is "$(link_of a.txt a.png)" "$images/empty/best/first" 'with the links'
done_testing
