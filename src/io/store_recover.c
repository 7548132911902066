/* The life of a repair. The new database is made beside the damaged one, under a name that
 * no daemon looks at, and only a whole one takes its place (store_swap).
 *
 * Unique indexes come last: until names and numbers are made unique, what is there twice
 * must be kept twice. */
#include "io/store_recover.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "io/store_calls.h"
#include "io/store_images.h"
#include "io/store_jobs.h"
#include "io/store_tree.h"
#include "store_lock.h"
#include "store_recover_private.h"
#include "store_schema.h"
#include "store_swap.h"

struct store_recover {
	char *dir, *path, *fresh; /* the damaged database, the new one */
	int lock_fd;
	struct dbpages *pages;
	struct db *db; /* the new one, in one transaction that is never rolled back */
	enum rows_age age;
	int64_t now_ms;
	int64_t folder;         /* requests/recovered/ */
	int64_t job, run, call; /* of pictures without rows; 0: none yet */
	int64_t images_folder, numbers;
	struct store_recover_summary summary;
};

/* ---- the new database ---- */

/* The damaged one is not worth more to strangers than it was. */
static int take_owner(const struct store_recover *recover)
{
	CLEANUP(close_fd)
	int fd = open(recover->fresh, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (stat(recover->path, &st) < 0 && stat(recover->dir, &st) < 0)
		return -errno;
	if (S_ISREG(st.st_mode) && fchmod(fd, st.st_mode & 0666) < 0)
		return -errno;
	if (geteuid() == 0 && fchown(fd, st.st_uid, st.st_gid) < 0)
		return -errno;
	return 0;
}

/* Its own journal is of no use: a half-made database is thrown away. */
static int make_fresh(struct store_recover *recover)
{
	int r;

	if (unlink(recover->fresh) < 0 && errno != ENOENT)
		return -errno;
	r = take_owner(recover);
	if (r == 0)
		r = db_open(recover->fresh, DB_WRITE, &recover->db);
	if (r == 0)
		r = db_exec(recover->db, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
					 "PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE");
	return r < 0 ? r : rows_make_tables(recover->db);
}

static int count_rows(struct store_recover *recover)
{
	struct store_recover_summary *summary = &recover->summary;
	const struct {
		const char *sql;
		int64_t *count;
	} rows[] = {
		{ "SELECT count(*) FROM job", &summary->jobs },
		{ "SELECT count(*) FROM run", &summary->runs },
		{ "SELECT count(*) FROM file WHERE folder NOT NULL", &summary->files },
		{ "SELECT count(*) FROM folder WHERE id > 2", &summary->folders },
		{ "SELECT count(*) FROM spend", &summary->spend_rows },
	};
	int r = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && r == 0; i++)
		r = db_number(recover->db, rows[i].sql, rows[i].count);
	return r;
}

static int salvage(struct store_recover *recover)
{
	struct store_recover_summary *summary = &recover->summary;
	struct rows_wanted wanted = { .pages = recover->pages };
	int r;

	summary->pages = dbpages_count(recover->pages);
	summary->log_lost = dbpages_may_be_old(recover->pages);
	recover->age = dbpages_may_be_old(recover->pages) ? ROWS_MAY_BE_OLD : ROWS_ARE_NEWEST;
	r = rows_salvage(&wanted, recover->db, &summary->pages_unread);
	wanted.hidden = true;
	if (r == 0)
		r = rows_salvage(&wanted, recover->db, &summary->pages_unread);
	if (r == 0)
		r = count_rows(recover);
	if (r == 0)
		r = mend_rows(recover->db, recover->age, recover->now_ms, &recover->folder);
	return r < 0 ? r
		     : db_exec(recover->db, "CREATE INDEX main.image_by_blob ON image(blob);"
					    "CREATE TEMP TABLE found(id INTEGER PRIMARY KEY)");
}

/* ---- beginning ---- */

/* A link leads to a database whose log lies elsewhere, and the new one would take the
 * link's place. */
static int find_store(const struct store_recover *recover, struct diag *diag)
{
	CLEANUP(free_ptr) char *images = file_join(recover->dir, "images");
	struct stat st;
	int r;

	if (!images)
		return -ENOMEM;
	r = lstat(recover->path, &st) < 0 ? -errno : 0;
	if (r == 0) {
		if (S_ISREG(st.st_mode))
			return 0;
		diag_set(diag, 0,
			 S_ISLNK(st.st_mode)
				 ? "%s is a link: move the database that it leads to, and its "
				   "-wal, into its place first"
				 : "%s is no file",
			 recover->path);
		return S_ISLNK(st.st_mode) ? -ELOOP : -EINVAL;
	}
	if (r == -ENOENT && (swap_is_pending(recover->dir) == 1 || stat(images, &st) == 0))
		return 0;
	if (r != -ENOENT && r != -ENOTDIR) {
		diag_set(diag, 0, "the store %s cannot be read: %s", recover->dir, strerror(-r));
		return r;
	}
	diag_set(diag, 0, "there is no store at %s", recover->dir);
	return -ENOENT;
}

static int finish_swap(struct store_recover *recover, struct diag *diag)
{
	int r = swap_finish(recover->dir, recover->summary.aside, sizeof(recover->summary.aside));

	if (r < 0)
		diag_set(diag, 0,
			 "the store %s is rebuilt, and not yet in its place: %s; run easelfs "
			 "--recover again",
			 recover->dir, strerror(-r));
	return r;
}

/* An earlier repair that died after its decision has only to be brought to its end: what
 * lies in the place may be a database without its log, which is not to be looked at. */
static int finish_earlier(struct store_recover *recover, struct diag *diag)
{
	int r = swap_is_pending(recover->dir);

	if (r == 0)
		return 0;
	if (r < 0) {
		diag_set(diag, 0, "%s: %s", recover->dir, strerror(-r));
		return r;
	}
	r = finish_swap(recover, diag);
	if (r < 0)
		return r;
	diag_set(diag, 0, "the store %s is rebuilt: a repair that was interrupted is finished",
		 recover->dir);
	return -EALREADY;
}

static int open_pages(struct store_recover *recover, struct diag *diag)
{
	int r = dbpages_open(recover->path, &recover->pages);

	if (r < 0)
		diag_set(diag, 0, "the store %s cannot be read: %s", recover->dir, strerror(-r));
	return r;
}

static int begin(struct store_recover *recover, const char *dir, struct diag *diag)
{
	int r;

	recover->dir = strdup(dir);
	recover->path = file_join(dir, "easelfs.db");
	recover->fresh = file_join(dir, SWAP_HALF_MADE);
	if (!recover->dir || !recover->path || !recover->fresh)
		return -ENOMEM;
	r = find_store(recover, diag);
	if (r == 0)
		r = store_lock(dir, &recover->lock_fd, diag);
	if (r == 0)
		r = finish_earlier(recover, diag);
	/* Before SQLite, which makes an empty log where there is none. */
	if (r == 0)
		r = open_pages(recover, diag);
	if (r == 0)
		r = look_at_damage(recover->dir, recover->path, diag);
	if (r < 0)
		return r;
	diag_set(diag, 0, "the store %s cannot be rebuilt", dir);
	r = make_fresh(recover);
	if (r == 0)
		r = salvage(recover);
	if (r < 0)
		diag_set(diag, 0, "the store %s cannot be rebuilt: %s", dir, strerror(-r));
	return r;
}

int store_recover_begin(const char *dir, struct store_recover **ret_recover,
			struct diag *reterr_diag)
{
	struct store_recover *recover = calloc(1, sizeof(*recover));
	int r;

	diag_set(reterr_diag, 0, "out of memory");
	if (!recover)
		return -ENOMEM;
	recover->lock_fd = -1;
	recover->now_ms = clock_wall_ms();
	r = begin(recover, dir, reterr_diag);
	if (r < 0) {
		store_recover_close(recover);
		return r;
	}
	*ret_recover = recover;
	return 0;
}

/* ---- pictures ---- */

/* Whether a person removed it: 1, 0 or -errno. Its file was to be deleted. */
static int was_removed(struct db *db, const char *place)
{
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	int r = db_first(db, &row, "SELECT 1 FROM temp.removed WHERE blob = ?", "t", place);

	return r == -ENOENT ? 0 : r < 0 ? r : 1;
}

/* What the file says counts. 1: a row knows it, or that it has no name; 0: none does. */
static int find_picture(struct store_recover *recover, const struct store_recover_picture *picture)
{
	struct db *db = recover->db;
	int64_t known;
	int r = db_run(db,
		       "UPDATE image SET type = ?, width = ?, height = ?, size = ?, blocks = ?,"
		       " sha256 = ? WHERE blob = ? AND folder IS NOT NULL",
		       "iiiiitt", (int64_t)picture->picture.type, (int64_t)picture->picture.width,
		       (int64_t)picture->picture.height, picture->size, picture->blocks,
		       picture->sha256, picture->place);

	if (r < 0)
		return r;
	known = sqlite3_changes64(db->sqlite);
	recover->summary.pictures_named += known;
	if (!known)
		return was_removed(db, picture->place);
	r = db_run(db,
		   "INSERT OR IGNORE INTO temp.found SELECT id FROM image WHERE blob = ?"
		   " AND folder IS NOT NULL",
		   "t", picture->place);
	return r < 0 ? r : 1;
}

int store_recover_unread(struct store_recover *recover, const char *place)
{
	int r = db_run(recover->db,
		       "INSERT OR IGNORE INTO temp.found SELECT id FROM image WHERE blob = ?"
		       " AND folder IS NOT NULL",
		       "t", place);

	if (r == 0)
		recover->summary.pictures_unread += sqlite3_changes64(recover->db->sqlite);
	return r;
}

static int make_images_folder(struct store_recover *recover)
{
	struct name wanted = { 9, "recovered" };
	struct folder folder = {
		.parent = FOLDER_IMAGES,
		.images = true,
		.present = true,
		.mode = 0700,
		.uid = -1,
		.gid = -1,
		.mtime_ns = recover->now_ms * 1000000,
		.ctime_ns = recover->now_ms * 1000000,
	};
	int r = store_folder_find(recover->db, FOLDER_IMAGES, &wanted, &folder);

	if (r == -ENOENT) {
		r = mend_free_name(recover->db, FOLDER_IMAGES, "recovered", &folder.name);
		if (r == 0)
			r = store_folder_insert(recover->db, &folder);
	}
	recover->images_folder = folder.id;
	return r;
}

/* Every picture has a job: those of a repair share a run. */
static int make_job(struct store_recover *recover)
{
	static const struct run_texts no_texts;
	struct job job = {
		.folder = recover->folder,
		.name = { 8, "pictures" },
		.created_ms = recover->now_ms,
		.changed_ms = recover->now_ms,
	};
	struct run run = {
		.state = STATE_DONE,
		.created_ms = recover->now_ms,
		.changed_ms = recover->now_ms,
		.finished_ms = recover->now_ms,
		.seed = -1,
	};
	struct call call = { .number = 1, .state = STATE_DONE, .seed = -1, .cost_micro = -1 };
	int64_t last;
	int r = store_job_find(recover->db, recover->folder, &job.name, &job);

	if (r == -ENOENT)
		r = store_job_insert(recover->db, &job);
	if (r < 0)
		return r;
	last = store_run_last_number(recover->db, job.id);
	if (last < 0)
		return (int)last;
	run.job = job.id;
	run.number = last + 1;
	r = store_run_insert(recover->db, &run, &no_texts);
	call.run = run.id;
	call.changed_ms = recover->now_ms;
	if (r == 0)
		r = store_call_insert(recover->db, &call);
	recover->job = job.id;
	recover->run = run.id;
	recover->call = call.id;
	return r;
}

int store_recover_picture(struct store_recover *recover,
			  const struct store_recover_picture *picture)
{
	const char *slash = strrchr(picture->place, '/');
	struct image image = {
		.number = recover->numbers + 1,
		.type = picture->picture.type,
		.width = picture->picture.width,
		.height = picture->picture.height,
		.size = picture->size,
		.blocks = picture->blocks,
		.finished_ms = picture->finished_ms,
		.announced = true,
	};
	int r = strlen(picture->place) < sizeof(image.blob) ? find_picture(recover, picture)
							    : -ENAMETOOLONG;

	if (r != 0)
		return r < 0 ? r : 0;
	if (!recover->images_folder)
		r = make_images_folder(recover);
	if (r == 0 && !recover->call)
		r = make_job(recover);
	image.folder = recover->images_folder;
	image.job = recover->job;
	image.run = recover->run;
	image.call = recover->call;
	snprintf(image.blob, sizeof(image.blob), "%s", picture->place);
	snprintf(image.sha256, sizeof(image.sha256), "%s", picture->sha256);
	if (r == 0)
		r = mend_free_name(recover->db, image.folder, slash ? slash + 1 : picture->place,
				   &image.name);
	image.link = image.name;
	if (r == 0)
		r = store_image_insert(recover->db, &image);
	if (r == 0)
		r = db_run(recover->db, "INSERT INTO temp.found VALUES (?)", "i", image.id);
	if (r == 0) {
		recover->numbers++;
		recover->summary.pictures_nameless++;
	}
	return r;
}

/* ---- ending ---- */

/* A row without its file would be a picture that cannot be read. What it was known by goes,
 * or the same picture, fetched again, would be taken for one that is there. */
static int hide_lost_pictures(struct store_recover *recover)
{
	int r = db_run(
		recover->db,
		"UPDATE image SET folder = NULL, sha256 = '' WHERE folder IS NOT NULL AND id NOT IN"
		" (SELECT id FROM temp.found)",
		"");

	recover->summary.pictures_lost = sqlite3_changes64(recover->db->sqlite);
	return r < 0 || !recover->call
		       ? r
		       : db_run(recover->db, "UPDATE call SET count = ? WHERE id = ?", "ii",
				recover->numbers, recover->call);
}

/* A place for stand-ins where none stands; another's, or one with something in it, stays. */
static int remove_empty_folder(struct store_recover *recover)
{
	int64_t folder = recover->folder;

	return db_run(recover->db,
		      "DELETE FROM folder WHERE id = ?1 AND mtime_ns = ?2"
		      " AND NOT EXISTS (SELECT 1 FROM folder WHERE parent = ?1)"
		      " AND NOT EXISTS (SELECT 1 FROM file WHERE folder = ?1)"
		      " AND NOT EXISTS (SELECT 1 FROM job WHERE folder = ?1)",
		      "ii", folder, recover->now_ms * 1000000);
}

/* What is put in place must be one that the daemon takes. */
static int complete(struct store_recover *recover)
{
	struct db *db = recover->db;
	int64_t broken = 0;
	int r = hide_lost_pictures(recover);

	if (r == 0)
		r = mend_work(db, recover->age, recover->now_ms, &recover->summary.held);
	if (r == 0)
		r = remove_empty_folder(recover);
	if (r == 0)
		r = db_exec(db, "DROP INDEX image_by_blob");
	if (r == 0)
		r = rows_make_indexes(db, true);
	if (r == 0)
		r = db_exec(db, "COMMIT");
	if (r == 0)
		r = db_number(db, "SELECT count(*) FROM pragma_foreign_key_check", &broken);
	return r < 0 ? r : broken || !look_is_whole(db) ? -EUCLEAN : 0;
}

int store_recover_finish(struct store_recover *recover, struct store_recover_summary *ret_summary,
			 struct diag *reterr_diag)
{
	int r = complete(recover);
	bool fits = r != -EUCLEAN;

	db_close(recover->db);
	recover->db = NULL;
	if (r == 0)
		r = swap_decide(recover->dir);
	if (r < 0) {
		diag_set(reterr_diag, 0, "the store %s cannot be rebuilt: %s", recover->dir,
			 fits ? strerror(-r) : "what could be read does not fit together");
		return r;
	}
	r = finish_swap(recover, reterr_diag);
	if (r == 0)
		*ret_summary = recover->summary;
	return r;
}

void store_recover_close(struct store_recover *recover)
{
	if (!recover)
		return;
	db_close(recover->db);
	dbpages_close(recover->pages);
	if (recover->fresh && recover->lock_fd >= 0)
		(void)unlink(recover->fresh);
	if (recover->lock_fd >= 0)
		close(recover->lock_fd);
	free(recover->dir);
	free(recover->path);
	free(recover->fresh);
	free(recover);
}
