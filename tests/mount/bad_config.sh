#!/usr/bin/env bash
# A wrong line in the configuration: at the start an error with file and line; on
# reload EINVAL, the old configuration stays in force and `status` says why.
. "$(dirname "$0")/../lib/quick.sh"

rows=(
	'3|[easelfs]\n\nsettle = 5\n|"settle" is not known here; allowed: provider, store, settle_ms'
	'2|[easelfs]\nsettle_ms = soon\n|"soon" is not a whole number from 0 to 60000'
	'2|[easelfs]\nsettle_ms = 60001\n|"60001" is not a whole number from 0 to 60000'
	'2|[easelfs]\nprovider\n|neither NAME = VALUE nor [SECTION]'
	'1|settle_ms = 5\n|before any [section]'
	'2|[easel]\nsettle_ms = 5\n|[easel] is not known; allowed: [easelfs]'
	'1|[easelfs\nsettle_ms = 5\n|a section without'
	'3|[easelfs]\nsettle_ms = 5\nsettle_ms = 6\n|in line 2'
	'2|[easelfs]\n  settle_ms = 5\n|an indented line'
	'2|[limits]\nin_flight = 0\n|"0" is not a whole number from 1'
	'2|[limits]\nimage_bytes = 64M\n|"64M" is not a whole number'
	'2|[defaults]\naspect_ratio = wide\n|"wide" is not a ratio like 16:9'
	'2|[defaults]\nprompt = a cat\n|prompt: it cannot be a default'
	'2|[defaults]\nsede = 7\n|"sede" is not known; did you mean seed? allowed: '
	'2|[provider quick]\nin_flight = many\n|"many" is not a whole number'
	'2|[provider ../x]\nin_flight = 1\n|"../x" is not a name'
	'2|[easelfs]\nprovider = \0377\n|not UTF-8'
	'2|[easelfs]\nprovider = qu\0001ick\n|a control character'
)

start_quick
echo 'a cat' >"$MNT/requests/first.txt"
is "$(rest first.txt)" done 'a picture is painted'
cp "$CONFIG" "$TESTDIR/good.ini"
for row in "${rows[@]}"; do
	IFS='|' read -r line bytes why <<<"${row//\\/\\\\}"
	bytes=${bytes//\\\\/\\} why=${why//\\\\/\\}
	printf %b "$bytes" >"$CONFIG"
	said=$("$EASELFS" -o "store=$TESTDIR/other" "$CONFIG" "$HOME" 2>&1) && fail "it starts: $bytes"
	ok "$bytes: no start" test "${said#*"$CONFIG:$line:"}" != "$said" -a "${said#*"$why"}" != "$said"
	[[ $said = *"$why"* ]] || diag "$said"
	fails_with 'Invalid argument' 'no reload' bash -c 'echo reload >"$0"' "$MNT/ctl"
	ok 'the status page says it' within 20 '[[ $(<"$MNT/status") = *"$CONFIG:$line:"*"$why"* ]]'
done
ok 'nothing was made by the starts' test ! -e "$TESTDIR/other"

echo 'a dog' >"$MNT/requests/second.txt"
is "$(rest second.txt) $(cat "$MNT/jobs/second.txt/provider")" 'done quick' 'the old configuration is in force'
like "$(<"$LOG")" "$CONFIG:2:.*control character" 'the log says it, too'
rm "$CONFIG"
fails_with 'Invalid argument' 'a configuration that is gone' bash -c 'echo reload >"$0"' "$MNT/ctl"
ok 'is said as well' within 20 '[[ $(<"$MNT/status") = *"$CONFIG"*"No such file"* ]]'
{ cat "$TESTDIR/good.ini" && printf '[defaults]\nseed = 7\n'; } >"$CONFIG"
ok 'mended, it is read' bash -c 'echo reload >"$0"' "$MNT/ctl"
ok 'and the status page says nothing more' within 20 '! grep -q "$CONFIG" "$MNT/status"'
echo 'a cow' >"$MNT/requests/third.txt"
is "$(rest third.txt) $(cat "$MNT/jobs/third.txt/seed")" 'done 7' 'it is in force'
echo '?' >"$CONFIG"
kill -HUP "$(<"$STORE/lock")"
ok 'SIGHUP does the same' within 20 'grep -q "$CONFIG:1:" "$MNT/status"'
cp "$TESTDIR/good.ini" "$CONFIG"
done_testing
