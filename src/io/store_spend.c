/* Totals by day: a page that shows a month reads thirty rows, not a million calls. */
#include "io/store_spend.h"

#include <errno.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "store_db.h"

int store_spend(struct db *db, int64_t day, const char *provider, const struct spent *spent)
{
	return db_run(db,
		      "INSERT INTO spend(day, provider, unit, cost_micro, pictures)"
		      " VALUES (?, ?, ?, ?, ?) ON CONFLICT(provider, day, unit) DO UPDATE SET"
		      " cost_micro = cost_micro + excluded.cost_micro,"
		      " pictures = pictures + excluded.pictures",
		      "ittii", day, provider, spent->unit, spent->cost_micro, spent->pictures);
}

int store_spent(struct db *db, const char *provider, const char *unit, int64_t first, int64_t last,
		struct spent *ret_spent)
{
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	int r = db_first(db, &row,
			 "SELECT ifnull(sum(cost_micro), 0), ifnull(sum(pictures), 0) FROM spend"
			 " WHERE provider = ? AND unit = ? AND day BETWEEN ? AND ?",
			 "ttii", provider, unit, first, last);

	if (r < 0)
		return r;
	snprintf(ret_spent->unit, sizeof(ret_spent->unit), "%s", unit);
	ret_spent->cost_micro = db_int(row, 0);
	ret_spent->pictures = db_int(row, 1);
	return 0;
}

int store_spent_next(struct db *db, int64_t first, int64_t last, struct spent_place *place)
{
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	int r = db_first(db, &row,
			 "SELECT provider, unit FROM spend WHERE day BETWEEN ? AND ?"
			 " AND (provider, unit) > (?, ?) ORDER BY provider, unit LIMIT 1",
			 "iitt", first, last, place->provider, place->unit);

	if (r < 0)
		return r;
	db_text(row, 0, place->provider, sizeof(place->provider));
	db_text(row, 1, place->unit, sizeof(place->unit));
	return 0;
}
