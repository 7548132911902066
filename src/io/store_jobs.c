/* Jobs, runs and calls. A job's change under way is its file's and its newest run
 * is the one with the highest number: both are looked up, not kept twice. */
#include "io/store_jobs.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "store_db.h"

#define JOB_COLUMNS                                                                                \
	"job.id, job.folder, job.name, ifnull(file.id, 0), ifnull((SELECT id FROM run WHERE "      \
	"run.job = job.id AND joined = 0 ORDER BY number DESC LIMIT 1), 0), created_ms, "          \
	"changed_ms, log_size, "                                                                   \
	"ifnull(file.change, 0) FROM job LEFT JOIN file ON file.job = job.id"

static void read_job(sqlite3_stmt *row, struct job *job)
{
	job->id = db_int(row, 0);
	job->folder = db_int(row, 1);
	db_name(row, 2, &job->name);
	job->file = db_int(row, 3);
	job->run = db_int(row, 4);
	job->created_ms = db_int(row, 5);
	job->changed_ms = db_int(row, 6);
	job->log_size = db_int(row, 7);
	job->change = (enum change)db_int(row, 8);
}

int store_job_get(struct db *db, int64_t id, struct job *ret_job)
{
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	int r = db_first(db, &row, "SELECT " JOB_COLUMNS " WHERE job.id = ?", "i", id);

	if (r == 0)
		read_job(row, ret_job);
	return r;
}

int store_job_find(struct db *db, int64_t folder, const struct name *name, struct job *ret_job)
{
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	int r = db_first(db, &row,
			 "SELECT " JOB_COLUMNS
			 " WHERE job.folder = ? AND job.name = ? AND forgotten = 0",
			 "in", folder, name);

	if (r == 0)
		read_job(row, ret_job);
	return r;
}

int store_job_next(struct db *db, int64_t folder, int64_t after, struct job *ret_job)
{
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	int r = db_first(db, &row,
			 "SELECT " JOB_COLUMNS " WHERE job.folder = ? AND job.id > ?"
			 " AND forgotten = 0 ORDER BY job.id LIMIT 1",
			 "ii", folder, after);

	if (r == 0)
		read_job(row, ret_job);
	return r;
}

int store_job_insert(struct db *db, struct job *job)
{
	int r = db_run(db,
		       "INSERT INTO job(folder, name, created_ms, changed_ms, log_size, forgotten)"
		       " VALUES (?, ?, ?, ?, 0, 0)",
		       "inii", job->folder, &job->name, job->created_ms, job->changed_ms);

	if (r == 0)
		job->id = db_last_id(db);
	return r;
}

int store_job_update(struct db *db, const struct job *job)
{
	return db_run(db, "UPDATE job SET folder = ?, name = ?, changed_ms = ? WHERE id = ?",
		      "inii", job->folder, &job->name, job->changed_ms, job->id);
}

int store_job_move_all(struct db *db, int64_t from_folder, int64_t to_folder)
{
	return db_run(db, "UPDATE job SET folder = ? WHERE folder = ?", "ii", to_folder,
		      from_folder);
}

int store_job_forget(struct db *db, int64_t id)
{
	return db_run(db, "UPDATE job SET forgotten = 1 WHERE id = ?", "i", id);
}

int store_job_is_forgotten(struct db *db, int64_t id)
{
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	int r = db_first(db, &row, "SELECT forgotten FROM job WHERE id = ?", "i", id);

	return r < 0 ? r : db_int(row, 0) != 0;
}

int store_job_delete(struct db *db, int64_t id)
{
	int r = db_run(db, "DELETE FROM log WHERE job = ?", "i", id);

	return r < 0 ? r : db_run(db, "DELETE FROM job WHERE id = ?", "i", id);
}

/* ---- runs ---- */

#define RUN_COLUMNS                                                                                \
	"id, job, number, state, hold, created_ms, changed_ms, finished_ms, seed, content, "       \
	"provider, model, length(prompt), length(error), length(json), length(params) FROM run"

static void read_run(sqlite3_stmt *row, struct run *run)
{
	run->id = db_int(row, 0);
	run->job = db_int(row, 1);
	run->number = db_int(row, 2);
	run->state = (enum state)db_int(row, 3);
	run->hold = (enum hold)db_int(row, 4);
	run->created_ms = db_int(row, 5);
	run->changed_ms = db_int(row, 6);
	run->finished_ms = db_int(row, 7);
	run->seed = db_int(row, 8);
	memset(run->content, 0, sizeof(run->content));
	if (sqlite3_column_bytes(row, 9) == CONTENT_HASH_SIZE)
		memcpy(run->content, sqlite3_column_blob(row, 9), CONTENT_HASH_SIZE);
	db_text(row, 10, run->provider, sizeof(run->provider));
	db_text(row, 11, run->model, sizeof(run->model));
	run->prompt_size = db_int(row, 12);
	run->error_size = db_int(row, 13);
	run->json_size = db_int(row, 14);
	run->params_size = db_int(row, 15);
}

int store_run_get(struct db *db, int64_t id, struct run *ret_run)
{
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	int r = db_first(db, &row, "SELECT " RUN_COLUMNS " WHERE id = ?", "i", id);

	if (r == 0)
		read_run(row, ret_run);
	return r;
}

int store_run_find(struct db *db, int64_t job, int64_t number, struct run *ret_run)
{
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	int r = db_first(db, &row, "SELECT " RUN_COLUMNS " WHERE job = ? AND number = ?", "ii", job,
			 number);

	if (r == 0)
		read_run(row, ret_run);
	return r;
}

int store_run_next(struct db *db, int64_t job, int64_t after, struct run *ret_run)
{
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	int r = db_first(db, &row,
			 "SELECT " RUN_COLUMNS
			 " WHERE job = ? AND number > ? ORDER BY number LIMIT 1",
			 "ii", job, after);

	if (r == 0)
		read_run(row, ret_run);
	return r;
}

int store_run_insert(struct db *db, struct run *run, const struct run_texts *texts)
{
	int r = db_run(db,
		       "INSERT INTO run(job, number, joined, state, hold, created_ms, changed_ms,"
		       " finished_ms, seed, content, provider, model, prompt, error, params, json)"
		       " VALUES (?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		       "iiiiiiiibttbbbb", run->job, run->number, (int64_t)run->state,
		       (int64_t)run->hold, run->created_ms, run->changed_ms, run->finished_ms,
		       run->seed, run->content, (size_t)CONTENT_HASH_SIZE, run->provider,
		       run->model, texts->bytes[RUN_PROMPT], texts->size[RUN_PROMPT],
		       texts->bytes[RUN_ERROR], texts->size[RUN_ERROR], texts->bytes[RUN_PARAMS],
		       texts->size[RUN_PARAMS], texts->bytes[RUN_JSON], texts->size[RUN_JSON]);

	if (r == 0)
		run->id = db_last_id(db);
	return r;
}

int store_run_update(struct db *db, const struct run *run)
{
	return db_run(db,
		      "UPDATE run SET job = ?, number = ?, state = ?, hold = ?, changed_ms = ?,"
		      " finished_ms = ?, seed = ?, provider = ?, model = ? WHERE id = ?",
		      "iiiiiiitti", run->job, run->number, (int64_t)run->state, (int64_t)run->hold,
		      run->changed_ms, run->finished_ms, run->seed, run->provider, run->model,
		      run->id);
}

int store_runs_join(struct db *db, int64_t from_job, int64_t to_job)
{
	int64_t last = store_run_last_number(db, to_job);
	int r = last < 0 ? (int)last
			 : db_run(db,
				  "UPDATE run SET job = ?, number = number + ?, joined = 1"
				  " WHERE job = ?",
				  "iii", to_job, last, from_job);

	if (r == 0)
		r = db_run(db, "UPDATE image SET job = ? WHERE job = ?", "ii", to_job, from_job);
	if (r == 0)
		r = db_run(db,
			   "UPDATE log SET job = ?1, start = start +"
			   " (SELECT log_size FROM job WHERE id = ?1) WHERE job = ?2",
			   "ii", to_job, from_job);
	if (r == 0)
		r = db_run(db,
			   "UPDATE job SET log_size = log_size +"
			   " (SELECT log_size FROM job WHERE id = ?2) WHERE id = ?1",
			   "ii", to_job, from_job);
	return r < 0 ? r : store_job_delete(db, from_job);
}

int64_t store_run_last_number(struct db *db, int64_t job)
{
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	int r = db_first(db, &row, "SELECT ifnull(max(number), 0) FROM run WHERE job = ?", "i",
			 job);

	return r < 0 ? r : db_int(row, 0);
}

int store_run_text(struct db *db, int64_t id, enum run_text text, struct strbuf *ret_text)
{
	static const char *const selects[RUN_TEXTS] = {
		[RUN_PROMPT] = "SELECT prompt FROM run WHERE id = ?",
		[RUN_ERROR] = "SELECT error FROM run WHERE id = ?",
		[RUN_PARAMS] = "SELECT params FROM run WHERE id = ?",
		[RUN_JSON] = "SELECT json FROM run WHERE id = ?",
	};
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	int r = db_first(db, &row, selects[text], "i", id);

	if (r < 0)
		return r;
	db_add_bytes(row, 0, ret_text);
	return strbuf_failed(ret_text) ? -ENOMEM : 0;
}

int store_run_set_text(struct db *db, int64_t id, enum run_text text, const void *bytes,
		       size_t size)
{
	static const char *const updates[RUN_TEXTS] = {
		[RUN_PROMPT] = "UPDATE run SET prompt = ? WHERE id = ?",
		[RUN_ERROR] = "UPDATE run SET error = ? WHERE id = ?",
		[RUN_PARAMS] = "UPDATE run SET params = ? WHERE id = ?",
		[RUN_JSON] = "UPDATE run SET json = ? WHERE id = ?",
	};

	return db_run(db, updates[text], "bi", bytes, size, id);
}

int store_run_delete(struct db *db, int64_t id)
{
	int r = db_run(db, "DELETE FROM call WHERE run = ?", "i", id);

	return r < 0 ? r : db_run(db, "DELETE FROM run WHERE id = ?", "i", id);
}

int store_run_before(struct db *db, enum state state, int64_t changed_ms, int64_t id,
		     struct run *ret_run)
{
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	int r = db_first(db, &row,
			 "SELECT " RUN_COLUMNS " WHERE state = ? AND (changed_ms, id) < (?, ?)"
			 " ORDER BY changed_ms DESC, id DESC LIMIT 1",
			 "iii", (int64_t)state, changed_ms, id);

	if (r == 0)
		read_run(row, ret_run);
	return r;
}

int64_t store_run_count_in(struct db *db, enum state state)
{
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	int r = db_first(db, &row, "SELECT count(*) FROM run WHERE state = ?", "i", (int64_t)state);

	return r < 0 ? r : db_int(row, 0);
}
