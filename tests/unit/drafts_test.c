/* Open files against a model in memory: the same writes, truncations and reads,
 * byte for byte, over borders of chunks, holes, saves and closes. */
#include "mount/drafts.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drafts_stage.h"
#include "io/store_tree.h"
#include "job/request.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* ---- against the model ---- */

enum { MODEL_ROOM = 5 * CHUNK_SIZE + 77, STEPS = 150 };

struct model {
	char bytes[MODEL_ROOM]; /* zeros beyond the size */
	int64_t size;
	unsigned seed;
	struct draft *draft;
	int64_t file;
};

/* Near a border of chunks every other time. */
static int64_t some_place(struct model *model, int64_t below)
{
	int64_t place = rand_r(&model->seed) % below;

	if (rand_r(&model->seed) % 2)
		place = place / CHUNK_SIZE * CHUNK_SIZE + rand_r(&model->seed) % 3 - 1;
	return place < 0 ? 0 : place >= below ? below - 1 : place;
}

static void do_write(struct model *model)
{
	static char bytes[2 * CHUNK_SIZE];
	int64_t offset = some_place(model, MODEL_ROOM);
	int64_t size = some_place(model, (int64_t)sizeof(bytes)) + 1;

	if (size > MODEL_ROOM - offset)
		size = MODEL_ROOM - offset;
	memset(bytes, rand_r(&model->seed) % 255 + 1, (size_t)size);
	assert_int_equal(draft_write(model->draft, bytes, (size_t)size, offset), size);
	memcpy(model->bytes + offset, bytes, (size_t)size);
	if (offset + size > model->size)
		model->size = offset + size;
}

static void do_truncate(struct model *model)
{
	int64_t size = some_place(model, MODEL_ROOM);

	assert_int_equal(draft_truncate(model->draft, size), 0);
	if (size < model->size)
		memset(model->bytes + size, 0, (size_t)(model->size - size));
	model->size = size;
}

static void do_read(struct model *model)
{
	static char bytes[MODEL_ROOM];
	int64_t offset = some_place(model, MODEL_ROOM), size = some_place(model, MODEL_ROOM);
	int64_t left = offset < model->size ? model->size - offset : 0;
	int64_t want = size < left ? size : left;

	assert_int_equal(draft_read(model->draft, bytes, (size_t)size, offset), want);
	if (want)
		assert_memory_equal(bytes, model->bytes + offset, want);
}

static void do_save(struct model *model)
{
	assert_int_equal(draft_save(model->draft, STORE_LAZY), 0);
	assert_int_equal(stage_file(model->file).size, model->size);
}

static void do_reopen(struct model *model)
{
	draft_close(model->draft, ACCESS_WRITE);
	model->draft = open_draft(model->file, ACCESS_WRITE);
}

static void check_all(struct model *model)
{
	int64_t size = -1, mtime_ns;

	drafts_look(drafts, model->file, &size, &mtime_ns);
	assert_int_equal(size, model->size);
	assert_bytes(model->draft, model->bytes, (size_t)model->size);
}

static void test_against_a_model(void **state)
{
	static void (*const steps[])(struct model *) = {
		do_write, do_write, do_write, do_truncate, do_read, do_read, do_save, do_reopen,
	};

	(void)state;
	for (unsigned seed = 1; seed <= 12; seed++) {
		struct model *model = calloc(1, sizeof(*model));
		/* Even seeds write a request, odd ones scratch. */
		const char *name = seed % 2 ? "scratch" : "request.txt";

		assert_non_null(model);
		model->seed = seed;
		model->file = stage_create(FOLDER_REQUESTS, name);
		model->draft = open_draft(model->file, ACCESS_WRITE);
		for (int step = 0; step < STEPS; step++) {
			steps[(size_t)rand_r(&model->seed) % LENGTH(steps)](model);
			if (step % 10 == 0)
				check_all(model);
		}
		check_all(model);
		do_reopen(model);
		check_all(model);
		draft_close(model->draft, ACCESS_WRITE);
		free(model);
		assert_int_equal(stage_unlink(FOLDER_REQUESTS, name), 0);
	}
}

/* More than is kept in memory, without a save in between. */
static void test_a_large_file(void **state)
{
	enum { CHUNKS = 150 };
	static char bytes[CHUNK_SIZE];
	struct draft *draft = open_draft(stage_create(FOLDER_REQUESTS, "large"), ACCESS_WRITE);

	(void)state;
	for (int64_t n = 0; n < CHUNKS; n++) {
		memset(bytes, (int)n + 1, sizeof(bytes));
		assert_int_equal(draft_write(draft, bytes, sizeof(bytes), n * CHUNK_SIZE),
				 sizeof(bytes));
	}
	for (int64_t n = 0; n < CHUNKS; n++) {
		char got[3];

		assert_int_equal(draft_read(draft, got, 3, n * CHUNK_SIZE + CHUNK_SIZE - 2),
				 n == CHUNKS - 1 ? 2 : 3);
		assert_int_equal((unsigned char)got[0], n + 1);
		if (n < CHUNKS - 1)
			assert_int_equal((unsigned char)got[2], n + 2);
	}
	draft_close(draft, ACCESS_WRITE);
}

/* ---- limits ---- */

static void test_limits(void **state)
{
	static const struct {
		bool scratch;
		size_t size;
		int64_t offset;
		bool fits;
	} rows[] = {
		{ false, 1, REQUEST_BYTES_MAX - 1, true },
		{ false, 2, REQUEST_BYTES_MAX - 1, false },
		{ false, 1, REQUEST_BYTES_MAX, false },
		{ false, 0, REQUEST_BYTES_MAX, true },
		{ false, 100, -1, false },
		{ false, 100, INT64_MAX, false },
		{ false, SIZE_MAX / 2, 0, false },
		{ true, 1, SCRATCH_BYTES_MAX - 1, true },
		{ true, 2, SCRATCH_BYTES_MAX - 1, false },
		{ true, 1, INT64_MAX - 1, false },
	};
	int64_t files[] = { stage_create(FOLDER_REQUESTS, "a.txt"),
			    stage_create(FOLDER_REQUESTS, "scratch") };

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct draft *draft = open_draft(files[rows[i].scratch], ACCESS_WRITE);
		int64_t size = -1, mtime_ns;

		assert_int_equal(draft_truncate(draft, 5), 0);
		if (draft_write(draft, "xyz", rows[i].size, rows[i].offset) !=
		    (rows[i].fits ? (ssize_t)rows[i].size : -EFBIG))
			fail_msg("row %zu", i);
		drafts_look(drafts, files[rows[i].scratch], &size, &mtime_ns);
		assert_int_equal(size, rows[i].fits && rows[i].size
					       ? rows[i].offset + (int64_t)rows[i].size
					       : 5);
		assert_int_equal(draft_truncate(draft, 0), 0);
		draft_close(draft, ACCESS_WRITE);
	}
}

static void test_limits_of_truncation(void **state)
{
	static const struct {
		const char *name;
		int64_t size;
		int want;
	} rows[] = {
		{ "a.txt", REQUEST_BYTES_MAX, 0 }, { "a.txt", REQUEST_BYTES_MAX + 1, -EFBIG },
		{ "b", SCRATCH_BYTES_MAX, 0 },     { "b", (int64_t)SCRATCH_BYTES_MAX + 1, -EFBIG },
		{ "b", INT64_MAX, -EFBIG },        { "b", 0, 0 },
	};
	int64_t a = stage_create(FOLDER_REQUESTS, "a.txt"), b = stage_create(FOLDER_REQUESTS, "b");

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		int64_t id = *rows[i].name == 'a' ? a : b;
		struct file before = stage_file(id);

		assert_int_equal(drafts_truncate(drafts, &before, rows[i].size), rows[i].want);
		assert_int_equal(stage_file(id).size,
				 rows[i].want < 0 ? before.size : rows[i].size);
	}
}

/* ---- opening and closing ---- */

static void test_the_last_writable_close(void **state)
{
	int64_t id = stage_create(FOLDER_REQUESTS, "a.txt");
	struct draft *first = open_draft(id, ACCESS_WRITE), *reader = open_draft(id, ACCESS_READ);
	struct draft *second = open_draft(id, ACCESS_WRITE);

	(void)state;
	write_text(first, "one", 0);
	write_text(second, "two", 3);
	assert_true(drafts_is_open(drafts, id, ACCESS_WRITE));
	draft_close(first, ACCESS_WRITE);
	assert_int_equal(stage_file(id).change, CHANGE_OPEN);
	assert_int_equal(stage_noted(NOTE_CLOSED, 0), 0);
	draft_close(second, ACCESS_WRITE);
	assert_int_equal(stage_file(id).change, CHANGE_CLOSED);
	assert_int_equal(stage_noted(NOTE_CLOSED, id), 1);
	assert_false(drafts_is_open(drafts, id, ACCESS_WRITE));
	assert_true(drafts_is_open(drafts, id, ACCESS_READ));
	assert_bytes(reader, "onetwo", 6);
	draft_close(reader, ACCESS_READ);
	assert_false(drafts_is_open(drafts, id, ACCESS_READ));
	assert_int_equal(stage_noted(NOTE_CLOSED, id), 1);
	stage_settle(id);
	assert_string_equal(stage_text(stage_job_of(id), RUN_PROMPT), "onetwo");
}

/* Opening alone is no change; opening what settles holds it back. */
static void test_opened_and_not_written(void **state)
{
	int64_t id = stage_request(FOLDER_REQUESTS, "a.txt", "x");
	struct draft *draft = open_draft(id, ACCESS_WRITE);

	(void)state;
	assert_int_equal(stage_file(id).change, CHANGE_NONE);
	draft_close(draft, ACCESS_WRITE);
	assert_int_equal(stage_file(id).change, CHANGE_NONE);
	stage_write(id, "y");
	draft = open_draft(id, ACCESS_READ);
	assert_int_equal(stage_file(id).change, CHANGE_CLOSED);
	draft_close(draft, ACCESS_READ);
	draft = open_draft(id, ACCESS_WRITE);
	assert_int_equal(stage_file(id).change, CHANGE_OPEN);
	draft_close(draft, ACCESS_WRITE);
	assert_int_equal(stage_file(id).change, CHANGE_CLOSED);
}

/* open(O_RDONLY | O_CREAT), as flock(1) does: nobody is going to write. */
static void test_created_for_reading(void **state)
{
	int64_t id = stage_create(FOLDER_REQUESTS, "a.txt");
	struct draft *draft = open_draft(id, ACCESS_READ);

	(void)state;
	draft_close(draft, ACCESS_READ);
	assert_int_equal(stage_file(id).change, CHANGE_CLOSED);
	stage_settle(id);
	assert_int_equal(stage_state(stage_job_of(id)), STATE_EMPTY);
}

/* Between reading the record and opening the draft another one came and went. */
static void test_an_older_record(void **state)
{
	struct file record = stage_file(stage_create(FOLDER_REQUESTS, "scratch"));
	struct draft *draft = open_draft(record.id, ACCESS_WRITE);

	(void)state;
	write_text(draft, "what was written", 0);
	draft_close(draft, ACCESS_WRITE);
	assert_int_equal(record.size, 0);
	assert_int_equal(draft_open(drafts, &record, ACCESS_WRITE, &draft), 0);
	assert_bytes(draft, "what was written", 16);
	write_text(draft, "W", 0);
	draft_close(draft, ACCESS_WRITE);
	assert_int_equal(stage_file(record.id).size, 16);
	assert_int_equal(stage_unlink(FOLDER_REQUESTS, "scratch"), 0);
	assert_int_equal(draft_open(drafts, &record, ACCESS_READ, &draft), -ENOENT);
	assert_false(drafts_is_open(drafts, record.id, ACCESS_READ));
}

static void test_times(void **state)
{
	int64_t id = stage_create(FOLDER_REQUESTS, "a"), size = -1, mtime_ns = -1;
	struct draft *draft;

	(void)state;
	drafts_look(drafts, id, &size, &mtime_ns);
	assert_int_equal(size, -1); /* it is not open */
	drafts_set_mtime(drafts, id, 5);
	draft = open_draft(id, ACCESS_WRITE);
	write_text(draft, "x", 0);
	drafts_set_mtime(drafts, id, 5);
	drafts_look(drafts, id, &size, &mtime_ns);
	assert_int_equal(size, 1);
	assert_int_equal(mtime_ns, 5);
	assert_int_equal(draft_save(draft, STORE_SYNCED), 0);
	assert_int_equal(stage_file(id).mtime_ns, 5);
	write_text(draft, "y", 0);
	assert_int_equal(draft_save(draft, STORE_LAZY), 0);
	assert_true(stage_file(id).mtime_ns > 5);
	draft_close(draft, ACCESS_WRITE);
}

/* ---- threads ---- */

enum { THREADS = 6, ROUNDS = 25, PART = 30 * 1000 };

struct worker {
	pthread_t thread;
	int number;
	int64_t file;
	int wrong;
};

/* Everybody opens, writes a part of his own, looks at it and at the parts of the
 * others, saves and closes: nobody's bytes get lost. */
static void *work(void *arg)
{
	struct worker *worker = arg;
	static _Thread_local char mine[PART], seen[PART];
	int64_t place = (int64_t)worker->number * PART;

	memset(mine, 'a' + worker->number, sizeof(mine));
	for (int round = 0; round < ROUNDS; round++) {
		int64_t other = (place + round * PART) % (THREADS * PART), size = 0, mtime_ns;
		struct file file = { .id = worker->file, .folder = 1, .change = CHANGE_OPEN };
		struct draft *draft;
		ssize_t got;

		if (draft_open(drafts, &file, ACCESS_WRITE, &draft) < 0) {
			worker->wrong++;
			continue;
		}
		worker->wrong += draft_write(draft, mine, PART, place) != PART;
		worker->wrong += round % 3 == 0 && draft_save(draft, STORE_LAZY) < 0;
		worker->wrong += draft_read(draft, seen, PART, place) != PART;
		worker->wrong += memcmp(seen, mine, PART) != 0;
		got = draft_read(draft, seen, PART, other);
		for (ssize_t i = 0; i < got; i++)
			worker->wrong += seen[i] && seen[i] != 'a' + other / PART;
		drafts_look(drafts, worker->file, &size, &mtime_ns);
		worker->wrong += size < place + PART;
		draft_close(draft, ACCESS_WRITE);
	}
	return NULL;
}

static void test_threads(void **state)
{
	struct worker workers[THREADS];
	struct catalog *quiet; /* the stage's listener is for one thread */
	static char want[THREADS * PART];
	int64_t id = stage_create(FOLDER_REQUESTS, "a.txt");
	struct draft *draft;

	(void)state;
	assert_int_equal(catalog_new(stage.base->store, stage.rulebook, &quiet), 0);
	drafts_free(drafts);
	drafts = drafts_new(stage.base->store, quiet);
	for (int i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){ .number = i, .file = id };
		memset(want + (ptrdiff_t)i * PART, 'a' + i, PART);
		assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(workers[i].thread, NULL);
		assert_int_equal(workers[i].wrong, 0);
	}
	assert_int_equal(stage_file(id).change, CHANGE_CLOSED);
	assert_false(drafts_is_open(drafts, id, ACCESS_READ));
	draft = open_draft(id, ACCESS_READ);
	assert_bytes(draft, want, sizeof(want));
	draft_close(draft, ACCESS_READ);
	catalog_free(quiet);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DRAFTS_ROW(test_against_a_model),
		DRAFTS_ROW(test_a_large_file),
		DRAFTS_ROW(test_limits),
		DRAFTS_ROW(test_limits_of_truncation),
		DRAFTS_ROW(test_the_last_writable_close),
		DRAFTS_ROW(test_opened_and_not_written),
		DRAFTS_ROW(test_created_for_reading),
		DRAFTS_ROW(test_an_older_record),
		DRAFTS_ROW(test_times),
		DRAFTS_ROW(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
