/* The rules in force: configuration and profiles. They are replaced as a whole by
 * a reload; whoever holds the old ones may go on using them until the end, because
 * reloads are rare and rules are small. */
#ifndef EASELFS_ENGINE_RULEBOOK_H
#define EASELFS_ENGINE_RULEBOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"
#include "io/config.h"
#include "io/key.h"
#include "io/profile_file.h"

/* How a provider is reached, and with which key. */
struct access {
	struct key *key;      /* NULL: it needs none, or there is none */
	const char *header;   /* "Name: value", in the key's memory; NULL without a key */
	const char *base_url; /* the configuration's, else the profile's; NULL for a program */
	struct diag fault;    /* why nothing can be sent; text "" when it can */
};

struct rules {
	struct config config;
	struct profile_set profiles;
	struct access *access; /* one for each profile, in their order; NULL: not looked for */
};

void rules_done(struct rules *rules);
/* Finds the keys: once, when configuration and profiles are there. That there is none, or
 * it cannot be used, is a fault of that access. May take as long as the commands that
 * print keys, or until `stop_fd` (see io/key.h). 0, -ECANCELED or -ENOMEM. */
int rules_find_keys(struct rules *rules, int stop_fd);
/* The environment variables that may hold keys: those that profiles and the configuration
 * name; a NULL-terminated list to free(), its names are the rules'. NULL: out of memory. */
const char **rules_key_variables(const struct rules *rules);

/* How that profile, of these rules or of older ones, is reached. Never NULL; the rules'.
 * A program of this machine is always ready. */
const struct access *rules_access(const struct rules *rules, const struct profile *profile);
/* Whether any provider has a key. */
bool rules_have_keys(const struct rules *rules);
/* What an image of that model (NULL or "": the default one) costs, in the provider's unit:
 * the configuration's word, which is about all of them; else the profile's, which is about
 * those that it names, also by their ids. -1: not told. */
int64_t rules_price_micro(const struct rules *rules, const struct profile *profile,
			  const char *model);
/* What a unit of its money is worth, in millionths of a USD, likewise; -1: not told. */
int64_t rules_usd_micro(const struct rules *rules, const struct profile *profile);
/* Whether spending has a limit. */
bool rules_have_limit(const struct rules *rules);
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
