#!/usr/bin/env bash
# What stress-ng and fs_mark do to a filesystem, they can do to a scratch folder: nothing
# fails, nothing is sent, and the daemon paints afterwards. Left out is what the contract
# refuses (links) and what wants larger files than it allows. One worker each: two of chmod
# wait for each other's file for ever, on any filesystem.
. "$(dirname "$0")/../lib/quick.sh"
requires stress-ng fs_mark

stressors() {
	cat <<-'STRESSORS'
		chdir        --chdir-dirs 300
		chmod
		dentry       --dentries 200
		dir
		dirdeep
		dirmany
		dup
		fallocate    --fallocate-bytes 1M
		fcntl
		filename
		flock
		fstat
		getdent
		hdd          --hdd-bytes 4M
		iomix        --iomix-bytes 4M
		locka
		lockf
		lockofd
		mknod
		open
		readahead    --readahead-bytes 4M
		rename
		seek         --seek-size 4M
		sendfile     --sendfile-size 1M
		splice
		sync-file    --sync-file-bytes 4M
		touch
		utime
	STRESSORS
}

scratch=$MNT/requests/.scratch
start_quick
mkdir "$scratch"
while read -r name options; do
	# shellcheck disable=SC2086 # words
	said=$(timeout $((30 * SLOWNESS)) stress-ng --temp-path "$scratch" --"$name" 1 --"$name"-ops 20 \
		$options --verify --log-brief 2>&1 </dev/null)
	status=$?
	is "$status:$(grep -E 'fail:|error:|skipping' <<<"$said")" '0:' "$name"
done < <(stressors)
is "$(find "$scratch" -mindepth 1)" '' 'nothing is left'

for sync in 0 1 5; do
	said=$(cd "$scratch" && fs_mark -d . -n 100 -s 3000 -t 2 -D 4 -S $sync -l "$TESTDIR/fs_log" 2>&1 </dev/null)
	is "$?:$(grep -ciE 'error|failed' <<<"$said")" '0:0' "fs_mark, way $sync of syncing"
done
is "$(find "$scratch" -type f | wc -l)" 0 'which removes its files'

is "$(ls -A "$MNT/jobs")$(ls -A "$MNT/images")" '' 'nothing was sent'
echo 'a lighthouse' >"$MNT/requests/a.txt"
is "$(rest a.txt)" done 'afterwards it paints'
stop_easelfs
done_testing
