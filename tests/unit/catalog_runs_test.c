/* What other bytes do to the run before them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "catalog_stage.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static void write_again(int64_t job, const char *text)
{
	int64_t file = stage_job(job).file;

	stage_write(file, text);
	stage_settle(file);
}

/* Other bytes that were never sent come and go: what was there before them is not sent
 * again, be it done or in doubt. */
static void test_undone(void **state)
{
	static const struct {
		enum state state;
		enum hold hold;
		int runs; /* afterwards */
	} rows[] = {
		{ STATE_DONE, HOLD_NONE, 1 },
		{ STATE_RUNNING, HOLD_NONE, 1 },
		{ STATE_HELD, HOLD_DOUBT, 1 },
		{ STATE_FAILED, HOLD_NONE, 2 },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		char name[16];
		int64_t job;

		snprintf(name, sizeof(name), "%zu.txt", i);
		job = stage_job_in(name, rows[i].state, rows[i].hold);
		write_again(job, "a typing error");
		assert_int_equal(stage_state(job), STATE_QUEUED);
		assert_int_equal(stage_run_count(job), 2);
		write_again(job, "x");
		assert_int_equal(stage_run_count(job), rows[i].runs);
		assert_int_equal(stage_state(job),
				 rows[i].runs == 1 ? rows[i].state : STATE_QUEUED);
	}
}

/* Of a run that was sent in part, other bytes replace what was not. */
static void test_sent_in_part(void **state)
{
	static const struct {
		enum event events[3]; /* of the first call, to EVENT_NONE */
		enum hold hold;       /* of the second one */
		enum state first, second;
	} rows[] = {
		{ { EVENT_SENT, EVENT_REFUSED }, HOLD_CREDIT, STATE_FAILED, STATE_CANCELLED },
		{ { EVENT_SENT, EVENT_REFUSED }, HOLD_LIMIT, STATE_FAILED, STATE_CANCELLED },
		{ { EVENT_SENT, EVENT_REFUSED }, HOLD_DOUBT, STATE_FAILED, STATE_HELD },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		char name[16];
		int64_t job, before;

		snprintf(name, sizeof(name), "%zu.txt", i);
		job = stage_job_of(
			stage_request(FOLDER_REQUESTS, name, "---\ncount: 4\n---\nfour cats"));
		for (int k = 0; k < 3 && rows[i].events[k] != EVENT_NONE; k++)
			assert_int_equal(stage_event(stage_call(job, 1).id, rows[i].events[k]), 0);
		assert_int_equal(stage_event(stage_call(job, 2).id, EVENT_SENT), 0);
		assert_int_equal(stage_hold(stage_call(job, 2).id, rows[i].hold), 0);
		assert_int_equal(stage_state(job), STATE_HELD);
		before = stage_run(job).id;
		write_again(job, "one dog");
		assert_int_equal(stage_run_count(job), 2);
		assert_int_equal(stage_call_of(before, 1).state, rows[i].first);
		assert_int_equal(stage_call_of(before, 2).state, rows[i].second);
		/* A reload finds nothing of it to send. */
		assert_int_equal(catalog_reloaded(stage.catalog), 0);
		assert_int_equal(stage_call_of(before, 2).state, rows[i].second);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_ROW(test_undone),
		STAGE_ROW(test_sent_in_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
