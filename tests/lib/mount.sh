# shellcheck shell=bash
# Verbs for mount tests. A test is a bash script, executable, one behaviour:
#
#     #!/usr/bin/env bash
#     # A picture appears under the name of its request.
#     . "$(dirname "$0")/../lib/mount.sh"
#     requires setfattr
#     start_easelfs
#     echo 'a lighthouse' >"$MNT/requests/lighthouse.txt"
#     is "$(rest lighthouse.txt)" done 'the job ends'
#     ok 'the picture is there' test -s "$MNT/images/lighthouse.png"
#     stop_easelfs
#     done_testing
#
# It runs alone (tests/mount/x.sh, after make) as well as under tests/run.
#
# Places   $TESTDIR (removed at the end), $MNT, $STORE, $LOG (stderr of the
#          daemon), $TOP (the source tree or its copy), $BUILD, $EASELFS.
#          HOME is $TESTDIR/home, so no configuration of a person is read.
# Daemon   start_easelfs [ARGUMENT…]   stop_easelfs   kill_easelfs [--leave]
#          For a second one, set MNT, STORE and LOG, then start it; each verb
#          is about the daemon at $MNT.
# Waiting  wait_until 'CONDITION' [SECONDS]    ends the test when time is up
#          within SECONDS 'CONDITION'          the same as a question
#          stay_in_a_day               returns when midnight (UTC) is not near
# Saying   ok NAME [COMMAND…]        not_ok NAME COMMAND…
#          is ACTUAL EXPECTED NAME   isnt ACTUAL OTHER NAME
#          like ACTUAL REGEX NAME    fails_with TEXT NAME COMMAND…
#          fail MESSAGE (ends the test)   diag TEXT   plan COUNT   done_testing
# Needing  requires PROGRAM…         skip REASON
# Jobs     rest PATH [SECONDS]: reads jobs/PATH/wait;  status PATH
#
# No test sleeps for a fixed time in the hope that something has happened by
# then. Deadlines are generous and multiplied under a sanitizer.

set -u -o pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=${EASELFS_BUILD:-$TOP/build}
EASELFS=$BUILD/easelfs
SLOWNESS=${EASELFS_SLOWNESS:-1}
TESTDIR=$(realpath "$(mktemp -d "${TMPDIR:-/tmp}/easelfs-test.XXXXXX")")
MNT=$TESTDIR/mnt
STORE=$TESTDIR/store
LOG=$TESTDIR/daemon.log

export PATH="$BUILD:$BUILD/tests/tools:$PATH"
export EASELFS_PROVIDERS=$TOP/conf/providers
export HOME=$TESTDIR/home
export LC_ALL=C.UTF-8 TZ=UTC
# tmux starts what it is given by the user's shell: without this, that is the
# password file's, which for nobody only says that it is not available.
export SHELL=/bin/sh
# No service of a desktop may start because a test uses GIO: it would outlive the
# test, and look into every mount that comes later.
export GIO_USE_VFS=local GIO_USE_VOLUME_MONITOR=unix GVFS_DISABLE_FUSE=1
export DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent
unset XDG_CONFIG_HOME XDG_DATA_HOME XDG_CACHE_HOME XDG_STATE_HOME
# Nobody's account, and no way out of this machine.
unset SCENARIO_API_KEY SCENARIO_API_SECRET PIXELDOJO_API_KEY WAVESPEED_API_KEY FAL_KEY \
	CREDENTIALS_DIRECTORY
unset http_proxy https_proxy HTTPS_PROXY all_proxy ALL_PROXY no_proxy NO_PROXY
mkdir "$HOME" "$MNT"

declare -A daemon_pid daemon_log    # by mount point
tests_run=0
tests_failed=0
tests_planned=

# --- saying ---------------------------------------------------------------

diag() {
	printf '%s\n' "$*" | sed 's/^/# /'
}

show_log() {
	local log
	printf '%s\n' "$LOG" "${daemon_log[@]}" | sort -u | while read -r log; do
		[ -s "$log" ] || continue
		diag "--- ${log##*/}"
		tail -n 60 "$log" | sed 's/^/# /'
	done
}

record() { # record pass|fail NAME
	tests_run=$((tests_run + 1))
	if [ "$1" = pass ]; then
		echo "ok $tests_run - $2"
	else
		tests_failed=$((tests_failed + 1))
		echo "not ok $tests_run - $2"
		diag "at $(caller 1 | awk '{ n = $3; sub(".*/", "", n); print n " line " $1 }')"
	fi
}

ok() {
	local name=$1
	shift
	if [ $# -eq 0 ] || "$@"; then
		record pass "$name"
	else
		record fail "$name"
		diag "this failed: $*"
	fi
}

not_ok() {
	local name=$1
	shift
	if "$@"; then
		record fail "$name"
		diag "this should have failed: $*"
	else
		record pass "$name"
	fi
}

is() {
	if [ "$1" = "$2" ]; then
		record pass "$3"
	else
		record fail "$3"
		diag "     got: $1"
		diag "expected: $2"
	fi
}

isnt() {
	if [ "$1" != "$2" ]; then
		record pass "$3"
	else
		record fail "$3"
		diag "got what it should not be: $1"
	fi
}

like() {
	if [[ $1 =~ $2 ]]; then
		record pass "$3"
	else
		record fail "$3"
		diag "         got: $1"
		diag "not matching: $2"
	fi
}

# The command fails, and says TEXT: fails_with 'Permission denied' NAME cp a b
fails_with() {
	local text=$1 name=$2 said
	shift 2
	if said=$("$@" 2>&1); then
		record fail "$name"
		diag "this should have failed: $*"
	elif [[ $said == *"$text"* ]]; then
		record pass "$name"
	else
		record fail "$name"
		diag "    said: $said"
		diag "expected: $text"
	fi
}

fail() {
	record fail "$*"
	show_log
	exit 1
}

# The whole test before its first result, else what is left of it.
skip() {
	if [ "$tests_run" -gt 0 ]; then
		record pass "the rest # SKIP $*"
		done_testing
	fi
	echo "1..0 # SKIP $*"
	exit 0
}

requires() {
	local program
	for program; do
		command -v "$program" >/dev/null || skip "no $program"
	done
}

plan() {
	tests_planned=$1
	echo "1..$1"
}

# The last line of every test. A daemon that still runs must stop well, too.
done_testing() {
	local mnt
	for mnt in "${!daemon_pid[@]}"; do
		MNT=$mnt LOG=${daemon_log[$mnt]}
		stop_easelfs
	done
	[ "$tests_run" -gt 0 ] || record fail 'nothing was tested'
	[ -n "$tests_planned" ] || echo "1..$tests_run"
	[ "$tests_failed" -eq 0 ] || show_log
	[ "$tests_failed" -eq 0 ]
	exit
}

# --- waiting --------------------------------------------------------------

now_ms() {
	echo $((${EPOCHREALTIME/[.,]/} / 1000))
}

within() {
	local end=$(($(now_ms) + $1 * SLOWNESS * 1000))
	until eval "$2"; do
		[ "$(now_ms)" -lt $end ] || return 1
		sleep 0.02
	done
}

wait_until() {
	within "${2:-20}" "$1" || fail "still not after $((${2:-20} * SLOWNESS)) s: $1"
}

stay_in_a_day() {
	while [ $((86400 - $(date +%s) % 86400)) -lt 60 ]; do sleep 1; done
}

# --- the daemon -----------------------------------------------------------

is_mounted() {
	awk -v mnt="$1" '$5 == mnt { found = 1 } END { exit !found }' /proc/self/mountinfo
}

is_running() { # and no zombie: not every first process buries strangers
	[ -n "$1" ] && [ -e "/proc/$1" ] && ! grep -q '^State:	[ZX]' "/proc/$1/status" 2>/dev/null
}

# Arguments go before the mount point: start_easelfs -o settle_ms=0 "$CONFIG"
start_easelfs() {
	local pid
	[ -x "$EASELFS" ] || fail "no $EASELFS: make first"
	[ -c /dev/fuse ] || skip 'no /dev/fuse'
	[ -e "$MNT" ] || mkdir -p "$MNT" 2>/dev/null # a dead mount is no directory
	"$EASELFS" -f -o "store=$STORE" "$@" "$MNT" >>"$LOG" 2>&1 </dev/null &
	pid=$!
	daemon_pid[$MNT]=$pid
	daemon_log[$MNT]=$LOG
	# Answers: the kernel's INIT is done, a file is found.
	wait_until "! is_running $pid || timeout $((20 * SLOWNESS)) test -e '$MNT/README.txt'"
	is_running $pid || {
		unset "daemon_pid[$MNT]"
		fail 'easelfs does not start'
	}
}

alarms='ERROR: AddressSanitizer|LeakSanitizer|ThreadSanitizer|runtime error:'
alarms+='|Assertion .* failed|stack smashing detected|buffer overflow detected'

# Unmounts by COMMAND at the first try. Without a mount namespace of its own (the
# log says so; the thread sanitizer denies an ordinary user one) whoever raises the
# events keeps the mount busy at moments: then it is tried again.
at_first_try() {
	if [[ ${SAN:-} == *thread* && $(id -u) != 0 ]] ||
		grep -q 'no mount namespace for events' "$LOG" 2>/dev/null; then
		local tries=100
		until "$@" 2>/dev/null; do
			[ $((tries -= 1)) -gt 0 ] || break
			sleep 0.1
		done
		! is_mounted "$MNT"
	else
		"$@"
	fi
}

# Unmounts, and takes the daemon's word for how it went.
stop_easelfs() {
	local pid=${daemon_pid[$MNT]:-} status=0 said
	[ -n "$pid" ] || fail "no daemon at $MNT"
	is_running "$pid" || record fail 'the daemon died before it was stopped'
	if is_mounted "$MNT"; then
		within 20 'said=$(fusermount3 -u "$MNT" 2>&1) || ! is_mounted "$MNT"' || {
			diag "$said"
			diag "open: $(find /proc/[0-9]*/{cwd,fd} -lname "$MNT*" 2>/dev/null)"
			fail 'cannot unmount'
		}
	fi
	within 60 "! is_running $pid" || {
		diag "still mounted for: $(grep -lF " $MNT " /proc/[0-9]*/mountinfo 2>/dev/null | xargs)"
		diag "threads: $(cat "/proc/$pid"/task/*/{comm,wchan} 2>/dev/null | tr '\0\n' '  ')"
		fail 'the daemon does not end'
	}
	wait "$pid" || status=$?
	unset "daemon_pid[$MNT]"
	[ $status -eq 0 ] || record fail "the daemon ended with status $status"
	! grep -qE "$alarms" "$LOG" || record fail "the daemon's log is alarming"
}

# As a crash would. --leave: the dead mount stays where it is.
kill_easelfs() {
	local pid=${daemon_pid[$MNT]:-}
	[ -n "$pid" ] || fail "no daemon at $MNT"
	is_running "$pid" || record fail 'the daemon died before it was killed'
	! grep -qE "$alarms" "$LOG" || record fail "the daemon's log is alarming"
	kill -KILL "$pid"
	{ wait "$pid"; } 2>/dev/null
	unset "daemon_pid[$MNT]"
	[ "${1:-}" = --leave ] || unmount_by_force "$MNT"
}

unmount_by_force() {
	local tries=5
	while is_mounted "$1" && [ $((tries -= 1)) -ge 0 ]; do
		fusermount3 -u "$1" 2>/dev/null || fusermount3 -uz "$1" 2>/dev/null ||
			umount -l "$1" 2>/dev/null
	done
}

# Services that a program started behind the test's back (a session bus and what
# it brings along): known by the HOME that only this test has.
kill_strays() {
	local environment pid
	while read -r environment; do
		pid=${environment//[!0-9]/}
		[ "$pid" = $$ ] || kill -KILL "$pid"
	done 2>/dev/null < <(grep -lsF "HOME=$HOME" /proc/[0-9]*/environ)
}

clean_up() {
	local status=$? mnt pid job
	trap '' HUP INT TERM
	for job in $(jobs -p); do
		[[ " ${daemon_pid[*]} " == *" $job "* ]] || kill "$job"
	done 2>/dev/null
	for mnt in "${!daemon_pid[@]}"; do
		pid=${daemon_pid[$mnt]}
		kill -TERM "$pid" 2>/dev/null
		SLOWNESS=1 within 5 "! is_running $pid" || kill -KILL "$pid" 2>/dev/null
		{ wait "$pid"; } 2>/dev/null
	done
	awk -v dir="$TESTDIR/" 'index($5, dir) == 1 { print $5 }' /proc/self/mountinfo |
		sort -r | while read -r mnt; do unmount_by_force "$mnt"; done
	kill_strays
	rm -rf --one-file-system "$TESTDIR"
	exit $status
}
trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# --- jobs -----------------------------------------------------------------

# The word at which the job of requests/PATH rests.
rest() {
	timeout $((${2:-60} * SLOWNESS)) cat "$MNT/jobs/$1/wait" || echo "wait: status $?"
}

status() {
	cat "$MNT/jobs/$1/status"
}
