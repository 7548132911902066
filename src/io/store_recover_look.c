/* Whether a database is damaged, before anything is done about it. SQLite is asked of the
 * whole, and of the file alone, because the log beside it may be another database's; what
 * it does not tell is looked for here: that its log hides what was synced. */
#include "io/store_recover.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "store_look.h"
#include "store_recover_private.h"
#include "store_schema.h"

int db_number(struct db *db, const char *sql, int64_t *ret_number)
{
	sqlite3_stmt *row = NULL;
	int r = -EIO;

	if (sqlite3_prepare_v2(db->sqlite, sql, -1, &row, NULL) == SQLITE_OK)
		r = db_next(row);
	if (r == 0)
		*ret_number = db_int(row, 0);
	sqlite3_finalize(row);
	return r;
}

bool look_is_whole(struct db *db)
{
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	char word[8] = "";

	if (db_first(db, &row, "PRAGMA integrity_check(1)", "") == 0)
		db_text(row, 0, word, sizeof(word));
	return strcmp(word, "ok") == 0;
}

/* ---- what a damaged log hides ---- */

/* Intents are synced before they are sent, so one that lies behind damage was sent, or the
 * power went in the middle of that sync. Without it a call, or all of its job, looks as if
 * it had never been sent. What else lies there was not synced, perhaps, and may be lost. */
static int compare_intents(struct db *db, const struct dbpages *pages)
{
	struct rows_wanted wanted = { .pages = pages, .hidden = true, .table = "call" };
	int64_t unread = 0, hidden = 0;
	int r = rows_salvage(&wanted, db, &unread);

	if (r == 0)
		r = db_exec(db, "CREATE TEMP TABLE hidden AS SELECT id, attempt FROM main.call"
				" WHERE attempt > 0; DELETE FROM main.call");
	wanted.hidden = false;
	if (r == 0)
		r = rows_salvage(&wanted, db, &unread);
	if (r == 0)
		r = db_number(db,
			      "SELECT count(*) FROM temp.hidden AS h WHERE attempt >"
			      " ifnull((SELECT attempt FROM main.call WHERE call.id = h.id), 0)",
			      &hidden);
	return r < 0 ? r : hidden > 0;
}

int look_for_hidden_intents(const char *path)
{
	struct dbpages *pages = NULL;
	struct db *db = NULL;
	int r = dbpages_open(path, &pages);

	if (r == 0 && dbpages_hidden(pages, 0)) {
		r = db_open("", DB_CREATE, &db);
		if (r == 0)
			r = rows_make_tables(db);
		if (r == 0)
			r = compare_intents(db, pages);
	}
	db_close(db);
	dbpages_close(pages);
	return r;
}

/* ---- what SQLite says ---- */

enum found { FOUND_DAMAGE, FOUND_STORE, FOUND_NEWER, FOUND_OTHER };

/* What no reader of SQLite can open is damaged, too. */
static enum found look_with(const char *path, enum db_mode mode, int64_t *ret_version)
{
	struct db *db = NULL;
	int64_t tables = 0, roots = 0;
	enum found found = FOUND_DAMAGE;

	*ret_version = 0;
	if (db_open(path, mode, &db) < 0)
		return FOUND_DAMAGE;
	/* Looking must not move the log into the file: what is damaged stays as it is. */
	(void)sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	if (db_number(db, "PRAGMA user_version", ret_version) == 0 && *ret_version > SCHEMA_VERSION)
		found = FOUND_NEWER;
	else if (look_is_whole(db) &&
		 db_number(db, "SELECT count(*) FROM sqlite_master", &tables) == 0 && tables) {
		if (!*ret_version)
			found = FOUND_OTHER;
		else if (db_number(db, "SELECT count(*) FROM folder WHERE id <= 2", &roots) == 0 &&
			 roots == 2)
			found = FOUND_STORE;
	}
	db_close(db);
	return found;
}

int look_at_damage(const char *dir, const char *path, struct diag *diag)
{
	int64_t version = 0, alone;
	enum found found = look_with(path, DB_READ, &version);

	/* A store whose log is another database's is a damaged store. */
	if (found == FOUND_OTHER || found == FOUND_NEWER)
		if (look_with(path, DB_READ_ALONE, &alone) == FOUND_STORE)
			return 0;
	switch (found) {
	case FOUND_NEWER:
		diag_set(diag, 0,
			 "the store %s is from a newer easelfs (schema %lld, this one knows %d)",
			 path, (long long)version, SCHEMA_VERSION);
		return -EPROTO;
	case FOUND_OTHER:
		diag_set(diag, 0, "the store %s is the database of another program", path);
		return -EPROTO;
	case FOUND_STORE:
		if (look_for_hidden_intents(path) != 0)
			return 0;
		diag_set(diag, 0, "the store %s is not damaged; it is left as it is", dir);
		return -EALREADY;
	default:
		return 0;
	}
}
