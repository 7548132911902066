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
		    "SELECT CAST(error AS TEXT) LIKE '%may have been paid%' FROM run"
		    " WHERE id = 12",
		    "1\n");
}

#define ROW(name) cmocka_unit_test_setup_teardown(name, scratch_dir_make, scratch_dir_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(test_ended_without_calls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
