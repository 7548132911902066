#!/usr/bin/env bash
# A provider that says the key when it is asked for its models, or one that was replaced
# since, does not get it into a file either.
. "$(dirname "$0")/../lib/replicate.sh"

says() {
	cat "$MNT/providers/$1/status"
}

start_replicate
touch "$SIM/hold-submit"
for name in models no-models; do
	printf '%s\n' '[models]' "request = GET /$name" 'items = /results/*' 'id = /id' |
		cat "$REPLICATE_INI" - >"${REPLICATE_INI%/*}/$name.ini"
done
start_easelfs "$CONFIG"
ask replicate gull 'a quoted gull'
wait_until '[ "$(submission_count replicate gull)" = 1 ]'
for name in models no-models; do
	wait_until "says $name | grep -q ^models"
	not_ok "$name: nothing of it is kept" grep -q $'^models\tread' <(says $name)
done
printf '[provider replicate]\nkey = file:%s\n' "$TESTDIR/key" >>"$CONFIG"
(umask 077 && echo r9-key >"$TESTDIR/key")
echo reload >"$MNT/ctl"
rm "$SIM/hold-submit"
is "$(rest gull.txt)" failed 'a key that was replaced is said in an error'
like "$(cat "$MNT/jobs/gull.txt/error")" '[a-z]{3}' 'of which something is told'
is "$(grep -rlaF r8-key "$MNT")" '' 'not in the mount'
is "$(grep -rlaF r8-key "$STORE")" '' 'not in the store'
is "$(grep -laF r8-key "$LOG")" '' 'not in the log'
done_testing
