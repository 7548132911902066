/* The pages for people at the mount's root: README.txt, status, spend and
 * gallery.html. Each is kept as rendered last, so that stat never renders; opening one renders it
 * anew where something changed. Any thread. */
#ifndef EASELFS_MOUNT_PAGES_H
#define EASELFS_MOUNT_PAGES_H

#include <stdint.h>

#include "base/strbuf.h"
#include "mount/kind.h"
#include "mount/mount.h"

struct pages;

/* `mountpoint` stands in README.txt's commands; copied. NULL when out of memory. */
struct pages *pages_new(const char *mountpoint);
void pages_free(struct pages *pages); /* NULL is a no-op */

/* Something changed: the next reader gets new pages. Never blocks. */
void pages_touch(struct pages *pages);
/* Renders what changed since it was rendered last. */
void pages_refresh(struct pages *pages, const struct mount *mount);
/* The size of the page as rendered last. */
int64_t pages_size(struct pages *pages, enum kind kind);
/* When a job or the rules changed last, or the mount began, by the wall clock: the time of the
 * files that tell of all jobs. Whatever reads them must not find it moved. */
int64_t pages_changed_ns(struct pages *pages);
/* Refreshes and appends the page. 0 or -errno. */
int pages_render(struct pages *pages, const struct mount *mount, enum kind kind,
		 struct strbuf *text);

#endif
