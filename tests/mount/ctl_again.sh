#!/usr/bin/env bash
# `again` paints the same prompt once more: another seed, another picture beside
# the first.
. "$(dirname "$0")/../lib/quick.sh"

start_quick
echo 'a picture' >"$MNT/requests/a.txt"
is "$(rest a.txt)" done 'painted'
seed=$(cat "$MNT/jobs/a.txt/seed")
cp "$MNT/images/a.png" "$TESTDIR/first.png"

tell a.txt again
is "$(rest a.txt)" done 'painted again'
is "$(run_number a.txt)" 2 'as the second run'
isnt "$(cat "$MNT/jobs/a.txt/seed")" "$seed" 'with another seed'
is "$(cat "$MNT/jobs/a.txt/prompt")" 'a picture' 'from the same prompt'
is "$(cd "$MNT/images" && echo *)" 'a-2.png a.png' 'there is a second picture'
not_ok 'which is another one' cmp -s "$MNT/images/a-2.png" "$MNT/images/a.png"
ok 'the first is what it was' cmp "$MNT/images/a.png" "$TESTDIR/first.png"
is "$(ls "$MNT/jobs/a.txt/images")" a-2.png 'the job shows the pictures of its newest run'

tell a.txt again
is "$(rest a.txt)" done 'and again'
is "$(cd "$MNT/images" && echo *)" 'a-2.png a-3.png a.png' 'there is a third'

echo "until=$TESTDIR/go" >"$MNT/requests/b.txt"
wait_until 'is_under_way b.txt'
tell b.txt again
wait_until '[ "$(run_number b.txt)" = 2 ] && is_under_way b.txt'
touch "$TESTDIR/go"
is "$(rest b.txt)" done 'while one is under way: both are painted'
ok 'and both are shown' within 20 '[ -s "$MNT/images/b.png" ] && [ -s "$MNT/images/b-2.png" ]'

echo 'fail=no_paint' >"$MNT/requests/c.txt"
is "$(rest c.txt)" failed 'one fails'
tell c.txt again
is "$(rest c.txt)" failed 'it can be tried as another run'
is "$(run_number c.txt)" 2 'which is the second'

echo 'a picture' >"$MNT/requests/d.txt"
is "$(rest d.txt)" done 'one is painted'
rm "$MNT/requests/d.txt"
tell d.txt again
is "$(rest d.txt)" done 'and painted again when its request is gone'
is "$(run_number d.txt)" 2 'as the second run'
done_testing
