#!/usr/bin/env bash
# A request is sent once, when the last handle that can write it is closed:
# not at every flush, not at the first close.
. "$(dirname "$0")/../lib/quick.sh"

start_quick
# Every command in the braces inherits the file and flushes it when it ends.
{
	echo 'first line'
	let_pass
	first=$(status slow.txt)
	echo 'second line'
	let_pass
	second=$(status slow.txt)
} >"$MNT/requests/slow.txt"
is "$first $second" 'writing writing' 'it is being written for as long as it is open'
is "$(rest slow.txt)" done 'then it is painted'
is "$(cat "$MNT/jobs/slow.txt/prompt")" $'first line\nsecond line' 'with all that was written'
is "$(sent slow.txt)" 1 'and sent once'

exec 7>"$MNT/requests/two.txt"
exec 8>>"$MNT/requests/two.txt"
echo 'first writer' >&7
echo 'second writer' >&8
exec 7>&-
let_pass
is "$(status two.txt)" writing 'one of two writers may close'
exec 8>&-
is "$(rest two.txt)" done 'the last one sends'
is "$(cat "$MNT/jobs/two.txt/prompt")" $'first writer\nsecond writer' 'what both have written'
is "$(sent two.txt)" 1 'once'

exec 7<"$MNT/requests/two.txt"
echo 'third' >>"$MNT/requests/two.txt"
is "$(rest two.txt)" done 'a reader that stays holds nothing up'
is "$(sent two.txt)" 2 'an append after that is another run'
is "$(cat "$MNT/jobs/two.txt/prompt")" $'first writer\nsecond writer\nthird' 'of the whole'
exec 7<&-

exec 7>>"$MNT/requests/two.txt"
let_pass
exec 7>&-
let_pass
is "$(status two.txt) $(sent two.txt)" 'done 2' 'opened to write and closed without: nothing happens'

exec 7<>"$MNT/requests/mapped.txt"
echo 'a page' >&7
exec 7>&-
map_write "$MNT/requests/mapped.txt" 'A PAGE'
is "$(rest mapped.txt)" done 'what is written through a mapping'
is "$(cat "$MNT/jobs/mapped.txt/prompt")" 'A PAGE' 'is what is painted'
done_testing
