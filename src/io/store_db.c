/* SQLite behind five verbs: open, run, first, next, done. Statements are
 * prepared once a connection and found again by the address of their literal,
 * so that callers write their SQL where they use it and pay for parsing once.
 * Every error becomes a -errno here: a full disk is ENOSPC for the user. */
#include "store_db.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

enum { BUSY_TIMEOUT_MS = 10000 };

int db_errno(int code)
{
	/* Ours, not the user's: a record was deleted while another pointed to it. */
	if (code == SQLITE_CONSTRAINT_FOREIGNKEY)
		return -EIO;
	switch (code & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return 0;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_READONLY:
		return -EROFS;
	case SQLITE_CONSTRAINT:
		return -EEXIST;
	case SQLITE_PERM:
		return -EACCES;
	default:
		return -EIO;
	}
}

/* As a URI, which can say so. */
static const char *name_alone(const char *path, struct strbuf *uri)
{
	strbuf_add_text(uri, "file:");
	for (; *path; path++)
		if (strchr("%?#", *path))
			strbuf_addf(uri, "%%%02X", (unsigned char)*path);
		else
			strbuf_add_char(uri, *path);
	strbuf_add_text(uri, "?immutable=1");
	return strbuf_text(uri);
}

int db_open(const char *path, enum db_mode mode, struct db **ret_db)
{
	static const int flags[] = {
		[DB_CREATE] = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
		[DB_WRITE] = SQLITE_OPEN_READWRITE,
		[DB_READ] = SQLITE_OPEN_READONLY,
		[DB_READ_ALONE] = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI,
	};
	CLEANUP(strbuf) struct strbuf uri = STRBUF_EMPTY;
	struct db *db = calloc(1, sizeof(*db));
	int code, r;

	if (!db)
		return -ENOMEM;
	if (mode == DB_READ_ALONE)
		path = name_alone(path, &uri);
	code = sqlite3_open_v2(path, &db->sqlite, flags[mode] | SQLITE_OPEN_NOMUTEX, NULL);
	if (code == SQLITE_OK) {
		sqlite3_extended_result_codes(db->sqlite, 1);
		sqlite3_busy_timeout(db->sqlite, BUSY_TIMEOUT_MS);
		*ret_db = db;
		return 0;
	}
	/* -ENOENT is said for this alone; elsewhere it means that there is no such row. */
	r = code == SQLITE_CANTOPEN ? -sqlite3_system_errno(db->sqlite) : 0;
	db_close(db);
	return r < 0 ? r : db_errno(code);
}

void db_close(struct db *db)
{
	if (!db)
		return;
	for (size_t i = 0; i < DB_STATEMENTS_MAX; i++)
		sqlite3_finalize(db->cache[i].statement);
	sqlite3_close(db->sqlite);
	free(db);
}

static int find_statement(struct db *db, const char *sql, sqlite3_stmt **ret_statement)
{
	size_t slot = ((uintptr_t)sql >> 3) % DB_STATEMENTS_MAX;

	for (size_t tried = 0; tried < DB_STATEMENTS_MAX; tried++) {
		int code;

		if (db->cache[slot].sql == sql) {
			*ret_statement = db->cache[slot].statement;
			return 0;
		}
		if (!db->cache[slot].sql) {
			code = sqlite3_prepare_v3(db->sqlite, sql, -1, SQLITE_PREPARE_PERSISTENT,
						  &db->cache[slot].statement, NULL);
			if (code != SQLITE_OK)
				return db_errno(code);
			db->cache[slot].sql = sql;
			*ret_statement = db->cache[slot].statement;
			return 0;
		}
		slot = (slot + 1) % DB_STATEMENTS_MAX;
	}
	return -ENOMEM;
}

static int bind(sqlite3_stmt *statement, const char *types, va_list arguments)
{
	int code = SQLITE_OK;

	for (int i = 1; *types && code == SQLITE_OK; i++, types++) {
		const struct name *name;
		const void *bytes;
		const char *text;

		switch (*types) {
		case 'i':
			code = sqlite3_bind_int64(statement, i, va_arg(arguments, int64_t));
			break;
		case 't':
			text = va_arg(arguments, const char *);
			code = text ? sqlite3_bind_text(statement, i, text, -1, SQLITE_STATIC)
				    : sqlite3_bind_null(statement, i);
			break;
		case 'b':
			bytes = va_arg(arguments, const void *);
			code = sqlite3_bind_blob64(statement, i, bytes ? bytes : "",
						   va_arg(arguments, size_t), SQLITE_STATIC);
			break;
		case 'n':
			name = va_arg(arguments, const struct name *);
			code = sqlite3_bind_blob64(statement, i, name->bytes, name->size,
						   SQLITE_STATIC);
			break;
		default:
			return -EINVAL;
		}
	}
	return db_errno(code);
}

static int start(struct db *db, const char *sql, const char *types, va_list arguments,
		 sqlite3_stmt **ret_statement)
{
	sqlite3_stmt *statement = NULL;
	int r = find_statement(db, sql, &statement);

	if (r < 0)
		return r;
	r = bind(statement, types, arguments);
	if (r < 0) {
		sqlite3_reset(statement);
		return r;
	}
	*ret_statement = statement;
	return 0;
}

int db_next(sqlite3_stmt *row)
{
	int code = sqlite3_step(row);

	if (code == SQLITE_ROW)
		return 0;
	return code == SQLITE_DONE ? -ENOENT : db_errno(code);
}

void db_done(sqlite3_stmt *row)
{
	if (!row)
		return;
	sqlite3_reset(row);
	sqlite3_clear_bindings(row);
}

int db_run(struct db *db, const char *sql, const char *types, ...)
{
	sqlite3_stmt *statement;
	va_list arguments;
	int r;

	va_start(arguments, types);
	r = start(db, sql, types, arguments, &statement);
	va_end(arguments);
	if (r < 0)
		return r;
	do
		r = db_next(statement);
	while (r == 0);
	db_done(statement);
	return r == -ENOENT ? 0 : r;
}

int db_first(struct db *db, sqlite3_stmt **ret_row, const char *sql, const char *types, ...)
{
	sqlite3_stmt *statement;
	va_list arguments;
	int r;

	va_start(arguments, types);
	r = start(db, sql, types, arguments, &statement);
	va_end(arguments);
	if (r < 0)
		return r;
	r = db_next(statement);
	if (r < 0) {
		db_done(statement);
		return r;
	}
	*ret_row = statement;
	return 0;
}

int db_exec(struct db *db, const char *sql)
{
	return db_errno(sqlite3_exec(db->sqlite, sql, NULL, NULL, NULL));
}

int64_t db_int(sqlite3_stmt *row, int column)
{
	return sqlite3_column_int64(row, column);
}

void db_text(sqlite3_stmt *row, int column, char *text, size_t room)
{
	const void *bytes = sqlite3_column_blob(row, column);
	size_t size = (size_t)sqlite3_column_bytes(row, column);

	if (!bytes)
		size = 0;
	if (size >= room)
		size = room - 1;
	if (size)
		memcpy(text, bytes, size);
	text[size] = '\0';
}

void db_name(sqlite3_stmt *row, int column, struct name *ret_name)
{
	db_text(row, column, ret_name->bytes, sizeof(ret_name->bytes));
	ret_name->size = (size_t)sqlite3_column_bytes(row, column);
	if (ret_name->size >= NAME_ROOM)
		ret_name->size = NAME_ROOM - 1;
}

void db_add_bytes(sqlite3_stmt *row, int column, struct strbuf *bytes)
{
	const void *start = sqlite3_column_blob(row, column);

	strbuf_add(bytes, start, (size_t)sqlite3_column_bytes(row, column));
}

int64_t db_last_id(struct db *db)
{
	return sqlite3_last_insert_rowid(db->sqlite);
}
