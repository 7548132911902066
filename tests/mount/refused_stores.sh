#!/usr/bin/env bash
# A store that this easelfs does not understand is left as it is, with a word
# about why.
. "$(dirname "$0")/../lib/quick.sh"
requires sqlite3

start_quick
echo 'a' >"$MNT/requests/a.txt"
is "$(rest a.txt)" done 'a picture'
stop_easelfs

refused() { # refused TEXT NAME
	local before
	before=$(sha256sum "$STORE/easelfs.db")
	fails_with "$1" "$2" timeout $((20 * SLOWNESS)) "$EASELFS" -o "store=$STORE" "$CONFIG" "$MNT"
	not_ok 'nothing is mounted' is_mounted "$MNT"
	is "$(sha256sum "$STORE/easelfs.db")" "$before" 'it is left as it was'
}

own=$(sqlite3 "$STORE/easelfs.db" 'PRAGMA user_version')
sqlite3 "$STORE/easelfs.db" 'PRAGMA user_version = 99'
refused 'newer' 'a store from a newer version'
sqlite3 "$STORE/easelfs.db" "PRAGMA user_version = $own"
start_quick
is "$(status a.txt)" done 'which a version that knows it can still use'
stop_easelfs

cp "$STORE/easelfs.db" "$TESTDIR/good.db"
head -c 100000 /dev/urandom >"$STORE/easelfs.db"
refused 'no database, or damaged' 'a file of noise'
echo 'dear diary' >"$STORE/easelfs.db"
refused 'no database, or damaged' 'a file of text'
{ head -c 100 /dev/zero; tail -c +101 "$TESTDIR/good.db"; } >"$STORE/easelfs.db"
refused 'no database, or damaged' 'a database without its head'
sqlite3 "$TESTDIR/other.db" 'CREATE TABLE note(text)'
cp "$TESTDIR/other.db" "$STORE/easelfs.db"
refused "$STORE" 'the database of another program'
cp "$TESTDIR/good.db" "$STORE/easelfs.db"
start_quick
is "$(status a.txt)" done 'with its own again, all is well'
stop_easelfs

if [ "$(id -u)" = 0 ]; then
	STORE=/proc/easelfs
else
	chmod 500 "$TESTDIR/home"
	STORE=$TESTDIR/home/store
fi
fails_with "$STORE" 'a place where nothing can be made' "$EASELFS" -o "store=$STORE" "$CONFIG" "$MNT"
chmod 700 "$TESTDIR/home"
done_testing
