/* Damaged write-ahead logs. What a killed daemon or a power cut leaves is no damage, and a
 * daemon starts on it; where what was sent lies behind damage, none does. */
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
#include "base/file.h"
#include "base/strbuf.h"
#include "io/store.h"
#include "raw_store.h"
#include "recover_stage.h"
#include "scratch_dir.h"

enum { LOG_HEADER = 32, FRAME = 24 + RAW_PAGE };

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define LAZY          "UPDATE setting SET value = value + 1"
#define INTENT        "UPDATE call SET state = 4, attempt = 1 WHERE id = 23"

/* ---- logs ---- */

/* A shell's, of the paths $a and $b. */
static void command(const char *script, const char *a, const char *b)
{
	CLEANUP(strbuf) struct strbuf text = STRBUF_EMPTY;

	strbuf_addf(&text, "a='%s'; b='%s'; set -e; %s", a, b, script);
	/* NOLINTNEXTLINE(cert-env33-c): paths of our own */
	assert_int_equal(system(strbuf_text(&text)), 0);
}

/* As a killed daemon leaves it. */
static void copy_to(const char *from, const char *to)
{
	command("rm -rf $b; mkdir $b; cp $a/easelfs.db* $b; rm -f $b/easelfs.db-shm", from, to);
}

static int64_t log_size(const char *dir)
{
	CLEANUP(free_ptr) char *path = file_join(dir, "easelfs.db-wal");
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_size;
}

static void exec(sqlite3 *db, const char *sql)
{
	char *error = NULL;

	if (sqlite3_exec(db, sql, NULL, NULL, &error) != SQLITE_OK)
		fail_msg("%s: %s", sql, error);
}

/* The sample with a transaction in its log for each statement; ends[i] is where the i-th
 * one ends. To be closed with sqlite3_close(). */
static sqlite3 *make_log(const char *dir, const char *const *statements, size_t count,
			 int64_t *ends)
{
	sqlite3 *db;

	make_store(dir);
	db = open_db(dir);
	exec(db, "PRAGMA wal_autocheckpoint = 0");
	for (size_t i = 0; i < count; i++) {
		exec(db, statements[i]);
		ends[i] = log_size(dir);
	}
	return db;
}

static void flip(const char *dir, int64_t at)
{
	CLEANUP(free_ptr) char *path = file_join(dir, "easelfs.db-wal");
	CLEANUP(close_fd) int fd = open(path, O_RDWR | O_CLOEXEC);
	uint8_t byte;

	assert_int_equal(pread(fd, &byte, 1, at), 1);
	byte ^= 1;
	assert_int_equal(pwrite(fd, &byte, 1, at), 1);
}

static int start(const char *dir, struct diag *diag)
{
	struct store *store = NULL;
	int r = store_open(dir, STORE_READ_WRITE, &store, diag);

	store_close(store);
	return r;
}

static void assert_starts(const char *dir)
{
	struct diag diag;

	if (start(dir, &diag) != 0)
		fail_msg("%s", diag.text);
}

static void assert_refused(const char *dir)
{
	CLEANUP(strbuf) struct strbuf kept = STRBUF_EMPTY;
	struct diag diag = { 0 };

	strbuf_addf(&kept, "%s.kept", dir);
	copy_to(dir, strbuf_text(&kept));
	assert_int_equal(start(dir, &diag), -EIO);
	assert_non_null(strstr(diag.text, "easelfs --recover"));
	command("cmp $a/easelfs.db $b/easelfs.db; cmp $a/easelfs.db-wal $b/easelfs.db-wal", dir,
		strbuf_text(&kept));
}

/* ---- what is no damage ---- */

/* A power cut may tear the log off anywhere: what came before is the store. */
static void test_torn(void **state)
{
	static const char *const statements[] = { LAZY, INTENT, LAZY };
	CLEANUP(free_ptr) char *copy = file_join(*state, "copy");
	CLEANUP(free_ptr) char *log = file_join(copy, "easelfs.db-wal");
	int64_t ends[LENGTH(statements)];
	sqlite3 *db = make_log(*state, statements, LENGTH(statements), ends);

	for (int64_t size = 0; size <= ends[2]; size += size < ends[2] ? 512 : 1) {
		copy_to(*state, copy);
		assert_int_equal(truncate(log, size), 0);
		assert_starts(copy);
		assert_rows(copy, "SELECT attempt FROM call WHERE id = 23",
			    size >= ends[1] ? "1\n" : "0\n");
	}
	/* the last transaction is there, and not whole */
	copy_to(*state, copy);
	flip(copy, ends[2] - 100);
	assert_starts(copy);
	assert_rows(copy, "SELECT attempt FROM call WHERE id = 23", "1\n");
	sqlite3_close(db);
}

/* A daemon is killed in the middle of a large transaction, and the next one's commits cover
 * what it wrote in part: the rest has the salts of this log. */
static void test_never_committed(void **state)
{
	static const char *const statements[] = { LAZY };
	CLEANUP(free_ptr) char *copy = file_join(*state, "copy");
	CLEANUP(free_ptr) char *next = file_join(*state, "next");
	int64_t ends[LENGTH(statements)];
	sqlite3 *db = make_log(*state, statements, LENGTH(statements), ends);

	exec(db,
	     "PRAGMA cache_size = 1; BEGIN; " INTENT "; UPDATE run SET params = randomblob(90000)");
	copy_to(*state, copy);
	sqlite3_close(db);
	assert_true(log_size(copy) > ends[0] + FRAME);
	db = open_db(copy);
	exec(db, "PRAGMA wal_autocheckpoint = 0; " LAZY);
	copy_to(copy, next);
	sqlite3_close(db);
	assert_true(log_size(next) > ends[0] + 2 * FRAME);
	assert_starts(next);
	assert_rows(next, "SELECT attempt FROM call WHERE id = 23", "0\n");
}

/* The log begins again, over the frames of an earlier time. */
static void test_begun_again(void **state)
{
	static const char *const statements[] = { LAZY, INTENT, LAZY };
	CLEANUP(free_ptr) char *copy = file_join(*state, "copy");
	int64_t ends[LENGTH(statements)];
	sqlite3 *db = make_log(*state, statements, LENGTH(statements), ends);

	exec(db, "PRAGMA journal_size_limit = -1; PRAGMA wal_checkpoint(RESTART); UPDATE call SET "
		 "attempt = 0 WHERE id = 23");
	copy_to(*state, copy);
	sqlite3_close(db);
	assert_int_equal(log_size(copy), ends[2]);
	assert_starts(copy);
	assert_rows(copy, "SELECT attempt FROM call WHERE id = 23", "0\n");
}

/* What lies behind damage and was not sent may not have been synced, as after a power cut
 * that kept later pages and not earlier ones. */
static void test_nothing_sent_behind(void **state)
{
	static const char *const statements[] = { INTENT, LAZY, LAZY };
	CLEANUP(free_ptr) char *copy = file_join(*state, "copy");
	int64_t ends[LENGTH(statements)];
	sqlite3 *db = make_log(*state, statements, LENGTH(statements), ends);

	copy_to(*state, copy);
	sqlite3_close(db);
	flip(copy, ends[0] + 2000);
	assert_starts(copy);
	assert_rows(copy, "SELECT attempt FROM call WHERE id = 23", "1\n");
}

/* ---- what is ---- */

/* An intent lies behind damage: no daemon starts, nothing is changed, and after a repair the
 * call is in doubt, and so is every other one that may have been sent. */
static void test_sent_behind(void **state)
{
	static const char *const statements[] = {
		LAZY,
		"INSERT INTO run SELECT 14, job, 2, joined, state, hold, 1, 2, 0, seed, content,"
		" provider, model, params, prompt, error, json FROM run WHERE id = 13;"
		"INSERT INTO call SELECT 24, 14, number, state, hold, attempt, seed, count,"
		" cost_micro, spent_micro, spent_day, sunk_micro, unit, provider, NULL, process,"
		" wish, loss, 2, 0, error, request, response, poll_url, result_url, cancel_url,"
		" refs FROM call WHERE id = 23",
		LAZY,
		"UPDATE call SET state = 4, attempt = 1, changed_ms = 9 WHERE id = 24",
	};
	CLEANUP(free_ptr) char *copy = file_join(*state, "copy");
	int64_t ends[LENGTH(statements)];
	sqlite3 *db = make_log(*state, statements, LENGTH(statements), ends);
	const int64_t damage[] = {
		ends[1] + 2000,    /* a page between */
		ends[0] + 2000,    /* what made the call */
		LOG_HEADER + 2000, /* the first one */
		20,                /* the header */
	};

	for (size_t i = 0; i < LENGTH(damage); i++) {
		struct store_recover_summary summary;

		copy_to(*state, copy);
		flip(copy, damage[i]);
		assert_refused(copy);
		rebuild(copy, &summary);
		assert_rows(copy, "SELECT id, state, hold, attempt FROM call ORDER BY id",
			    "21|7|0|1\n22|11|6|1\n23|11|7|0\n24|11|7|1\n");
		/* c.txt was settling: it may have been judged, and sent, since */
		assert_rows(copy, "SELECT change FROM file WHERE id = 10", "0\n");
		assert_rows(copy,
			    "SELECT state, hold FROM run WHERE job = 5 AND joined = 0"
			    " ORDER BY number DESC LIMIT 1",
			    "11|7\n");
		assert_starts(copy);
	}
	sqlite3_close(db);
}

static int64_t root_of(const char *dir, const char *table)
{
	CLEANUP(strbuf) struct strbuf sql = STRBUF_EMPTY;
	CLEANUP(strbuf) struct strbuf root = STRBUF_EMPTY;

	strbuf_addf(&sql, "SELECT rootpage FROM sqlite_master WHERE name = '%s'", table);
	add_rows(dir, strbuf_text(&sql), &root);
	return strtoll(strbuf_text(&root), NULL, 10);
}

/* Without its log a database is an older one. An empty log says that nothing is missing. */
static void test_lost_log(void **state)
{
	static const struct {
		const char *command;
		bool elsewhere;   /* damaged where SQLite looks at the log first */
		const char *want; /* of the call that was never sent, so far as the rows say */
	} rows[] = {
		{ "true", false, "11|1\n" },
		{ "rm $a", false, "11|7\n" },
		{ "printf something >$a", false, "11|7\n" },
		{ "true", true, "11|1\n" },
		{ "rm $a", true, "11|7\n" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		CLEANUP(free_ptr) char *log = NULL;
		struct store_recover_summary summary;
		struct diag diag;
		void *dir = NULL;

		assert_int_equal(scratch_dir_make(&dir), 0);
		log = file_join(dir, "easelfs.db-wal");
		make_store(dir);
		assert_starts(dir); /* and a daemon that stops leaves one */
		overwrite_page(dir, rows[i].elsewhere ? root_of(dir, "log") : 1, 0);
		command(rows[i].command, log, "");
		assert_true(start(dir, &diag) < 0);
		rebuild(dir, &summary);
		assert_rows(dir, "SELECT state, hold FROM call WHERE id = 23", rows[i].want);
		assert_int_equal(scratch_dir_remove(&dir), 0);
	}
}

/* A rebuilt one has no log before a daemon starts on it. */
static void test_rebuilt_without_log(void **state)
{
	struct store_recover_summary summary;
	int64_t root;

	make_store(*state);
	root = root_of(*state, "log");
	overwrite_page(*state, root, 0);
	rebuild(*state, &summary);
	assert_int_equal(summary.log_lost, 0);
	command("rm -f $a/easelfs.db-wal", *state, "");
	root = root_of(*state, "log");
	overwrite_page(*state, root, 0);
	rebuild(*state, &summary);
	assert_int_equal(summary.log_lost, 0);
	assert_rows(*state, "SELECT state, hold FROM call WHERE id = 23", "11|1\n");
}

/* A held run that was never judged may have been since, too. */
static void test_interrupted_is_old(void **state)
{
	struct store_recover_summary summary;

	make_store(*state);
	run_sql(*state, "DELETE FROM call WHERE run = 13;"
			"UPDATE run SET state = 11, hold = 1, seed = -1 WHERE id = 13");
	overwrite_page(*state, 1, 0);
	command("rm $a/easelfs.db-wal", *state, "");
	rebuild(*state, &summary);
	assert_int_equal(summary.log_lost, 1);
	assert_rows(*state, "SELECT state, hold FROM run WHERE id = 13", "11|7\n");
}

/* A log that belongs to another database is not written into this one, and no reason to
 * refuse a repair. */
static void test_foreign_log(void **state)
{
	CLEANUP(free_ptr) char *other = file_join(*state, "other");
	CLEANUP(free_ptr) char *mine = file_join(*state, "mine");
	struct store_recover_summary summary;
	struct diag diag;
	sqlite3 *db;

	assert_int_equal(mkdir(other, 0700), 0);
	assert_int_equal(mkdir(mine, 0700), 0);
	make_store(mine);
	db = open_db(other);
	exec(db, "PRAGMA journal_mode = wal; CREATE TABLE note(text);"
		 "INSERT INTO note VALUES (randomblob(400000))");
	command("cp $a/easelfs.db-wal $b", other, mine);
	sqlite3_close(db);
	command("cp $a/easelfs.db $a/before", mine, "");
	assert_true(start(mine, &diag) < 0);
	command("cmp $a/easelfs.db $a/before", mine, "");
	rebuild(mine, &summary);
	assert_int_equal(summary.jobs, 3);
	assert_int_equal(summary.pictures_named, PICTURES);
	assert_starts(mine);
}

#define ROW(name) cmocka_unit_test_setup_teardown(name, scratch_dir_make, scratch_dir_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(test_torn),
		ROW(test_never_committed),
		ROW(test_begun_again),
		ROW(test_nothing_sent_behind),
		ROW(test_sent_behind),
		cmocka_unit_test(test_lost_log),
		ROW(test_rebuilt_without_log),
		ROW(test_interrupted_is_old),
		ROW(test_foreign_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
