/* From what a request says to what is asked for: defaults added, the provider
 * and its model chosen, the size made his, what he does not know set aside. Pure,
 * but for nothing: the seed is drawn by the caller. */
#ifndef EASELFS_JOB_RESOLVE_H
#define EASELFS_JOB_RESOLVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/strbuf.h"
#include "job/params.h"
#include "job/profile.h"
#include "job/request.h"

struct resolved {
	struct params params;          /* after all defaults */
	struct params sent;            /* what templates are filled with */
	char *extra;                   /* a JSON object's text, or NULL */
	char provider[64], model[128]; /* "" where the provider has no models */
	const char *ignored[PARAMS];   /* why it is not sent, or NULL; not ours */
	char note[160];                /* of the size; "" for none */
	int64_t count, count_per_call;
	bool sends_seed;
	bool ignores_extra; /* `extra` is given, and the provider is a program of this machine:
			     * it is kept, listed under `ignored`, and not sent */
};

/* Adds the layer's parameters (size is one choice) and `extra` members below those
 * already there. Nearest layer first. 0, -ENOMEM, or -EINVAL with a diag. */
int resolve_add_layer(struct resolved *resolved, const struct request *layer,
		      struct diag *reterr_diag);

/* Why `extra` is not sent, where ignores_extra. */
extern const char resolve_extra_ignored[];

/* Makes the parameters the profile's own. -EINVAL with a diag for what it does
 * accept but not so; -ENOMEM. */
int resolve_for(struct resolved *resolved, const struct profile *profile, struct diag *reterr_diag);

/* Sets the seed in both sets of parameters. 0 or -ENOMEM. */
int resolve_set_seed(struct resolved *resolved, int64_t seed);

/* Sets how many pictures the provider is asked for at once, where he can be. 0 or
 * -ENOMEM. */
int resolve_set_count(struct resolved *resolved, int64_t count);

/* Appends params.json: parameters, extra, ignored, notes, sent. 0 or -ENOMEM. */
int resolve_json(const struct resolved *resolved, struct strbuf *json);

/* Reads back what resolve_json() wrote: all but the reasons of `ignored`. count_per_call is
 * what the first call was sent: enough to make the same calls again. 0, -EBADMSG or
 * -ENOMEM. */
int resolve_from_json(const char *json, struct resolved *ret_resolved);

void resolved_done(struct resolved *resolved);

#endif
