/* What the pages at the root say. Any thread. */
#ifndef EASELFS_MOUNT_OVERVIEW_H
#define EASELFS_MOUNT_OVERVIEW_H

#include "base/strbuf.h"
#include "mount/mount.h"

/* Appends README.txt: how to use the mount at `mountpoint`. */
void overview_readme(const char *mountpoint, struct strbuf *text);

/* Appends the status page: what runs, what waits and why, what finished lately,
 * in at most OVERVIEW_LINES_MAX lines of 100 columns. Inside a snapshot of the
 * store. 0 or -errno. */
enum { OVERVIEW_LINES_MAX = 48 };
int overview_status(const struct mount *mount, struct db *db, struct strbuf *text);

#endif
