/* The parts of rebuilding a store: pages of the damaged file, rows in pages, rows made to
 * fit each other. Private to store_recover*.c. */
#ifndef EASELFS_IO_STORE_RECOVER_PRIVATE_H
#define EASELFS_IO_STORE_RECOVER_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>

#include "store_db.h"

/* ---- pages of a damaged database, its write-ahead log included ---- */

struct dbpages;

/* `path` is the database's; a missing one has no pages. 0 or -errno. */
int dbpages_open(const char *path, struct dbpages **ret_pages);
void dbpages_close(struct dbpages *pages);          /* NULL is a no-op */
uint32_t dbpages_size(const struct dbpages *pages); /* bytes of each */
int64_t dbpages_count(const struct dbpages *pages);
/* Page `number` (from 1) into dbpages_size() bytes; what the file does not have of it is
 * zeros. 0 or -errno. */
int dbpages_read(const struct dbpages *pages, int64_t number, uint8_t *bytes);
/* Whether the database says that nothing on the page is in use. */
bool dbpages_is_free(const struct dbpages *pages, int64_t number);

/* Numbers of more than a byte are big-endian in a database. */
static inline uint32_t read_u32(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

/* ---- rows ---- */

/* Puts every row that can be told from its page into the database, whose tables are
 * empty and have no unique indexes; TEMP.sequence(name, seq) takes the counters. Of two
 * versions of a row the newer stays. 0 or the -errno of the new database. */
int rows_salvage(const struct dbpages *pages, struct db *db, int64_t *ret_pages_unread);

/* ---- making them fit ---- */

enum recover_end { RECOVER_WAITS = 1, RECOVER_DOUBT };

/* After the rows: what they refer to and is lost gets a stand-in, names and numbers are
 * made unique, and no request is on its way any more. `folder` is requests/recovered/,
 * made for stand-ins. 0 or -errno. */
int mend_rows(struct db *db, int64_t now_ms, int64_t *ret_folder);
/* Part of mend_rows(): gives a run to all bytes that were judged and whose run is lost, so
 * that saved again they send nothing. 0 or -errno. */
int mend_lost_runs(struct db *db, int64_t now_ms);
/* After the pictures: holds what is not finished. 0 or -errno. */
int mend_work(struct db *db, int64_t now_ms, int64_t *ret_held);
/* A name that nothing in the folder has: "stem", "stem-2", … 0 or -errno. */
int mend_free_name(struct db *db, int64_t folder, const char *wanted, struct name *ret_name);

#endif
