#!/usr/bin/env bash
# The whole mount can be searched, listed, indexed and copied out: that ends, says
# nothing is wrong, costs nothing and changes nothing.
. "$(dirname "$0")/../lib/programs.sh"

# What all of it looks like: names, types, modes, sizes, times of change, bytes.
# The first line of status is the time at which it was read.
looks() {
	(
		cd "$MNT" && find . -printf '%p %y %m %u %s %n %T@ %C@ %l\n' | sort
		find . -type f ! -path ./status -exec sha256sum {} + | sort -k 2
		tail -n +2 status
	)
}

reads() { # NAME COMMAND…: status 0, not a word on standard error
	local name=$1 status
	shift
	timeout $((30 * SLOWNESS)) "$@" >"$TESTDIR/out" 2>"$TESTDIR/errors" </dev/null
	status=$?
	is "$status:$(<"$TESTDIR/errors")" '0:' "$name"
}

reads_if() { # PROGRAM NAME COMMAND…
	if have_all "$1"; then
		reads "${@:2}"
	else
		diag "not here: $1"
	fi
}

same() { # NAME FOLDER: holds all that the mount holds
	is "$(cd "$2" && find . -printf '%p %y %s %l\n' | sed 's/^\(.* d\) [0-9]* /\1 /' | sort)" \
		"$(cd "$MNT" && find . -printf '%p %y %s %l\n' | sed 's/^\(.* d\) [0-9]* /\1 /' | sort)" "$1"
}

start_quick
mkdir -p "$MNT/requests/album/deep" "$MNT/requests/.hidden"
echo 'a lighthouse in a storm' >"$MNT/requests/a.txt"
echo '{"prompt": "a lighthouse", "seed": 7}' >"$MNT/requests/album/b.json"
printf -- '---\nseed: 8\n---\na boat\n' >"$MNT/requests/album/deep/c.md"
echo 'fail=no_paint' >"$MNT/requests/failed.txt"
echo '{"prompt": ' >"$MNT/requests/bad.json"
: >"$MNT/requests/empty.txt"
echo 'scratch' >"$MNT/requests/.hidden/plain"
printf '[defaults]\nseed = 9\n' >"$MNT/requests/album/defaults.ini"
is "$(rest a.txt) $(rest album/b.json) $(rest album/deep/c.md)" 'done done done' 'three are done'
is "$(rest failed.txt) $(rest bad.json) $(rest empty.txt)" 'failed rejected empty' 'others are not'
echo 'a lighthouse at dawn' >"$MNT/requests/a.txt"
is "$(rest a.txt)" done 'one has two runs'
setfattr -n user.xdg.tags -v sea "$MNT/images/a.png" 2>/dev/null
echo pause >"$MNT/ctl"
echo 'one that waits' >"$MNT/requests/waits.txt"
wait_until '[ "$(status waits.txt)" = queued ]'
wait_until 'grep -q "waits until resume" "$MNT/jobs/waits.txt/log"'
ok 'pictures were announced' within 5 '[ "$(find "$MNT/images" -type f | wc -l)" = 4 ]'

ok 'the events of all this' cp "$MNT/events" "$TESTDIR/events"
wait_until 'looks >"$TESTDIR/before" && looks | cmp -s - "$TESTDIR/before"'

reads 'grep -r' grep -r lighthouse "$MNT"
reads 'grep -R' grep -R lighthouse "$MNT"
reads 'find' find "$MNT"
reads 'find -L' find -L "$MNT" -type f -size -1000k -newermt 2000-01-01
reads 'ls -laR' ls -laR "$MNT"
is "$(grep -c '? ' "$TESTDIR/out")" 0 'ls knows all about every file'
reads 'du' du -a "$MNT"
reads 'du -L' du -aL --apparent-size "$MNT"
reads 'cat of all' find "$MNT" -type f -exec cat {} +
reads 'file by file' find "$MNT" -type f -exec head -c 1 {} +
reads 'md5sum' find "$MNT" -type f -exec md5sum {} +
reads 'wc' find "$MNT" -type f -exec wc {} +
reads 'getfattr' getfattr -R -d -m - --absolute-names "$MNT"
reads 'tar c' tar -C "$MNT" -cf "$TESTDIR/all.tar" .
reads 'tar c with attributes' tar -C "$MNT" --xattrs --acls -cf "$TESTDIR/xattrs.tar" .
reads 'tar ch' tar -C "$MNT" -chf "$TESTDIR/followed.tar" .
reads 'tar d finds it the same' tar -C "$MNT" --exclude ./status -df "$TESTDIR/all.tar"
mkdir "$TESTDIR"/{by-tar,by-cp,by-rsync}
ok 'and gives it all back' tar -C "$TESTDIR/by-tar" -xf "$TESTDIR/all.tar"
same 'tar missed nothing' "$TESTDIR/by-tar"
reads 'cp -a' cp -a "$MNT/." "$TESTDIR/by-cp"
same 'cp -a missed nothing' "$TESTDIR/by-cp"
reads 'cp -aL' cp -aL "$MNT/." "$TESTDIR/by-cp-l"
reads_if rsync 'rsync -a' rsync -a "$MNT/" "$TESTDIR/by-rsync"
if have_all rsync; then
	same 'rsync missed nothing' "$TESTDIR/by-rsync"
	reads 'rsync -anc' rsync -ainc --exclude /status "$MNT/" "$TESTDIR/by-rsync"
	is "$(<"$TESTDIR/out")" '' 'rsync finds nothing to do'
fi
reads_if zip 'zip -r' zip -qry "$TESTDIR/all.zip" "$MNT"
reads_if cpio 'cpio' bash -c 'cd "$0" && find . | cpio -o --quiet' "$MNT"
reads_if git 'git hash-object' find "$MNT" -type f -exec git hash-object {} +
reads_if python3 'os.walk and shutil' python3 -c 'import shutil, sys
shutil.copytree(sys.argv[1], sys.argv[2], symlinks=True)' "$MNT" "$TESTDIR/by-python"
reads_if gio 'gio tree' gio tree -h "$MNT"
reads_if gio 'gio info' gio info "$MNT/images/a.png"
reads_if updatedb 'updatedb' updatedb -l 0 -U "$MNT" -o "$TESTDIR/locate.db" --prunefs '' --prunepaths '' --prunenames ''
if have_all updatedb,locate; then
	reads 'locate' locate -d "$TESTDIR/locate.db" album/b.png
	is "$(<"$TESTDIR/out")" "$MNT/images/album/b.png" 'which finds a picture'
fi
for picture in a a-2 album/b; do
	picture=$MNT/images/$picture.png
	reads_if gdk-pixbuf-thumbnailer 'a thumbnail' \
		gdk-pixbuf-thumbnailer -s 4 "$picture" "$TESTDIR/thumbnail.png"
	reads_if exiftool 'exiftool' exiftool "$picture"
done
reads_if gio 'which is said to be a picture' bash -c \
	'gio info -a standard::content-type "$0" | grep -q image/png' "$MNT/images/a.png"

is "$(looks | diff - "$TESTDIR/before")" '' 'nothing has changed'
ok 'there are no new events' cmp "$MNT/events" "$TESTDIR/events"
echo resume >"$MNT/ctl"
is "$(rest waits.txt)" done 'what waited goes on'

echo "40% until=$TESTDIR/go" >"$MNT/requests/waits.txt"
wait_until 'is_under_way waits.txt && grep -q "waits.txt.* 40%" "$MNT/status"'
wait_until 'looks >"$TESTDIR/before" && looks | cmp -s - "$TESTDIR/before"'
reads 'grep -r, while something is painted' grep -r lighthouse "$MNT"
reads 'tar c, while something is painted' tar -C "$MNT" -cf "$TESTDIR/all.tar" .
is "$(looks | diff - "$TESTDIR/before")" '' 'which goes on'
touch "$TESTDIR/go"
is "$(rest waits.txt)" done 'to its end'
done_testing
