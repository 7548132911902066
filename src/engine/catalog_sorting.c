/* images/ as its owner sorts it: renaming, folders, removal. What is recorded and
 * not yet announced does not exist for people, so it never refuses them a name:
 * it gives way. A removed picture's file is deleted only when the removal is
 * synced to disk, and its place is remembered until then, so that a crash between the
 * two neither loses a picture that is still named nor leaks one that is not. */
#include "engine/catalog.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/failpoint.h"
#include "catalog_tx.h"
#include "io/store_images.h"
#include "io/store_tree.h"

/* ---- what people see ---- */

static int find_folder(struct tx *tx, int64_t parent, const struct name *name,
		       struct folder *ret_folder)
{
	int r = store_folder_find(tx->db, parent, name, ret_folder);

	return r < 0 || ret_folder->present ? r : -ENOENT;
}

static int find_image(struct tx *tx, int64_t folder, const struct name *name,
		      struct image *ret_image)
{
	int r = store_image_find(tx->db, folder, name, ret_image);

	return r < 0 || ret_image->announced ? r : -ENOENT;
}

/* Whether anything is seen in the folder: 1, 0 or -errno. */
static int shows_something(struct tx *tx, int64_t id)
{
	struct folder folder;
	struct image image;
	int64_t after = 0;
	int r;

	while ((r = store_image_next(tx->db, id, after, &image)) == 0) {
		if (image.announced)
			return 1;
		after = image.id;
	}
	if (r != -ENOENT)
		return r;
	after = 0;
	while ((r = store_folder_next(tx->db, id, after, &folder)) == 0) {
		if (folder.present)
			return 1;
		after = folder.id;
	}
	return r == -ENOENT ? 0 : r;
}

/* Something can be put into it. */
static int check_parent(struct tx *tx, int64_t id)
{
	struct folder folder;
	int r = store_folder_get(tx->db, id, &folder);

	if (r < 0)
		return r;
	return !folder.present ? -ENOENT : folder.images ? 0 : -EPERM;
}

/* The names of freedesktop.org's trash specification. */
static int check_name(const struct name *name)
{
	static const char trash[] = ".Trash";
	size_t size = sizeof(trash) - 1;

	if (name->size < size || memcmp(name->bytes, trash, size) != 0)
		return 0;
	return name->size == size || name->bytes[size] == '-' ? -EPERM : 0;
}

/* ---- removing ---- */

static int remove_image(struct tx *tx, struct image *image)
{
	int r = store_xattr_remove_all(tx->db, XATTR_IMAGE, image->id);

	if (r == 0)
		r = store_doomed_add(tx->db, image->blob);
	image->folder = 0;
	if (r == 0)
		r = store_image_update(tx->db, image);
	if (r == 0)
		r = tx_log(tx, image->job, image->run, "picture %s was removed", image->name.bytes);
	return r < 0 ? r
		     : tx_note(tx, (struct note){
					   .kind = NOTE_GONE,
					   .gone = GONE_LINK,
					   .job = image->job,
					   .run = image->run,
					   .image = image->id,
					   .name = image->link,
				   });
}

/* A folder that pictures are on their way to stays unseen until they arrive. */
static int remove_folder(struct tx *tx, struct folder *folder)
{
	int r = shows_something(tx, folder->id);

	if (r != 0)
		return r < 0 ? r : -ENOTEMPTY;
	r = store_xattr_remove_all(tx->db, XATTR_IMAGE_FOLDER, folder->id);
	folder->present = false;
	if (r == 0)
		r = store_folder_update(tx->db, folder);
	return r < 0 ? r : tx_prune_folder(tx, folder->id);
}

struct place {
	int64_t folder;
	const struct name *name;
};

static int body_remove_image(struct tx *tx)
{
	const struct place *place = tx->arg;
	struct folder folder;
	struct image image;
	int r = find_folder(tx, place->folder, place->name, &folder);

	if (r != -ENOENT)
		return r < 0 ? r : -EISDIR;
	r = find_image(tx, place->folder, place->name, &image);
	if (r == 0)
		r = remove_image(tx, &image);
	return r < 0 ? r : store_folder_touch(tx->db, place->folder, tx->now_ns);
}

int catalog_remove_image(struct catalog *catalog, int64_t folder, const struct name *name)
{
	struct place place = { folder, name };

	return tx_run(catalog, STORE_LAZY, body_remove_image, &place);
}

static int body_remove_folder(struct tx *tx)
{
	const struct place *place = tx->arg;
	struct folder folder;
	struct image image;
	int r = find_image(tx, place->folder, place->name, &image);

	if (r != -ENOENT)
		return r < 0 ? r : -ENOTDIR;
	r = find_folder(tx, place->folder, place->name, &folder);
	if (r == 0)
		r = remove_folder(tx, &folder);
	return r < 0 ? r : store_folder_touch(tx->db, place->folder, tx->now_ns);
}

int catalog_remove_image_folder(struct catalog *catalog, int64_t parent, const struct name *name)
{
	struct place place = { parent, name };

	return tx_run(catalog, STORE_LAZY, body_remove_folder, &place);
}

/* ---- folders ---- */

struct make_folder {
	int64_t parent;
	const struct name *name;
	const struct owner *owner;
	struct folder *ret_folder;
};

/* The folder that pictures are on their way to is the one that was asked for. */
static int body_make_folder(struct tx *tx)
{
	const struct make_folder *make = tx->arg;
	struct folder folder;
	struct image image;
	bool known;
	int r = check_parent(tx, make->parent);

	if (r == 0)
		r = find_image(tx, make->parent, make->name, &image);
	if (r != -ENOENT)
		return r < 0 ? r : -EEXIST;
	r = store_folder_find(tx->db, make->parent, make->name, &folder);
	known = r == 0;
	if (known && folder.present)
		return -EEXIST;
	if (r == -ENOENT) {
		folder = (struct folder){ .parent = make->parent, .name = *make->name };
		r = tx_give_way(tx, make->parent, make->name);
	}
	if (r < 0)
		return r;
	folder.images = folder.present = true;
	folder.mode = make->owner->mode;
	folder.uid = make->owner->uid;
	folder.gid = make->owner->gid;
	folder.mtime_ns = folder.ctime_ns = tx->now_ns;
	r = known ? store_folder_update(tx->db, &folder) : store_folder_insert(tx->db, &folder);
	if (r == 0)
		r = store_folder_touch(tx->db, make->parent, tx->now_ns);
	if (r == 0)
		*make->ret_folder = folder;
	return r;
}

int catalog_make_image_folder(struct catalog *catalog, int64_t parent, const struct name *name,
			      const struct owner *owner, struct folder *ret_folder)
{
	struct make_folder make = { parent, name, owner, ret_folder };
	int r = check_name(name);

	return r < 0 ? r : tx_run(catalog, STORE_LAZY, body_make_folder, &make);
}

/* ---- rename ---- */

static int move_image(struct tx *tx, struct image *image, const struct move *move)
{
	struct folder folder;
	struct image target;
	int r = find_folder(tx, move->to_folder, move->to, &folder);

	if (r != -ENOENT)
		return r < 0 ? r : move->flags & MOVE_NO_REPLACE ? -EEXIST : -EISDIR;
	r = find_image(tx, move->to_folder, move->to, &target);
	if (r == 0 && move->flags & MOVE_NO_REPLACE)
		return -EEXIST;
	if (r == 0 && target.id == image->id)
		return 0;
	if (r == 0)
		r = remove_image(tx, &target);
	else if (r == -ENOENT)
		r = tx_give_way(tx, move->to_folder, move->to);
	if (r < 0)
		return r;
	image->folder = move->to_folder;
	image->name = *move->to;
	return store_image_update(tx->db, image);
}

static int make_room(struct tx *tx, const struct folder *folder, const struct move *move)
{
	struct folder target;
	struct image image;
	int r = find_image(tx, move->to_folder, move->to, &image);

	if (r != -ENOENT)
		return r < 0 ? r : move->flags & MOVE_NO_REPLACE ? -EEXIST : -ENOTDIR;
	r = find_folder(tx, move->to_folder, move->to, &target);
	if (r == 0 && move->flags & MOVE_NO_REPLACE)
		return -EEXIST;
	if (r == 0 && target.id != folder->id)
		r = remove_folder(tx, &target);
	return r < 0 && r != -ENOENT ? r : 0;
}

static int move_folder(struct tx *tx, struct folder *folder, const struct move *move)
{
	bool stays = folder->parent == move->to_folder && folder->name.size == move->to->size &&
		     memcmp(folder->name.bytes, move->to->bytes, move->to->size) == 0;
	int r = store_folder_is_below(tx->db, move->to_folder, folder->id);

	if (r != 0)
		return r < 0 ? r : -EINVAL;
	r = make_room(tx, folder, move);
	if (r < 0 || stays)
		return r;
	r = tx_give_way(tx, move->to_folder, move->to);
	if (r < 0)
		return r;
	folder->parent = move->to_folder;
	folder->name = *move->to;
	folder->ctime_ns = tx->now_ns;
	return store_folder_update(tx->db, folder);
}

static int body_move(struct tx *tx)
{
	const struct move *move = tx->arg;
	struct folder folder;
	struct image image;
	int r = check_parent(tx, move->to_folder);

	if (r == 0)
		r = find_image(tx, move->from_folder, move->from, &image);
	if (r == 0) {
		r = move_image(tx, &image, move);
	} else if (r == -ENOENT) {
		r = find_folder(tx, move->from_folder, move->from, &folder);
		if (r == 0)
			r = move_folder(tx, &folder, move);
	}
	if (r == 0)
		r = store_folder_touch(tx->db, move->from_folder, tx->now_ns);
	return r < 0 ? r : store_folder_touch(tx->db, move->to_folder, tx->now_ns);
}

int catalog_move_image(struct catalog *catalog, const struct move *move)
{
	struct move copy = *move;
	int r = check_name(move->to);

	return r < 0 ? r : tx_run(catalog, STORE_LAZY, body_move, &copy);
}

/* ---- burying ---- */

static int body_buried(struct tx *tx)
{
	return store_doomed_remove(tx->db, tx->arg);
}

static int next_doomed(struct catalog *catalog, const char *after, struct blob *blob)
{
	CLEANUP(store_read) struct db *db = store_read_begin(catalog->store);

	return db ? store_doomed_next(db, after, blob->place, sizeof(blob->place)) : -EIO;
}

/* Each removal is on disk before its file goes, even one that somebody else committed
 * since the last sync: a power cut could take the removal back, never the file. */
static int bury(struct catalog *catalog, struct blobs *blobs, struct blob *blob)
{
	int r = catalog_sync(catalog);

	if (r == 0)
		r = blobs_remove(blobs, blob->place);
	FAILPOINT("buried-before");
	return r < 0 ? r : tx_run(catalog, STORE_LAZY, body_buried, blob->place);
}

/* One that cannot be deleted waits for the next time; the others do not. */
int catalog_bury(struct catalog *catalog, struct blobs *blobs)
{
	struct blob before = { .place = "" }, blob;
	int r, failed = 0;

	while ((r = next_doomed(catalog, before.place, &blob)) == 0) {
		r = bury(catalog, blobs, &blob);
		if (r < 0)
			failed = r;
		before = blob;
	}
	return r == -ENOENT ? failed : r;
}
