#!/usr/bin/env bash
# With over = refuse nobody makes a request that cannot be paid for today. What is there
# already can be saved, and waits.
. "$(dirname "$0")/../lib/simulator.sh"

configure easelfs 'provider = wavespeed'
configure limits 'spend_per_day = 0.04'
configure limits 'over = refuse'
start_simulator
start_painting
cd "$MNT/requests" || exit
echo 'a heron' >first.txt
echo 'a draft' >draft
is "$(rest first.txt)" done 'what can be paid for is painted'
is "$(grep '^over' "$MNT/spend")" 'over = refuse' 'spend says what is done beyond the limit'

fails_with 'Disk quota exceeded' 'no new request' bash -c 'echo "a tern" >second.txt'
fails_with 'Disk quota exceeded' 'by no other name' bash -c 'echo "{}" >second.json'
fails_with 'Disk quota exceeded' 'by no way' mv draft draft.txt
fails_with 'Disk quota exceeded' 'no copy' cp first.txt copy.txt
mkdir .hidden
echo 'a gull' >.hidden/gull.txt
fails_with 'Disk quota exceeded' 'by no folder' mv .hidden shown
is "$(cat .hidden/gull.txt)" 'a gull' 'which stays as it is'
ok 'there is no job' test ! -e "$MNT/jobs/second.txt"
is "$(cat draft)" 'a draft' 'the draft stays'
ok 'drafts can be written' cp draft another
ok 'folders can be made' mkdir album
ok 'requests can be renamed' mv first.txt album/renamed.txt
ok 'and read' grep -q heron album/renamed.txt

echo 'another heron' >album/renamed.txt
is "$(rest album/renamed.txt)" held 'other words are saved and wait'
is "$(charges wavespeed '')" 1 'nothing more was charged'
ok 'an editor may save it by another file' sed -i s/heron/swan/ album/renamed.txt
is "$(rest album/renamed.txt)" held 'which waits, too'
ok 'they can be removed' rm album/renamed.txt

cd "$TOP" || exit
configured=
configure easelfs 'provider = wavespeed'
configure limits 'spend_per_day = 0.2'
configure limits 'over = refuse'
write_config
echo reload >"$MNT/ctl"
ok 'after a reload with a higher limit' mv "$MNT/requests/draft" "$MNT/requests/draft.txt"
is "$(rest draft.txt)" done 'it is painted'
done_testing
