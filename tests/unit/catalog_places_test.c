/* Names below requests/ and what renaming and removing does to jobs. */
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
#include "io/store_tree.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

enum { TOP = FOLDER_REQUESTS };

static int64_t file_at(int64_t folder, const char *name)
{
	struct db *db = store_read_begin(stage.base->store);
	struct name its_name = named(name);
	struct file file;
	int64_t id;

	assert_non_null(db);
	id = store_file_find(db, folder, &its_name, &file) == 0 ? file.id : 0;
	store_read_end(db);
	return id;
}

static bool has_folder(int64_t id)
{
	struct db *db = store_read_begin(stage.base->store);
	struct folder folder;
	bool has;

	assert_non_null(db);
	has = store_folder_get(db, id, &folder) == 0;
	store_read_end(db);
	return has;
}

static int remove_folder(int64_t parent, const char *name)
{
	struct name its_name = named(name);

	return catalog_remove_folder(stage.catalog, parent, &its_name);
}

/* ---- which names have jobs ---- */

static void test_who_gets_a_job(void **state)
{
	static const struct {
		const char *folder, *name;
		bool job;
	} rows[] = {
		{ NULL, "a.txt", true },
		{ NULL, "a.jsonl", true },
		{ NULL, "a", false },
		{ NULL, ".a.txt", false },
		{ NULL, "README.md", false },
		{ NULL, "a.txt~", false },
		{ "album", "a.txt", true },
		{ ".git", "a.txt", false },
		{ "set.jsonl", "a.txt", false },
		{ "~$x", "a.txt", true },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		int64_t folder = rows[i].folder ? stage_folder(TOP, rows[i].folder) : TOP;
		int64_t file = stage_create(folder, rows[i].name);

		if ((stage_job_of(file) != 0) != rows[i].job)
			fail_msg("%s/%s", rows[i].folder ? rows[i].folder : "", rows[i].name);
		assert_int_equal(stage_job_at(folder, rows[i].name), stage_job_of(file));
		assert_int_equal(stage_file(file).change, rows[i].job ? CHANGE_OPEN : CHANGE_NONE);
		stage_write(file, "x");
		stage_settle(file);
	}
}

static void test_scratch_is_passed_on(void **state)
{
	int64_t hidden = stage_folder(TOP, ".git"), below = stage_folder(hidden, "plain");

	(void)state;
	assert_int_equal(stage_job_of(stage_create(below, "a.txt")), 0);
}

/* ---- scratch and requests ---- */

static void test_scratch_to_request(void **state)
{
	int64_t file = stage_create(TOP, "a.tmp"), job;

	(void)state;
	stage_write(file, "x");
	stage_forget_notes();
	assert_int_equal(stage_move(TOP, "a.tmp", TOP, "a.txt"), 0);
	job = stage_job_at(TOP, "a.txt");
	assert_int_equal(stage_job_of(file), job);
	assert_int_equal(stage_state(job), STATE_WRITING);
	assert_int_equal(stage_noted(NOTE_CLOSED, file), 1);
	assert_int_equal(stage_noted(NOTE_JOB, job), 1);
	stage_settle(file);
	assert_int_equal(stage_state(job), STATE_QUEUED);
	assert_int_equal(file_at(TOP, "a.tmp"), 0);
}

static bool is_this(void *arg, int64_t file)
{
	return *(int64_t *)arg == file;
}

/* Its own name became a request's, or that of a folder above it no longer hides it. */
static void open_scratch_waits_for_its_close(int64_t file, const char *from, const char *to)
{
	int64_t job;

	stage.is_written = is_this;
	stage.is_written_arg = &file;
	stage_forget_notes();
	assert_int_equal(stage_move(TOP, from, TOP, to), 0);
	job = stage_job_of(file);
	assert_int_equal(stage_noted(NOTE_CLOSED, file), 0);
	stage_settle(file);
	assert_int_equal(stage_state(job), STATE_WRITING);
	stage_save(file, "x");
	assert_int_equal(catalog_close(stage.catalog, file, true), 0);
	stage_settle(file);
	assert_int_equal(stage_state(job), STATE_QUEUED);
}

static void test_open_scratch_waits_for_its_close(void **state)
{
	int64_t hidden = stage_folder(TOP, ".hidden"), deep = stage_folder(hidden, "deep");
	int64_t closed = stage_create(deep, "c.txt");

	(void)state;
	open_scratch_waits_for_its_close(stage_create(TOP, "a.tmp"), "a.tmp", "a.txt");
	open_scratch_waits_for_its_close(stage_create(deep, "b.txt"), ".hidden", "shown");
	/* What nobody writes does not wait. */
	assert_int_equal(stage_file(closed).change, CHANGE_CLOSED);
}

/* The request's name goes; who it was for depends on whether it had a run. */
static void test_request_to_scratch(void **state)
{
	static const struct {
		bool settled;
		bool job_stays;
	} rows[] = { { false, false }, { true, true } };

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		int64_t file = rows[i].settled ? stage_request(TOP, "a.txt", "x")
					       : stage_create(TOP, "a.txt");
		int64_t job = stage_job_of(file);
		char scratch[8];

		snprintf(scratch, sizeof(scratch), "%zu~", i);
		stage_forget_notes();
		assert_int_equal(stage_move(TOP, "a.txt", TOP, scratch), 0);
		assert_int_equal(stage_job_of(file), 0);
		assert_int_equal(stage_file(file).change, CHANGE_NONE);
		assert_int_equal(stage_job_at(TOP, "a.txt"), rows[i].job_stays ? job : 0);
		assert_true(stage_noted(NOTE_JOB, job) >= 1);
		if (!rows[i].job_stays)
			continue;
		assert_int_equal(stage_state(job), STATE_QUEUED);
		/* Back again: the same job, and nothing is sent. */
		assert_int_equal(stage_move(TOP, scratch, TOP, "a.txt"), 0);
		stage_settle(file);
		assert_int_equal(stage_job_of(file), job);
		assert_int_equal(stage_run_count(job), 1);
	}
}

/* As editors save: a temporary file over the request. */
static void test_over_a_request(void **state)
{
	static const struct {
		const char *text;
		int runs;
	} rows[] = { { "x", 1 }, { "y", 2 } };

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		int64_t old, job, fresh;
		char name[16];

		snprintf(name, sizeof(name), "%zu.txt", i);
		old = stage_request(TOP, name, "x");
		job = stage_job_of(old);
		stage_drive(job, STATE_DONE, HOLD_NONE);
		fresh = stage_create(TOP, "tmp");
		stage_write(fresh, rows[i].text);
		assert_int_equal(stage_move_flags(TOP, "tmp", TOP, name, MOVE_NO_REPLACE), -EEXIST);
		assert_true(stage_has_file(old));
		assert_int_equal(stage_move(TOP, "tmp", TOP, name), 0);
		assert_false(stage_has_file(old));
		assert_int_equal(file_at(TOP, name), fresh);
		assert_int_equal(stage_job_of(fresh), job);
		stage_settle(fresh);
		assert_int_equal(stage_run_count(job), rows[i].runs);
	}
}

static void test_replaced_while_open(void **state)
{
	int64_t old = stage_request(TOP, "a.txt", "x"), fresh = stage_create(TOP, "tmp");

	(void)state;
	assert_int_equal(stage_move_flags(TOP, "tmp", TOP, "a.txt", MOVE_TARGET_OPEN), 0);
	assert_true(stage_has_file(old));
	assert_int_equal(stage_file(old).folder, 0);
	assert_int_equal(stage_file(old).job, 0);
	assert_int_equal(catalog_drop(stage.catalog, old), 0);
	assert_false(stage_has_file(old));
	assert_int_equal(catalog_drop(stage.catalog, fresh), 0); /* it has a name */
	assert_true(stage_has_file(fresh));
}

/* ---- requests and requests ---- */

static void test_request_to_request(void **state)
{
	enum { NONE, UNSENT, RUN, DONE, DOUBT }; /* what is at the place */
	static const struct {
		int source, target;
		int want;
		int job; /* at the target afterwards: 1 the source's, 2 the target's */
	} rows[] = {
		{ UNSENT, NONE, 0, 1 }, { RUN, NONE, 0, 1 },     { UNSENT, UNSENT, 0, 2 },
		{ RUN, UNSENT, 0, 1 },  { UNSENT, RUN, 0, 2 },   { RUN, RUN, -EBUSY, 2 },
		{ RUN, DONE, 0, 2 },    { DONE, RUN, 0, 2 },     { DONE, DONE, 0, 2 },
		{ DOUBT, NONE, 0, 1 },  { DOUBT, UNSENT, 0, 1 }, { DOUBT, DONE, -EBUSY, 2 },
		{ DONE, DOUBT, 0, 2 },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		int64_t file, target = 0, jobs[3] = { 0 };
		char from[16], to[16];

		snprintf(from, sizeof(from), "%zu.txt", i);
		snprintf(to, sizeof(to), "%zu.md", i);
		file = rows[i].source >= RUN ? stage_request(TOP, from, "x")
					     : stage_create(TOP, from);
		jobs[1] = stage_job_of(file);
		if (rows[i].target)
			target = rows[i].target >= RUN ? stage_request(TOP, to, "x")
						       : stage_create(TOP, to);
		if (target)
			jobs[2] = stage_job_of(target);
		if (rows[i].source == DONE)
			stage_drive(jobs[1], STATE_DONE, HOLD_NONE);
		if (rows[i].target == DONE)
			stage_drive(jobs[2], STATE_DONE, HOLD_NONE);
		if (rows[i].source == DOUBT)
			stage_drive(jobs[1], STATE_HELD, HOLD_DOUBT);
		if (rows[i].target == DOUBT)
			stage_drive(jobs[2], STATE_HELD, HOLD_DOUBT);
		stage_forget_notes();
		if (stage_move(TOP, from, TOP, to) != rows[i].want)
			fail_msg("row %zu", i);
		assert_int_equal(stage_job_at(TOP, to), jobs[rows[i].job]);
		if (rows[i].want < 0) {
			assert_int_equal(stage_job_at(TOP, from), jobs[1]);
			assert_true(stage_has_file(target));
			assert_int_equal(stage.note_count, 0);
			continue;
		}
		assert_int_equal(stage_job_at(TOP, from), 0);
		assert_int_equal(stage_job_of(file), jobs[rows[i].job]);
		/* Whoever waits for the job that is gone is told. */
		if (target)
			assert_true(stage_noted(NOTE_JOB, jobs[3 - rows[i].job]) >= 1);
		/* And the kernel, that its name is. */
		if (rows[i].job == 2)
			assert_true(stage_noted(NOTE_GONE, jobs[1]) >= 1);
	}
}

/* What was not sent yet is sent once, from its new place. */
static void test_unsent_moves_on(void **state)
{
	int64_t file = stage_request(TOP, "a.txt", "a kite"), job = stage_job_of(file);
	int64_t target = stage_job_of(stage_request(TOP, "b.txt", "a gull"));

	(void)state;
	stage_drive(target, STATE_DONE, HOLD_NONE);
	assert_int_equal(stage_state(job), STATE_QUEUED);
	assert_int_equal(stage_move(TOP, "a.txt", TOP, "b.txt"), 0);
	stage_settle(file);
	assert_int_equal(stage_run_count(target), 2);
	assert_int_equal(stage_state(target), STATE_QUEUED);
	assert_string_equal(stage_text(target, RUN_PROMPT), "a kite");
}

static void test_a_moved_job_goes_on(void **state)
{
	int64_t album = stage_folder(TOP, "album"), file = stage_request(TOP, "a.txt", "x");
	int64_t job = stage_job_of(file), image;

	(void)state;
	stage_drive(job, STATE_FETCHING, HOLD_NONE);
	assert_int_equal(stage_move(TOP, "a.txt", album, "b.md"), 0);
	assert_int_equal(stage_job_at(album, "b.md"), job);
	image = stage_pictures(stage_call(job, 1).id, 1);
	assert_string_equal(stage_image(image).name.bytes, "b.png");
	/* With its change, if one is under way. */
	assert_int_equal(catalog_begin_change(stage.catalog, file, NULL), 0);
	assert_int_equal(stage_move(album, "b.md", TOP, "c.txt"), 0);
	assert_int_equal(stage_state(job), STATE_WRITING);
	assert_int_equal(catalog_close(stage.catalog, file, true), 0);
	stage_settle(file);
	assert_int_equal(stage_run_count(job), 1);
}

/* ---- removing ---- */

static void test_unlink(void **state)
{
	int64_t sent = stage_job_of(stage_request(TOP, "sent.txt", "x"));
	int64_t unsent = stage_job_of(stage_create(TOP, "unsent.txt"));

	(void)state;
	stage_forget_notes();
	assert_int_equal(stage_unlink(TOP, "unsent.txt"), 0);
	assert_int_equal(stage_job_at(TOP, "unsent.txt"), 0);
	assert_int_equal(stage_noted(NOTE_JOB, unsent), 1);
	assert_int_equal(stage_unlink(TOP, "sent.txt"), 0);
	assert_int_equal(stage_job_at(TOP, "sent.txt"), sent);
	assert_int_equal(stage_state(sent), STATE_QUEUED);
	assert_int_equal(stage_job(sent).file, 0);
	assert_int_equal(catalog_command(stage.catalog, sent, COMMAND_CANCEL), 0);
	/* Written anew it is the same job. */
	stage_request(TOP, "sent.txt", "y");
	assert_int_equal(stage_job_at(TOP, "sent.txt"), sent);
	assert_int_equal(stage_run_count(sent), 2);
}

/* Nothing can be judged any more when the bytes are gone. */
static void test_rejected_and_removed(void **state)
{
	int64_t job = stage_job_of(stage_request(TOP, "a.txt", "\xFF"));

	(void)state;
	assert_int_equal(stage_unlink(TOP, "a.txt"), 0);
	assert_int_equal(catalog_command(stage.catalog, job, COMMAND_RETRY), -EBUSY);
	assert_int_equal(stage_state(job), STATE_REJECTED);
}

/* ---- folders ---- */

static void test_folder_rename_moves_jobs(void **state)
{
	int64_t album = stage_folder(TOP, "album"), inner = stage_folder(album, "inner");
	int64_t other = stage_folder(TOP, "other");
	int64_t file = stage_request(inner, "a.txt", "x"), job = stage_job_of(file);
	struct strbuf path = STRBUF_EMPTY;
	struct db *db;
	struct job got;

	(void)state;
	stage_drive(job, STATE_DONE, HOLD_NONE);
	assert_int_equal(stage_move(TOP, "album", other, "renamed"), 0);
	assert_int_equal(stage_job_at(inner, "a.txt"), job);
	got = stage_job(job);
	db = store_read_begin(stage.base->store);
	assert_int_equal(store_path(db, got.folder, &got.name, &path), 0);
	store_read_end(db);
	assert_string_equal(strbuf_text(&path), "other/renamed/inner/a.txt");
	strbuf_done(&path);
	assert_int_equal(stage_run_count(job), 1);
	assert_int_equal(stage_state(job), STATE_DONE);
}

static void test_what_folders_cannot(void **state)
{
	int64_t a = stage_folder(TOP, "a"), b = stage_folder(a, "b"), full = stage_folder(TOP, "f");

	(void)state;
	stage_folder(TOP, "empty");
	stage_create(full, "x");
	stage_create(TOP, "file");
	const struct {
		int64_t from;
		const char *from_name;
		int64_t to;
		const char *to_name;
		unsigned flags;
		int want;
	} rows[] = {
		{ TOP, "a", b, "c", 0, -EINVAL },
		{ TOP, "a", a, "c", 0, -EINVAL },
		{ TOP, "a", TOP, "f", 0, -ENOTEMPTY },
		{ TOP, "a", TOP, "file", 0, -ENOTDIR },
		{ TOP, "file", TOP, "a", 0, -EISDIR },
		{ TOP, "a", TOP, "empty", MOVE_NO_REPLACE, -EEXIST },
		{ TOP, "none", TOP, "x", 0, -ENOENT },
		{ TOP, "a", 12345, "x", 0, -ENOENT },
		{ a, "b", TOP, "a", 0, -ENOTEMPTY },
		{ TOP, "a", TOP, "empty", 0, 0 },
	};

	for (size_t i = 0; i < LENGTH(rows); i++)
		if (stage_move_flags(rows[i].from, rows[i].from_name, rows[i].to, rows[i].to_name,
				     rows[i].flags) != rows[i].want)
			fail_msg("row %zu", i);
	assert_string_equal(stage_folder_of(a).name.bytes, "empty");
	assert_int_equal(stage_folder_of(b).parent, a);
}

static void test_folder_to_a_scratch_name_and_back(void **state)
{
	int64_t album = stage_folder(TOP, "album"), inner = stage_folder(album, "inner");
	int64_t files[2] = { stage_request(album, "a.txt", "x"),
			     stage_request(inner, "b.txt", "x") };
	int64_t jobs[2] = { stage_job_of(files[0]), stage_job_of(files[1]) };
	int64_t unsent = stage_create(inner, "c.txt");

	(void)state;
	stage_drive(jobs[0], STATE_DONE, HOLD_NONE);
	assert_int_equal(stage_move(TOP, "album", TOP, ".album"), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(stage_job_of(files[i]), 0);
		assert_int_equal(stage_run_count(jobs[i]), 1);
	}
	assert_int_equal(stage_job_of(unsent), 0);
	assert_int_equal(stage_job_at(inner, "c.txt"), 0);
	assert_true(stage_folder_of(inner).scratch);
	stage_write(files[1], "y"); /* scratch: nobody's business */
	stage_forget_notes();
	assert_int_equal(stage_move(TOP, ".album", TOP, "album"), 0);
	assert_false(stage_folder_of(inner).scratch);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(stage_job_of(files[i]), jobs[i]);
		assert_int_equal(stage_noted(NOTE_CLOSED, files[i]), 1);
		stage_settle(files[i]);
	}
	assert_int_equal(stage_state(jobs[0]), STATE_DONE);
	assert_int_equal(stage_run_count(jobs[0]), 1);
	assert_string_equal(stage_text(jobs[1], RUN_PROMPT), "y");
	assert_true(stage_job_of(unsent) > 0);
}

static void test_removed_but_kept_for_its_jobs(void **state)
{
	int64_t album = stage_folder(TOP, "album"), job, unsent = stage_folder(TOP, "unsent");

	(void)state;
	job = stage_job_of(stage_request(album, "a.txt", "x"));
	assert_int_equal(remove_folder(TOP, "album"), -ENOTEMPTY);
	assert_int_equal(stage_unlink(album, "a.txt"), 0);
	assert_int_equal(remove_folder(TOP, "album"), 0);
	assert_int_equal(remove_folder(TOP, "album"), -ENOENT);
	assert_false(stage_folder_of(album).present);
	assert_int_equal(stage_job_at(album, "a.txt"), job);
	assert_int_equal(stage_move(TOP, "album", TOP, "x"), -ENOENT);
	/* Made again it is the same folder, with the same job. */
	assert_int_equal(stage_folder(TOP, "album"), album);
	assert_true(stage_folder_of(album).present);
	assert_int_equal(stage_job_of(stage_request(album, "a.txt", "x")), job);
	assert_int_equal(stage_run_count(job), 1);
	/* Without a job that ran it is gone. */
	stage_create(unsent, "a.txt");
	assert_int_equal(stage_unlink(unsent, "a.txt"), 0);
	assert_int_equal(remove_folder(TOP, "unsent"), 0);
	assert_false(has_folder(unsent));
}

/* The last job of a removed folder takes it, and what is above it, along. */
static void test_kept_no_longer_than_needed(void **state)
{
	int64_t outer = stage_folder(TOP, "outer"), inner = stage_folder(outer, "inner");
	int64_t file = stage_request(inner, "a.txt", "x"), job = stage_job_of(file), again;

	(void)state;
	assert_int_equal(stage_move(inner, "a.txt", TOP, "tmp"), 0);
	assert_int_equal(remove_folder(outer, "inner"), 0);
	assert_int_equal(remove_folder(TOP, "outer"), 0);
	assert_true(has_folder(inner) && has_folder(outer));
	assert_int_equal(stage_job(job).folder, inner);
	again = stage_folder(TOP, "outer");
	assert_int_equal(again, outer);
	assert_int_equal(remove_folder(TOP, "outer"), 0);
	assert_true(has_folder(outer));
}

/* A folder comes to the place of one that was removed and kept for its jobs. */
static void test_folder_over_a_kept_one(void **state)
{
	int64_t kept = stage_folder(TOP, "album"), below = stage_folder(kept, "below"), fresh;
	int64_t job = stage_job_of(stage_request(kept, "a.txt", "x"));
	int64_t deep = stage_job_of(stage_request(below, "b.txt", "x"));
	int64_t forgotten = stage_job_of(stage_request(kept, "f.txt", "x"));

	(void)state;
	stage_forget(forgotten);
	assert_int_equal(stage_unlink(kept, "a.txt"), 0);
	assert_int_equal(stage_unlink(kept, "f.txt"), 0);
	assert_int_equal(stage_unlink(below, "b.txt"), 0);
	assert_int_equal(remove_folder(kept, "below"), 0);
	assert_int_equal(remove_folder(TOP, "album"), 0);
	fresh = stage_folder(TOP, "fresh");
	stage_request(fresh, "c.txt", "x");
	assert_int_equal(stage_move(TOP, "fresh", TOP, "album"), 0);
	assert_false(has_folder(kept));
	assert_int_equal(stage_job(job).folder, fresh);
	assert_int_equal(stage_job(forgotten).folder, fresh);
	assert_int_equal(stage_job(deep).folder, below);
	assert_int_equal(stage_folder_of(below).parent, fresh);
	/* Both have a job of that name: nothing is merged. */
	stage_request(fresh, "a.txt", "x");
	assert_int_equal(stage_unlink(fresh, "a.txt"), 0);
	assert_int_equal(stage_unlink(fresh, "c.txt"), 0);
	assert_int_equal(remove_folder(TOP, "album"), 0);
	stage_request(stage_folder(TOP, "third"), "a.txt", "x");
	assert_int_equal(stage_move(TOP, "third", TOP, "album"), -EBUSY);
	assert_int_equal(stage_job(job).folder, fresh);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_ROW(test_who_gets_a_job),
		STAGE_ROW(test_scratch_is_passed_on),
		STAGE_ROW(test_scratch_to_request),
		STAGE_ROW(test_open_scratch_waits_for_its_close),
		STAGE_ROW(test_request_to_scratch),
		STAGE_ROW(test_over_a_request),
		STAGE_ROW(test_replaced_while_open),
		STAGE_ROW(test_request_to_request),
		STAGE_ROW(test_unsent_moves_on),
		STAGE_ROW(test_a_moved_job_goes_on),
		STAGE_ROW(test_unlink),
		STAGE_ROW(test_rejected_and_removed),
		STAGE_ROW(test_folder_rename_moves_jobs),
		STAGE_ROW(test_what_folders_cannot),
		STAGE_ROW(test_folder_to_a_scratch_name_and_back),
		STAGE_ROW(test_removed_but_kept_for_its_jobs),
		STAGE_ROW(test_kept_no_longer_than_needed),
		STAGE_ROW(test_folder_over_a_kept_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
