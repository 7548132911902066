/* job.json: what the short files and params.json of a run say, in one object, with its
 * calls and pictures. Pure. */
#ifndef EASELFS_JOB_JOB_JSON_H
#define EASELFS_JOB_JOB_JSON_H

#include <stddef.h>

#include "base/strbuf.h"
#include "job/record.h"

struct job_story {
	const struct run *run;
	const char *prompt;
	const char *error;
	const char *params; /* params.json; "" for none */
	const struct call *calls;
	size_t call_count;
	const struct image *images;
	size_t image_count;
};

/* Appends the object without `status` and `progress`, which change more often
 * than the store does; its first line is "{". 0 or -ENOMEM. */
int job_json_build(const struct job_story *story, struct strbuf *json);

/* Appends the whole object: `stored` is what job_json_build() gave (NULL or ""
 * for a job without a run). `progress` -1: unknown. */
void job_json_complete(enum state state, int progress, const char *stored, struct strbuf *json);
/* The size of what job_json_complete() appends. */
size_t job_json_size(enum state state, int progress, size_t stored_size);

/* "0.03" from millionths: no more digits than needed; "" for -1. */
void cost_text(int64_t cost_micro, struct strbuf *text);
/* "0.03" in millionths, exactly: a decimal number up to a billion, with at most six digits
 * behind the point. -1 for anything else. */
int64_t cost_read(const char *text, size_t size);

#endif
