/* The page `spend`: what was spent today and this month, by provider and unit.
 * Any thread, inside a snapshot of the store. */
#ifndef EASELFS_MOUNT_SPENDING_H
#define EASELFS_MOUNT_SPENDING_H

#include "base/strbuf.h"
#include "mount/mount.h"

/* Appends a line a provider: name, unit, today, this month, pictures this month. 0
 * or -errno. */
int spend_text(const struct mount *mount, struct db *db, struct strbuf *text);

#endif
