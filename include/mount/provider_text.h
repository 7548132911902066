/* What providers/NAME/ says: from the profile, the configuration and what the store
 * remembers of the provider. Any thread. */
#ifndef EASELFS_MOUNT_PROVIDER_TEXT_H
#define EASELFS_MOUNT_PROVIDER_TEXT_H

#include <stdint.h>

#include "base/strbuf.h"
#include "io/store.h"
#include "job/profile.h"
#include "mount/kind.h"
#include "mount/mount.h"

/* The profile of that id, or NULL. */
const struct profile *provider_of(const struct mount *mount, int64_t id);

/* Appends the file's text. 0, -ENOENT (no such file), -ENOMEM or the store's -errno. */
int provider_text(const struct mount *mount, struct db *db, const struct profile *profile,
		  enum kind kind, struct strbuf *text);
/* Its size in bytes; the long ones are not rendered for it. The same errors. */
int64_t provider_text_size(const struct mount *mount, struct db *db, const struct profile *profile,
			   enum kind kind);

#endif
