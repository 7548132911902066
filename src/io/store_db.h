/* A connection with its prepared statements: the only code that calls SQLite
 * to step. Private to the store. */
#ifndef EASELFS_IO_STORE_DB_H
#define EASELFS_IO_STORE_DB_H

#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "job/name.h"

enum { DB_STATEMENTS_MAX = 256 };

struct store;

struct db {
	sqlite3 *sqlite;
	struct store *store;
	struct db *next; /* among the idle readers */
	struct {
		const char *sql;
		sqlite3_stmt *statement;
	} cache[DB_STATEMENTS_MAX]; /* by the address of a literal */
};

enum db_mode {
	DB_CREATE,
	DB_WRITE,
	DB_READ,
	DB_READ_ALONE, /* without its log; nobody may write to it meanwhile */
};

/* 0 or -errno; *ret_db is freed with db_close(). */
int db_open(const char *path, enum db_mode mode, struct db **ret_db);
void db_close(struct db *db); /* NULL is a no-op */

/* The -errno of an SQLite result code. */
int db_errno(int code);

/* `sql` must be a string literal: statements are kept by its address. `types`
 * has a letter a parameter: i int64_t, t text or NULL, b bytes and size_t,
 * n struct name *. db_run() steps to the end (0 or -errno). db_first() steps
 * once: 0 with a row in *ret_row until db_done(), -ENOENT, or -errno; then
 * db_next() gives further rows (0, -ENOENT, -errno). */
int db_run(struct db *db, const char *sql, const char *types, ...);
int db_first(struct db *db, sqlite3_stmt **ret_row, const char *sql, const char *types, ...);
int db_next(sqlite3_stmt *row);
void db_done(sqlite3_stmt *row); /* NULL is a no-op */

/* All statements of `sql`, which may be made at run time and is not kept. 0 or -errno. */
int db_exec(struct db *db, const char *sql);

/* Columns. Texts are cut to the room and NUL-terminated. */
int64_t db_int(sqlite3_stmt *row, int column);
void db_text(sqlite3_stmt *row, int column, char *text, size_t room);
void db_name(sqlite3_stmt *row, int column, struct name *ret_name);
/* Appends the column's bytes. Running out of memory is strbuf_failed(). */
void db_add_bytes(sqlite3_stmt *row, int column, struct strbuf *bytes);
int64_t db_last_id(struct db *db);

static inline void cleanup_db_row(sqlite3_stmt **row)
{
	db_done(*row);
}

#endif
