#!/usr/bin/env bash
# The disk is full when a provider tells the id of what it was paid for: the id is kept in
# memory, recorded when there is room, and what was paid is fetched. Nothing is sent twice.
. "$(dirname "$0")/../lib/simulator.sh"
[ "$(id -u)" = 0 ] || skip 'needs a small disk, which only root can mount'
disk=$TESTDIR/disk
mkdir "$disk"
mount -t tmpfs -o size=48m,mode=700 small "$disk" 2>/dev/null || skip 'cannot mount'
STORE=$disk/store

fill() {
	dd if=/dev/zero of="$disk/ballast" bs=4096 2>/dev/null
	ok 'the disk is full' test "$(df --output=avail "$disk" | tail -n 1)" -eq 0
}

start_simulator
configure limits 'image_bytes = 1000000'
start_painting
for name in "${PROVIDERS[@]}"; do
	ask "$name" "$name" 'a heron {sim:delay=20000 after=charge}' 'width: 512' 'height: 512'
done
for name in "${PROVIDERS[@]}"; do
	ok "$name charges, and does not tell yet" within 30 "[ \"\$(charges $name heron)\" = 1 ]"
done
is "$(for name in "${PROVIDERS[@]}"; do status "$name.txt"; done | sort -u)" submitting \
	'nobody knows an id'
fill
ok 'ids come, and cannot be recorded' within 60 'grep -q "cannot be recorded" "$LOG"'
rm "$disk/ballast"
for name in "${PROVIDERS[@]}"; do
	ok "$name: done when there is room" within 60 "is_at $name.txt done"
	isnt "$(cat "$MNT/jobs/$name.txt/id")" '' 'with its id'
	is "$(charges "$name" heron) $(submission_count "$name" heron)" '1 1' 'paid and sent once'
done
done_testing
