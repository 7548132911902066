#!/usr/bin/env bash
# An empty request rests and sends nothing.
. "$(dirname "$0")/../lib/quick.sh"

start_quick
: >"$MNT/requests/a.txt"
is "$(rest a.txt)" empty 'a file without bytes'
touch "$MNT/requests/b.txt"
is "$(rest b.txt)" empty 'a file that was touched'
printf ' \n\t\r\n' >"$MNT/requests/c.txt"
is "$(rest c.txt)" empty 'white space alone'
printf '\xef\xbb\xbf' >"$MNT/requests/d.txt"
is "$(rest d.txt)" empty 'a byte order mark alone'
is "$(grep -c submitting "$MNT/events")" 0 'nothing was sent'

echo 'a picture' >"$MNT/requests/a.txt"
is "$(rest a.txt)" done 'with content it is painted'
: >"$MNT/requests/a.txt"
is "$(rest a.txt)" empty 'emptied, it is empty'
ok 'its picture stays' test -s "$MNT/images/a.png"
is "$(sent a.txt)" 1 'nothing was sent again'
for word in cancel retry again; do
	fails_with 'Device or resource busy' "an empty job has nothing to $word" tell a.txt $word
done
done_testing
