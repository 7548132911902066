#!/bin/sh
# easelfs-preview from outside: its pictures, its limits, its failures. TAP.
# shellcheck disable=SC2317 # functions are called through check
set -u

preview=${EASELFS_PREVIEW:-${EASELFS_BUILD:-build}/easelfs-preview}
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
count=0
failed=0

if ! [ -x "$preview" ]; then
	echo "Bail out! $preview is not built"
	exit 1
fi

# check WHAT COMMAND...: one line of TAP, by the command's status.
check() {
	what=$1
	shift
	count=$((count + 1))
	if "$@" >"$dir/said" 2>&1; then
		echo "ok $count - $what"
	else
		echo "not ok $count - $what"
		sed 's/^/# /' "$dir/said"
		failed=1
	fi
}


# paint_as NAME ARGUMENT...
paint_as() {
	name=$1
	shift
	"$preview" "--output=$dir/$name" "$@"
}

same() { cmp "$dir/$1" "$dir/$2"; }
differ() { ! cmp -s "$dir/$1" "$dir/$2"; }

# The bytes of a PNG's IHDR that hold width and height.
size_of() {
	od -An -tu1 -j16 -N8 "$dir/$1" | {
		read -r a b c d e f g h
		echo $((((a * 256 + b) * 256 + c) * 256 + d))x$((((e * 256 + f) * 256 + g) * 256 + h))
	}
}

has_size() {
	paint_as size.png "--width=$1" "--height=$2" "a cat" && [ "$(size_of size.png)" = "$1x$2" ]
}

is_png() {
	[ "$(od -An -tx1 -N8 "$dir/$1" | tr -d ' \n')" = 89504e470d0a1a0a ] &&
		[ "$(tail -c 8 "$dir/$1" | od -An -tx1 | tr -d ' \n')" = 49454e44ae426082 ]
}

# fails STATUS PART-OF-THE-MESSAGE ARGUMENT...: and leaves no file.
fails() {
	want=$1
	says=$2
	shift 2
	"$preview" "$@" >"$dir/out" 2>"$dir/err"
	got=$?
	cat "$dir/err"
	[ "$got" -eq "$want" ] || { echo "status $got, not $want"; return 1; }
	grep -qF -- "$says" "$dir/err" || { echo "does not say: $says"; return 1; }
	[ "$(wc -l <"$dir/err")" -eq 1 ] || { echo "not one line"; return 1; }
	! [ -e "$dir/none.png" ] || { echo "left a file"; return 1; }
}

full_disk() { fails 1 'No space left' --output=/dev/full "a cat" && [ -c /dev/full ]; }

too_large() (
	ulimit -f 8
	fails 1 'File too large' "--output=$dir/none.png" "a cat"
)

progress() {
	"$preview" "--output=$dir/p.png" --width=256 --height=256 --progress cat 2>"$dir/err" &&
		cat "$dir/err" && ! grep -qvE '^[0-9]+%$' "$dir/err" && [ "$(tail -n 1 "$dir/err")" = 100% ]
}

to_stdout() { "$preview" --output=- --width=300 --height=256 cat >"$dir/stdout.png"; }

elsewhere() {
	env -i HOME=/nonexistent LC_ALL=tr_TR.UTF-8 TZ=Asia/Tokyo FONTCONFIG_FILE=/nonexistent \
		"$preview" "--output=$dir/elsewhere.png" --width=300 --height=256 cat
}

# Every kind and medium, and what a prompt can do to text.
paints() { paint_as any.png --width=256 --height=256 "--prompt=$1" && is_png any.png; }

check "paints" paint_as a.png "a lighthouse in a storm"
check "it is a whole PNG" is_png a.png
check "1024 is the default" [ "$(size_of a.png)" = 1024x1024 ]
check "paints again" paint_as b.png "a lighthouse in a storm"
check "the same bytes" same a.png b.png
check "another seed" paint_as c.png --seed=1 "a lighthouse in a storm"
check "is another picture" differ a.png c.png
check "another prompt" paint_as d.png "a lighthouse in a storm."
check "is another picture too" differ a.png d.png
check "256x256" has_size 256 256
check "4096x256" has_size 4096 256
check "256x4096" has_size 256 4096
check "1000x777" has_size 1000 777
check "to standard output" to_stdout
check "to a file" paint_as file.png --width=300 --height=256 cat
check "the same there" same stdout.png file.png
check "in another environment" elsewhere
check "the same there too" same elsewhere.png file.png
check "progress" progress

check "a prompt with a dash, after --" paint_as dash.png --width=256 --height=256 -- --help
check "and as a value" paint_as dash2.png --width=256 --height=256 --prompt=--help
check "the same" same dash.png dash2.png

for prompt in "the sea" "a mountain lake" "a desert" "winter forest" "city, bridge" "a vase" fruit \
	cat dog fox owl rabbit bear bird woman pattern planet galaxy \
	"sea, oil" "sea, watercolor" "sea, ink" "sea, pencil" "sea in red" "grey sea" ""; do
	check "paints '$prompt'" paints "$prompt"
done
check "control characters" paints "$(printf 'a\001\033[31m\ncat\t\177')"
check "bytes that are no UTF-8" paints "$(printf 'a \377\376 cat \303')"
check "right to left" paints "$(printf '\327\227\327\252\327\225\327\234 \342\200\256cat')"
check "CJK and emoji" paints "$(printf '\347\214\253 \360\237\220\210\342\200\215\342\254\233')"
check "a long prompt" paints "$(head -c 60000 /dev/zero | tr '\0' 'W')"

check "too narrow" fails 2 'width "255" is not a number from 256 to 4096' \
	"--output=$dir/none.png" --width=255 cat
check "too high" fails 2 'height "4097"' "--output=$dir/none.png" --height=4097 cat
check "no number" fails 2 'width "big"' "--output=$dir/none.png" --width=big cat
check "a seed below 0" fails 2 'seed "-1"' "--output=$dir/none.png" --seed=-1 cat
check "a seed too large" fails 2 'seed "2147483648"' "--output=$dir/none.png" --seed=2147483648 cat
check "an unknown option" fails 2 '--colour' "--output=$dir/none.png" --colour cat
check "no prompt" fails 2 'no prompt' "--output=$dir/none.png"
check "no output" fails 2 'no output' cat
check "two prompts" fails 2 '"dog"' "--output=$dir/none.png" cat dog
check "a full disk" full_disk
check "a folder that is not there" fails 1 'No such file' "--output=$dir/none/none.png" cat
check "a file that grows too large" too_large
check "help" "$preview" --help
check "version" "$preview" --version

echo "1..$count"
exit "$failed"
