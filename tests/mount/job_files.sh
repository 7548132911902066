#!/usr/bin/env bash
# jobs/P/: its files, what each says, and that stat knows their sizes.
. "$(dirname "$0")/../lib/quick.sh"

check_sizes() { # JOB
	local file wrong=
	# wc(1) believes stat; cat does not.
	# shellcheck disable=SC2002
	for file in "$MNT/jobs/$1"/*; do
		[ -f "$file" ] || continue
		[ "$(stat -c %s "$file")" = "$(cat "$file" | wc -c)" ] || wrong+=" ${file##*/}: size;"
		[ -z "$(tail -c 1 "$file" | tr -d '\n')" ] || wrong+=" ${file##*/}: no newline;"
	done
	is "$wrong" '' "sizes are exact and lines have ends: $1"
}

value() {
	cat "$MNT/jobs/$1"
}

time_form='^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$'

start_quick
echo 'a good picture' >"$MNT/requests/good.txt"
echo 'fail=out_of_paint' >"$MNT/requests/bad.txt"
printf 'no UTF-8: \xff\n' >"$MNT/requests/odd.txt"
echo "40% until=$TESTDIR/go" >"$MNT/requests/slow.txt"
: >"$MNT/requests/empty.txt"
exec 7>"$MNT/requests/open.txt"
is "$(rest good.txt)" done 'one is done'
is "$(rest bad.txt)" failed 'one failed'
is "$(rest odd.txt)" rejected 'one is rejected'
is "$(rest empty.txt)" empty 'one is empty'
wait_until 'is_under_way slow.txt && [ "$(value slow.txt/progress)" = 40 ]'
is "$(status open.txt)" writing 'one is being written'

files='cost created ctl error finished id images job.json log model params.json progress prompt provider request.json response.json runs seed status'
for job in good bad odd empty slow open; do
	is "$(cd "$MNT/jobs/$job.txt" && echo *)" "$files" "all files are listed: $job.txt"
	check_sizes "$job.txt"
done
ok '`wait` is there' test -f "$MNT/jobs/slow.txt/wait"
ok 'but who reads everything is not held up' timeout $((20 * SLOWNESS)) grep -rq . "$MNT/jobs"

is "$(value good.txt/progress)" 100 'progress of what is done'
is "$(value good.txt/error)" '' 'no error'
is "$(value good.txt/prompt)" 'a good picture' 'the prompt'
is "$(value good.txt/provider)" quick 'the provider'
is "$(value good.txt/model)" dab 'the model'
like "$(value good.txt/seed)" '^[0-9]{1,10}$' 'the seed'
is "$(value good.txt/cost)" 0 'the cost'
is "$(value good.txt/id)" '' 'a painter of this machine gives no id'
like "$(value good.txt/created)" "$time_form" 'when it was created'
like "$(value good.txt/finished)" "$time_form" 'when it was finished'
like "$(value good.txt/log)" 'queued.*submitting.*running.*picture good\.png, 8 × 8.*done' 'the log tells the story'

like "$(value bad.txt/error)" 'out of paint' 'an error in words'
is "$(value bad.txt/progress)" '' 'no progress after a failure'
like "$(value bad.txt/finished)" "$time_form" 'a failure has its time, too'
is "$(value slow.txt/finished)" '' 'what runs is not finished'
is "$(value open.txt/prompt)" '' 'what is being written has no prompt yet'

exec 7>&-
touch "$TESTDIR/go"
is "$(rest slow.txt)" done 'the slow one ends'
is "$(value slow.txt/progress)" 100 'at 100'
done_testing
