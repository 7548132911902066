/* Open files. A text handle holds what was rendered when it was opened, so its
 * reader sees one consistent snapshot; an image handle holds the blob's
 * descriptor; a file handle holds its draft. Any thread. */
#ifndef EASELFS_MOUNT_HANDLE_H
#define EASELFS_MOUNT_HANDLE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/strbuf.h"
#include "mount/drafts.h"
#include "mount/kind.h"
#include "mount/mount.h"
#include "mount/watch.h"

/* All that are open, so that a stop can end those whose RELEASE never comes. */
struct handles;
struct handles *handles_new(void); /* NULL when out of memory */
/* Saves what was written through those still open, without taking that for a
 * close, and frees them. The FUSE loop has ended. NULL is a no-op. */
void handles_free(struct handles *handles);

struct handle {
	struct handles *handles;
	struct handle *next, **link; /* among them */
	uint64_t ino;
	enum content content;
	enum draft_access access; /* CONTENT_FILE */
	struct draft *draft;      /* CONTENT_FILE */
	struct strbuf text;       /* CONTENT_TEXT */
	int fd;                   /* CONTENT_IMAGE; -1 */
	/* What its reader has seen: the offset, the job's change, or (CONTENT_WAIT)
	 * the state it was answered with. */
	_Atomic int64_t seen;
	_Atomic bool was_read; /* a status: from its start, once */
	struct polls polls;    /* watch's */
};

/* Opens `ino` with open(2)'s `flags`. 0, -EPERM (not for writing), -ENOENT or
 * another -errno. */
int handle_open(const struct mount *mount, uint64_t ino, int flags, struct handle **ret_handle);
/* A file that was just created. */
int handle_open_created(const struct mount *mount, const struct file *file, int flags,
			struct handle **ret_handle);
void handle_close(struct handle *handle); /* NULL is a no-op */

/* Reads where that needs no waiting: not CONTENT_WAIT, not CONTENT_IMAGE. How
 * many bytes, or -errno. */
ssize_t handle_read(const struct mount *mount, struct handle *handle, char *bytes, size_t size,
		    int64_t offset);
/* Whether these bytes ask for a reload: then the reloader answers, and not handle_write(). */
bool handle_asks_reload(const struct handle *handle, const char *bytes, size_t size);
/* A file's bytes, or another command. How many bytes, or -errno. */
ssize_t handle_write(const struct mount *mount, struct handle *handle, const char *bytes,
		     size_t size, int64_t offset);
/* What poll(2) says: POLL… bits. */
unsigned handle_poll(const struct mount *mount, struct handle *handle);

#endif
