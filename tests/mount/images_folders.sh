#!/usr/bin/env bash
# images/: folders of one's own, for pictures that are there and that come.
. "$(dirname "$0")/../lib/quick.sh"
requires setfattr getfattr

refused='Operation not permitted'
start_quick
images=$MNT/images
ok 'a folder is made' mkdir "$images/mine"
ok 'with those above it' mkdir -p "$images/x/y/z"
fails_with 'File exists' 'once' mkdir "$images/mine"
is "$(stat -c %a "$images/mine")" 700 'for its owner alone'
ok 'its mode may be changed' chmod 500 "$images/mine"
is "$(stat -c %a "$images/mine")" 500 'and is kept'
chmod 700 "$images/mine"
ok 'its time' touch -d 2020-01-01 "$images/mine"
is "$(stat -c %Y "$images/mine")" "$(date -d 2020-01-01 +%s)" 'is kept'
ok 'an attribute' setfattr -n user.xdg.tags -v best "$images/mine"
is "$(getfattr --only-values -n user.xdg.tags "$images/mine" 2>/dev/null)" best 'is kept'

fails_with "$refused" 'no trash folder' mkdir "$images/.Trash"
fails_with "$refused" 'nor that of a user' mkdir "$images/.Trash-$(id -u)"
fails_with "$refused" 'nor deeper' mkdir "$images/mine/.Trash-0"
fails_with "$refused" 'nor by renaming' mv "$images/mine" "$images/.Trash-0"
ok 'other names with a dot are names' mkdir "$images/.Trashy" "$images/.hidden"
fails_with "$refused" 'no file is made in a folder' touch "$images/mine/x"
fails_with "$refused" 'nor moved into it' mv "$LOG" "$images/mine/log"

fails_with 'Directory not empty' 'a folder with another is not removed' rmdir "$images/x"
ok 'an empty one is' rmdir "$images/x/y/z"
ok 'and with all in it' rm -r "$images/x"
not_ok 'it is gone' test -e "$images/x"
rmdir "$images/.Trashy" "$images/.hidden"

# A folder made before its pictures, and one in the way of a picture.
mkdir "$images/album" "$images/way.png" "$MNT/requests/album"
setfattr -n user.xdg.tags -v before "$images/album"
echo 'in the album' >"$MNT/requests/album/a.txt"
echo 'in the way' >"$MNT/requests/way.txt"
is "$(rest album/a.txt)$(rest way.txt)" donedone 'painted'
is "$(ls "$images/album")" a.png 'pictures come into the folder that is there'
is "$(getfattr --only-values -n user.xdg.tags "$images/album" 2>/dev/null)" before 'which is the same'
is "$(ls "$images")" $'album\nmine\nway-2.png\nway.png' 'a folder in the way stays'
is "$(ls "$MNT/jobs/way.txt/images")" way-2.png 'and the link says so'

# A picture in the way of a folder.
mv "$images/way-2.png" "$images/pets"
mkdir "$MNT/requests/pets"
for i in 1 2 3; do
	echo "pet $i" >"$MNT/requests/pets/$i.txt"
	is "$(rest "pets/$i.txt")" done "pet $i"
done
is "$(cd "$images" && echo pets*/*)" 'pets-2/1.png pets-2/2.png pets-2/3.png' \
	'a picture in the way stays, and the folder is one'

fails_with 'Directory not empty' 'a folder with pictures is not removed' rmdir "$images/album"
rm "$images/album/a.png"
ok 'but an empty one' rmdir "$images/album"
echo 'in the album again' >"$MNT/requests/album/b.txt"
is "$(rest album/b.txt)" done 'painted'
is "$(ls "$images/album")" b.png 'and comes again with a picture'
is "$(getfattr --only-values -n user.xdg.tags "$images/album" 2>/dev/null)" '' 'as a new one'
done_testing
