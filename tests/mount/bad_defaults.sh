#!/usr/bin/env bash
# A broken defaults.ini rejects the requests below it, and says in which file and
# line; when it is mended, `retry` judges again. Nothing is sent meanwhile.
. "$(dirname "$0")/../lib/quick.sh"

error() {
	cat "$MNT/jobs/$1/error"
}

start_quick
mkdir -p "$MNT/requests/album/deep"
try() { # CONTENT ERROR
	printf %b "$1" >"$MNT/requests/album/defaults.ini"
	rm -f "$MNT/requests/album/deep/a.txt"
	echo 'a cat' >"$MNT/requests/album/deep/a.txt"
	is "$(rest album/deep/a.txt)" rejected "$1"
	like "$(error album/deep/a.txt)" "^album/defaults\.ini.*$2" 'and it says where and why'
}

try 'seed\n' 'line 1: NAME = VALUE .*"seed"'
try '\nseed = x\n' 'line 2: seed: "x" is not a whole number'
try 'seed = 1\nseed = 2\n' 'line 2: seed is there already, in line 1'
try 'sede = 7\n' 'line 1: "sede" is not known; did you mean seed'
try 'prompt = a dog\n' 'line 1: prompt: it cannot be a default'
try '[defaults]\nseed = 7\n[more]\n' 'line 3: the only section here is \[defaults\]'
try 'width = 512\n' 'width: 512 without height'
try 'width = 512\nheight = 512\nresolution = 2K\n' 'resolution: "2K" beside width'
try 'seed = 7\n  steps = 1\n' 'line 2: an indented line'
try 'seed = \0351\n' 'line 1: .*0xE9.*UTF-8'
try 'seed = 7\n\0000' 'line 2: .*NUL'
try 'count = 17\n' 'count: "17" is not'
head -c 1048577 /dev/zero | tr '\0' '\n' >"$MNT/requests/album/defaults.ini"
rm "$MNT/requests/album/deep/a.txt"
echo 'a cat' >"$MNT/requests/album/deep/a.txt"
is "$(rest album/deep/a.txt)" rejected 'one of 1 MiB and a byte'
like "$(error album/deep/a.txt)" '^album/defaults\.ini: more than 1048576 bytes' 'and it says so'

echo 'a cat' >"$MNT/requests/outside.txt"
is "$(rest outside.txt)" done 'beside that folder all is well'
is "$(sent album/deep/a.txt)" 0 'nothing was sent'
fails_with 'busy' 'what is done is not judged again' tell outside.txt retry
printf 'seed = 7\n' >"$MNT/requests/album/defaults.ini"
is "$(status album/deep/a.txt)" rejected 'a changed defaults.ini alone sends nothing'
tell album/deep/a.txt retry
is "$(rest album/deep/a.txt) $(cat "$MNT/jobs/album/deep/a.txt/seed")" 'done 7' 'mended, retry paints it'
is "$(error album/deep/a.txt)" '' 'without an error'

echo 'seed 7' >"$MNT/requests/album/deep/defaults.ini"
echo 'a dog' >"$MNT/requests/album/deep/a.txt"
is "$(rest album/deep/a.txt)" rejected 'the nearest one may be broken'
like "$(error album/deep/a.txt)" '^album/deep/defaults\.ini line 1' 'and is named by its path'
mv "$MNT/requests/album/deep/defaults.ini" "$MNT/requests/album/deep/defaults.off"
tell album/deep/a.txt retry
is "$(rest album/deep/a.txt)" done 'renamed away, it counts no more'
mkdir "$MNT/requests/other" "$MNT/requests/other/defaults.ini"
echo 'a cat' >"$MNT/requests/other/a.txt"
is "$(rest other/a.txt)" done 'a folder of that name says nothing'
name=$'odd \n"folder'
mkdir "$MNT/requests/$name"
echo '?' >"$MNT/requests/$name/defaults.ini"
echo 'a cat' >"$MNT/requests/$name/a.txt"
is "$(rest "$name/a.txt")" rejected 'in a folder with an odd name'
is "$(wc -l <"$MNT/jobs/$name/a.txt/error")" 1 'the error is one line nevertheless'
is "$(status outside.txt)" done 'and all the others are as they were'
done_testing
