/* What providers told of themselves and what was learned of them. Every function runs
 * inside a transaction of the store; it returns 0, -ENOENT where nothing is known, or the
 * -errno of the database. */
#ifndef EASELFS_IO_STORE_PROVIDERS_H
#define EASELFS_IO_STORE_PROVIDERS_H

#include <stdint.h>

#include "base/strbuf.h"

struct db;

struct provider_record {
	int64_t remaining_micro;   /* of the account, in the provider's unit; -1: not told */
	int64_t remaining_ms;      /* wall clock, when it was told */
	int64_t catalogue_ms;      /* when its catalogue was last asked for; 0: never */
	int64_t catalogue_size;    /* bytes */
	char catalogue_error[200]; /* why that failed; "": it did not */
};

int store_provider_get(struct db *db, const char *name, struct provider_record *ret_record);
int store_provider_set_remaining(struct db *db, const char *name, int64_t remaining_micro,
				 int64_t now_ms);
/* `catalogue` NULL keeps the one that is there. */
int store_provider_set_catalogue(struct db *db, const char *name, const char *catalogue,
				 const char *error, int64_t now_ms);
/* Appends it. */
int store_provider_catalogue(struct db *db, const char *name, struct strbuf *ret_text);
/* What its catalogue says that a picture of the model of this id costs, in millionths of
 * the provider's unit. -ENOENT, too, where it says nothing of it. */
int store_provider_price(struct db *db, const char *name, const char *model, int64_t *ret_micro);

/* How long a model's jobs take there (job/pace.h). */
int store_pace_get(struct db *db, const char *provider, const char *model, char *text, size_t room);
int store_pace_set(struct db *db, const char *provider, const char *model, const char *text);

#endif
