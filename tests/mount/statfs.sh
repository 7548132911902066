#!/usr/bin/env bash
# statfs tells of the disk under the store.
. "$(dirname "$0")/../lib/mount.sh"

start_easelfs
is "$(stat -fc '%S %b %c %l' "$MNT")" "$(stat -fc '%S %b %c' "$STORE") 255" 'block size, blocks and inodes; names of 255 bytes'
# Others may write to the same disk meanwhile.
agrees() {
	[ "$(stat -fc '%a %f %d' "$MNT/images")" = "$(stat -fc '%a %f %d' "$STORE")" ]
}
ok 'and what is free' within 20 agrees
like "$(df "$MNT")" "$MNT" 'df shows it'
like "$(findmnt -no FSTYPE "$MNT" 2>/dev/null || awk -v m="$MNT" '$2 == m { print $3 }' /proc/mounts)" \
	'^fuse\.easelfs$' 'whose type is ours'
done_testing
