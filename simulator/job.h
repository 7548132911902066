/* A job of a provider, and the table of all. How far it is follows from the time:
 * no thread works at it. */
#ifndef EASELFS_SIMULATOR_JOB_H
#define EASELFS_SIMULATOR_JOB_H

#include <cjson/cJSON.h>
#include <stdatomic.h>
#include <stdint.h>

#include "simulator/fault.h"

enum { JOB_ID_ROOM = 64, JOB_PICTURES_MAX = 4, JOB_NEVER_MS = 0x7fffffff };

struct job {
	/* Immutable once the job is in the table. */
	char id[JOB_ID_ROOM];
	unsigned provider; /* its number */
	uint64_t number;   /* of the job, from 0 */
	char *model;       /* the provider's id of it */
	char *prompt;
	int64_t seed;
	unsigned w, h, count;
	double amount;
	int64_t created_ms; /* wall clock, as all times here */
	char *inputs;       /* what was sent, JSON */
	enum { JOB_LINKS, JOB_BASE64, JOB_DATA_URIS } outputs;
	enum { JOB_QUEUE, JOB_SYNC } mode;
	struct fault faults[FAULT_SPECS_MAX];
	size_t fault_count;
	/* Changed by any thread. */
	_Atomic int64_t done_ms;
	_Atomic int64_t cancelled_ms; /* 0: not */
	_Atomic bool deleted;
};

enum job_stage {
	JOB_PENDING,
	JOB_QUEUED,
	JOB_WARMING,
	JOB_WORKING,
	JOB_FINALIZING,
	JOB_DONE,
	JOB_FAILED,
	JOB_CANCELLED
};

struct job_view {
	enum job_stage stage;
	double progress;   /* 0 to 1 */
	unsigned position; /* in the queue */
	int64_t rest_ms;   /* since it ended */
};

/* How far the job is. Any thread. */
struct job_view job_look(const struct job *job, int64_t now_ms);
bool job_has_ended(const struct job_view *view);
/* The job's fault of this kind, or NULL. */
const struct fault *job_fault(const struct job *job, enum fault_kind kind);
/* The text of `kind`, or `otherwise` when there is no such fault or it has none. */
const char *job_fault_text(const struct job *job, enum fault_kind kind, const char *otherwise);
/* Whether there is such a fault, with this word. */
bool job_fault_is(const struct job *job, enum fault_kind kind, const char *word);

/* Any thread, both: at once, whatever was drawn; what has ended is left alone. */
void job_cancel(struct job *job, int64_t now_ms);
void job_finish(struct job *job, int64_t now_ms);

struct jobs;

/* Ids follow from the seed. NULL when out of memory. */
struct jobs *jobs_new(uint64_t seed);
/* From now on other ids than in the `starts` earlier lives, also than those that were told
 * and are in no record. */
void jobs_begin_anew(struct jobs *jobs, uint64_t starts);
void jobs_free(struct jobs *jobs);

/* How a provider writes its ids. */
enum job_id_style { JOB_ID_WORD, JOB_ID_HEX, JOB_ID_UUID };

/* A job with its number and id, not yet in the table. NULL when out of memory. */
struct job *job_new(struct jobs *jobs, enum job_id_style style);
void job_free(struct job *job);
/* Any thread, all of these. The table takes the job and keeps it until jobs_free(). */
void jobs_add(struct jobs *jobs, struct job *job);
/* NULL when there is none. */
struct job *jobs_find(struct jobs *jobs, unsigned provider, const char *id);
/* By what job_asset_id() wrote. */
struct job *jobs_find_asset(struct jobs *jobs, unsigned provider, const char *id,
			    unsigned *ret_index);
/* The newest job of this provider, or NULL. */
struct job *jobs_newest(struct jobs *jobs, unsigned provider);
/* All of them, newest first, until `fn` returns false. `fn` must not come back here. */
typedef bool jobs_fn(struct job *job, void *arg);
void jobs_each(struct jobs *jobs, jobs_fn *fn, void *arg);
void job_asset_id(const struct job *job, unsigned index, char *id, size_t room);

/* As lines of a file. job_from_json() makes a job for jobs_add(), with the id it had; NULL:
 * it is none. */
cJSON *job_to_json(const struct job *job);
struct job *job_from_json(struct jobs *jobs, const cJSON *json);

#endif
