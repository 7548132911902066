/* The database DIR/easelfs.db past the store: its rows as text, and damage. Every function
 * fails the test that calls it. */
#ifndef EASELFS_TESTS_RAW_STORE_H
#define EASELFS_TESTS_RAW_STORE_H

#include <sqlite3.h>
#include <stdint.h>

#include "base/strbuf.h"

enum { RAW_PAGE = 4096 };

/* To be closed with sqlite3_close(). */
sqlite3 *open_db(const char *dir);
void run_sql(const char *dir, const char *sql);

/* A line a row, "|" between columns, "-" for NULL. */
void add_rows(const char *dir, const char *sql, struct strbuf *text);
void assert_rows(const char *dir, const char *sql, const char *want);

/* Page `page`, from 1, becomes so many times that byte. */
void overwrite_page(const char *dir, int64_t page, int byte);

#endif
