/* How long a job takes. */
#ifndef EASELFS_SIMULATOR_LATENCY_H
#define EASELFS_SIMULATOR_LATENCY_H

#include <stdint.h>

#include "base/diag.h"
#include "simulator/chance.h"

enum { LATENCY_MS_MAX = 24 * 3600 * 1000 };

struct latency {
	enum { LATENCY_UNIFORM, LATENCY_LOGNORMAL } kind;
	double a, b; /* ms from a to b; or a median in ms and its sigma */
};

/* "500", "fixed:500", "300..900", "uniform:300..900" or "lognormal:2000,0.5". 0, or
 * -EINVAL with a diag. */
int latency_parse(const char *text, struct latency *ret_latency, struct diag *reterr_diag);
/* Milliseconds, at most a day. Any thread. */
int64_t latency_draw(const struct latency *latency, struct chance *chance);

#endif
