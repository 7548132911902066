# shellcheck shell=bash
# Mount tests whose pictures are painted by tests/tools/quick_painter.c, which
# obeys words in the prompt: read its head. To be read instead of mount.sh.
#
# start_quick [ARGUMENT…]      starts the daemon with that painter, a settle time
#                              of $SETTLE_MS (20) and what configure said
# configure SECTION LINE       a line of the configuration
# tell PATH WORD               writes WORD to the ctl of a job
# sent PATH                    how often the request was handed to the painter
# run_number PATH              the number of the job's run
# is_under_way PATH            the painter is at it
# let_pass                     returns when all that had settled before is judged
#                              and sent: a later request, in requests/passing/,
#                              has been painted

. "$(dirname "${BASH_SOURCE[0]}")/mount.sh"
requires quick_painter

CONFIG=$TESTDIR/easelfs.ini
SETTLE_MS=20
mkdir -p "$HOME/.config/easelfs"
ln -s "$TOP/tests/providers" "$HOME/.config/easelfs/providers"
passed=0
configured=

configure() {
	configured+="[$1]"$'\n'"$2"$'\n'
}

start_quick() {
	printf '[easelfs]\nprovider = quick\nsettle_ms = %s\n%s' "$SETTLE_MS" "$configured" >"$CONFIG"
	start_easelfs "$@" "$CONFIG"
}

tell() {
	echo "$2" >"$MNT/jobs/$1/ctl"
}

sent() {
	awk -v job="\"job\":\"$1\"," 'index($0, job) && /"status":"submitting"/ { n++ }
		END { print n + 0 }' "$MNT/events"
}

run_number() {
	sed -n 's/^  "run": \([0-9]*\),$/\1/p' "$MNT/jobs/$1/job.json"
}

is_under_way() {
	[ "$(status "$1")" = running ]
}

let_pass() {
	local word
	passed=$((passed + 1))
	mkdir -p "$MNT/requests/passing"
	echo "let it pass $passed" >"$MNT/requests/passing/$passed.txt"
	word=$(rest "passing/$passed.txt")
	[ "$word" = done ] || fail "a request that should pass: $word"
}

