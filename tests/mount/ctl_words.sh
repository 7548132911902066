#!/usr/bin/env bash
# What a ctl takes, and what it says to the rest.
. "$(dirname "$0")/../lib/quick.sh"

busy='Device or resource busy'
invalid='Invalid argument'

start_quick
echo 'a picture' >"$MNT/requests/a.txt"
is "$(rest a.txt)" done 'painted'
ctl=$MNT/jobs/a.txt/ctl

fails_with "$invalid" 'an unknown word' tell a.txt 'please'
fails_with "$invalid" 'a word too many' tell a.txt 'again please'
fails_with "$invalid" 'the beginning of a word' tell a.txt 'agai'
fails_with "$invalid" 'a line without a word' tell a.txt ''
fails_with "$invalid" 'capitals' tell a.txt 'AGAIN'
fails_with "$busy" 'done cannot be cancelled' tell a.txt cancel
fails_with "$busy" 'nor retried' tell a.txt retry
is "$(status a.txt) $(run_number a.txt)" 'done 1' 'nothing has happened'

again() { # NAME COMMAND…
	local name=$1 before after
	shift
	before=$(run_number a.txt)
	ok "$name" "$@"
	rest a.txt >"$TESTDIR/word"
	after=$(run_number a.txt)
	is "$(<"$TESTDIR/word") $((after - before))" 'done 1' 'is obeyed once'
}
again 'a word and a newline' bash -c 'echo again >"$0"' "$ctl"
again 'a word without a newline' bash -c 'printf again >"$0"' "$ctl"
again 'a word that is appended' bash -c 'echo again >>"$0"' "$ctl"
again 'a word without O_TRUNC' bash -c 'echo again 1<>"$0"' "$ctl"
again 'a word through tee' bash -c 'echo again | tee "$0" >/dev/null' "$ctl"
again 'a word through dd' bash -c 'echo again | dd of="$0" 2>/dev/null' "$ctl"

is "$(stat -c %s "$ctl")" 0 'it has no size'
is "$(timeout $((20 * SLOWNESS)) cat "$ctl")" '' 'reading it gives nothing'
is "$(stat -c %s "$MNT/ctl")$(timeout $((20 * SLOWNESS)) cat "$MNT/ctl")" 0 'nor that of the root'
fails_with "$invalid" 'which knows other words' bash -c 'echo again >"$0"' "$MNT/ctl"
fails_with "$invalid" 'and not all' bash -c 'echo explode >"$0"' "$MNT/ctl"

exec 7>"$MNT/requests/b.txt"
for word in cancel retry again; do
	fails_with "$busy" "$word while the first request is being written" tell b.txt $word
done
exec 7>&-

printf '\xff' >"$MNT/requests/c.txt"
is "$(rest c.txt)" rejected 'one is rejected'
fails_with "$busy" 'it cannot be cancelled' tell c.txt cancel
fails_with "$busy" 'nor done again' tell c.txt again

echo "until=$TESTDIR/go" >"$MNT/requests/d.txt"
wait_until 'is_under_way d.txt'
ok 'retry while it runs only asks how it is' tell d.txt retry
is "$(sent d.txt)" 1 'and sends nothing'
touch "$TESTDIR/go"
is "$(rest d.txt)" done 'it ends well'
is "$(sent d.txt)" 1 'sent once'
done_testing
