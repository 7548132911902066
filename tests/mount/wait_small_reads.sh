#!/usr/bin/env bash
# One answer, however small the pieces in which it is read.
. "$(dirname "$0")/../lib/quick.sh"

start_quick
echo "until=$TESTDIR/go" >"$MNT/requests/a.txt"
wait_file=$MNT/jobs/a.txt/wait
dd if="$wait_file" of="$TESTDIR/dd" bs=1 2>/dev/null &
dd_pid=$!
(IFS= read -r word <"$wait_file" && echo "$word" >"$TESTDIR/read") &
read_pid=$!
(IFS= read -rn 2 word <"$wait_file" && echo "$word" >"$TESTDIR/two") &
two_pid=$!
wait_until 'is_under_way a.txt'
let_pass
ok 'all are blocked' is_running $dd_pid
touch "$TESTDIR/go"
wait $dd_pid $read_pid $two_pid
is "$(<"$TESTDIR/dd")" done 'byte by byte: dd'
is "$(wc -c <"$TESTDIR/dd")" 5 'with its newline'
is "$(<"$TESTDIR/read")" done 'the read of bash'
is "$(<"$TESTDIR/two")" do 'the first two characters'
is "$(dd if="$wait_file" bs=1 skip=2 2>/dev/null)" ne 'from the third byte on'
is "$(tail -c 3 "$wait_file")" ne 'the last three bytes'
is "$(head -n 1 "$wait_file")" done 'head'

# The first byte is of one answer, the rest must be, too.
exec 7<"$wait_file"
IFS= read -rn 1 -u 7 first
echo 'fail=no_paint' >"$MNT/requests/a.txt"
is "$(rest a.txt)" failed 'meanwhile the job has failed'
is "$first$(cat <&7)" done 'what was begun is read to its end'
exec 7<&-
done_testing
