/* What keeps a request from being sent twice is its newest run, which knows the bytes that
 * were judged. Where that row is lost, the same bytes, saved again, would be paid again. So
 * every request that had been judged is compared with its newest run: where the bytes are
 * other ones, the newest run is lost, and one that knows them takes its place. */
#include "io/store_recover.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/cleanup.h"
#include "io/store_jobs.h"
#include "io/store_tree.h"
#include "job/request.h"
#include "store_recover_private.h"

/* What settled as empty, or is too large, was never sent. */
static int list_judged(struct db *db)
{
	int r = db_run(db, "CREATE TEMP TABLE judged(file INTEGER PRIMARY KEY)", "");

	return r < 0 ? r
		     : db_run(db,
			      "INSERT INTO temp.judged SELECT id FROM file WHERE job IS NOT NULL"
			      " AND change = ? AND size BETWEEN 1 AND ?",
			      "ii", (int64_t)CHANGE_NONE, (int64_t)REQUEST_BYTES_MAX);
}

/* Whether no chunk is missing: of bytes that are lost in part nothing can be told. */
static int is_complete(struct db *db, const struct file *file)
{
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	int64_t last = (file->size - 1) / CHUNK_SIZE;
	int r = db_first(db, &row,
			 "SELECT total(length(bytes)) = ? AND count(*) = ? + 1 FROM chunk"
			 " WHERE file = ? AND n <= ?",
			 "iiii", file->size, last, file->id, last);

	return r < 0 ? r : db_int(row, 0) != 0;
}

/* The newest stand-in of the job's runs, if it is newer than `newest`: an id, 0 or -errno. */
static int64_t find_stand_in(struct db *db, int64_t job, int64_t newest)
{
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	int r = db_first(db, &row,
			 "SELECT ifnull(max(id), 0) FROM temp.lost_run WHERE job = ? AND id >= ?",
			 "ii", job, newest);

	return r < 0 ? r : db_int(row, 0);
}

static int know_bytes(struct db *db, int64_t run, const uint8_t *hash)
{
	return db_run(db, "UPDATE run SET joined = 0, content = ? WHERE id = ?", "bi", hash,
		      (size_t)CONTENT_HASH_SIZE, run);
}

/* Held in doubt, as all runs without calls are in the end. */
static int add_run(struct db *db, int64_t job, const uint8_t *hash, int64_t now_ms)
{
	static const struct run_texts no_texts;
	struct run run = {
		.job = job,
		.state = STATE_HELD,
		.hold = HOLD_DOUBT,
		.created_ms = now_ms,
		.changed_ms = now_ms,
		.seed = -1,
	};
	int64_t last = store_run_last_number(db, job);

	if (last < 0)
		return (int)last;
	run.number = last + 1;
	memcpy(run.content, hash, sizeof(run.content));
	return store_run_insert(db, &run, &no_texts);
}

static int mend_judged(struct db *db, int64_t id, int64_t now_ms)
{
	static const uint8_t unknown[CONTENT_HASH_SIZE];
	uint8_t hash[CONTENT_HASH_SIZE];
	struct run newest = { .id = 0 };
	struct file file;
	struct job job;
	int64_t stand_in;
	int complete, r = store_file_get(db, id, &file);

	if (r == 0)
		r = store_job_get(db, file.job, &job);
	if (r == 0 && job.run)
		r = store_run_get(db, job.run, &newest);
	complete = r < 0 ? r : is_complete(db, &file);
	if (complete < 0)
		return complete;
	r = store_file_hash(db, &file, hash);
	if (r < 0)
		return r;
	if (newest.id && memcmp(newest.content, unknown, sizeof(unknown)) != 0 &&
	    (!complete || memcmp(newest.content, hash, sizeof(hash)) == 0))
		return 0;
	stand_in = find_stand_in(db, job.id, newest.id);
	if (stand_in < 0)
		return (int)stand_in;
	if (!stand_in && newest.id && memcmp(newest.content, unknown, sizeof(unknown)) == 0)
		stand_in = newest.id; /* an earlier repair's */
	return stand_in ? know_bytes(db, stand_in, hash) : add_run(db, job.id, hash, now_ms);
}

int mend_lost_runs(struct db *db, int64_t now_ms)
{
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	int r = list_judged(db);

	if (r == 0)
		r = db_first(db, &row, "SELECT file FROM temp.judged ORDER BY file", "");
	while (r == 0) {
		r = mend_judged(db, db_int(row, 0), now_ms);
		if (r < 0)
			return r == -ENOENT ? -EIO : r;
		r = db_next(row);
	}
	return r == -ENOENT ? 0 : r;
}
