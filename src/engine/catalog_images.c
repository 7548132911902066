/* images/: finished pictures get their names. A picture is recorded before
 * anyone can see it, and becomes visible with catalog_announce(), which is also
 * what makes its call done: a job never says `done` before every picture can be
 * opened. */
#include "engine/catalog.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/failpoint.h"
#include "base/utf8.h"
#include "catalog_tx.h"
#include "io/store_calls.h"
#include "io/store_images.h"
#include "io/store_jobs.h"
#include "io/store_tree.h"

enum { NAME_TRIES_MAX = 100000 };

/* Whether anything in the folder has the name: 1, 0 or -errno. */
static int is_taken(struct tx *tx, int64_t folder, const struct name *name)
{
	struct folder other;
	struct image image;
	int r = store_folder_find(tx->db, folder, name, &other);

	if (r != -ENOENT)
		return r < 0 ? r : 1;
	r = store_image_find(tx->db, folder, name, &image);
	return r == -ENOENT ? 0 : r < 0 ? r : 1;
}

/* "stem.ext", "stem-2.ext", …: the n-th, the stem cut at a character to fit. */
static struct name numbered_name(const struct name *stem, const char *extension, int n)
{
	struct name name;
	char tail[32] = "";
	size_t size, tail_size;

	if (n > 1)
		snprintf(tail, sizeof(tail), "-%d", n);
	if (*extension) {
		size = strlen(tail);
		snprintf(tail + size, sizeof(tail) - size, ".%s", extension);
	}
	tail_size = strlen(tail);
	size = utf8_cut(stem->bytes, stem->size, NAME_ROOM - 1 - tail_size);
	memcpy(name.bytes, stem->bytes, size);
	memcpy(name.bytes + size, tail, tail_size + 1);
	name.size = size + tail_size;
	return name;
}

/* The name without its extension, which begins after the last dot. */
static struct name stem_of(const struct name *name)
{
	struct name stem = *name;

	for (size_t i = name->size; i-- > 1;)
		if (name->bytes[i] == '.') {
			stem.bytes[stem.size = i] = '\0';
			break;
		}
	return stem;
}

/* Pictures of a run keep the names that they came with as those of their links,
 * wherever they are moved: 1, 0 or -errno. */
static int is_link(struct tx *tx, int64_t run, const struct name *name)
{
	struct image image;
	int64_t after = 0;
	int r;

	while ((r = store_image_next_of_run(tx->db, run, after, &image)) == 0) {
		after = image.number;
		if (image.link.size == name->size &&
		    memcmp(image.link.bytes, name->bytes, name->size) == 0)
			return 1;
	}
	return r == -ENOENT ? 0 : r;
}

int tx_free_image_name(struct tx *tx, int64_t folder, const struct name *wanted,
		       const char *extension, struct name *ret_name)
{
	for (int n = 1; n <= NAME_TRIES_MAX; n++) {
		struct name name = numbered_name(wanted, extension, n);
		int taken = is_taken(tx, folder, &name);

		if (taken < 0)
			return taken;
		if (!taken) {
			*ret_name = name;
			return 0;
		}
	}
	return -EEXIST;
}

int tx_give_way(struct tx *tx, int64_t parent, const struct name *name)
{
	struct folder folder;
	struct image image;
	struct name stem;
	int r = store_folder_find(tx->db, parent, name, &folder);

	if (r == 0) {
		r = tx_free_image_name(tx, parent, name, "", &folder.name);
		return r < 0 ? r : store_folder_update(tx->db, &folder);
	}
	if (r == -ENOENT)
		r = store_image_find(tx->db, parent, name, &image);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	stem = stem_of(name);
	r = tx_free_image_name(tx, parent, &stem, picture_extension(image.type), &image.name);
	return r < 0 ? r : store_image_update(tx->db, &image);
}

/* The folder below images/ for a folder below requests/, made where missing; a
 * picture of its name makes it "album-2", now and later. */
static int mirror_folder(struct tx *tx, int64_t request_folder, int64_t *ret_folder)
{
	struct folder source, mirror;
	struct image image;
	int64_t parent;
	int n = 1, r = store_folder_get(tx->db, request_folder, &source);

	if (r < 0)
		return r;
	if (!source.parent) {
		*ret_folder = FOLDER_IMAGES;
		return 0;
	}
	r = mirror_folder(tx, source.parent, &parent);
	while (r == 0) {
		struct name name = numbered_name(&source.name, "", n++);

		r = store_folder_find(tx->db, parent, &name, &mirror);
		if (r != -ENOENT)
			break;
		r = store_image_find(tx->db, parent, &name, &image);
		if (r != -ENOENT)
			continue;
		mirror = (struct folder){
			.parent = parent,
			.name = name,
			.images = true,
			.mode = 0700,
			.uid = -1,
			.gid = -1,
			.mtime_ns = tx->now_ns,
			.ctime_ns = tx->now_ns,
		};
		r = store_folder_insert(tx->db, &mirror);
		break;
	}
	if (r == 0)
		*ret_folder = mirror.id;
	return r;
}

/* A name that is free in the picture's folder and among the links of its run. */
static int name_image(struct tx *tx, const struct job *job, struct image *image)
{
	struct name stem = stem_of(&job->name);
	const char *extension = picture_extension(image->type);

	for (int n = 1; n <= NAME_TRIES_MAX; n++) {
		int taken;

		image->name = numbered_name(&stem, extension, n);
		taken = is_link(tx, image->run, &image->name);
		if (taken == 0)
			taken = is_taken(tx, image->folder, &image->name);
		if (taken <= 0)
			return taken;
	}
	return -EEXIST;
}

/* ---- a call's end ---- */

/* Whether a picture of the call waits to be announced: 1, 0 or -errno. */
static int left_to_announce(struct tx *tx, int64_t call)
{
	struct image image;
	int64_t after = 0;
	int r;

	while ((r = store_image_next_of_call(tx->db, call, after, &image)) == 0) {
		if (!image.announced)
			return 1;
		after = image.id;
	}
	return r == -ENOENT ? 0 : r;
}

/* Its last picture is visible: done, or what it lost counts now. */
static int end_call(struct tx *tx, int64_t id)
{
	CLEANUP(strbuf) struct strbuf error = STRBUF_EMPTY;
	struct call_news news = CALL_NEWS(EVENT_PUBLISHED);
	struct call call;
	int r = store_call_get(tx->db, id, &call);

	if (r == 0 && call.loss != EVENT_NONE) {
		news.event = call.loss;
		r = store_call_text(tx->db, call.id, CALL_ERROR, &error);
		news.error = strbuf_text(&error);
	}
	return r < 0 ? r : tx_call(tx, id, &news);
}

/* The call's pictures changed; it ends where none is left to be announced. */
static int follow_pictures(struct tx *tx, int64_t call, int64_t run)
{
	int r = left_to_announce(tx, call);

	if (r == 0) {
		r = end_call(tx, call);
		if (r != -EBUSY)
			return r;
	}
	return r < 0 && r != -EBUSY ? r : tx_refresh_run(tx, run);
}

/* ---- adding ---- */

struct add_images {
	int64_t call;
	const struct new_image *images;
	size_t count;
	const struct call_news *loss;
};

static int add_image(struct tx *tx, const struct job *job, const struct call *call,
		     const struct new_image *new)
{
	const struct blob *blob = new->blob;
	struct image image = {
		.job = job->id,
		.run = call->run,
		.call = call->id,
		.type = blob->picture.type,
		.width = blob->picture.width,
		.height = blob->picture.height,
		.size = (int64_t)blob->size,
		.blocks = (int64_t)blob->disk_blocks,
		.finished_ms = tx->now_ms,
		.unsafe = new->unsafe,
	};
	int64_t last = store_image_last_number(tx->db, call->run);
	int r = last < 0 ? (int)last : mirror_folder(tx, job->folder, &image.folder);

	if (r == 0)
		r = name_image(tx, job, &image);
	if (r < 0)
		return r;
	image.number = last + 1;
	image.link = image.name;
	snprintf(image.blob, sizeof(image.blob), "%s", blob->place);
	snprintf(image.origin, sizeof(image.origin), "%s", new->origin ? new->origin : "");
	snprintf(image.sha256, sizeof(image.sha256), "%s", blob->sha256);
	r = store_image_insert(tx->db, &image);
	if (r == 0)
		r = tx_log(tx, job->id, call->run, "picture %s, %u × %u, %lld bytes",
			   image.name.bytes, image.width, image.height, (long long)image.size);
	return r < 0 ? r : tx_note(tx, (struct note){ .kind = NOTE_IMAGE, .image = image.id });
}

static int add_loss(struct tx *tx, const struct run *run, struct call *call,
		    const struct call_news *loss)
{
	int r = store_call_set_text(tx->db, call->id, CALL_ERROR, loss->error ? loss->error : "");

	call->loss = loss->event;
	return r < 0 || !loss->log ? r : tx_log(tx, run->job, run->id, "%s", loss->log);
}

/* Whether the call has this picture already (1, 0 or -errno): what lost some of its pictures
 * fetches all of them when it is tried again. Equal ones that came together are as many
 * pictures. */
static int is_here(struct tx *tx, const struct add_images *add, size_t i)
{
	const char *sha256 = add->images[i].blob->sha256;
	struct image image;
	size_t here = 0, now = 0;
	int64_t after = 0;
	int r;

	for (size_t k = 0; k < i; k++)
		now += strcmp(add->images[k].blob->sha256, sha256) == 0;
	while ((r = store_image_next_of_call(tx->db, add->call, after, &image)) == 0) {
		here += strcmp(image.sha256, sha256) == 0;
		after = image.id;
	}
	return r == -ENOENT ? here > now : r;
}

/* Adds those that are new; how many, or -errno. */
static int add_new(struct tx *tx, const struct job *job, const struct call *call)
{
	const struct add_images *add = tx->arg;
	int r = 0, added = 0;

	for (size_t i = 0; i < add->count && r == 0; i++) {
		r = is_here(tx, add, i);
		if (r == 0) {
			r = add_image(tx, job, call, &add->images[i]);
			added++;
		} else if (r > 0) {
			r = store_doomed_add(tx->db, add->images[i].blob->place);
		}
	}
	return r < 0 ? r : added;
}

static int body_add_images(struct tx *tx)
{
	const struct add_images *add = tx->arg;
	struct call call;
	struct job job;
	struct run run;
	int added, r = store_call_get(tx->db, add->call, &call);

	if (r == 0)
		r = store_run_get(tx->db, call.run, &run);
	if (r == 0)
		r = store_job_get(tx->db, run.job, &job);
	if (r < 0)
		return r;
	added = add_new(tx, &job, &call);
	if (added < 0)
		return added;
	if (add->loss)
		r = add_loss(tx, &run, &call, add->loss);
	if (r == 0)
		r = added ? tx_count_pictures(tx, &call, added) : store_call_update(tx->db, &call);
	return r < 0 ? r : follow_pictures(tx, call.id, call.run);
}

int catalog_add_images(struct catalog *catalog, int64_t call, const struct new_image *images,
		       size_t count, const struct call_news *loss)
{
	struct add_images add = { call, images, count, loss };

	return tx_run(catalog, STORE_SYNCED, body_add_images, &add);
}

struct add_log {
	int64_t call;
	const char *line;
};

static int body_add_log(struct tx *tx)
{
	const struct add_log *add = tx->arg;
	struct call call;
	struct run run = { 0 };
	int r = store_call_get(tx->db, add->call, &call);

	if (r == 0)
		r = store_run_get(tx->db, call.run, &run);
	return r < 0 ? r : tx_log(tx, run.job, run.id, "%s", add->line);
}

int catalog_add_log(struct catalog *catalog, int64_t call, const char *line)
{
	struct add_log add = { call, line };

	return tx_run(catalog, STORE_LAZY, body_add_log, &add);
}

/* ---- announcing ---- */

static int show_folder(struct tx *tx, int64_t id)
{
	struct folder folder;
	int r = store_folder_get(tx->db, id, &folder);

	if (r < 0 || folder.present)
		return r;
	folder.present = true;
	folder.mtime_ns = folder.ctime_ns = tx->now_ns;
	r = store_folder_update(tx->db, &folder);
	if (r == 0)
		r = store_folder_touch(tx->db, folder.parent, tx->now_ns);
	return r < 0 ? r : show_folder(tx, folder.parent);
}

static int body_announce(struct tx *tx)
{
	const int64_t *id = tx->arg;
	struct image image;
	int r = store_image_get(tx->db, *id, &image);

	if (r < 0 || image.announced)
		return r;
	image.announced = true;
	FAILPOINT("announce-within");
	r = store_image_update(tx->db, &image);
	if (r == 0 && image.folder)
		r = show_folder(tx, image.folder);
	if (r == 0 && image.folder)
		r = store_folder_touch(tx->db, image.folder, tx->now_ns);
	return r < 0 ? r : follow_pictures(tx, image.call, image.run);
}

int catalog_announce(struct catalog *catalog, int64_t image)
{
	FAILPOINT("announce-before");
	return tx_run(catalog, STORE_LAZY, body_announce, &image);
}

static int body_announce_folder(struct tx *tx)
{
	const int64_t *id = tx->arg;

	return show_folder(tx, *id);
}

int catalog_announce_folder(struct catalog *catalog, int64_t folder)
{
	return tx_run(catalog, STORE_LAZY, body_announce_folder, &folder);
}
