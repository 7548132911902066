/* The faults in force: rules that hold for a share of all requests, and how often
 * each was met. */
#ifndef EASELFS_SIMULATOR_FAULTS_H
#define EASELFS_SIMULATOR_FAULTS_H

#include "simulator/fault.h"

struct faults;

enum { FAULT_RULES_MAX = 64 };

/* NULL when out of memory. `seed` decides which requests a share is. */
struct faults *faults_new(uint64_t seed);
void faults_free(struct faults *faults);

/* Any thread, all of them. -E2BIG with a diag: FAULT_RULES_MAX are there. */
int faults_add_rule(struct faults *faults, const struct fault *rule, struct diag *reterr_diag);
void faults_clear_rules(struct faults *faults);

/* A request, as far as faults care. */
struct fault_wish {
	const char *provider;
	enum step step;
};

/* Appends to `ret_faults` (room for `room`, *count are there) the rules that
 * faults_meet() it. */
void faults_draw(struct faults *faults, const struct fault_wish *wish, struct fault *ret_faults,
		 size_t room, size_t *count);

/* Whether this fault concerns the step, is chosen, and was not met `times` times
 * under the same key; then it counts as met. */
bool faults_meet(struct faults *faults, const struct fault *fault, const struct fault_wish *wish,
		 uint64_t key);

#endif
