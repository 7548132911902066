/* What a start finds to do in the store that a daemon left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "catalog_stage.h"
#include "io/store_jobs.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static void test_interrupted(void **state)
{
	int64_t file = stage_create(FOLDER_REQUESTS, "a.txt"), job = stage_job_of(file);

	(void)state;
	stage_save(file, "half a sent");
	stage_restart();
	assert_int_equal(stage_state(job), STATE_HELD);
	assert_int_equal(stage_run(job).hold, HOLD_INTERRUPTED);
	assert_int_equal(stage_call_count(job), 0);
	assert_non_null(strstr(stage_text(job, RUN_ERROR), "the daemon stopped"));
	assert_int_equal(stage_noted(NOTE_CLOSED, 0), 0);
	assert_string_equal(stage_events(), "writing held");
	stage_restart(); /* the next start finds nothing new */
	assert_int_equal(stage_run_count(job), 1);
	assert_string_equal(stage_events(), "");
	/* Other bytes replace it. */
	stage_write(file, "a whole sentence");
	stage_settle(file);
	assert_int_equal(stage_state(job), STATE_QUEUED);
	assert_int_equal(stage_run_count(job), 1);
}

/* What the state before the change was, and what is there after a restart. */
static void test_interrupted_beside_a_run(void **state)
{
	static const struct {
		enum state before;
		const char *text;
		enum state want;
		int runs;
	} rows[] = {
		{ STATE_DONE, "x", STATE_DONE, 1 },     { STATE_DONE, "y", STATE_HELD, 2 },
		{ STATE_QUEUED, "x", STATE_QUEUED, 1 }, { STATE_QUEUED, "y", STATE_HELD, 1 },
		{ STATE_FAILED, "x", STATE_HELD, 2 },   { STATE_RUNNING, "y", STATE_HELD, 2 },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		int64_t job, file;
		char name[16];

		snprintf(name, sizeof(name), "%zu.txt", i);
		job = stage_job_in(name, rows[i].before, HOLD_NONE);
		file = stage_job(job).file;
		assert_int_equal(catalog_begin_change(stage.catalog, file, NULL), 0);
		stage_save(file, rows[i].text);
		stage_restart();
		if (stage_state(job) != rows[i].want)
			fail_msg("row %zu: %s", i, state_word(stage_state(job)));
		assert_int_equal(stage_run_count(job), rows[i].runs);
	}
}

static void test_closed_settles_anew(void **state)
{
	int64_t file = stage_create(FOLDER_REQUESTS, "a.txt"), job = stage_job_of(file);

	(void)state;
	stage_write(file, "x");
	stage_restart();
	assert_int_equal(stage_state(job), STATE_WRITING);
	assert_int_equal(stage_noted(NOTE_CLOSED, file), 1);
	stage_settle(file);
	assert_int_equal(stage_state(job), STATE_QUEUED);
}

static void test_what_else_a_start_finds(void **state)
{
	int64_t job = stage_job_in("a.txt", STATE_FETCHING, HOLD_NONE), image, file, gone;
	struct name name = named("swap");

	(void)state;
	image = stage_pictures(stage_call(job, 1).id, 2);
	assert_int_equal(catalog_announce(stage.catalog, image), 0);
	file = stage_create(FOLDER_REQUESTS, "swap");
	assert_int_equal(catalog_unlink(stage.catalog, FOLDER_REQUESTS, &name, KEEP_OPEN, &gone),
			 0);
	assert_int_equal(gone, file);
	assert_true(stage_has_file(file));
	stage_restart();
	assert_false(stage_has_file(file));
	assert_int_equal(stage_noted(NOTE_IMAGE, 0), 1);
	assert_int_equal(stage_noted(NOTE_IMAGE, image + 1), 1);
	assert_int_equal(stage_noted(NOTE_ALL, 0), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_ROW(test_interrupted),
		STAGE_ROW(test_interrupted_beside_a_run),
		STAGE_ROW(test_closed_settles_anew),
		STAGE_ROW(test_what_else_a_start_finds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
