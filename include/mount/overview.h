/* What the pages at the root say. Any thread. */
#ifndef EASELFS_MOUNT_OVERVIEW_H
#define EASELFS_MOUNT_OVERVIEW_H

#include "base/strbuf.h"
#include "mount/mount.h"

/* Appends README.txt: how to use the mount at `mountpoint`. */
void overview_readme(const char *mountpoint, struct strbuf *text);

/* Appends the status page: what the day has cost, what runs, what waits and why, what
 * finished lately. It fills a screen of 24 lines and 80 columns, and is longer only where
 * much runs and waits. Inside a snapshot of the store. 0 or -errno. */
int overview_status(const struct mount *mount, struct db *db, struct strbuf *text);

#endif
