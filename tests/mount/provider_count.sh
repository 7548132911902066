#!/usr/bin/env bash
# Several pictures: in one call where the provider makes so many, else in as many calls as
# it takes, each with a seed of its own, so that no picture is bought twice.
. "$(dirname "$0")/../lib/simulator.sh"

start_simulator
start_painting
ask scenario single 'three herons' 'count: 3' 'seed: 2147483646'
ask fal together 'three terns' 'count: 3' 'seed: 7'
ask fal more 'six gulls' 'count: 6' 'seed: 10'

is "$(rest single.txt)" done 'one picture a call'
is "$(submissions scenario herons | jq -r .seed | sort -n | paste -sd' ')" \
	'0 2147483646 2147483647' 'three calls, seeds in sequence, and after the last the first'
is "$(charges scenario herons)" 3 'each is charged'
is "$(sort -u "$MNT/jobs/single.txt/id" | wc -l)" 3 'an id a call'
is "$(cat "$MNT/jobs/single.txt/cost")" 15 'the cost of all'
is "$(field single.txt '"\(.cost) \(.id | join(" "))"')" "15 $(paste -sd' ' "$MNT/jobs/single.txt/id")" \
	'job.json has both'
is "$(jq length "$MNT/jobs/single.txt/request.json")" 3 'request.json has them all'

is "$(rest together.txt)" done 'all in a call'
is "$(submissions fal terns | jq -c '[.num_images, .seed]')" '[3,7]' 'one call for three'
is "$(charges fal terns)" 1 'is charged once'

is "$(rest more.txt)" done 'more than a call gives'
is "$(submissions fal gulls | jq -c '[.num_images, .seed]' | sort -r | paste -sd' ')" \
	'[4,10] [2,14]' 'two calls, seeds by the number of pictures'
for file in request.json response.json job.json; do
	# wc(1) believes stat; cat does not.
	# shellcheck disable=SC2002
	is "$(stat -c %s "$MNT/jobs/more.txt/$file")" "$(cat "$MNT/jobs/more.txt/$file" | wc -c)" \
		"the size of $file"
done

for name in single together; do
	is "$(cd "$MNT/images" && echo $name*.png)" "$name-2.png $name-3.png $name.png" \
		"$name: three pictures"
	is "$(sha256sum "$MNT/images/$name"*.png | cut -d' ' -f1 | sort -u | wc -l)" 3 \
		"$name: none like another"
done
is "$(find "$MNT/images" -name 'more*.png' | wc -l)" 6 'six pictures'
done_testing
