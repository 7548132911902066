#!/usr/bin/env bash
# Names of up to 255 bytes; a picture's name is cut at a character to fit.
. "$(dirname "$0")/../lib/quick.sh"

repeat() { # TEXT COUNT
	local text
	printf -v text "%$2s" ''
	echo "${text// /$1}"
}

bytes() {
	printf %s "$1" | wc -c
}

start_quick
name=$(repeat a 251).txt
is "$(bytes "$name")" 255 'a name of 255 bytes'
echo 'a picture' >"$MNT/requests/$name"
is "$(rest "$name")" done 'is a request'
ok 'its picture has a name as long' test -s "$MNT/images/${name%.txt}.png"
tell "$name" again
is "$(rest "$name")" done 'painted again'
ok 'the second name is cut to fit' test -s "$MNT/images/$(repeat a 249)-2.png"

name=$(repeat é 126).md
is "$(bytes "$name")" 255 'a name of 255 bytes in fewer characters'
echo 'a picture' >"$MNT/requests/$name"
is "$(rest "$name")" done 'is a request'
ok 'its picture is cut at a character' test -s "$MNT/images/$(repeat é 125).png"
is "$(ls "$MNT/jobs/$name/images")" "$(repeat é 125).png" 'the link as well'
ok 'the link leads there' test -s "$MNT/jobs/$name/images/$(repeat é 125).png"
tell "$name" again
is "$(rest "$name")" done 'painted again'
ok 'the second is, too' test -s "$MNT/images/$(repeat é 124)-2.png"

name=$(repeat a 252).txt
fails_with 'File name too long' '256 bytes are too many for a request' touch "$MNT/requests/$name"
fails_with 'File name too long' 'for a folder' mkdir "$MNT/requests/$name"
fails_with 'File name too long' 'to be renamed to' mv "$MNT/requests/$(repeat a 251).txt" "$MNT/requests/$name"
fails_with 'File name too long' 'and to be looked for' stat "$MNT/images/$name"

path=$MNT/requests depth=0
until [ $depth = 10 ]; do
	path+=/$(repeat b 200)
	depth=$((depth + 1))
done
mkdir -p "$path"
echo 'a picture' >"$path/deep.txt"
is "$(rest "${path#"$MNT/requests/"}/deep.txt")" done 'a path of 2,000 bytes'
ok 'has its picture' test -s "$MNT/images/${path#"$MNT/requests/"}/deep.png"
is "$(find "$STORE/images" -type f | wc -l)" 5 'all are in the store'
done_testing
