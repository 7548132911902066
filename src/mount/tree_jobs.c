/* jobs/ mirrors requests/: the same folders, a directory for each job. The
 * entries of a job are a table shaped like the mount; `wait` is found by name but
 * never listed, so that nobody hangs on it by walking past. */
#include "tree_private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "io/store_images.h"
#include "io/store_jobs.h"
#include "io/store_tree.h"
#include "mount/text.h"

/* clang-format off */
static const struct {
	const char *name;
	enum kind kind;
	mode_t type;
	bool listed;
} job_entries[] = {
	{ "status",        KIND_JOB_STATUS,   S_IFREG, true  },
	{ "progress",      KIND_JOB_PROGRESS, S_IFREG, true  },
	{ "error",         KIND_JOB_ERROR,    S_IFREG, true  },
	{ "prompt",        KIND_JOB_PROMPT,   S_IFREG, true  },
	{ "provider",      KIND_JOB_PROVIDER, S_IFREG, true  },
	{ "model",         KIND_JOB_MODEL,    S_IFREG, true  },
	{ "seed",          KIND_JOB_SEED,     S_IFREG, true  },
	{ "cost",          KIND_JOB_COST,     S_IFREG, true  },
	{ "id",            KIND_JOB_ID,       S_IFREG, true  },
	{ "created",       KIND_JOB_CREATED,  S_IFREG, true  },
	{ "finished",      KIND_JOB_FINISHED, S_IFREG, true  },
	{ "params.json",   KIND_JOB_PARAMS,   S_IFREG, true  },
	{ "request.json",  KIND_JOB_REQUEST,  S_IFREG, true  },
	{ "response.json", KIND_JOB_RESPONSE, S_IFREG, true  },
	{ "job.json",      KIND_JOB_JSON,     S_IFREG, true  },
	{ "log",           KIND_JOB_LOG,      S_IFREG, true  },
	{ "images",        KIND_JOB_IMAGES,   S_IFDIR, true  },
	{ "runs",          KIND_JOB_RUNS,     S_IFDIR, true  },
	{ "ctl",           KIND_JOB_CTL,      S_IFREG, true  },
	{ "wait",          KIND_JOB_WAIT,     S_IFREG, false },
};
/* clang-format on */

enum { JOB_ENTRIES = sizeof(job_entries) / sizeof(job_entries[0]) };

/* A folder that is gone from requests/ stays here while it has jobs to show: 1, 0
 * or -errno. */
static int folder_shows(struct db *db, const struct folder *folder)
{
	struct folder below;
	struct job job;
	int64_t after = 0;
	int r;

	if (folder->scratch || folder->images || folder->present)
		return folder->present && !folder->scratch && !folder->images;
	r = store_job_next(db, folder->id, 0, &job);
	if (r != -ENOENT)
		return r < 0 ? r : 1;
	while ((r = store_folder_next(db, folder->id, after, &below)) == 0) {
		r = folder_shows(db, &below);
		if (r != 0)
			return r;
		after = below.id;
	}
	return r == -ENOENT ? 0 : r;
}

int jobs_stat_folder(const struct mount *mount, struct db *db, int64_t id, struct node *ret_node)
{
	struct folder folder;
	int r = store_folder_get(db, id, &folder);

	if (r == 0)
		r = folder_shows(db, &folder);
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	tree_fill(mount, ret_node, inode_of(KIND_JOB_FOLDER, id), S_IFDIR | 0777, 0,
		  folder.mtime_ns ? folder.mtime_ns : mount->started_ns);
	return 0;
}

static int fill(const struct mount *mount, struct db *db, enum kind kind,
		const struct job_view *view, struct node *ret_node)
{
	bool of_run = text_is_of_run(kind);
	uint64_t ino = inode_of(kind, of_run ? view->run.id : view->job.id);
	int64_t mtime_ns = (of_run ? view->run.changed_ms : view->job.changed_ms) * 1000000;
	int64_t size = 0;

	switch (kind_of_job(kind)) {
	case KIND_JOB:
	case KIND_JOB_IMAGES:
	case KIND_JOB_RUNS:
		tree_fill(mount, ret_node, ino, S_IFDIR | 0777, 0, mtime_ns);
		return 0;
	case KIND_JOB_LOG:
		size = of_run ? store_log_size_of_run(db, view->run.id) : view->job.log_size;
		break;
	default:
		if (kind_content(kind) == CONTENT_TEXT)
			size = text_size(mount, db, kind, view);
	}
	if (size < 0)
		return (int)size;
	tree_fill(mount, ret_node, ino, S_IFREG | 0666, size, mtime_ns);
	return 0;
}

int jobs_lookup_in_folder(const struct mount *mount, struct db *db, int64_t parent,
			  const struct name *name, struct node *ret_node)
{
	struct folder folder;
	struct job job;
	int r = store_job_find(db, parent, name, &job);

	if (r == 0)
		return jobs_stat(mount, db, KIND_JOB, job.id, ret_node);
	if (r != -ENOENT)
		return r;
	r = store_folder_find(db, parent, name, &folder);
	return r < 0 ? r : jobs_stat_folder(mount, db, folder.id, ret_node);
}

/* Offsets as in requests_next(). */
int jobs_next_in_folder(struct db *db, int64_t parent, int64_t offset, struct listing *ret_listing)
{
	struct folder folder;
	struct job job;
	int64_t after = offset >> 1;
	int r = -ENOENT;

	while (!(offset & 1) && (r = store_folder_next(db, parent, after, &folder)) == 0) {
		after = folder.id;
		r = folder_shows(db, &folder);
		if (r < 0)
			return r;
		if (!r)
			continue;
		ret_listing->name = folder.name;
		ret_listing->ino = inode_of(KIND_JOB_FOLDER, folder.id);
		ret_listing->type = S_IFDIR;
		ret_listing->next = folder.id << 1;
		return 0;
	}
	if (r != -ENOENT)
		return r;
	r = store_job_next(db, parent, offset & 1 ? offset >> 1 : 0, &job);
	if (r < 0)
		return r;
	ret_listing->name = job.name;
	ret_listing->ino = inode_of(KIND_JOB, job.id);
	ret_listing->type = S_IFDIR;
	ret_listing->next = job.id << 1 | 1;
	return 0;
}

/* ---- inside a job, and inside a run ---- */

/* A run has the files of its job up to images/: what is for the whole job (runs,
 * ctl, wait) comes after. */
static enum kind entry_kind(enum kind folder, size_t entry)
{
	enum kind kind = job_entries[entry].kind;

	if (folder == KIND_JOB)
		return kind;
	return kind <= KIND_JOB_IMAGES ? (enum kind)(kind - KIND_JOB + KIND_RUN) : KIND_NONE;
}

static int lookup_entry(const struct mount *mount, struct db *db, enum kind folder, int64_t id,
			const struct name *name, struct node *ret_node)
{
	for (size_t i = 0; i < JOB_ENTRIES; i++) {
		enum kind kind = entry_kind(folder, i);

		if (kind != KIND_NONE && strcmp(job_entries[i].name, name->bytes) == 0)
			return jobs_stat(mount, db, kind, id, ret_node);
	}
	return -ENOENT;
}

static int next_entry(struct db *db, enum kind folder, int64_t id, int64_t offset,
		      struct listing *ret_listing)
{
	struct job_view view;
	int r = job_view_load(db, folder, id, &view);

	if (r < 0)
		return r;
	while (offset < JOB_ENTRIES &&
	       (!job_entries[offset].listed || entry_kind(folder, (size_t)offset) == KIND_NONE))
		offset++;
	if (offset >= JOB_ENTRIES)
		return -ENOENT;
	name_set(&ret_listing->name, job_entries[offset].name, strlen(job_entries[offset].name));
	ret_listing->ino = inode_of(entry_kind(folder, (size_t)offset), id);
	ret_listing->type = job_entries[offset].type;
	ret_listing->next = offset + 1;
	return 0;
}

/* ---- runs/ ---- */

/* "1", "2", …: no sign, space or leading zero. */
static int64_t run_number(const struct name *name)
{
	int64_t number = 0;

	if (!name->size || name->size > 9 || name->bytes[0] == '0')
		return -1;
	for (size_t i = 0; i < name->size; i++) {
		if (name->bytes[i] < '0' || name->bytes[i] > '9')
			return -1;
		number = number * 10 + (name->bytes[i] - '0');
	}
	return number;
}

static int lookup_run(const struct mount *mount, struct db *db, int64_t job,
		      const struct name *name, struct node *ret_node)
{
	int64_t number = run_number(name);
	struct run run;
	int r = number < 0 ? -ENOENT : store_run_find(db, job, number, &run);

	return r < 0 ? r : jobs_stat(mount, db, KIND_RUN, run.id, ret_node);
}

static int next_run(struct db *db, int64_t job, int64_t offset, struct listing *ret_listing)
{
	struct run run;
	char text[24];
	int r = store_run_next(db, job, offset, &run);

	if (r < 0)
		return r;
	name_set(&ret_listing->name, text,
		 (size_t)snprintf(text, sizeof(text), "%lld", (long long)run.number));
	ret_listing->ino = inode_of(KIND_RUN, run.id);
	ret_listing->type = S_IFDIR;
	ret_listing->next = run.number;
	return 0;
}

/* ---- images/ of a job and of a run ---- */

/* Visible, and not removed. */
static bool shows(const struct image *image)
{
	return image->announced && image->folder;
}

/* The run whose pictures the folder links to; 0: none. */
static int run_of_folder(struct db *db, enum kind folder, int64_t id, int64_t *ret_run)
{
	struct job_view view;
	int r = job_view_load(db, folder, id, &view);

	if (r == 0)
		*ret_run = view.run.id;
	return r;
}

static int next_shown(struct db *db, int64_t run, int64_t after, struct image *ret_image)
{
	int r;

	while ((r = store_image_next_of_run(db, run, after, ret_image)) == 0) {
		if (shows(ret_image))
			return 0;
		after = ret_image->number;
	}
	return r;
}

static enum kind link_kind(enum kind folder)
{
	return folder == KIND_JOB_IMAGES ? KIND_JOB_LINK : KIND_RUN_LINK;
}

static int lookup_link(const struct mount *mount, struct db *db, enum kind folder, int64_t id,
		       const struct name *name, struct node *ret_node)
{
	struct image image;
	int64_t run, after = 0;
	int r = run_of_folder(db, folder, id, &run);

	while (r == 0 && (r = next_shown(db, run, after, &image)) == 0) {
		if (image.link.size == name->size &&
		    memcmp(image.link.bytes, name->bytes, name->size) == 0)
			return jobs_stat(mount, db, link_kind(folder), image.id, ret_node);
		after = image.number;
	}
	return r;
}

static int next_link(struct db *db, enum kind folder, int64_t id, int64_t offset,
		     struct listing *ret_listing)
{
	struct image image;
	int64_t run;
	int r = run_of_folder(db, folder, id, &run);

	if (r == 0)
		r = next_shown(db, run, offset, &image);
	if (r < 0)
		return r;
	ret_listing->name = image.link;
	ret_listing->ino = inode_of(link_kind(folder), image.id);
	ret_listing->type = S_IFLNK;
	ret_listing->next = image.number;
	return 0;
}

/* From jobs/album/dog.txt/images/ up to the root: one step a component of the
 * job's place and three more (two more again from runs/N/), then down to where
 * the picture is now. */
int jobs_link_target(struct db *db, enum kind kind, int64_t id, struct strbuf *target)
{
	struct folder folder = { 0 };
	struct image image;
	struct job job;
	int64_t above;
	int r = store_image_get(db, id, &image);

	if (r == 0 && !shows(&image))
		r = -ENOENT;
	if (r == 0)
		r = store_job_get(db, image.job, &job);
	if (r < 0)
		return r;
	strbuf_add_text(target, kind == KIND_RUN_LINK ? "../../../../../" : "../../../");
	for (above = job.folder; above != FOLDER_REQUESTS; above = folder.parent) {
		r = store_folder_get(db, above, &folder);
		if (r < 0)
			return r;
		strbuf_add_text(target, "../");
	}
	strbuf_add_text(target, "images/");
	return store_path(db, image.folder, &image.name, target);
}

static int stat_link(const struct mount *mount, struct db *db, enum kind kind, int64_t id,
		     struct node *ret_node)
{
	CLEANUP(strbuf) struct strbuf target = STRBUF_EMPTY;
	struct image image;
	int r = store_image_get(db, id, &image);

	if (r == 0)
		r = jobs_link_target(db, kind, id, &target);
	if (r < 0)
		return r;
	tree_fill(mount, ret_node, inode_of(kind, id), S_IFLNK | 0777, (int64_t)target.size,
		  image.finished_ms * 1000000);
	ret_node->st.st_blocks = 0;
	return 0;
}

/* ---- by kind ---- */

int jobs_stat(const struct mount *mount, struct db *db, enum kind kind, int64_t id,
	      struct node *ret_node)
{
	struct job_view view;
	int r;

	if (kind == KIND_JOB_LINK || kind == KIND_RUN_LINK)
		return stat_link(mount, db, kind, id, ret_node);
	r = job_view_load(db, kind, id, &view);
	return r < 0 ? r : fill(mount, db, kind, &view, ret_node);
}

int jobs_lookup(const struct mount *mount, struct db *db, enum kind kind, int64_t id,
		const struct name *name, struct node *ret_node)
{
	switch (kind) {
	case KIND_JOB:
	case KIND_RUN:
		return lookup_entry(mount, db, kind, id, name, ret_node);
	case KIND_JOB_RUNS:
		return lookup_run(mount, db, id, name, ret_node);
	case KIND_JOB_IMAGES:
	case KIND_RUN_IMAGES:
		return lookup_link(mount, db, kind, id, name, ret_node);
	default:
		return -ENOTDIR;
	}
}

int jobs_next(struct db *db, enum kind kind, int64_t id, int64_t offset,
	      struct listing *ret_listing)
{
	switch (kind) {
	case KIND_JOB:
	case KIND_RUN:
		return next_entry(db, kind, id, offset, ret_listing);
	case KIND_JOB_RUNS:
		return next_run(db, id, offset, ret_listing);
	case KIND_JOB_IMAGES:
	case KIND_RUN_IMAGES:
		return next_link(db, kind, id, offset, ret_listing);
	default:
		return -ENOTDIR;
	}
}

int jobs_parent(struct db *db, enum kind kind, int64_t id, uint64_t *ret_parent)
{
	struct job_view view;
	int r = job_view_load(db, kind, id, &view);

	if (r < 0)
		return r;
	switch (kind) {
	case KIND_JOB:
		*ret_parent = inode_of(KIND_JOB_FOLDER, view.job.folder);
		break;
	case KIND_RUN:
		*ret_parent = inode_of(KIND_JOB_RUNS, view.job.id);
		break;
	case KIND_RUN_IMAGES:
		*ret_parent = inode_of(KIND_RUN, view.run.id);
		break;
	default:
		*ret_parent = inode_of(KIND_JOB, view.job.id);
	}
	return 0;
}
