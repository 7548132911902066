/* requests/: files, folders and what their changes mean for jobs. A request is a
 * file with a job; scratch is a file without. The bytes are saved here and judged
 * elsewhere (catalog_runs.c), after the last close. */
#include "engine/catalog.h"

#include <errno.h>
#include <string.h>

#include "base/failpoint.h"
#include "catalog_tx.h"
#include "io/store_images.h"
#include "io/store_jobs.h"
#include "io/store_tree.h"
#include "job/request.h"

/* ---- jobs at places ---- */

int tx_job_at(struct tx *tx, int64_t folder, const struct name *name, struct job *ret_job)
{
	struct job job = {
		.folder = folder,
		.name = *name,
		.created_ms = tx->now_ms,
		.changed_ms = tx->now_ms,
	};
	int r = store_job_find(tx->db, folder, name, ret_job);

	if (r != -ENOENT)
		return r;
	r = store_job_insert(tx->db, &job);
	if (r == 0)
		*ret_job = job;
	return r;
}

int tx_job_lost_request(struct tx *tx, int64_t id)
{
	struct job job;
	int r = store_job_get(tx->db, id, &job);

	if (r < 0)
		return r;
	r = tx_note(tx, (struct note){ .kind = NOTE_JOB, .job = id });
	if (r < 0 || job.run)
		return r;
	r = store_job_delete(tx->db, id);
	if (r == 0)
		r = tx_job_gone(tx, &job);
	return r < 0 ? r : tx_prune_folder(tx, job.folder);
}

int tx_job_gone(struct tx *tx, const struct job *job)
{
	return tx_note(tx, (struct note){
				   .kind = NOTE_GONE,
				   .gone = GONE_JOB,
				   .folder = job->folder,
				   .job = job->id,
				   .name = job->name,
			   });
}

/* Below requests/ only: its mirror below jobs/ goes with it. */
static int folder_gone(struct tx *tx, const struct folder *folder)
{
	if (folder->images || folder->scratch)
		return 0;
	return tx_note(tx, (struct note){
				   .kind = NOTE_GONE,
				   .gone = GONE_FOLDER,
				   .folder = folder->parent,
				   .id = folder->id,
				   .name = folder->name,
			   });
}

int tx_prune_folder(struct tx *tx, int64_t id)
{
	struct folder folder;
	int r;

	for (;;) {
		r = store_folder_get(tx->db, id, &folder);
		if (r < 0)
			return r;
		if (folder.present || !folder.parent)
			return 0;
		r = store_folder_is_empty(tx->db, id);
		if (r <= 0)
			return r;
		r = store_folder_delete(tx->db, id);
		if (r == 0)
			r = folder_gone(tx, &folder);
		if (r < 0)
			return r;
		id = folder.parent;
	}
}

static bool sends(const struct folder *folder, const struct name *name)
{
	return !folder->scratch && request_name(name->bytes, name->size);
}

/* Present, and below requests/: where files can be made. */
static int writable_folder(struct tx *tx, int64_t id, struct folder *ret_folder)
{
	struct folder folder;
	int r = store_folder_get(tx->db, id, &folder);

	if (r < 0)
		return r;
	if (!folder.present)
		return -ENOENT;
	if (folder.images)
		return -EPERM;
	*ret_folder = folder;
	return 0;
}

/* ---- files ---- */

struct create {
	int64_t folder;
	const struct name *name;
	const struct owner *owner;
	struct file *ret_file;
};

/* Nothing may have the name already, a present folder least of all. */
static int name_is_free(struct tx *tx, int64_t folder, const struct name *name)
{
	struct folder other;
	struct file file;
	int r = store_folder_find(tx->db, folder, name, &other);

	if (r == 0 && other.present)
		return -EEXIST;
	if (r < 0 && r != -ENOENT)
		return r;
	r = store_file_find(tx->db, folder, name, &file);
	return r == 0 ? -EEXIST : r == -ENOENT ? 0 : r;
}

static int attach_job(struct tx *tx, struct file *file, enum change change)
{
	struct job job;
	int r = tx_job_at(tx, file->folder, &file->name, &job);

	if (r < 0)
		return r;
	file->job = job.id;
	file->change = change;
	return 0;
}

static int body_create(struct tx *tx)
{
	const struct create *create = tx->arg;
	struct folder folder;
	struct file file = {
		.folder = create->folder,
		.name = *create->name,
		.mode = create->owner->mode,
		.uid = create->owner->uid,
		.gid = create->owner->gid,
		.atime_ns = tx->now_ns,
		.mtime_ns = tx->now_ns,
		.ctime_ns = tx->now_ns,
	};
	int r = writable_folder(tx, create->folder, &folder);

	if (r == 0)
		r = name_is_free(tx, create->folder, create->name);
	if (r == 0 && sends(&folder, &file.name))
		r = tx_refuses_request(tx, create->folder, create->name);
	if (r == 0 && sends(&folder, &file.name))
		r = attach_job(tx, &file, CHANGE_OPEN);
	if (r == 0)
		r = store_file_insert(tx->db, &file);
	if (r == 0)
		r = store_folder_touch(tx->db, create->folder, tx->now_ns);
	if (r == 0 && file.job && create->owner->writer)
		r = tx_log(tx, file.job, 0, "writing: opened by %s", create->owner->writer);
	if (r == 0 && file.job)
		r = tx_job_changed(tx, file.job);
	if (r == 0)
		*create->ret_file = file;
	return r;
}

int catalog_create(struct catalog *catalog, int64_t folder, const struct name *name,
		   const struct owner *owner, struct file *ret_file)
{
	struct create create = { folder, name, owner, ret_file };

	return tx_run(catalog, STORE_LAZY, body_create, &create);
}

/* A request whose job was forgotten gets one again with its next write. */
struct begin_change {
	int64_t file;
	const char *writer;
	bool forgiven, whole; /* a close was owed */
};

static int body_begin_change(struct tx *tx)
{
	struct begin_change *begin = tx->arg;
	struct folder folder;
	struct file file;
	int r = store_file_get(tx->db, begin->file, &file);

	begin->forgiven |= tx_forgive_close(tx, begin->file, &begin->whole);
	if (r < 0 || !file.folder || (file.change == CHANGE_OPEN && !begin->writer))
		return r;
	r = store_folder_get(tx->db, file.folder, &folder);
	if (r < 0 || !sends(&folder, &file.name))
		return r;
	if (begin->writer) {
		r = attach_job(tx, &file, file.change);
		if (r == 0)
			r = tx_log(tx, file.job, 0, "writing: opened by %s", begin->writer);
	}
	if (r < 0 || file.change == CHANGE_OPEN)
		return r;
	r = attach_job(tx, &file, CHANGE_OPEN);
	if (r == 0)
		r = store_file_update(tx->db, &file);
	return r < 0 ? r : tx_job_changed(tx, file.job);
}

int catalog_begin_change(struct catalog *catalog, int64_t file, const char *writer)
{
	struct begin_change begin = { .file = file, .writer = writer };
	int r = tx_run(catalog, STORE_LAZY, body_begin_change, &begin);

	if (r < 0 && begin.forgiven)
		catalog_owe_close(catalog, file, begin.whole);
	return r;
}

struct save {
	int64_t file;
	const struct file_bytes *bytes;
};

static int body_save(struct tx *tx)
{
	const struct save *save = tx->arg;
	const struct file_bytes *bytes = save->bytes;
	struct file file;
	const void *chunk;
	int64_t n;
	size_t size;
	int r = store_file_get(tx->db, save->file, &file);

	if (r == 0 && bytes->cut >= 0)
		r = store_chunk_cut(tx->db, save->file, bytes->cut);
	while (r == 0 && bytes->next(bytes->arg, &n, &chunk, &size))
		r = store_chunk_write(tx->db, save->file, n, chunk, size);
	if (r < 0)
		return r;
	file.size = bytes->size;
	file.mtime_ns = bytes->mtime_ns;
	file.ctime_ns = tx->now_ns;
	return store_file_update(tx->db, &file);
}

int catalog_save(struct catalog *catalog, int64_t file, enum store_sync sync,
		 const struct file_bytes *bytes)
{
	struct save save = { file, bytes };

	FAILPOINT("save-before");
	return tx_run(catalog, sync, body_save, &save);
}

static int body_drop(struct tx *tx)
{
	const int64_t *id = tx->arg;
	struct file file;
	int r = store_file_get(tx->db, *id, &file);

	if (r < 0 || file.folder)
		return r;
	r = store_xattr_remove_all(tx->db, XATTR_FILE, file.id);
	return r < 0 ? r : store_file_delete(tx->db, file.id);
}

int catalog_drop(struct catalog *catalog, int64_t file)
{
	return tx_run(catalog, STORE_LAZY, body_drop, &file);
}

/* ---- attributes ---- */

struct set {
	int64_t id;
	const struct attributes *attributes;
};

static int body_set_file(struct tx *tx)
{
	const struct set *set = tx->arg;
	const struct attributes *a = set->attributes;
	struct file file;
	int r = store_file_get(tx->db, set->id, &file);

	if (r < 0)
		return r;
	if (a->set & SET_MODE)
		file.mode = a->mode;
	if (a->set & SET_UID)
		file.uid = a->uid;
	if (a->set & SET_GID)
		file.gid = a->gid;
	if (a->set & SET_ATIME)
		file.atime_ns = a->atime_ns;
	if (a->set & SET_MTIME)
		file.mtime_ns = a->mtime_ns;
	file.ctime_ns = tx->now_ns;
	return store_file_update(tx->db, &file);
}

int catalog_set_file(struct catalog *catalog, int64_t file, const struct attributes *attributes)
{
	struct set set = { file, attributes };

	return tx_run(catalog, STORE_LAZY, body_set_file, &set);
}

static int body_set_folder(struct tx *tx)
{
	const struct set *set = tx->arg;
	const struct attributes *a = set->attributes;
	struct folder folder;
	int r = store_folder_get(tx->db, set->id, &folder);

	if (r < 0)
		return r;
	if (a->set & SET_MODE)
		folder.mode = a->mode;
	if (a->set & SET_UID)
		folder.uid = a->uid;
	if (a->set & SET_GID)
		folder.gid = a->gid;
	if (a->set & SET_MTIME)
		folder.mtime_ns = a->mtime_ns;
	folder.ctime_ns = tx->now_ns;
	return store_folder_update(tx->db, &folder);
}

int catalog_set_folder(struct catalog *catalog, int64_t folder, const struct attributes *attributes)
{
	struct set set = { folder, attributes };

	return tx_run(catalog, STORE_LAZY, body_set_folder, &set);
}
