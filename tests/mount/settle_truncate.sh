#!/usr/bin/env bash
# A change of size without a handle is a change, too.
. "$(dirname "$0")/../lib/quick.sh"

cut() { # PATH SIZE, by truncate(2)
	perl -e 'truncate($ARGV[0], $ARGV[1]) or die "$!\n"' "$MNT/requests/$1" "$2"
}

start_quick
echo 'a red house in the snow' >"$MNT/requests/a.txt"
is "$(rest a.txt)" done 'painted'
cut a.txt 11
is "$(rest a.txt)" done 'cut by its name, it is painted again'
is "$(cat "$MNT/jobs/a.txt/prompt")" 'a red house' 'what is left'
is "$(sent a.txt) $(run_number a.txt)" '2 2' 'as the second run'
truncate -s 5 "$MNT/requests/a.txt"
is "$(rest a.txt)" done 'and by a handle'
is "$(cat "$MNT/jobs/a.txt/prompt")" 'a red' 'what is left'
cut a.txt 8
is "$(rest a.txt)" rejected 'grown by its name: NUL bytes are no prompt'
cut a.txt 0
is "$(rest a.txt)" empty 'cut to nothing: empty'
is "$(sent a.txt)" 3 'nothing else was sent'

exec 7>>"$MNT/requests/b.txt"
echo 'a blue house' >&7
cut b.txt 6
let_pass
is "$(status b.txt)" writing 'cut while a writer has it open: it waits for the writer'
exec 7>&-
is "$(rest b.txt)" done 'then it is painted'
is "$(cat "$MNT/jobs/b.txt/prompt")" 'a blue' 'what was left'
done_testing
