#!/usr/bin/env bash
# A provider that tells no cost, and no price is known: what a picture cost is not known, and
# nothing says otherwise.
. "$(dirname "$0")/../lib/simulator.sh"
requires getfattr

start_simulator
PROFILE_EDIT='/^\[price\]/,/^$/d'
start_painting
ask fal heron 'a heron'
is "$(rest heron.txt)" done 'it is painted'
is "$(cat "$MNT/jobs/heron.txt/cost")" '' 'cost is empty'
is "$(field heron.txt '.calls[0].cost')" null 'job.json has null'
fails_with 'No such attribute' 'there is no user.easelfs.cost' \
	getfattr --absolute-names --only-values -n user.easelfs.cost "$MNT/images/heron.png"
is "$(awk '$1 == "fal" { print $5 }' "$MNT/spend")" 1 'the picture is counted'
is "$(cat "$MNT/providers/fal/price")" '' 'the price is empty'
done_testing
