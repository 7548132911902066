#!/usr/bin/env bash
# A painter that fails, lies, talks or never ends makes its job fail, with an
# error that says so, and nothing appears in images/.
. "$(dirname "$0")/../lib/quick.sh"

try() { # NAME PROMPT ERROR…
	local name=$1 prompt=$2 pattern
	shift 2
	echo "$prompt" >"$MNT/requests/$name.txt"
	is "$(rest "$name.txt")" failed "fails: $prompt"
	for pattern; do
		like "$(cat "$MNT/jobs/$name.txt/error")" "$pattern" 'and the error says it'
	done
	is "$(head -n 1 "$MNT/jobs/$name.txt/error" | wc -l)" 1 'beginning with a line for a person'
}

configure limits 'image_bytes = 200000'
start_quick
try words 'say=This_painter fail=has_run_out_of_blue' 'This painter' 'has run out of blue'
try silent 'fail' 'ended with status 1'
try killed 'signal=10' 'signal 10.*USR1'
try garbage 'garbage' 'not an image|no image'
try half 'half' 'PNG ends after [0-9]+ of'
try nothing 'nothing' 'empty|no bytes|nothing'
try endless 'endless' '200000 bytes'
try orphans "child=$TESTDIR/orphan fail" 'status 1'
ok 'what a painter leaves behind is ended' within 20 '! is_running "$(<"$TESTDIR/orphan")"'
is "$(wc -l <"$MNT/jobs/garbage.txt/error")" 1 'no picture: one line'
is "$(find "$MNT/images" "$STORE/images" "$STORE/incoming" -type f)" '' 'no picture was made and nothing is left'
like "$(cat "$MNT/status")" 'orphans\.txt +failed +it ended with status 1' 'the status page says what failed and why'
echo 'a picture' >"$MNT/requests/good.txt"
is "$(rest good.txt)" done 'the next one can paint'
stop_easelfs

start_quick -o provider=hasty
for name in hanging talking; do
	case $name in
	hanging) echo "pid=$TESTDIR/hanging hang" ;;
	talking) echo "pid=$TESTDIR/talking chatter" ;;
	esac >"$MNT/requests/$name.txt"
done
for name in hanging talking; do
	is "$(rest $name.txt)" failed "too slow: $name"
	like "$(cat "$MNT/jobs/$name.txt/error")" 'longer than.*deadline' 'the error says so'
	not_ok 'the painter is gone' is_running "$(<"$TESTDIR/$name")"
	ok 'the error is no book' test "$(stat -c %s "$MNT/jobs/$name.txt/error")" -lt 10000
done
stop_easelfs

start_quick -o provider=absent
try absent 'a picture' 'no-such-painter.*(No such file|not found)'
done_testing
