/* One request and its reply: the steps in which faults are worked in. */
#ifndef EASELFS_SIMULATOR_EXCHANGE_H
#define EASELFS_SIMULATOR_EXCHANGE_H

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "simulator/provider.h"
#include "simulator/reply.h"
#include "simulator/request.h"
#include "simulator/world.h"

enum { ACTIVE_MAX = FAULT_SPECS_MAX + FAULT_RULES_MAX };

struct exchange {
	struct world *world;
	const struct provider *provider;
	unsigned number;    /* the provider's */
	const char *origin; /* of this listener: "http://127.0.0.1:34211" */
	struct request request;
	struct reply reply;
	const struct route *route;
	struct captures captures;
	cJSON *body;
	struct job *job;                 /* that the request is about */
	unsigned index;                  /* of its picture */
	struct fault active[ACTIVE_MAX]; /* for this request */
	size_t active_count;
	struct fault of_job[FAULT_SPECS_MAX]; /* to be kept with the job */
	size_t of_job_count;
	struct job *earlier; /* whose id is told again */
	bool accepted;       /* charged */
	bool answered;       /* nothing more is to be done but to send x->reply */
	int64_t now_ms;
	/* Set by who wants to be called again, when this job has ended, or at
	 * once when the simulator stops. */
	void (*again)(struct exchange *x);
	/* Set by who answers with a stream: appends an event, and returns in how many
	 * milliseconds the next one may come; -1: that was the last. */
	int64_t (*event)(const struct exchange *x, struct strbuf *text);
};

/* In this order; each may be called at once or after a wait, on any thread. */

/* Records it, checks the key, finds its route, job and faults. Returns for how many
 * milliseconds it is delayed before anything happens. */
int64_t exchange_begin(struct exchange *x);
/* Whether it is done although who asked left during that delay. */
bool exchange_outlasts_client(const struct exchange *x);
/* Does it. Call exchange_again() for as long as x->again is set. */
void exchange_run(struct exchange *x);
/* When x->again is due (wall clock, ms). */
int64_t exchange_again_ms(const struct exchange *x);
void exchange_again(struct exchange *x);
/* Spoils the reply as was asked. x->reply then says what to send, and when. */
void exchange_finish(struct exchange *x);
void exchange_done(struct exchange *x);

/* For providers. */

/* The active fault of this kind, or NULL. */
const struct fault *exchange_fault(const struct exchange *x, enum fault_kind kind);
/* Replies with an error in the provider's words. */
void exchange_fail(struct exchange *x, unsigned status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
