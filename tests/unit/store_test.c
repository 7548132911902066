/* The store as a whole: who may open it, what a transaction keeps, and what
 * readers see beside the writer. */
#include "io/store.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "scratch_dir.h"
#include "store_stage.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* ---- opening ---- */

static void test_open_makes_folders(void **state)
{
	CLEANUP(free_ptr) char *dir = file_join(*state, "a/b");
	CLEANUP(free_ptr) char *db = file_join(dir, "easelfs.db");
	struct store *store;
	struct diag diag;

	assert_int_equal(store_open(dir, STORE_READ_WRITE, &store, &diag), 0);
	assert_string_equal(store_dir(store), dir);
	store_close(store);
	assert_int_equal(access(db, R_OK), 0);
	store_close(NULL);
}

static int open_to(enum store_mode mode, const char *dir, struct diag *diag)
{
	struct store *store = NULL;
	int r = store_open(dir, mode, &store, diag);

	store_close(store);
	return r;
}

static int open_to_write(const char *dir, struct diag *diag)
{
	return open_to(STORE_READ_WRITE, dir, diag);
}

static int open_to_read(const char *dir, struct diag *diag)
{
	return open_to(STORE_READ_ONLY, dir, diag);
}

static void test_one_daemon_at_a_time(void **state)
{
	static int (*const opens[])(const char *, struct diag *) = { open_to_write, open_to_read };
	CLEANUP(free_ptr) char *dir = file_join(*state, "s");
	struct store *store;
	struct diag diag;
	char process[32];

	snprintf(process, sizeof(process), "process %d)", (int)getpid());
	assert_int_equal(store_open(dir, STORE_READ_WRITE, &store, &diag), 0);
	for (size_t i = 0; i < LENGTH(opens); i++) {
		assert_int_equal(store_stage_elsewhere(opens[i], dir, &diag), -EBUSY);
		assert_non_null(strstr(diag.text, process));
		assert_non_null(strstr(diag.text, dir));
	}
	store_close(store);
	assert_int_equal(store_stage_elsewhere(open_to_write, dir, &diag), 0);
}

/* A daemon that is killed while it starts a program leaves a child which has not yet
 * closed what it got. */
static void test_a_child_does_not_keep_the_store(void **state)
{
	CLEANUP(free_ptr) char *dir = file_join(*state, "s");
	struct store *store;
	struct diag diag;
	int ends[2];
	pid_t child;
	char byte;

	assert_int_equal(store_open(dir, STORE_READ_WRITE, &store, &diag), 0);
	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		close(ends[1]);
		_exit(read(ends[0], &byte, 1) == 0 ? 0 : 1);
	}
	close(ends[0]);
	store_close(store);
	assert_int_equal(store_stage_elsewhere(open_to_write, dir, &diag), 0);
	close(ends[1]);
	assert_int_equal(waitpid(child, NULL, 0), child);
}

static void make_garbage(const char *path)
{
	CLEANUP(close_fd) int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	char bytes[8192];

	memset(bytes, 'x', sizeof(bytes));
	assert_int_equal(file_write_all(fd, bytes, sizeof(bytes)), 0);
}

static void run_sql(const char *path, const char *sql)
{
	sqlite3 *sqlite;

	assert_int_equal(sqlite3_open(path, &sqlite), SQLITE_OK);
	assert_int_equal(sqlite3_exec(sqlite, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(sqlite);
}

static void make_newer(const char *path)
{
	run_sql(path, "CREATE TABLE t(x); PRAGMA user_version = 99;");
}

static void make_foreign(const char *path)
{
	run_sql(path, "CREATE TABLE folder(x);");
}

static void make_folder(const char *path)
{
	assert_int_equal(file_make_dirs(path), 0);
}

static void make_empty(const char *path)
{
	close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

static void test_what_may_lie_there(void **state)
{
	static const struct {
		const char *dir;
		void (*make)(const char *path);
		int want;
		const char *says;
	} rows[] = {
		{ "newer", make_newer, -EPROTO, "schema 99" },
		{ "garbage", make_garbage, -EIO, "damaged" },
		{ "foreign", make_foreign, -EPROTO, "another program" },
		{ "folder", make_folder, -EISDIR, "opened" },
		{ "empty", make_empty, 0, NULL },
	};

	for (size_t i = 0; i < LENGTH(rows); i++) {
		CLEANUP(free_ptr) char *dir = file_join(*state, rows[i].dir);
		CLEANUP(free_ptr) char *db = file_join(dir, "easelfs.db");
		struct store *store = NULL;
		struct diag diag;

		assert_int_equal(file_make_dirs(dir), 0);
		rows[i].make(db);
		/* Twice: a failure leaves no lock behind. */
		for (int turn = 0; turn < 2; turn++) {
			if (store_open(dir, STORE_READ_WRITE, &store, &diag) != rows[i].want)
				fail_msg("%s: %s", rows[i].dir, diag.text);
			if (rows[i].want < 0) {
				assert_null(store);
				assert_non_null(strstr(diag.text, rows[i].says));
			}
			store_close(store);
			store = NULL;
		}
	}
}

/* ---- transactions ---- */

struct put {
	const char *name;
	int64_t value;
	int result; /* of the body, after it wrote */
};

static int body_put(struct db *db, void *arg)
{
	const struct put *put = arg;
	int r = store_setting_set(db, put->name, put->value);

	return r < 0 ? r : put->result;
}

static int64_t setting(struct store *store, const char *name)
{
	CLEANUP(store_read) struct db *db = store_read_begin(store);
	int64_t value = -1;
	int r;

	assert_non_null(db);
	r = store_setting_get(db, name, &value);
	assert_true(r == 0 || r == -ENOENT);
	return value;
}

static void test_read_only(void **state)
{
	CLEANUP(free_ptr) char *dir = file_join(*state, "s");
	struct put put = { "n", 5, 0 };
	struct store *store;
	struct diag diag;

	assert_int_equal(store_open(dir, STORE_READ_WRITE, &store, &diag), 0);
	assert_int_equal(store_write(store, STORE_LAZY, body_put, &put), 0);
	store_close(store);
	assert_int_equal(store_open(dir, STORE_READ_ONLY, &store, &diag), 0);
	put.value = 6;
	assert_int_equal(store_write(store, STORE_LAZY, body_put, &put), -EROFS);
	assert_int_equal(setting(store, "n"), 5);
	store_close(store);
}

static void test_what_a_body_keeps(void **state)
{
	static const struct {
		struct put put;
		enum store_sync sync;
		int64_t kept; /* of "n", before and after a restart */
	} rows[] = {
		{ { "n", 1, 0 }, STORE_LAZY, 1 },
		{ { "n", 2, -EBUSY }, STORE_LAZY, 1 },
		{ { "n", 3, 0 }, STORE_SYNCED, 3 },
		{ { "n", 4, -ENOENT }, STORE_SYNCED, 3 },
		{ { "n", INT64_MIN, 0 }, STORE_LAZY, INT64_MIN },
	};
	struct store_stage *stage = *state;

	assert_int_equal(setting(stage->store, "n"), -1);
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct put put = rows[i].put;

		assert_int_equal(store_write(stage->store, rows[i].sync, body_put, &put),
				 rows[i].put.result);
		assert_int_equal(setting(stage->store, "n"), rows[i].kept);
		store_stage_reopen(stage);
		assert_int_equal(setting(stage->store, "n"), rows[i].kept);
	}
}

/* ---- readers beside a writer ---- */

struct writing {
	struct store *store;
	sem_t inside, go;
	int result;
};

static int body_waits(struct db *db, void *arg)
{
	struct writing *writing = arg;
	int r = store_setting_set(db, "n", 2);

	sem_post(&writing->inside);
	sem_wait(&writing->go);
	return r;
}

static void *write_slowly(void *arg)
{
	struct writing *writing = arg;

	writing->result = store_write(writing->store, STORE_LAZY, body_waits, writing);
	return NULL;
}

static pthread_t start_writing(struct writing *writing)
{
	pthread_t thread;

	sem_init(&writing->inside, 0, 0);
	sem_init(&writing->go, 0, 0);
	writing->result = 1;
	assert_int_equal(pthread_create(&thread, NULL, write_slowly, writing), 0);
	sem_wait(&writing->inside);
	return thread;
}

/* The writer is in its body until this thread lets it go on: a reader that
 * waited for it would never come back. */
static void test_readers_see_what_is_committed(void **state)
{
	struct store_stage *stage = *state;
	struct writing writing = { .store = stage->store };
	struct put put = { "n", 1, 0 };
	struct db *earlier;
	int64_t value;
	pthread_t thread;

	assert_int_equal(store_write(stage->store, STORE_LAZY, body_put, &put), 0);
	thread = start_writing(&writing);
	earlier = store_read_begin(stage->store);
	assert_non_null(earlier);
	assert_int_equal(store_setting_get(earlier, "n", &value), 0);
	assert_int_equal(value, 1);
	assert_int_equal(setting(stage->store, "n"), 1);
	sem_post(&writing.go);
	pthread_join(thread, NULL);
	assert_int_equal(writing.result, 0);
	assert_int_equal(setting(stage->store, "n"), 2);
	/* A snapshot stays what it was. */
	assert_int_equal(store_setting_get(earlier, "n", &value), 0);
	assert_int_equal(value, 1);
	store_read_end(earlier);
	store_read_end(NULL);
	sem_destroy(&writing.inside);
	sem_destroy(&writing.go);
}

/* ---- group commit ---- */

enum { WRITERS = 8, TURNS = 40 };

struct writer {
	struct store *store;
	int number;
	int wrong;
	pthread_t thread;
};

/* Each counts for itself; every third body fails after it has counted. */
static int body_count(struct db *db, void *arg)
{
	struct put *put = arg;
	int64_t value = 0;
	int r = store_setting_get(db, put->name, &value);

	if (r == 0 || r == -ENOENT)
		r = store_setting_set(db, put->name, value + 1);
	return r < 0 ? r : put->result;
}

static void *write_often(void *arg)
{
	struct writer *writer = arg;
	char name[16];

	snprintf(name, sizeof(name), "w%d", writer->number);
	for (int turn = 0; turn < TURNS; turn++) {
		struct put put = { name, 0, turn % 3 == 2 ? -EBUSY : 0 };
		int r = store_write(writer->store, turn % 8 ? STORE_LAZY : STORE_SYNCED, body_count,
				    &put);

		writer->wrong += r != put.result;
	}
	return NULL;
}

/* While somebody is inside a body the others queue, so that they share what
 * follows; one failure undoes only itself. */
static void test_many_writers(void **state)
{
	struct store_stage *stage = *state;
	struct writing writing = { .store = stage->store };
	pthread_t leader = start_writing(&writing);
	struct writer writers[WRITERS];

	for (int i = 0; i < WRITERS; i++) {
		writers[i] = (struct writer){ .store = stage->store, .number = i };
		assert_int_equal(pthread_create(&writers[i].thread, NULL, write_often, &writers[i]),
				 0);
	}
	sem_post(&writing.go);
	pthread_join(leader, NULL);
	for (int i = 0; i < WRITERS; i++) {
		char name[16];

		pthread_join(writers[i].thread, NULL);
		snprintf(name, sizeof(name), "w%d", i);
		assert_int_equal(writers[i].wrong, 0);
		assert_int_equal(setting(stage->store, name), TURNS - TURNS / 3);
	}
	assert_int_equal(setting(stage->store, "n"), 2);
	sem_destroy(&writing.inside);
	sem_destroy(&writing.go);
}

/* That it cannot be read is another matter than that there is no such row. */
static void test_no_descriptors(void **state)
{
	struct store_stage *stage = *state;
	struct rlimit limit, before;
	struct db *db;
	int64_t value;
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	limit = before;
	limit.rlim_cur = (rlim_t)fd + 1; /* the database's, but not its journal's */
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	close(fd);
	db = store_read_begin(stage->store);
	assert_non_null(db);
	assert_int_equal(store_setting_get(db, "n", &value), -EIO);
	store_read_end(db);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	db = store_read_begin(stage->store);
	assert_non_null(db);
	assert_int_equal(store_setting_get(db, "n", &value), -ENOENT);
	store_read_end(db);
}

#define DIR_ROW(name) cmocka_unit_test_setup_teardown(name, scratch_dir_make, scratch_dir_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		DIR_ROW(test_open_makes_folders),
		DIR_ROW(test_one_daemon_at_a_time),
		DIR_ROW(test_a_child_does_not_keep_the_store),
		DIR_ROW(test_what_may_lie_there),
		DIR_ROW(test_read_only),
		STORE_ROW(test_what_a_body_keeps),
		STORE_ROW(test_readers_see_what_is_committed),
		STORE_ROW(test_many_writers),
		STORE_ROW(test_no_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
