/* What a repair makes of work: nothing that may have been paid is sent again, and nothing
 * that was paid is given up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "raw_store.h"
#include "recover_stage.h"
#include "scratch_dir.h"

/* The rows are what `sql` makes of the sample; the first page is lost, so that they are
 * read one by one. */
static void rebuild_after(const char *dir, const char *sql)
{
	struct store_recover_summary summary;

	make_store(dir);
	run_sql(dir, sql);
	run_sql(dir, "PRAGMA wal_checkpoint(TRUNCATE)");
	overwrite_page(dir, 1, 0);
	rebuild(dir, &summary);
}

/* It ended, and its calls are lost, with an id perhaps: a retry would buy it again. One
 * that was never judged had none. */
static void test_ended_without_calls(void **state)
{
	rebuild_after(*state,
		      "UPDATE run SET state = 9 WHERE id = 12;"
		      "UPDATE run SET state = 10 WHERE id = 13;"
		      "INSERT INTO run SELECT 14, job, 2, joined, 10, 0, 1, 2, 3, -1, content, '',"
		      " '', x'', x'', x'', x'' FROM run WHERE id = 13;"
		      "DELETE FROM call WHERE id > 21");
	assert_rows(*state, "SELECT id, state, hold FROM run WHERE id > 11 ORDER BY id",
		    "12|11|7\n13|11|7\n14|10|0\n");
	assert_rows(*state,
		    "SELECT CAST(error AS TEXT) LIKE '%may have been sent and paid%' FROM run"
		    " WHERE id = 12",
		    "1\n");
}

/* A call that is tried again fetches all of its pictures: done are those that have all, or
 * whose last download is recorded. */
static void test_fetching(void **state)
{
	static const struct {
		const char *sql;
		const char *want; /* of call 21, which has three pictures */
	} rows[] = {
		{ "UPDATE call SET state = 6 WHERE id = 21", "7|0\n" },
		{ "UPDATE call SET state = 6, count = 4 WHERE id = 21", "11|6\n" },
		{ "UPDATE call SET state = 6, count = 4 WHERE id = 21;"
		  "UPDATE image SET announced = 0 WHERE id = 33",
		  "7|0\n" },
		{ "UPDATE call SET state = 6, count = 4, loss = 8 WHERE id = 21;"
		  "UPDATE image SET announced = 0 WHERE id = 33",
		  "9|0\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		void *dir = NULL;

		assert_int_equal(scratch_dir_make(&dir), 0);
		rebuild_after(dir, rows[i].sql);
		assert_rows(dir, "SELECT state, hold FROM call WHERE id = 21", rows[i].want);
		assert_rows(dir, "SELECT count(*) FROM image WHERE announced", "3\n");
		assert_int_equal(scratch_dir_remove(&dir), 0);
	}
}

/* A file that is lost is one to be fetched. */
static void test_lost_file_of_a_fetching_call(void **state)
{
	struct store_recover_summary summary;
	struct store_recover *recover = NULL;
	struct diag diag;

	make_store(*state);
	run_sql(*state, "UPDATE call SET state = 6 WHERE id = 21");
	run_sql(*state, "PRAGMA wal_checkpoint(TRUNCATE)");
	overwrite_page(*state, 1, 0);
	assert_int_equal(store_recover_begin(*state, &recover, &diag), 0);
	tell_pictures(recover, 2, 3);
	assert_int_equal(store_recover_finish(recover, &summary, &diag), 0);
	store_recover_close(recover);
	assert_rows(*state, "SELECT state, hold FROM call WHERE id = 21", "11|6\n");
	assert_rows(*state, "SELECT folder, sha256 FROM image WHERE id <= 32 ORDER BY id",
		    "-|\n6|x\n");
}

/* What a run is held for and what its error says are of the same call. */
static void test_the_text_is_of_the_hold(void **state)
{
	rebuild_after(*state,
		      "INSERT INTO call SELECT 24, 12, 2, 4, 0, 1, 45, count, -1, 0, 0, 0, unit,"
		      " provider, NULL, 0, 0, 0, 2, 0, x'', x'', x'', x'', x'', x'', x''"
		      " FROM call WHERE id = 22");
	assert_rows(*state, "SELECT hold FROM call WHERE run = 12 ORDER BY id", "6\n7\n");
	assert_rows(*state,
		    "SELECT hold, CAST(error AS TEXT) LIKE '%resend%' FROM run WHERE id = 12",
		    "7|1\n");
}

/* The run that stands in for a lost one says why it failed. */
static void test_why_it_failed(void **state)
{
	rebuild_after(*state,
		      "UPDATE call SET state = 9, error = CAST('gone' AS BLOB) WHERE id = 22;"
		      "DELETE FROM run WHERE id = 12");
	assert_rows(*state, "SELECT state, error FROM run WHERE id = 12", "9|gone\n");
}

/* Job 4 has the request 9, whose bytes were judged; whatever is lost, its newest run knows
 * them, and does not send them. */
static void test_lost_runs(void **state)
{
	static const struct {
		const char *sql;
		const char *want; /* of its newest run; the hash as hex begins with 36BBE */
	} rows[] = {
		{ "DELETE FROM run WHERE id = 12", "12|1|11|6|36BBE\n" },
		{ "DELETE FROM run WHERE id = 12; DELETE FROM call WHERE id = 22",
		  "14|1|11|7|36BBE\n" },
		{ "DELETE FROM run; DELETE FROM call; DELETE FROM log", "14|1|11|7|36BBE\n" },
		/* an older one is left */
		{ "UPDATE run SET content = (SELECT content FROM run WHERE id = 11), id = 6 WHERE "
		  "id = 12",
		  "12|2|11|6|36BBE\n" },
		{ "UPDATE run SET content = (SELECT content FROM run WHERE id = 11) WHERE id = 12",
		  "14|2|11|7|36BBE\n" },
		/* an earlier repair's */
		{ "UPDATE run SET content = zeroblob(32) WHERE id = 12", "12|1|11|6|36BBE\n" },
		/* nothing of the kind: the bytes are lost, were not judged, were empty */
		{ "DELETE FROM chunk WHERE file = 9", "12|1|11|6|36BBE\n" },
		{ "UPDATE chunk SET bytes = x'61' WHERE file = 9", "12|1|11|6|36BBE\n" },
		{ "UPDATE file SET change = 1 WHERE id = 9; UPDATE run SET content = (SELECT "
		  "content FROM run WHERE id = 11)"
		  " WHERE id = 12",
		  "12|1|11|6|BCA09\n" },
		{ "UPDATE file SET change = 3 WHERE id = 9; UPDATE run SET content = (SELECT "
		  "content FROM run WHERE id = 11)"
		  " WHERE id = 12",
		  "12|1|11|6|BCA09\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		void *dir = NULL;

		assert_int_equal(scratch_dir_make(&dir), 0);
		rebuild_after(dir, rows[i].sql);
		assert_rows(dir,
			    "SELECT id, number, state, hold, substr(hex(content), 1, 5) FROM run"
			    " WHERE job = 4 AND joined = 0 ORDER BY number DESC LIMIT 1",
			    rows[i].want);
		assert_int_equal(scratch_dir_remove(&dir), 0);
	}
}

#define ROW(name) cmocka_unit_test_setup_teardown(name, scratch_dir_make, scratch_dir_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(test_ended_without_calls),
		cmocka_unit_test(test_fetching),
		ROW(test_lost_file_of_a_fetching_call),
		ROW(test_the_text_is_of_the_hold),
		ROW(test_why_it_failed),
		cmocka_unit_test(test_lost_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
