#!/usr/bin/env bash
# The commands in README.txt work as printed.
. "$(dirname "$0")/../lib/mount.sh"
requires getfattr

start_easelfs
# wc(1) believes stat; cat does not.
# shellcheck disable=SC2002
is "$(stat -c %s "$MNT/README.txt")" "$(cat "$MNT/README.txt" | wc -c)" 'its size is that of its bytes'
is "$(grep -vF "$MNT" "$MNT/README.txt" | awk 'length > 80')" '' 'it fits a terminal'
# A command is an indented line whose first word can be run.
commands=$TESTDIR/commands
{
	echo 'set -e'
	grep -E '^    [^ ]' "$MNT/README.txt" | while read -r line; do
		word=${line%% *}
		[ "$word" = watch ] || ! (bash -c 'type -t "$0"' "$word" >/dev/null) || printf '%s\n' "$line"
	done
} >"$commands"
count=$(wc -l <"$commands")
ok "there are some: $((count - 1))" test "$count" -gt 5
they_work() {
	timeout $((60 * SLOWNESS)) bash "$commands" >"$TESTDIR/said" 2>&1
}
ok 'they work' they_work
diag "$(<"$TESTDIR/said")"
like "$(<"$TESTDIR/said")" 'done.*lighthouse\.png' 'and show a picture'
is "$(rest lighthouse.txt)" done 'all is well at the end'
ok 'the picture is there' test -s "$MNT/images/lighthouse.png"
ok 'and the one that was asked for again' test -s "$MNT/images/lighthouse-2.png"
like "$(<"$MNT/README.txt")" "fusermount3 -u '?$MNT" 'it says how to unmount'
cd / || exit
unmount=$(grep -o 'fusermount3 -u .*' "$MNT/README.txt")
ok 'which works, too' bash -c "$unmount"
# shellcheck disable=SC2154 # the library has it
pid=${daemon_pid[$MNT]} ended=0
wait "$pid" || ended=$?
unset "daemon_pid[$MNT]"
is $ended 0 'the daemon ends well'
not_ok 'nothing is mounted' is_mounted "$MNT"

# Where the path has what the shell would take for its own.
odd="$TESTDIR/it's \$HOME \"here\""
mkdir "$odd"
"$EASELFS" -o "store=$TESTDIR/odd-store,log=$TESTDIR/odd-log" "$odd"
# shellcheck disable=SC2034 # within reads it
pid=$(<"$TESTDIR/odd-store/lock")
sed -n 's/^    \(cd .*\)/\1\npwd/p' "$odd/README.txt" >"$commands"
is "$(bash "$commands")" "$odd" 'the way there can be typed for any path'
ok 'and the way to unmount' bash -c "$(grep -o 'fusermount3 -u .*' "$odd/README.txt")"
not_ok 'nothing is mounted there' is_mounted "$odd"
fusermount3 -u "$odd" 2>/dev/null
ok 'and its daemon ends' within 20 '! is_running "$pid"'
done_testing
