#!/usr/bin/env bash
# A seed that is said is sent; else one is drawn and kept with the run. `retry`
# keeps it, `again` draws another.
. "$(dirname "$0")/../lib/quick.sh"

seed() {
	cat "$MNT/jobs/$1/seed"
}

start_quick
echo 'a cat' >"$MNT/requests/a.txt"
echo 'a cat' >"$MNT/requests/b.txt"
printf -- '---\nseed: 2147483647\n---\na cat\n' >"$MNT/requests/said.txt"
for name in a b said; do
	is "$(rest $name.txt)" done "$name is painted"
done
like "$(seed a.txt)" '^[0-9]{1,10}$' 'a seed is drawn'
isnt "$(seed a.txt)" "$(seed b.txt)" 'another for each'
not_ok 'so the pictures differ' cmp -s "$MNT/images/a.png" "$MNT/images/b.png"
is "$(seed said.txt)" 2147483647 'one that is said is kept'
like "$(<"$MNT/jobs/a.txt/request.json")" "\"$(seed a.txt)\"" 'it is what was sent'
like "$(<"$MNT/jobs/a.txt/params.json")" "\"seed\": $(seed a.txt)" 'and stands in params.json'

printf -- '---\nseed: %s\n---\na cat\n' "$(seed a.txt)" >"$MNT/requests/same.txt"
is "$(rest same.txt)" done 'the seed of another request'
ok 'gives its picture' cmp "$MNT/images/a.png" "$MNT/images/same.png"

first=$(seed a.txt)
tell a.txt again
is "$(rest a.txt)" done 'again'
isnt "$(seed a.txt)" "$first" 'draws another'
is "$(<"$MNT/jobs/a.txt/runs/1/seed")" "$first" 'the first run keeps its own'
tell said.txt again
is "$(rest said.txt) $(sent said.txt)" 'done 2' 'again of one that is said'
isnt "$(seed said.txt)" 2147483647 'draws one, too'

echo "needs=$TESTDIR/paint" >"$MNT/requests/late.txt"
is "$(rest late.txt)" failed 'one fails'
first=$(seed late.txt)
touch "$TESTDIR/paint"
tell late.txt retry
is "$(rest late.txt) $(seed late.txt)" "done $first" 'retry keeps the seed'
echo pause >"$MNT/ctl"
echo 'a cow' >"$MNT/requests/paused.txt"
wait_until '[ "$(status paused.txt)" = queued ]'
first=$(seed paused.txt)
tell paused.txt cancel
is "$(rest paused.txt)" cancelled 'cancelled before it is sent'
tell paused.txt retry
stop_easelfs
start_quick
echo resume >"$MNT/ctl"
is "$(rest paused.txt) $(seed paused.txt)" "done $first" 'and retried after a restart: the same seed'
done_testing
