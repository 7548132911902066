#!/usr/bin/env bash
# jobs/P/images/ leads to the pictures, from any depth, wherever the mount is
# reached from.
. "$(dirname "$0")/../lib/quick.sh"

start_quick
mkdir -p "$MNT/requests/album/two words/deep"
for path in top.txt album/one.md 'album/two words/deep/three.prompt'; do
	echo "picture of $path" >"$MNT/requests/$path"
	is "$(rest "$path")" done "painted: $path"
	picture=images/${path%.*}.png
	link=$MNT/jobs/$path/images/${picture##*/}
	ok 'there is a link' test -L "$link"
	like "$(readlink "$link")" '^\.\./' 'it is relative'
	is "$(stat -c %s "$link")" "$(readlink "$link" | tr -d '\n' | wc -c)" 'its size is its length'
	is "$(realpath "$link")" "$MNT/$picture" 'it leads to the picture'
	ok 'which can be read through it' cmp "$link" "$MNT/$picture"
	is "$(cd "$MNT/jobs/$path" && echo images/*)" "images/${picture##*/}" 'it is the only one'
done
is "$(cd "$MNT/jobs/album" && find . -name runs -prune -o -type d -print | sort | tr '\n' ' ')" \
	'. ./one.md ./one.md/images ./two words ./two words/deep ./two words/deep/three.prompt ./two words/deep/three.prompt/images ' \
	'jobs/ mirrors requests/'
done_testing
