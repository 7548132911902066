/* The records of the store as plain structs: what is known of folders, files,
 * jobs, runs, calls and pictures. Pure data; strings are the owner's until
 * x_done(), names and fixed texts live inside the struct. */
#ifndef EASELFS_JOB_RECORD_H
#define EASELFS_JOB_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "job/name.h"
#include "job/picture.h"
#include "job/state.h"

/* The roots of the two trees of folders; made with the store. */
enum { FOLDER_REQUESTS = 1, FOLDER_IMAGES = 2 };

struct folder {
	int64_t id;
	int64_t parent; /* 0: a root */
	struct name name;
	bool images;      /* below images/, else below requests/ */
	bool present;     /* false: removed by the user, kept for its jobs;
			   * below images/: not yet announced */
	bool scratch;     /* requests below it are never sent */
	uint32_t mode;    /* permission bits */
	int64_t uid, gid; /* -1: the mount's */
	int64_t mtime_ns, ctime_ns;
};

/* How far a request's bytes are on their way; kept in the store by number. */
enum change {
	CHANGE_NONE,   /* settled: its job has judged these bytes */
	CHANGE_OPEN,   /* changed since, and perhaps still open */
	CHANGE_CLOSED, /* the last close is recorded; settling */
	CHANGE_EMPTY,  /* settled without content */
};

struct file {
	int64_t id;
	int64_t folder; /* 0: unlinked, kept for its open handles */
	struct name name;
	int64_t size;
	uint32_t mode;
	int64_t uid, gid; /* -1: the mount's */
	int64_t atime_ns, mtime_ns, ctime_ns;
	enum change change;
	int64_t job; /* 0: scratch */
};

struct job {
	int64_t id;
	int64_t folder; /* of the tree requests/, mirrored below jobs/ */
	struct name name;
	int64_t file; /* 0: the request is gone */
	int64_t run;  /* the newest, 0: none yet */
	int64_t created_ms, changed_ms;
	int64_t log_size;   /* bytes of its log */
	enum change change; /* its file's */
};

enum { CONTENT_HASH_SIZE = 32 }; /* SHA-256 */

struct run {
	int64_t id;
	int64_t job;
	int64_t number; /* from 1 */
	enum state state;
	enum hold hold;
	int64_t created_ms, changed_ms;
	int64_t finished_ms; /* 0: not yet */
	int64_t seed;        /* -1: none drawn (it was rejected) */
	uint8_t content[CONTENT_HASH_SIZE];
	char provider[64], model[128];                           /* "": not decided */
	int64_t prompt_size, error_size, params_size, json_size; /* of its texts in the store */
};

/* What jobs/P/status says: the request's change under way or its emptiness, else
 * its newest run's state. `run` may be NULL. */
static inline enum state job_state(const struct job *job, const struct run *run)
{
	if (job->change == CHANGE_OPEN || job->change == CHANGE_CLOSED)
		return STATE_WRITING;
	if (job->change == CHANGE_EMPTY || !run)
		return STATE_EMPTY;
	return run->state;
}

/* A run's texts, kept apart because they can be long. */
enum run_text { RUN_PROMPT, RUN_ERROR, RUN_PARAMS, RUN_JSON, RUN_TEXTS };

/* What a person asked for while it could not be done yet; kept by number. */
enum wish { WISH_NONE, WISH_CANCEL };

struct call {
	int64_t id;
	int64_t run;
	int64_t number; /* from 1 */
	enum state state;
	enum hold hold;
	int64_t attempt;     /* intents so far, but for those that surely were not taken */
	int64_t seed, count; /* what it asks for */
	int64_t cost_micro;  /* millionths of a unit; -1: not told */
	int64_t spent_micro; /* what of it is counted as spent, on `spent_day` */
	int64_t spent_day;   /* days since 1970, UTC */
	int64_t sunk_micro;  /* what earlier attempts are counted for, that may have been paid */
	char provider[64];
	char unit[16];       /* "USD", "credit", … */
	char remote_id[256]; /* the provider's id of it; "": none */
	int64_t process;     /* of a local painter; 0: none */
	enum wish wish;
	enum event loss; /* what it ends by when the pictures that came are visible, because
			  * others cannot be had; EVENT_NONE: all came */
	int64_t changed_ms;
	int64_t submitted_ms; /* when the provider took it; 0: not yet */
};

struct image {
	int64_t id;
	int64_t job, run, call;
	int64_t number; /* within its run, from 1 */
	int64_t folder; /* 0: removed by the user */
	struct name name;
	struct name link; /* its name below jobs/P/images/, never changed */
	char blob[256];   /* its place among the blobs */
	enum picture_type type;
	uint32_t width, height; /* pixels */
	int64_t size, blocks;   /* bytes; disk blocks of 512 bytes */
	char sha256[65];
	int64_t finished_ms;
	bool announced;   /* visible */
	bool unsafe;      /* flagged by the provider */
	char origin[512]; /* the URL it came from, without its query; "": none */
};

#endif
