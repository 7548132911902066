/* requests/: names. Making, removing and renaming, and what that does to jobs: a
 * job's place is the name of the request it watches, a folder of requests is the
 * folder of their jobs, so renaming a folder is one record. */
#include "engine/catalog.h"

#include <errno.h>
#include <string.h>

#include "catalog_tx.h"
#include "io/store_images.h"
#include "io/store_jobs.h"
#include "io/store_tree.h"
#include "job/request.h"

/* ---- unlink ---- */

/* The name goes from its folder; what is open keeps the bytes. */
static int detach_file(struct tx *tx, struct file *file, enum keep keep)
{
	int64_t job = file->job;
	int r;

	if (keep == KEEP_OPEN) {
		file->folder = 0;
		file->job = 0;
		file->change = CHANGE_NONE;
		file->ctime_ns = tx->now_ns;
		r = store_file_update(tx->db, file);
	} else {
		r = store_xattr_remove_all(tx->db, XATTR_FILE, file->id);
		if (r == 0)
			r = store_file_delete(tx->db, file->id);
	}
	return r < 0 || !job ? r : tx_job_lost_request(tx, job);
}

struct unlink {
	int64_t folder;
	const struct name *name;
	enum keep keep;
	int64_t *ret_file;
};

static int body_unlink(struct tx *tx)
{
	const struct unlink *unlink = tx->arg;
	struct file file;
	int r = store_file_find(tx->db, unlink->folder, unlink->name, &file);

	if (r < 0)
		return r;
	*unlink->ret_file = file.id;
	r = store_folder_touch(tx->db, unlink->folder, tx->now_ns);
	return r < 0 ? r : detach_file(tx, &file, unlink->keep);
}

int catalog_unlink(struct catalog *catalog, int64_t folder, const struct name *name, enum keep keep,
		   int64_t *ret_file)
{
	struct unlink unlink = { folder, name, keep, ret_file };

	return tx_run(catalog, STORE_LAZY, body_unlink, &unlink);
}

/* ---- folders ---- */

struct make_folder {
	int64_t parent;
	const struct name *name;
	const struct owner *owner;
	struct folder *ret_folder;
};

static bool scratch_below(const struct folder *parent, const struct name *name)
{
	return parent->scratch || request_folder_is_scratch(name->bytes, name->size);
}

/* A folder that was removed but kept for its jobs comes back as it was. */
static int body_make_folder(struct tx *tx)
{
	const struct make_folder *make = tx->arg;
	struct folder parent, folder;
	struct image image;
	struct file file;
	bool revived;
	int r = store_folder_get(tx->db, make->parent, &parent);

	if (r < 0)
		return r;
	if (!parent.present)
		return -ENOENT;
	r = store_file_find(tx->db, make->parent, make->name, &file);
	if (r == -ENOENT) /* one that is not yet announced, too */
		r = store_image_find(tx->db, make->parent, make->name, &image);
	if (r != -ENOENT)
		return r < 0 ? r : -EEXIST;
	r = store_folder_find(tx->db, make->parent, make->name, &folder);
	if (r < 0 && r != -ENOENT)
		return r;
	revived = r == 0;
	if (revived && folder.present)
		return -EEXIST;
	if (!revived)
		folder = (struct folder){ .parent = make->parent, .name = *make->name };
	folder.images = parent.images;
	folder.present = true;
	folder.scratch = !parent.images && scratch_below(&parent, make->name);
	folder.mode = make->owner->mode;
	folder.uid = make->owner->uid;
	folder.gid = make->owner->gid;
	folder.mtime_ns = folder.ctime_ns = tx->now_ns;
	r = revived ? store_folder_update(tx->db, &folder) : store_folder_insert(tx->db, &folder);
	if (r == 0)
		r = store_folder_touch(tx->db, make->parent, tx->now_ns);
	if (r == 0)
		*make->ret_folder = folder;
	return r;
}

int catalog_make_folder(struct catalog *catalog, int64_t parent, const struct name *name,
			const struct owner *owner, struct folder *ret_folder)
{
	struct make_folder make = { parent, name, owner, ret_folder };

	return tx_run(catalog, STORE_LAZY, body_make_folder, &make);
}

/* Whether the user sees anything in the folder: 1, 0 or -errno. */
static int shows_something(struct tx *tx, int64_t id)
{
	struct folder folder;
	struct file file;
	struct image image;
	int64_t after = 0;
	int r = store_file_next(tx->db, id, 0, &file);

	if (r != -ENOENT)
		return r < 0 ? r : 1;
	r = store_image_next(tx->db, id, 0, &image);
	if (r != -ENOENT)
		return r < 0 ? r : 1;
	while ((r = store_folder_next(tx->db, id, after, &folder)) == 0) {
		if (folder.present)
			return 1;
		after = folder.id;
	}
	return r == -ENOENT ? 0 : r;
}

struct remove_folder {
	int64_t parent;
	const struct name *name;
};

static int body_remove_folder(struct tx *tx)
{
	const struct remove_folder *remove = tx->arg;
	struct folder folder;
	int r = store_folder_find(tx->db, remove->parent, remove->name, &folder);

	if (r < 0)
		return r;
	if (!folder.present)
		return -ENOENT;
	r = shows_something(tx, folder.id);
	if (r != 0)
		return r < 0 ? r : -ENOTEMPTY;
	folder.present = false;
	r = store_folder_update(tx->db, &folder);
	if (r == 0)
		r = store_folder_touch(tx->db, remove->parent, tx->now_ns);
	return r < 0 ? r : tx_prune_folder(tx, folder.id);
}

int catalog_remove_folder(struct catalog *catalog, int64_t parent, const struct name *name)
{
	struct remove_folder remove = { parent, name };

	return tx_run(catalog, STORE_LAZY, body_remove_folder, &remove);
}

/* ---- rename ---- */

/* Told, because somebody may wait for it. */
static int delete_job(struct tx *tx, int64_t id)
{
	int r = store_job_delete(tx->db, id);

	return r < 0 ? r : tx_note(tx, (struct note){ .kind = NOTE_JOB, .job = id });
}

static bool is_live(const struct run *run)
{
	return !state_rests(run->state);
}

/* Two that live are not merged. Nor is one that is in doubt: its bytes would be sent again at
 * the new place, as a request of their own, and nobody could resend it any more. */
static int may_join(struct tx *tx, const struct job *mover, const struct job *target)
{
	struct run moved, there;
	int r = store_run_get(tx->db, mover->run, &moved);

	if (r == 0)
		r = store_run_get(tx->db, target->run, &there);
	if (r < 0)
		return r;
	if ((is_live(&moved) && is_live(&there)) ||
	    (moved.state == STATE_HELD && moved.hold == HOLD_DOUBT))
		return -EBUSY;
	return 0;
}

/* The target keeps its identity, the mover's runs join it as earlier ones, and the bytes
 * that came are judged against the target's newest run: they are sent from there, if at
 * all. */
static int join_jobs(struct tx *tx, struct file *file, struct job *mover, const struct job *target)
{
	int r = may_join(tx, mover, target);

	if (r == 0)
		r = tx_replace_unsent(tx, mover);
	if (r < 0)
		return r;
	file->job = target->id;
	if (file->change != CHANGE_OPEN)
		file->change = CHANGE_CLOSED;
	r = store_file_update(tx->db, file);
	if (r == 0)
		r = store_runs_join(tx->db, mover->id, target->id);
	if (r == 0) /* whoever waits for the mover */
		r = tx_note(tx, (struct note){ .kind = NOTE_JOB, .job = mover->id });
	if (r == 0)
		r = tx_job_gone(tx, mover);
	if (r == 0)
		r = tx_log(tx, target->id, 0,
			   "the runs of another request joined: it was renamed here");
	return r < 0 ? r : tx_job_changed(tx, target->id);
}

static bool is_written(const struct move *move, const struct file *file)
{
	return move->is_written && move->is_written(move->arg, file->id);
}

/* The job that watches the moved file afterwards. `target` is the job at the new
 * place, its id 0 where there is none. */
static int move_job(struct tx *tx, struct file *file, const struct move *move,
		    const struct job *target)
{
	struct job job;
	int r;

	if (!file->job) {
		r = tx_job_at(tx, move->to_folder, move->to, &job);
		if (r < 0)
			return r;
		file->job = job.id;
		file->change = is_written(move, file) ? CHANGE_OPEN : CHANGE_CLOSED;
		return tx_job_changed(tx, job.id);
	}
	if (!target->id) {
		r = store_job_get(tx->db, file->job, &job);
		job.folder = move->to_folder;
		job.name = *move->to;
		return r < 0 ? r : store_job_update(tx->db, &job);
	}
	r = store_job_get(tx->db, file->job, &job);
	if (r < 0)
		return r;
	if (job.run && target->run)
		return join_jobs(tx, file, &job, target);
	if (job.run) {
		/* The target never had a run: the mover's job takes its place. */
		r = delete_job(tx, target->id);
		job.folder = move->to_folder;
		job.name = *move->to;
		return r < 0 ? r : store_job_update(tx->db, &job);
	}
	file->job = target->id;
	if (file->change == CHANGE_NONE || file->change == CHANGE_EMPTY)
		file->change = CHANGE_CLOSED;
	r = store_file_update(tx->db, file); /* nothing may point to a job that goes */
	if (r == 0)
		r = delete_job(tx, job.id);
	if (r == 0)
		r = tx_job_gone(tx, &job);
	return r < 0 ? r : tx_job_changed(tx, target->id);
}

static int leave_job(struct tx *tx, struct file *file)
{
	int64_t job = file->job;
	int r;

	file->job = 0;
	file->change = CHANGE_NONE;
	r = store_file_update(tx->db, file);
	return r < 0 || !job ? r : tx_job_lost_request(tx, job);
}

static int replace_target(struct tx *tx, const struct move *move, int64_t *ret_replaced)
{
	struct file replaced;
	int r = store_file_find(tx->db, move->to_folder, move->to, &replaced);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	if (move->flags & MOVE_NO_REPLACE)
		return -EEXIST;
	*ret_replaced = replaced.id;
	replaced.job = 0; /* stays at its place, for the file that comes */
	return detach_file(tx, &replaced, move->flags & MOVE_TARGET_OPEN ? KEEP_OPEN : KEEP_NONE);
}

static int move_file(struct tx *tx, struct file *file, const struct folder *to_folder,
		     const struct move *move, int64_t *ret_replaced)
{
	bool sends = !to_folder->scratch && request_name(move->to->bytes, move->to->size);
	struct job target = { 0 };
	int r = sends && !file->job ? tx_refuses_request(tx, move->to_folder, move->to) : 0;

	if (r == 0)
		r = replace_target(tx, move, ret_replaced);
	if (r == 0)
		r = store_job_find(tx->db, move->to_folder, move->to, &target);
	if (r < 0 && r != -ENOENT)
		return r;
	if (sends)
		r = move_job(tx, file, move, &target);
	else
		r = leave_job(tx, file);
	if (r < 0)
		return r;
	file->folder = move->to_folder;
	file->name = *move->to;
	file->ctime_ns = tx->now_ns;
	r = store_file_update(tx->db, file);
	if (r == 0 && file->change == CHANGE_CLOSED)
		r = tx_note(tx, (struct note){ .kind = NOTE_CLOSED, .file = file->id });
	return r;
}

/* A file that was scratch has a request's name now, because its folder has another. */
static int become_request(struct tx *tx, struct file *file, const struct move *move)
{
	struct job none = { 0 };
	struct move stay = {
		.to_folder = file->folder,
		.to = &file->name,
		.is_written = move->is_written,
		.arg = move->arg,
	};
	int r = tx_refuses_request(tx, file->folder, &file->name);

	if (r == 0)
		r = move_job(tx, file, &stay, &none);
	if (r == 0)
		r = store_file_update(tx->db, file);
	if (r < 0 || file->change != CHANGE_CLOSED)
		return r;
	return tx_note(tx, (struct note){ .kind = NOTE_CLOSED, .file = file->id });
}

/* Everything below a folder that became scratch, or stopped being it. */
static int rejudge_folder(struct tx *tx, struct folder *folder, const struct folder *parent,
			  const struct move *move)
{
	struct folder below;
	struct file file;
	int64_t after = 0;
	int r;

	folder->scratch = scratch_below(parent, &folder->name);
	r = store_folder_update(tx->db, folder);
	while (r == 0 && (r = store_file_next(tx->db, folder->id, after, &file)) == 0) {
		bool request = !folder->scratch && request_name(file.name.bytes, file.name.size);

		after = file.id;
		if (request && !file.job)
			r = become_request(tx, &file, move);
		else if (!request && file.job)
			r = leave_job(tx, &file);
	}
	after = 0;
	for (r = r == -ENOENT ? 0 : r; r == 0; after = below.id) {
		r = store_folder_next(tx->db, folder->id, after, &below);
		if (r == 0)
			r = rejudge_folder(tx, &below, folder, move);
	}
	return r == -ENOENT ? 0 : r;
}

/* A folder removed earlier and kept for its jobs has the name: what it keeps
 * joins the folder that comes. -EBUSY where both have a job of one name. */
static int absorb_folder(struct tx *tx, const struct folder *kept, int64_t into)
{
	struct folder below, other;
	struct job job = { 0 }, twin;
	int r;

	while ((r = store_job_next(tx->db, kept->id, job.id, &job)) == 0) {
		r = store_job_find(tx->db, into, &job.name, &twin);
		if (r != -ENOENT)
			return r < 0 ? r : -EBUSY;
	}
	if (r == -ENOENT)
		r = store_job_move_all(tx->db, kept->id, into);
	if (r < 0)
		return r;
	while ((r = store_folder_next(tx->db, kept->id, 0, &below)) == 0) {
		r = store_folder_find(tx->db, into, &below.name, &other);
		if (r == 0) {
			r = absorb_folder(tx, &below, other.id);
		} else if (r == -ENOENT) {
			below.parent = into;
			r = store_folder_update(tx->db, &below);
		}
		if (r < 0)
			return r;
	}
	return r == -ENOENT ? store_folder_delete(tx->db, kept->id) : r;
}

static int make_way(struct tx *tx, const struct folder *folder, const struct move *move)
{
	struct folder target;
	struct file file;
	int r = store_file_find(tx->db, move->to_folder, move->to, &file);

	if (r != -ENOENT)
		return r < 0 ? r : -ENOTDIR;
	r = store_folder_find(tx->db, move->to_folder, move->to, &target);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	if (target.present) {
		if (move->flags & MOVE_NO_REPLACE)
			return -EEXIST;
		r = shows_something(tx, target.id);
		if (r != 0)
			return r < 0 ? r : -ENOTEMPTY;
	}
	return absorb_folder(tx, &target, folder->id);
}

static int move_folder(struct tx *tx, struct folder *folder, const struct folder *to_folder,
		       const struct move *move)
{
	bool was_scratch = folder->scratch;
	int r = store_folder_is_below(tx->db, move->to_folder, folder->id);

	if (r != 0)
		return r < 0 ? r : -EINVAL;
	r = make_way(tx, folder, move);
	if (r < 0)
		return r;
	folder->parent = move->to_folder;
	folder->name = *move->to;
	folder->ctime_ns = tx->now_ns;
	r = store_folder_update(tx->db, folder);
	if (r == 0 && scratch_below(to_folder, move->to) != was_scratch)
		r = rejudge_folder(tx, folder, to_folder, move);
	return r;
}

struct moving {
	const struct move *move;
	int64_t *ret_replaced;
};

static int body_move(struct tx *tx)
{
	const struct moving *moving = tx->arg;
	const struct move *move = moving->move;
	struct folder to_folder, folder;
	struct file file;
	int r = store_folder_get(tx->db, move->to_folder, &to_folder);

	if (r < 0 || !to_folder.present)
		return r < 0 ? r : -ENOENT;
	*moving->ret_replaced = 0;
	r = store_file_find(tx->db, move->from_folder, move->from, &file);
	if (r == 0) {
		r = store_folder_find(tx->db, move->to_folder, move->to, &folder);
		if (r == 0 && folder.present)
			return -EISDIR;
		r = r == -ENOENT || r == 0
			    ? move_file(tx, &file, &to_folder, move, moving->ret_replaced)
			    : r;
	} else if (r == -ENOENT) {
		r = store_folder_find(tx->db, move->from_folder, move->from, &folder);
		if (r == 0 && !folder.present)
			r = -ENOENT;
		if (r == 0)
			r = move_folder(tx, &folder, &to_folder, move);
	}
	if (r == 0)
		r = store_folder_touch(tx->db, move->from_folder, tx->now_ns);
	if (r == 0)
		r = store_folder_touch(tx->db, move->to_folder, tx->now_ns);
	return r;
}

int catalog_move(struct catalog *catalog, const struct move *move, int64_t *ret_replaced)
{
	struct moving moving = { move, ret_replaced };

	return tx_run(catalog, STORE_LAZY, body_move, &moving);
}
