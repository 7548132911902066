#!/usr/bin/env bash
# mount -t fuse.easelfs CONFIG MOUNTPOINT, and what an fstab line says.
. "$(dirname "$0")/../lib/mount.sh"
requires mount.fuse3 unshare
[ "$(id -u)" = 0 ] || skip 'mount(8) is for root'
[ -c /dev/fuse ] || skip 'no /dev/fuse'

# mount(8) forgets $PATH, so this is as if easelfs were installed; for us alone.
# Mounts of other tests would live on in our namespace.
install_here() {
	local place type
	while read -r _ place type _; do
		[ "$type" != fuse.easelfs ] || umount -l "$place"
	done </proc/self/mounts
	mount --bind "$BUILD" /usr/local/bin
}
if [ -z "${EASELFS_TEST_PRIVATE:-}" ]; then
	unshare --mount true 2>/dev/null || skip 'no mount namespace'
	rm -rf "$TESTDIR"
	EASELFS_TEST_PRIVATE=1 exec unshare --mount "$0"
fi
install_here || skip 'cannot mount'

printf '[easelfs]\nstore = %s\n' "$STORE" >"$TESTDIR/easelfs.ini"

gone() {
	within 20 '! is_running "$(<"$STORE/lock")"'
}

ok 'mount -t fuse.easelfs CONFIG' mount -t fuse.easelfs "$TESTDIR/easelfs.ini" "$MNT"
ok 'it answers at once' test -e "$MNT/README.txt"
ok 'it uses the configuration' test -e "$STORE/easelfs.db"
is "$(findmnt -n -o FSTYPE,SOURCE "$MNT" | tr -s ' ')" 'fuse.easelfs easelfs' 'the table of mounts names it'
like "$(findmnt -n -o OPTIONS "$MNT")" 'noexec' 'programs cannot be run from it'
like "$(findmnt -n -o OPTIONS "$MNT")" 'default_permissions' 'the kernel checks the permissions'
ok 'umount' umount "$MNT"
ok 'the daemon ends' gone

ok 'mount -t fuse.easelfs none, with options' \
	mount -t fuse.easelfs -o "store=$STORE,umask=022" none "$MNT"
is "$(stat -c %a "$MNT/requests")" 755 'the options arrive'
ok 'umount' umount "$MNT"
ok 'the daemon ends' gone

ok 'mount -o ro' mount -t fuse.easelfs -o "ro,store=$STORE" none "$MNT"
fails_with 'Read-only' 'it is read-only' touch "$MNT/requests/x.txt"
ok 'umount' umount "$MNT"
ok 'the daemon ends' gone

# What mount(8), mount.fuse3 and systemd hand over from an fstab line.
words=rw,noauto,nofail,x-systemd.automount,x-systemd.idle-timeout=60,_netdev,user,nouser,defaults,exec,dev,suid,relatime
ok 'the words of an fstab line' "$EASELFS" none "$MNT" -o "$words,store=$STORE"
ok 'it answers at once' test -e "$MNT/README.txt"
options=$(findmnt -n -o OPTIONS "$MNT")
for word in noexec nosuid nodev; do
	like ",$options," ",$word," "it is $word, whatever the line says"
done
ok 'umount' umount "$MNT"
ok 'the daemon ends' gone

echo "none $MNT fuse.easelfs noauto,x-systemd.automount,_netdev,store=$STORE 0 0" >"$TESTDIR/fstab"
ok 'mount from an fstab' mount --fstab "$TESTDIR/fstab" "$MNT"
ok 'it answers at once' test -e "$MNT/README.txt"
ok 'umount' umount "$MNT"
ok 'the daemon ends' gone

not_ok 'an error of ours is an error of mount' mount -t fuse.easelfs "$TESTDIR/absent.ini" "$MNT"
not_ok 'nothing is mounted' is_mounted "$MNT"
done_testing
