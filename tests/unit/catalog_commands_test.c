/* What people ask of a job, one row a cell of mount.md's table. */
#include "engine/catalog.h"

#include <errno.h>
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

enum outcome {
	BUSY,   /* EBUSY, and nothing changed */
	SAME,   /* accepted, the state is the same */
	WISH,   /* the same, and the call remembers the wish */
	CANCEL, /* cancelled */
	QUEUE,  /* the same run is queued, with its seed */
	POLL,   /* the same run runs */
	JUDGE,  /* the bytes are judged again */
	FRESH,  /* another run of the same content */
};

static void check_fresh(int64_t job, const struct run *before)
{
	struct run run = stage_run(job);

	assert_int_equal(run.number, before->number + 1);
	assert_int_equal(run.state, STATE_QUEUED);
	assert_int_not_equal(run.seed, before->seed);
	assert_int_equal(stage_call(job, 1).seed, run.seed);
	assert_memory_equal(run.content, before->content, CONTENT_HASH_SIZE);
	assert_string_equal(stage_text(job, RUN_PROMPT), "x");
	assert_int_equal(stage_run_number(job, before->number).state, before->state);
}

static void check_judged(int64_t job, const struct run *before)
{
	int64_t file = stage_job(job).file;

	assert_int_equal(stage_state(job), STATE_WRITING);
	assert_int_equal(stage_noted(NOTE_CLOSED, file), 1);
	stage_settle(file);
	assert_int_equal(stage_run_count(job), 1);
	assert_int_equal(stage_state(job),
			 before->state == STATE_REJECTED ? STATE_REJECTED : STATE_QUEUED);
}

static void check_outcome(int64_t job, enum outcome outcome, const struct run *before)
{
	static const enum state wanted[] = {
		[CANCEL] = STATE_CANCELLED, [QUEUE] = STATE_QUEUED, [POLL] = STATE_RUNNING
	};
	struct run run = stage_run(job);

	switch (outcome) {
	case BUSY:
		assert_string_equal(stage_events(), "");
		assert_int_equal(stage.note_count, 0);
		assert_int_equal(run.state, before->state);
		break;
	case SAME:
	case WISH:
		assert_int_equal(run.state, before->state);
		assert_int_equal(stage_call(job, 1).wish,
				 outcome == WISH ? WISH_CANCEL : WISH_NONE);
		if (outcome == WISH)
			assert_true(stage_noted(NOTE_WORK, stage_call(job, 1).id) >= 1);
		else
			assert_int_equal(stage_noted(NOTE_HURRY, stage_call(job, 1).id), 1);
		break;
	case CANCEL:
	case QUEUE:
	case POLL:
		assert_int_equal(run.state, wanted[outcome]);
		assert_int_equal(run.hold, HOLD_NONE);
		assert_string_equal(stage_events(), state_word(wanted[outcome]));
		assert_true(stage_noted(NOTE_JOB, job) >= 1);
		break;
	case JUDGE:
		check_judged(job, before);
		return;
	case FRESH:
		check_fresh(job, before);
		return;
	}
	assert_int_equal(run.number, before->number);
	assert_int_equal(run.seed, before->seed);
}

static void test_each_cell(void **state)
{
	static const struct {
		enum state state;
		enum hold hold;
		enum outcome want[COMMANDS]; /* cancel, retry, resend, again */
	} rows[] = {
		{ STATE_EMPTY, HOLD_NONE, { BUSY, BUSY, BUSY, BUSY } },
		{ STATE_WRITING, HOLD_NONE, { BUSY, BUSY, BUSY, BUSY } },
		{ STATE_QUEUED, HOLD_NONE, { CANCEL, BUSY, BUSY, BUSY } },
		{ STATE_SUBMITTING, HOLD_NONE, { WISH, BUSY, BUSY, BUSY } },
		{ STATE_RUNNING, HOLD_NONE, { WISH, SAME, BUSY, FRESH } },
		{ STATE_FETCHING, HOLD_NONE, { BUSY, SAME, BUSY, FRESH } },
		{ STATE_DONE, HOLD_NONE, { BUSY, BUSY, BUSY, FRESH } },
		{ STATE_REJECTED, HOLD_NONE, { BUSY, JUDGE, BUSY, BUSY } },
		{ STATE_FAILED, HOLD_NONE, { BUSY, QUEUE, BUSY, FRESH } },
		{ STATE_CANCELLED, HOLD_NONE, { BUSY, QUEUE, BUSY, FRESH } },
		{ STATE_HELD, HOLD_KEY, { CANCEL, QUEUE, BUSY, BUSY } },
		{ STATE_HELD, HOLD_CREDIT, { CANCEL, QUEUE, BUSY, BUSY } },
		{ STATE_HELD, HOLD_PRICE, { CANCEL, QUEUE, BUSY, BUSY } },
		{ STATE_HELD, HOLD_LIMIT, { CANCEL, QUEUE, BUSY, BUSY } },
		{ STATE_HELD, HOLD_OVERDUE, { WISH, POLL, BUSY, FRESH } },
		{ STATE_HELD, HOLD_DOUBT, { CANCEL, BUSY, QUEUE, BUSY } },
		{ STATE_HELD, HOLD_INTERRUPTED, { CANCEL, JUDGE, BUSY, BUSY } },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++)
		for (enum command command = 0; command < COMMANDS; command++) {
			enum outcome want = rows[i].want[command];
			struct run before;
			char name[32];
			int64_t job;
			int r;

			snprintf(name, sizeof(name), "%zu-%d.txt", i, command);
			job = stage_job_in(name, rows[i].state, rows[i].hold);
			assert_int_equal(stage_state(job), rows[i].state);
			before = stage_run(job);
			stage_events();
			stage_forget_notes();
			r = catalog_command(stage.catalog, job, command);
			if (r != (want == BUSY ? -EBUSY : 0))
				fail_msg("%s, hold %d, command %d: %d", state_word(rows[i].state),
					 rows[i].hold, command, r);
			check_outcome(job, want, &before);
		}
}

/* What the provider has an id of is asked about again, never sent again. */
static void test_retry_of_what_the_provider_knows(void **state)
{
	struct call_news known = CALL_NEWS(EVENT_ACCEPTED);
	int64_t job = stage_job_in("known.txt", STATE_SUBMITTING, HOLD_NONE);
	struct call call = stage_call(job, 1);

	(void)state;
	known.remote_id = "job-1";
	assert_int_equal(catalog_call(stage.catalog, call.id, &known), 0);
	assert_int_equal(stage_event(call.id, EVENT_FAILED), 0);
	assert_int_equal(catalog_command(stage.catalog, job, COMMAND_RETRY), 0);
	call = stage_call(job, 1);
	assert_int_equal(call.state, STATE_RUNNING);
	assert_string_equal(call.remote_id, "job-1");
	assert_int_equal(call.attempt, 1);
}

/* Two calls of one id would get one picture: the second is held, and keeps none. */
static void test_id_that_another_call_has(void **state)
{
	struct call_news known = CALL_NEWS(EVENT_ACCEPTED);
	int64_t first = stage_job_in("one.txt", STATE_SUBMITTING, HOLD_NONE);
	int64_t second = stage_job_in("two.txt", STATE_SUBMITTING, HOLD_NONE);

	(void)state;
	known.remote_id = "job-2";
	assert_int_equal(catalog_call(stage.catalog, stage_call(first, 1).id, &known), 0);
	assert_int_equal(catalog_call(stage.catalog, stage_call(second, 1).id, &known), 0);
	assert_int_equal(stage_state(first), STATE_RUNNING);
	assert_int_equal(stage_state(second), STATE_HELD);
	assert_int_equal(stage_run(second).hold, HOLD_DOUBT);
	assert_string_equal(stage_call(second, 1).remote_id, "");
}

/* What may have been paid comes first; the error is that of the call which the run's hold
 * comes from. */
static void test_held_for_several_reasons(void **state)
{
	static const struct {
		enum hold holds[2], shown;
	} rows[] = {
		{ { HOLD_LIMIT, HOLD_DOUBT }, HOLD_DOUBT },
		{ { HOLD_DOUBT, HOLD_LIMIT }, HOLD_DOUBT },
		{ { HOLD_KEY, HOLD_LIMIT }, HOLD_KEY },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		char name[16], text[16];
		int64_t job;

		snprintf(name, sizeof(name), "%zu.txt", i);
		job = stage_job_of(
			stage_request(FOLDER_REQUESTS, name, "---\ncount: 4\n---\nfour cats"));
		for (int k = 0; k < 2; k++) {
			struct call_news held = CALL_NEWS(EVENT_HELD);
			int64_t call = stage_call(job, k + 1).id;

			snprintf(text, sizeof(text), "hold %d\n", (int)rows[i].holds[k]);
			held.hold = rows[i].holds[k];
			held.error = text;
			assert_int_equal(stage_event(call, EVENT_SENT), 0);
			assert_int_equal(catalog_call(stage.catalog, call, &held), 0);
		}
		snprintf(text, sizeof(text), "hold %d\n", (int)rows[i].shown);
		assert_int_equal(stage_run(job).hold, rows[i].shown);
		assert_string_equal(stage_text(job, RUN_ERROR), text);
	}
}

/* The run's word is "in doubt", and retry is for a call beside it that waits, too; not for
 * what failed. */
static void test_retry_beside_a_doubt(void **state)
{
	static const struct {
		enum event events[3]; /* of the second call, to EVENT_NONE */
		enum hold hold;
		int want;
		enum state after;
	} rows[] = {
		{ { EVENT_SENT, EVENT_ACCEPTED, EVENT_HELD }, HOLD_OVERDUE, 0, STATE_RUNNING },
		{ { EVENT_SENT, EVENT_HELD }, HOLD_LIMIT, 0, STATE_QUEUED },
		{ { EVENT_SENT, EVENT_REFUSED }, HOLD_NONE, -EBUSY, STATE_FAILED },
		{ { EVENT_SENT, EVENT_HELD }, HOLD_DOUBT, -EBUSY, STATE_HELD },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		char name[16];
		int64_t job, calls[2];

		snprintf(name, sizeof(name), "%zu.txt", i);
		job = stage_job_of(
			stage_request(FOLDER_REQUESTS, name, "---\ncount: 4\n---\nfour cats"));
		for (int k = 0; k < 2; k++)
			calls[k] = stage_call(job, k + 1).id;
		assert_int_equal(stage_event(calls[0], EVENT_SENT), 0);
		assert_int_equal(stage_hold(calls[0], HOLD_DOUBT), 0);
		for (int k = 0; k < 3 && rows[i].events[k] != EVENT_NONE; k++) {
			struct call_news news = CALL_NEWS(rows[i].events[k]);

			news.hold = rows[i].hold;
			assert_int_equal(catalog_call(stage.catalog, calls[1], &news), 0);
		}
		assert_int_equal(stage_run(job).hold, HOLD_DOUBT);
		assert_int_equal(catalog_command(stage.catalog, job, COMMAND_RETRY), rows[i].want);
		assert_int_equal(stage_call(job, 1).state, STATE_HELD);
		assert_int_equal(stage_call(job, 1).attempt, 1);
		assert_int_equal(stage_call(job, 2).state, rows[i].after);
	}
}

/* A retry of what runs asks after it, and buys nothing that was cancelled beside it. */
static void test_retry_beside_what_runs(void **state)
{
	int64_t job = stage_job_of(
		stage_request(FOLDER_REQUESTS, "a.txt", "---\ncount: 4\n---\nfour cats"));

	(void)state;
	assert_int_equal(stage_event(stage_call(job, 1).id, EVENT_SENT), 0);
	assert_int_equal(stage_event(stage_call(job, 1).id, EVENT_ACCEPTED), 0);
	assert_int_equal(stage_event(stage_call(job, 2).id, EVENT_CANCELLED), 0);
	assert_int_equal(catalog_command(stage.catalog, job, COMMAND_RETRY), 0);
	assert_int_equal(stage_call(job, 2).state, STATE_CANCELLED);
	assert_int_equal(stage_noted(NOTE_HURRY, stage_call(job, 1).id), 1);
	assert_int_equal(stage_event(stage_call(job, 1).id, EVENT_FAILED), 0);
	assert_int_equal(catalog_command(stage.catalog, job, COMMAND_RETRY), 0);
	assert_int_equal(stage_call(job, 2).state, STATE_QUEUED);
}

/* A doubt that was cancelled is one still. */
static void test_retry_of_a_cancelled_doubt(void **state)
{
	int64_t job = stage_job_in("a.txt", STATE_HELD, HOLD_DOUBT);

	(void)state;
	assert_int_equal(catalog_command(stage.catalog, job, COMMAND_CANCEL), 0);
	assert_int_equal(catalog_command(stage.catalog, job, COMMAND_RETRY), 0);
	assert_int_equal(stage_state(job), STATE_QUEUED);
	assert_non_null(strstr(stage_log(job), "may be paid twice"));
}

/* What was held for a reason that may be gone is queued by a reload; by another day only
 * what waits for its limit, and nobody else is hurried. */
static void test_released(void **state)
{
	static const struct {
		enum hold hold;
		enum state next_day, reloaded;
	} rows[] = {
		{ HOLD_KEY, STATE_HELD, STATE_QUEUED },
		{ HOLD_CREDIT, STATE_HELD, STATE_QUEUED },
		{ HOLD_PRICE, STATE_HELD, STATE_QUEUED },
		{ HOLD_LIMIT, STATE_QUEUED, STATE_QUEUED },
		{ HOLD_OVERDUE, STATE_HELD, STATE_HELD },
		{ HOLD_DOUBT, STATE_HELD, STATE_HELD },
	};
	int64_t jobs[LENGTH(rows)];
	char name[32];

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		snprintf(name, sizeof(name), "held-%zu.txt", i);
		jobs[i] = stage_job_in(name, STATE_HELD, rows[i].hold);
	}
	stage_forget_notes();
	assert_int_equal(catalog_new_day(stage.catalog), 0);
	assert_int_equal(stage_noted(NOTE_WORK, 0), 1);
	assert_int_equal(stage_noted(NOTE_ALL, 0), 0);
	for (size_t i = 0; i < LENGTH(rows); i++)
		assert_int_equal(stage_state(jobs[i]), rows[i].next_day);
	assert_int_equal(catalog_reloaded(stage.catalog), 0);
	assert_int_equal(stage_noted(NOTE_ALL, 0), 1);
	for (size_t i = 0; i < LENGTH(rows); i++)
		assert_int_equal(stage_state(jobs[i]), rows[i].reloaded);
}

/* While other bytes are being written, or none are there, the run before is not
 * what a command could mean. */
static void test_commands_beside_a_change(void **state)
{
	int64_t job = stage_job_in("a.txt", STATE_FAILED, HOLD_NONE), file = stage_job(job).file;

	(void)state;
	assert_int_equal(catalog_begin_change(stage.catalog, file, NULL), 0);
	assert_int_equal(catalog_command(stage.catalog, job, COMMAND_RETRY), -EBUSY);
	assert_int_equal(catalog_close(stage.catalog, file, true), 0);
	assert_int_equal(catalog_command(stage.catalog, job, COMMAND_RETRY), -EBUSY);
	stage_write(file, "");
	stage_settle(file);
	assert_int_equal(stage_state(job), STATE_EMPTY);
	assert_int_equal(catalog_command(stage.catalog, job, COMMAND_RETRY), -EBUSY);
}

/* Nothing was judged yet, so there is nothing but the bytes to go by. */
static void test_cancelled_before_it_was_judged(void **state)
{
	static const enum command rows[] = { COMMAND_RETRY, COMMAND_AGAIN };

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		char name[16];
		int64_t job;

		snprintf(name, sizeof(name), "%zu.txt", i);
		job = stage_job_in(name, STATE_HELD, HOLD_INTERRUPTED);
		assert_int_equal(catalog_command(stage.catalog, job, COMMAND_CANCEL), 0);
		assert_int_equal(stage_state(job), STATE_CANCELLED);
		assert_int_equal(catalog_command(stage.catalog, job, rows[i]), 0);
		stage_settle(stage_job(job).file);
		assert_int_equal(stage_state(job), STATE_QUEUED);
		assert_string_equal(stage_text(job, RUN_PROMPT), "x");
	}
}

/* A provider that cannot cancel, and two calls of a run. */
static void test_cannot_cancel(void **state)
{
	static const struct {
		enum event events[2][3]; /* of each call, to EVENT_NONE */
		int want;
		enum state after; /* of the first call */
	} rows[] = {
		{ { { EVENT_SENT, EVENT_ACCEPTED }, { EVENT_SENT, EVENT_ACCEPTED } },
		  -EOPNOTSUPP,
		  STATE_RUNNING },
		{ { { EVENT_SENT, EVENT_PICTURES }, { EVENT_SENT, EVENT_ACCEPTED } },
		  -EOPNOTSUPP,
		  STATE_FETCHING },
		{ { { EVENT_SENT, EVENT_REFUSED }, { EVENT_SENT, EVENT_ACCEPTED } },
		  -EOPNOTSUPP,
		  STATE_FAILED },
		{ { { EVENT_NONE }, { EVENT_SENT, EVENT_ACCEPTED } }, 0, STATE_CANCELLED },
		{ { { EVENT_SENT }, { EVENT_SENT, EVENT_ACCEPTED } }, 0, STATE_SUBMITTING },
		{ { { EVENT_SENT, EVENT_PICTURES }, { EVENT_NONE } }, -EBUSY, STATE_FETCHING },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		char name[16];
		int64_t job;

		snprintf(name, sizeof(name), "%zu.txt", i);
		job = stage_job_of(stage_request(FOLDER_REQUESTS, name,
						 "---\nprovider: steady\ncount: 2\n---\nx"));
		for (int k = 0; k < 2; k++)
			for (int e = 0; e < 3 && rows[i].events[k][e] != EVENT_NONE; e++)
				assert_int_equal(stage_event(stage_call(job, k + 1).id,
							     rows[i].events[k][e]),
						 0);
		assert_int_equal(catalog_command(stage.catalog, job, COMMAND_CANCEL), rows[i].want);
		assert_int_equal(stage_call(job, 1).state, rows[i].after);
		assert_int_equal(stage_call(job, 2).wish, WISH_NONE);
	}
}

/* Lost on its way back: it is not sent again only to be cancelled. */
static void test_a_wish_is_not_lost(void **state)
{
	static const enum state rows[] = { STATE_SUBMITTING, STATE_RUNNING };

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		char name[16];
		int64_t job, call;

		snprintf(name, sizeof(name), "%zu.txt", i);
		job = stage_job_in(name, rows[i], HOLD_NONE);
		call = stage_call(job, 1).id;
		assert_int_equal(catalog_command(stage.catalog, job, COMMAND_CANCEL), 0);
		stage_restart();
		assert_int_equal(stage_event(call, EVENT_NOT_TAKEN), 0);
		assert_int_equal(stage_state(job), STATE_CANCELLED);
		assert_int_equal(stage_call(job, 1).wish, WISH_NONE);
		/* And it is over with the retry. */
		assert_int_equal(catalog_command(stage.catalog, job, COMMAND_RETRY), 0);
		assert_int_equal(stage_event(call, EVENT_SENT), 0);
		assert_int_equal(stage_event(call, EVENT_NOT_TAKEN), 0);
		assert_int_equal(stage_state(job), STATE_QUEUED);
	}
}

/* What is held although it may be there keeps the wish until it is known to be there; a
 * person who wants it after all takes it back. */
static void test_a_wish_while_held(void **state)
{
	static const struct {
		enum state state;
		enum hold hold;
		enum command command; /* COMMANDS: the provider is found to have it */
		enum wish wish;
		enum state after;
	} rows[] = {
		{ STATE_SUBMITTING, HOLD_DOUBT, COMMANDS, WISH_CANCEL, STATE_RUNNING },
		{ STATE_SUBMITTING, HOLD_DOUBT, COMMAND_RESEND, WISH_NONE, STATE_QUEUED },
		{ STATE_SUBMITTING, HOLD_DOUBT, COMMAND_CANCEL, WISH_NONE, STATE_CANCELLED },
		{ STATE_SUBMITTING, HOLD_OVERDUE, COMMAND_RETRY, WISH_NONE, STATE_RUNNING },
		{ STATE_RUNNING, HOLD_OVERDUE, COMMAND_RETRY, WISH_NONE, STATE_RUNNING },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		char name[16];
		int64_t job, call;

		snprintf(name, sizeof(name), "%zu.txt", i);
		job = stage_job_in(name, rows[i].state, HOLD_NONE);
		call = stage_call(job, 1).id;
		assert_int_equal(catalog_command(stage.catalog, job, COMMAND_CANCEL), 0);
		assert_int_equal(stage_hold(call, rows[i].hold), 0);
		stage_restart();
		assert_int_equal(stage_state(job), STATE_HELD);
		assert_int_equal(stage_call(job, 1).wish, WISH_CANCEL);
		stage_forget_notes();
		if (rows[i].command == COMMANDS)
			assert_int_equal(stage_event(call, EVENT_ACCEPTED), 0);
		else
			assert_int_equal(catalog_command(stage.catalog, job, rows[i].command), 0);
		assert_int_equal(stage_state(job), rows[i].after);
		assert_int_equal(stage_call(job, 1).wish, rows[i].wish);
		assert_true(stage_noted(NOTE_WORK, call) >= 1);
	}
}

/* ---- forgetting ---- */

static void test_forget(void **state)
{
	static const struct {
		enum state state;
		enum hold hold;
		enum state run; /* afterwards */
		enum wish wish;
	} rows[] = {
		{ STATE_QUEUED, HOLD_NONE, STATE_CANCELLED, WISH_NONE },
		{ STATE_RUNNING, HOLD_NONE, STATE_RUNNING, WISH_CANCEL },
		{ STATE_FETCHING, HOLD_NONE, STATE_FETCHING, WISH_NONE },
		{ STATE_DONE, HOLD_NONE, STATE_DONE, WISH_NONE },
		{ STATE_FAILED, HOLD_NONE, STATE_FAILED, WISH_NONE },
		{ STATE_HELD, HOLD_KEY, STATE_CANCELLED, WISH_NONE },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		int64_t job, file, fresh;
		char name[16];

		snprintf(name, sizeof(name), "%zu.txt", i);
		job = stage_job_in(name, rows[i].state, rows[i].hold);
		file = stage_job(job).file;
		stage_forget_notes();
		assert_int_equal(stage_forget(job), file);
		assert_int_equal(stage_job_at(FOLDER_REQUESTS, name), 0);
		assert_true(stage_noted(NOTE_JOB, job) >= 1);
		assert_true(stage_noted(NOTE_WORK, 0) >= 1);
		assert_int_equal(stage_run(job).state, rows[i].run);
		assert_int_equal(stage_call(job, 1).wish, rows[i].wish);
		/* A ctl that is still open buys nothing that nobody would see. */
		for (enum command command = 0; command < COMMANDS; command++)
			assert_int_equal(catalog_command(stage.catalog, job, command), -ENOENT);
		assert_int_equal(stage_run_count(job), 1);
		/* The request stays, without a job until its next write. */
		assert_int_equal(stage_job_of(file), 0);
		stage_write(file, "x");
		fresh = stage_job_of(file);
		assert_true(fresh > job);
		stage_settle(file);
		assert_int_equal(stage_state(fresh), STATE_QUEUED);
	}
}

static void test_a_paid_picture_of_a_forgotten_job(void **state)
{
	int64_t job = stage_job_in("cat.txt", STATE_FETCHING, HOLD_NONE), image;

	(void)state;
	stage_forget(job);
	image = stage_pictures(stage_call(job, 1).id, 1);
	assert_int_equal(catalog_announce(stage.catalog, image), 0);
	assert_true(stage_image(image).announced);
	assert_string_equal(stage_image(image).name.bytes, "cat.png");
}

/* ---- when ---- */

/* Many changes happen in one millisecond; each must be seen. */
static void test_no_change_has_the_time_of_the_last(void **state)
{
	static const enum event events[] = { EVENT_SENT, EVENT_ACCEPTED, EVENT_PICTURES };
	char name[16];

	(void)state;
	for (int i = 0; i < 50; i++) {
		int64_t job, changed_ms;

		snprintf(name, sizeof(name), "%d.txt", i);
		job = stage_job_of(stage_request(FOLDER_REQUESTS, name, "x"));
		changed_ms = stage_job(job).changed_ms;
		for (size_t j = 0; j < LENGTH(events); j++) {
			assert_int_equal(stage_event(stage_call(job, 1).id, events[j]), 0);
			assert_true(stage_job(job).changed_ms > changed_ms);
			changed_ms = stage_job(job).changed_ms;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_ROW(test_each_cell),
		STAGE_ROW(test_retry_of_what_the_provider_knows),
		STAGE_ROW(test_id_that_another_call_has),
		STAGE_ROW(test_held_for_several_reasons),
		STAGE_ROW(test_retry_beside_a_doubt),
		STAGE_ROW(test_retry_beside_what_runs),
		STAGE_ROW(test_retry_of_a_cancelled_doubt),
		STAGE_ROW(test_released),
		STAGE_ROW(test_commands_beside_a_change),
		STAGE_ROW(test_cancelled_before_it_was_judged),
		STAGE_ROW(test_cannot_cancel),
		STAGE_ROW(test_a_wish_is_not_lost),
		STAGE_ROW(test_a_wish_while_held),
		STAGE_ROW(test_forget),
		STAGE_ROW(test_a_paid_picture_of_a_forgotten_job),
		STAGE_ROW(test_no_change_has_the_time_of_the_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
