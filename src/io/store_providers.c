/* One row a provider; none before it told something. */
#include "io/store_providers.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "job/job_json.h"
#include "store_db.h"

int store_provider_get(struct db *db, const char *name, struct provider_record *ret_record)
{
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	int r = db_first(db, &row,
			 "SELECT remaining_micro, remaining_ms, catalogue_ms, length(catalogue),"
			 " catalogue_error FROM provider WHERE name = ?",
			 "t", name);

	if (r < 0)
		return r;
	ret_record->remaining_micro = db_int(row, 0);
	ret_record->remaining_ms = db_int(row, 1);
	ret_record->catalogue_ms = db_int(row, 2);
	ret_record->catalogue_size = db_int(row, 3);
	db_text(row, 4, ret_record->catalogue_error, sizeof(ret_record->catalogue_error));
	return 0;
}

static int make(struct db *db, const char *name)
{
	return db_run(db, "INSERT OR IGNORE INTO provider VALUES (?, -1, 0, x'', 0, '')", "t",
		      name);
}

int store_provider_set_remaining(struct db *db, const char *name, int64_t remaining_micro,
				 int64_t now_ms)
{
	int r = make(db, name);

	if (r < 0)
		return r;
	return db_run(db,
		      "UPDATE provider SET remaining_micro = ?, remaining_ms = ? WHERE name = ?",
		      "iit", remaining_micro, now_ms, name);
}

int store_provider_set_catalogue(struct db *db, const char *name, const char *catalogue,
				 const char *error, int64_t now_ms)
{
	int r = make(db, name);

	if (r == 0 && catalogue)
		r = db_run(db, "UPDATE provider SET catalogue = ? WHERE name = ?", "bt", catalogue,
			   strlen(catalogue), name);
	if (r < 0)
		return r;
	return db_run(db,
		      "UPDATE provider SET catalogue_error = ?, catalogue_ms = ? WHERE name = ?",
		      "tit", error, now_ms, name);
}

int store_provider_catalogue(struct db *db, const char *name, struct strbuf *ret_text)
{
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	int r = db_first(db, &row, "SELECT catalogue FROM provider WHERE name = ?", "t", name);

	if (r < 0)
		return r;
	db_add_bytes(row, 0, ret_text);
	return strbuf_failed(ret_text) ? -ENOMEM : 0;
}

/* The price in a line "ID NAME PRICE", between tabs, of that model; -1. */
static int64_t price_in(const char *line, const char *end, const char *model, size_t size)
{
	const char *name, *price;

	if ((size_t)(end - line) <= size || memcmp(line, model, size) != 0 || line[size] != '\t')
		return -1;
	name = line + size + 1;
	price = memchr(name, '\t', (size_t)(end - name));
	return price ? cost_read(price + 1, (size_t)(end - price - 1)) : -1;
}

int store_provider_price(struct db *db, const char *name, const char *model, int64_t *ret_micro)
{
	CLEANUP(strbuf) struct strbuf text = STRBUF_EMPTY;
	int r = store_provider_catalogue(db, name, &text);
	const char *line = strbuf_text(&text);

	if (r < 0)
		return r;
	while (*line) {
		const char *end = strchrnul(line, '\n');
		int64_t micro = price_in(line, end, model, strlen(model));

		if (micro >= 0) {
			*ret_micro = micro;
			return 0;
		}
		line = *end ? end + 1 : end;
	}
	return -ENOENT;
}

/* ---- pace ---- */

int store_pace_get(struct db *db, const char *provider, const char *model, char *text, size_t room)
{
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	int r = db_first(db, &row, "SELECT pace FROM pace WHERE provider = ? AND model = ?", "tt",
			 provider, model);

	if (r == 0)
		db_text(row, 0, text, room);
	return r;
}

int store_pace_set(struct db *db, const char *provider, const char *model, const char *text)
{
	return db_run(db, "INSERT OR REPLACE INTO pace VALUES (?, ?, ?)", "ttt", provider, model,
		      text);
}
