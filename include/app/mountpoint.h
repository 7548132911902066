/* The place to mount at: whether it can be used, and what an earlier daemon left
 * there. Main thread. */
#ifndef EASELFS_APP_MOUNTPOINT_H
#define EASELFS_APP_MOUNTPOINT_H

#include <stdbool.h>

#include "base/diag.h"

/* Makes sure that `path` is a directory that can be mounted on: a dead mount of
 * ours there is unmounted; anything else that is no directory, or a living mount
 * of ours, is an error. *ret_path is absolute and allocated. 0 or -errno with a
 * diag. */
int mountpoint_prepare(const char *path, char **ret_path, struct diag *reterr_diag);

/* Unmounts a dead mount of ours that came there since. 0 or -errno with a diag. */
int mountpoint_clear(const char *path, struct diag *reterr_diag);

/* The mount table, to be looked at: a descriptor, or -errno. */
int mountpoint_watch(void);
/* Whether anything was mounted or unmounted since: a killed daemon's fusermount3 mounts for
 * it yet, and unmounts. */
bool mountpoint_changed(int watch_fd);

/* Whether the option auto_unmount can be given: it is fusermount3 that waits for
 * the daemon's end. (For an ordinary user without allow_other it does so in vain
 * before libfuse 3.15, as it may not look into the mount.) */
bool mountpoint_can_auto_unmount(void);

#endif
