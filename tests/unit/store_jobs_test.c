/* Jobs, runs and calls come back as they went in; logs and events read the same
 * from every offset, whatever the room. */
#include "io/store_calls.h"
#include "io/store_jobs.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "io/store_tree.h"
#include "store_stage.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static struct job add_job(struct db *db, const char *name)
{
	struct job job = { .folder = FOLDER_REQUESTS, .name = named(name) };

	assert_int_equal(store_job_insert(db, &job), 0);
	return job;
}

static struct run add_run(struct db *db, int64_t job, int64_t number, enum state state)
{
	struct run run = { .job = job, .number = number, .state = state };

	assert_int_equal(store_run_insert(db, &run, &(struct run_texts){ 0 }), 0);
	return run;
}

static struct call add_call(struct db *db, int64_t run, int64_t number, enum state state)
{
	struct call call = { .run = run, .number = number, .state = state };

	snprintf(call.provider, sizeof(call.provider), "%s", number % 2 ? "odd" : "even");
	assert_int_equal(store_call_insert(db, &call), 0);
	return call;
}

/* ---- jobs ---- */

static int body_job(struct db *db, void *arg)
{
	struct job job = { .folder = FOLDER_REQUESTS,
			   .name = named("a.txt"),
			   .created_ms = 5,
			   .changed_ms = INT64_MAX };
	struct file file = { .folder = FOLDER_REQUESTS,
			     .name = named("a.txt"),
			     .change = CHANGE_CLOSED };
	struct job got, twin = job;
	struct name other = named("b.txt");

	(void)arg;
	assert_int_equal(store_job_insert(db, &job), 0);
	assert_int_equal(store_job_insert(db, &twin), -EEXIST);
	assert_int_equal(store_job_get(db, job.id, &got), 0);
	assert_string_equal(got.name.bytes, "a.txt");
	assert_int_equal(got.created_ms, 5);
	assert_int_equal(got.changed_ms, INT64_MAX);
	assert_int_equal(got.file | got.run | got.log_size, 0);
	assert_int_equal(got.change, CHANGE_NONE);
	/* File, change and the newest run are looked up. */
	file.job = job.id;
	assert_int_equal(store_file_insert(db, &file), 0);
	add_run(db, job.id, 1, STATE_DONE);
	job.run = add_run(db, job.id, 3, STATE_FAILED).id;
	add_run(db, job.id, 2, STATE_DONE);
	job.name = other;
	job.changed_ms = 6;
	assert_int_equal(store_job_update(db, &job), 0);
	assert_int_equal(store_job_find(db, FOLDER_REQUESTS, &other, &got), 0);
	assert_int_equal(got.id, job.id);
	assert_int_equal(got.file, file.id);
	assert_int_equal(got.run, job.run);
	assert_int_equal(got.change, CHANGE_CLOSED);
	assert_int_equal(got.changed_ms, 6);
	assert_int_equal(store_job_find(db, FOLDER_REQUESTS, &twin.name, &got), -ENOENT);
	return 0;
}

static void test_jobs_come_back(void **state)
{
	store_stage_write(*state, body_job, NULL);
}

static int body_forget(struct db *db, void *arg)
{
	struct job a = add_job(db, "a"), b = add_job(db, "b"), got;
	struct job again;

	(void)arg;
	assert_int_equal(store_job_is_forgotten(db, a.id), 0);
	assert_int_equal(store_job_forget(db, a.id), 0);
	assert_int_equal(store_job_is_forgotten(db, a.id), 1);
	assert_int_equal(store_job_is_forgotten(db, 12345), -ENOENT);
	assert_int_equal(store_job_get(db, a.id, &got), 0);
	assert_int_equal(store_job_find(db, FOLDER_REQUESTS, &a.name, &got), -ENOENT);
	assert_int_equal(store_job_next(db, FOLDER_REQUESTS, 0, &got), 0);
	assert_int_equal(got.id, b.id);
	again = add_job(db, "a"); /* the place is free */
	assert_true(again.id > b.id);
	assert_int_equal(store_log_add(db, again.id, 0, "x\n", 2), 0);
	assert_int_equal(store_job_delete(db, again.id), 0);
	assert_int_equal(store_job_get(db, again.id, &got), -ENOENT);
	assert_int_equal(store_job_next(db, FOLDER_REQUESTS, b.id, &got), -ENOENT);
	return 0;
}

static void test_forgotten_jobs(void **state)
{
	store_stage_write(*state, body_forget, NULL);
}

/* ---- runs ---- */

static void assert_same_run(const struct run *a, const struct run *b)
{
	assert_int_equal(a->id, b->id);
	assert_int_equal(a->job, b->job);
	assert_int_equal(a->number, b->number);
	assert_int_equal(a->state, b->state);
	assert_int_equal(a->hold, b->hold);
	assert_int_equal(a->created_ms, b->created_ms);
	assert_int_equal(a->changed_ms, b->changed_ms);
	assert_int_equal(a->finished_ms, b->finished_ms);
	assert_int_equal(a->seed, b->seed);
	assert_memory_equal(a->content, b->content, CONTENT_HASH_SIZE);
	assert_string_equal(a->provider, b->provider);
	assert_string_equal(a->model, b->model);
}

static int body_run(struct db *db, void *arg)
{
	struct job job = add_job(db, "a"), other = add_job(db, "b");
	struct run run = { .job = job.id,
			   .number = 7,
			   .state = STATE_HELD,
			   .hold = HOLD_DOUBT,
			   .created_ms = 1,
			   .changed_ms = 2,
			   .finished_ms = 3,
			   .seed = 2147483647,
			   .provider = "p",
			   .model = "m" };
	const struct run_texts texts = {
		.bytes = { [RUN_PROMPT] = "pro\0mpt", [RUN_ERROR] = "error", [RUN_PARAMS] = "{}" },
		.size = { [RUN_PROMPT] = 7, [RUN_ERROR] = 5, [RUN_PARAMS] = 2 },
	};
	struct run got, twin;

	(void)arg;
	memset(run.content, 0xA5, sizeof(run.content));
	assert_int_equal(store_run_insert(db, &run, &texts), 0);
	assert_int_equal(store_run_get(db, run.id, &got), 0);
	assert_same_run(&got, &run);
	assert_int_equal(got.prompt_size, 7);
	assert_int_equal(got.error_size, 5);
	assert_int_equal(got.json_size, 0);
	assert_int_equal(store_run_find(db, job.id, 7, &got), 0);
	assert_same_run(&got, &run);
	assert_int_equal(store_run_find(db, job.id, 8, &got), -ENOENT);
	twin = run;
	assert_int_equal(store_run_insert(db, &twin, &texts), -EEXIST);
	/* created_ms and content are of the beginning. */
	run = (struct run){ .id = run.id,
			    .job = other.id,
			    .number = 8,
			    .state = STATE_DONE,
			    .created_ms = 1,
			    .changed_ms = 20,
			    .finished_ms = 30,
			    .seed = -1 };
	memset(run.content, 0xA5, sizeof(run.content));
	assert_int_equal(store_run_update(db, &run), 0);
	assert_int_equal(store_run_next(db, other.id, 7, &got), 0);
	assert_same_run(&got, &run);
	assert_int_equal(store_run_next(db, other.id, 8, &got), -ENOENT);
	assert_int_equal(store_run_next(db, job.id, 0, &got), -ENOENT);
	return 0;
}

static void test_runs_come_back(void **state)
{
	store_stage_write(*state, body_run, NULL);
}

static int body_texts(struct db *db, void *arg)
{
	static const char *const first[RUN_TEXTS] = { "prompt", "error", "params", "json" };
	int64_t job = add_job(db, "a").id;
	struct run run = { .job = job, .number = 1 }, other = { .job = job, .number = 2 };
	struct run_texts texts;

	(void)arg;
	for (enum run_text text = 0; text < RUN_TEXTS; text++) {
		texts.bytes[text] = first[text];
		texts.size[text] = strlen(first[text]);
	}
	assert_int_equal(store_run_insert(db, &run, &texts), 0);
	assert_int_equal(store_run_insert(db, &other, &texts), 0);
	for (enum run_text text = 0; text < RUN_TEXTS; text++) {
		CLEANUP(strbuf) struct strbuf got = STRBUF_EMPTY;

		strbuf_add_char(&got, '>');
		assert_int_equal(store_run_text(db, run.id, text, &got), 0);
		assert_string_equal(got.bytes + 1, first[text]);
		assert_int_equal(store_run_set_text(db, run.id, text, "a\0b", 3), 0);
		strbuf_clear(&got);
		assert_int_equal(store_run_text(db, run.id, text, &got), 0);
		assert_int_equal(got.size, 3);
		assert_memory_equal(got.bytes, "a\0b", 3);
		strbuf_clear(&got);
		assert_int_equal(store_run_text(db, other.id, text, &got), 0);
		assert_string_equal(strbuf_text(&got), first[text]);
		assert_int_equal(store_run_text(db, 12345, text, &got), -ENOENT);
	}
	return 0;
}

static void test_texts_of_a_run(void **state)
{
	store_stage_write(*state, body_texts, NULL);
}

static int body_before(struct db *db, void *arg)
{
	static const struct {
		int64_t changed_ms;
		enum state state;
	} rows[] = {
		{ 10, STATE_DONE }, { 30, STATE_DONE }, { 20, STATE_FAILED },
		{ 20, STATE_DONE }, { 20, STATE_DONE },
	};
	static const size_t order[] = { 1, 4, 3, 0 }; /* of the done ones */
	int64_t job = add_job(db, "a").id, ids[LENGTH(rows)];
	struct run got = { .changed_ms = INT64_MAX, .id = INT64_MAX };

	(void)arg;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct run run = add_run(db, job, (int64_t)i + 1, rows[i].state);

		run.changed_ms = rows[i].changed_ms;
		assert_int_equal(store_run_update(db, &run), 0);
		ids[i] = run.id;
	}
	for (size_t i = 0; i < LENGTH(order); i++) {
		assert_int_equal(store_run_before(db, STATE_DONE, got.changed_ms, got.id, &got), 0);
		assert_int_equal(got.id, ids[order[i]]);
	}
	assert_int_equal(store_run_before(db, STATE_DONE, got.changed_ms, got.id, &got), -ENOENT);
	return 0;
}

static void test_newest_first(void **state)
{
	store_stage_write(*state, body_before, NULL);
}

/* ---- calls ---- */

static void assert_same_call(const struct call *a, const struct call *b)
{
	assert_int_equal(a->id, b->id);
	assert_int_equal(a->run, b->run);
	assert_int_equal(a->number, b->number);
	assert_int_equal(a->state, b->state);
	assert_int_equal(a->hold, b->hold);
	assert_int_equal(a->attempt, b->attempt);
	assert_int_equal(a->seed, b->seed);
	assert_int_equal(a->count, b->count);
	assert_int_equal(a->cost_micro, b->cost_micro);
	assert_string_equal(a->provider, b->provider);
	assert_string_equal(a->unit, b->unit);
	assert_string_equal(a->remote_id, b->remote_id);
	assert_int_equal(a->process, b->process);
	assert_int_equal(a->wish, b->wish);
	assert_int_equal(a->changed_ms, b->changed_ms);
}

static int body_call(struct db *db, void *arg)
{
	int64_t size;
	int64_t run = add_run(db, add_job(db, "a").id, 1, STATE_QUEUED).id;
	struct call call = { .run = run,
			     .number = 2,
			     .state = STATE_HELD,
			     .hold = HOLD_LIMIT,
			     .attempt = 3,
			     .seed = 4,
			     .count = 5,
			     .cost_micro = -1,
			     .provider = "p",
			     .unit = "USD",
			     .remote_id = "r",
			     .process = 6,
			     .wish = WISH_CANCEL,
			     .changed_ms = 7 };
	struct call got, twin = call;
	CLEANUP(strbuf) struct strbuf error = STRBUF_EMPTY;

	(void)arg;
	assert_int_equal(store_call_insert(db, &call), 0);
	assert_int_equal(store_call_get(db, call.id, &got), 0);
	assert_same_call(&got, &call);
	twin.number = 3;
	assert_int_equal(store_call_insert(db, &twin), -EEXIST); /* an id is known once */
	*twin.remote_id = '\0';
	assert_int_equal(store_call_insert(db, &twin), 0);
	call = (struct call){ .id = call.id,
			      .run = run,
			      .number = 2,
			      .state = STATE_DONE,
			      .provider = "p",
			      .cost_micro = INT64_MAX,
			      .changed_ms = 8 };
	assert_int_equal(store_call_update(db, &call), 0);
	assert_int_equal(store_call_get(db, call.id, &got), 0);
	assert_same_call(&got, &call);
	assert_int_equal(store_call_text(db, call.id, CALL_ERROR, &error), 0);
	assert_int_equal(error.size, 0);
	assert_int_equal(store_call_text_size(db, call.id, CALL_ERROR, &size), 0);
	assert_int_equal(size, 0);
	assert_int_equal(store_call_set_text(db, call.id, CALL_ERROR, "a\n\u00e9"), 0);
	assert_int_equal(store_call_text(db, call.id, CALL_ERROR, &error), 0);
	assert_string_equal(strbuf_text(&error), "a\n\u00e9");
	assert_int_equal(store_call_text_size(db, call.id, CALL_ERROR, &size), 0);
	assert_int_equal(size, error.size);
	assert_int_equal(store_call_text(db, 12345, CALL_ERROR, &error), -ENOENT);
	assert_int_equal(store_call_text_size(db, 12345, CALL_ERROR, &size), -ENOENT);
	return 0;
}

static void test_calls_come_back(void **state)
{
	store_stage_write(*state, body_call, NULL);
}

static int body_next_call(struct db *db, void *arg)
{
	int64_t run = add_run(db, add_job(db, "a").id, 1, STATE_QUEUED).id;
	struct call calls[4], got;
	struct run gone;

	(void)arg;
	for (int i = 0; i < 4; i++)
		calls[i] = add_call(db, run, 4 - i, i == 2 ? STATE_DONE : STATE_QUEUED);
	assert_int_equal(store_run_count_in(db, STATE_QUEUED), 1);
	assert_int_equal(store_run_count_in(db, STATE_DONE), 0);
	assert_int_equal(store_run_count_in(db, STATE_HELD), 0);
	got.number = 0;
	for (int i = 3; i >= 0; i--) { /* by number */
		assert_int_equal(store_call_next(db, run, got.number, &got), 0);
		assert_int_equal(got.id, calls[i].id);
	}
	assert_int_equal(store_call_next(db, run, 4, &got), -ENOENT);
	got.id = 0;
	for (int i = 0; i < 4; i++) /* by id */
		if (i != 2) {
			assert_int_equal(store_call_next_in(db, STATE_QUEUED, NULL, got.id, &got),
					 0);
			assert_int_equal(got.id, calls[i].id);
		}
	assert_int_equal(store_call_next_in(db, STATE_QUEUED, "odd", 0, &got), 0);
	assert_int_equal(got.id, calls[1].id);
	assert_int_equal(store_call_next_in(db, STATE_QUEUED, "odd", got.id, &got), 0);
	assert_int_equal(got.id, calls[3].id);
	assert_int_equal(store_call_next_in(db, STATE_QUEUED, "odd", got.id, &got), -ENOENT);
	assert_int_equal(store_call_next_in(db, STATE_QUEUED, "none", 0, &got), -ENOENT);
	assert_int_equal(store_run_delete(db, run), 0);
	assert_int_equal(store_run_get(db, run, &gone), -ENOENT);
	assert_int_equal(store_call_get(db, calls[0].id, &got), -ENOENT);
	return 0;
}

static void test_calls_in_their_order(void **state)
{
	store_stage_write(*state, body_next_call, NULL);
}

/* ---- logs and events ---- */

static const char *const lines[] = { "first\n", "\n", "a longer third line\n", "x\n", "\xFF\n" };

typedef int64_t read_fn(struct db *db, int64_t job, int64_t offset, char *bytes, size_t room);

static int64_t read_events(struct db *db, int64_t job, int64_t offset, char *bytes, size_t room)
{
	(void)job;
	return store_event_read(db, offset, bytes, room);
}

/* Every offset, every room: exactly the bytes of the text, nothing beside them. */
static void check_reads(struct db *db, int64_t job, read_fn *fn, const char *text)
{
	int64_t size = (int64_t)strlen(text);
	char bytes[256];

	for (int64_t offset = 0; offset <= size + 2; offset++)
		for (int64_t room = 0; room <= size + 2; room++) {
			int64_t left = offset < size ? size - offset : 0;
			int64_t want = room < left ? room : left;

			memset(bytes, '#', sizeof(bytes));
			if (fn(db, job, offset, bytes, (size_t)room) != want)
				fail_msg("offset %d, room %d", (int)offset, (int)room);
			if (want)
				assert_memory_equal(bytes, text + offset, want);
			assert_int_equal(bytes[want], '#');
		}
}

static int body_history(struct db *db, void *arg)
{
	struct job jobs[2] = { add_job(db, "a"), add_job(db, "b") }, got;
	struct strbuf texts[2] = { STRBUF_EMPTY, STRBUF_EMPTY }, events = STRBUF_EMPTY;

	(void)arg;
	check_reads(db, jobs[0].id, store_log_read, "");
	check_reads(db, 0, read_events, "");
	assert_int_equal(store_event_size(db), 0);
	for (size_t i = 0; i < LENGTH(lines) * 2; i++) {
		const char *line = lines[(i + i / LENGTH(lines)) % LENGTH(lines)];

		/* Two jobs in turn: offsets are each job's own. */
		assert_int_equal(
			store_log_add(db, jobs[i % 2].id, (int64_t)i % 3, line, strlen(line)), 0);
		strbuf_add_text(&texts[i % 2], line);
		assert_int_equal(store_event_add(db, line, strlen(line)), 0);
		strbuf_add_text(&events, line);
		assert_int_equal(store_event_size(db), events.size);
	}
	for (int i = 0; i < 2; i++) {
		check_reads(db, jobs[i].id, store_log_read, strbuf_text(&texts[i]));
		assert_int_equal(store_job_get(db, jobs[i].id, &got), 0);
		assert_int_equal(got.log_size, texts[i].size);
		strbuf_done(&texts[i]);
	}
	check_reads(db, 0, read_events, strbuf_text(&events));
	strbuf_done(&events);
	check_reads(db, 12345, store_log_read, "");
	return 0;
}

static void test_history_from_every_offset(void **state)
{
	store_stage_write(*state, body_history, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_ROW(test_jobs_come_back),       STORE_ROW(test_forgotten_jobs),
		STORE_ROW(test_runs_come_back),       STORE_ROW(test_texts_of_a_run),
		STORE_ROW(test_newest_first),         STORE_ROW(test_calls_come_back),
		STORE_ROW(test_calls_in_their_order), STORE_ROW(test_history_from_every_offset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
