/* The command line of easelfs-simulator. */
#ifndef EASELFS_SIMULATOR_OPTIONS_H
#define EASELFS_SIMULATOR_OPTIONS_H

#include <stdint.h>

#include "base/diag.h"
#include "simulator/fault.h"
#include "simulator/latency.h"
#include "simulator/provider.h"

enum { OPTIONS_FAULTS_MAX = 32, OPTIONS_BALANCE_MAX = 1000000000, LISTENERS = PROVIDERS + 1 };

enum options_task { OPTIONS_SERVE, OPTIONS_HELP, OPTIONS_VERSION };

struct options {
	enum options_task task;
	struct latency latency;
	uint64_t seed;
	const char *ledger, *requests, *config, *port_file, *state; /* NULL: none */
	const char *keys[PROVIDERS];
	unsigned ports[LISTENERS]; /* the image host's is the last; 0: any that is free */
	unsigned threads;          /* for each listener */
	double balance;
	size_t picture_bytes; /* at least */
	int64_t url_ttl_ms, result_ttl_ms, asset_delay_ms;
	struct fault faults[OPTIONS_FAULTS_MAX];
	size_t fault_count;
};

extern const char options_usage[];

/* Not reentrant (getopt). The strings are argv's. 0, or -EINVAL with a diag. */
int options_parse(int argc, char **argv, struct options *ret_options, struct diag *reterr_diag);

#endif
