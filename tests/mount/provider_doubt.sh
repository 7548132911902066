#!/usr/bin/env bash
# A submission whose outcome cannot be known is held and never sent again by itself: not
# after a restart, not by retry. resend sends it again.
. "$(dirname "$0")/../lib/simulator.sh"

rows() {
	cat <<-'ROWS'
		scenario   reset after=charge
		pixeldojo  status=500 after=charge
		wavespeed  envelope=500 after=charge
		fal        noid
		fal        drop after=charge
		scenario   html=200 after=charge
		pixeldojo  truncate=20
		wavespeed  garbage
	ROWS
}

start_simulator
start_painting
i=0
while read -r name fault; do
	ask "$name" doubt-$((i += 1)) "doubtful heron $i {sim:$fault times=1}"
done < <(rows)

look() { # look WHEN
	local i=0 name fault
	while read -r name fault; do
		i=$((i + 1))
		is "$(rest doubt-$i.txt)" held "$1: $name, $fault"
		is "$(charges "$name" "heron $i ") $(submission_count "$name" "heron $i ")" '1 1' \
			"$1: charged and sent once"
		like "$(cat "$MNT/jobs/doubt-$i.txt/error")" \
			'cannot be known.*may have been paid.*resend' "$1: error tells what to do"
	done < <(rows)
}

look 'held'
stop_easelfs
start_painting
ask scenario passing 'something else'
is "$(rest passing.txt)" done 'the provider paints others'
look 'after a restart'
kill_easelfs
start_painting
look 'after a crash'
echo reload >"$MNT/ctl"
fails_with 'resource busy' 'retry is no way' tell doubt-1.txt retry
ask scenario passing 'something else again'
is "$(rest passing.txt)" done 'all goes on'
look 'after a reload'

tell doubt-1.txt resend
wait_until '! is_at doubt-1.txt held'
is "$(rest doubt-1.txt)" done 'resend sends it again'
is "$(charges scenario 'heron 1 ')" 2 'and pays twice'
like "$(cat "$MNT/jobs/doubt-1.txt/log")" 'twice' 'which log says'
is "$(submissions scenario 'heron 1 ' | jq .seed | uniq | wc -l)" 1 'the seed is the same'
tell doubt-2.txt cancel
is "$(rest doubt-2.txt)" cancelled 'it can be given up'
is "$(awk '$1 == "pixeldojo" { print $3 }' "$MNT/spend")" 2 'and counts as spent'
is "$(submission_count pixeldojo 'heron 2 ')" 1 'without being sent'
done_testing
