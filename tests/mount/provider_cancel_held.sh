#!/usr/bin/env bash
# What is cancelled while its submission is on its way, and then is not taken for want of a
# key or of credit, is not sent when both are there. One that may have been taken is held.
. "$(dirname "$0")/../lib/simulator.sh"

start_simulator
start_painting
ask scenario key 'a heron {sim:status=401} {sim:delay=1000}'
ask pixeldojo credit 'a heron {sim:status=402} {sim:delay=1000}'
ask wavespeed forgotten 'a heron {sim:status=402} {sim:delay=1000}'
ask fal doubt 'a heron {sim:status=500} {sim:delay=1000}'
for job in key credit forgotten doubt; do
	wait_until "is_at $job.txt submitting"
done
for job in key credit doubt; do
	tell $job.txt cancel
done
rmdir "$MNT/jobs/forgotten.txt"
for job in key credit; do
	is "$(rest $job.txt)" cancelled "$job: cancelled"
done
is "$(rest doubt.txt)" held 'doubt: held'
wait_until 'grep -q "\"job\":\"forgotten.txt\".*cancelled" "$MNT/events"'

echo reload >"$MNT/ctl"
ask fal later 'a tern'
is "$(rest later.txt)" done 'after a reload others paint'
stop_easelfs
start_painting
ask fal last 'a tern'
is "$(rest last.txt)" done 'after a restart, too'
is "$(status key.txt) $(status credit.txt)" 'cancelled cancelled' 'these are cancelled'
is "$(status doubt.txt)" held 'and that is still in doubt'
for name in "${PROVIDERS[@]}"; do
	is "$(submission_count "$name" heron) $(charges "$name" heron)" '1 0' "$name: sent once"
done
done_testing
