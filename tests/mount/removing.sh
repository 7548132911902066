#!/usr/bin/env bash
# Removing a request cancels nothing; what is open keeps its bytes.
. "$(dirname "$0")/../lib/quick.sh"

start_quick
cd "$MNT/requests" || fail 'no requests/'

echo 'a picture' >a.txt
is "$(rest a.txt)" done 'painted'
rm a.txt
is "$(status a.txt)" done 'without its request a job stays'
ok 'and its picture' test -s "$MNT/images/a.png"
echo 'a picture' >a.txt
is "$(rest a.txt) $(sent a.txt)" 'done 1' 'the same request is known when it comes back'

echo "until=$TESTDIR/go" >b.txt
wait_until 'is_under_way b.txt'
rm b.txt
is "$(status b.txt)" running 'a job goes on without its request'
touch "$TESTDIR/go"
is "$(rest b.txt)" done 'and ends well'

exec 7<>c.txt
echo 'never sent' >&7
rm c.txt
not_ok 'a job that never ran goes with its request' test -e "$MNT/jobs/c.txt"
is "$(perl -e 'open F, "<&=7"; seek F, 0, 0; print <F>')" 'never sent' 'its bytes can be read while it is open'
echo 'a line more' >&7
is "$(perl -e 'open F, "<&=7"; seek F, 0, 0; print <F>')" $'never sent\na line more' 'and written'
exec 7>&-
let_pass
is "$(sent c.txt)" 0 'and nothing is sent at the last close'

echo 'the old one' >d.txt
is "$(rest d.txt)" done 'painted'
exec 7<d.txt
echo 'the new one' >.d.txt
mv .d.txt d.txt
is "$(rest d.txt)" done 'replaced'
is "$(cat <&7)" 'the old one' 'a reader of the old one goes on with it'
is "$(cat d.txt)" 'the new one' 'others read the new one'
exec 7<&-

: >e.txt
is "$(rest e.txt)" empty 'an empty one'
rm e.txt
not_ok 'leaves nothing' test -e "$MNT/jobs/e.txt"

mkdir -p album/deep
echo 'a picture' >album/deep/f.txt
is "$(rest album/deep/f.txt)" done 'painted in a folder'
fails_with 'Directory not empty' 'a folder with requests is not removed' rmdir album/deep
rm -r album
not_ok 'with them, it is' test -e album
is "$(status album/deep/f.txt)" done 'its jobs stay'
ok 'and its pictures' test -s "$MNT/images/album/deep/f.png"

exec 7>"$MNT/jobs/d.txt/ctl"
rm -r "$MNT/jobs/d.txt"
not_ok 'a job can be forgotten' test -e "$MNT/jobs/d.txt"
is "$(cat d.txt)" 'the new one' 'its request stays'
ok 'and its pictures' test -s "$MNT/images/d.png"
fails_with 'No such file or directory' 'a ctl that is still open takes no more' bash -c 'echo again >&7'
exec 7>&-
not_ok 'and nothing is painted' grep -q '"job":"d.txt","run":3' "$MNT/events"
echo 'a later one' >d.txt
is "$(rest d.txt)" done 'the next write makes a job again'

exec 7>g.txt
echo 'first line' >&7
rmdir "$MNT/jobs/g.txt"
not_ok 'a job can be forgotten while its request is written' test -e "$MNT/jobs/g.txt"
echo 'second line' >&7
is "$(status g.txt)" writing 'which makes one again'
exec 7>&-
is "$(rest g.txt)" done 'that is sent'
is "$(sent g.txt) $(tr '\n' ' ' <"$MNT/jobs/g.txt/prompt")" '1 first line second line ' 'once, as a whole'
exec 7>>g.txt
echo 'third line' >&7
rm -r "$MNT/jobs/g.txt"
exec 7>&-
let_pass
not_ok 'closed without a write there is no job' test -e "$MNT/jobs/g.txt"
is "$(sent g.txt)" 1 'and nothing is sent'
cd /
done_testing
