/* Calls: a request to a provider each, with its intent and what came of it. Texts that
 * can be long are columns of their own, read one at a time, so that listing calls
 * stays cheap. */
#include "io/store_calls.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "store_db.h"

#define CALL_COLUMNS                                                                               \
	"id, run, number, state, hold, attempt, seed, count, cost_micro, unit, provider, "         \
	"remote_id, process, wish, changed_ms, submitted_ms, "                                     \
	"spent_micro, spent_day, loss, sunk_micro FROM call"

static void read_call(sqlite3_stmt *row, struct call *call)
{
	call->id = db_int(row, 0);
	call->run = db_int(row, 1);
	call->number = db_int(row, 2);
	call->state = (enum state)db_int(row, 3);
	call->hold = (enum hold)db_int(row, 4);
	call->attempt = db_int(row, 5);
	call->seed = db_int(row, 6);
	call->count = db_int(row, 7);
	call->cost_micro = db_int(row, 8);
	db_text(row, 9, call->unit, sizeof(call->unit));
	db_text(row, 10, call->provider, sizeof(call->provider));
	db_text(row, 11, call->remote_id, sizeof(call->remote_id));
	call->process = db_int(row, 12);
	call->wish = (enum wish)db_int(row, 13);
	call->changed_ms = db_int(row, 14);
	call->submitted_ms = db_int(row, 15);
	call->spent_micro = db_int(row, 16);
	call->spent_day = db_int(row, 17);
	call->loss = (enum event)db_int(row, 18);
	call->sunk_micro = db_int(row, 19);
}

int store_call_get(struct db *db, int64_t id, struct call *ret_call)
{
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	int r = db_first(db, &row, "SELECT " CALL_COLUMNS " WHERE id = ?", "i", id);

	if (r == 0)
		read_call(row, ret_call);
	return r;
}

int store_call_next(struct db *db, int64_t run, int64_t after, struct call *ret_call)
{
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	int r = db_first(db, &row,
			 "SELECT " CALL_COLUMNS
			 " WHERE run = ? AND number > ? ORDER BY number LIMIT 1",
			 "ii", run, after);

	if (r == 0)
		read_call(row, ret_call);
	return r;
}

int store_call_next_in(struct db *db, enum state state, const char *provider, int64_t after,
		       struct call *ret_call)
{
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	int r = provider ? db_first(db, &row,
				    "SELECT " CALL_COLUMNS
				    " WHERE state = ? AND provider = ? AND id > ?"
				    " ORDER BY id LIMIT 1",
				    "iti", (int64_t)state, provider, after)
			 : db_first(db, &row,
				    "SELECT " CALL_COLUMNS
				    " WHERE state = ? AND id > ? ORDER BY id LIMIT 1",
				    "ii", (int64_t)state, after);

	if (r == 0)
		read_call(row, ret_call);
	return r;
}

int store_call_insert(struct db *db, struct call *call)
{
	int r = db_run(
		db,
		"INSERT INTO call(run, number, state, hold, attempt, seed, count, cost_micro,"
		" unit, provider, remote_id, process, wish, changed_ms, submitted_ms,"
		" spent_micro, spent_day, loss, sunk_micro, error, request, response, poll_url,"
		" result_url, cancel_url, refs)"
		" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, nullif(?, ''), ?, ?, ?, ?, ?, ?, ?, ?,"
		" x'', x'', x'', x'', x'', x'', x'')",
		"iiiiiiiitttiiiiiiii", call->run, call->number, (int64_t)call->state,
		(int64_t)call->hold, call->attempt, call->seed, call->count, call->cost_micro,
		call->unit, call->provider, call->remote_id, call->process, (int64_t)call->wish,
		call->changed_ms, call->submitted_ms, call->spent_micro, call->spent_day,
		(int64_t)call->loss, call->sunk_micro);

	if (r == 0)
		call->id = db_last_id(db);
	return r;
}

int store_call_update(struct db *db, const struct call *call)
{
	return db_run(db,
		      "UPDATE call SET state = ?, hold = ?, attempt = ?, seed = ?, count = ?,"
		      " cost_micro = ?, unit = ?, remote_id = nullif(?, ''), process = ?, wish = ?,"
		      " changed_ms = ?, submitted_ms = ?, spent_micro = ?, spent_day = ?,"
		      " loss = ?, sunk_micro = ? WHERE id = ?",
		      "iiiiiittiiiiiiiii", (int64_t)call->state, (int64_t)call->hold, call->attempt,
		      call->seed, call->count, call->cost_micro, call->unit, call->remote_id,
		      call->process, (int64_t)call->wish, call->changed_ms, call->submitted_ms,
		      call->spent_micro, call->spent_day, (int64_t)call->loss, call->sunk_micro,
		      call->id);
}

#define SELECTS(column)                                                                            \
	{                                                                                          \
		"SELECT " column " FROM call WHERE id = ?",                                        \
			"SELECT length(" column ") FROM call WHERE id = ?"                         \
	}

enum measure { TEXT_BYTES, TEXT_SIZE };

static const char *const text_selects[CALL_TEXTS][2] = {
	[CALL_ERROR] = SELECTS("error"),           [CALL_REQUEST] = SELECTS("request"),
	[CALL_RESPONSE] = SELECTS("response"),     [CALL_POLL_URL] = SELECTS("poll_url"),
	[CALL_RESULT_URL] = SELECTS("result_url"), [CALL_CANCEL_URL] = SELECTS("cancel_url"),
	[CALL_REFERENCES] = SELECTS("refs"),
};

int store_call_text(struct db *db, int64_t id, enum call_text text, struct strbuf *ret_text)
{
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	int r = db_first(db, &row, text_selects[text][TEXT_BYTES], "i", id);

	if (r < 0)
		return r;
	db_add_bytes(row, 0, ret_text);
	return strbuf_failed(ret_text) ? -ENOMEM : 0;
}

int store_call_text_size(struct db *db, int64_t id, enum call_text text, int64_t *ret_size)
{
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	int r = db_first(db, &row, text_selects[text][TEXT_SIZE], "i", id);

	if (r == 0)
		*ret_size = db_int(row, 0);
	return r;
}

int store_call_set_text(struct db *db, int64_t id, enum call_text text, const char *bytes)
{
	static const char *const updates[CALL_TEXTS] = {
		[CALL_ERROR] = "UPDATE call SET error = ? WHERE id = ?",
		[CALL_REQUEST] = "UPDATE call SET request = ? WHERE id = ?",
		[CALL_RESPONSE] = "UPDATE call SET response = ? WHERE id = ?",
		[CALL_POLL_URL] = "UPDATE call SET poll_url = ? WHERE id = ?",
		[CALL_RESULT_URL] = "UPDATE call SET result_url = ? WHERE id = ?",
		[CALL_CANCEL_URL] = "UPDATE call SET cancel_url = ? WHERE id = ?",
		[CALL_REFERENCES] = "UPDATE call SET refs = ? WHERE id = ?",
	};

	return db_run(db, updates[text], "bi", bytes, strlen(bytes), id);
}

int store_call_find_remote(struct db *db, const char *provider, const char *remote_id,
			   struct call *ret_call)
{
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	int r = db_first(db, &row, "SELECT " CALL_COLUMNS " WHERE provider = ? AND remote_id = ?",
			 "tt", provider, remote_id);

	if (r == 0)
		read_call(row, ret_call);
	return r;
}
