/* gallery.html: the newest pictures with their prompts, one page without scripts
 * that any browser opens from the mount. Any thread. */
#ifndef EASELFS_MOUNT_GALLERY_H
#define EASELFS_MOUNT_GALLERY_H

#include "base/strbuf.h"
#include "mount/mount.h"

enum { GALLERY_PICTURES_MAX = 500, GALLERY_PROMPT_BYTES_MAX = 400 };

/* Appends the page. Inside a snapshot of the store. 0 or -errno. */
int gallery_render(const struct mount *mount, struct db *db, struct strbuf *text);

#endif
