#!/usr/bin/env bash
# The size of a picture, with the painter that is built in: shapes, pixels, what
# is nearest, and what is rejected.
. "$(dirname "$0")/../lib/mount.sh"

pixels() { # of a PNG
	od -An -N8 -j16 -tu4 --endian=big "$1" | awk '{ print $1 "x" $2 }'
}

rows=(
	'nothing||square'
	'hd|aspect_ratio: 16:9, resolution: HD|1280x720'
	'tall|aspect_ratio: 9:16, resolution: HD|720x1280'
	'wide|aspect_ratio: 21:9|2048x880'
	'ratio|aspect_ratio: 3:2, resolution: HD|1280x856'
	'three|aspect_ratio: 3:1, resolution: HD|1280x424'
	'five|aspect_ratio: 5:1, resolution: HD|1280x256'
	'tier|resolution: HD|1280x1280'
	'pixels|width: 512, height: 300|512x300'
	'odd|width: 301, height: 257|301x257'
	'least|width: 256, height: 256|256x256'
	'small|width: 255, height: 512|rejected|^width: "255" is not what preview takes: 256 to 4096'
	'large|width: 512, height: 4097|rejected|^height: "4097" is not what preview takes: 256 to 4096'
	'huge|width: 99999, height: 512|rejected|^line 2: width: "99999" is not'
	'thin|aspect_ratio: 40:1|rejected|^aspect_ratio: 40:1 is not what preview takes'
	'half|height: 512|rejected|height: 512 without width'
	'album/both|width: 512, height: 512, resolution: HD|rejected|resolution: "HD" beside width'
	'album/given||384x256'
	'album/shape|aspect_ratio: 2:1, resolution: HD|1280x640'
	'album/tier|resolution: HD|1280x1280'
	'album/own|width: 300, height: 300|300x300'
)

start_easelfs
mkdir "$MNT/requests/album"
printf 'width = 384\nheight = 256\n' >"$MNT/requests/album/defaults.ini"
for row in "${rows[@]}"; do
	IFS='|' read -r name said _ <<<"$row"
	{ [ -z "$said" ] || printf -- '---\n%s\n---\n' "${said//, /$'\n'}"; echo 'a red circle'; } >"$MNT/requests/$name.txt"
done
for row in "${rows[@]}"; do
	IFS='|' read -r name said want why <<<"$row"
	word=$(rest "$name.txt")
	if [ "$want" = rejected ]; then
		is "$word" rejected "$name: $said"
		like "$(<"$MNT/jobs/$name.txt/error")" "$why" 'and it says why'
	elif [ "$want" = square ]; then
		like "$word $(pixels "$MNT/images/$name.png")" '^done [0-9]+x[0-9]+$' 'nothing said: the painter chooses'
	else
		is "$word $(pixels "$MNT/images/$name.png")" "done $want" "${said:-the defaults of its folder}"
	fi
done
like "$(<"$MNT/jobs/wide.txt/params.json")" '"width": 2048,[^}]*"height": 880' 'params.json has the pixels that were sent'
is "$(find "$MNT/images" -type f | wc -l)" 15 'nothing else was painted'
done_testing
