/* images/ in the catalog: names that pictures get, what people may do with them,
 * what gives way to whom, and what is told. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include <sqlite3.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "engine/catalog.h"
#include "io/store_calls.h"
#include "io/store_images.h"
#include "io/store_jobs.h"
#include "io/store_tree.h"
#include "scratch_dir.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const struct owner owner = { .mode = 0700, .uid = -1, .gid = -1 };
static struct store *store;
static struct catalog *catalog;
static struct rulebook *rulebook;
static struct blobs *blobs;
static char *dir;
static struct note gone; /* the newest NOTE_GONE */

static void on_note(const struct note *note, void *arg)
{
	(void)arg;
	if (note->kind == NOTE_GONE)
		gone = *note;
}

static int set_up(void **state)
{
	const struct rules rules = { .access = NULL };
	struct diag diag;

	if (scratch_dir_make(state) < 0)
		return -1;
	dir = *state;
	gone = (struct note){ .kind = NOTE_KINDS };
	rulebook = rulebook_new(&rules);
	if (!rulebook || store_open(dir, STORE_READ_WRITE, &store, &diag) < 0 ||
	    catalog_new(store, rulebook, &catalog) < 0 || blobs_open(dir, &blobs) < 0)
		return -1;
	catalog_listen(catalog, on_note, NULL);
	return 0;
}

static int tear_down(void **state)
{
	catalog_free(catalog);
	rulebook_free(rulebook);
	blobs_close(blobs);
	store_close(store);
	return scratch_dir_remove(state);
}

/* ---- places ---- */

static struct name named(const char *text)
{
	struct name name;

	assert_int_equal(name_set(&name, text, strlen(text)), 0);
	return name;
}

static int64_t make_folder(int64_t parent, const char *text)
{
	struct name name = named(text);
	struct folder folder;

	assert_int_equal(catalog_make_image_folder(catalog, parent, &name, &owner, &folder), 0);
	return folder.id;
}

static int move(int64_t from, const char *name, int64_t to, const char *new_name, unsigned flags)
{
	struct name old = named(name), new = named(new_name);
	struct move order = {
		.from_folder = from, .to_folder = to, .from = &old, .to = &new, .flags = flags
	};

	return catalog_move_image(catalog, &order);
}

static struct image image_of(int64_t id)
{
	struct db *db = store_read_begin(store);
	struct image image;

	assert_int_equal(store_image_get(db, id, &image), 0);
	store_read_end(db);
	return image;
}

static struct folder folder_of(int64_t id)
{
	struct db *db = store_read_begin(store);
	struct folder folder;

	assert_int_equal(store_folder_get(db, id, &folder), 0);
	store_read_end(db);
	return folder;
}

/* ---- pictures ---- */

struct record {
	const char *folder, *name; /* of the request; folder NULL: requests/ */
	struct call call;
};

static int add_records(struct db *db, void *arg)
{
	struct record *record = arg;
	struct folder folder = { .id = FOLDER_REQUESTS };
	struct job job = { .name = named(record->name) };
	struct run run = { .state = STATE_FETCHING, .number = 1 };
	struct run_texts texts = { { NULL }, { 0 } };
	int r = 0;

	if (record->folder) {
		struct name name = named(record->folder);

		r = store_folder_find(db, FOLDER_REQUESTS, &name, &folder);
		if (r == -ENOENT) {
			folder = (struct folder){ .parent = FOLDER_REQUESTS, .name = name };
			r = store_folder_insert(db, &folder);
		}
	}
	job.folder = folder.id;
	if (r == 0)
		r = store_job_insert(db, &job);
	run.job = job.id;
	if (r == 0)
		r = store_run_insert(db, &run, &texts);
	record->call =
		(struct call){ .run = run.id, .number = 1, .count = 4, .state = STATE_FETCHING };
	return r < 0 ? r : store_call_insert(db, &record->call);
}

static struct call new_call(const char *folder, const char *name)
{
	struct record record = { .folder = folder, .name = name };

	assert_int_equal(store_write(store, STORE_LAZY, add_records, &record), 0);
	return record.call;
}

/* Recorded, and not yet visible. */
static int64_t arrive(const struct call *call)
{
	static unsigned count;
	struct blob blob = { .size = 1, .disk_blocks = 8, .picture = { PICTURE_PNG, 1, 1 } };
	const struct new_image new = { .blob = &blob };
	struct image image;
	struct db *db;
	int64_t after = 0, id = 0;

	snprintf(blob.sha256, sizeof(blob.sha256), "%u", count);
	snprintf(blob.place, sizeof(blob.place), "day/%u.png", count++);
	assert_int_equal(catalog_add_images(catalog, call->id, &new, 1, NULL), 0);
	db = store_read_begin(store);
	while (store_image_next_of_call(db, call->id, after, &image) == 0)
		after = id = image.id;
	store_read_end(db);
	return id;
}

static int64_t publish(const char *folder, const char *name)
{
	struct call call = new_call(folder, name);
	int64_t id = arrive(&call);

	assert_int_equal(catalog_announce(catalog, id), 0);
	return id;
}

/* ---- names ---- */

static void test_names(void **state)
{
	char stem[251] = "", longest[256], cut[256];
	struct call call;

	(void)state;
	assert_string_equal(image_of(publish(NULL, "a.txt")).name.bytes, "a.png");
	assert_string_equal(image_of(publish(NULL, "a.md")).name.bytes, "a-2.png");
	assert_string_equal(image_of(publish(NULL, "a.b.txt")).name.bytes, "a.b.png");
	make_folder(FOLDER_IMAGES, "b.png");
	assert_string_equal(image_of(publish(NULL, "b.txt")).name.bytes, "b-2.png");
	memset(stem, 'x', 250);
	snprintf(longest, sizeof(longest), "%s.txt", stem);
	snprintf(cut, sizeof(cut), "%s.png", stem);
	assert_string_equal(image_of(publish(NULL, longest)).name.bytes, cut);
	snprintf(longest, sizeof(longest), "%s.md", stem);
	snprintf(cut, sizeof(cut), "%.249s-2.png", stem);
	assert_string_equal(image_of(publish(NULL, longest)).name.bytes, cut);

	/* the links of a run differ even if its pictures are moved meanwhile */
	call = new_call(NULL, "c.txt");
	assert_int_equal(catalog_announce(catalog, arrive(&call)), 0);
	assert_int_equal(move(FOLDER_IMAGES, "c.png", FOLDER_IMAGES, "d.png", 0), 0);
	assert_string_equal(image_of(arrive(&call)).link.bytes, "c-2.png");
}

static void test_mirrored_folders(void **state)
{
	int64_t first, second;

	(void)state;
	publish(NULL, "album.txt");
	assert_int_equal(move(FOLDER_IMAGES, "album.png", FOLDER_IMAGES, "album", 0), 0);
	first = image_of(publish("album", "a.txt")).folder;
	second = image_of(publish("album", "b.txt")).folder;
	assert_string_equal(folder_of(first).name.bytes, "album-2");
	assert_int_equal(first, second);
	assert_true(folder_of(first).present);
}

/* ---- what people do ---- */

static void test_move_errors(void **state)
{
	static const struct {
		const char *from, *to;
		unsigned flags;
		int want;
	} cases[] = {
		{ "a.png", "b.png", MOVE_NO_REPLACE, -EEXIST },
		{ "a.png", "full", MOVE_NO_REPLACE, -EEXIST },
		{ "a.png", "full", 0, -EISDIR },
		{ "full", "a.png", 0, -ENOTDIR },
		{ "full", "a.png", MOVE_NO_REPLACE, -EEXIST },
		{ "empty", "full", 0, -ENOTEMPTY },
		{ "empty", "full", MOVE_NO_REPLACE, -EEXIST },
		{ "no", "x", 0, -ENOENT },
		{ "a.png", ".Trash", 0, -EPERM },
		{ "empty", ".Trash-1000", 0, -EPERM },
		{ "empty", ".Trash2", 0, 0 },
		{ ".Trash2", "empty", MOVE_NO_REPLACE, 0 },
		{ "a.png", "a.png", 0, 0 },
		{ "full", "full", 0, 0 },
		{ "full", "empty", 0, 0 },
	};
	int64_t full;

	(void)state;
	publish(NULL, "a.txt");
	publish(NULL, "b.txt");
	full = make_folder(FOLDER_IMAGES, "full");
	make_folder(FOLDER_IMAGES, "empty");
	assert_int_equal(move(FOLDER_IMAGES, "b.png", full, "b.png", 0), 0);
	publish(NULL, "b.md");
	assert_int_equal(move(FOLDER_IMAGES, "b.png", full, "c.png", 0), 0);
	publish(NULL, "b.prompt");
	assert_int_equal(move(FOLDER_IMAGES, "full", make_folder(full, "below"), "x", 0), -EINVAL);
	assert_int_equal(move(FOLDER_IMAGES, "full", full, "x", 0), -EINVAL);
	assert_int_equal(move(FOLDER_IMAGES, "a.png", FOLDER_REQUESTS, "x", 0), -EPERM);
	for (size_t i = 0; i < LENGTH(cases); i++)
		assert_int_equal(move(FOLDER_IMAGES, cases[i].from, FOLDER_IMAGES, cases[i].to,
				      cases[i].flags),
				 cases[i].want);
	assert_string_equal(folder_of(full).name.bytes, "empty");
}

static void test_folders(void **state)
{
	struct name trash = named(".Trash-0"), name = named("x"), picture = named("a.png");
	struct folder folder;
	int64_t id;

	(void)state;
	publish(NULL, "a.txt");
	assert_int_equal(catalog_make_image_folder(catalog, FOLDER_IMAGES, &trash, &owner, &folder),
			 -EPERM);
	assert_int_equal(
		catalog_make_image_folder(catalog, FOLDER_IMAGES, &picture, &owner, &folder),
		-EEXIST);
	id = make_folder(FOLDER_IMAGES, "x");
	assert_int_equal(catalog_make_image_folder(catalog, FOLDER_IMAGES, &name, &owner, &folder),
			 -EEXIST);
	assert_int_equal(catalog_remove_image_folder(catalog, FOLDER_IMAGES, &picture), -ENOTDIR);
	assert_int_equal(catalog_remove_image(catalog, FOLDER_IMAGES, &name), -EISDIR);
	assert_int_equal(move(FOLDER_IMAGES, "a.png", id, "a.png", 0), 0);
	assert_int_equal(catalog_remove_image_folder(catalog, FOLDER_IMAGES, &name), -ENOTEMPTY);
	assert_int_equal(catalog_remove_image(catalog, id, &picture), 0);
	assert_int_equal(catalog_remove_image_folder(catalog, FOLDER_IMAGES, &name), 0);
	assert_int_equal(catalog_remove_image_folder(catalog, FOLDER_IMAGES, &name), -ENOENT);
}

/* What is not announced does not exist for people. */
static void test_unseen_gives_way(void **state)
{
	struct name a = named("a.png"), album = named("album");
	struct call call = new_call(NULL, "a.txt"), other = new_call("album", "b.txt");
	int64_t unseen = arrive(&call), below = arrive(&other), mine;
	int64_t hidden = image_of(below).folder;
	int64_t seen = publish(NULL, "seen.txt");

	(void)state;
	assert_int_equal(catalog_remove_image(catalog, FOLDER_IMAGES, &a), -ENOENT);
	assert_int_equal(move(FOLDER_IMAGES, "a.png", FOLDER_IMAGES, "x.png", 0), -ENOENT);
	assert_int_equal(catalog_remove_image_folder(catalog, FOLDER_IMAGES, &album), -ENOENT);

	assert_int_equal(move(FOLDER_IMAGES, "seen.png", FOLDER_IMAGES, "a.png", MOVE_NO_REPLACE),
			 0);
	assert_string_equal(image_of(seen).name.bytes, "a.png");
	assert_string_equal(image_of(unseen).name.bytes, "a-2.png");
	assert_string_equal(image_of(unseen).link.bytes, "a.png");

	/* a folder that comes takes the name of one that nobody has seen … */
	mine = make_folder(FOLDER_IMAGES, "mine");
	assert_int_equal(move(FOLDER_IMAGES, "mine", FOLDER_IMAGES, "album", 0), 0);
	assert_string_equal(folder_of(mine).name.bytes, "album");
	assert_string_equal(folder_of(hidden).name.bytes, "album-2");
	/* … and one that is made is that one */
	assert_int_equal(make_folder(FOLDER_IMAGES, "album-2"), hidden);

	/* seen as empty, removed, and there again with its picture */
	album = named("album-2");
	assert_int_equal(catalog_remove_image_folder(catalog, FOLDER_IMAGES, &album), 0);
	assert_false(folder_of(hidden).present);
	assert_int_equal(catalog_announce(catalog, below), 0);
	assert_true(folder_of(hidden).present);
	assert_int_equal(catalog_announce(catalog, unseen), 0);
}

/* ---- for good ---- */

static int count_doomed(void)
{
	struct db *db = store_read_begin(store);
	char blob[256] = "", after[256];
	int count = 0;

	for (;; count++) {
		memcpy(after, blob, sizeof(after));
		if (store_doomed_next(db, after, blob, sizeof(blob)) < 0)
			break;
	}
	store_read_end(db);
	return count;
}

static bool has_file(const struct image *image)
{
	CLEANUP(free_ptr) char *path = NULL;

	assert_true(asprintf(&path, "%s/images/%s", dir, image->blob) > 0);
	return access(path, F_OK) == 0;
}

static void make_file(const struct image *image)
{
	CLEANUP(free_ptr) char *path = NULL;
	int fd;

	assert_true(asprintf(&path, "%s/images/day", dir) > 0);
	assert_int_equal(file_make_dirs(path), 0);
	free(path);
	assert_true(asprintf(&path, "%s/images/%s", dir, image->blob) > 0);
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
}

static void test_burying(void **state)
{
	struct name name = named("a.png");
	struct image a = image_of(publish(NULL, "a.txt")), b = image_of(publish(NULL, "b.txt"));
	struct image c = image_of(publish(NULL, "c.txt"));
	struct xattr_value tag = { .name = "user.tag", .bytes = "x", .size = 1 };

	(void)state;
	make_file(&a);
	make_file(&b);
	make_file(&c);
	assert_int_equal(catalog_set_xattr(catalog, XATTR_IMAGE, a.id, &tag), 0);
	assert_int_equal(catalog_remove_image(catalog, FOLDER_IMAGES, &name), 0);
	assert_int_equal(image_of(a.id).folder, 0);
	assert_true(has_file(&a));
	assert_int_equal(count_doomed(), 1);
	assert_int_equal(catalog_remove_xattr(catalog, XATTR_IMAGE, a.id, "user.tag"), -ENODATA);
	assert_int_equal(gone.gone, GONE_LINK);
	assert_int_equal(gone.image, a.id);
	assert_int_equal(gone.job, a.job);
	assert_int_equal(gone.run, a.run);
	assert_string_equal(gone.name.bytes, "a.png");

	assert_int_equal(move(FOLDER_IMAGES, "b.png", FOLDER_IMAGES, "c.png", 0), 0);
	assert_int_equal(image_of(c.id).folder, 0);
	assert_int_equal(count_doomed(), 2);

	assert_int_equal(catalog_bury(catalog, blobs), 0);
	assert_int_equal(count_doomed(), 0);
	assert_false(has_file(&a));
	assert_true(has_file(&b));
	assert_false(has_file(&c));
	assert_int_equal(catalog_bury(catalog, blobs), 0);
}

static void run_sql(const char *sql)
{
	CLEANUP(free_ptr) char *path = file_join(dir, "easelfs.db");
	sqlite3 *sqlite;

	assert_non_null(path);
	assert_int_equal(sqlite3_open(path, &sqlite), SQLITE_OK);
	assert_int_equal(sqlite3_exec(sqlite, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(sqlite);
}

/* While the store cannot be synced, a power cut may bring every name back. */
static void test_burying_waits_for_a_sync(void **state)
{
	struct image a = image_of(publish(NULL, "a.txt"));
	struct name name = named("a.png");

	(void)state;
	make_file(&a);
	assert_int_equal(catalog_remove_image(catalog, FOLDER_IMAGES, &name), 0);
	run_sql("CREATE TRIGGER unsynced BEFORE INSERT ON setting BEGIN"
		" SELECT RAISE(ABORT, 'no sync'); END");
	assert_true(catalog_bury(catalog, blobs) < 0);
	assert_true(has_file(&a));
	assert_int_equal(count_doomed(), 1);
	run_sql("DROP TRIGGER unsynced");
	assert_int_equal(catalog_bury(catalog, blobs), 0);
	assert_false(has_file(&a));
}

/* ---- fetched again ---- */

/* Pictures of one letter each arrive together, and are shown; `loss`: others do not. */
static void deliver(const struct call *call, const char *letters, const struct call_news *loss)
{
	static unsigned count;
	struct blob files[8] = { { .size = 1 } };
	struct new_image new[8];
	struct image image;
	struct db *db;
	int64_t after = 0;
	size_t size = strlen(letters);

	assert_true(size <= LENGTH(new));
	for (size_t i = 0; i < size; i++) {
		files[i] = (struct blob){ .size = 1, .picture = { PICTURE_PNG, 1, 1 } };
		snprintf(files[i].sha256, sizeof(files[i].sha256), "%c", letters[i]);
		snprintf(files[i].place, sizeof(files[i].place), "day/d%u.png", count++);
		new[i] = (struct new_image){ .blob = &files[i] };
	}
	assert_int_equal(catalog_add_images(catalog, call->id, new, size, loss), 0);
	for (;;) {
		db = store_read_begin(store);
		if (store_image_next_of_call(db, call->id, after, &image) < 0)
			break;
		store_read_end(db);
		after = image.id;
		assert_int_equal(catalog_announce(catalog, image.id), 0);
	}
	store_read_end(db);
}

static void tell(const struct call *call, enum event event)
{
	const struct call_news news = CALL_NEWS(event);

	assert_int_equal(catalog_call(catalog, call->id, &news), 0);
}

static void assert_ended(const struct call *call, enum state state, const char *error)
{
	CLEANUP(strbuf) struct strbuf text = STRBUF_EMPTY;
	CLEANUP(store_read) struct db *db = store_read_begin(store);
	struct call now;
	struct run run;

	assert_int_equal(store_call_get(db, call->id, &now), 0);
	assert_int_equal(now.state, state);
	assert_int_equal(store_run_get(db, call->run, &run), 0);
	assert_int_equal(run.state, state);
	assert_int_equal(store_run_text(db, call->run, RUN_ERROR, &text), 0);
	assert_string_equal(strbuf_text(&text), error);
}

static int count_images(const struct call *call)
{
	CLEANUP(store_read) struct db *db = store_read_begin(store);

	return (int)store_image_last_number(db, call->run);
}

/* A call that lost some of its pictures is tried again: what it has already is not
 * published once more, and it ends by what is missing then. */
static void test_fetched_again(void **state)
{
	static const struct {
		const char *first, *again;
		bool removed; /* the first one, by a person, in between */
		bool lost;    /* one of them again */
		int images, doomed;
	} rows[] = {
		{ "abc", "abcd", false, false, 4, 3 }, { "abc", "abcd", true, false, 4, 4 },
		{ "aab", "aabc", false, false, 4, 3 }, { "ab", "aab", false, false, 3, 2 },
		{ "abc", "abc", false, false, 3, 3 },  { "abc", "abc", false, true, 3, 3 },
		{ "abc", "dab", false, true, 4, 2 },   { "abc", "ABCD", false, false, 7, 0 },
	};
	static const struct call_news loss = {
		.event = EVENT_GONE, .error = "gone\n", .cost_micro = -1, .seed = -1
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		char text[64];
		struct name name;
		struct call call;
		int doomed;

		snprintf(text, sizeof(text), "%zu.txt", i);
		call = new_call(NULL, text);
		deliver(&call, rows[i].first, &loss);
		snprintf(text, sizeof(text), "%zu of 4 pictures: gone\n", strlen(rows[i].first));
		assert_ended(&call, STATE_FAILED, text);
		doomed = count_doomed();
		snprintf(text, sizeof(text), "%zu.png", i);
		name = named(text);
		if (rows[i].removed)
			assert_int_equal(catalog_remove_image(catalog, FOLDER_IMAGES, &name), 0);
		tell(&call, EVENT_ACCEPTED);
		tell(&call, EVENT_PICTURES);
		deliver(&call, rows[i].again, rows[i].lost ? &loss : NULL);
		assert_int_equal(count_images(&call), rows[i].images);
		assert_int_equal(count_doomed() - doomed, rows[i].doomed);
		snprintf(text, sizeof(text), "%d of 4 pictures: gone\n", rows[i].images);
		assert_ended(&call, rows[i].lost ? STATE_FAILED : STATE_DONE,
			     rows[i].lost ? text : "");
	}
}

/* ---- names below jobs/ that go ---- */

static void test_gone_jobs(void **state)
{
	struct name album = named("album"), name = named("never.txt");
	struct folder folder;
	struct file file;
	int64_t dropped;

	(void)state;
	assert_int_equal(catalog_make_folder(catalog, FOLDER_REQUESTS, &album, &owner, &folder), 0);
	assert_int_equal(catalog_create(catalog, folder.id, &name, &owner, &file), 0);
	assert_int_equal(catalog_unlink(catalog, folder.id, &name, KEEP_NONE, &dropped), 0);
	assert_int_equal(gone.kind, NOTE_GONE);
	assert_int_equal(gone.gone, GONE_JOB);
	assert_int_equal(gone.folder, folder.id);
	assert_int_equal(gone.job, file.job);
	assert_string_equal(gone.name.bytes, "never.txt");
	assert_int_equal(catalog_remove_folder(catalog, FOLDER_REQUESTS, &album), 0);
	assert_int_equal(gone.gone, GONE_FOLDER);
	assert_int_equal(gone.folder, FOLDER_REQUESTS);
	assert_int_equal(gone.id, folder.id);
	assert_string_equal(gone.name.bytes, "album");
}

int main(void)
{
#define ROW(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		ROW(test_names),
		ROW(test_mirrored_folders),
		ROW(test_move_errors),
		ROW(test_folders),
		ROW(test_unseen_gives_way),
		ROW(test_burying),
		ROW(test_burying_waits_for_a_sync),
		ROW(test_gone_jobs),
		ROW(test_fetched_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
