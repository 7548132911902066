#!/usr/bin/env bash
# Percentages that a painter says are shown in `progress` and as bars.
. "$(dirname "$0")/../lib/quick.sh"

progress() {
	cat "$MNT/jobs/$1/progress"
}

start_quick
echo "pid=$TESTDIR/silent until=$TESTDIR/end" >"$MNT/requests/silent.txt"
echo "0% until=$TESTDIR/one 40% until=$TESTDIR/two 85% until=$TESTDIR/end" >"$MNT/requests/a.txt"
wait_until '[ "$(progress a.txt)" = 0 ]'
ok 'the bar is empty' within 20 'grep -Eq "a\.txt +running +\[\.{20}\] +0%" "$MNT/status"'
touch "$TESTDIR/one"
wait_until '[ "$(progress a.txt)" = 40 ]'
is "$(stat -c %s "$MNT/jobs/a.txt/progress")" 3 'the number is a line'
ok 'the bar follows' within 20 'grep -Eq "a\.txt +running +\[#{8}\.{12}\] +40%" "$MNT/status"'
touch "$TESTDIR/two"
wait_until '[ "$(progress a.txt)" = 85 ]'
like "$(cat "$MNT/jobs/a.txt/job.json")" '"progress": 85,' 'job.json says it, too'
ok 'the bar follows again' within 20 'grep -Eq "a\.txt +running +\[#{17}\.{3}\] +85%" "$MNT/status"'

wait_until 'is_under_way silent.txt'
is "$(progress silent.txt)" '' 'a painter that says nothing has no number'
ok 'and an empty bar' within 20 'grep -Eq "silent\.txt +running +\[\.{20}\] *$" "$MNT/status"'
is "$(grep -c progress "$MNT/events")" 0 'progress is no event'

touch "$TESTDIR/end"
is "$(rest a.txt) $(rest silent.txt)" 'done done' 'both end'
is "$(progress a.txt) $(progress silent.txt)" '100 100' 'at 100'

echo '7% 3% fail=no_paint' >"$MNT/requests/b.txt"
is "$(rest b.txt)" failed 'one fails'
is "$(cat "$MNT/jobs/b.txt/error")" 'no paint' 'percentages are no part of its last words'
done_testing
