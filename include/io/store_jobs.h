/* Jobs, runs and their histories, as records. Every function runs inside
 * a transaction of the store; unless said otherwise it returns 0, -ENOENT when
 * there is no such record, or the -errno of the database. */
#ifndef EASELFS_IO_STORE_JOBS_H
#define EASELFS_IO_STORE_JOBS_H

#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "job/record.h"

struct db;

/* Jobs that were forgotten (`rm -r jobs/P`) are found by id only. */
int store_job_get(struct db *db, int64_t id, struct job *ret_job);
int store_job_find(struct db *db, int64_t folder, const struct name *name, struct job *ret_job);
int store_job_next(struct db *db, int64_t folder, int64_t after, struct job *ret_job);
/* Inserts and sets job->id. -EEXIST when the place is taken. */
int store_job_insert(struct db *db, struct job *job);
/* Writes folder, name and changed_ms. */
int store_job_update(struct db *db, const struct job *job);
/* Every job of a folder, the forgotten ones too; -EEXIST when a name is taken. */
int store_job_move_all(struct db *db, int64_t from_folder, int64_t to_folder);
int store_job_forget(struct db *db, int64_t id);
/* Whether a job is forgotten: 1, 0 or -errno. */
int store_job_is_forgotten(struct db *db, int64_t id);
int store_job_delete(struct db *db, int64_t id); /* one that never had a run; its log too */

struct run_texts {
	const char *bytes[RUN_TEXTS];
	size_t size[RUN_TEXTS];
};

int store_run_get(struct db *db, int64_t id, struct run *ret_run);
int store_run_find(struct db *db, int64_t job, int64_t number, struct run *ret_run);
/* The run of the job with the smallest number above `after`. */
int store_run_next(struct db *db, int64_t job, int64_t after, struct run *ret_run);
int store_run_insert(struct db *db, struct run *run, const struct run_texts *texts);
int store_run_update(struct db *db, const struct run *run);
/* The highest number of a run of the job; 0: none; or -errno. */
int64_t store_run_last_number(struct db *db, int64_t job);
/* The runs of one job, its pictures and its log become the other's: their numbers
 * follow on, and none of them is the newest. The first job is deleted. */
int store_runs_join(struct db *db, int64_t from_job, int64_t to_job);
/* Appends a text of the run. */
int store_run_text(struct db *db, int64_t id, enum run_text text, struct strbuf *ret_text);
int store_run_set_text(struct db *db, int64_t id, enum run_text text, const void *bytes,
		       size_t size);
/* Deletes a run that was never submitted, its calls and log lines stay out of it. */
int store_run_delete(struct db *db, int64_t id);

/* The run in `state` that changed last before (changed_ms, id); start with
 * INT64_MAX, INT64_MAX. */
int store_run_before(struct db *db, enum state state, int64_t changed_ms, int64_t id,
		     struct run *ret_run);
int64_t store_run_count_in(struct db *db, enum state state); /* or -errno */

/* Adds a line (with its newline) to the job's log; `run` 0: of none. */
int store_log_add(struct db *db, int64_t job, int64_t run, const char *line, size_t size);
/* Reads the job's log from `offset` on, at most `room` bytes: how many, 0 at the
 * end, or -errno. */
int64_t store_log_read(struct db *db, int64_t job, int64_t offset, char *bytes, size_t room);

/* Appends the lines of the job's log that are about the run. */
int store_log_of_run(struct db *db, int64_t run, struct strbuf *ret_lines);
int64_t store_log_size_of_run(struct db *db, int64_t run);

/* The same for the journal of all state changes. */
int store_event_add(struct db *db, const char *line, size_t size);
int64_t store_event_read(struct db *db, int64_t offset, char *bytes, size_t room);
int64_t store_event_size(struct db *db); /* bytes, or -errno */

#endif
