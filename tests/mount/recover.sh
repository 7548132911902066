#!/usr/bin/env bash
# easelfs --recover makes a store again of what is left of a damaged one: pictures keep
# their names where their rows can be read, and nothing is sent by itself afterwards.
. "$(dirname "$0")/../lib/simulator.sh"
requires sqlite3 getfattr setfattr

GOOD=$TESTDIR/good
PAGE=4096

recover() {
	said=$(timeout $((60 * SLOWNESS)) "$EASELFS" --recover "$STORE" 2>&1)
	code=$?
	! grep -qE "$alarms" <<<"$said" || fail "alarming: $said"
	[ $code -eq 0 ]
}

zero_page() { # zero_page NUMBER, from 1
	dd if=/dev/zero of="$STORE/easelfs.db" bs=$PAGE seek=$(($1 - 1)) count=1 conv=notrunc status=none
}

again() { # the good store, to be damaged anew
	rm -rf "$STORE"
	cp -a "$GOOD" "$STORE"
}

pictures_are() { # pictures_are DIRECTORY COUNT: so many, and all end as a PNG does
	local picture count=0
	while read -r picture; do
		tail -c 8 "$picture" | head -c 4 | grep -q IEND || return
		count=$((count + 1))
	done < <(find "$1" -type f)
	[ $count = "$2" ] || {
		diag "$1: $count pictures"
		return 1
	}
}

charged() {
	charges fal ''
}

# --- a store with all kinds of work ---------------------------------------

stay_in_a_day
start_simulator
start_painting
mkdir "$MNT/requests/album"
for i in {1..12}; do
	ask fal "album/bird-$i" "done heron $i"
done
for i in {1..12}; do
	is "$(rest "album/bird-$i.txt")" done "picture $i is painted"
done
mv "$MNT/images/album/bird-3.png" "$MNT/images/renamed.png"
setfattr -n user.note -v kept "$MNT/images/renamed.png"
ask fal doubt 'doubtful heron {sim:drop times=1 after=charge}'
is "$(rest doubt.txt)" held 'one is in doubt'
ask fal running 'running heron {sim:latency=900000}'
wait_until 'is_at running.txt running'
echo pause >"$MNT/ctl"
ask fal waiting 'waiting heron'
wait_until 'is_at waiting.txt queued'
spent=$(awk '$1 == "fal"' "$MNT/spend")
isnt "$spent" '' 'something was spent'
fails_with 'in use by another easelfs' 'a store in use is left alone' "$EASELFS" --recover "$STORE"
kill_easelfs
sent=$(submission_count fal '')
paid=$(charged)
finish_jobs
sqlite3 "$STORE/easelfs.db" 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null # or its copies of pages count
: >"$STORE/easelfs.db-wal" # as a daemon that stops leaves it
cp -a "$STORE" "$GOOD"
pages=$(($(stat -c %s "$GOOD/easelfs.db") / PAGE))

# --- what is not damaged --------------------------------------------------

before=$(sha256sum <"$STORE/easelfs.db")
ok 'a store that is well' recover
like "$said" 'is not damaged; it is left as it is' 'is told so'
is "$(sha256sum <"$STORE/easelfs.db")" "$before" 'and left as it is'
fails_with 'there is no store at' 'no store is none' "$EASELFS" --recover "$TESTDIR/home"
not_ok 'and none is made' test -e "$TESTDIR/home/lock"

# --- damage ---------------------------------------------------------------

# Under the names they had; the rest waits for a person; nobody was asked for anything.
all_is_well() { # all_is_well WHAT
	local what=$1 job
	start_painting
	ok "$what: the pictures are there" pictures_are "$MNT/images" 12
	ok "$what: with their names" test -s "$MNT/images/renamed.png" -a \
		-s "$MNT/images/album/bird-12.png"
	ok "$what: and their bytes" cmp "$MNT/images/renamed.png" "$(find "$GOOD/images" -name '*.bird-3-*')"
	is "$(getfattr --only-values -n user.note "$MNT/images/renamed.png")" kept "$what: and attributes"
	is "$(status album/bird-7.txt)" done "$what: jobs are there"
	like "$(cat "$MNT/jobs/album/bird-7.txt/prompt")" 'done heron 7' "$what: and their prompts"
	is "$(awk '$1 == "fal"' "$MNT/spend")" "$spent" "$what: so is what was spent"
	echo resume >"$MNT/ctl"
	echo reload >"$MNT/ctl"
	for job in doubt waiting; do
		is "$(rest $job.txt)" held "$what: $job is held"
		like "$(<"$MNT/jobs/$job.txt/job.json")" '"status": "held"' "$what: in job.json, too"
	done
	like "$(<"$MNT/jobs/doubt.txt/error")" 'closed the connection' "$what: what was in doubt says why"
	like "$(<"$MNT/jobs/waiting.txt/error")" 'damaged and rebuilt.*retry' "$what: so does the rest"
	ok "$what: what the provider has is asked for and fetched" within 20 'is_at running.txt done'
	like "$(tail -n 1 "$MNT/jobs/waiting.txt/log")" 'damaged and rebuilt' "$what: and in the log"
	not_ok "$what: no place for what was lost is left" test -e "$MNT/requests/recovered"
	is "$(submission_count fal '') $(charged)" "$sent $paid" "$what: nothing is sent"
}

again
dd if=/dev/urandom of="$STORE/easelfs.db" bs=$PAGE count=1 conv=notrunc status=none
head=$(sha256sum <"$STORE/easelfs.db")
ok 'without its first page' recover
like "$said" '12 pictures under their own names' 'it is told how many pictures there are'
like "$said" '3 runs held' 'and how many wait'
kept=$(sed -n 's/^The damaged database is kept as \(.*\)\.$/\1/p' <<<"$said")
is "$(sha256sum <"$kept")" "$head" 'the damaged one is kept'
is "$(sqlite3 "$STORE/easelfs.db" 'PRAGMA integrity_check; PRAGMA foreign_key_check')" ok \
	'the new one is sound'
all_is_well 'first page'
tell waiting.txt retry
is "$(rest waiting.txt)" done 'what was never sent can be sent'
tell doubt.txt cancel
is "$(rest doubt.txt)" cancelled 'what is in doubt can be given up'
ask fal later 'later heron'
is "$(rest later.txt)" done 'and new work is done'
stop_easelfs
sent=$(submission_count fal '')
paid=$(charged)

again
zero_page 1
fails_with "easelfs --recover $STORE" 'the daemon says what to do' \
	"$EASELFS" -f -o "store=$STORE" "$CONFIG" "$MNT"
ok 'with a first page of zeros' recover
all_is_well 'zeros'
stop_easelfs

again
zero_page "$(sqlite3 "file:$STORE/easelfs.db?immutable=1" \
	"SELECT rootpage FROM sqlite_master WHERE name = 'file_changing'")"
fails_with "easelfs --recover $STORE" 'so does one that meets the damage later' \
	"$EASELFS" -f -o "store=$STORE" "$CONFIG" "$MNT"

mounts() { # mounts WHAT: whatever is left, every whole picture is there, and nothing is sent
	start_painting
	ok "$1: every picture is there" pictures_are "$MNT/images" 12
	is "$(grep -rlE '^(queued|submitting|running|fetching)' "$MNT"/jobs --include=status | wc -l)" 0 \
		"$1: nothing is under way"
	is "$(submission_count fal '') $(charged)" "$sent $paid" "$1: nothing is sent"
	stop_easelfs
}

for ((n = 2; n <= pages; n++)); do
	again
	zero_page $n
	if ! sqlite3 "$STORE/easelfs.db" 'PRAGMA integrity_check(1)' 2>&1 | grep -qx ok; then
		recover || fail "page $n: $said"
		[[ $said == *"is rebuilt"* ]] || fail "page $n: $said"
		is "$(sqlite3 "$STORE/easelfs.db" 'PRAGMA integrity_check; PRAGMA foreign_key_check')" ok \
			"page $n of zeros"
		[ $((n % 6)) != 0 ] || mounts "page $n of zeros"
	fi
done
for part in 4 2; do
	again
	truncate -s $((pages * PAGE / part + 100)) "$STORE/easelfs.db"
	ok "cut to one of $part parts" recover
	mounts "one of $part"
done

again
rm -f "$STORE"/easelfs.db*
printf 'half a picture' >"$(find "$STORE/images" -mindepth 1 -type d -print -quit)/half.png"
ok 'without a database' recover
like "$said" '12 pictures without a name, in images/recovered/' 'its pictures are found'
like "$said" 'not whole: .*half.png' 'what is none is told'
start_painting
ok 'they are in images/recovered' pictures_are "$MNT/images/recovered" 12
is "$(find "$MNT/images/recovered" -name 'album.bird-5-*.png' | wc -l)" 1 'under the names of their files'
ok 'they can be moved' mv "$(find "$MNT/images/recovered" -name 'album.bird-5-*.png')" "$MNT/images/five.png"
is "$(status recovered/pictures)" done 'their job says where they come from'
stop_easelfs
zero_page 1
ok 'a second time' recover
start_painting
ok 'names that were given since are kept' test -s "$MNT/images/five.png"
ok 'and all are there' pictures_are "$MNT/images" 12
stop_easelfs
stop_simulator
done_testing
