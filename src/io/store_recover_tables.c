/* The tables that salvaged rows are put into: those of the schema, whose unique indexes take
 * all for the time being, because what is there twice is made unique later. */
#include "io/store_recover.h"

#include <errno.h>

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "store_recover_private.h"
#include "store_schema.h"

static int make_schema(struct db *db)
{
	int r = 0;

	for (int version = 0; version < SCHEMA_VERSION && r == 0; version++)
		r = db_exec(db, schema_migrations[version]);
	return r;
}

/* Makes every unique index anew as one that takes all, or as what the schema says. */
int rows_make_indexes(struct db *db, bool unique)
{
	static const char prefix[] = "CREATE UNIQUE INDEX ";
	CLEANUP(strbuf) struct strbuf sql = STRBUF_EMPTY;
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	int r = 0;

	if (!unique)
		r = db_run(db,
			   "CREATE TEMP TABLE schema_index AS SELECT name, sql FROM sqlite_master"
			   " WHERE sql LIKE 'CREATE UNIQUE INDEX %'",
			   "");
	if (r == 0)
		r = db_first(db, &row, "SELECT name, sql FROM temp.schema_index", "");
	for (; r == 0; r = db_next(row)) {
		const char *text = (const char *)sqlite3_column_text(row, 1);

		strbuf_addf(&sql, "DROP INDEX %s; CREATE %sINDEX %s;",
			    (const char *)sqlite3_column_text(row, 0), unique ? "UNIQUE " : "",
			    text + sizeof(prefix) - 1);
	}
	if (r != -ENOENT)
		return r;
	db_done(row);
	row = NULL;
	return strbuf_failed(&sql) ? -ENOMEM : db_exec(db, strbuf_text(&sql));
}

int rows_make_tables(struct db *db)
{
	int r = make_schema(db);

	if (r == 0)
		r = db_exec(db, "CREATE TEMP TABLE sequence(name TEXT PRIMARY KEY, seq INTEGER);"
				"CREATE TEMP TABLE removed(blob TEXT PRIMARY KEY)");
	return r < 0 ? r : rows_make_indexes(db, false);
}
