/* Folders, files and chunks: each record comes back as it went in, and the rules
 * of names. */
#include "io/store_tree.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "io/store_calls.h"
#include "io/store_images.h"
#include "io/store_jobs.h"
#include "store_stage.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static void assert_same_name(const struct name *a, const struct name *b)
{
	assert_int_equal(a->size, b->size);
	assert_memory_equal(a->bytes, b->bytes, a->size + 1);
}

static void assert_same_folder(const struct folder *a, const struct folder *b)
{
	assert_int_equal(a->id, b->id);
	assert_int_equal(a->parent, b->parent);
	assert_same_name(&a->name, &b->name);
	assert_int_equal(a->images, b->images);
	assert_int_equal(a->present, b->present);
	assert_int_equal(a->scratch, b->scratch);
	assert_int_equal(a->mode, b->mode);
	assert_int_equal(a->uid, b->uid);
	assert_int_equal(a->gid, b->gid);
	assert_int_equal(a->mtime_ns, b->mtime_ns);
	assert_int_equal(a->ctime_ns, b->ctime_ns);
}

static struct folder add_folder(struct db *db, int64_t parent, const char *name)
{
	struct folder folder = { .parent = parent, .name = named(name), .present = true };

	assert_int_equal(store_folder_insert(db, &folder), 0);
	return folder;
}

static int body_roots(struct db *db, void *arg)
{
	static const struct {
		int64_t id;
		const char *name;
		bool images;
	} rows[] = { { FOLDER_REQUESTS, "requests", false }, { FOLDER_IMAGES, "images", true } };
	struct folder folder;

	(void)arg;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct name name = named(rows[i].name);

		assert_int_equal(store_folder_get(db, rows[i].id, &folder), 0);
		assert_same_name(&folder.name, &name);
		assert_int_equal(folder.parent, 0);
		assert_int_equal(folder.images, rows[i].images);
		assert_int_equal(folder.mode, 0700);
		assert_true(folder.present);
		assert_false(folder.scratch);
		assert_int_equal(folder.uid, -1);
	}
	return 0;
}

static void test_roots(void **state)
{
	store_stage_write(*state, body_roots, NULL);
}

static int body_folders(struct db *db, void *arg)
{
	static const struct folder rows[] = {
		{ .parent = FOLDER_REQUESTS, .name = { 1, "a" }, .present = true, .mode = 0755 },
		{ .parent = FOLDER_REQUESTS,
		  .name = { 4, "\xFF/\n\0" },
		  .scratch = true,
		  .uid = -1,
		  .gid = 4294967294,
		  .mtime_ns = INT64_MAX,
		  .ctime_ns = INT64_MIN },
		{ .parent = FOLDER_IMAGES, .name = { 1, "a" }, .images = true, .mode = 07777 },
	};
	struct folder got, kept;
	struct name unknown = named("b");

	(void)arg;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		kept = rows[i];
		assert_int_equal(store_folder_insert(db, &kept), 0);
		assert_true(kept.id > FOLDER_IMAGES);
		assert_int_equal(store_folder_get(db, kept.id, &got), 0);
		assert_same_folder(&got, &kept);
		assert_int_equal(store_folder_find(db, kept.parent, &kept.name, &got), 0);
		assert_same_folder(&got, &kept);
		assert_int_equal(store_folder_insert(db, &kept), -EEXIST);
	}
	kept.name = named("other");
	kept.present = true;
	kept.scratch = true;
	kept.mode = 0;
	kept.uid = 1;
	kept.gid = 2;
	kept.mtime_ns = 3;
	kept.ctime_ns = 4;
	assert_int_equal(store_folder_update(db, &kept), 0);
	assert_int_equal(store_folder_get(db, kept.id, &got), 0);
	assert_same_folder(&got, &kept);
	assert_int_equal(store_folder_touch(db, kept.id, 99), 0);
	assert_int_equal(store_folder_get(db, kept.id, &got), 0);
	assert_int_equal(got.mtime_ns, 99);
	assert_int_equal(got.ctime_ns, 99);
	assert_int_equal(store_folder_get(db, 12345, &got), -ENOENT);
	assert_int_equal(store_folder_find(db, FOLDER_REQUESTS, &unknown, &got), -ENOENT);
	return 0;
}

static void test_folders_come_back(void **state)
{
	store_stage_write(*state, body_folders, NULL);
}

static int body_walk(struct db *db, void *arg)
{
	struct folder a = add_folder(db, FOLDER_REQUESTS, "a");
	struct folder b = add_folder(db, a.id, "b");
	struct folder c = add_folder(db, b.id, "c");
	struct folder d = add_folder(db, FOLDER_REQUESTS, "d");
	const struct {
		int64_t id, ancestor;
		int want;
	} rows[] = {
		{ a.id, a.id, 1 },          { c.id, a.id, 1 },        { c.id, FOLDER_REQUESTS, 1 },
		{ a.id, c.id, 0 },          { d.id, a.id, 0 },        { FOLDER_REQUESTS, a.id, 0 },
		{ c.id, FOLDER_IMAGES, 0 }, { 12345, a.id, -ENOENT },
	};
	const struct {
		int64_t folder;
		const char *name, *want;
	} paths[] = {
		{ FOLDER_REQUESTS, "x.txt", "x.txt" },
		{ FOLDER_REQUESTS, NULL, "" },
		{ a.id, NULL, "a" },
		{ a.id, "x", "a/x" },
		{ c.id, "x", "a/b/c/x" },
		{ c.id, NULL, "a/b/c" },
	};
	struct folder got;

	(void)arg;
	for (size_t i = 0; i < LENGTH(rows); i++)
		assert_int_equal(store_folder_is_below(db, rows[i].id, rows[i].ancestor),
				 rows[i].want);
	for (size_t i = 0; i < LENGTH(paths); i++) {
		CLEANUP(strbuf) struct strbuf path = STRBUF_EMPTY;
		struct name name = named(paths[i].name ? paths[i].name : "");

		assert_int_equal(
			store_path(db, paths[i].folder, paths[i].name ? &name : NULL, &path), 0);
		assert_string_equal(strbuf_text(&path), paths[i].want);
	}
	assert_int_equal(store_folder_next(db, FOLDER_REQUESTS, 0, &got), 0);
	assert_int_equal(got.id, a.id);
	assert_int_equal(store_folder_next(db, FOLDER_REQUESTS, a.id, &got), 0);
	assert_int_equal(got.id, d.id);
	assert_int_equal(store_folder_next(db, FOLDER_REQUESTS, d.id, &got), -ENOENT);
	return 0;
}

static void test_paths_and_walks(void **state)
{
	store_stage_write(*state, body_walk, NULL);
}

/* ---- files ---- */

static struct file add_file(struct db *db, int64_t folder, const char *name, enum change change)
{
	struct file file = { .folder = folder, .name = named(name), .change = change };

	assert_int_equal(store_file_insert(db, &file), 0);
	return file;
}

static void assert_same_file(const struct file *a, const struct file *b)
{
	assert_int_equal(a->id, b->id);
	assert_int_equal(a->folder, b->folder);
	assert_same_name(&a->name, &b->name);
	assert_int_equal(a->size, b->size);
	assert_int_equal(a->mode, b->mode);
	assert_int_equal(a->uid, b->uid);
	assert_int_equal(a->gid, b->gid);
	assert_int_equal(a->atime_ns, b->atime_ns);
	assert_int_equal(a->mtime_ns, b->mtime_ns);
	assert_int_equal(a->ctime_ns, b->ctime_ns);
	assert_int_equal(a->change, b->change);
	assert_int_equal(a->job, b->job);
}

static int body_files(struct db *db, void *arg)
{
	struct job job = { .folder = FOLDER_REQUESTS, .name = named("a.txt") };
	struct file file = add_file(db, FOLDER_REQUESTS, "a.txt", CHANGE_OPEN), got, twin;

	(void)arg;
	assert_int_equal(store_job_insert(db, &job), 0);
	twin = file;
	assert_int_equal(store_file_insert(db, &twin), -EEXIST);
	assert_int_equal(store_file_get(db, file.id, &got), 0);
	assert_same_file(&got, &file);
	file = (struct file){
		.id = file.id,
		.folder = FOLDER_REQUESTS,
		.name = named("b.txt"),
		.size = INT64_MAX,
		.mode = 0644,
		.uid = -1,
		.gid = 2,
		.atime_ns = 3,
		.mtime_ns = 4,
		.ctime_ns = INT64_MIN,
		.change = CHANGE_EMPTY,
		.job = job.id,
	};
	assert_int_equal(store_file_update(db, &file), 0);
	assert_int_equal(store_file_get(db, file.id, &got), 0);
	assert_same_file(&got, &file);
	assert_int_equal(store_file_find(db, FOLDER_REQUESTS, &file.name, &got), 0);
	assert_same_file(&got, &file);
	assert_int_equal(store_file_find(db, FOLDER_REQUESTS, &job.name, &got), -ENOENT);
	assert_int_equal(store_file_find(db, FOLDER_IMAGES, &file.name, &got), -ENOENT);
	/* Two without a name lie beside each other. */
	file.folder = 0;
	assert_int_equal(store_file_update(db, &file), 0);
	twin = add_file(db, FOLDER_REQUESTS, "b.txt", CHANGE_NONE);
	twin.folder = 0;
	assert_int_equal(store_file_update(db, &twin), 0);
	return 0;
}

static void test_files_come_back(void **state)
{
	store_stage_write(*state, body_files, NULL);
}

static int body_changing(struct db *db, void *arg)
{
	static const struct {
		enum change change;
		bool under_way;
	} rows[] = {
		{ CHANGE_NONE, false },
		{ CHANGE_OPEN, true },
		{ CHANGE_CLOSED, true },
		{ CHANGE_EMPTY, false },
	};
	int64_t after = 0, ids[LENGTH(rows)];
	struct file got;

	(void)arg;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		char name[8];

		snprintf(name, sizeof(name), "%zu", i);
		ids[i] = add_file(db, FOLDER_REQUESTS, name, rows[i].change).id;
	}
	for (size_t i = 0; i < LENGTH(rows); i++)
		if (rows[i].under_way) {
			assert_int_equal(store_file_next_changing(db, after, &got), 0);
			assert_int_equal(got.id, ids[i]);
			after = got.id;
		}
	assert_int_equal(store_file_next_changing(db, after, &got), -ENOENT);
	after = 0;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		assert_int_equal(store_file_next(db, FOLDER_REQUESTS, after, &got), 0);
		assert_int_equal(got.id, ids[i]);
		after = got.id;
	}
	assert_int_equal(store_file_next(db, FOLDER_REQUESTS, after, &got), -ENOENT);
	return 0;
}

static void test_files_with_a_change(void **state)
{
	store_stage_write(*state, body_changing, NULL);
}

static int body_deleted(struct db *db, void *arg)
{
	struct file a = add_file(db, FOLDER_REQUESTS, "a", CHANGE_NONE);
	struct file b = add_file(db, FOLDER_REQUESTS, "b", CHANGE_NONE), got;
	struct folder folder = add_folder(db, FOLDER_REQUESTS, "f");
	char chunk[CHUNK_SIZE];

	(void)arg;
	assert_int_equal(store_chunk_write(db, a.id, 0, "aa", 2), 0);
	assert_int_equal(store_chunk_write(db, b.id, 0, "bb", 2), 0);
	b.folder = 0;
	assert_int_equal(store_file_update(db, &b), 0);
	assert_int_equal(store_file_delete_detached(db), 0);
	assert_int_equal(store_file_get(db, b.id, &got), -ENOENT);
	assert_int_equal(store_chunk_read(db, b.id, 0, chunk), -ENOENT);
	assert_int_equal(store_chunk_read(db, a.id, 0, chunk), 0);
	assert_int_equal(store_file_delete(db, a.id), 0);
	assert_int_equal(store_chunk_read(db, a.id, 0, chunk), -ENOENT);
	/* Inode numbers are made of ids: none comes twice. */
	assert_true(add_file(db, FOLDER_REQUESTS, "a", CHANGE_NONE).id > b.id);
	assert_int_equal(store_folder_delete(db, folder.id), 0);
	assert_true(add_folder(db, FOLDER_REQUESTS, "f").id > folder.id);
	return 0;
}

static void test_deleted_ones_are_gone(void **state)
{
	store_stage_write(*state, body_deleted, NULL);
}

/* ---- what keeps a folder ---- */

static int body_empty(struct db *db, void *arg)
{
	struct folder folder = add_folder(db, FOLDER_REQUESTS, "f");
	struct folder below = add_folder(db, folder.id, "below");
	struct file file;
	struct job job = { .folder = folder.id, .name = named("j") };
	struct run run = { .number = 1 };
	struct call call = { .number = 1 };
	struct image image = { .folder = folder.id, .name = named("i"), .link = named("i") };

	(void)arg;
	assert_int_equal(store_folder_is_empty(db, folder.id), 0);
	assert_int_equal(store_folder_is_empty(db, below.id), 1);
	assert_int_equal(store_folder_delete(db, below.id), 0);
	assert_int_equal(store_folder_is_empty(db, folder.id), 1);
	file = add_file(db, folder.id, "x", CHANGE_NONE);
	assert_int_equal(store_folder_is_empty(db, folder.id), 0);
	assert_int_equal(store_file_delete(db, file.id), 0);
	assert_int_equal(store_job_insert(db, &job), 0);
	assert_int_equal(store_job_forget(db, job.id), 0);
	assert_int_equal(store_folder_is_empty(db, folder.id), 0);
	job.folder = FOLDER_REQUESTS;
	assert_int_equal(store_job_update(db, &job), 0);
	assert_int_equal(store_folder_is_empty(db, folder.id), 1);
	run.job = image.job = job.id;
	assert_int_equal(store_run_insert(db, &run, &(struct run_texts){ 0 }), 0);
	call.run = image.run = run.id;
	assert_int_equal(store_call_insert(db, &call), 0);
	image.call = call.id;
	image.number = 1;
	assert_int_equal(store_image_insert(db, &image), 0);
	assert_int_equal(store_folder_is_empty(db, folder.id), 0);
	return 0;
}

static void test_what_keeps_a_folder(void **state)
{
	store_stage_write(*state, body_empty, NULL);
}

/* ---- chunks ---- */

static int body_chunks(struct db *db, void *arg)
{
	static const size_t sizes[] = { 0, 1, 4095, 4096, CHUNK_SIZE - 1, CHUNK_SIZE };
	int64_t file = add_file(db, FOLDER_REQUESTS, "f", CHANGE_NONE).id;
	static char bytes[CHUNK_SIZE], want[CHUNK_SIZE], got[CHUNK_SIZE];

	(void)arg;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 7 + 1);
	for (size_t i = 0; i < LENGTH(sizes); i++) {
		memset(want, 0, sizeof(want));
		memcpy(want, bytes, sizes[i]);
		memset(got, 'x', sizeof(got));
		/* The same chunk again and again: the newest bytes count. */
		assert_int_equal(store_chunk_write(db, file, 3, bytes, sizes[i]), 0);
		assert_int_equal(store_chunk_read(db, file, 3, got), 0);
		assert_memory_equal(got, want, sizeof(got));
	}
	assert_int_equal(store_chunk_read(db, file, 2, got), -ENOENT);
	for (int n = 0; n < 6; n++)
		assert_int_equal(store_chunk_write(db, file, n, bytes, 1), 0);
	assert_int_equal(store_chunk_cut(db, file, 4), 0);
	for (int n = 0; n < 6; n++)
		assert_int_equal(store_chunk_read(db, file, n, got), n < 4 ? 0 : -ENOENT);
	assert_int_equal(store_chunk_cut(db, file, 0), 0);
	assert_int_equal(store_chunk_read(db, file, 0, got), -ENOENT);
	return 0;
}

static void test_chunks(void **state)
{
	store_stage_write(*state, body_chunks, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_ROW(test_roots),
		STORE_ROW(test_folders_come_back),
		STORE_ROW(test_paths_and_walks),
		STORE_ROW(test_files_come_back),
		STORE_ROW(test_files_with_a_change),
		STORE_ROW(test_deleted_ones_are_gone),
		STORE_ROW(test_what_keeps_a_folder),
		STORE_ROW(test_chunks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
