# shellcheck shell=bash
# Cases over HTTP: a mounted easelfs against tests/tools/case_server.c, which plays the
# files of tests/cases. To be read instead of mount.sh.
#
# play_cases PROVIDER   plays all of the provider's cases, each with a daemon and a store of
#                       its own: ids come again, and a key that was refused stays so.
#                       CASE=submit plays only those with that in their name

. "$(dirname "${BASH_SOURCE[0]}")/mount.sh"
requires case_server

# The provider's profile as it is installed, but asking soon, and asking nothing that is no
# part of a case.
copy_profile() { # copy_profile PROVIDER
	mkdir -p "$TESTDIR/providers"
	awk '/^\[/ { skips = /^\[(models|balance|price)[] ]/ }
		/^poll_ms/ { $0 = "poll_ms = 50" }
		!skips' "$TOP/conf/providers/$1.ini" >"$TESTDIR/providers/$1.ini"
	export EASELFS_PROVIDERS=$TESTDIR/providers
}

write_config() { # write_config PROVIDER BASE FILE
	local path limit
	path=$(sed -n 's|^base_url *= *https*://[^/]*||p' "$TOP/conf/providers/$1.ini")
	limit=$(sed -n 's/^image_bytes //p' "$3")
	(umask 077 && sed -n 's/^key //p' "$TOP/tests/cases/$1/defaults" >"$TESTDIR/key")
	cat >"$TESTDIR/easelfs.ini" <<-INI
		[easelfs]
		provider  = $1
		settle_ms = 0
		[provider $1]
		base_url = $2$path
		key      = file:$TESTDIR/key
		[limits]
		image_bytes = ${limit:-67108864}
	INI
}

# What the server has to say; "fine" or "wrong" is the last line.
hear_end() {
	local line
	while read -r line <&"${SERVER[0]}"; do
		case $line in
		fine) return 0 ;;
		wrong) return 1 ;;
		*) echo "$line" ;;
		esac
	done
	return 1
}

play_case() { # play_case FILE
	local name=${1##*/} answer word
	name=${name%.case}
	! grep -q '^only in-process$' "$1" || return 0
	STORE=$TESTDIR/store-$name
	start_easelfs "$TESTDIR/easelfs.ini"
	echo "play $1 $MNT" >&"${SERVER[1]}"
	read -r answer <&"${SERVER[0]}" || fail 'the case server is gone'
	[[ $answer == job\ * ]] || fail "$name: $answer"
	word=$(rest "${answer#job }" 60)
	echo end >&"${SERVER[1]}"
	if hear_end; then
		record pass "$name"
	else
		record fail "$name ($word)"
		sed 's/^/# /' "$MNT/jobs/${answer#job }/log"
	fi
	stop_easelfs
}

play_cases() {
	local base file commands
	coproc SERVER { exec case_server; }
	read -r base _ <&"${SERVER[0]}" || fail 'no case server'
	copy_profile "$1"
	for file in "$TOP/tests/cases/$1"/*"${CASE:-}"*.case; do
		write_config "$1" "$base" "$file"
		play_case "$file"
	done
	commands=${SERVER[1]}
	exec {commands}>&- # it ends
}
