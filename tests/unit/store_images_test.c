/* Pictures come back as they went in and are found in every way; attributes are
 * kept by their owner and kind. */
#include "io/store_calls.h"
#include "io/store_images.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "io/store_jobs.h"
#include "store_stage.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

struct origin {
	int64_t job, run, calls[2];
};

static struct origin add_origin(struct db *db)
{
	struct job job = { .folder = FOLDER_REQUESTS, .name = named("a.txt") };
	struct run run = { .number = 1 };
	struct origin origin;

	assert_int_equal(store_job_insert(db, &job), 0);
	run.job = origin.job = job.id;
	assert_int_equal(store_run_insert(db, &run, &(struct run_texts){ 0 }), 0);
	origin.run = run.id;
	for (int i = 0; i < 2; i++) {
		struct call call = { .run = run.id, .number = i + 1 };

		assert_int_equal(store_call_insert(db, &call), 0);
		origin.calls[i] = call.id;
	}
	return origin;
}

static struct image image_of(const struct origin *origin, int call, int64_t number)
{
	struct image image = {
		.job = origin->job,
		.run = origin->run,
		.call = origin->calls[call],
		.number = number,
		.folder = FOLDER_IMAGES,
	};

	image.name.size =
		(size_t)snprintf(image.name.bytes, sizeof(image.name.bytes), "%d.png", (int)number);
	image.link = image.name;
	return image;
}

static void assert_same_image(const struct image *a, const struct image *b)
{
	assert_int_equal(a->id, b->id);
	assert_int_equal(a->job, b->job);
	assert_int_equal(a->run, b->run);
	assert_int_equal(a->call, b->call);
	assert_int_equal(a->number, b->number);
	assert_int_equal(a->folder, b->folder);
	assert_int_equal(a->name.size, b->name.size);
	assert_string_equal(a->name.bytes, b->name.bytes);
	assert_string_equal(a->link.bytes, b->link.bytes);
	assert_string_equal(a->blob, b->blob);
	assert_int_equal(a->type, b->type);
	assert_int_equal(a->width, b->width);
	assert_int_equal(a->height, b->height);
	assert_int_equal(a->size, b->size);
	assert_int_equal(a->blocks, b->blocks);
	assert_string_equal(a->sha256, b->sha256);
	assert_int_equal(a->finished_ms, b->finished_ms);
	assert_int_equal(a->announced, b->announced);
}

static int body_image(struct db *db, void *arg)
{
	struct origin origin = add_origin(db);
	struct image image = image_of(&origin, 1, 1), got, twin;

	(void)arg;
	memset(image.blob, 'b', sizeof(image.blob) - 1);
	memset(image.sha256, 'f', sizeof(image.sha256) - 1);
	image.type = PICTURE_WEBP;
	image.width = 1;
	image.height = UINT32_MAX;
	image.size = INT64_MAX;
	image.blocks = 8;
	image.finished_ms = 9;
	assert_int_equal(store_image_insert(db, &image), 0);
	assert_int_equal(store_image_get(db, image.id, &got), 0);
	assert_same_image(&got, &image);
	twin = image;
	twin.number = 2;
	assert_int_equal(store_image_insert(db, &twin), -EEXIST); /* the name */
	twin.name = named("2.png");
	assert_int_equal(store_image_insert(db, &twin), 0);
	twin.number = 3;
	assert_int_equal(store_image_insert(db, &twin), -EEXIST);
	/* What can change, and nothing else. */
	twin = image;
	twin.name = named("elsewhere.webp");
	twin.announced = true;
	assert_int_equal(store_image_update(db, &twin), 0);
	assert_int_equal(store_image_find(db, FOLDER_IMAGES, &twin.name, &got), 0);
	assert_same_image(&got, &twin);
	assert_int_equal(store_image_find(db, FOLDER_IMAGES, &image.name, &got), -ENOENT);
	assert_int_equal(store_image_find(db, FOLDER_REQUESTS, &twin.name, &got), -ENOENT);
	assert_int_equal(store_image_get(db, 12345, &got), -ENOENT);
	return 0;
}

static void test_images_come_back(void **state)
{
	store_stage_write(*state, body_image, NULL);
}

/* Pictures 1 to 4: of the calls 0 1 0 1, 3 announced, 2 removed. */
static int body_walks(struct db *db, void *arg)
{
	struct origin origin = add_origin(db);
	int64_t ids[5];
	struct image got;

	(void)arg;
	for (int n = 1; n <= 4; n++) {
		struct image image = image_of(&origin, (n - 1) % 2, n);

		image.announced = n == 3;
		assert_int_equal(store_image_insert(db, &image), 0);
		ids[n] = image.id;
		image.folder = 0;
		if (n == 2)
			assert_int_equal(store_image_update(db, &image), 0);
	}
	assert_int_equal(store_image_last_number(db, origin.run), 4);
	assert_int_equal(store_image_last_number(db, 12345), 0);
	const struct {
		int (*next)(struct db *db, int64_t of, int64_t after, struct image *ret_image);
		int64_t of, after;
		int want; /* 0: none */
	} rows[] = {
		{ store_image_next, FOLDER_IMAGES, 0, 1 },
		{ store_image_next, FOLDER_IMAGES, ids[1], 3 },
		{ store_image_next, FOLDER_IMAGES, ids[4], 0 },
		{ store_image_next, FOLDER_REQUESTS, 0, 0 },
		{ store_image_next_of_run, origin.run, 0, 1 },
		{ store_image_next_of_run, origin.run, 1, 2 },
		{ store_image_next_of_run, origin.run, 4, 0 },
		{ store_image_next_of_call, origin.calls[0], 0, 1 },
		{ store_image_next_of_call, origin.calls[0], ids[1], 3 },
		{ store_image_next_of_call, origin.calls[1], ids[2], 4 },
		{ store_image_next_of_call, origin.calls[1], ids[4], 0 },
	};
	static const int waiting[] = { 1, 2, 4 };

	for (size_t i = 0; i < LENGTH(rows); i++) {
		int r = rows[i].next(db, rows[i].of, rows[i].after, &got);

		assert_int_equal(r, rows[i].want ? 0 : -ENOENT);
		if (r == 0)
			assert_int_equal(got.id, ids[rows[i].want]);
	}
	got.id = 0;
	for (size_t i = 0; i < LENGTH(waiting); i++) {
		assert_int_equal(store_image_next_unannounced(db, got.id, &got), 0);
		assert_int_equal(got.id, ids[waiting[i]]);
	}
	assert_int_equal(store_image_next_unannounced(db, got.id, &got), -ENOENT);
	return 0;
}

static void test_images_are_found(void **state)
{
	store_stage_write(*state, body_walks, NULL);
}

/* ---- attributes ---- */

static void check_value(struct db *db, enum xattr_kind kind, const char *name, const char *want)
{
	CLEANUP(strbuf) struct strbuf value = STRBUF_EMPTY;
	int r = store_xattr_get(db, kind, 1, name, &value);

	assert_int_equal(r, want ? 0 : -ENOENT);
	assert_string_equal(strbuf_text(&value), want ? want : "");
}

static int body_xattrs(struct db *db, void *arg)
{
	CLEANUP(strbuf) struct strbuf names = STRBUF_EMPTY;
	CLEANUP(strbuf) struct strbuf value = STRBUF_EMPTY;

	(void)arg;
	assert_int_equal(store_xattr_size(db, XATTR_FILE, 1), 0);
	assert_int_equal(store_xattr_set(db, XATTR_FILE, 1, "user.b", "12", 2), 0);
	assert_int_equal(store_xattr_set(db, XATTR_FILE, 1, "user.a", "", 0), 0);
	assert_int_equal(store_xattr_set(db, XATTR_IMAGE, 1, "user.b", "image", 5), 0);
	assert_int_equal(store_xattr_set(db, XATTR_FILE, 2, "user.b", "other", 5), 0);
	assert_int_equal(store_xattr_set(db, XATTR_FILE, 1, "user.b", "123", 3), 0);
	check_value(db, XATTR_FILE, "user.b", "123");
	check_value(db, XATTR_FILE, "user.a", "");
	check_value(db, XATTR_FILE, "user.c", NULL);
	check_value(db, XATTR_IMAGE, "user.b", "image");
	check_value(db, XATTR_REQUEST_FOLDER, "user.b", NULL);
	assert_int_equal(store_xattr_size(db, XATTR_FILE, 1), 6 + 6 + 3);
	assert_int_equal(store_xattr_list(db, XATTR_FILE, 1, &names), 0);
	assert_int_equal(names.size, 14);
	assert_memory_equal(names.bytes, "user.a\0user.b", 14);
	assert_int_equal(store_xattr_set(db, XATTR_FILE, 1, "user.n", "a\0b", 3), 0);
	assert_int_equal(store_xattr_get(db, XATTR_FILE, 1, "user.n", &value), 0);
	assert_int_equal(value.size, 3);
	assert_memory_equal(value.bytes, "a\0b", 3);
	assert_int_equal(store_xattr_remove(db, XATTR_FILE, 1, "user.b"), 0);
	check_value(db, XATTR_FILE, "user.b", NULL);
	check_value(db, XATTR_FILE, "user.a", "");
	assert_int_equal(store_xattr_remove_all(db, XATTR_FILE, 1), 0);
	assert_int_equal(store_xattr_size(db, XATTR_FILE, 1), 0);
	check_value(db, XATTR_IMAGE, "user.b", "image");
	assert_int_equal(store_xattr_size(db, XATTR_FILE, 2), 11);
	strbuf_clear(&names);
	assert_int_equal(store_xattr_list(db, XATTR_FILE, 1, &names), 0);
	assert_int_equal(names.size, 0);
	return 0;
}

static void test_attributes(void **state)
{
	store_stage_write(*state, body_xattrs, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_ROW(test_images_come_back),
		STORE_ROW(test_images_are_found),
		STORE_ROW(test_attributes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
