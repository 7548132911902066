/* Repairs that die between two moves. Each state that one can leave is made by hand; kills
 * at each point are in tests/torture_test.sh. What had been sent must never be queued. */
#include "io/store_recover.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <sqlite3.h>
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
#include "base/clock.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "io/store.h"
#include "raw_store.h"
#include "scratch_dir.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* One job with one call, which is queued. */
static const char sample[] =
	"INSERT INTO job VALUES (5, 1, x'632e747874', 1, 2, 0, 0);"
	"INSERT INTO run VALUES (13, 5, 1, 0, 3, 0, 1, 2, 0, 44, zeroblob(32), 'one', 'm',"
	" x'7b7d', x'70', x'', x'');"
	"INSERT INTO call VALUES (23, 13, 1, 3, 0, 0, 44, 1, -1, 0, 0, 0, 'USD', 'one', NULL, 0,"
	" 0, 0, 2, 0, x'', x'', x'', x'', x'', x'', x'')";

static void move(const char *dir, const char *from, const char *to)
{
	CLEANUP(free_ptr) char *old = file_join(dir, from);
	CLEANUP(free_ptr) char *new = file_join(dir, to);

	assert_int_equal(rename(old, new), 0);
}

static bool has(const char *dir, const char *name)
{
	CLEANUP(free_ptr) char *path = file_join(dir, name);

	return access(path, F_OK) == 0;
}

/* As a killed daemon leaves it: call 23 is queued in the file, and submitting in the log. */
static void make_store_with_log(const char *dir)
{
	CLEANUP(strbuf) struct strbuf command = STRBUF_EMPTY;
	struct store *store = NULL;
	struct diag diag;
	sqlite3 *db;

	assert_int_equal(store_open(dir, STORE_READ_WRITE, &store, &diag), 0);
	store_close(store);
	run_sql(dir, sample);
	db = open_db(dir);
	assert_int_equal(sqlite3_exec(db,
				      "PRAGMA wal_autocheckpoint = 0;"
				      "UPDATE call SET state = 4, attempt = 1 WHERE id = 23",
				      NULL, NULL, NULL),
			 SQLITE_OK);
	strbuf_addf(&command, "cd '%s' && cp easelfs.db db && cp easelfs.db-wal wal", dir);
	/* NOLINTNEXTLINE(cert-env33-c): a path of our own */
	assert_int_equal(system(strbuf_text(&command)), 0);
	sqlite3_close(db);
	move(dir, "db", "easelfs.db");
	move(dir, "wal", "easelfs.db-wal");
}

static int open_store(const char *dir, struct diag *diag)
{
	struct store *store = NULL;
	int r = store_open(dir, STORE_READ_WRITE, &store, diag);

	store_close(store);
	return r;
}

static void rebuild(const char *dir)
{
	struct store_recover_summary summary;
	struct store_recover *recover = NULL;
	struct diag diag;

	if (store_recover_begin(dir, &recover, &diag) != 0)
		fail_msg("%s", diag.text);
	if (store_recover_finish(recover, &summary, &diag) != 0)
		fail_msg("%s", diag.text);
	store_recover_close(recover);
}

/* What a repair of another directory made, in the state that one has after the decision. */
static void decide(const char *dir, const char *whole)
{
	CLEANUP(free_ptr) char *from = file_join(whole, "easelfs.db");
	CLEANUP(free_ptr) char *to = file_join(dir, "easelfs.db.recovered");

	assert_int_equal(mkdir(whole, 0700), 0);
	make_store_with_log(whole);
	overwrite_page(whole, 1, 0);
	rebuild(whole);
	run_sql(whole, "PRAGMA wal_checkpoint(TRUNCATE)");
	assert_int_equal(link(from, to), 0);
}

static void assert_held(const char *dir)
{
	assert_rows(dir, "PRAGMA integrity_check", "ok\n");
	assert_rows(dir, "SELECT state, hold, attempt FROM call WHERE id = 23", "11|7|1\n");
}

/* However far the moves came, no daemon starts, and the next repair ends them. */
static void test_moves_that_were_interrupted(void **state)
{
	/* "-wal": easelfs.db-wal lies aside already */
	static const char *const rows[][3] = { { NULL }, { "-wal" }, { "-wal", "" } };

	for (size_t i = 0; i < LENGTH(rows); i++) {
		char dir[4096], whole[4096 + 8], day[CLOCK_TEXT_ROOM], aside[64], from[64], to[64];
		struct store_recover *recover = NULL;
		struct diag diag;

		snprintf(dir, sizeof(dir), "%s/%zu", (const char *)*state, i);
		snprintf(whole, sizeof(whole), "%s/whole", dir);
		assert_int_equal(mkdir(dir, 0700), 0);
		make_store_with_log(dir);
		decide(dir, whole);
		clock_text(clock_wall_ms(), day, sizeof(day));
		snprintf(aside, sizeof(aside), "easelfs.db.damaged-%.10s", day);
		for (const char *const *moved = rows[i]; *moved; moved++) {
			snprintf(from, sizeof(from), "easelfs.db%s", *moved);
			snprintf(to, sizeof(to), "%s%s", aside, *moved);
			move(dir, from, to);
		}
		assert_int_equal(open_store(dir, &diag), -EIO);
		assert_non_null(strstr(diag.text, "easelfs --recover"));
		assert_int_equal(store_recover_begin(dir, &recover, &diag), -EALREADY);
		assert_non_null(strstr(diag.text, "finished"));
		assert_held(dir);
		assert_int_equal(open_store(dir, &diag), 0);
		assert_held(dir);
		assert_true(has(dir, aside));
		assert_false(has(dir, "easelfs.db.recovered"));
	}
}

/* A repair that died before it decided: the store is what it was, and is not kept from
 * those who need it. */
static void test_half_made(void **state)
{
	CLEANUP(free_ptr) char *path = file_join(*state, "easelfs.db.recovering");
	struct store_recover *recover = NULL;
	struct diag diag;

	make_store_with_log(*state);
	close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	assert_int_equal(open_store(*state, &diag), 0);
	assert_rows(*state, "SELECT state FROM call WHERE id = 23", "4\n");
	assert_int_equal(store_recover_begin(*state, &recover, &diag), -EALREADY);
	assert_false(has(*state, "easelfs.db.recovering"));
	close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	overwrite_page(*state, 1, 0);
	rebuild(*state);
	assert_held(*state);
	assert_false(has(*state, "easelfs.db.recovering"));
	assert_false(has(*state, "easelfs.db.recovered"));
}

#define ROW(name) cmocka_unit_test_setup_teardown(name, scratch_dir_make, scratch_dir_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(test_moves_that_were_interrupted),
		ROW(test_half_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
