#!/usr/bin/env bash
# What it takes to learn that pictures are finished: tests/bench/polling.sh [BUILD]
#
# For each provider 2,000 requests are written by one cp -r and painted, 200 at a time, by
# a simulator whose jobs take a lognormal time. Beside it, with a simulator of its own that
# draws the same times, fixed_poller asks at the interval of the provider's clients.
# Then, reckoned and not measured, how it would be with jobs that take longer. BENCH_JOBS,
# BENCH_IN_FLIGHT, BENCH_LATENCY and BENCH_PROVIDERS change what is done.
# docs/performance.md explains the table.

if [ -n "${1:-}" ]; then
	EASELFS_BUILD=$(realpath "$1")
fi
. "$(dirname "$0")/../lib/mount.sh"
requires python3 easelfs-simulator fixed_poller pace_table

JOBS=${BENCH_JOBS:-2000}
IN_FLIGHT=${BENCH_IN_FLIGHT:-200}
LATENCY=${BENCH_LATENCY:-lognormal:3000,0.5}
PROVIDERS=${BENCH_PROVIDERS:-fal wavespeed scenario pixeldojo}
measure=(python3 "$TOP/tests/bench/polling.py")

# How the provider's clients ask, and the key of the simulator.
declare -A interval_ms=([fal]=500 [wavespeed]=1000 [scenario]=3000 [pixeldojo]=2000)
declare -A authorization=(
	[fal]='Key sim-key'
	[wavespeed]='Bearer sim-key'
	[scenario]="Basic $(printf 'sim-key:sim-secret' | base64)"
	[pixeldojo]='Bearer sim-key'
)

# PixelDojo is asked as Scenario is: a part of the jobs will do.
jobs_of() {
	if [ "$1" = pixeldojo ]; then
		echo $((JOBS / 4))
	else
		echo "$JOBS"
	fi
}

# Fills simulator_pid; its files are DIRECTORY/WHO-*.
start_simulator() { # start_simulator DIRECTORY WHO
	easelfs-simulator --config="$1/$2.ini" --port-file="$1/$2-ports" --seed=1 \
		--balance=1000000 --latency="$LATENCY" --state="$1/$2-jobs" \
		--requests="$1/$2-requests" >"$1/$2-log" 2>&1 &
	simulator_pid=$!
	wait_until "[ -s '$1/$2-ports' ]"
}

run_provider() { # run_provider NAME
	local dir=$TESTDIR/$1 jobs pids=() fixed i
	jobs=$(jobs_of "$1")
	mkdir -p "$dir/requests/$1"
	for ((i = 0; i < jobs; i++)); do
		echo "learned $i" >"$dir/requests/$1/$i.txt"
	done
	for i in learned fixed; do
		start_simulator "$dir" "$i"
		pids+=("$simulator_pid")
	done
	sed -i "s/^provider = .*/provider = $1/" "$dir/learned.ini"
	printf '\n[limits]\nin_flight = %d\n' "$IN_FLIGHT" >>"$dir/learned.ini"
	STORE=$dir/store
	start_easelfs "$dir/learned.ini"
	fixed_poller "$TOP/conf/providers/$1.ini" \
		"$(sed -n "s/^$1 //p" "$dir/fixed-ports")" "Authorization: ${authorization[$1]}" \
		"$jobs" "$IN_FLIGHT" "${interval_ms[$1]}" >"$dir/fixed" &
	fixed=$!
	"${measure[@]}" paint "$MNT" "${daemon_pid[$MNT]}" "$jobs" "$dir/requests/$1" "$dir/seen" ||
		fail "$1: no measurement"
	wait "$fixed" || fail "$1: the fixed poller failed"
	i=$(find "$MNT/images" -type f -size +0 | wc -l)
	[ "$i" = "$jobs" ] || fail "$1: $i pictures of $jobs"
	stop_easelfs
	kill "${pids[@]}"
	wait "${pids[@]}"
	"${measure[@]}" row "$1" "${interval_ms[$1]}" "$IN_FLIGHT" "$dir"
	rm -rf "$dir"
}

echo "$(nproc) processors,$(sed -n 's/^model name[^:]*://p' /proc/cpuinfo | head -n 1), Linux $(uname -r)"
echo "$JOBS jobs (pixeldojo $(jobs_of pixeldojo)), $IN_FLIGHT at a time, $LATENCY"
echo
"${measure[@]}" head
for provider in $PROVIDERS; do
	run_provider "$provider"
done
echo
echo 'reckoned, jobs of lognormal duration (sigma 0.5), no network:'
pace_table
[ "$tests_failed" -eq 0 ]
