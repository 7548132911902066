#!/usr/bin/env bash
# `events` and `log` only grow: a handle that is open sees new lines, and what
# was read stays where it was.
. "$(dirname "$0")/../lib/quick.sh"
perl -MJSON::PP -e 1 2>/dev/null || skip 'no JSON::PP'

start_quick
echo 'one' >"$MNT/requests/a.txt"
is "$(rest a.txt)" done 'something has happened'

exec 7<"$MNT/events" 8<"$MNT/jobs/a.txt/log"
first_events=$(cat <&7)
first_log=$(cat <&8)
isnt "$first_events" '' 'events has lines'
is "$(cat <&7)$(cat <&8)" '' 'and then an end'
tail -n +1 -s 0.05 -f "$MNT/events" >"$TESTDIR/tail" 2>/dev/null &
tail_pid=$!

echo 'two' >"$MNT/requests/a.txt"
is "$(rest a.txt)" done 'something else has happened'
more_events=$(cat <&7)
more_log=$(cat <&8)
like "$more_events" '^\{[^'$'\n'']*"status":"writing".*"status":"done"\}$' 'an open handle reads the new events'
not_ok 'and no old ones again' grep -qF "$first_events" <<<"$more_events"
like "$more_log" 'queued.*done' 'an open handle reads the new lines of a log'
is "$(cat "$MNT/events")" "$first_events"$'\n'"$more_events" 'events is one after the other'
is "$(cat "$MNT/jobs/a.txt/log")" "$first_log"$'\n'"$more_log" 'so is the log'
# wc(1) believes stat; cat does not.
# shellcheck disable=SC2002
is "$(stat -c %s "$MNT/events")" "$(cat "$MNT/events" | wc -c)" 'its size is that of its bytes'
is "$(tail -c +2 "$MNT/events" | head -c 20)" "$(head -c 21 "$MNT/events" | tail -c 20)" 'it can be read from anywhere'

ok 'tail -f follows' within 20 'cmp -s "$TESTDIR/tail" "$MNT/events"'
kill "$tail_pid"
wait "$tail_pid" 2>/dev/null

exec 7<&- 8<&-
stop_easelfs
start_quick
is "$(cat "$MNT/events")" "$first_events"$'\n'"$more_events" 'it is all there after a restart'
ok 'every line is JSON' perl -MJSON::PP -ne 'decode_json($_)->{time} or die' "$MNT/events"
done_testing
