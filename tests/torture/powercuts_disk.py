"""A disk that can lose its power: an ext4 image in a file on XFS, copied while it is in use.

FICLONE copies a file of any size at one moment. What ext4 was not told to sync is in its page
cache, not in the image, and so not in the copy; what the kernel wrote back by itself is, as it
would be after a real cut. All mounts are in a mount namespace of ours: they go when we do, and
their loop devices with them, however we end.
"""
import ctypes
import errno
import fcntl
import os
import subprocess
import time
from pathlib import Path

LINUX_CLONE_NEWNS = 0x00020000
LINUX_FICLONE = 0x40049409
XFS_BYTES = 16 << 30  # sparse, both
EXT4_BYTES = 1 << 30
UNMOUNT_S = 20
LIBC = ctypes.CDLL(None, use_errno=True)


def run(*command):
    done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f'{" ".join(map(str, command))}: {done.stderr.strip()}')


def leave_the_mounts_of_others():
    """Before there is any thread or child."""
    if LIBC.unshare(LINUX_CLONE_NEWNS) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f'unshare: {os.strerror(number)}')
    run('mount', '--make-rprivate', '/')


def unmount(path):
    """Whoever was killed may need a moment until its files are closed."""
    until = time.monotonic() + UNMOUNT_S
    while LIBC.umount2(os.fsencode(path), 0) != 0:
        number = ctypes.get_errno()
        if number == errno.EINVAL: # not mounted
            return
        if number != errno.EBUSY or time.monotonic() > until:
            raise OSError(number, f'umount {path}: {os.strerror(number)}')
        time.sleep(0.01)


class Disk:
    """In `directory`: `host/` is the XFS, `host/N.ext4` are images, `live/` is the mounted one."""

    def __init__(self, directory):
        self.host, self.live = Path(directory, 'host'), Path(directory, 'live')
        self.looked_at = Path(directory, 'looked-at')
        self.copies = 0
        self.image = None
        for place in (self.host, self.live, self.looked_at):
            place.mkdir()
        file = Path(directory, 'host.xfs')
        with open(file, 'wb') as made:
            made.truncate(XFS_BYTES)
        run('mkfs.xfs', '-q', '-m', 'reflink=1', file)
        run('mount', '-o', 'loop', file, self.host)

    def format(self):
        """An empty one, live."""
        unmount(self.live)
        self.throw_away(self.image)
        self.copies += 1
        self.image = self.host / f'{self.copies}.ext4'
        with open(self.image, 'wb') as made:
            made.truncate(EXT4_BYTES)
        run('mkfs.ext4', '-q', '-F', '-E', 'lazy_itable_init=1,lazy_journal_init=1', self.image)
        run('mount', '-o', 'loop', self.image, self.live)

    def copy(self):
        """What would be on the disk if the power went now."""
        self.copies += 1
        path = self.host / f'{self.copies}.ext4'
        with open(self.image, 'rb') as source, open(path, 'wb') as copy:
            fcntl.ioctl(copy, LINUX_FICLONE, source.fileno())
        return path

    def go_on_from(self, image):
        """The power is back: `image` is the disk, what the live one had besides is gone."""
        unmount(self.live)
        self.throw_away(self.image)
        self.image = image
        run('mount', '-o', 'loop', image, self.live)

    def look_at(self, image):
        run('mount', '-o', 'loop', image, self.looked_at)
        return self.looked_at

    def look_away(self, image):
        unmount(self.looked_at)
        self.throw_away(image)

    @staticmethod
    def throw_away(image):
        if image:
            image.unlink(missing_ok=True)

    def forgets(self):
        """Whether this is a disk that loses what was not synced, and nothing else: without that
        no figure means anything."""
        (self.live / 'unsynced').write_bytes(b'x' * 100000)
        with open(self.live / 'synced', 'wb') as file:
            file.write(b'y' * 100000)
            file.flush()
            os.fsync(file.fileno())
        with open(self.live / 'synced', 'ab') as file:
            file.write(b'z' * 100000)
        image = self.copy()
        try:
            place = self.look_at(image)
            unsynced, synced = place / 'unsynced', place / 'synced'
            return (not unsynced.exists() or unsynced.stat().st_size == 0) and \
                synced.read_bytes() == b'y' * 100000
        finally:
            self.look_away(image)

    def close(self):
        unmount(self.looked_at)
        unmount(self.live)
        unmount(self.host)
