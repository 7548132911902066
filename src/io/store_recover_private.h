/* The parts of rebuilding a store: pages of the damaged file, rows in pages, rows made to
 * fit each other. Private to store_recover*.c. */
#ifndef EASELFS_IO_STORE_RECOVER_PRIVATE_H
#define EASELFS_IO_STORE_RECOVER_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/diag.h"
#include "store_db.h"

/* ---- the write-ahead log ---- */

struct frames {
	struct frame {
		int64_t page;
		int64_t offset; /* of the page's bytes in the log */
	} * list;               /* by page, one for each */
	size_t count, room;
};

enum wal_state {
	WAL_WHOLE,   /* nothing is missing, so far as can be told */
	WAL_MISSING, /* there is none */
	WAL_CUT,     /* it is no log, or commits lie behind what is damaged in it */
};

struct wal {
	int fd; /* -1: there is none; wal_done() closes it */
	enum wal_state state;
	uint32_t page_size;     /* 0: there are no frames */
	int64_t database_pages; /* as the commits of `frames` say */
	struct frames frames;   /* that SQLite takes */
	struct frames hidden;   /* committed behind the first one that is not whole */
};

/* Reads the log at wal->fd; `page_size` is the database's, 0: not known. 0 or -errno. */
int wal_read(struct wal *wal, uint32_t page_size);
/* It is another database's. */
void wal_ignore(struct wal *wal);
void wal_done(struct wal *wal);
/* Where the page lies in the log, -1: not in these frames. */
int64_t wal_find(const struct frames *frames, int64_t page);
bool wal_is_page_size(uint32_t size);
/* How many bytes were there, fewer than `size` at the end, or -errno. */
ssize_t wal_read_at(int fd, void *bytes, size_t size, int64_t offset);

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
/* Pages that were committed behind damage in the log, which SQLite does not take: the i-th
 * one's number, 0 where there are no more. */
int64_t dbpages_hidden(const struct dbpages *pages, size_t i);
/* As dbpages_read(), but a hidden page where there is one. */
int dbpages_read_hidden(const struct dbpages *pages, int64_t number, uint8_t *bytes);
/* Whether commits may be missing: then what was sent since may look as if it waited. */
bool dbpages_may_be_old(const struct dbpages *pages);
/* Whether the database says that nothing on the page is in use. */
bool dbpages_is_free(const struct dbpages *pages, int64_t number);

/* Numbers of more than a byte are big-endian in a database. */
static inline uint32_t read_u32(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

/* ---- rows ---- */

/* Which pages are read, and for which rows. */
struct rows_wanted {
	const struct dbpages *pages;
	bool hidden;       /* the hidden pages, else all that SQLite takes */
	const char *table; /* NULL: of every table */
};

/* Tables without rows and unique indexes, as rows_salvage() needs them. 0 or -errno. */
int rows_make_tables(struct db *db);
/* Makes every unique index anew, as the schema says or as one that takes all. 0 or -errno. */
int rows_make_indexes(struct db *db, bool unique);
/* Puts every row that can be told from its page into the tables; TEMP.sequence(name, seq)
 * takes the counters, TEMP.removed(blob) the places of pictures that were removed. Of two versions
 * of a row the newer stays, else the first. 0 or the -errno of the new database. */
int rows_salvage(const struct rows_wanted *wanted, struct db *db, int64_t *ret_pages_unread);

/* ---- whether it is damaged ---- */

/* The number that the statement says. 0, -ENOENT or -errno. */
int db_number(struct db *db, const char *sql, int64_t *ret_number);
bool look_is_whole(struct db *db);
/* 0: it is, and can be rebuilt. -EALREADY where it is not, -EPROTO where it is none of
 * ours, with a diag. */
int look_at_damage(const char *dir, const char *path, struct diag *diag);

/* ---- making them fit ---- */

/* Where commits may be missing, what says that it was never sent may have been. */
enum rows_age { ROWS_ARE_NEWEST, ROWS_MAY_BE_OLD };

enum recover_end { RECOVER_WAITS = 1, RECOVER_DOUBT };

/* After the rows: what they refer to and is lost gets a stand-in, names and numbers are
 * made unique, and no request is on its way any more. `folder` is requests/recovered/,
 * made for stand-ins. 0 or -errno. */
int mend_rows(struct db *db, enum rows_age age, int64_t now_ms, int64_t *ret_folder);
/* Part of mend_rows(): gives a run to all bytes that were judged and whose run is lost, so
 * that saved again they send nothing. 0 or -errno. */
int mend_lost_runs(struct db *db, enum rows_age age, int64_t now_ms);
/* After the pictures: holds what is not finished. 0 or -errno. */
int mend_work(struct db *db, enum rows_age age, int64_t now_ms, int64_t *ret_held);
/* A name that nothing in the folder has: "stem", "stem-2", … 0 or -errno. */
int mend_free_name(struct db *db, int64_t folder, const char *wanted, struct name *ret_name);

#endif
