/* What a request's bytes do: from its creation to its last picture. */
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
#include "io/store_tree.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* ---- from bytes to runs ---- */

static void test_from_creation_to_done(void **state)
{
	int64_t file = stage_create(FOLDER_REQUESTS, "cat.txt"), job = stage_job_of(file), image;
	struct call call;

	(void)state;
	assert_int_equal(stage_state(job), STATE_WRITING);
	assert_int_equal(stage_noted(NOTE_JOB, job), 1);
	stage_save(file, " a cat\r\n");
	stage_settle(file); /* it is open: nothing happens */
	assert_int_equal(stage_state(job), STATE_WRITING);
	assert_int_equal(stage_noted(NOTE_CLOSED, 0), 0);
	assert_int_equal(catalog_close(stage.catalog, file, true), 0);
	assert_int_equal(stage_noted(NOTE_CLOSED, file), 1);
	assert_int_equal(stage_state(job), STATE_WRITING);
	stage_settle(file);
	assert_string_equal(stage_events(), "writing queued");
	assert_true(stage_noted(NOTE_WORK, 0) >= 1);
	assert_string_equal(stage_text(job, RUN_PROMPT), "a cat");
	assert_string_equal(stage_run(job).provider, "painter");
	assert_string_equal(stage_run(job).model, "sketch");
	assert_true(stage_run(job).seed >= 0 && stage_run(job).seed <= SEED_MAX);
	call = stage_call(job, 1);
	assert_int_equal(call.seed, stage_run(job).seed);
	assert_int_equal(call.count, 1);
	assert_int_equal(stage_call_count(job), 1);
	assert_int_equal(stage_event(call.id, EVENT_SENT), 0);
	assert_int_equal(stage_event(call.id, EVENT_ACCEPTED), 0);
	assert_int_equal(stage_event(call.id, EVENT_PICTURES), 0);
	assert_int_equal(stage_run(job).finished_ms, 0);
	image = stage_pictures(call.id, 1);
	assert_int_equal(stage_noted(NOTE_IMAGE, image), 1);
	assert_int_equal(stage_state(job), STATE_FETCHING);
	assert_int_equal(catalog_announce(stage.catalog, image), 0);
	assert_string_equal(stage_events(), "submitting running fetching done");
	assert_true(stage_run(job).finished_ms > 0);
	assert_int_equal(stage_call(job, 1).attempt, 1);
	assert_non_null(strstr(stage_text(job, RUN_JSON), "\"name\": \"cat.png\""));
	assert_string_equal(stage_text(job, RUN_ERROR), "");
}

static void test_what_bytes_become(void **state)
{
	static const struct {
		const char *name, *text;
		enum state want;
		const char *error; /* its beginning */
	} rows[] = {
		{ "a.txt", "x", STATE_QUEUED, "" },
		{ "a.md", "\xEF\xBB\xBF x", STATE_QUEUED, "" },
		{ "a.prompt", "x\n\ny", STATE_QUEUED, "" },
		{ "empty.txt", "", STATE_EMPTY, NULL },
		{ "white.txt", " \n\t\r\n", STATE_EMPTY, NULL },
		{ "bad.txt", "a\nb\xFF", STATE_REJECTED, "line 2: the byte 0xFF" },
		{ "a.json", "{\"prompt\":\"x\"}", STATE_QUEUED, "" },
		{ "b.json", "{\"prompt\":\"x\",}", STATE_REJECTED, "line 1: " },
		{ "c.txt", "---\nseed: 7\n---\nx", STATE_QUEUED, "" },
		{ "d.txt", "---\nseeed: 7\n---\nx", STATE_REJECTED, "line 2: " },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		int64_t job =
			stage_job_of(stage_request(FOLDER_REQUESTS, rows[i].name, rows[i].text));

		if (stage_state(job) != rows[i].want)
			fail_msg("%s: %s", rows[i].name, state_word(stage_state(job)));
		assert_int_equal(stage_run_count(job), rows[i].error ? 1 : 0);
		if (!rows[i].error)
			continue;
		assert_memory_equal(stage_text(job, RUN_ERROR), rows[i].error,
				    strlen(rows[i].error));
		assert_int_equal(stage_call_count(job), rows[i].want == STATE_QUEUED);
		assert_true(stage_run(job).seed == -1 || rows[i].want == STATE_QUEUED);
	}
}

static void test_too_large_is_rejected(void **state)
{
	static char text[1024 * 1024 + 2];
	int64_t at_limit, beyond;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	beyond = stage_request(FOLDER_REQUESTS, "beyond.txt", text);
	text[sizeof(text) - 2] = '\0';
	at_limit = stage_request(FOLDER_REQUESTS, "limit.txt", text);
	assert_int_equal(stage_state(stage_job_of(beyond)), STATE_REJECTED);
	assert_int_equal(stage_state(stage_job_of(at_limit)), STATE_QUEUED);
}

static void test_what_the_rules_decide(void **state)
{
	static const struct {
		enum param param;
		const char *value;
		enum state want;
		const char *provider, *model;
	} rows[] = {
		{ PARAM_PROVIDER, NULL, STATE_QUEUED, "painter", "sketch" },
		{ PARAM_PROVIDER, "plain", STATE_QUEUED, "plain", "" },
		{ PARAM_PROVIDER, "nobody", STATE_REJECTED, "", "" },
		{ PARAM_MODEL, "oil", STATE_QUEUED, "painter", "oil" },
		{ PARAM_MODEL, "chalk", STATE_REJECTED, "", "" },
		{ PARAM_ASPECT_RATIO, "1:1", STATE_QUEUED, "painter", "sketch" },
		{ PARAM_WIDTH, "64", STATE_REJECTED, "", "" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		char name[16];
		int64_t job;

		snprintf(name, sizeof(name), "%zu.txt", i);
		stage_default(rows[i].param, rows[i].value);
		job = stage_job_of(stage_request(FOLDER_REQUESTS, name, "x"));
		stage_default(rows[i].param, NULL);
		if (stage_state(job) != rows[i].want)
			fail_msg("row %zu: %s", i, state_word(stage_state(job)));
		assert_string_equal(stage_run(job).provider, rows[i].provider);
		assert_string_equal(stage_run(job).model, rows[i].model);
	}
}

/* A call makes two pictures at most; each gets the seed after those before. */
static void test_calls_of_a_run(void **state)
{
	static const struct {
		const char *count, *provider, *seed;
		int calls;
		int64_t counts[4], seeds[4];
	} rows[] = {
		{ "1", "painter", "7", 1, { 1 }, { 7 } },
		{ "2", "painter", "7", 1, { 2 }, { 7 } },
		{ "3", "painter", "7", 2, { 2, 1 }, { 7, 9 } },
		{ "4", "painter", "2147483646", 2, { 2, 2 }, { 2147483646, 0 } },
		{ "3", "plain", "2147483647", 3, { 1, 1, 1 }, { 2147483647, 0, 1 } },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		char name[16];
		int64_t job;

		snprintf(name, sizeof(name), "%zu.txt", i);
		stage_default(PARAM_COUNT, rows[i].count);
		stage_default(PARAM_PROVIDER, rows[i].provider);
		stage_default(PARAM_SEED, rows[i].seed);
		job = stage_job_of(stage_request(FOLDER_REQUESTS, name, "x"));
		assert_int_equal(stage_call_count(job), rows[i].calls);
		for (int call = 0; call < rows[i].calls; call++) {
			assert_int_equal(stage_call(job, call + 1).count, rows[i].counts[call]);
			assert_int_equal(stage_call(job, call + 1).seed, rows[i].seeds[call]);
		}
	}
}

/* ---- the same bytes, other bytes ---- */

static void test_unchanged_bytes(void **state)
{
	static const struct {
		enum state state;
		enum hold hold;
		int runs; /* after the same bytes were closed again */
	} rows[] = {
		{ STATE_QUEUED, HOLD_NONE, 1 },    { STATE_SUBMITTING, HOLD_NONE, 1 },
		{ STATE_RUNNING, HOLD_NONE, 1 },   { STATE_FETCHING, HOLD_NONE, 1 },
		{ STATE_DONE, HOLD_NONE, 1 },      { STATE_FAILED, HOLD_NONE, 2 },
		{ STATE_CANCELLED, HOLD_NONE, 2 }, { STATE_HELD, HOLD_KEY, 1 },
		{ STATE_HELD, HOLD_DOUBT, 1 },     { STATE_HELD, HOLD_OVERDUE, 1 },
		{ STATE_REJECTED, HOLD_NONE, 2 },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		bool rejected = rows[i].state == STATE_REJECTED;
		const char *text = rejected ? "\xFF" : "x";
		int64_t file, job;
		char name[16];

		snprintf(name, sizeof(name), "%zu.txt", i);
		file = stage_request(FOLDER_REQUESTS, name, text);
		job = stage_job_of(file);
		if (!rejected)
			stage_drive(job, rows[i].state, rows[i].hold);
		stage_write(file, "something else, then undone");
		stage_write(file, text);
		assert_int_equal(stage_state(job), STATE_WRITING);
		stage_settle(file);
		if (stage_run_count(job) != rows[i].runs)
			fail_msg("%s: %d runs", state_word(rows[i].state), stage_run_count(job));
		if (rows[i].runs == 1)
			assert_int_equal(stage_state(job), rows[i].state);
		stage_settle(file); /* once more changes nothing */
		assert_int_equal(stage_run_count(job), rows[i].runs);
	}
}

static void test_other_bytes(void **state)
{
	static const struct {
		enum state state;
		enum hold hold;
		int runs;
		enum state first; /* run 1 afterwards */
	} rows[] = {
		{ STATE_QUEUED, HOLD_NONE, 1, STATE_QUEUED },
		{ STATE_SUBMITTING, HOLD_NONE, 2, STATE_SUBMITTING },
		{ STATE_RUNNING, HOLD_NONE, 2, STATE_RUNNING },
		{ STATE_FETCHING, HOLD_NONE, 2, STATE_FETCHING },
		{ STATE_DONE, HOLD_NONE, 2, STATE_DONE },
		{ STATE_FAILED, HOLD_NONE, 2, STATE_FAILED },
		{ STATE_CANCELLED, HOLD_NONE, 2, STATE_CANCELLED },
		{ STATE_HELD, HOLD_LIMIT, 1, STATE_QUEUED },
		{ STATE_HELD, HOLD_DOUBT, 2, STATE_HELD },
		{ STATE_HELD, HOLD_OVERDUE, 2, STATE_HELD },
		{ STATE_REJECTED, HOLD_NONE, 2, STATE_REJECTED },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		bool rejected = rows[i].state == STATE_REJECTED;
		int64_t file, job;
		char name[16];

		snprintf(name, sizeof(name), "%zu.txt", i);
		file = stage_request(FOLDER_REQUESTS, name, rejected ? "\xFF" : "x");
		job = stage_job_of(file);
		if (!rejected)
			stage_drive(job, rows[i].state, rows[i].hold);
		stage_write(file, "other");
		stage_settle(file);
		if (stage_run_count(job) != rows[i].runs)
			fail_msg("%s: %d runs", state_word(rows[i].state), stage_run_count(job));
		assert_int_equal(stage_run_number(job, 1).state, rows[i].first);
		assert_int_equal(stage_state(job), STATE_QUEUED);
		assert_string_equal(stage_text(job, RUN_PROMPT), "other");
	}
}

/* What changes while it is judged is judged again. */
static void test_settling(void **state)
{
	int64_t file = stage_request(FOLDER_REQUESTS, "a.txt", "x"), job = stage_job_of(file);

	(void)state;
	stage_write(file, "y");
	assert_int_equal(catalog_begin_change(stage.catalog, file, NULL), 0);
	stage_settle(file);
	assert_string_equal(stage_text(job, RUN_PROMPT), "x");
	assert_int_equal(catalog_close(stage.catalog, file, true), 0);
	stage_settle(file);
	assert_string_equal(stage_text(job, RUN_PROMPT), "y");
	assert_int_equal(catalog_settle(stage.catalog, 12345), 0);
	assert_string_equal(stage_events(), "writing queued writing writing queued");
}

/* ---- notes ---- */

static void test_failures_tell_nothing(void **state)
{
	int64_t file = stage_request(FOLDER_REQUESTS, "a.txt", "x"), job = stage_job_of(file);
	int64_t album = stage_folder(FOLDER_REQUESTS, "album");
	struct name taken = named("a.txt"), fresh = named("b.txt"), none = named("none");
	const struct owner owner = { .mode = 0600, .uid = -1, .gid = -1 };
	struct file made = { .id = 77 };
	struct folder folder = { .id = 77 };

	(void)state;
	stage_request(album, "b.txt", "x");
	stage_events();
	stage_forget_notes();
	assert_int_equal(catalog_create(stage.catalog, FOLDER_REQUESTS, &taken, &owner, &made),
			 -EEXIST);
	assert_int_equal(catalog_create(stage.catalog, 12345, &fresh, &owner, &made), -ENOENT);
	assert_int_equal(catalog_create(stage.catalog, FOLDER_IMAGES, &fresh, &owner, &made),
			 -EPERM);
	assert_int_equal(
		catalog_make_folder(stage.catalog, FOLDER_REQUESTS, &taken, &owner, &folder),
		-EEXIST);
	taken = named("album");
	assert_int_equal(catalog_create(stage.catalog, FOLDER_REQUESTS, &taken, &owner, &made),
			 -EEXIST);
	assert_int_equal(
		catalog_make_folder(stage.catalog, FOLDER_REQUESTS, &taken, &owner, &folder),
		-EEXIST);
	assert_int_equal(catalog_remove_folder(stage.catalog, FOLDER_REQUESTS, &taken), -ENOTEMPTY);
	assert_int_equal(catalog_remove_folder(stage.catalog, FOLDER_REQUESTS, &none), -ENOENT);
	assert_int_equal(stage_unlink(FOLDER_REQUESTS, "none"), -ENOENT);
	assert_int_equal(stage_move(FOLDER_REQUESTS, "none", FOLDER_REQUESTS, "x"), -ENOENT);
	assert_int_equal(stage_event(stage_call(job, 1).id, EVENT_PUBLISHED), -EBUSY);
	assert_int_equal(stage_event(12345, EVENT_SENT), -ENOENT);
	assert_int_equal(catalog_command(stage.catalog, job, COMMAND_AGAIN), -EBUSY);
	assert_int_equal(catalog_command(stage.catalog, 12345, COMMAND_AGAIN), -ENOENT);
	assert_int_equal(catalog_forget(stage.catalog, 12345, &made.id), -ENOENT);
	assert_int_equal(catalog_announce(stage.catalog, 12345), -ENOENT);
	assert_int_equal(stage.note_count, 0);
	assert_string_equal(stage_events(), "");
	assert_int_equal(made.id, 77);
	assert_int_equal(folder.id, 77);
}

struct witness {
	int64_t job;
	enum state seen;
};

static void look_at_job(const struct note *note, void *arg)
{
	struct witness *witness = arg;

	if (note->kind != NOTE_JOB)
		return;
	witness->job = note->job;
	witness->seen = stage_state(note->job);
}

/* A listener reads what it was told of: it is committed. */
static void test_notes_come_after_the_commit(void **state)
{
	struct witness witness = { 0 };
	int64_t file;

	(void)state;
	catalog_listen(stage.catalog, look_at_job, &witness);
	file = stage_create(FOLDER_REQUESTS, "a.txt");
	assert_int_equal(witness.job, stage_job_of(file));
	assert_int_equal(witness.seen, STATE_WRITING);
	stage_write(file, "x");
	stage_settle(file);
	assert_int_equal(witness.seen, STATE_QUEUED);
	assert_int_equal(stage_event(stage_call(witness.job, 1).id, EVENT_SENT), 0);
	assert_int_equal(witness.seen, STATE_SUBMITTING);
}

/* ---- pictures ---- */

static int64_t fetching_job(int64_t folder, const char *name, const char *count)
{
	int64_t job;

	stage_default(PARAM_COUNT, count);
	job = stage_job_of(stage_request(folder, name, "x"));
	stage_default(PARAM_COUNT, NULL);
	stage_drive(job, STATE_FETCHING, HOLD_NONE);
	return job;
}

static void test_done_after_the_last_announcement(void **state)
{
	int64_t job = fetching_job(FOLDER_REQUESTS, "cat.txt", "3"), first, last;

	(void)state;
	first = stage_pictures(stage_call(job, 1).id, 2);
	assert_int_equal(catalog_announce(stage.catalog, first), 0);
	assert_int_equal(stage_call(job, 1).state, STATE_FETCHING);
	assert_int_equal(catalog_announce(stage.catalog, first), 0);
	assert_int_equal(stage_call(job, 1).state, STATE_FETCHING);
	assert_int_equal(catalog_announce(stage.catalog, first + 1), 0);
	assert_int_equal(stage_call(job, 1).state, STATE_DONE);
	assert_int_equal(stage_state(job), STATE_FETCHING);
	last = stage_pictures(stage_call(job, 2).id, 1);
	assert_false(stage_image(last).announced);
	assert_int_equal(catalog_announce(stage.catalog, last), 0);
	assert_true(stage_image(last).announced);
	assert_int_equal(stage_state(job), STATE_DONE);
	assert_int_equal(stage_image(last).number, 3);
	assert_int_equal(catalog_announce(stage.catalog, last), 0);
	assert_int_equal(stage_state(job), STATE_DONE);
}

static void test_names_of_pictures(void **state)
{
	static const struct {
		const char *request;
		const char *want[3];
	} rows[] = {
		{ "cat.txt", { "cat.png", "cat-2.png", "cat-3.png" } },
		{ "cat.md", { "cat-4.png", "cat-5.png", "cat-6.png" } },
		{ "cat-2.txt", { "cat-2-2.png", "cat-2-3.png", "cat-2-4.png" } },
		{ "a.b.txt", { "a.b.png", "a.b-2.png", "a.b-3.png" } },
		{ "\xFF.txt", { "\xFF.png", "\xFF-2.png", "\xFF-3.png" } },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		int64_t job = fetching_job(FOLDER_REQUESTS, rows[i].request, "2");
		int64_t image = stage_pictures(stage_call(job, 1).id, 3);

		for (int n = 0; n < 3; n++) {
			assert_string_equal(stage_image(image + n).name.bytes, rows[i].want[n]);
			assert_string_equal(stage_image(image + n).link.bytes, rows[i].want[n]);
			assert_int_equal(stage_image(image + n).number, n + 1);
		}
	}
}

/* "ä" is two bytes: 251 bytes are left beside ".png", 249 beside "-2.png". */
static void test_long_names_are_cut_at_a_character(void **state)
{
	static const struct {
		size_t letters; /* ä, after one x */
		size_t want[2]; /* sizes of the first and the second name */
	} rows[] = {
		{ 125, { 255, 255 } }, /* x and 125 ä fit exactly; x and 124 beside "-2" */
		{ 123, { 251, 253 } },
		{ 124, { 253, 255 } },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct strbuf name = STRBUF_EMPTY;
		int64_t job, image, folder;
		char number[8];

		snprintf(number, sizeof(number), "%zu", i);
		folder = stage_folder(FOLDER_REQUESTS, number);
		strbuf_add_char(&name, 'x');
		for (size_t n = 0; n < rows[i].letters; n++)
			strbuf_add_text(&name, "\xC3\xA4");
		strbuf_add_text(&name, ".md");
		job = fetching_job(folder, strbuf_text(&name), NULL);
		image = stage_pictures(stage_call(job, 1).id, 2);
		for (int n = 0; n < 2; n++) {
			struct image got = stage_image(image + n);
			const char *tail = n ? "-2.png" : ".png";

			assert_int_equal(got.name.size, rows[i].want[n]);
			assert_int_equal(strlen(got.name.bytes), got.name.size);
			assert_string_equal(got.name.bytes + got.name.size - strlen(tail), tail);
			assert_memory_equal(got.name.bytes, name.bytes,
					    got.name.size - strlen(tail));
			/* The cut is between two characters: x and whole pairs. */
			assert_int_equal((got.name.size - strlen(tail)) % 2, 1);
		}
		strbuf_done(&name);
	}
}

static struct folder folder_named(int64_t parent, const char *text)
{
	struct db *db = store_read_begin(stage.base->store);
	struct name name = named(text);
	struct folder folder = { 0 };

	assert_non_null(db);
	if (store_folder_find(db, parent, &name, &folder) < 0)
		folder.id = 0;
	store_read_end(db);
	return folder;
}

static void test_folders_are_mirrored(void **state)
{
	int64_t outer = stage_folder(FOLDER_REQUESTS, "outer");
	int64_t inner = stage_folder(outer, "inner");
	int64_t job = fetching_job(inner, "cat.txt", NULL), other, image;
	struct folder mirror_outer, mirror_inner;

	(void)state;
	assert_int_equal(folder_named(FOLDER_IMAGES, "outer").id, 0);
	image = stage_pictures(stage_call(job, 1).id, 1);
	mirror_outer = folder_named(FOLDER_IMAGES, "outer");
	mirror_inner = folder_named(mirror_outer.id, "inner");
	assert_int_equal(stage_image(image).folder, mirror_inner.id);
	assert_true(mirror_outer.images && mirror_inner.images);
	assert_false(mirror_outer.present || mirror_inner.present);
	assert_int_equal(catalog_announce_folder(stage.catalog, mirror_outer.id), 0);
	assert_true(stage_folder_of(mirror_outer.id).present);
	assert_false(stage_folder_of(mirror_inner.id).present);
	assert_int_equal(catalog_announce(stage.catalog, image), 0);
	assert_true(stage_folder_of(mirror_inner.id).present);
	/* The next one goes beside it. */
	other = fetching_job(inner, "dog.txt", NULL);
	image = stage_pictures(stage_call(other, 1).id, 1);
	assert_int_equal(stage_image(image).folder, mirror_inner.id);
}

/* Nobody sees it yet, but the name is taken. */
static void test_a_hidden_picture_has_its_name(void **state)
{
	int64_t job = fetching_job(FOLDER_REQUESTS, "cat.txt", NULL);
	struct name name = named("cat.png");
	const struct owner owner = { .mode = 0700, .uid = -1, .gid = -1 };
	struct folder folder;

	(void)state;
	stage_pictures(stage_call(job, 1).id, 1);
	assert_int_equal(catalog_make_folder(stage.catalog, FOLDER_IMAGES, &name, &owner, &folder),
			 -EEXIST);
	name = named("dog.png");
	assert_int_equal(catalog_make_folder(stage.catalog, FOLDER_IMAGES, &name, &owner, &folder),
			 0);
	job = fetching_job(FOLDER_REQUESTS, "dog.txt", NULL);
	assert_string_equal(stage_image(stage_pictures(stage_call(job, 1).id, 1)).name.bytes,
			    "dog-2.png");
}

static void test_some_pictures_came(void **state)
{
	int64_t job, image;
	const struct call_news failed = { .event = EVENT_FAILED, .error = "no paint left\n" };

	(void)state;
	stage_default(PARAM_COUNT, "4");
	job = stage_job_of(stage_request(FOLDER_REQUESTS, "cat.txt", "x"));
	stage_drive(job, STATE_RUNNING, HOLD_NONE);
	assert_int_equal(stage_event(stage_call(job, 1).id, EVENT_PICTURES), 0);
	image = stage_pictures(stage_call(job, 1).id, 2);
	assert_int_equal(catalog_announce(stage.catalog, image), 0);
	assert_int_equal(catalog_announce(stage.catalog, image + 1), 0);
	assert_int_equal(stage_state(job), STATE_RUNNING);
	assert_int_equal(catalog_call(stage.catalog, stage_call(job, 2).id, &failed), 0);
	assert_int_equal(stage_state(job), STATE_FAILED);
	assert_string_equal(stage_text(job, RUN_ERROR), "2 of 4 pictures: no paint left\n");
	/* Only what is missing runs again. */
	assert_int_equal(catalog_command(stage.catalog, job, COMMAND_RETRY), 0);
	assert_int_equal(stage_call(job, 1).state, STATE_DONE);
	assert_int_equal(stage_call(job, 2).state, STATE_QUEUED);
	assert_string_equal(stage_text(job, RUN_ERROR), "");
}

/* ---- pausing ---- */

static void test_pause_survives(void **state)
{
	static const enum pausing rows[] = { PAUSE_ON, PAUSE_ON, PAUSE_OFF, PAUSE_OFF, PAUSE_ON };

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct db *db;

		stage_forget_notes();
		assert_int_equal(catalog_pause(stage.catalog, rows[i]), 0);
		assert_int_equal(stage_noted(NOTE_WORK, 0), 1);
		stage_restart();
		db = store_read_begin(stage.base->store);
		assert_int_equal(catalog_is_paused(db), rows[i] == PAUSE_ON);
		store_read_end(db);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_ROW(test_from_creation_to_done),
		STAGE_ROW(test_what_bytes_become),
		STAGE_ROW(test_too_large_is_rejected),
		STAGE_ROW(test_what_the_rules_decide),
		STAGE_ROW(test_calls_of_a_run),
		STAGE_ROW(test_unchanged_bytes),
		STAGE_ROW(test_other_bytes),
		STAGE_ROW(test_settling),
		STAGE_ROW(test_failures_tell_nothing),
		STAGE_ROW(test_notes_come_after_the_commit),
		STAGE_ROW(test_done_after_the_last_announcement),
		STAGE_ROW(test_names_of_pictures),
		STAGE_ROW(test_long_names_are_cut_at_a_character),
		STAGE_ROW(test_folders_are_mirrored),
		STAGE_ROW(test_a_hidden_picture_has_its_name),
		STAGE_ROW(test_some_pictures_came),
		STAGE_ROW(test_pause_survives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
