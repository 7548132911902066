#include "simulator/world.h"

#include "simulator/alarm.h"

enum { REQUESTS_KEPT = 100000 };

static int open_records(struct world *world, struct diag *diag)
{
	const struct options *options = world->options;

	world->requests = record_open(options->requests, REQUESTS_KEPT, diag);
	world->ledger =
		world->requests ? ledger_open(options->ledger, options->balance, diag) : NULL;
	if (!world->ledger)
		return -1;
	if (options->state) {
		world->state = state_open(options->state, world->jobs, world->ledger, diag);
		if (!world->state)
			return -1;
	}
	for (size_t i = 0; i < options->fault_count; i++) {
		if (faults_add_rule(world->faults, &options->faults[i], diag) < 0)
			return -1;
	}
	return 0;
}

int world_open(struct world *world, const struct options *options, struct diag *reterr_diag)
{
	*world = (struct world){ .options = options, .chance = { options->seed } };
	world->faults = faults_new(options->seed);
	world->jobs = jobs_new(options->seed);
	world->alarm = alarm_start();
	if (!world->faults || !world->jobs || !world->alarm)
		diag_set(reterr_diag, 0, "out of memory");
	else if (open_records(world, reterr_diag) == 0)
		return 0;
	world_close(world);
	return -1;
}

void world_close(struct world *world)
{
	alarm_free(world->alarm);
	state_close(world->state);
	record_close(world->requests);
	ledger_close(world->ledger);
	faults_free(world->faults);
	jobs_free(world->jobs);
}
