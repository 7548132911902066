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

/* What settled as empty, or is too large, was never sent. What was still on its way to be
 * judged may have been since where rows are old. */
static int list_judged(struct db *db, enum rows_age age)
{
	int r = db_run(db, "CREATE TEMP TABLE judged(file INTEGER PRIMARY KEY)", "");

	return r < 0 ? r
		     : db_run(db,
			      "INSERT INTO temp.judged SELECT id FROM file WHERE job IS NOT NULL"
			      " AND (change = ?1 OR (?2 AND change <> ?3)) AND size BETWEEN 1 AND "
			      "?4",
			      "iiii", (int64_t)CHANGE_NONE, (int64_t)(age == ROWS_MAY_BE_OLD),
			      (int64_t)CHANGE_EMPTY, (int64_t)REQUEST_BYTES_MAX);
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

/* A request, its bytes, and the run that should know them. */
struct judged {
	struct file file;
	struct job job;
	struct run newest; /* id 0: there is none */
	uint8_t hash[CONTENT_HASH_SIZE];
	bool complete; /* its bytes */
};

static int load_judged(struct db *db, int64_t id, struct judged *judged)
{
	int r = store_file_get(db, id, &judged->file);

	judged->newest.id = 0;
	if (r == 0)
		r = store_job_get(db, judged->file.job, &judged->job);
	if (r == 0 && judged->job.run)
		r = store_run_get(db, judged->job.run, &judged->newest);
	if (r == 0)
		r = is_complete(db, &judged->file);
	judged->complete = r > 0;
	return r < 0 ? r : store_file_hash(db, &judged->file, judged->hash);
}

static int mend_judged(struct db *db, struct judged *judged, enum rows_age age, int64_t now_ms)
{
	static const uint8_t unknown[CONTENT_HASH_SIZE];
	const struct run *newest = &judged->newest;
	bool has_hash = newest->id && memcmp(newest->content, unknown, sizeof(unknown)) != 0;
	int64_t stand_in;

	if (has_hash && memcmp(newest->content, judged->hash, sizeof(judged->hash)) == 0)
		return 0;
	/* Old bytes beside a newer run are no reason for another one. */
	if (has_hash && (!judged->complete || age == ROWS_MAY_BE_OLD))
		return 0;
	stand_in = find_stand_in(db, judged->job.id, newest->id);
	if (stand_in < 0)
		return (int)stand_in;
	if (!stand_in && newest->id && !has_hash)
		stand_in = newest->id; /* an earlier repair's */
	return stand_in ? know_bytes(db, stand_in, judged->hash)
			: add_run(db, judged->job.id, judged->hash, now_ms);
}

/* It was on its way to be judged, and may have been sent since. */
static int mend_unjudged(struct db *db, const struct judged *judged, int64_t now_ms)
{
	int r = db_run(db, "UPDATE file SET change = ? WHERE id = ?", "ii", (int64_t)CHANGE_NONE,
		       judged->file.id);

	if (judged->newest.id &&
	    memcmp(judged->newest.content, judged->hash, sizeof(judged->hash)) == 0)
		return r;
	return r < 0 ? r : add_run(db, judged->job.id, judged->hash, now_ms);
}

int mend_lost_runs(struct db *db, enum rows_age age, int64_t now_ms)
{
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	struct judged judged;
	int r = list_judged(db, age);

	if (r == 0)
		r = db_first(db, &row, "SELECT file FROM temp.judged ORDER BY file", "");
	while (r == 0) {
		r = load_judged(db, db_int(row, 0), &judged);
		if (r == 0)
			r = judged.file.change == CHANGE_NONE
				    ? mend_judged(db, &judged, age, now_ms)
				    : mend_unjudged(db, &judged, now_ms);
		if (r < 0)
			return r == -ENOENT ? -EIO : r;
		r = db_next(row);
	}
	return r == -ENOENT ? 0 : r;
}
