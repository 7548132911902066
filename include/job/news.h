/* What happened to a call, as it is recorded. Pure data; texts are borrowed. */
#ifndef EASELFS_JOB_NEWS_H
#define EASELFS_JOB_NEWS_H

#include <stdint.h>

#include "job/state.h"

struct call_news {
	enum event event;
	enum hold hold;                 /* EVENT_HELD */
	const char *error;              /* for people; NULL: none */
	const char *log;                /* a line for the job's log; NULL: the state alone */
	const char *request, *response; /* JSON of what was sent and came; NULL: as before */
	int64_t process;                /* EVENT_ACCEPTED of a local painter */

	/* Of a provider; NULL or -1: nothing new. */
	const char *remote_id;
	const char *poll_url, *result_url, *cancel_url;
	const char *references; /* EVENT_PICTURES: where they are, JSON; "" forgets them */
	int64_t cost_micro;
	const char *unit;       /* of the cost */
	int64_t seed;           /* the one the provider says it used */
	int64_t estimate_micro; /* EVENT_SENT: what it will cost by the provider's own word, for
				 * where nobody else says it */
};

/* News of that event and nothing else. */
#define CALL_NEWS(what)                                                                            \
	{                                                                                          \
		.event = (what), .cost_micro = -1, .seed = -1, .estimate_micro = -1                \
	}

#endif
