/* The life of the store: its lock, its schema, the one writer and the readers.
 *
 * Writers queue; whoever finds nobody leading takes the whole queue, runs every
 * body in a savepoint of one transaction, commits once and wakes the others. So
 * a thousand intents that wait for the disk share its flushes, and one body that
 * fails undoes only itself. Readers take an idle connection from a list whose
 * lock is held for two pointers; in WAL mode they never wait for the writer. */
#include "io/store.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/failpoint.h"
#include "base/file.h"
#include "store_db.h"
#include "store_lock.h"
#include "store_look.h"
#include "store_schema.h"
#include "store_swap.h"

struct write_op {
	store_write_fn *fn;
	void *arg;
	enum store_sync sync;
	int result;
	bool done;
	struct write_op *next;
};

struct store {
	char *dir;
	char *path;
	enum store_mode mode;
	int lock_fd;
	struct db *writer; /* the leading thread's alone */

	/* Guards the queue of writers and `leading`; never held over I/O. */
	pthread_mutex_t queue_lock;
	pthread_cond_t led;
	struct write_op *queue, **queue_end;
	bool leading;

	/* Guards `idle`; held for two pointers. */
	pthread_mutex_t idle_lock;
	struct db *idle;
};

/* ---- opening ---- */

static int schema_version(struct db *db, int64_t *ret_version)
{
	sqlite3_stmt *row;
	int r = db_first(db, &row, "PRAGMA user_version", "");

	if (r < 0)
		return r;
	*ret_version = db_int(row, 0);
	db_done(row);
	return 0;
}

static bool is_empty(struct db *db)
{
	sqlite3_stmt *row;

	if (db_first(db, &row, "SELECT 1 FROM sqlite_master", "") < 0)
		return true;
	db_done(row);
	return false;
}

/* That memory ran out, or that a file of it cannot be opened, is no damage. */
static int say_unread(const struct store *store, int error, struct diag *diag)
{
	if (error != -EIO || (sqlite3_errcode(store->writer->sqlite) & 0xff) == SQLITE_CANTOPEN) {
		diag_set(diag, 0, "the store %s cannot be opened: %s", store->path,
			 strerror(-error));
		return error;
	}
	diag_set(diag, 0,
		 "the store %s cannot be read: it is no database, or damaged; easelfs --recover %s "
		 "rebuilds it from what can still be read",
		 store->path, store->dir);
	return -EIO;
}

/* Before anything is changed: whether it is a store, and one that we know. */
static int look_at_version(struct store *store, int64_t *ret_version, struct diag *diag)
{
	int r = schema_version(store->writer, ret_version);

	if (r < 0)
		return say_unread(store, r, diag);
	if (*ret_version > SCHEMA_VERSION) {
		diag_set(diag, 0,
			 "the store %s is from a newer easelfs (schema %lld, this one knows %d)",
			 store->path, (long long)*ret_version, SCHEMA_VERSION);
		return -EPROTO;
	}
	if (*ret_version == 0 && !is_empty(store->writer)) {
		diag_set(diag, 0, "the store %s is the database of another program", store->path);
		return -EPROTO;
	}
	return 0;
}

static int migrate(struct store *store, int64_t version, struct diag *diag)
{
	int r = 0;

	for (; version < SCHEMA_VERSION && r == 0; version++) {
		r = db_exec(store->writer, "BEGIN IMMEDIATE");
		if (r == 0)
			r = db_exec(store->writer, schema_migrations[version]);
		if (r == 0)
			r = db_exec(store->writer, "COMMIT");
	}
	if (r < 0)
		diag_set(diag, 0, "the store %s cannot be prepared: %s", store->path,
			 sqlite3_errmsg(store->writer->sqlite));
	return r;
}

/* A page of each table, so that most damage is told here and not in the middle of work. */
static int look_at_tables(struct store *store, struct diag *diag)
{
#define LOOK(table) "SELECT 1 FROM " table " NOT INDEXED LIMIT 1"
	static const char *const looks[] = {
		LOOK("folder"),   LOOK("file"), LOOK("chunk"),   LOOK("job"),
		LOOK("run"),      LOOK("call"), LOOK("image"),   LOOK("doomed"),
		LOOK("xattr"),    LOOK("log"),  LOOK("event"),   LOOK("spend"),
		LOOK("provider"), LOOK("pace"), LOOK("setting"), LOOK("sqlite_sequence"),
	};
#undef LOOK
	int r = 0;

	for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]) && r == 0; i++)
		r = db_exec(store->writer, looks[i]);
	return r < 0 ? say_unread(store, r, diag) : 0;
}

/* SQLite takes of a log what comes before the first damage in it, and writes over the rest:
 * what was sent after that would be sent again. */
static int refuse_hidden_intents(const struct store *store, struct diag *diag)
{
	CLEANUP(free_ptr) char *path = realpath(store->path, NULL); /* its log is there */
	int r = store->mode == STORE_READ_ONLY || !path ? 0 : look_for_hidden_intents(path);

	if (r == 1)
		diag_set(
			diag, 0,
			"the store %s cannot be used: its log is damaged, and has more than can be "
			"read in order; easelfs --recover %s rebuilds it from what can still be "
			"read",
			store->path, store->dir);
	else if (r < 0)
		diag_set(diag, 0, "the store %s cannot be opened: %s", store->path, strerror(-r));
	return r == 1 ? -EIO : r;
}

/* Whether closing moves the log into the database. It must not where that is damaged, or
 * --recover would find less; and a log that was moved stays, empty: so that one that is
 * lost is told from one that had nothing. */
static void keep_log(struct store *store, bool unmoved)
{
	sqlite3 *sqlite = store->writer->sqlite;
	int keep = 1;

	(void)sqlite3_db_config(sqlite, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, (int)unmoved, NULL);
	if (store->mode == STORE_READ_WRITE)
		(void)sqlite3_file_control(sqlite, "main", SQLITE_FCNTL_PERSIST_WAL, &keep);
}

static int open_writer(struct store *store, struct diag *diag)
{
	int64_t version = 0;
	int r = db_open(store->path, store->mode == STORE_READ_ONLY ? DB_READ : DB_CREATE,
			&store->writer);

	if (r < 0) {
		diag_set(diag, 0, "the store %s cannot be opened: %s", store->path, strerror(-r));
		return r;
	}
	store->writer->store = store;
	keep_log(store, true);
	r = look_at_version(store, &version, diag);
	if (r < 0)
		return r;
	r = db_exec(store->writer, "PRAGMA foreign_keys = ON");
	if (r == 0 && store->mode == STORE_READ_WRITE)
		r = db_exec(store->writer,
			    "PRAGMA journal_mode = WAL; PRAGMA journal_size_limit = 67108864");
	if (r < 0)
		return say_unread(store, r, diag);
	r = migrate(store, version, diag);
	if (r == 0)
		r = look_at_tables(store, diag);
	if (r == 0)
		keep_log(store, false);
	return r;
}

/* SQLite makes an empty log where there is none. Left by a start that is refused, it would
 * say that none was lost. */
static int open_or_leave(struct store *store, struct diag *diag)
{
	CLEANUP(strbuf) struct strbuf log = STRBUF_EMPTY;
	bool was_there;
	struct stat st;
	int r;

	strbuf_addf(&log, "%s-wal", store->path);
	if (strbuf_failed(&log))
		return -ENOMEM;
	was_there = stat(strbuf_text(&log), &st) == 0;
	r = open_writer(store, diag);
	if (r == 0 || was_there)
		return r;
	db_close(store->writer);
	store->writer = NULL;
	if (stat(strbuf_text(&log), &st) == 0 && st.st_size == 0)
		(void)unlink(strbuf_text(&log));
	return r;
}

/* What lies at easelfs.db then may be a database without its log: calls that were sent
 * would be sent again. */
static int refuse_half_repaired(const struct store *store, struct diag *diag)
{
	int r = swap_is_pending(store->dir);

	if (r == 1)
		diag_set(diag, 0,
			 "the store %s cannot be used: its repair was interrupted; easelfs "
			 "--recover %s finishes it",
			 store->dir, store->dir);
	else if (r < 0)
		diag_set(diag, 0, "the store %s cannot be opened: %s", store->dir, strerror(-r));
	return r == 1 ? -EIO : r;
}

/* SQLite would wait for who opens the other end of a pipe. */
static int refuse_what_is_no_file(const struct store *store, struct diag *diag)
{
	struct stat st;

	if (stat(store->path, &st) < 0 || S_ISREG(st.st_mode))
		return 0;
	diag_set(diag, 0, "the store %s cannot be opened: it is no file", store->path);
	return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
}

static int open_all(struct store *store, const char *dir, struct diag *diag)
{
	int r;

	store->dir = strdup(dir);
	store->path = file_join(dir, "easelfs.db");
	if (!store->dir || !store->path)
		return -ENOMEM;
	r = file_make_dirs(dir);
	if (r < 0) {
		diag_set(diag, 0, "the store %s cannot be made: %s", dir, strerror(-r));
		return r;
	}
	r = store_lock(dir, &store->lock_fd, diag);
	if (r == 0)
		r = refuse_half_repaired(store, diag);
	if (r == 0)
		r = refuse_what_is_no_file(store, diag);
	if (r == 0)
		r = refuse_hidden_intents(store, diag);
	return r < 0 ? r : open_or_leave(store, diag);
}

int store_open(const char *dir, enum store_mode mode, struct store **ret_store,
	       struct diag *reterr_diag)
{
	struct store *store = calloc(1, sizeof(*store));
	int r;

	diag_set(reterr_diag, 0, "out of memory");
	if (!store)
		return -ENOMEM;
	store->mode = mode;
	store->lock_fd = -1;
	store->queue_end = &store->queue;
	pthread_mutex_init(&store->queue_lock, NULL);
	pthread_cond_init(&store->led, NULL);
	pthread_mutex_init(&store->idle_lock, NULL);
	r = open_all(store, dir, reterr_diag);
	if (r < 0) {
		store_close(store);
		return r;
	}
	*ret_store = store;
	return 0;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	while (store->idle) {
		struct db *db = store->idle;

		store->idle = db->next;
		db_close(db);
	}
	db_close(store->writer);
	if (store->lock_fd >= 0)
		close(store->lock_fd);
	pthread_mutex_destroy(&store->queue_lock);
	pthread_cond_destroy(&store->led);
	pthread_mutex_destroy(&store->idle_lock);
	free(store->dir);
	free(store->path);
	free(store);
}

const char *store_dir(const struct store *store)
{
	return store->dir;
}

int store_disk_room(const struct store *store, struct disk_room *ret_room)
{
	struct statvfs disk;

	if (statvfs(store->dir, &disk) < 0)
		return -errno;
	ret_room->free = (uint64_t)disk.f_bavail * disk.f_frsize;
	ret_room->whole = (uint64_t)disk.f_blocks * disk.f_frsize;
	return 0;
}

/* ---- writing ---- */

static int run_in_savepoint(struct db *db, struct write_op *op)
{
	int r = db_run(db, "SAVEPOINT op", "");

	if (r < 0)
		return r;
	op->result = op->fn(db, op->arg);
	if (op->result < 0) {
		r = db_run(db, "ROLLBACK TO op", "");
		if (r < 0)
			return r;
	}
	return db_run(db, "RELEASE op", "");
}

/* A disk that fills up can end the transaction inside SQLite, and then nothing
 * of the batch was kept, whatever the bodies said. */
static int run_batch(struct db *db, struct write_op *batch)
{
	enum store_sync sync = STORE_LAZY;
	int r;

	for (struct write_op *op = batch; op; op = op->next)
		if (op->sync == STORE_SYNCED)
			sync = STORE_SYNCED;
	r = db_exec(db, sync == STORE_SYNCED ? "PRAGMA synchronous = FULL"
					     : "PRAGMA synchronous = NORMAL");
	if (r == 0)
		r = db_run(db, "BEGIN IMMEDIATE", "");
	if (r < 0)
		return r;
	for (struct write_op *op = batch; op && r == 0; op = op->next)
		r = run_in_savepoint(db, op);
	FAILPOINT("commit-before");
	if (r == 0)
		r = db_run(db, "COMMIT", "");
	FAILPOINT("commit-after");
	if (r < 0 && !sqlite3_get_autocommit(db->sqlite))
		db_exec(db, "ROLLBACK");
	return r;
}

int store_write(struct store *store, enum store_sync sync, store_write_fn *fn, void *arg)
{
	struct write_op op = { .fn = fn, .arg = arg, .sync = sync };
	struct write_op *batch;
	int r;

	if (store->mode == STORE_READ_ONLY)
		return -EROFS;
	pthread_mutex_lock(&store->queue_lock);
	*store->queue_end = &op; /* it leaves the queue before this function returns */
	/* cppcheck-suppress autoVariables */
	store->queue_end = &op.next;
	while (!op.done && store->leading)
		pthread_cond_wait(&store->led, &store->queue_lock);
	if (!op.done) {
		batch = store->queue;
		store->queue = NULL;
		store->queue_end = &store->queue;
		store->leading = true;
		pthread_mutex_unlock(&store->queue_lock);

		r = run_batch(store->writer, batch);

		pthread_mutex_lock(&store->queue_lock);
		store->leading = false;
		while (batch) {
			struct write_op *next = batch->next;

			if (r < 0)
				batch->result = r;
			batch->done = true;
			batch = next;
		}
		pthread_cond_broadcast(&store->led);
	}
	pthread_mutex_unlock(&store->queue_lock);
	return op.result;
}

/* ---- reading ---- */

struct db *store_read_begin(struct store *store)
{
	struct db *db;

	pthread_mutex_lock(&store->idle_lock);
	db = store->idle;
	if (db)
		store->idle = db->next;
	pthread_mutex_unlock(&store->idle_lock);
	if (!db && db_open(store->path, DB_READ, &db) < 0)
		return NULL;
	db->store = store;
	if (db_run(db, "BEGIN", "") < 0) {
		db_close(db);
		return NULL;
	}
	return db;
}

void store_read_end(struct db *db)
{
	struct store *store;

	if (!db)
		return;
	store = db->store;
	if (db_run(db, "COMMIT", "") < 0) {
		db_close(db);
		return;
	}
	pthread_mutex_lock(&store->idle_lock);
	db->next = store->idle;
	store->idle = db;
	pthread_mutex_unlock(&store->idle_lock);
}

/* ---- settings ---- */

int store_setting_get(struct db *db, const char *name, int64_t *ret_value)
{
	sqlite3_stmt *row;
	int r = db_first(db, &row, "SELECT value FROM setting WHERE name = ?", "t", name);

	if (r < 0)
		return r;
	*ret_value = db_int(row, 0);
	db_done(row);
	return 0;
}

int store_setting_set(struct db *db, const char *name, int64_t value)
{
	return db_run(db, "INSERT OR REPLACE INTO setting(name, value) VALUES (?, ?)", "ti", name,
		      value);
}
