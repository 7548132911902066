/* The page `spend`: what was spent today and this month, by provider and unit.
 * Any thread, inside a snapshot of the store. */
#ifndef EASELFS_MOUNT_SPENDING_H
#define EASELFS_MOUNT_SPENDING_H

#include <stdint.h>

#include "base/strbuf.h"
#include "mount/mount.h"

/* Appends a line a provider: name, unit, today, this month, pictures this month. 0
 * or -errno. */
int spend_text(const struct mount *mount, struct db *db, struct strbuf *text);
/* Its size, or -errno. */
int64_t spend_size(const struct mount *mount, struct db *db);

#endif
