/* The store: one SQLite database (and a lock) that is the truth about requests,
 * jobs and pictures. This header is its life, its transactions and its settings;
 * the records are in store_tree.h (folders, files), store_jobs.h (jobs, runs,
 * calls, logs) and store_images.h. */
#ifndef EASELFS_IO_STORE_H
#define EASELFS_IO_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"

struct store;
struct db; /* a connection inside a transaction; never shared by threads */

enum store_mode { STORE_READ_WRITE, STORE_READ_ONLY };

/* Opens DIR/easelfs.db (making both when missing), takes the lock of the only
 * daemon, migrates. Main thread. Returns 0; -EBUSY when another daemon has it
 * (diag names its process); -EPROTO when it is from a newer version; -EIO when it
 * is damaged, or its repair was interrupted; another -errno; always with a diag. */
int store_open(const char *dir, enum store_mode mode, struct store **ret_store,
	       struct diag *reterr_diag);
/* Nobody may read or write any more. NULL is a no-op. */
void store_close(struct store *store);
const char *store_dir(const struct store *store);

/* The disk that the store and its pictures are on, in bytes: what is free for this user,
 * and the whole. Any thread. 0 or -errno. */
struct disk_room {
	uint64_t free, whole;
};
int store_disk_room(const struct store *store, struct disk_room *ret_room);

/* How long a commit takes to mean something: LAZY survives a killed daemon,
 * SYNCED also a power cut. */
enum store_sync { STORE_LAZY, STORE_SYNCED };

/* The body of a write transaction: 0 keeps what it did, a -errno undoes it. It
 * runs on the thread of any caller of store_write(), under the write lock, once. */
typedef int store_write_fn(struct db *db, void *arg);

/* Runs `fn` in a write transaction and returns when it is committed: fn's result
 * or the -errno of committing (-ENOSPC, -EIO). Bodies that wait at the same time
 * share one commit; each is undone alone. Any thread. -EROFS when read-only. */
int store_write(struct store *store, enum store_sync sync, store_write_fn *fn, void *arg);

/* A consistent snapshot of what is committed; never waits for the writer. Any
 * thread. NULL when out of memory or descriptors. Give it back with
 * store_read_end(), by the same thread, soon. */
struct db *store_read_begin(struct store *store);
void store_read_end(struct db *db); /* NULL is a no-op */

static inline void cleanup_store_read(struct db **db)
{
	store_read_end(*db);
}

/* Small facts that outlive the daemon, by name. 0 or -ENOENT. */
int store_setting_get(struct db *db, const char *name, int64_t *ret_value);
int store_setting_set(struct db *db, const char *name, int64_t value);

#endif
