#!/usr/bin/env bash
# The same bytes are not sent again, whatever saves them; other bytes are.
. "$(dirname "$0")/../lib/quick.sh"

save() { # PATH TEXT
	echo "$2" >"$MNT/requests/$1"
}

start_quick
save a.txt 'a picture'
is "$(rest a.txt)" done 'painted'
seed=$(cat "$MNT/jobs/a.txt/seed")

save a.txt 'a picture'
is "$(rest a.txt)" done 'saved again'
cp "$MNT/requests/a.txt" "$TESTDIR/a.txt"
cp -p "$TESTDIR/a.txt" "$MNT/requests/a.txt"
is "$(rest a.txt)" done 'copied over itself'
cp "$TESTDIR/a.txt" "$MNT/requests/.a.new"
mv "$MNT/requests/.a.new" "$MNT/requests/a.txt"
is "$(rest a.txt)" done 'replaced by an equal file'
touch "$MNT/requests/a.txt"
is "$(rest a.txt)" done 'touched'
is "$(sent a.txt) $(run_number a.txt) $(cat "$MNT/jobs/a.txt/seed")" "1 1 $seed" 'nothing was sent'
is "$(ls "$MNT/images")" a.png 'nothing was painted'
like "$(cat "$MNT/jobs/a.txt/log")" 'saved again, unchanged' 'the log says so'

save a.txt 'another picture'
is "$(rest a.txt)" done 'other bytes are painted'
is "$(sent a.txt) $(run_number a.txt)" '2 2' 'as the second run'
is "$(echo "$MNT/images/"*)" "$MNT/images/a-2.png $MNT/images/a.png" 'beside the first picture'

save b.txt "until=$TESTDIR/go"
wait_until 'is_under_way b.txt'
save b.txt "until=$TESTDIR/go"
wait_until '[ "$(status b.txt)" != writing ]'
is "$(status b.txt) $(sent b.txt)" 'running 1' 'the same while it is under way: it goes on'
save b.txt 'something else'
is "$(rest b.txt)" done 'other bytes while it is under way are painted'
is "$(run_number b.txt)" 2 'as the second run'
touch "$TESTDIR/go"
ok 'and the first one ends by itself' within 20 '[ "$(ls "$MNT/images" | grep -c "^b")" = 2 ]'
is "$(cat "$MNT/jobs/b.txt/prompt")" 'something else' 'without becoming the newest'
is "$(grep -F '"job":"b.txt"' "$MNT/events" | uniq -d)" '' 'events says nothing twice'
is "$(grep -F '"job":"b.txt"' "$MNT/events" | grep -o '"run":.,"status":"done"')" \
	$'"run":2,"status":"done"\n"run":1,"status":"done"' 'but how each run ended'

save c.txt 'fail=no_paint'
is "$(rest c.txt)" failed 'one fails'
save c.txt 'fail=no_paint'
is "$(rest c.txt)" failed 'saved again'
is "$(sent c.txt) $(run_number c.txt)" '2 2' 'what failed is tried again'

echo pause >"$MNT/ctl"
save d.txt 'first thought'
wait_until '[ "$(status d.txt)" = queued ]'
save d.txt 'second thought'
wait_until '[ "$(status d.txt)" = queued ]'
echo resume >"$MNT/ctl"
is "$(rest d.txt)" done 'what waited is painted'
is "$(sent d.txt)" 1 'what was not sent was replaced'
is "$(cat "$MNT/jobs/d.txt/prompt")" 'second thought' 'by what came later'
done_testing
