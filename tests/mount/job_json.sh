#!/usr/bin/env bash
# jobs/P/job.json says what the files beside it say, and is JSON in every state.
. "$(dirname "$0")/../lib/quick.sh"
perl -MJSON::PP -e 1 2>/dev/null || skip 'no JSON::PP'

# Compares job.json with the files in the same folder; says what differs. Before
# the first run there is a status alone.
agrees() {
	perl -MJSON::PP -e '
		my $dir = shift;
		sub text { open my $f, "<", "$dir/$_[0]" or die "$_[0]: $!"; local $/; my $t = <$f>; $t //= ""; $t =~ s/\n\z//; $t }
		my $json = decode_json(text("job.json"));
		for my $key (qw(status progress error prompt provider model seed cost created finished)) {
			next if !exists $json->{$key} && !exists $json->{run} && $key eq "created";
			my $said = $json->{$key} // "";
			utf8::encode($said) if utf8::is_utf8($said);
			$said =~ s/\n\z//;
			print "$key: $said, but the file says ", text($key), "\n" if $said ne text($key);
		}
		my $ids = join "\n", @{$json->{id} // []};
		print "id: $ids, but the file says ", text("id"), "\n" if $ids ne text("id");
		my $canonical = JSON::PP->new->canonical->allow_nonref;
		my $params = $canonical->encode($json->{params});
		my $file = $canonical->encode(text("params.json") eq "" ? undef : decode_json(text("params.json")));
		print "params: $params, but the file says $file\n" if $params ne $file;' "$MNT/jobs/$1"
}

member() {
	perl -MJSON::PP -0777 -ne '
		BEGIN { $path = shift }
		$v = decode_json($_);
		$v = ref $v eq "ARRAY" ? $v->[$_] : $v->{$_} for split /\./, $path;
		print $v' "$2" "$MNT/jobs/$1/job.json"
}

start_quick
printf '"quotes" \\ and\ttabs,\nélan 漢字\n' >"$MNT/requests/done.txt"
echo 'fail="no"_\paint' >"$MNT/requests/failed.txt"
printf '\xff' >"$MNT/requests/rejected.txt"
: >"$MNT/requests/empty.txt"
echo "12% until=$TESTDIR/go" >"$MNT/requests/running.txt"
exec 7>"$MNT/requests/writing.txt"
for job in done failed rejected empty; do
	is "$(rest $job.txt)" $job "a job that is $job"
done
wait_until '[ "$(cat "$MNT/jobs/running.txt/progress")" = 12 ]'
for job in done failed rejected empty running writing; do
	is "$(agrees $job.txt)" '' "says the same as its files: $job"
	is "$(member $job.txt status)" $job "and its status: $job"
done
# shellcheck disable=SC2034 # wait_until reads it
second=$(date +%s)
wait_until '[ "$(date +%s)" -gt "$second" ]'
echo 'a prompt at last' >&7
exec 7>&-
is "$(rest writing.txt)" done 'what was written for more than a second is painted'
is "$(agrees writing.txt)" '' 'and was created when its run was'
touch "$TESTDIR/go"

is "$(member done.txt run)" 1 'the number of the run'
is "$(member done.txt images.0.name)" done.png 'the name of the picture'
is "$(member done.txt images.0.size)" "$(stat -c %s "$MNT/images/done.png")" 'its size'
is "$(member done.txt images.0.sha256)" "$(sha256sum <"$MNT/images/done.png" | cut -d' ' -f1)" 'its checksum'
is "$(member done.txt calls.0.seed)" "$(cat "$MNT/jobs/done.txt/seed")" 'the seed of its call'
is "$(rest running.txt)" done 'the running one ends'
is "$(agrees running.txt)" '' 'and says the same again'
done_testing
