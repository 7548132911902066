/* Names, order and refusals on a real directory. That the syncs happen cannot be
 * seen from here; that nothing is lost or overwritten can. */
#include "io/blobs.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/utf8.h"
#include "picture_samples.h"
#include "scratch_dir.h"

#define FINISHED_MS INT64_C(1795222923000) /* 2026-11-21T01:02:03Z */

enum { NO_LIMIT = 1 << 20, NAME_MAX_BYTES = 200 };

struct stage {
	char *dir;
	struct blobs *blobs;
};

static int stage_begin(void **state)
{
	struct stage *stage = calloc(1, sizeof(*stage));
	void *dir = NULL;

	if (!stage || scratch_dir_make(&dir) < 0)
		return -1;
	stage->dir = dir;
	*state = stage;
	return blobs_open(stage->dir, &stage->blobs);
}

static int stage_end(void **state)
{
	struct stage *stage = *state;
	void *dir = stage->dir;

	blobs_close(stage->blobs);
	free(stage);
	return scratch_dir_remove(&dir);
}

static void put(const char *path, const void *bytes, size_t size)
{
	CLEANUP(close_fd) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(file_write_all(fd, bytes, size), 0);
}

/* A whole picture has arrived. */
static char *receive(struct stage *stage, int64_t call)
{
	char *path = blobs_incoming(stage->blobs, call, 0);

	assert_non_null(path);
	put(path, samples[0].bytes, samples[0].size);
	return path;
}

static int adopt(struct stage *stage, const char *request, int64_t image, struct blob *blob)
{
	CLEANUP(free_ptr) char *path = receive(stage, image);
	struct diag diag = { 0 };

	return blobs_adopt(stage->blobs, path, request, image, FINISHED_MS, NO_LIMIT, blob, &diag);
}

static char *published(const struct stage *stage, const char *place)
{
	CLEANUP(free_ptr) char *images = file_join(stage->dir, "images");

	return file_join(images, place);
}

static void test_a_picture_is_adopted(void **state)
{
	struct stage *stage = *state;
	CLEANUP(free_ptr) char *incoming = receive(stage, 3);
	CLEANUP(free_ptr) char *path = NULL;
	CLEANUP(free_ptr) char *bytes = NULL;
	struct blob blob;
	struct stat st;
	size_t size;

	assert_non_null(strstr(incoming, "/incoming/3-0.part"));
	assert_int_equal(blobs_adopt(stage->blobs, incoming, "album/dog.json", 17, FINISHED_MS,
				     samples[0].size, &blob, NULL),
			 0);
	assert_string_equal(blob.place, "2026-11-21/album.dog-17.jpg");
	assert_int_equal(blob.size, samples[0].size);
	assert_int_equal(blob.picture.type, PICTURE_JPEG);
	assert_int_equal(blob.picture.width, 7);
	assert_int_equal(access(incoming, F_OK), -1);
	path = published(stage, blob.place);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(blob.disk_blocks, st.st_blocks);
	assert_int_equal(file_read(path, NO_LIMIT, &bytes, &size), 0);
	assert_int_equal(size, samples[0].size);
	assert_memory_equal(bytes, samples[0].bytes, size);
}

static const struct {
	const char *path, *want; /* between the day and "-17.jpg" */
} name_rows[] = {
	{ "cat.txt", "cat" },
	{ "album/dog.json", "album.dog" },
	{ "a/b/c.md", "a.b.c" },
	{ "set.jsonl/0001", "set.jsonl.0001" },
	{ "a.b/c", "a.b.c" },
	{ "two.dots.txt", "two.dots" },
	{ "with space.txt", "with space" },
	{ "größe €.txt", "größe €" },
	{ "--help.txt", "__help" },
	{ "-.-x-y.txt", "___x-y" },
	{ ".txt", "_txt" },
	{ "...", "__" },
	{ "/../x.txt", "____x" },
	{ "", "image" },
	{ "a\nb\x7f\x1b.txt", "a_b__" },
	{ "a\u202e\u202c\xc2\x85z.txt", "a___z" },
	{ "a\xff\xc3z.txt", "a__z" },
	{ "a\xc3\xa9\x80z.txt", "aé_z" },
	{ "\xe2\x82.txt", "__" },
};

static void test_names(void **state)
{
	struct stage *stage = *state;

	for (size_t i = 0; i < sizeof(name_rows) / sizeof(name_rows[0]); i++) {
		char want[256];
		struct blob blob;

		snprintf(want, sizeof(want), "2026-11-21/%s-17.jpg", name_rows[i].want);
		assert_int_equal(adopt(stage, name_rows[i].path, 17, &blob), 0);
		if (strcmp(blob.place, want) != 0)
			fail_msg("\"%s\" instead of \"%s\"", blob.place, want);
		assert_int_equal(blobs_remove(stage->blobs, blob.place), 0);
	}
}

static void test_long_names_are_cut_at_a_character(void **state)
{
	static const char *const pieces[] = { "a", "é", "€", "\U0001f600", "\xff", "d/" };
	struct stage *stage = *state;

	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		struct strbuf path = STRBUF_EMPTY;
		struct blob blob;
		size_t name_size;

		for (int n = 0; n < 1000; n++)
			strbuf_add_text(&path, pieces[i]);
		strbuf_add_text(&path, "x.txt");
		assert_int_equal(adopt(stage, path.bytes, INT64_MAX, &blob), 0);
		name_size = strlen(strchr(blob.place, '/') + 1);
		assert_in_range(name_size, NAME_MAX_BYTES - 3, NAME_MAX_BYTES);
		assert_true(utf8_valid(blob.place, strlen(blob.place), NULL));
		assert_non_null(strstr(blob.place, "-9223372036854775807.jpg"));
		strbuf_done(&path);
	}
}

static void test_days(void **state)
{
	static const struct {
		int64_t finished_ms;
		const char *want;
	} rows[] = {
		{ 0, "1970-01-01/x-1.jpg" },
		{ -1, "1969-12-31/x-1.jpg" },
		{ INT64_C(1795219199999), "2026-11-20/x-1.jpg" },
		{ INT64_C(1795219200000), "2026-11-21/x-1.jpg" },
		{ INT64_MAX, "9999-12-31/x-1.jpg" },
	};
	struct stage *stage = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CLEANUP(free_ptr) char *incoming = receive(stage, 1);
		struct blob blob;

		assert_int_equal(blobs_adopt(stage->blobs, incoming, "x", 1, rows[i].finished_ms,
					     NO_LIMIT, &blob, NULL),
				 0);
		assert_string_equal(blob.place, rows[i].want);
	}
}

/* A call of 64 pictures that had three crashes between adopting and recording. */
static void test_names_do_not_run_out(void **state)
{
	struct stage *stage = *state;
	struct blob blob;
	char place[64];

	assert_int_equal(adopt(stage, "cat.txt", 17, &blob), 0);
	for (int n = 2; n <= 3 * 64; n++) {
		CLEANUP(free_ptr) char *path = NULL;

		snprintf(place, sizeof(place), "2026-11-21/cat-17_%d.jpg", n);
		path = published(stage, place);
		put(path, "older", 5);
	}
	assert_int_equal(adopt(stage, "cat.txt", 17, &blob), 0);
	assert_string_equal(blob.place, "2026-11-21/cat-17_193.jpg");
}

/* A crash between adopting and recording gives the number out a second time. */
static void test_nothing_is_overwritten(void **state)
{
	struct stage *stage = *state;
	CLEANUP(free_ptr) char *path = published(stage, "2026-11-21/cat-17.jpg");
	CLEANUP(free_ptr) char *bytes = NULL;
	struct blob blob;
	size_t size;

	assert_int_equal(adopt(stage, "cat.txt", 17, &blob), 0);
	put(path, "older", 5);
	assert_int_equal(adopt(stage, "cat.txt", 17, &blob), 0);
	assert_string_equal(blob.place, "2026-11-21/cat-17_2.jpg");
	assert_int_equal(adopt(stage, "cat.txt", 17, &blob), 0);
	assert_string_equal(blob.place, "2026-11-21/cat-17_3.jpg");
	assert_int_equal(file_read(path, NO_LIMIT, &bytes, &size), 0);
	assert_string_equal(bytes, "older");
}

static void test_refusals_leave_the_file_to_the_caller(void **state)
{
	static const struct {
		const char *bytes;
		size_t size, max;
		int want;
		const char *why;
	} rows[] = {
		{ "", 0, NO_LIMIT, -EBADMSG, "empty" },
		{ "<html>", 6, NO_LIMIT, -EBADMSG, "it begins with \"<html>\"" },
		{ "\xff\xd8\xff", 3, NO_LIMIT, -EBADMSG, "the JPEG ends after 3" },
		{ "123456", 6, 5, -EFBIG, "larger than the limit of 5 bytes" },
	};
	struct stage *stage = *state;
	CLEANUP(free_ptr) char *incoming = blobs_incoming(stage->blobs, 1, 2);
	CLEANUP(free_ptr) char *day = published(stage, "2026-11-21");
	struct blob blob = { .size = 4711 };
	struct diag diag = { 0 };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		put(incoming, rows[i].bytes, rows[i].size);
		assert_int_equal(blobs_adopt(stage->blobs, incoming, "x", 1, FINISHED_MS,
					     rows[i].max, &blob, &diag),
				 rows[i].want);
		assert_non_null(strstr(diag.text, rows[i].why));
		assert_int_equal(access(incoming, F_OK), 0);
		assert_int_equal(blob.size, 4711);
	}
	blobs_discard(incoming);
	blobs_discard(incoming);
	assert_int_equal(access(incoming, F_OK), -1);
	assert_int_equal(
		blobs_adopt(stage->blobs, incoming, "x", 1, FINISHED_MS, NO_LIMIT, &blob, &diag),
		-ENOENT);
	assert_int_equal(access(day, F_OK), -1);
}

static void test_a_failed_move_leaves_the_file_to_the_caller(void **state)
{
	struct stage *stage = *state;
	CLEANUP(free_ptr) char *incoming = receive(stage, 1);
	CLEANUP(free_ptr) char *day = published(stage, "2026-11-21");
	struct blob blob;

	put(day, "in the way", 10);
	assert_int_equal(
		blobs_adopt(stage->blobs, incoming, "x", 1, FINISHED_MS, NO_LIMIT, &blob, NULL),
		-ENOTDIR);
	assert_int_equal(access(incoming, F_OK), 0);
}

/* What sha256sum(1) says of the same bytes. */
static void test_sha256(void **state)
{
	struct blob blob;

	assert_int_equal(adopt(*state, "x", 1, &blob), 0);
	assert_string_equal(blob.sha256,
			    "9a16f788a0f0d226cb422a97b12d5f7bb4824946780758711a8acb966eb66677");
}

static void test_read_and_remove(void **state)
{
	struct stage *stage = *state;
	struct blob blob;
	char byte;
	int fd;

	assert_int_equal(adopt(stage, "x", 1, &blob), 0);
	fd = blobs_read(stage->blobs, blob.place);
	assert_true(fd >= 0);
	assert_int_equal(blobs_remove(stage->blobs, blob.place), 0);
	assert_int_equal(read(fd, &byte, 1), 1);
	assert_int_equal(write(fd, "x", 1), -1);
	close(fd);
	assert_int_equal(blobs_read(stage->blobs, blob.place), -ENOENT);
	assert_int_equal(blobs_remove(stage->blobs, blob.place), 0);
	assert_int_equal(blobs_remove(stage->blobs, "1999-01-01/x-1.png"), 0);
}

static void test_places_lead_nowhere_else(void **state)
{
	static const char *const places[] = {
		"",       "x",   "/etc/passwd", "../incoming/x", "day/",
		"day/..", "./x", "day/../../x", "a//b",
	};
	struct stage *stage = *state;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		assert_int_equal(blobs_read(stage->blobs, places[i]), -EINVAL);
		assert_int_equal(blobs_remove(stage->blobs, places[i]), -EINVAL);
	}
}

static void test_opening_again_clears_only_incoming(void **state)
{
	struct stage *stage = *state;
	CLEANUP(free_ptr) char *incoming = NULL;
	CLEANUP(free_ptr) char *folder = NULL;
	struct blob blob;
	int fd;

	assert_int_equal(adopt(stage, "x", 1, &blob), 0);
	incoming = receive(stage, 2);
	folder = blobs_incoming(stage->blobs, 3, 0);
	assert_int_equal(mkdir(folder, 0700), 0);
	blobs_close(stage->blobs);
	stage->blobs = NULL;
	assert_int_equal(blobs_open(stage->dir, &stage->blobs), 0);
	assert_int_equal(access(incoming, F_OK), -1);
	assert_int_equal(access(folder, F_OK), 0);
	fd = blobs_read(stage->blobs, blob.place);
	assert_true(fd >= 0);
	close(fd);
}

/* The daemon goes to / after it was started with a relative path. */
static void test_a_relative_store_stays_where_it_is(void **state)
{
	struct stage *stage = *state;
	CLEANUP(free_ptr) char *incoming = NULL;
	struct blobs *blobs = NULL;
	struct blob blob;

	assert_int_equal(chdir(stage->dir), 0);
	assert_int_equal(blobs_open("some/where", &blobs), 0);
	assert_int_equal(chdir("/"), 0);
	incoming = blobs_incoming(blobs, 1, 0);
	put(incoming, samples[0].bytes, samples[0].size);
	assert_int_equal(blobs_adopt(blobs, incoming, "x", 1, 0, NO_LIMIT, &blob, NULL), 0);
	blobs_close(blobs);
}

static void test_opening_fails_cleanly(void **state)
{
	struct stage *stage = *state;
	CLEANUP(free_ptr) char *file = file_join(stage->dir, "file");
	struct blobs *blobs = NULL;

	put(file, "", 0);
	assert_int_equal(blobs_open(file, &blobs), -ENOTDIR);
	assert_null(blobs);
	blobs_close(NULL);
}

#define ON_STAGE(test) cmocka_unit_test_setup_teardown(test, stage_begin, stage_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_STAGE(test_a_picture_is_adopted),
		ON_STAGE(test_names),
		ON_STAGE(test_long_names_are_cut_at_a_character),
		ON_STAGE(test_days),
		ON_STAGE(test_names_do_not_run_out),
		ON_STAGE(test_nothing_is_overwritten),
		ON_STAGE(test_refusals_leave_the_file_to_the_caller),
		ON_STAGE(test_a_failed_move_leaves_the_file_to_the_caller),
		ON_STAGE(test_sha256),
		ON_STAGE(test_read_and_remove),
		ON_STAGE(test_places_lead_nowhere_else),
		ON_STAGE(test_opening_again_clears_only_incoming),
		ON_STAGE(test_a_relative_store_stays_where_it_is),
		ON_STAGE(test_opening_fails_cleanly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
