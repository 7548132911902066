#!/usr/bin/env bash
# A picture that was within image_bytes when it came is kept, whatever a reload makes of the
# limit before the others are there.
. "$(dirname "$0")/../lib/replicate.sh"

start_replicate
touch "$SIM/hold-image"
start_easelfs "$CONFIG"
ask replicate terns 'two terns' 'count: 2'
wait_until '[ "$(requests ".listener == \"images\"" | wc -l)" = 2 ]'
printf '[limits]\nimage_bytes = 64\n' >>"$CONFIG"
echo reload >"$MNT/ctl"
rm "$SIM/hold-image"
is "$(rest terns.txt)" failed 'one is there, one is beyond the limit'
like "$(cat "$MNT/jobs/terns.txt/error")" 'image_bytes' 'error says which limit'
is "$(cd "$MNT/images" && echo *)" terns.png 'the first is kept'
is "$(charges replicate terns)" 1 'one charge'
done_testing
