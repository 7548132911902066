/* What was spent, a total a day, provider and unit. Inside a transaction of the
 * store; 0 or the -errno of the database. */
#ifndef EASELFS_IO_STORE_SPEND_H
#define EASELFS_IO_STORE_SPEND_H

#include <stdint.h>

struct db;

struct spent {
	char unit[16];      /* "" where nothing was spent */
	int64_t cost_micro; /* millionths of the unit */
	int64_t pictures;
};

/* Adds to the total of `day` (days since 1970, UTC). */
int store_spend(struct db *db, int64_t day, const char *provider, const struct spent *spent);
/* The sum from `first` to `last`, both included, in that unit alone. */
int store_spent(struct db *db, const char *provider, const char *unit, int64_t first, int64_t last,
		struct spent *ret_spent);

/* A provider and one of its units; both "" before the first. */
struct spent_place {
	char provider[64], unit[16];
};
/* Moves on to the next place with a total in these days. -ENOENT after the last. */
int store_spent_next(struct db *db, int64_t first, int64_t last, struct spent_place *place);

#endif
