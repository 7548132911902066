/* Closes that the store does not take, as on a full disk: they are owed. */
#include <errno.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "catalog_stage.h"

static void run_sql(const char *sql)
{
	CLEANUP(free_ptr) char *path = file_join(stage.base->dir, "easelfs.db");
	sqlite3 *sqlite;

	assert_non_null(path);
	assert_int_equal(sqlite3_open(path, &sqlite), SQLITE_OK);
	assert_int_equal(sqlite3_exec(sqlite, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(sqlite);
}

static void refuse(void)
{
	run_sql("CREATE TRIGGER full BEFORE UPDATE ON file BEGIN"
		" SELECT RAISE(ABORT, 'full'); END");
}

static void allow(void)
{
	run_sql("DROP TRIGGER full");
}

static int64_t open_request(const char *name)
{
	int64_t file = stage_create(FOLDER_REQUESTS, name);

	stage_save(file, "a lighthouse");
	return file;
}

static void close_refused(int64_t file, bool whole)
{
	stage_forget_notes();
	refuse();
	assert_true(catalog_close(stage.catalog, file, whole) < 0);
	assert_int_equal(stage_noted(NOTE_CLOSED, file), 1);
	assert_true(catalog_settle(stage.catalog, file) < 0);
	assert_int_equal(stage_file(file).change, CHANGE_OPEN);
	allow();
}

static void assert_held(int64_t file)
{
	int64_t job = stage_job_of(file);

	assert_int_equal(stage_state(job), STATE_HELD);
	assert_int_equal(stage_run(job).hold, HOLD_INTERRUPTED);
	assert_non_null(strstr(stage_text(job, RUN_ERROR), "not all that was written"));
	assert_non_null(strstr(stage_text(job, RUN_ERROR), "retry"));
	assert_non_null(strstr(stage_log(job), "not all that was written"));
}

static void test_settled_later(void **state)
{
	int64_t file = open_request("a.txt");

	(void)state;
	close_refused(file, true);
	stage_forget_notes();
	stage_settle(file);
	assert_int_equal(stage_file(file).change, CHANGE_CLOSED);
	assert_int_equal(stage_noted(NOTE_CLOSED, file), 1);
	stage_settle(file);
	assert_int_equal(stage_state(stage_job_of(file)), STATE_QUEUED);
}

/* Half a prompt is not sent by itself. */
static void test_not_whole(void **state)
{
	int64_t now = open_request("now.txt"), later = open_request("later.txt");
	int64_t read = open_request("read.txt");

	(void)state;
	assert_int_equal(catalog_close(stage.catalog, now, false), 0);
	assert_held(now);
	close_refused(later, false);
	stage_settle(later);
	assert_held(later);
	close_refused(read, false);
	assert_int_equal(catalog_close(stage.catalog, read, true), 0); /* a reader's */
	assert_held(read);
}

static void test_written_again(void **state)
{
	int64_t file = open_request("a.txt");

	(void)state;
	close_refused(file, true);
	assert_int_equal(catalog_begin_change(stage.catalog, file, NULL), 0);
	stage_settle(file);
	assert_int_equal(stage_file(file).change, CHANGE_OPEN);
	assert_int_equal(catalog_close(stage.catalog, file, true), 0);
	stage_settle(file);
	assert_int_equal(stage_state(stage_job_of(file)), STATE_QUEUED);
}

/* Whoever could not begin to write has closed nothing and opened nothing. */
static void test_not_written_again(void **state)
{
	int64_t file = open_request("a.txt");

	(void)state;
	close_refused(file, true);
	run_sql("CREATE TRIGGER full BEFORE INSERT ON log BEGIN SELECT RAISE(ABORT, 'full'); END");
	assert_true(catalog_begin_change(stage.catalog, file, "cat (7)") < 0);
	allow();
	stage_settle(file);
	assert_int_equal(stage_file(file).change, CHANGE_CLOSED);
}

/* A file that went meanwhile owes nothing. */
static void test_gone(void **state)
{
	int64_t file = open_request("a.txt");

	(void)state;
	close_refused(file, true);
	assert_int_equal(stage_unlink(FOLDER_REQUESTS, "a.txt"), 0);
	stage_settle(file);
	assert_int_equal(catalog_close(stage.catalog, file, true), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_ROW(test_settled_later), STAGE_ROW(test_not_whole),
		STAGE_ROW(test_written_again), STAGE_ROW(test_not_written_again),
		STAGE_ROW(test_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
