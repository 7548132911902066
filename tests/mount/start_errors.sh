#!/usr/bin/env bash
# What keeps it from starting is said on standard error, in the foreground and
# on the way to the background, with an exit status that is not 0.
. "$(dirname "$0")/../lib/mount.sh"

fails() { # fails TEXT NAME ARGUMENT…
	local text=$1 name=$2 way
	shift 2
	for way in '' -f; do
		fails_with "$text" "$name${way:+ ($way)}" timeout $((20 * SLOWNESS)) \
			"$EASELFS" ${way:+"$way"} "$@" </dev/null
		! is_mounted "$MNT" || fail 'it is mounted nevertheless'
	done
}

mkdir "$TESTDIR/free"
: >"$TESTDIR/file"
printf '[easelfs]\nsettle_ms = soon\n' >"$TESTDIR/bad.ini"
printf '[easelfs]\n\ncolour = red\n' >"$TESTDIR/unknown.ini"

fails 'no mountpoint' 'no words at all'
fails "$TESTDIR/absent: No such file" 'the mountpoint is missing' -o "store=$STORE" "$TESTDIR/absent"
fails "$TESTDIR/file: not a directory" 'it is no directory' -o "store=$STORE" "$TESTDIR/file"
fails "$TESTDIR/no.ini" 'no such configuration' -o "store=$STORE" "$TESTDIR/no.ini" "$MNT"
fails "$TESTDIR/no.ini" 'nor by option' -o "store=$STORE,config=$TESTDIR/no.ini" "$MNT"
fails "$TESTDIR/bad.ini:2:" 'a value that is none, with its line' -o "store=$STORE" "$TESTDIR/bad.ini" "$MNT"
fails "$TESTDIR/unknown.ini:3:" 'a name that is none, with its line' -o "store=$STORE" "$TESTDIR/unknown.ini" "$MNT"
fails 'umask=8' 'a umask that is none' -o "store=$STORE,umask=8" "$MNT"
fails 'umask=' 'no umask' -o "store=$STORE,umask=" "$MNT"
fails 'uid=me' 'a user that is none' -o "store=$STORE,uid=me" "$MNT"
fails 'gid=-1' 'a group that is none' -o "store=$STORE,gid=-1" "$MNT"
fails 'store' 'a store without a value' -o store "$MNT"
fails 'store' 'an empty store' -o store= "$MNT"
fails 'frobnicate' 'an option that nobody knows' -o "store=$STORE,frobnicate" "$MNT"
fails 'xyzzy' 'a provider that nobody knows' -o "store=$STORE,provider=xyzzy" "$MNT"
fails '--frob' 'a switch that nobody knows' --frob "$MNT"
fails '-o' 'a switch without its value' "$MNT" -o
fails 'too many' 'three words' -o "store=$STORE" none "$MNT" "$MNT"
fails "$TESTDIR/file" 'a store that is a file' -o "store=$TESTDIR/file" "$MNT"
fails "$TESTDIR/file/log" 'a log that cannot be' -o "store=$STORE,log=$TESTDIR/file/log" "$MNT"

# Where no path leads anywhere: the directory it was written in is gone.
mkdir "$TESTDIR/gone"
cd "$TESTDIR/gone" && rmdir "$TESTDIR/gone" || exit 1
fails 'here.ini: the working directory: No such file' 'a relative configuration' \
	-o "store=$STORE" here.ini "$MNT"
fails 'here: the working directory: No such file' 'a relative store' -o store=here none "$MNT"
cd "$TESTDIR" || exit 1

start_easelfs
fails_with "process ${daemon_pid[$MNT]}" 'the store is in use; it says by whom' \
	"$EASELFS" -o "store=$STORE" "$TESTDIR/free"
not_ok 'and mounts nothing' is_mounted "$TESTDIR/free"
fails_with 'mounted there already' 'the place is in use' \
	"$EASELFS" -o "store=$TESTDIR/other" "$MNT"
ok 'whoever was there is still there' test -e "$MNT/README.txt"
not_ok 'no second store was made' test -e "$TESTDIR/other"
stop_easelfs
ok 'afterwards the store is free' "$EASELFS" -o "store=$STORE,log=$LOG" "$TESTDIR/free"
at_first_try fusermount3 -u "$TESTDIR/free"
wait_until '! is_running "$(<"$STORE/lock")"'
done_testing
