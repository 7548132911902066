/* A request while it is read: names find their parameters, and a name said twice
 * finds the line of the first. The two notations fill it. Private to request. */
#ifndef EASELFS_JOB_REQUEST_DRAFT_H
#define EASELFS_JOB_REQUEST_DRAFT_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/diag.h"
#include "job/params.h"
#include "job/request.h"

enum request_place { REQUEST_IN_FRONT, REQUEST_IN_JSON, REQUEST_IN_DEFAULTS };

struct request_draft {
	enum request_place place;
	struct params params;
	unsigned lines[PARAMS]; /* where each was said; 0: nowhere */
	cJSON *extra;           /* an object, or NULL */
	size_t extra_count;     /* taken from lines */
};

/* What one line says. */
struct request_setting {
	unsigned line;
	const char *name, *value;
	size_t name_size, value_size;
	bool quoted; /* the value was, and stays text */
};

/* Takes a canonical parameter or an `extra.NAME`. 0, -ENOMEM, or -EINVAL with a
 * diag. */
int request_draft_take(struct request_draft *draft, const struct request_setting *setting,
		       struct diag *reterr_diag);

/* Explains a name that is not known, and which are; -EINVAL. */
int request_draft_refuse(const struct request_draft *draft, const struct request_setting *setting,
			 struct diag *reterr_diag);

/* Whether what lies under `extra` can be passed on untouched. 0, or -EINVAL with a
 * diag. */
int request_draft_check_extra(const cJSON *item, const struct request_setting *setting,
			      struct diag *reterr_diag);

/* Gives everything away. 0 or -ENOMEM. */
int request_draft_finish(struct request_draft *draft, struct request *ret_request);
void request_draft_done(struct request_draft *draft);

/* `text` is valid UTF-8 with LF alone, and no NUL. Reads the front matter, if the
 * first line begins one; *ret_body is where the text below it begins, 0 without. */
int request_lines_front(struct request_draft *draft, const char *text, size_t size,
			size_t *ret_body, struct diag *reterr_diag);
/* The same for all lines of a defaults.ini. */
int request_lines_defaults(struct request_draft *draft, const char *text, size_t size,
			   struct diag *reterr_diag);
/* The same for one JSON object. */
int request_json_object(struct request_draft *draft, const char *text, size_t size,
			struct diag *reterr_diag);

static inline void cleanup_request_draft(struct request_draft *draft)
{
	request_draft_done(draft);
}

#endif
