#!/usr/bin/env bash
# -o ro asks no provider anything: neither after jobs that run, nor for models, nor what is
# left.
. "$(dirname "$0")/../lib/simulator.sh"

start_simulator
start_painting
for name in "${PROVIDERS[@]}"; do
	ask "$name" "$name" "a heron {sim:latency=900000}"
done
for name in "${PROVIDERS[@]}"; do
	wait_until "is_at $name.txt running"
done
stop_easelfs
finish_jobs
: >"$SIM/requests"

start_painting -o ro
for i in {1..20}; do
	cat "$MNT"/status "$MNT"/providers/*/* "$MNT"/jobs/*/{status,log,job.json} >/dev/null || break
done
is "$i" 20 'it can be browsed'
is "$(cat "$MNT"/jobs/*/status | sort -u)" running 'what ran still does, as far as it is known'

# A daemon that came later and may ask has asked for models: the first one never will.
browsed=$MNT
MNT=$TESTDIR/second STORE=$TESTDIR/second-store LOG=$TESTDIR/second.log
start_painting
for name in "${PROVIDERS[@]}"; do
	wait_until "[ -n \"\$(requests '.listener == \"$name\" and (.path | contains(\"models\"))')\" ]"
done
stop_easelfs
MNT=$browsed STORE=$TESTDIR/store LOG=$TESTDIR/daemon.log
is "$(jq -r '.listener + " " + .path' "$SIM/requests" | sort | uniq -d)" '' \
	'nothing was asked twice'
is "$(requests '.path | contains("models") or contains("balance") | not')" '' \
	'after no job was asked'
is "$(cat "$MNT"/jobs/*/status | sort -u)" running 'nothing happened'
stop_easelfs

start_painting
for name in "${PROVIDERS[@]}"; do
	is "$(rest "$name.txt")" done "$name: mounted to write, it is fetched"
done
done_testing
