#!/usr/bin/env bash
# Which names are requests, and that all others are kept and never sent.
. "$(dirname "$0")/../lib/quick.sh"

start_quick
requests=$MNT/requests
mkdir -p "$requests"/{album,x.txt,.git/refs,.hidden/deep}

scratch=('a~' a.txt~ .a.txt.swp .a.txt .a.txt.dTe8Dr sedIMyGKn 4913 '#a.txt#' '.#a.txt' '~$a.txt'
	README README.txt README.md LICENSE.txt a.sync-conflict-20260101-120000-ABCDEFG.txt
	plain a.png a.text a.TXT a.txt.part a.txt.tmp txt a.
	x.txt/b.txt x.txt/plain .git/config.txt .git/refs/c.md .hidden/d.prompt .hidden/deep/e.txt
	album/.f.txt album/g~)
for name in "${scratch[@]}"; do
	echo "scratch $name" >"$requests/$name"
done
sent=(a.txt b.md c.prompt 'two words.txt' 'a.b.c.txt' album/d.txt 'readme.txt' 'my README.txt' '~a.txt' 'ünï.txt')
for name in "${sent[@]}"; do
	echo "prompt $name" >"$requests/$name"
	is "$(rest "$name")" done "a request: $name"
done

kept=
for name in "${scratch[@]}"; do
	[ "$(<"$requests/$name")" = "scratch $name" ] || kept+=" $name"
done
is "$kept" '' 'scratch is kept as it was written'
is "$(cd "$MNT/jobs" && find . \( -name images -o -name runs \) -prune -o -type d -print | sort)" \
	"$(printf './%s\n' "${sent[@]}" album | sort | sed '1i .')" 'and has no jobs'
is "$(grep -c '"status":"submitting"' "$MNT/events")" "${#sent[@]}" 'nothing but the requests was sent'
is "$(find "$MNT/images" -type f | wc -l)" "${#sent[@]}" 'each has its picture'
ok 'images/ has the folders of requests' test -s "$MNT/images/album/d.png"
ok 'only the last ending goes' test -s "$MNT/images/a.b.c.png"

rm "$requests/a~"
mv "$requests/plain" "$requests/simple"
mkdir "$requests/.git/objects"
echo more >>"$requests/.git/config.txt"
is "$(<"$requests/.git/config.txt")" $'scratch .git/config.txt\nmore' 'scratch can be changed'
rm -r "$requests/.git"
rmdir "$requests/.hidden/deep" 2>/dev/null
ok 'a folder that is not empty stays' test -d "$requests/.hidden/deep"
not_ok 'scratch can be removed' test -e "$requests/.git"
done_testing
