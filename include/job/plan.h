/* What to do next with a call: the same question for a new one, after a reply and
 * after a restart, so that recovery is starting. Pure. */
#ifndef EASELFS_JOB_PLAN_H
#define EASELFS_JOB_PLAN_H

#include "job/profile.h"
#include "job/record.h"

enum step {
	STEP_REST,         /* nothing, until somebody changes the call */
	STEP_SUBMIT,       /* record the intent, then send it */
	STEP_SUBMIT_AGAIN, /* it was lost and cost nothing: back to the queue */
	STEP_DOUBT,        /* whether the provider took it cannot be known: hold it */
	STEP_FOLLOW,       /* the provider has it: ask and fetch */
	STEP_LOOK,         /* in doubt: look for it in the provider's list of jobs */
	STEP_WATCH,        /* under way here: wait for it */
	STEP_CANCEL,       /* under way here, and a person wants it to end */
	STEP_ANNOUNCE      /* its pictures are safe: make them visible */
};

struct situation {
	const struct call *call;
	const struct profile *profile; /* NULL: not known any more */
	int under_way;                 /* this daemon has a painter or an errand for it */
	int pictures;                  /* of the call, safe on disk and not yet visible */
};

enum step plan_next(const struct situation *situation);

#endif
