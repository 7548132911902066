#!/usr/bin/env bash
# A list of jobs that comes after `resend` says nothing of what was sent since: the call
# follows the job that its last submission has become.
. "$(dirname "$0")/../lib/replicate.sh"

start_replicate
touch "$SIM/hold-list" "$SIM/hold-submit"
start_easelfs "$CONFIG"
ask replicate heron 'a heron lost once'
is "$(rest heron.txt)" held 'in doubt'
wait_until '[ "$(lists)" = 1 ]'
tell heron.txt resend
wait_until '[ "$(submission_count replicate heron)" = 2 ]'
is "$(status heron.txt)" submitting 'sent again while it is looked for'
rm "$SIM/hold-list"
sleep 1
is "$(status heron.txt)" submitting 'the list is no answer to that'
rm "$SIM/hold-submit"
is "$(rest heron.txt)" done 'its own answer is'
is "$(cat "$MNT/jobs/heron.txt/id")" "$(tail -n 1 "$SIM/ledger" | jq -r .id)" \
	'the job that was paid last is followed'
done_testing
