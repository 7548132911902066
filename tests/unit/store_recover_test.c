/* Damaged databases, and what is made of them. A store with a row of every table is
 * damaged in many ways; what the new one says is compared with what the old one said. */
#include "io/store_recover.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
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
#include "store_stage.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* ---- what is read ---- */

/* Everything that recovery has no reason to change. */
static const char *const unchanged[] = {
	"SELECT * FROM folder ORDER BY id",
	"SELECT * FROM job WHERE id = 3",
	"SELECT id, folder, hex(name), size, mode, uid, gid, mtime_ns, ctime_ns, job FROM file",
	"SELECT atime_ns FROM file",
	"SELECT file, n, hex(bytes) FROM chunk ORDER BY file, n",
	"SELECT * FROM run WHERE id = 11",
	"SELECT hex(params) FROM run ORDER BY id",
	"SELECT * FROM call WHERE id = 21",
	"SELECT remote_id, spent_micro, attempt FROM call ORDER BY id",
	"SELECT * FROM image ORDER BY id",
	"SELECT kind, owner, name, hex(value) FROM xattr",
	"SELECT * FROM log WHERE id <= 3 ORDER BY id",
	"SELECT * FROM event WHERE start < 5 ORDER BY start",
	"SELECT * FROM spend",
	"SELECT name, hex(catalogue), catalogue_ms FROM provider",
	"SELECT * FROM pace",
	"SELECT * FROM setting",
	"SELECT seq FROM sqlite_sequence WHERE name = 'image'",
	"SELECT name, sql FROM sqlite_master ORDER BY name",
};

static void add_all(const char *dir, struct strbuf *text)
{
	for (size_t i = 0; i < LENGTH(unchanged); i++)
		add_rows(dir, unchanged[i], text);
}

static void test_every_row_is_read(void **state)
{
	CLEANUP(strbuf) struct strbuf before = STRBUF_EMPTY;
	CLEANUP(strbuf) struct strbuf after = STRBUF_EMPTY;
	struct store_recover_summary summary;

	make_store(*state);
	add_all(*state, &before);
	overwrite_page(*state, 1, 0xa5);
	rebuild(*state, &summary);
	add_all(*state, &after);
	assert_string_equal(strbuf_text(&after), strbuf_text(&before));
	assert_int_equal(summary.jobs, 3);
	assert_int_equal(summary.pictures_named, PICTURES);
	assert_int_equal(summary.held, 2);
	assert_rows(*state, "SELECT count(*) FROM doomed", "0\n");
}

/* What was committed and not yet moved into the file lies in the log alone. */
static void test_the_log_counts(void **state)
{
	CLEANUP(strbuf) struct strbuf command = STRBUF_EMPTY;
	struct store_recover_summary summary;
	char copy[8192];
	sqlite3 *db;

	make_store(*state);
	db = open_db(*state);
	assert_int_equal(sqlite3_exec(db,
				      "PRAGMA wal_autocheckpoint = 0;"
				      "UPDATE setting SET value = 5 WHERE name = 'paused';"
				      "INSERT INTO setting VALUES ('late', 7)",
				      NULL, NULL, NULL),
			 SQLITE_OK);
	/* As a killed daemon leaves it: what follows the last commit never happened. */
	assert_int_equal(sqlite3_exec(db,
				      "PRAGMA cache_size = 1; BEGIN;"
				      "UPDATE setting SET value = 9; UPDATE run SET params ="
				      " randomblob(90000)",
				      NULL, NULL, NULL),
			 SQLITE_OK);
	snprintf(copy, sizeof(copy), "%s/copy", (const char *)*state);
	assert_int_equal(mkdir(copy, 0700), 0);
	strbuf_addf(&command, "cd '%s' && cp easelfs.db easelfs.db-wal copy/",
		    (const char *)*state);
	/* NOLINTNEXTLINE(cert-env33-c): a path of our own */
	assert_int_equal(system(strbuf_text(&command)), 0);
	sqlite3_close(db);
	overwrite_page(copy, 1, 0);
	rebuild(copy, &summary);
	assert_rows(copy, "SELECT * FROM setting ORDER BY name", "late|7\npaused|5\n");
	assert_int_equal(summary.jobs, 3);
}

/* Whatever page is lost, the new store is sound and every picture is in it. */
static void test_any_page_may_be_lost(void **state)
{
	int64_t pages, unchanged_pages = 0;

	make_store(*state);
	pages = pages_of(*state);
	for (int64_t page = 1; page <= pages; page++) {
		char dir[4096];
		struct store_recover_summary summary;
		struct store_recover *recover = NULL;
		struct diag diag;
		int r;

		snprintf(dir, sizeof(dir), "%s/%d", (const char *)*state, (int)page);
		assert_int_equal(mkdir(dir, 0700), 0);
		make_store(dir);
		overwrite_page(dir, page, page % 2 ? 0 : 0xff);
		r = store_recover_begin(dir, &recover, &diag);
		store_recover_close(recover);
		if (r == -EALREADY) { /* bytes of a text: nobody can tell */
			unchanged_pages++;
			continue;
		}
		assert_int_equal(r, 0);
		rebuild(dir, &summary);
	}
	assert_true(unchanged_pages < pages);
}

static int64_t number_of(const char *dir, const char *sql)
{
	CLEANUP(strbuf) struct strbuf text = STRBUF_EMPTY;

	add_rows(dir, sql, &text);
	return strtoll(strbuf_text(&text), NULL, 10);
}

/* A page behind the row's own is lost, and with it a text: what is known of the call, its id
 * above all, is in the row's own page. */
static void test_long_rows(void **state)
{
	struct store_recover_summary summary;

	make_store(*state);
	run_sql(*state, "UPDATE call SET request = randomblob(9000) WHERE id = 22");
	for (int i = 0; i < 2; i++)
		overwrite_page(*state,
			       number_of(*state, i ? "SELECT pageno FROM dbstat WHERE name = 'run'"
						     " AND pagetype = 'overflow'"
						   : "SELECT pageno FROM dbstat WHERE name = 'call'"
						     " AND pagetype = 'overflow'"),
			       0);
	overwrite_page(*state, 1, 0);
	rebuild(*state, &summary);
	assert_rows(*state,
		    "SELECT state, hold, remote_id, spent_micro, length(request) FROM call"
		    " WHERE id = 22",
		    "11|6|id-2|700|0\n");
	assert_rows(*state,
		    "SELECT state, seed, hex(substr(content, 1, 2)), length(params) FROM run"
		    " WHERE id = 11",
		    "7|42|BCA0|0\n");
}

/* The header says that a page in use is free. */
static void test_damaged_free_list(void **state)
{
	CLEANUP(free_ptr) char *path = file_join(*state, "easelfs.db");
	struct store_recover_summary summary;
	uint8_t page[4] = { 0 };
	int fd;

	make_store(*state);
	page[3] =
		(uint8_t)number_of(*state, "SELECT rootpage FROM sqlite_master WHERE name = 'run'");
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, page, sizeof(page), 32), sizeof(page));
	close(fd);
	rebuild(*state, &summary);
	assert_rows(*state, "SELECT count(*) FROM run WHERE length(prompt)", "3\n");
}

/* ---- what becomes of it ---- */

static void test_nothing_goes_on(void **state)
{
	struct store_recover_summary summary;

	make_store(*state);
	overwrite_page(*state, 1, 0);
	rebuild(*state, &summary);
	assert_rows(*state, "SELECT id, state, hold, remote_id FROM call ORDER BY id",
		    "21|7|0|id-1\n22|11|6|id-2\n23|11|1|-\n");
	assert_rows(*state, "SELECT id, state, hold FROM run ORDER BY id",
		    "11|7|0\n12|11|6\n13|11|1\n");
	assert_rows(
		*state,
		"SELECT CAST(error AS TEXT) LIKE '%echo retry%' FROM call WHERE id = 22 UNION ALL"
		" SELECT CAST(error AS TEXT) LIKE '%\"retry\"%' FROM run WHERE id = 13 UNION ALL"
		" SELECT CAST(line AS TEXT) LIKE '%held%' FROM log WHERE id = 4 UNION ALL"
		" SELECT CAST(line AS TEXT) LIKE '%overdue%' FROM event WHERE start = 5",
		"1\n1\n1\n1\n");
	assert_rows(*state, "SELECT change FROM file ORDER BY id", "0\n0\n1\n");
	assert_rows(*state,
		    "SELECT max(start + length(line)) = log_size FROM log JOIN job"
		    " ON job.id = 4 WHERE log.job = 4",
		    "1\n");
}

/* Whose row is lost has a stand-in with the same id: its children stay together. */
static void test_stand_ins(void **state)
{
	struct store_recover_summary summary;

	make_store(*state);
	run_sql(*state,
		"PRAGMA foreign_keys = OFF; DELETE FROM folder WHERE id IN (5, 6);"
		"DELETE FROM job; DELETE FROM run WHERE id = 11; DELETE FROM call WHERE id = 21;"
		"DELETE FROM file WHERE id = 8; DELETE FROM spend");
	run_sql(*state, "PRAGMA wal_checkpoint(TRUNCATE)");
	overwrite_page(*state, 1, 0);
	rebuild(*state, &summary);
	assert_rows(*state, "SELECT parent, name FROM folder WHERE id IN (5, 6)",
		    "2|recovered-6\n");
	assert_rows(*state,
		    "SELECT job.id, folder.name, job.name FROM job JOIN folder"
		    " ON folder.id = job.folder ORDER BY job.id",
		    "3|recovered|job-3\n4|requests|b.txt\n5|requests|c.txt\n");
	assert_rows(*state, "SELECT job, number, state, provider FROM run WHERE id = 11",
		    "3|1|7|\n");
	assert_rows(*state, "SELECT run, state, count FROM call WHERE id = 21", "11|7|3\n");
	assert_rows(*state, "SELECT name, size, job FROM file WHERE id = 8", "file-8|70000|-\n");
	assert_rows(*state, "SELECT * FROM spend", "one|100|USD|700|0\n");
	assert_int_equal(summary.pictures_named, PICTURES);
}

static void test_pictures(void **state)
{
	struct store_recover_summary summary;
	struct store_recover *recover = NULL;
	struct diag diag;

	make_store(*state);
	run_sql(*state, "DELETE FROM image WHERE id = 33");
	run_sql(*state, "PRAGMA wal_checkpoint(TRUNCATE)");
	overwrite_page(*state, 1, 0);
	assert_int_equal(store_recover_begin(*state, &recover, &diag), 0);
	tell_pictures(recover, 2, 4); /* 1 is lost, 3 and 4 have no row */
	assert_int_equal(store_recover_finish(recover, &summary, &diag), 0);
	store_recover_close(recover);
	assert_int_equal(summary.pictures_named, 1);
	assert_int_equal(summary.pictures_nameless, 2);
	assert_int_equal(summary.pictures_lost, 1);
	assert_rows(*state,
		    "SELECT folder.name, image.name, image.finished_ms, announced FROM image"
		    " LEFT JOIN folder ON folder.id = folder ORDER BY image.id",
		    "-|a-1.png|5|1\nalbum|a-2.png|5|1\n"
		    "recovered|album.a-33.png|77|1\nrecovered|album.a-34.png|77|1\n");
	assert_rows(*state,
		    "SELECT min(id) > 900 FROM image WHERE CAST(name AS TEXT) LIKE 'album%'",
		    "1\n");
}

static void tell_picture(struct store_recover *recover, const char *place)
{
	struct store_recover_picture picture = {
		.place = place, .picture = { PICTURE_PNG, 2, 2 }, .size = 70, .sha256 = "x"
	};

	assert_int_equal(store_recover_picture(recover, &picture), 0);
}

/* What was removed gets no name, names as long as they may be are made unique, and a place
 * that no row has room for is refused. */
static void test_names_of_pictures(void **state)
{
	struct store_recover_summary summary;
	struct store_recover *recover = NULL;
	char long_name[256], place[300];
	struct store_recover_picture picture = { .place = place };
	struct diag diag;

	memset(long_name, 'x', 255);
	memcpy(long_name + 251, ".png", 5);
	make_store(*state);
	overwrite_page(*state, 1, 0);
	assert_int_equal(store_recover_begin(*state, &recover, &diag), 0);
	tell_picture(recover, "2026-11-21/gone-1.png");
	tell_picture(recover, "2026-11-21/other-1.png");
	snprintf(place, sizeof(place), "2026-11-21/%.244s", long_name + 11);
	tell_picture(recover, place);
	snprintf(place, sizeof(place), "2026-11-22/%.244s", long_name + 11);
	tell_picture(recover, place);
	snprintf(place, sizeof(place), "2026-11-22/%s", long_name);
	assert_int_equal(store_recover_picture(recover, &picture), -ENAMETOOLONG);
	assert_int_equal(store_recover_finish(recover, &summary, &diag), 0);
	store_recover_close(recover);
	assert_int_equal(summary.pictures_nameless, 3);
	assert_rows(*state,
		    "SELECT length(name), substr(CAST(name AS TEXT), -6) FROM image"
		    " WHERE folder NOT IN (1, 2, 6) ORDER BY id",
		    "11|-1.png\n244|xx.png\n246|-2.png\n");
}

/* A file that cannot be read now may be read later: its name stays. */
static void test_unread_pictures(void **state)
{
	struct store_recover_summary summary;
	struct store_recover *recover = NULL;
	struct diag diag;

	make_store(*state);
	overwrite_page(*state, 1, 0);
	assert_int_equal(store_recover_begin(*state, &recover, &diag), 0);
	tell_pictures(recover, 1, 1);
	assert_int_equal(store_recover_unread(recover, "2026-11-21/album.a-32.png"), 0);
	assert_int_equal(store_recover_unread(recover, "2026-11-21/other-1.png"), 0);
	assert_int_equal(store_recover_finish(recover, &summary, &diag), 0);
	store_recover_close(recover);
	assert_int_equal(summary.pictures_named, 1);
	assert_int_equal(summary.pictures_unread, 1);
	assert_int_equal(summary.pictures_lost, 1);
	assert_rows(*state, "SELECT id, folder, sha256 FROM image ORDER BY id",
		    "31|6|x\n32|6|x\n33|-|\n");
}

/* ---- whether it may be done ---- */

static int begin(const char *dir, struct diag *diag)
{
	struct store_recover *recover = NULL;

	return store_recover_begin(dir, &recover, diag);
}

static void test_refusals(void **state)
{
	CLEANUP(free_ptr) char *nothing = file_join(*state, "nothing");
	CLEANUP(free_ptr) char *newer = file_join(*state, "newer");
	CLEANUP(free_ptr) char *foreign = file_join(*state, "foreign");
	CLEANUP(free_ptr) char *well = file_join(*state, "well");
	const struct {
		const char *dir;
		int want;
		const char *says;
	} rows[] = {
		{ nothing, -ENOENT, "no store" },
		{ newer, -EPROTO, "schema 99" },
		{ foreign, -EPROTO, "another program" },
		{ well, -EALREADY, "not damaged" },
	};
	struct store *store;
	struct diag diag;

	for (size_t i = 0; i < LENGTH(rows); i++)
		assert_int_equal(mkdir(rows[i].dir, 0700), 0);
	make_store(newer);
	run_sql(newer, "PRAGMA user_version = 99");
	run_sql(foreign, "CREATE TABLE note(text)");
	make_store(well);
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct store_recover *recover = NULL;

		assert_int_equal(store_recover_begin(rows[i].dir, &recover, &diag), rows[i].want);
		assert_null(recover);
		assert_non_null(strstr(diag.text, rows[i].says));
		assert_non_null(strstr(diag.text, rows[i].dir));
	}
	assert_int_equal(store_open(well, STORE_READ_WRITE, &store, &diag), 0);
	assert_int_equal(store_stage_elsewhere(begin, well, &diag), -EBUSY);
	assert_non_null(strstr(diag.text, "in use"));
	store_close(store);
}

/* Where something else is in the database's place, it is said so, and nothing is done. */
static void test_no_files(void **state)
{
	CLEANUP(free_ptr) char *path = file_join(*state, "easelfs.db");
	CLEANUP(free_ptr) char *real = file_join(*state, "real.db");
	CLEANUP(free_ptr) char *loop = file_join(*state, "loop");
	struct store_recover *recover = NULL;
	struct store *store = NULL;
	struct diag diag;

	make_store(*state);
	overwrite_page(*state, 1, 0);
	assert_int_equal(rename(path, real), 0);
	assert_int_equal(symlink(real, path), 0);
	assert_int_equal(store_recover_begin(*state, &recover, &diag), -ELOOP);
	assert_non_null(strstr(diag.text, "is a link"));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(store_recover_begin(*state, &recover, &diag), -EINVAL);
	assert_non_null(strstr(diag.text, "is no file"));
	assert_int_equal(store_open(*state, STORE_READ_WRITE, &store, &diag), -EINVAL);
	assert_non_null(strstr(diag.text, "is no file"));
	/* and what cannot be looked at is not said to be missing */
	assert_int_equal(symlink("loop", loop), 0);
	assert_int_equal(store_recover_begin(loop, &recover, &diag), -ELOOP);
	assert_non_null(strstr(diag.text, "cannot be read"));
}

static void test_giving_up_changes_nothing(void **state)
{
	CLEANUP(free_ptr) char *fresh = file_join(*state, "easelfs.db.recovering");
	CLEANUP(free_ptr) char *path = file_join(*state, "easelfs.db");
	CLEANUP(free_ptr) char *before = NULL;
	CLEANUP(free_ptr) char *after = NULL;
	struct store_recover *recover = NULL;
	struct store *store = NULL;
	struct diag diag;
	size_t size, size_after;

	make_store(*state);
	overwrite_page(*state, 1, 0);
	assert_int_equal(file_read(path, SIZE_MAX, &before, &size), 0);
	assert_int_equal(store_recover_begin(*state, &recover, &diag), 0);
	store_recover_close(recover);
	store_recover_close(NULL);
	assert_int_equal(file_read(path, SIZE_MAX, &after, &size_after), 0);
	assert_int_equal(size_after, size);
	assert_memory_equal(after, before, size);
	assert_int_equal(access(fresh, F_OK), -1);
	assert_int_equal(store_open(*state, STORE_READ_WRITE, &store, &diag), -EIO);
	assert_non_null(strstr(diag.text, "easelfs --recover"));
}

/* Whichever table has lost its first page, it is told at the start. */
static void test_every_table_is_looked_at(void **state)
{
	CLEANUP(strbuf) struct strbuf roots = STRBUF_EMPTY;
	char *next = NULL;
	int tables = 0;

	make_store(*state);
	add_rows(*state,
		 "SELECT rootpage FROM sqlite_master WHERE type = 'table' ORDER BY rootpage",
		 &roots);
	for (const char *root = strbuf_text(&roots); *root; root = next + 1, tables++) {
		struct store *store = NULL;
		struct diag diag = { 0 };
		char dir[4096];

		snprintf(dir, sizeof(dir), "%s/%d", (const char *)*state, tables);
		assert_int_equal(mkdir(dir, 0700), 0);
		make_store(dir);
		overwrite_page(dir, strtoll(root, &next, 10), 0xa5);
		if (store_open(dir, STORE_READ_WRITE, &store, &diag) != -EIO)
			fail_msg("page %.*s", (int)(next - root), root);
		assert_non_null(strstr(diag.text, "easelfs --recover"));
	}
	assert_int_equal(tables, 16);
}

/* The damaged database is kept, however often there is one. */
static void test_aside(void **state)
{
	struct store_recover_summary first, second;
	char path[4096 + 128];

	make_store(*state);
	overwrite_page(*state, 1, 0);
	rebuild(*state, &first);
	overwrite_page(*state, 1, 0);
	rebuild(*state, &second);
	assert_string_not_equal(first.aside, second.aside);
	snprintf(path, sizeof(path), "%s/%s", (const char *)*state, first.aside);
	assert_int_equal(access(path, F_OK), 0);
	snprintf(path, sizeof(path), "%s/%s", (const char *)*state, second.aside);
	assert_int_equal(access(path, F_OK), 0);
	assert_rows(*state, "SELECT count(*) FROM folder WHERE name = x'7265636f7665726564'",
		    "0\n");
}

#define ROW(name) cmocka_unit_test_setup_teardown(name, scratch_dir_make, scratch_dir_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(test_every_row_is_read),
		ROW(test_the_log_counts),
		ROW(test_any_page_may_be_lost),
		ROW(test_long_rows),
		ROW(test_damaged_free_list),
		ROW(test_nothing_goes_on),
		ROW(test_stand_ins),
		ROW(test_pictures),
		ROW(test_names_of_pictures),
		ROW(test_unread_pictures),
		ROW(test_refusals),
		ROW(test_no_files),
		ROW(test_giving_up_changes_nothing),
		ROW(test_every_table_is_looked_at),
		ROW(test_aside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
