#!/usr/bin/env bash
# However many requests come at once, no more is spent than the limits allow. What is too
# much waits, says why, and goes on when a reload allows more.
. "$(dirname "$0")/../lib/simulator.sh"

COUNT=24

limit() { # limit AMOUNT: fal paints for 0.03 USD, wavespeed for 0.027
	configured=
	configure limits "spend_per_day = $1"
	configure 'provider fal' 'price = 0.03'
}

reload() {
	write_config
	echo reload >"$MNT/ctl"
}

names() {
	seq --format='%g' 1 $COUNT
}

words() { # how often each word is there: "12 done 12 held"
	local name
	for name in $(names); do
		status "$name.txt"
	done | sort | uniq -c | xargs
}

# All that was charged, in millionths.
charged() {
	jq -n '[inputs | select(.unit == "USD") | .amount] | add // 0 | . * 1000000 | round' \
		"$SIM/ledger"
}

spend_of() { # spend_of PROVIDER: unit, today, this month, pictures
	awk -v name="$1" '$1 == name { print $2, $3, $4, $5 }' "$MNT/spend"
}

limit 0.5
stay_in_a_day
start_simulator
start_painting
writers=()
for name in $(names); do
	provider=fal
	[ $((name % 2)) = 0 ] || provider=wavespeed
	ask "$provider" "$name" "heron $name" &
	writers+=($!)
done
wait "${writers[@]}"
for name in $(names); do
	rest "$name.txt" >/dev/null
done
ok 'the limit holds' test "$(charged)" -le 500000
ok 'and is used up' test "$(charged)" -gt 470000
like "$(words)" '^1[78] done [67] held$' 'what is too much is held'
held=$(for name in $(names); do is_at "$name.txt" held && echo "$name" && break; done)
like "$(cat "$MNT/jobs/$held.txt/error")" \
	'^the limit of 0\.5 USD a day would be passed: 0\.4[0-9]* USD are spent, this costs 0\.0[0-9]* USD; it goes on by itself tomorrow \(UTC\), or after a reload with a higher spend_per_day$' \
	'error says why, and what helps'
like "$(cat "$MNT/jobs/$held.txt/log")" 'held: the limit of 0\.5 USD a day' 'so does the log'

spent=$(sed -n 's/^today, as far as it is known in USD: \(.*\) USD$/\1/p' "$MNT/spend")
is "$(jq -n "$spent * 1000000 | round")" "$(charged)" 'spend knows what was charged'
is "$(grep spend_per_day "$MNT/spend")" 'spend_per_day 0.5 USD' 'spend shows the limit'
is "$(grep '^over' "$MNT/spend")" 'over = hold' 'and what is done beyond it'
is "$(spend_of fal | cut -d' ' -f4)" "$(charges fal heron)" 'spend counts the pictures'
like "$(spend_of wavespeed)" '^USD (0\.[0-9]+) \1 [0-9]+$' 'and tells providers apart'
is "$(grep '^spent' "$MNT/status")" "spent today $spent USD of 0.5" 'status shows both'
# wc(1) believes stat; cat does not.
ok 'its size is what it reads' within 20 '[ "$(stat -c %s "$MNT/spend")" = "$(cat "$MNT/spend" | wc -c)" ]'

echo retry >"$MNT/jobs/$held.txt/ctl"
is "$(rest "$held.txt")" held 'a retry does not get round it'
limit 2
reload
for name in $(names); do
	is "$(rest "$name.txt")" done "$name is done after a reload"
done
is "$(charged)" $((COUNT * 57000 / 2)) 'each is charged once'

# Without a limit, amounts of every unit; status says those apart that have no worth in USD.
limit 0
reload
ask pixeldojo apart 'a plover'
is "$(rest apart.txt)" done 'no limit, no worth needed'
is "$(grep -A1 '^spent' "$MNT/status")" 'spent today 0.684 USD, and 1 credit at pixeldojo' \
	'status says credits apart'
ask scenario apart-2 'another plover'
is "$(rest apart-2.txt)" done 'a third unit'
is "$(grep -A1 '^spent' "$MNT/status")" \
	'spent today 0.684 USD, and 1 credit at pixeldojo, and 5 CU at scenario' 'all of them'
limit 98765.4321
reload
is "$(grep -A1 '^spent' "$MNT/status")" "spent today 0.684 USD of 98765.4321, and 1 credit at pixeldojo,
            and 5 CU at scenario" 'on as many lines as it takes'
limit 2
reload

# An amount that cannot be compared with the limit.
ask pixeldojo credits 'a tern'
is "$(rest credits.txt)" held 'without the worth of a credit'
is "$(cat "$MNT/jobs/credits.txt/error")" \
	'what its unit is worth is not known, and there is a limit in USD: set usd in [provider pixeldojo]' \
	'error says what to set'
is "$(charges pixeldojo tern)" 0 'nothing was sent'
configure 'provider pixeldojo' 'usd = 0.05'
reload
is "$(rest credits.txt)" done 'with it'
is "$(spend_of pixeldojo)" 'credit 2 2 2' 'credits are counted as such'
is "$(jq -n "$(sed -n 's/^spent today \([0-9.]*\) .*/\1/p' "$MNT/status") * 1000 | round")" 784 \
	'and for the day as what they are worth'

# A job of its own: four pictures a call.
limit 100
configure limits 'spend_per_job = 0.2'
reload
ask fal many 'eight gulls' 'count: 8'
is "$(rest many.txt)" held 'a job beyond its limit'
is "$(charges fal gulls)" 1 'the call that fits was made'
like "$(cat "$MNT/jobs/many.txt/error")" '0\.2 USD a job would be passed: 0\.12 USD are spent' \
	'the other is held'
is "$(find "$MNT/images" -name 'many*' | wc -l)" 4 'its pictures are there'
done_testing
