#!/usr/bin/env bash
# A hundred daemons (fewer under a sanitizer) are killed while requests are written: what close(2) accepted
# is there, every job comes to rest, and every picture is whole.
. "$(dirname "$0")/../lib/quick.sh"
requires sqlite3
rounds=${ROUNDS:-$((100 / SLOWNESS))}
seed=${SEED:-$((RANDOM * 32768 + RANDOM))}
diag "SEED=$seed ROUNDS=$rounds"
RANDOM=$((seed & 32767))

# write FOLDER SEED: requests of some sizes in some pieces, half of them renamed
# into place. Notes "NAME SHA256" in $TESTDIR/accepted once nothing is left that
# could have said no.
write() {
	perl -MDigest::SHA=sha256_hex -MFcntl -e '
		my ($folder, $seed, $notes) = @ARGV;
		srand $seed;
		open my $note, ">>", $notes or die;
		$note->autoflush(1);
		mkdir $folder or exit;
		for my $n (1 .. 12) {
			my $text = "request $n of $folder " . "x" x rand 3000;
			$text .= " y" x rand 40000 if rand() < 0.1;
			my $name = "$folder/$n.txt";
			my $first = rand() < 0.5 ? $name : "$folder/.new-$n";
			sysopen my $file, $first, O_WRONLY | O_CREAT | O_EXCL, 0600 or exit;
			for (my $at = 0; $at < length $text;) {
				my $size = syswrite $file, $text, 1 + rand 8000, $at;
				defined $size or exit;
				$at += $size;
			}
			close $file or exit;
			$first eq $name or rename $first, $name or exit;
			print $note "$name ", sha256_hex($text), "\n";
		}' "$MNT/requests/$1" "$2" "$TESTDIR/accepted" 2>/dev/null
}

# The names in the file $1 whose bytes are not those that were accepted.
differing() {
	perl -MDigest::SHA -ne '
		my ($name, $sum) = split;
		my $there = eval { Digest::SHA->new(256)->addfile($name)->hexdigest } // "missing";
		print "$name: $there\n" if $there ne $sum;' "$1"
}

words() {
	find "$MNT/jobs" -name runs -prune -o -name status -type f -exec cat {} + | sort | uniq -c | awk '{ print $2 "=" $1 }'
}

all_rest() {
	! words | grep -qE '^(writing|queued|submitting|running|fetching)='
}

: >"$TESTDIR/accepted"
lost=
for ((round = 1; round <= rounds; round++)); do
	start_quick
	was=$(wc -l <"$TESTDIR/accepted")
	write "r$round" $((seed + round)) &
	writer=$!
	perl -e 'select undef, undef, undef, $ARGV[0] / 1000' $((RANDOM % 80 * SLOWNESS))
	kill_easelfs --leave
	wait "$writer"
	tail -n +$((was + 1)) "$TESTDIR/accepted" >"$TESTDIR/newest"
	if [ $((round % 10)) = 0 ]; then
		is "$(sqlite3 "$STORE/easelfs.db" 'PRAGMA integrity_check')" ok "the database is sound after round $round"
	fi
	start_quick
	lost+=$(differing "$TESTDIR/newest")
	if [ $((round % 2)) = 0 ]; then
		kill_easelfs --leave # at its first steps
	else
		stop_easelfs
	fi
done
is "$lost" '' "nothing is missing, of $(wc -l <"$TESTDIR/accepted") requests that were accepted"

start_quick
ok 'every job comes to rest' within 60 all_rest
diag "$(words)"
is "$(words | sed 's/=.*//' | grep -vxE 'done|held|empty')" '' 'as done, as held, or as empty'
held=$(find "$MNT/jobs" -name runs -prune -o -name status -type f -exec grep -lx held {} +)
for job in $held; do
	job=${job%/status}
	grep -q 'the daemon stopped while this was being written' "$job/error" ||
		diag "$job: $(cat "$job/error")"
	echo retry >"$job/ctl" || diag "$job: no retry"
done
ok 'what was held can be sent' within 60 all_rest
is "$(words | sed 's/=.*//' | grep -vxE 'done|empty')" '' 'then it is done'
is "$(differing "$TESTDIR/accepted")" '' 'all of them are still what was written'

undone=$(awk '{ print $1 }' "$TESTDIR/accepted" | sed "s,^$MNT/requests/,," |
	while read -r job; do [ "$(status "$job")" = done ] || echo "$job"; done)
is "$undone" '' 'each that was accepted has been painted'
broken=$(find "$MNT/images" -type f -print0 | perl -0 -ne '
	chomp; local $/; open my $f, "<", $_ or print("$_\n"), next; my $bytes = <$f>;
	print "$_\n" if $bytes !~ /^\x89PNG.*IEND\xaeB`\x82$/s || length $bytes != -s $_')
is "$broken" '' "every picture is whole, of $(find "$MNT/images" -type f | wc -l)"
stop_easelfs
is "$(sqlite3 "$STORE/easelfs.db" 'PRAGMA integrity_check')" ok 'the database is sound at the end'
is "$(sqlite3 "$STORE/easelfs.db" 'PRAGMA foreign_key_check')" '' 'and all in it belongs together'
done_testing
