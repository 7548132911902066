/* What all listeners share. */
#ifndef EASELFS_SIMULATOR_WORLD_H
#define EASELFS_SIMULATOR_WORLD_H

#include <stdint.h>

#include "simulator/chance.h"
#include "simulator/faults.h"
#include "simulator/job.h"
#include "simulator/latency.h"
#include "simulator/ledger.h"
#include "simulator/options.h"
#include "simulator/record.h"
#include "simulator/state.h"

enum { ORIGIN_ROOM = 64 };

struct alarm;

struct world {
	const struct options *options;
	struct chance chance;
	struct faults *faults;
	struct jobs *jobs;
	struct ledger *ledger;
	struct record *requests; /* of every listener */
	struct state *state;     /* NULL without --state */
	struct alarm *alarm;
	char image_origin[ORIGIN_ROOM]; /* "http://127.0.0.1:34215" */
};

/* Makes it all, and loads the state. 0 or -1 with a diag. */
int world_open(struct world *world, const struct options *options, struct diag *reterr_diag);
void world_close(struct world *world);

#endif
