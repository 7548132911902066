#!/usr/bin/env bash
# metadata = embed: a picture says in its own file how it was made, and is the
# same picture. What is signed, or says such things itself, stays as it came.
. "$(dirname "$0")/../lib/quick.sh"
requires exiftool pngtopnm pnmtojpeg jpegtopnm cwebp dwebp perl

trained=http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia

tag() { # FILE TAG
	exiftool -s3 -"$2" "$1"
}

# Pixels of what is there, whatever it is.
pixels() {
	case $1 in
	*.png) pngtopnm -alphapam "$1" ;;
	*.jpg) jpegtopnm "$1" 2>/dev/null ;;
	*.webp) dwebp "$1" -pam -o - 2>/dev/null ;;
	esac | sha256sum
}

# copied NAME FILE: asks the copying painter for FILE.
copied() {
	echo "{\"prompt\": \"$2\", \"provider\": \"copy\"}" >"$MNT/requests/$1.json"
	is "$(rest "$1.json")" done "painted: $1"
}

same_pixels() { # FILE PICTURE
	is "$(pixels "$2")" "$(pixels "$1")" "the same pixels: ${2##*/}"
	ok "exiftool finds nothing wrong: ${2##*/}" test -z "$(exiftool -s3 -warning -error "$2")"
}

# A PNG with one more chunk behind its header: with_chunk TYPE DATA <PNG
with_chunk() {
	perl -MCompress::Zlib -e '
		binmode STDIN; binmode STDOUT; local $/; my $png = <STDIN>;
		my ($type, $data) = @ARGV;
		print substr($png, 0, 33), pack("N", length $data), $type, $data,
			pack("N", crc32($type . $data)), substr($png, 33)' "$@"
}

configure easelfs 'metadata = embed'
start_quick

# What is painted here
printf 'élan, a "quoted" <b> & 漢字\nsecond line\n' >"$MNT/requests/a.txt"
is "$(rest a.txt)" done 'painted'
picture=$MNT/images/a.png
like "$(tag "$picture" Parameters)" '^élan, a "quoted" <b> & 漢字.+second line.+Seed: [0-9]+, Size: 8x8, Model: dab, Version: easelfs' \
	'parameters'
is "$(tag "$picture" DigitalSourceType)" "$trained" 'the source type of IPTC'
like "$(tag "$picture" Description)" '^élan, a "quoted" <b> & 漢字.+second line$' 'the description'
like "$(tag "$picture" CreatorTool)" '^easelfs .*, quick dab$' 'the tool'
is "$(tag "$picture" Warning)" '' 'exiftool finds nothing wrong'
is "$(getfattr --only-values -n user.easelfs.seed "$picture" 2>/dev/null)" \
	"$(tag "$picture" Parameters | grep -o 'Seed: [0-9]*' | cut -c7-)" 'attributes say it, too'
is "$(sed -n 's/.*"sha256": "\(.*\)".*/\1/p' "$MNT/jobs/a.txt/job.json")" \
	"$(sha256sum <"$picture" | cut -d' ' -f1)" 'the checksum is that of the file as it is'

# The three formats
plain=$TESTDIR/plain
pngtopnm "$picture" | pnmtopng >"$plain.png" 2>/dev/null
pngtopnm "$picture" | pnmtojpeg >"$plain.jpg"
cwebp -quiet "$plain.png" -o "$plain.webp"
cwebp -quiet -lossless "$plain.png" -o "$TESTDIR/lossless.webp"
for format in png jpg webp; do
	copied $format "$plain.$format"
	same_pixels "$plain.$format" "$MNT/images/$format.$format"
	is "$(tag "$MNT/images/$format.$format" DigitalSourceType)" "$trained" "source type: $format"
	is "$(tag "$MNT/images/$format.$format" Description)" "$plain.$format" "description: $format"
	like "$(tag "$MNT/images/$format.$format" CreatorTool)" 'copy copy$' "tool: $format"
done
copied lossless "$TESTDIR/lossless.webp"
same_pixels "$TESTDIR/lossless.webp" "$MNT/images/lossless.webp"
is "$(tag "$MNT/images/lossless.webp" DigitalSourceType)" "$trained" 'source type: lossless.webp'

# What is signed or has its own
with_chunk caBX 'jumb' <"$plain.png" >"$TESTDIR/signed.png"
exiftool -q -o "$TESTDIR/own.jpg" -XMP-dc:Title=mine "$plain.jpg"
for name in signed.png own.jpg; do
	copied "${name%.*}" "$TESTDIR/$name"
	ok "stays as it came: $name" cmp "$MNT/images/$name" "$TESTDIR/$name"
done
like "$(cat "$MNT/jobs/signed.json/log")" 'nothing is embedded: the picture is signed \(C2PA\)' 'the log says why'
like "$(cat "$MNT/jobs/own.json/log")" 'nothing is embedded: the picture has metadata of its own' 'both times'
stop_easelfs

# Other ways
configured=
configure easelfs 'metadata = none'
start_quick
echo 'untold' >"$MNT/requests/none.txt"
is "$(rest none.txt)" done 'painted without metadata'
is "$(getfattr -d "$MNT/images/none.png" 2>/dev/null)" '' 'no attributes'
is "$(tag "$MNT/images/none.png" Parameters)" '' 'nothing in the file'
stop_easelfs

# shellcheck disable=SC2034
configured=
start_quick
echo 'attributes only' >"$MNT/requests/x.txt"
is "$(rest x.txt)" done 'painted with what is the default'
is "$(tag "$MNT/images/x.png" Parameters)$(tag "$MNT/images/x.png" DigitalSourceType)" '' \
	'the bytes are the painter'\''s'
is "$(getfattr --only-values -n user.xdg.comment "$MNT/images/x.png" 2>/dev/null)" 'attributes only' \
	'the attributes are ours'
is "$(getfattr --only-values -n user.xdg.comment "$MNT/images/none.png" 2>/dev/null)" 'untold' \
	'for what was painted before, too'
done_testing
