/* Operations that change something: requests and their folders, commands, and
 * the announcer's last steps. What has no place to be changed is EPERM. */
#include "ops_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "io/store_images.h"
#include "io/store_tree.h"
#include "job/request.h"
#include "mount/reloader.h"

/* ---- the announcer's own ---- */

/* The image that waits to be announced under this name. */
static int unannounced_image(const struct mount *mount, int64_t folder, const struct name *name,
			     struct image *ret_image)
{
	CLEANUP(store_read) struct db *db = store_read_begin(mount->store);
	int r = db ? store_image_find(db, folder, name, ret_image) : -EIO;

	return r < 0 ? r : ret_image->announced ? -EEXIST : 0;
}

static int announce_image(const struct mount *mount, int64_t folder, const struct name *name,
			  uint64_t *ret_ino, struct handle **ret_handle)
{
	struct image image;
	int r = unannounced_image(mount, folder, name, &image);

	if (r == 0)
		r = catalog_announce(mount->catalog, image.id);
	if (r < 0)
		return r;
	*ret_ino = inode_of(KIND_IMAGE, image.id);
	return handle_open(mount, *ret_ino, O_RDONLY, ret_handle);
}

static int announce_folder(const struct mount *mount, int64_t parent, const struct name *name,
			   uint64_t *ret_ino)
{
	CLEANUP(store_read) struct db *db = store_read_begin(mount->store);
	struct folder folder;
	int r = db ? store_folder_find(db, parent, name, &folder) : -EIO;

	store_read_end(db);
	db = NULL;
	if (r == 0)
		r = folder.present ? -EEXIST : catalog_announce_folder(mount->catalog, folder.id);
	if (r == 0)
		*ret_ino = inode_of(KIND_IMAGE_FOLDER, folder.id);
	return r;
}

/* ---- making ---- */

static struct owner owner_of(fuse_req_t req, mode_t mode)
{
	const struct fuse_ctx *context = fuse_req_ctx(req);
	const struct mount *mount = mount_of(req);
	struct owner owner = {
		.mode = mode & 07777 & ~mount->umask,
		.uid = context->uid == mount->uid ? -1 : (int64_t)context->uid,
		.gid = context->gid == mount->gid ? -1 : (int64_t)context->gid,
	};

	return owner;
}

static int create_file(fuse_req_t req, fuse_ino_t parent, const struct name *name, mode_t mode,
		       struct file *ret_file)
{
	const struct mount *mount = mount_of(req);
	struct owner owner = owner_of(req, mode);
	char writer[WRITER_ROOM];

	if (mount->read_only)
		return -EROFS;
	owner.writer = draft_writer_name(fuse_req_ctx(req)->pid, writer, sizeof(writer));
	if (inode_kind(parent) != KIND_REQUEST_FOLDER)
		return -EPERM;
	return catalog_create(mount->catalog, inode_id(parent), name, &owner, ret_file);
}

void op_create(fuse_req_t req, fuse_ino_t parent, const char *text, mode_t mode,
	       struct fuse_file_info *fi)
{
	const struct mount *mount = mount_of(req);
	struct fuse_entry_param entry;
	struct handle *handle;
	struct node node;
	struct name name;
	struct file file;
	struct db *db;
	uint64_t ino = 0;
	int r = ops_name(text, &name);

	if (r == 0 && inode_kind(parent) == KIND_IMAGE_FOLDER &&
	    mount_is_announcer(mount, fuse_req_ctx(req)->pid)) {
		r = announce_image(mount, inode_id(parent), &name, &ino, &handle);
	} else if (r == 0) {
		r = create_file(req, parent, &name, mode, &file);
		if (r == 0)
			r = handle_open_created(mount, &file, fi->flags, &handle);
		ino = inode_of(KIND_FILE, r == 0 ? file.id : 0);
	}
	if (r < 0) {
		fuse_reply_err(req, -r);
		return;
	}
	db = store_read_begin(mount->store);
	r = db ? tree_stat(mount, db, ino, &node) : -EIO;
	store_read_end(db);
	if (r < 0) {
		handle_close(handle);
		fuse_reply_err(req, -r);
		return;
	}
	ops_fill_entry(&node, &entry);
	ops_open_flags(handle, fi);
	if (fuse_reply_create(req, &entry, fi) == -ENOENT)
		handle_close(handle); /* the open was interrupted */
}

/* A file without a handle: what mknod(2) makes is closed at once. */
void op_mknod(fuse_req_t req, fuse_ino_t parent, const char *text, mode_t mode, dev_t rdev)
{
	struct name name;
	struct file file;
	int r = ops_name(text, &name);

	(void)rdev;
	if (r == 0 && !S_ISREG(mode))
		r = -EPERM;
	if (r == 0)
		r = create_file(req, parent, &name, mode, &file);
	if (r == 0 && file.job)
		r = catalog_close(mount_of(req)->catalog, file.id, true);
	if (r < 0)
		fuse_reply_err(req, -r);
	else
		ops_reply_entry(req, inode_of(KIND_FILE, file.id));
}

static int make_folder(fuse_req_t req, fuse_ino_t parent, const struct name *name, mode_t mode,
		       uint64_t *ret_ino)
{
	const struct mount *mount = mount_of(req);
	struct owner owner = owner_of(req, mode);
	enum kind kind = inode_kind(parent);
	struct folder folder;
	int r;

	if (kind == KIND_IMAGE_FOLDER && mount_is_announcer(mount, fuse_req_ctx(req)->pid))
		return announce_folder(mount, inode_id(parent), name, ret_ino);
	if (mount->read_only)
		return -EROFS;
	if (kind == KIND_REQUEST_FOLDER)
		r = catalog_make_folder(mount->catalog, inode_id(parent), name, &owner, &folder);
	else if (kind == KIND_IMAGE_FOLDER)
		r = catalog_make_image_folder(mount->catalog, inode_id(parent), name, &owner,
					      &folder);
	else
		r = -EPERM;
	if (r == 0)
		*ret_ino = inode_of(kind, folder.id);
	return r;
}

void op_mkdir(fuse_req_t req, fuse_ino_t parent, const char *text, mode_t mode)
{
	struct name name;
	uint64_t ino = 0;
	int r = ops_name(text, &name);

	if (r == 0)
		r = make_folder(req, parent, &name, mode, &ino);
	if (r < 0)
		fuse_reply_err(req, -r);
	else
		ops_reply_entry(req, ino);
}

void op_symlink(fuse_req_t req, const char *link, fuse_ino_t parent, const char *name)
{
	(void)link;
	(void)parent;
	(void)name;
	fuse_reply_err(req, EPERM);
}

void op_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t parent, const char *name)
{
	(void)ino;
	(void)parent;
	(void)name;
	fuse_reply_err(req, EPERM);
}

/* ---- removing ---- */

static int unlink_request(const struct mount *mount, int64_t folder, const struct name *name)
{
	struct db *db = store_read_begin(mount->store);
	struct file file;
	int64_t gone;
	bool open;
	int r = db ? store_file_find(db, folder, name, &file) : -EIO;

	store_read_end(db);
	if (r < 0)
		return r;
	open = drafts_is_open(mount->drafts, file.id, ACCESS_READ);
	r = catalog_unlink(mount->catalog, folder, name, open ? KEEP_OPEN : KEEP_NONE, &gone);
	if (r == 0 && open)
		drafts_unlinked(mount->drafts, gone);
	return r;
}

/* The file goes after the name, and what cannot be deleted now is tried again
 * with the next: nobody has to hear of it. */
static int unlink_image(const struct mount *mount, int64_t folder, const struct name *name)
{
	int r = catalog_remove_image(mount->catalog, folder, name);

	if (r == 0)
		(void)catalog_bury(mount->catalog, mount->blobs);
	return r;
}

static bool is_inside_job(enum kind folder)
{
	return folder == KIND_JOB_RUNS || kind_of_job(folder) == KIND_JOB ||
	       kind_of_job(folder) == KIND_JOB_IMAGES;
}

/* Inside a job everything can be removed and nothing goes, so that `rm -r jobs/P`
 * reaches the rmdir that means it. */
void op_unlink(fuse_req_t req, fuse_ino_t parent, const char *text)
{
	const struct mount *mount = mount_of(req);
	struct name name;
	int r = ops_name(text, &name);

	if (r == 0 && mount->read_only)
		r = -EROFS;
	if (r == 0 && inode_kind(parent) == KIND_REQUEST_FOLDER)
		r = unlink_request(mount, inode_id(parent), &name);
	else if (r == 0 && inode_kind(parent) == KIND_IMAGE_FOLDER)
		r = unlink_image(mount, inode_id(parent), &name);
	else if (r == 0 && !is_inside_job(inode_kind(parent)))
		r = -EPERM;
	reply_result(req, r);
}

/* -ENOTEMPTY, 0 or another -errno. */
static int has_entries(const struct mount *mount, uint64_t folder)
{
	CLEANUP(store_read) struct db *db = store_read_begin(mount->store);
	struct listing listing;
	int r = db ? tree_next(mount, db, folder, 0, &listing) : -EIO;

	return r == 0 ? -ENOTEMPTY : r == -ENOENT ? 0 : r;
}

static int forget_job(const struct mount *mount, fuse_ino_t parent, const struct name *name)
{
	struct db *db = store_read_begin(mount->store);
	struct node node;
	int64_t file;
	int r = db ? tree_lookup(mount, db, parent, name, &node) : -EIO;

	store_read_end(db);
	if (r < 0)
		return r;
	if (inode_kind(node.ino) == KIND_JOB_FOLDER)
		return has_entries(mount, node.ino); /* it mirrors requests/: nothing to remove */
	r = catalog_forget(mount->catalog, inode_id(node.ino), &file);
	if (r == 0)
		drafts_forgotten(mount->drafts, file);
	return r;
}

void op_rmdir(fuse_req_t req, fuse_ino_t parent, const char *text)
{
	const struct mount *mount = mount_of(req);
	struct name name;
	int r = ops_name(text, &name);

	if (r == 0 && mount->read_only)
		r = -EROFS;
	if (r == 0) {
		switch (inode_kind(parent)) {
		case KIND_REQUEST_FOLDER:
			r = catalog_remove_folder(mount->catalog, inode_id(parent), &name);
			break;
		case KIND_IMAGE_FOLDER:
			r = catalog_remove_image_folder(mount->catalog, inode_id(parent), &name);
			break;
		case KIND_JOB_FOLDER:
			r = forget_job(mount, parent, &name);
			break;
		default:
			/* jobs/P/images and the like, on the way of rm -r */
			r = is_inside_job(inode_kind(parent)) ? 0 : -EPERM;
		}
	}
	reply_result(req, r);
}

/* ---- renaming ---- */

static int file_at(const struct mount *mount, int64_t folder, const struct name *name,
		   struct file *ret_file)
{
	CLEANUP(store_read) struct db *db = store_read_begin(mount->store);

	return db ? store_file_find(db, folder, name, ret_file) : -EIO;
}

static int rename_request(const struct mount *mount, struct move *move)
{
	struct file target;
	int64_t replaced = 0;
	int r;

	/* What was written and is still open goes along to its new name. */
	move->is_written = drafts_owes_close;
	move->arg = mount->drafts;
	if (file_at(mount, move->to_folder, move->to, &target) == 0 &&
	    drafts_is_open(mount->drafts, target.id, ACCESS_READ))
		move->flags |= MOVE_TARGET_OPEN;
	r = catalog_move(mount->catalog, move, &replaced);
	if (r < 0)
		return r;
	drafts_renamed(mount->drafts);
	if (replaced && move->flags & MOVE_TARGET_OPEN)
		drafts_unlinked(mount->drafts, replaced);
	return 0;
}

static int rename_image(const struct mount *mount, const struct move *move)
{
	int r = catalog_move_image(mount->catalog, move);

	if (r == 0)
		(void)catalog_bury(mount->catalog, mount->blobs);
	return r;
}

static int rename_in(const struct mount *mount, enum kind kind, struct move *move)
{
	if (mount->read_only)
		return -EROFS;
	if (kind == KIND_REQUEST_FOLDER)
		return rename_request(mount, move);
	return kind == KIND_IMAGE_FOLDER ? rename_image(mount, move) : -EPERM;
}

void op_rename(fuse_req_t req, fuse_ino_t parent, const char *text, fuse_ino_t new_parent,
	       const char *new_text, unsigned flags)
{
	const struct mount *mount = mount_of(req);
	struct name name, new_name;
	struct move move = {
		.from_folder = inode_id(parent),
		.to_folder = inode_id(new_parent),
		.from = &name,
		.to = &new_name,
		.flags = flags & RENAME_NOREPLACE ? MOVE_NO_REPLACE : 0,
	};
	int r = ops_name(text, &name);

	if (r == 0)
		r = ops_name(new_text, &new_name);
	if (r == 0 && flags & ~(unsigned)RENAME_NOREPLACE)
		r = -EINVAL;
	if (r == 0 && inode_kind(parent) != inode_kind(new_parent))
		r = -EXDEV;
	if (r == 0)
		r = rename_in(mount, inode_kind(parent), &move);
	reply_result(req, r);
}

/* ---- attributes ---- */

static int64_t time_of(const struct timespec *given, bool now)
{
	return now ? clock_wall_ns() : clock_ns(*given);
}

static struct attributes attributes_of(const struct stat *st, int to_set)
{
	struct attributes attributes = { 0 };

	if (to_set & FUSE_SET_ATTR_MODE) {
		attributes.set |= SET_MODE;
		attributes.mode = st->st_mode & 07777;
	}
	if (to_set & FUSE_SET_ATTR_UID) {
		attributes.set |= SET_UID;
		attributes.uid = st->st_uid;
	}
	if (to_set & FUSE_SET_ATTR_GID) {
		attributes.set |= SET_GID;
		attributes.gid = st->st_gid;
	}
	if (to_set & (FUSE_SET_ATTR_ATIME | FUSE_SET_ATTR_ATIME_NOW)) {
		attributes.set |= SET_ATIME;
		attributes.atime_ns = time_of(&st->st_atim, to_set & FUSE_SET_ATTR_ATIME_NOW);
	}
	if (to_set & (FUSE_SET_ATTR_MTIME | FUSE_SET_ATTR_MTIME_NOW)) {
		attributes.set |= SET_MTIME;
		attributes.mtime_ns = time_of(&st->st_mtim, to_set & FUSE_SET_ATTR_MTIME_NOW);
	}
	return attributes;
}

static int set_size(const struct mount *mount, int64_t id, int64_t size,
		    const struct fuse_file_info *fi)
{
	struct db *db;
	struct file file;
	int r;

	if (fi && handle_of(fi)->draft)
		return draft_truncate(handle_of(fi)->draft, size);
	db = store_read_begin(mount->store);
	r = db ? store_file_get(db, id, &file) : -EIO;
	store_read_end(db);
	return r < 0 ? r : drafts_truncate(mount->drafts, &file, size);
}

static int set_file(const struct mount *mount, int64_t id, const struct stat *st, int to_set,
		    const struct fuse_file_info *fi)
{
	struct attributes attributes = attributes_of(st, to_set);
	int r = 0;

	if (to_set & FUSE_SET_ATTR_SIZE)
		r = set_size(mount, id, st->st_size, fi);
	if (r == 0 && attributes.set)
		r = catalog_set_file(mount->catalog, id, &attributes);
	if (r == 0 && attributes.set & SET_MTIME)
		drafts_set_mtime(mount->drafts, id, attributes.mtime_ns);
	return r;
}

/* A picture stays as it is; to ask for what is so is no change, as for `chmod -R`
 * and the like. */
static int set_image(const struct mount *mount, fuse_ino_t ino, const struct stat *st, int to_set)
{
	CLEANUP(store_read) struct db *db = NULL;
	struct node node;
	int r;

	if (to_set & ~(FUSE_SET_ATTR_MODE | FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID))
		return -EPERM;
	db = store_read_begin(mount->store);
	r = db ? tree_stat(mount, db, ino, &node) : -EIO;
	if (r < 0)
		return r;
	if ((to_set & FUSE_SET_ATTR_MODE && (st->st_mode ^ node.st.st_mode) & 07777) ||
	    (to_set & FUSE_SET_ATTR_UID && st->st_uid != node.st.st_uid) ||
	    (to_set & FUSE_SET_ATTR_GID && st->st_gid != node.st.st_gid))
		return -EPERM;
	return 0;
}

static int set_attributes(fuse_req_t req, fuse_ino_t ino, const struct stat *st, int to_set,
			  const struct fuse_file_info *fi)
{
	const struct mount *mount = mount_of(req);
	struct attributes attributes = attributes_of(st, to_set);
	enum kind kind = inode_kind(ino);

	if (mount->read_only)
		return -EROFS;
	switch (kind) {
	case KIND_FILE:
		return set_file(mount, inode_id(ino), st, to_set, fi);
	case KIND_IMAGE:
		return set_image(mount, ino, st, to_set);
	case KIND_REQUEST_FOLDER:
	case KIND_IMAGE_FOLDER:
		return catalog_set_folder(mount->catalog, inode_id(ino), &attributes);
	case KIND_JOB_CTL:
	case KIND_ROOT_CTL:
		return to_set & (FUSE_SET_ATTR_MODE | FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID)
			       ? -EPERM
			       : 0; /* O_TRUNC of `echo retry > ctl` */
	case KIND_JOB_STATUS:
		return mount_is_announcer(mount, fuse_req_ctx(req)->pid) ? 0 : -EPERM;
	default:
		return -EPERM;
	}
}

void op_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attributes, int to_set,
		struct fuse_file_info *fi)
{
	const struct mount *mount = mount_of(req);
	struct node node;
	struct db *db;
	int r = set_attributes(req, ino, attributes, to_set, fi);

	if (r == 0) {
		db = store_read_begin(mount->store);
		r = db ? tree_stat(mount, db, ino, &node) : -EIO;
		store_read_end(db);
	}
	if (r < 0)
		fuse_reply_err(req, -r);
	else
		fuse_reply_attr(req, &node.st, node.timeout_s);
}

/* ---- bytes ---- */

void op_write(fuse_req_t req, fuse_ino_t ino, const char *bytes, size_t size, off_t offset,
	      struct fuse_file_info *fi)
{
	struct mount *mount = mount_of(req);
	struct handle *handle = handle_of(fi);
	ssize_t done;

	(void)ino;
	if (handle_asks_reload(handle, bytes, size)) {
		reloader_ask(mount->reloader, req, size);
		return;
	}
	done = handle_write(mount, handle, bytes, size, offset);
	if (done < 0)
		fuse_reply_err(req, (int)-done);
	else
		fuse_reply_write(req, (size_t)done);
}

void op_flush(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct handle *handle = handle_of(fi);

	(void)ino;
	reply_result(req, handle->draft && handle->access == ACCESS_WRITE
				  ? draft_save(handle->draft, STORE_LAZY)
				  : 0);
}

void op_fsync(fuse_req_t req, fuse_ino_t ino, int datasync, struct fuse_file_info *fi)
{
	struct handle *handle = handle_of(fi);

	(void)ino;
	(void)datasync;
	reply_result(req, handle->draft ? draft_save(handle->draft, STORE_SYNCED) : 0);
}

/* Names are records of the same store as the bytes: one synced commit of anything
 * makes all of them safe, and a folder is asked for none. */
void op_fsyncdir(fuse_req_t req, fuse_ino_t ino, int datasync, struct fuse_file_info *fi)
{
	(void)ino;
	(void)datasync;
	(void)fi;
	reply_result(req, mount_of(req)->read_only ? 0 : catalog_sync(mount_of(req)->catalog));
}
