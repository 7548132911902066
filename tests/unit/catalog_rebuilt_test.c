/* The catalog over a store that --recover made: rows may be missing anywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "catalog_stage.h"
#include "raw_store.h"

/* The first pictures' rows are lost, not the number of the last one: what comes afterwards
 * is recorded beside it. */
static void test_pictures_with_lost_rows(void **state)
{
	int64_t job = stage_job_in("a.txt", STATE_FETCHING, HOLD_NONE);
	int64_t call = stage_call(job, 1).id;

	(void)state;
	stage_pictures(call, 3);
	run_sql(stage.base->dir, "DELETE FROM image WHERE number < 3");
	stage_pictures(call, 3);
	assert_rows(stage.base->dir, "SELECT number FROM image ORDER BY id", "3\n4\n5\n");
}

/* A run in doubt whose calls are lost is sent again by who says so, not by a retry. */
static void test_doubt_without_calls(void **state)
{
	int64_t job = stage_job_in("a.txt", STATE_HELD, HOLD_DOUBT);

	(void)state;
	run_sql(stage.base->dir, "DELETE FROM call");
	assert_int_equal(catalog_command(stage.catalog, job, COMMAND_RETRY), -EBUSY);
	assert_int_equal(stage_state(job), STATE_HELD);
	assert_int_equal(catalog_command(stage.catalog, job, COMMAND_RESEND), 0);
	stage_settle(stage_job(job).file);
	assert_int_equal(stage_state(job), STATE_QUEUED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_ROW(test_doubt_without_calls),
		STAGE_ROW(test_pictures_with_lost_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
