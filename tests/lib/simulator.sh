# shellcheck shell=bash
# Mount tests whose pictures come from easelfs-simulator, which plays the providers on
# 127.0.0.1 (docs/simulator.md). To be read instead of mount.sh.
#
# Simulator  start_simulator [OPTION…]  on free ports; on the same ones when it is started
#                                       again, which forgets jobs unless --state is said
#            stop_simulator             also done at the end of the test
#            Jobs are done at once, or when finish_jobs says so: "{sim:latency=900000}"
#            in a prompt. $SIM has its files, ${PROVIDERS[@]} the names of the four.
# Daemon     start_painting [ARGUMENT…] with $CONFIG: the simulator's configuration and
#                                       what configure said. Profiles are the installed
#                                       ones, but ask after $POLL_MS (20), and changed
#                                       by the sed commands in $PROFILE_EDIT
#            configure SECTION LINE     a line of the configuration
#            write_config               $CONFIG anew, for a reload
# Requests   ask PROVIDER NAME PROMPT [LINE…]  requests/NAME.txt, LINE in its front matter
#            tell PATH WORD             writes WORD to the ctl of a job
#            field PATH JQ              what JQ gives of the job's job.json
#            is_at PATH WORD            the job's status is WORD
#            size_of PICTURE            of a PNG: 1024x768
# Records    charges PROVIDER PROMPT    how often it was charged for a prompt that has the
#                                       text PROMPT in it ("": any)
#            submissions PROVIDER PROMPT       the bodies that came, each a line
#            submission_count PROVIDER PROMPT  how many
#            requests JQ                lines of the requests of which JQ is true:
#                                       .listener .method .path .key .headers .body
# Control    finish_jobs                all that run end now
#            fault SPEC   no_faults     for all requests from now on
#            balance PROVIDER AMOUNT    what is left there
#            control METHOD NAME [BODY] any of /_sim/

. "$(dirname "${BASH_SOURCE[0]}")/mount.sh"
requires easelfs-simulator jq curl

PROVIDERS=(scenario pixeldojo wavespeed fal)
SIM=$TESTDIR/simulator
CONFIG=$TESTDIR/easelfs.ini
POLL_MS=20
PROFILE_EDIT=
SETTLE_MS=20
mkdir -p "$SIM"
configured=
simulator_pid=
simulator_ports=()

# --- the simulator --------------------------------------------------------

start_simulator() {
	[ -z "$simulator_pid" ] || fail 'the simulator runs already'
	rm -f "$SIM/ports"
	easelfs-simulator --config="$SIM/easelfs.ini" --port-file="$SIM/ports" \
		--ledger="$SIM/ledger" --requests="$SIM/requests" --latency=0 --asset-delay=0 \
		"${simulator_ports[@]}" "$@" >/dev/null 2>>"$SIM/log" &
	simulator_pid=$!
	wait_until "[ -s '$SIM/ports' ] || ! is_running $simulator_pid"
	[ -s "$SIM/ports" ] || fail "no simulator: $(cat "$SIM/log")"
	# Where it was, for its next start.
	mapfile -t simulator_ports < <(sed -E 's|^(\S+) http://[^:/]*:([0-9]+).*|--port=\1=\2|' \
		"$SIM/ports")
	touch "$SIM/ledger" "$SIM/requests"
}

stop_simulator() {
	local status=0
	[ -n "$simulator_pid" ] || return 0
	kill -TERM "$simulator_pid"
	wait "$simulator_pid" || status=$?
	simulator_pid=
	[ $status -eq 0 ] || record fail "the simulator ended with status $status"
	[ ! -s "$SIM/log" ] || {
		record fail 'the simulator complains'
		diag "$(cat "$SIM/log")"
	}
}

control() { # control METHOD NAME [BODY]
	local origin said
	origin=$(sed -n 's/^images //p' "$SIM/ports")
	said=$(curl --silent --show-error --fail-with-body --noproxy '*' --request "$1" \
		${3+--data-binary "$3"} "$origin/_sim/$2") || fail "the simulator: $2: $said"
	printf '%s\n' "$said"
}

finish_jobs() {
	control POST finish >/dev/null
}

fault() {
	control POST fault "$1" >/dev/null
}

no_faults() {
	control DELETE fault >/dev/null
}

balance() {
	control POST balance "$1 $2" >/dev/null
}

# --- the daemon -----------------------------------------------------------

configure() {
	configured+="[$1]"$'\n'"$2"$'\n'
}

# A key that is said twice is an error: what configure says takes the place of what the
# simulator wrote.
write_config() {
	printf '[easelfs]\nsettle_ms = %s\n%s' "$SETTLE_MS" "$configured" >"$SIM/own.ini"
	(umask 077 && awk '
		/^\[/ { section = $0 }
		{ place = section "/" $1 }
		FILENAME != ARGV[1] { own[place] = 1; lines = lines $0 "\n"; next }
		{ given[++count] = $0; places[count] = place }
		END {
			for (i = 1; i <= count; i++)
				if (given[i] ~ /^\[/ || !(places[i] in own))
					print given[i]
			printf "%s", lines
		}' "$SIM/easelfs.ini" "$SIM/own.ini" >"$CONFIG")
}

copy_profiles() {
	local profile
	mkdir -p "$TESTDIR/profiles"
	for profile in "$TOP"/conf/providers/*.ini; do
		sed "s/^poll_ms .*/poll_ms = $POLL_MS/;$PROFILE_EDIT" "$profile" >"$TESTDIR/profiles/${profile##*/}"
	done
	export EASELFS_PROVIDERS=$TESTDIR/profiles
}

start_painting() {
	write_config
	copy_profiles
	start_easelfs "$@" "$CONFIG"
}

# The simulator's end counts as the daemon's does, and comes after it.
eval "mount_$(declare -f done_testing)"
done_testing() {
	local mnt
	for mnt in "${!daemon_pid[@]}"; do
		MNT=$mnt LOG=${daemon_log[$mnt]}
		stop_easelfs
	done
	stop_simulator
	mount_done_testing
}

# --- requests -------------------------------------------------------------

ask() {
	local provider=$1 path=$MNT/requests/$2.txt prompt=$3
	shift 3
	{
		printf '%s\n' --- "provider: $provider" "$@" --- "$prompt"
	} >"$path"
}

tell() {
	echo "$2" >"$MNT/jobs/$1/ctl"
}

field() {
	jq -r "$2" "$MNT/jobs/$1/job.json"
}

is_at() {
	[ "$(status "$1")" = "$2" ]
}

size_of() {
	[ "$(head -c 4 "$1" | tail -c 3)" = PNG ] || return
	od -An -tu4 --endian=big -j16 -N8 "$1" | awk '{ print $1 "x" $2 }'
}

# --- what came there ------------------------------------------------------

charges() {
	jq -n --arg provider "$1" --arg prompt "$2" '[inputs
		| select(.provider == $provider and (.prompt | contains($prompt)))] | length' \
		"$SIM/ledger"
}

submissions() {
	jq -c --arg provider "$1" --arg prompt "$2" '
		select(.listener == $provider and .method == "POST") | .body | strings
		| fromjson? | select((.prompt // .input.prompt | strings) | contains($prompt))' \
		"$SIM/requests"
}

submission_count() {
	submissions "$1" "$2" | wc -l
}

requests() {
	jq -c "select($1)" "$SIM/requests"
}
