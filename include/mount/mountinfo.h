/* The kernel's table of mounts: /proc/self/mountinfo, held open. The descriptor
 * goes on showing the namespace it was opened in, wherever its holder goes, and
 * poll() reports POLLPRI once after each change of that namespace. */
#ifndef EASELFS_MOUNT_MOUNTINFO_H
#define EASELFS_MOUNT_MOUNTINFO_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The descriptor, close-on-exec and the caller's to close, or -errno. One
 * thread at a time may use it: the functions below move its offset. */
int mountinfo_open(void);

/* The device of mount `mount_id`, which must be of a FUSE type ("fuse",
 * "fuse.easelfs"). Returns 0, -ENOENT (no such mount), -ENODEV (not FUSE) or
 * another -errno of reading the table. */
int mountinfo_fuse_device(int fd, uint64_t mount_id, dev_t *ret_device);

/* Whether any mount of `device` is left: 1, 0 or -errno. A table that changes
 * while it is read is read again, so that 0 can be relied on. */
int mountinfo_has_device(int fd, dev_t device);

#endif
