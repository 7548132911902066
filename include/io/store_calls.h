/* Calls, as records. Every function runs inside a transaction of the store; unless said
 * otherwise it returns 0, -ENOENT when there is no such record, -EEXIST when the
 * provider's id is another call's, or the -errno of the database. */
#ifndef EASELFS_IO_STORE_CALLS_H
#define EASELFS_IO_STORE_CALLS_H

#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "job/record.h"

struct db;

int store_call_get(struct db *db, int64_t id, struct call *ret_call);
/* The call of the run with the smallest number above `after`. */
int store_call_next(struct db *db, int64_t run, int64_t after, struct call *ret_call);
/* The call in `state` (of `provider`, NULL: of any) with the smallest id above `after`. */
int store_call_next_in(struct db *db, enum state state, const char *provider, int64_t after,
		       struct call *ret_call);
int store_call_insert(struct db *db, struct call *call);
int store_call_update(struct db *db, const struct call *call);
/* A call's texts, kept apart because they can be long. CALL_ERROR: a line for a
 * person, then what the provider said; the others are JSON, "" for none yet. */
enum call_text {
	CALL_ERROR,
	CALL_REQUEST,
	CALL_RESPONSE,
	CALL_POLL_URL, /* as the provider gave them, absolute */
	CALL_RESULT_URL,
	CALL_CANCEL_URL,
	CALL_REFERENCES, /* where its pictures are there */
	CALL_TEXTS
};
/* Appends the text. */
int store_call_text(struct db *db, int64_t id, enum call_text text, struct strbuf *ret_text);
/* Its size in bytes, 0 for none yet; the text is not read. */
int store_call_text_size(struct db *db, int64_t id, enum call_text text, int64_t *ret_size);
int store_call_set_text(struct db *db, int64_t id, enum call_text text, const char *bytes);

/* The call that a provider knows by this id. */
int store_call_find_remote(struct db *db, const char *provider, const char *remote_id,
			   struct call *ret_call);

#endif
