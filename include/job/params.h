/* The canonical parameters: what a request may say, with one meaning for every
 * provider. One table; the parser, messages, templates and documentation use it.
 * Pure. */
#ifndef EASELFS_JOB_PARAMS_H
#define EASELFS_JOB_PARAMS_H

#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"

enum param {
	PARAM_PROMPT,
	PARAM_NEGATIVE_PROMPT,
	PARAM_PROVIDER,
	PARAM_MODEL,
	PARAM_ASPECT_RATIO,
	PARAM_RESOLUTION,
	PARAM_WIDTH,
	PARAM_HEIGHT,
	PARAM_SEED,
	PARAM_COUNT,
	PARAM_ENHANCE,
	PARAM_FORMAT,
	PARAMS
};

enum { SIDE_PIXELS_MAX = 32768, SEED_MAX = 2147483647, COUNT_MAX = 16 };

enum param_type { PARAM_TEXT, PARAM_NUMBER, PARAM_YES_NO };

/* A value each as normalised text ("1024", "16:9", "yes"), NULL where unset. */
struct params {
	char *value[PARAMS];
};

/* "aspect_ratio"; never NULL. */
const char *param_name(enum param param);
/* What is allowed, for people: "a whole number from 0 to 2147483647". */
const char *param_allowed(enum param param);
/* What it is for, in one line without a stop: "how many pictures". */
const char *param_meaning(enum param param);
/* As what JSON gives it; a string will always do. */
enum param_type param_type(enum param param);
/* The parameter of that name, or PARAMS. */
enum param param_find(const char *name, size_t size);
/* The parameter that was probably meant by a name that is none, or PARAMS. */
enum param param_nearest(const char *name, size_t size);

/* Checks and normalises `value` for `param` and sets it, replacing an earlier
 * one. Returns 0, -ENOMEM, or -EINVAL with the parameter, the value (printable,
 * shortened) and what is allowed in `reterr_diag`; its line is left 0. */
int params_set(struct params *params, enum param param, const char *value, size_t size,
	       struct diag *reterr_diag);
/* The number a numeric parameter holds, or -1 when unset. */
int64_t params_number(const struct params *params, enum param param);
int params_copy(const struct params *from, struct params *ret_params);
void params_done(struct params *params);

static inline void cleanup_params(struct params *params)
{
	params_done(params);
}

#endif
