/* SQLite and plain writes: what is looked at must not come by way of what is tested. */
#include "raw_store.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/file.h"

sqlite3 *open_db(const char *dir)
{
	CLEANUP(free_ptr) char *path = file_join(dir, "easelfs.db");
	int keep = 1;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	/* the last one that closes leaves an empty log, as a daemon does */
	(void)sqlite3_file_control(db, "main", SQLITE_FCNTL_PERSIST_WAL, &keep);
	(void)sqlite3_exec(db, "PRAGMA journal_size_limit = 0", NULL, NULL, NULL);
	return db;
}

void run_sql(const char *dir, const char *sql)
{
	sqlite3 *db = open_db(dir);
	char *error = NULL;

	if (sqlite3_exec(db, sql, NULL, NULL, &error) != SQLITE_OK)
		fail_msg("%s: %s", sql, error);
	sqlite3_close(db);
}

static int add_text(void *arg, int count, char **values, char **names)
{
	struct strbuf *text = arg;

	(void)names;
	for (int i = 0; i < count; i++)
		strbuf_addf(text, "%s%s", i ? "|" : "", values[i] ? values[i] : "-");
	strbuf_add_char(text, '\n');
	return 0;
}

void add_rows(const char *dir, const char *sql, struct strbuf *text)
{
	sqlite3 *db = open_db(dir);
	char *error = NULL;

	if (sqlite3_exec(db, sql, add_text, text, &error) != SQLITE_OK)
		fail_msg("%s: %s", sql, error);
	sqlite3_close(db);
}

void assert_rows(const char *dir, const char *sql, const char *want)
{
	CLEANUP(strbuf) struct strbuf text = STRBUF_EMPTY;

	add_rows(dir, sql, &text);
	assert_string_equal(strbuf_text(&text), want);
}

void overwrite_page(const char *dir, int64_t page, int byte)
{
	CLEANUP(free_ptr) char *path = file_join(dir, "easelfs.db");
	char bytes[RAW_PAGE];
	int fd;

	memset(bytes, byte, sizeof(bytes));
	fd = open(path, O_WRONLY);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, bytes, sizeof(bytes), (page - 1) * RAW_PAGE), RAW_PAGE);
	close(fd);
}
