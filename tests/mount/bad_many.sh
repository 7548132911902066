#!/usr/bin/env bash
# 10,000 files in a folder, as scratch and as requests: all are there, listed once
# each, and nothing else gets slow or lost; neither by a restart.
. "$(dirname "$0")/../lib/quick.sh"

count=10000
requests=$MNT/requests jobs=$MNT/jobs

names() { # FOLDER: how many names, how many different ones
	ls -U "$1" >"$TESTDIR/names"
	echo "$(wc -l <"$TESTDIR/names") $(sort -u "$TESTDIR/names" | wc -l)"
}

wait_in_all() { # COUNT
	[[ $(<"$MNT/status") = *", waiting $1,"* ]]
}

start_quick
mkdir "$requests/.many"
ok "$count files are written" perl -e 'my ($folder, $count) = @ARGV;
	for my $n (1 .. $count) {
		open my $file, ">", "$folder/$n.txt" or die "$n: $!\n";
		print $file "number $n\n";
		close $file or die "$n: $!\n";
	}' "$requests/.many" $count
is "$(names "$requests/.many")" "$count $count" 'and listed'
is "$(ls "$jobs")" '' 'they are scratch'
echo pause >"$MNT/ctl"
ok 'renamed, they are requests' mv "$requests/.many" "$requests/many"
is "$(names "$requests/many") $(names "$jobs/many")" "$count $count $count $count" 'listed, with their jobs'
mkdir "$requests/beside"
before=$(now_ms)
echo 'a cat' >"$requests/beside/a.txt"
ok 'one beside them can be written at once' test $(($(now_ms) - before)) -lt $((3000 * SLOWNESS))
ok 'all of them wait' within 60 'wait_in_all 10001'
is "$(<"$requests/many/$count.txt") $(<"$jobs/many/77.txt/prompt")" "number $count number 77" 'each is itself'

stop_easelfs
start_quick
is "$(names "$jobs/many")" "$count $count" 'kept over a restart'
ok 'they still wait' within 30 'wait_in_all 10001'
ok 'the folder can be renamed' mv "$requests/many" "$requests/more"
is "$(names "$jobs/more")" "$count $count" 'the jobs move along'
ok 'a hundred jobs can be removed' rm -r "$jobs/more/"99??.txt
is "$(names "$jobs/more") $(names "$requests/more")" "$((count - 100)) $((count - 100)) $count $count" \
	'they are gone, their requests are not'
ok 'the rest can be cancelled' bash -c 'for ctl; do echo cancel >"$ctl" || exit; done' - "$jobs/more"/1???.txt/ctl
ok 'they wait no more' within 30 "wait_in_all $((count - 1100 + 1))"
done_testing
