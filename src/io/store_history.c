/* The two append-only texts, a job's log and the journal of all changes. Each
 * line is a record with the offset it starts at, so a read at any offset finds
 * its line by an index, and offsets never move. */
#include "io/store_jobs.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "store_db.h"

/* Copies lines (start, bytes) from `row` on, until `room` is full or they end. */
static int64_t copy_lines(sqlite3_stmt *row, int64_t offset, char *bytes, size_t room)
{
	size_t used = 0;
	int r = 0;

	while (r == 0 && used < room) {
		int64_t start = db_int(row, 0);
		const char *line = sqlite3_column_blob(row, 1);
		int64_t size = sqlite3_column_bytes(row, 1);
		int64_t skip = offset > start ? offset - start : 0;
		size_t part;

		if (skip < size) {
			part = (size_t)(size - skip);
			if (part > room - used)
				part = room - used;
			memcpy(bytes + used, line + skip, part);
			used += part;
		}
		r = db_next(row);
	}
	return r < 0 && r != -ENOENT ? r : (int64_t)used;
}

int store_log_add(struct db *db, int64_t job, int64_t run, const char *line, size_t size)
{
	int r = db_run(db,
		       "INSERT INTO log(job, run, start, line)"
		       " VALUES (?1, nullif(?2, 0), (SELECT log_size FROM job WHERE id = ?1), ?3)",
		       "iib", job, run, line, size);

	if (r < 0)
		return r;
	return db_run(db, "UPDATE job SET log_size = log_size + ? WHERE id = ?", "ii",
		      (int64_t)size, job);
}

int64_t store_log_read(struct db *db, int64_t job, int64_t offset, char *bytes, size_t room)
{
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	int r = db_first(db, &row,
			 "SELECT start, line FROM log WHERE job = ?1 AND start >="
			 " ifnull((SELECT max(start) FROM log WHERE job = ?1 AND start <= ?2), 0)"
			 " ORDER BY start",
			 "ii", job, offset);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	return copy_lines(row, offset, bytes, room);
}

int store_log_of_run(struct db *db, int64_t run, struct strbuf *ret_lines)
{
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	int r = db_first(db, &row, "SELECT line FROM log WHERE run = ? ORDER BY start", "i", run);

	for (; r == 0; r = db_next(row))
		db_add_bytes(row, 0, ret_lines);
	if (r != -ENOENT)
		return r;
	return strbuf_failed(ret_lines) ? -ENOMEM : 0;
}

int64_t store_log_size_of_run(struct db *db, int64_t run)
{
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	int r = db_first(db, &row, "SELECT total(length(line)) FROM log WHERE run = ?", "i", run);

	return r < 0 ? r : db_int(row, 0);
}

int store_event_add(struct db *db, const char *line, size_t size)
{
	int64_t start = store_event_size(db);

	if (start < 0)
		return (int)start;
	return db_run(db, "INSERT INTO event(start, line) VALUES (?, ?)", "ib", start, line, size);
}

int64_t store_event_read(struct db *db, int64_t offset, char *bytes, size_t room)
{
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	int r = db_first(db, &row,
			 "SELECT start, line FROM event WHERE start >="
			 " ifnull((SELECT max(start) FROM event WHERE start <= ?), 0)"
			 " ORDER BY start",
			 "i", offset);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	return copy_lines(row, offset, bytes, room);
}

int64_t store_event_size(struct db *db)
{
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	int r = db_first(db, &row,
			 "SELECT start + length(line) FROM event ORDER BY start DESC LIMIT 1", "");

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	return db_int(row, 0);
}
