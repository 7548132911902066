#!/usr/bin/env bash
# More pictures than a call makes are several calls, each with a seed of its own.
# What is finished appears; with some missing the run has failed, and retry asks
# for the missing ones alone.
. "$(dirname "$0")/../lib/quick.sh"

ask() { # PATH SEED COUNT PROMPT
	printf -- '---\nseed: %s\ncount: %s\n---\n%s\n' "$2" "$3" "$4" >"$MNT/requests/$1"
}
pictures() {
	find "$MNT/jobs/$1/images" -name '*.png' -printf '%f\n' | sort -V | tr '\n' ' '
}
seeds() { # in the order of the calls
	grep -oE '\.part","[0-9]+"' "$MNT/jobs/$1/request.json" | grep -oE '[0-9]+' | tr '\n' ' '
}
error() {
	head -n 1 "$MNT/jobs/$1/error"
}

start_quick
ask three.txt 7 3 'a cat'
is "$(rest three.txt)" done 'three pictures'
is "$(pictures three.txt)" 'three.png three-2.png three-3.png ' 'have three names'
is "$(seeds three.txt)" '7 8 9 ' 'and three seeds, one after the other'
is "$(cat "$MNT/images/"three*.png | wc -c) $(sha256sum "$MNT/images/"three*.png | cut -c1-64 | sort -u | wc -l)" \
	"$((3 * $(stat -c %s "$MNT/images/three.png"))) 3" 'they differ'
is "$(find "$MNT/jobs/three.txt/images" -type l -exec test -s {} \; -printf . | wc -c)" 3 'all can be read'
ask last.txt 2147483647 2 'a cat'
is "$(rest last.txt) $(seeds last.txt)" 'done 2147483647 0 ' 'after the last seed comes 0'
ask many.txt 1 16 'a cat'
is "$(rest many.txt) $(find "$MNT/jobs/many.txt/images" -name '*.png' | wc -l)" 'done 16' 'sixteen'

ask part.txt 7 3 "for=7:needs=$TESTDIR/x for=9:needs=$TESTDIR/y a cat"
is "$(rest part.txt)" failed 'two of three calls fail'
like "$(error part.txt)" '^1 of 3 pictures' 'the error says how many there are'
is "$(pictures part.txt)" 'part.png ' 'the one that is there is shown'
ok 'and can be read' test -s "$MNT/images/part.png"
before=$(sha256sum <"$MNT/images/part.png")
touch "$TESTDIR/y"
tell part.txt retry
is "$(rest part.txt)" failed 'retry, with one still failing'
like "$(error part.txt)" '^2 of 3 pictures' 'is one more'
touch "$TESTDIR/x"
tell part.txt retry
is "$(rest part.txt)" done 'retry, with none'
is "$(error part.txt)" '' 'is without an error'
is "$(find "$MNT/jobs/part.txt/images" -name '*.png' | wc -l) $(run_number part.txt)" '3 1' 'three pictures of one run'
is "$(sha256sum <"$MNT/images/part.png")" "$before" 'the first was not made again'
is "$(grep -c ' submitting$' "$MNT/jobs/part.txt/log")" 6 'three calls, two, and one'
fails_with 'busy' 'more cannot be retried' tell part.txt retry

ask none.txt 7 3 'fail=out_of_paint a cat'
is "$(rest none.txt)" failed 'all three fail'
like "$(error none.txt)" 'out of paint' 'the error says why'
is "$(pictures none.txt)" '' 'there is no picture'

ask slow.txt 7 3 "for=8:until=$TESTDIR/go a cat"
wait_until '[ "$(pictures slow.txt | wc -w)" = 2 ]'
is "$(status slow.txt)" running 'pictures of finished calls appear at once'
touch "$TESTDIR/go"
is "$(rest slow.txt) $(pictures slow.txt | wc -w)" 'done 3' 'the last comes later'

ask stop.txt 7 3 "for=7:until=$TESTDIR/never for=8:fail=no a cat"
wait_until '[ "$(pictures stop.txt | wc -w)" = 1 ]'
tell stop.txt cancel
like "$(rest stop.txt)" '^(cancelled|failed)$' 'cancelled, the others keep what they have'
is "$(pictures stop.txt | wc -w)" 1 'the picture that was made stays'
done_testing
