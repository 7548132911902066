#!/usr/bin/env bash
# A key that is refused after a reload has replaced it closes nobody's door: the request goes
# with the new one.
. "$(dirname "$0")/../lib/replicate.sh"

start_replicate
touch "$SIM/hold-submit"
start_easelfs "$CONFIG"
ask replicate gull 'a revoked gull'
wait_until '[ "$(submission_count replicate gull)" = 1 ]'
echo reload >"$MNT/ctl"
rm "$SIM/hold-submit"
is "$(rest gull.txt)" done 'it is painted'
is "$(charges replicate gull) $(submission_count replicate gull)" '1 2' 'charged once'
is "$(head -n 1 "$MNT/providers/replicate/status")" ready 'the provider is ready'
ask replicate tern 'a revoked tern'
is "$(rest tern.txt)" held 'one refused under the rules in force is held'
like "$(head -n 1 "$MNT/providers/replicate/status")" 'key refused' 'and the provider is not ready'
done_testing
