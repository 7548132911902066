#!/usr/bin/env bash
# A provider that a reload takes away leaves its calls as they are: one in doubt, one that
# runs, one that waits. With the provider they go on.
. "$(dirname "$0")/../lib/replicate.sh"

start_replicate
start_easelfs "$CONFIG"
ask replicate lost 'a lost gull' 'seed: 7'
ask replicate same 'a lost gull' 'seed: 7'
ask replicate forever 'a wader forever'
is "$(rest lost.txt) $(rest same.txt)" 'held held' 'two in doubt'
wait_until 'is_at forever.txt running'
mv "$REPLICATE_INI" "$TESTDIR"
echo reload >"$MNT/ctl"
before=$(lists)
ok 'they are looked for as long as that is worth it' within 20 '[ "$(lists)" -ge $((before + 2)) ]'
is "$(cat "$MNT"/jobs/{lost,same,forever}.txt/status | xargs)" 'held held running' 'they are as they were'
is "$(charges replicate gull)" 2 'neither was sent again'
mv "$TESTDIR/replicate.ini" "$REPLICATE_INI"
echo reload >"$MNT/ctl"
tell forever.txt cancel
is "$(rest forever.txt)" cancelled 'it is spoken to again'
done_testing
