/* Drafts: the files below requests/ that somebody has open, their bytes as
 * written so far and not yet saved. Any thread; each draft has a lock of its own,
 * held over reads and writes of its bytes in the store. */
#ifndef EASELFS_MOUNT_DRAFTS_H
#define EASELFS_MOUNT_DRAFTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "engine/catalog.h"
#include "io/store.h"
#include "job/record.h"

struct drafts;
struct draft;

/* NULL when out of memory. Store and catalog are borrowed. */
struct drafts *drafts_new(struct store *store, struct catalog *catalog);
void drafts_free(struct drafts *drafts); /* nothing is open; NULL is a no-op */

enum draft_access { ACCESS_READ, ACCESS_WRITE };

/* One more handle on the file. Give it back with draft_close(). 0 or -errno. */
int draft_open(struct drafts *drafts, const struct file *file, enum draft_access access,
	       struct draft **ret_draft);
void draft_close(struct draft *draft, enum draft_access access);

enum { WRITER_ROOM = 64 };
/* "vim (1234)", from the thread id that FUSE tells, into `room` bytes; returns
 * `text`. */
const char *draft_writer_name(pid_t pid, char *text, size_t room);
/* Who opened it for writing, for the log of its job. */
void draft_set_writer(struct draft *draft, const char *writer);

/* How many bytes were read, or -errno. */
ssize_t draft_read(struct draft *draft, char *bytes, size_t size, int64_t offset);
/* -EFBIG beyond the limit of the file's kind, before anything is allocated. */
ssize_t draft_write(struct draft *draft, const char *bytes, size_t size, int64_t offset);
int draft_truncate(struct draft *draft, int64_t size);
/* Saves what is new; nothing where nothing is. */
int draft_save(struct draft *draft, enum store_sync sync);

/* Truncates a file that the caller need not have open. */
int drafts_truncate(struct drafts *drafts, const struct file *file, int64_t size);
/* A user set the times: where the file is open, later saves keep this mtime until
 * the next write. */
void drafts_set_mtime(struct drafts *drafts, int64_t file, int64_t mtime_ns);
/* Where the file is open, what it is like now; else nothing is changed. */
void drafts_look(struct drafts *drafts, int64_t file, int64_t *size, int64_t *mtime_ns);
/* Whether it is open at all, and for writing. */
bool drafts_is_open(struct drafts *drafts, int64_t file, enum draft_access access);
/* The name went of a file that was open: its record goes with its last handle, or now
 * where that was closed meanwhile. Waits for the store. */
void drafts_unlinked(struct drafts *drafts, int64_t file);
/* The file's job was forgotten: where the file is open, its next write is a change
 * again. */
void drafts_forgotten(struct drafts *drafts, int64_t file);
/* Names below requests/ changed: what is a request, and so its limit, is asked anew. */
void drafts_renamed(struct drafts *drafts);
/* For struct move, `arg` the drafts: whether the file has a writer. Its last close is
 * then told to the catalog even if nothing is written any more. Does not wait for the
 * store. */
bool drafts_owes_close(void *arg, int64_t file);

#endif
