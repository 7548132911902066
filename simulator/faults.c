/* A fault that is to come twice has to be counted by what it belongs to: the
 * prompt of a submission, since a submission that failed has no job, or the job.
 * Both become a key. The table of counts only grows; it holds what said "times=". */
#include "simulator/faults.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "simulator/chance.h"

enum { COUNT_BUCKETS = 1024 };

struct met {
	struct met *next;
	uint64_t key;
	unsigned times;
};

struct faults {
	struct chance chance;
	pthread_mutex_t lock; /* guards what follows; a leaf */
	struct fault rules[FAULT_RULES_MAX];
	uint64_t rule_keys[FAULT_RULES_MAX];
	size_t rule_count;
	uint64_t rules_made;
	struct met *met[COUNT_BUCKETS];
};

struct faults *faults_new(uint64_t seed)
{
	struct faults *faults = calloc(1, sizeof(*faults));

	if (!faults)
		return NULL;
	faults->chance.state = chance_hash("faults", 6, seed);
	pthread_mutex_init(&faults->lock, NULL);
	return faults;
}

void faults_free(struct faults *faults)
{
	if (!faults)
		return;
	for (size_t i = 0; i < COUNT_BUCKETS; i++) {
		while (faults->met[i]) {
			struct met *next = faults->met[i]->next;

			free(faults->met[i]);
			faults->met[i] = next;
		}
	}
	pthread_mutex_destroy(&faults->lock);
	free(faults);
}

int faults_add_rule(struct faults *faults, const struct fault *rule, struct diag *reterr_diag)
{
	SCOPED_LOCK(&faults->lock);

	if (faults->rule_count == FAULT_RULES_MAX) {
		diag_set(reterr_diag, 0, "there are %d faults already", FAULT_RULES_MAX);
		return -E2BIG;
	}
	/* Added anew, it is counted anew. */
	faults->rules_made++;
	faults->rule_keys[faults->rule_count] =
		chance_hash(&faults->rules_made, sizeof(faults->rules_made), 1);
	faults->rules[faults->rule_count++] = *rule;
	return 0;
}

void faults_clear_rules(struct faults *faults)
{
	SCOPED_LOCK(&faults->lock);

	faults->rule_count = 0;
}

/* Counts one more, unless `times` are reached or there is no memory for it. */
static bool count_one(struct faults *faults, uint64_t key, unsigned times)
{
	struct met **bucket = &faults->met[key % COUNT_BUCKETS], *met;

	for (met = *bucket; met && met->key != key; met = met->next)
		;
	if (!met) {
		met = calloc(1, sizeof(*met));
		if (!met)
			return false;
		met->key = key;
		met->next = *bucket;
		*bucket = met;
	}
	if (met->times >= times)
		return false;
	met->times++;
	return true;
}

static bool meet_locked(struct faults *faults, const struct fault *fault,
			const struct fault_wish *wish, uint64_t key)
{
	if (fault->step != wish->step && fault->step != STEP_ANY)
		return false;
	if (fault->provider[0] && strcmp(fault->provider, wish->provider) != 0)
		return false;
	if (fault->share < FAULT_SHARE_ALL &&
	    chance_unit(&faults->chance) * FAULT_SHARE_ALL >= fault->share)
		return false;
	return !fault->times || count_one(faults, key, fault->times);
}

bool faults_meet(struct faults *faults, const struct fault *fault, const struct fault_wish *wish,
		 uint64_t key)
{
	SCOPED_LOCK(&faults->lock);

	return meet_locked(faults, fault, wish, key);
}

void faults_draw(struct faults *faults, const struct fault_wish *wish, struct fault *ret_faults,
		 size_t room, size_t *count)
{
	SCOPED_LOCK(&faults->lock);

	for (size_t i = 0; i < faults->rule_count && *count < room; i++) {
		if (meet_locked(faults, &faults->rules[i], wish, faults->rule_keys[i]))
			ret_faults[(*count)++] = faults->rules[i];
	}
}
