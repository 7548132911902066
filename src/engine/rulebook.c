/* A list of all rules there have been, the newest first, and an atomic pointer to
 * it: readers take no lock. */
#include "engine/rulebook.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/cleanup.h"

struct edition {
	struct rules rules;
	struct edition *older;
};

struct rulebook {
	struct edition *_Atomic newest;
	pthread_mutex_t lock; /* guards writers of `newest` and `fault` */
	struct diag fault;
};

unsigned rules_in_flight(const struct rules *rules, const struct profile *profile)
{
	const struct config_provider *configured = config_provider(&rules->config, profile->name);

	if (configured && configured->in_flight)
		return configured->in_flight;
	if (profile->in_flight && profile->in_flight < rules->config.in_flight)
		return profile->in_flight;
	return rules->config.in_flight;
}

struct rulebook *rulebook_new(const struct rules *first)
{
	struct rulebook *book = calloc(1, sizeof(*book));

	if (!book)
		return NULL;
	pthread_mutex_init(&book->lock, NULL);
	if (rulebook_replace(book, first) < 0) {
		rulebook_free(book);
		return NULL;
	}
	return book;
}

void rulebook_free(struct rulebook *book)
{
	struct edition *edition, *older;

	if (!book)
		return;
	for (edition = book->newest; edition; edition = older) {
		older = edition->older;
		rules_done(&edition->rules);
		free(edition);
	}
	pthread_mutex_destroy(&book->lock);
	free(book);
}

const struct rules *rulebook_current(const struct rulebook *book)
{
	return &book->newest->rules;
}

int rulebook_replace(struct rulebook *book, const struct rules *next)
{
	struct edition *edition = calloc(1, sizeof(*edition));
	SCOPED_LOCK(&book->lock);

	if (!edition)
		return -ENOMEM;
	edition->rules = *next;
	edition->older = book->newest;
	book->newest = edition;
	book->fault.text[0] = '\0';
	return 0;
}

void rulebook_set_fault(struct rulebook *book, const struct diag *fault)
{
	SCOPED_LOCK(&book->lock);

	book->fault = *fault;
}

void rulebook_fault(const struct rulebook *book, struct diag *ret_fault)
{
	SCOPED_LOCK((pthread_mutex_t *)&book->lock); /* the book stays as it is */

	*ret_fault = book->fault;
}
