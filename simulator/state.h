/* What survives the simulator: jobs, charges and ends, in a file of JSON lines. */
#ifndef EASELFS_SIMULATOR_STATE_H
#define EASELFS_SIMULATOR_STATE_H

#include "base/diag.h"
#include "simulator/job.h"
#include "simulator/ledger.h"

struct state;

/* Reads `path` into jobs and ledger, then appends to it. NULL with a diag; a last line
 * that is not whole (a power cut) is passed over. */
struct state *state_open(const char *path, struct jobs *jobs, struct ledger *ledger,
			 struct diag *reterr_diag);
void state_close(struct state *state);

/* Any thread, both; with NULL they do nothing. A job was charged for; a job was cancelled,
 * finished or deleted. */
void state_add_job(struct state *state, const struct job *job);
void state_end_job(struct state *state, const struct job *job);

#endif
