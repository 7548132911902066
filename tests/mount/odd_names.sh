#!/usr/bin/env bash
# Names are bytes: odd ones are kept as they are, and escaped where they are
# shown.
. "$(dirname "$0")/../lib/quick.sh"
requires getfattr
perl -MJSON::PP -e 1 2>/dev/null || skip 'no JSON::PP'

start_quick
stems=('two words' $'new\nline' $'tab\there' 'dou"ble' "sin'gle" 'back\slash' '-dash' '$(id)' '*' '%s%n'
	$'\xff\xfe' $'\xe9l\xe9gant' '漢字' '<b>&amp;' '{"a":1}' $'\x1b[31mred' '   ' 'x;y|z')
mkdir "$MNT/requests/"$'odd \xff\n"folder'
stems+=($'odd \xff\n"folder/inside')
for stem in "${stems[@]}"; do
	echo 'a picture' >"$MNT/requests/$stem.txt"
done
for stem in "${stems[@]}"; do
	word=$(rest "$stem.txt")
	[ "$word" = done ] && [ -s "$MNT/images/$stem.png" ] &&
		[ -s "$MNT/jobs/$stem.txt/images/${stem##*/}.png" ] || word+=' without picture'
	is "$word" done "$(printf %q "$stem")"
done

list() { # DIRECTORY ENDING: all files below it, without the ending, sorted
	(cd "$1" && find . -name "*.$2" -print0 | sed -z "s/\.$2\$//" | sort -z | od -c)
}
is "$(list "$MNT/images" png)" "$(list "$MNT/requests" txt)" 'images/ has the same bytes in its names'
is "$(list "$MNT/jobs" txt)" "$(list "$MNT/requests" txt)" 'jobs/, too'

ok 'every event is one line of JSON' perl -MJSON::PP -ne 'decode_json($_)' "$MNT/events"
is "$(grep -c '"status":"done"' "$MNT/events")" ${#stems[@]} 'there is one for each'
for stem in "${stems[@]}"; do
	perl -MJSON::PP -0777 -ne 'decode_json($_)' "$MNT/jobs/$stem.txt/job.json" || break
done
ok 'every job.json is JSON' test "$stem" = "${stems[-1]}"
is "$(LC_ALL=C tr -d '\n -~' <"$MNT/status" | iconv -f UTF-8 -t UTF-8 | tr -d '漢字')" '' 'the status page is printable text'
is "$(getfattr --absolute-names --only-values -n user.easelfs.job "$MNT/images/"$'\xff\xfe.png')" $'\xff\xfe.txt' \
	'a picture names its job by the same bytes'

stop_easelfs
start_quick
is "$(list "$MNT/images" png)" "$(list "$MNT/requests" txt)" 'it is all the same after a restart'
rm -r "$MNT/requests/"*
is "$(ls -A "$MNT/requests")" '' 'and all can be removed'
done_testing
