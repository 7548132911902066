/* Open files whose names change: renamed, hidden with their folder, forgotten, removed.
 * Nothing that is written through a handle is lost or sent by halves. */
#include "mount/drafts.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "drafts_stage.h"
#include "io/store_tree.h"
#include "job/request.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* ---- renamed ---- */

static int remove_folder(const char *name)
{
	struct name its_name = named(name);

	return catalog_remove_folder(stage.catalog, FOLDER_REQUESTS, &its_name);
}

/* A file's own name, and that of the folder it is in. */
static void test_a_rename_changes_the_limit(void **state)
{
	int64_t folder = stage_folder(FOLDER_REQUESTS, "folder");
	const struct {
		int64_t folder;
		const char *from, *to;
		bool is_request;
	} rows[] = {
		{ folder, "tmp", "a.txt", true },
		{ FOLDER_REQUESTS, "folder", ".folder", false },
		{ FOLDER_REQUESTS, ".folder", "folder", true },
		{ folder, "a.txt", "tmp", false },
	};
	struct draft *draft = open_draft(stage_create(folder, "tmp"), ACCESS_WRITE);

	(void)state;
	assert_int_equal(draft_write(draft, "x", 1, REQUEST_BYTES_MAX), 1);
	for (size_t i = 0; i < LENGTH(rows); i++) {
		assert_int_equal(
			stage_move(rows[i].folder, rows[i].from, rows[i].folder, rows[i].to), 0);
		drafts_renamed(drafts);
		if (draft_write(draft, "x", 1, REQUEST_BYTES_MAX) !=
		    (rows[i].is_request ? -EFBIG : 1))
			fail_msg("row %zu", i);
	}
	draft_close(draft, ACCESS_WRITE);
}

/* mv of an open scratch file to a request's name, or of a folder above it out of the
 * way: submitted at its last close, whether or not anything was written through that
 * handle. */
static void test_renamed_while_open(void **state)
{
	static const struct {
		bool write_before, write_after, folder;
	} rows[] = {
		{ false, false, false }, { true, false, false }, { false, true, false },
		{ true, true, false },   { false, false, true }, { true, false, true },
		{ false, true, true },   { true, true, true },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		int64_t place =
			rows[i].folder ? stage_folder(FOLDER_REQUESTS, ".hidden") : FOLDER_REQUESTS;
		int64_t id = stage_create(place, rows[i].folder ? "a.txt" : "tmp");
		struct draft *draft;

		stage_write(id, "x");
		draft = open_draft(id, ACCESS_WRITE);
		if (rows[i].write_before)
			write_text(draft, "before", 0);
		assert_int_equal(rows[i].folder ? stage_move(FOLDER_REQUESTS, ".hidden",
							     FOLDER_REQUESTS, "shown")
						: stage_move(place, "tmp", place, "a.txt"),
				 0);
		drafts_renamed(drafts);
		if (rows[i].write_after)
			write_text(draft, "after", 0);
		assert_int_equal(stage_file(id).change, CHANGE_OPEN);
		draft_close(draft, ACCESS_WRITE);
		if (stage_file(id).change != CHANGE_CLOSED)
			fail_msg("row %zu: change %d", i, stage_file(id).change);
		assert_int_equal(stage_unlink(place, "a.txt"), 0);
		if (rows[i].folder)
			assert_int_equal(
				stage_move(FOLDER_REQUESTS, "shown", FOLDER_REQUESTS, ".hidden"),
				0);
		if (rows[i].folder)
			assert_int_equal(remove_folder(".hidden"), 0);
	}
}

/* A writer that left before has saved all of it; a reader owes no close. */
static void test_renamed_after_its_close(void **state)
{
	int64_t id = stage_create(FOLDER_REQUESTS, "tmp");
	struct draft *reader = open_draft(id, ACCESS_READ), *writer = open_draft(id, ACCESS_WRITE);

	(void)state;
	write_text(writer, "x", 0);
	draft_close(writer, ACCESS_WRITE);
	assert_int_equal(stage_move(FOLDER_REQUESTS, "tmp", FOLDER_REQUESTS, "a.txt"), 0);
	assert_int_equal(stage_file(id).change, CHANGE_CLOSED);
	assert_int_equal(stage_file(id).size, 1);
	draft_close(reader, ACCESS_READ);
	assert_int_equal(stage_file(id).change, CHANGE_CLOSED);
}

/* The folder is hidden while somebody writes, and shown again before the close. */
static void test_hidden_and_shown_while_open(void **state)
{
	int64_t folder = stage_folder(FOLDER_REQUESTS, "album");
	int64_t id = stage_create(folder, "a.txt");
	struct draft *draft = open_draft(id, ACCESS_WRITE);

	(void)state;
	write_text(draft, "x", 0);
	assert_int_equal(stage_move(FOLDER_REQUESTS, "album", FOLDER_REQUESTS, ".album"), 0);
	drafts_renamed(drafts);
	assert_int_equal(stage_file(id).change, CHANGE_NONE);
	write_text(draft, "y", 1);
	assert_int_equal(stage_move(FOLDER_REQUESTS, ".album", FOLDER_REQUESTS, "album"), 0);
	drafts_renamed(drafts);
	assert_int_equal(stage_file(id).change, CHANGE_OPEN);
	draft_close(draft, ACCESS_WRITE);
	stage_settle(id);
	assert_string_equal(stage_text(stage_job_of(id), RUN_PROMPT), "xy");
	/* Hidden, the last close tells nobody. */
	draft = open_draft(id, ACCESS_WRITE);
	write_text(draft, "z", 0);
	assert_int_equal(stage_move(FOLDER_REQUESTS, "album", FOLDER_REQUESTS, ".album"), 0);
	drafts_renamed(drafts);
	stage_forget_notes();
	draft_close(draft, ACCESS_WRITE);
	assert_int_equal(stage_noted(NOTE_CLOSED, 0), 0);
	assert_int_equal(stage_file(id).size, 2);
}

/* ---- forgotten ---- */

/* rmdir jobs/a.txt while it is written: the next write makes a job again, which has
 * what was written before, too; without one the last close is nobody's business. */
static void test_forgotten_while_open(void **state)
{
	int64_t id = stage_create(FOLDER_REQUESTS, "a.txt");
	struct draft *draft = open_draft(id, ACCESS_WRITE);

	(void)state;
	for (int again = 0; again < 2; again++) {
		write_text(draft, "one", 0);
		drafts_forgotten(drafts, stage_forget(stage_job_of(id)));
		assert_int_equal(stage_job_of(id), 0);
		write_text(draft, "two", 3);
		assert_int_equal(stage_file(id).change, CHANGE_OPEN);
	}
	draft_close(draft, ACCESS_WRITE);
	stage_settle(id);
	assert_string_equal(stage_text(stage_job_of(id), RUN_PROMPT), "onetwo");

	draft = open_draft(id, ACCESS_WRITE);
	write_text(draft, "1", 0);
	drafts_forgotten(drafts, stage_forget(stage_job_of(id)));
	stage_forget_notes();
	draft_close(draft, ACCESS_WRITE);
	assert_int_equal(stage_noted(NOTE_CLOSED, 0), 0);
	assert_int_equal(stage_job_of(id), 0);
}

/* A request is one by its name, with a job or without. */
static void test_the_limit_of_a_forgotten_one(void **state)
{
	int64_t id = stage_request(FOLDER_REQUESTS, "a.txt", "x");
	struct draft *draft;

	(void)state;
	stage_forget(stage_job_of(id));
	draft = open_draft(id, ACCESS_WRITE);
	assert_int_equal(draft_write(draft, "x", 1, REQUEST_BYTES_MAX), -EFBIG);
	assert_int_equal(draft_truncate(draft, REQUEST_BYTES_MAX + 1), -EFBIG);
	assert_int_equal(stage_job_of(id), 0);
	draft_close(draft, ACCESS_WRITE);
}

/* ---- removed ---- */

static void test_unlinked_while_open(void **state)
{
	int64_t id = stage_create(FOLDER_REQUESTS, "a.txt"), gone;
	struct draft *writer = open_draft(id, ACCESS_WRITE), *reader = open_draft(id, ACCESS_READ);
	struct name name = named("a.txt");

	(void)state;
	write_text(writer, "x", 0);
	assert_int_equal(catalog_unlink(stage.catalog, FOLDER_REQUESTS, &name, KEEP_OPEN, &gone),
			 0);
	drafts_unlinked(drafts, gone);
	write_text(writer, "yz", 1);
	draft_close(writer, ACCESS_WRITE);
	assert_bytes(reader, "xyz", 3);
	assert_true(stage_has_file(id));
	draft_close(reader, ACCESS_READ);
	assert_false(stage_has_file(id));
}

/* Its last handle was closed between the question whether it is open and the unlink. */
static void test_unlinked_after_its_close(void **state)
{
	int64_t id = stage_create(FOLDER_REQUESTS, "a.txt"), gone;
	struct draft *draft = open_draft(id, ACCESS_WRITE);
	struct name name = named("a.txt");

	(void)state;
	draft_close(draft, ACCESS_WRITE);
	assert_int_equal(catalog_unlink(stage.catalog, FOLDER_REQUESTS, &name, KEEP_OPEN, &gone),
			 0);
	assert_true(stage_has_file(id));
	drafts_unlinked(drafts, gone);
	assert_false(stage_has_file(id));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DRAFTS_ROW(test_a_rename_changes_the_limit),
		DRAFTS_ROW(test_renamed_while_open),
		DRAFTS_ROW(test_renamed_after_its_close),
		DRAFTS_ROW(test_hidden_and_shown_while_open),
		DRAFTS_ROW(test_forgotten_while_open),
		DRAFTS_ROW(test_the_limit_of_a_forgotten_one),
		DRAFTS_ROW(test_unlinked_while_open),
		DRAFTS_ROW(test_unlinked_after_its_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
