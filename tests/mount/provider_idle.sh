#!/usr/bin/env bash
# A pause ends in time whatever else is asked of that provider, and a provider that is gone
# gives the daemon nothing to do.
. "$(dirname "$0")/../lib/simulator.sh"

ticks() { # of CPU time, 10 ms each
	sed 's/.*) //' "/proc/${daemon_pid[$MNT]}/stat" | awk '{ print $12 + $13 }'
}

start_simulator
fault '100%:delay=600000 on=other provider=wavespeed'
mkdir "$TESTDIR/profiles"
cp "$TOP/conf/providers/fal.ini" "$TESTDIR/profiles/passing.ini"
configure 'provider passing' "$(sed -n '/^\[provider fal\]/,/^$/ { /^[bk]/p }' "$SIM/easelfs.ini")"
start_painting
ask wavespeed paused 'a heron {sim:status=429 retry-after=6 times=1}'
ask passing gone 'a heron {sim:status=429 retry-after=5 times=1}'
wait_until 'grep -q "not taken" "$MNT/jobs/gone.txt/log"'
rm "$TESTDIR/profiles/passing.ini"
configured=
write_config
echo reload >"$MNT/ctl"
wait_until '[ -n "$(requests ".listener == \"wavespeed\" and .method == \"GET\"")" ]'
is "$(status paused.txt)" queued 'busy, and slow to say what models it has'
ok 'the request is sent when the pause is over' within 30 'is_at paused.txt done'
is "$(charges wavespeed heron)" 1 'and charged once'
is "$(status gone.txt)" queued 'one for a provider that is gone waits'
sleep 2
before=$(ticks)
sleep 2
ok 'and costs no time' test $(($(ticks) - before)) -lt 40
done_testing
