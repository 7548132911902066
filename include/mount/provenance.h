/* What a picture's extended attributes tell of how it was made: the names of
 * freedesktop.org's shared attributes and `user.easelfs.*`. Any thread, inside a
 * snapshot of the store. */
#ifndef EASELFS_MOUNT_PROVENANCE_H
#define EASELFS_MOUNT_PROVENANCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "io/store.h"

enum { COMMENT_BYTES_MAX = 1000 };

/* Whether the attribute is one of ours, and so nobody's to set. */
bool provenance_has(const char *name);
/* Appends its value. -ENODATA when it is not ours or this picture has none. */
int provenance_get(struct db *db, int64_t image, const char *name, struct strbuf *value);
/* Appends the names that this picture has, each with its NUL. */
int provenance_list(struct db *db, int64_t image, struct strbuf *names);

#endif
