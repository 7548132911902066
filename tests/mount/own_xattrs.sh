#!/usr/bin/env bash
# Attributes that people set on pictures and requests are kept; those of other
# kinds do not exist here.
. "$(dirname "$0")/../lib/quick.sh"
requires getfattr setfattr

attribute() { # FILE NAME
	getfattr --only-values --absolute-names -n "$2" "$1"
}

start_quick
mkdir "$MNT/requests/album"
echo 'a picture' >"$MNT/requests/a.txt"
echo 'scratch' >"$MNT/requests/notes"
is "$(rest a.txt)" done 'painted'
for place in images/a.png requests/a.txt requests/notes requests/album; do
	file=$MNT/$place
	ok "set on $place" setfattr -n user.xdg.tags -v 'sea,storm' "$file"
	ok 'another one' setfattr -n user.baloo.rating -v 7 "$file"
	ok 'changed' setfattr -n user.baloo.rating -v 10 "$file"
	is "$(attribute "$file" user.xdg.tags) $(attribute "$file" user.baloo.rating)" 'sea,storm 10' 'read'
	ok 'an empty one' setfattr -n user.empty "$file"
	ok 'bytes' setfattr -n user.bytes -v 0x00ff0a00 "$file"
	is "$(attribute "$file" user.bytes | od -An -tx1)" ' 00 ff 0a 00' 'are bytes'
	ok 'removed' setfattr -x user.empty "$file"
	fails_with 'No such attribute' 'it is gone' attribute "$file" user.empty
	fails_with 'No such attribute' 'and cannot be removed again' setfattr -x user.empty "$file"
	fails_with 'Operation not supported' 'other kinds do not exist' setfattr -n system.colour -v red "$file"
	[ "$(id -u)" != 0 ] ||
		fails_with 'Operation not supported' 'not even for root' setfattr -n trusted.colour -v red "$file"
done
is "$(status a.txt) $(sent a.txt)" 'done 1' 'an attribute of a request sends nothing'

big=$(printf '%40000s' '' | tr ' ' x)
ok 'a big one' setfattr -n user.big -v "$big" "$MNT/images/a.png"
ok 'can be replaced' setfattr -n user.big -v "$big" "$MNT/images/a.png"
fails_with 'No space left' 'more than 64 KiB in all are too many' setfattr -n user.bigger -v "$big" "$MNT/images/a.png"
is "$(attribute "$MNT/images/a.png" user.big)" "$big" 'the first is what it was'

stop_easelfs
start_quick
for place in images/a.png requests/a.txt requests/notes requests/album; do
	is "$(attribute "$MNT/$place" user.xdg.tags) $(attribute "$MNT/$place" user.baloo.rating)" 'sea,storm 10' \
		"kept over a restart: $place"
done
mv "$MNT/requests/notes" "$MNT/requests/album/notes"
is "$(attribute "$MNT/requests/album/notes" user.xdg.tags)" 'sea,storm' 'and over a rename'
fails_with 'Operation not permitted' 'a status has no room for them' \
	setfattr -n user.xdg.tags -v x "$MNT/jobs/a.txt/status"
done_testing
