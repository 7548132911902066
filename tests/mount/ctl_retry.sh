#!/usr/bin/env bash
# `retry` tries the same run again: the same seed, no second number.
. "$(dirname "$0")/../lib/quick.sh"

start_quick
echo "needs=$TESTDIR/paint" >"$MNT/requests/a.txt"
is "$(rest a.txt)" failed 'one fails'
like "$(cat "$MNT/jobs/a.txt/error")" 'paint: No such file' 'for a reason'
seed=$(cat "$MNT/jobs/a.txt/seed")
tell a.txt retry
is "$(rest a.txt)" failed 'tried again, it fails again'
touch "$TESTDIR/paint"
tell a.txt retry
is "$(rest a.txt)" done 'until the reason is gone'
is "$(cat "$MNT/jobs/a.txt/error")" '' 'with the error'
is "$(cat "$MNT/jobs/a.txt/seed")" "$seed" 'the seed is the same'
is "$(run_number a.txt) $(sent a.txt)" '1 3' 'it is the same run, sent three times'
is "$(ls "$MNT/images")" a.png 'and one picture'
like "$(cat "$MNT/jobs/a.txt/log")" 'asked to retry' 'the log says who wanted it'

echo pause >"$MNT/ctl"
echo 'a picture' >"$MNT/requests/b.txt"
wait_until '[ "$(status b.txt)" = queued ]'
seed=$(cat "$MNT/jobs/b.txt/seed")
tell b.txt cancel
is "$(rest b.txt)" cancelled 'another is cancelled'
tell b.txt retry
is "$(status b.txt)" queued 'and waits again'
echo resume >"$MNT/ctl"
is "$(rest b.txt)" done 'and is painted'
is "$(cat "$MNT/jobs/b.txt/seed") $(run_number b.txt)" "$seed 1" 'with its seed'

printf '\xff' >"$MNT/requests/c.txt"
is "$(rest c.txt)" rejected 'one is rejected'
tell c.txt retry
is "$(rest c.txt)" rejected 'judged again, it is rejected again'
is "$(sent c.txt)" 0 'and not sent'
done_testing
