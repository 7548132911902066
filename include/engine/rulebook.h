/* The rules in force: configuration and profiles. They are replaced as a whole by
 * a reload; whoever holds the old ones may go on using them until the end, because
 * reloads are rare and rules are small. */
#ifndef EASELFS_ENGINE_RULEBOOK_H
#define EASELFS_ENGINE_RULEBOOK_H

#include "base/diag.h"
#include "io/config.h"
#include "io/profile_file.h"

struct rules {
	struct config config;
	struct profile_set profiles;
};

void rules_done(struct rules *rules);
/* Calls at a time at the provider: the configuration's, else the profile's. */
unsigned rules_in_flight(const struct rules *rules, const struct profile *profile);

struct rulebook;

/* The first rules are the book's from now on. NULL when out of memory, and then
 * still the caller's. */
struct rulebook *rulebook_new(const struct rules *first);
void rulebook_free(struct rulebook *book); /* NULL is a no-op */

/* The rules in force. Any thread; good until rulebook_free(). */
const struct rules *rulebook_current(const struct rulebook *book);
/* Puts the rules in force; they are the book's. Any thread. 0 or -ENOMEM. */
int rulebook_replace(struct rulebook *book, const struct rules *next);

/* Why the last reload was refused, "" when it was not. Any thread. */
void rulebook_set_fault(struct rulebook *book, const struct diag *fault);
void rulebook_fault(const struct rulebook *book, struct diag *ret_fault);

#endif
