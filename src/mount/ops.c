/* Operations that change nothing: finding, listing, reading, waiting. */
#include "mount/ops.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/statvfs.h>

#include "base/cleanup.h"
#include "mount/notifier.h"
#include "mount/watch.h"
#include "ops_private.h"

enum { READ_BYTES_MAX = 1024 * 1024 };

int ops_name(const char *text, struct name *ret_name)
{
	return name_set(ret_name, text, strlen(text));
}

void ops_fill_entry(const struct node *node, struct fuse_entry_param *entry)
{
	memset(entry, 0, sizeof(*entry));
	entry->ino = node->ino;
	entry->attr = node->st;
	entry->attr_timeout = node->timeout_s;
	entry->entry_timeout = node->timeout_s;
}

static int stat_now(const struct mount *mount, uint64_t ino, struct node *ret_node)
{
	CLEANUP(store_read) struct db *db = store_read_begin(mount->store);

	return db ? tree_stat(mount, db, ino, ret_node) : -EIO;
}

void ops_reply_entry(fuse_req_t req, uint64_t ino)
{
	struct fuse_entry_param entry;
	struct node node;
	int r = stat_now(mount_of(req), ino, &node);

	if (r < 0) {
		fuse_reply_err(req, -r);
		return;
	}
	ops_fill_entry(&node, &entry);
	fuse_reply_entry(req, &entry);
}

/* ---- finding ---- */

static int lookup_now(const struct mount *mount, fuse_ino_t parent, const char *text,
		      struct node *ret_node)
{
	CLEANUP(store_read) struct db *db = NULL;
	struct name name;
	uint64_t above;
	int r = ops_name(text, &name);

	if (r < 0)
		return r;
	db = store_read_begin(mount->store);
	if (!db)
		return -EIO;
	if (!strcmp(text, "."))
		return tree_stat(mount, db, parent, ret_node);
	if (!strcmp(text, "..")) {
		r = tree_parent(db, parent, &above);
		return r < 0 ? r : tree_stat(mount, db, above, ret_node);
	}
	return tree_lookup(mount, db, parent, &name, ret_node);
}

static void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct fuse_entry_param entry;
	struct node node;
	int r = lookup_now(mount_of(req), parent, name, &node);

	if (r < 0) {
		fuse_reply_err(req, -r);
		return;
	}
	ops_fill_entry(&node, &entry);
	fuse_reply_entry(req, &entry);
}

static void op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct node node;
	int r = stat_now(mount_of(req), ino, &node);

	(void)fi;
	if (r < 0)
		fuse_reply_err(req, -r);
	else
		fuse_reply_attr(req, &node.st, node.timeout_s);
}

static void op_readlink(fuse_req_t req, fuse_ino_t ino)
{
	CLEANUP(strbuf) struct strbuf target = STRBUF_EMPTY;
	struct db *db = store_read_begin(mount_of(req)->store);
	int r = db ? tree_link(db, ino, &target) : -EIO;

	store_read_end(db);
	if (r < 0)
		fuse_reply_err(req, -r);
	else
		fuse_reply_readlink(req, strbuf_text(&target));
}

/* ---- listing ---- */

struct lister {
	fuse_req_t req;
	struct db *db;
	uint64_t folder;
	bool plus;
	char *bytes;
	size_t used, room;
};

/* Adds one entry: false when the buffer is full. `.` and `..` are never looked up
 * by readdirplus: the kernel would count them. */
static bool add_entry(struct lister *lister, const struct listing *listing, int64_t next, bool dots)
{
	struct fuse_entry_param entry = {
		.attr = { .st_ino = listing->ino, .st_mode = listing->type },
	};
	struct node node;
	size_t size;

	if (lister->plus && !dots) {
		if (tree_stat(mount_of(lister->req), lister->db, listing->ino, &node) < 0)
			return true; /* gone meanwhile */
		ops_fill_entry(&node, &entry);
	}
	if (lister->plus)
		size = fuse_add_direntry_plus(lister->req, lister->bytes + lister->used,
					      lister->room - lister->used, listing->name.bytes,
					      &entry, next);
	else
		size = fuse_add_direntry(lister->req, lister->bytes + lister->used,
					 lister->room - lister->used, listing->name.bytes,
					 &entry.attr, next);
	if (size > lister->room - lister->used)
		return false;
	lister->used += size;
	return true;
}

/* Offsets 1 and 2 are after `.` and `..`; the tree's own begin behind them. */
enum { OFFSET_DOT = 1, OFFSET_DOTS = 2 };

static int list(struct lister *lister, int64_t offset)
{
	const struct mount *mount = mount_of(lister->req);
	struct listing listing = { .type = S_IFDIR };
	int r = 0;

	for (; offset < OFFSET_DOTS; offset++) {
		listing.ino = lister->folder;
		if (offset)
			r = tree_parent(lister->db, lister->folder, &listing.ino);
		if (r < 0)
			return r;
		name_set(&listing.name, "..", offset ? 2 : 1);
		if (!add_entry(lister, &listing, offset + 1, true))
			return 0;
	}
	while ((r = tree_next(mount, lister->db, lister->folder, offset - OFFSET_DOTS, &listing)) ==
	       0) {
		if (!add_entry(lister, &listing, listing.next + OFFSET_DOTS, false))
			return 0;
		offset = listing.next + OFFSET_DOTS;
	}
	return r == -ENOENT ? 0 : r;
}

static void reply_list(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset, bool plus)
{
	CLEANUP(free_ptr) char *bytes = malloc(size ? size : 1);
	struct lister lister = {
		.req = req,
		.db = store_read_begin(mount_of(req)->store),
		.folder = ino,
		.plus = plus,
		.bytes = bytes,
		.room = size,
	};
	int r = !bytes ? -ENOMEM : lister.db ? list(&lister, offset) : -EIO;

	store_read_end(lister.db);
	if (r < 0)
		fuse_reply_err(req, -r);
	else
		fuse_reply_buf(req, bytes, lister.used);
}

static void op_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset,
		       struct fuse_file_info *fi)
{
	(void)fi;
	reply_list(req, ino, size, offset, false);
}

static void op_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset,
			   struct fuse_file_info *fi)
{
	(void)fi;
	reply_list(req, ino, size, offset, true);
}

static void op_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino;
	fuse_reply_open(req, fi);
}

static void op_releasedir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino;
	(void)fi;
	fuse_reply_err(req, 0);
}

/* ---- reading ---- */

void ops_open_flags(const struct handle *handle, struct fuse_file_info *fi)
{
	fi->fh = (uintptr_t)handle;
	switch (handle->content) {
	case CONTENT_FILE:
	case CONTENT_IMAGE:
		fi->keep_cache = 1; /* changes come through the kernel, or never */
		break;
	case CONTENT_CTL:
		fi->direct_io = 1;
		/* In older kernels (6.1) a flush waits for whoever writes there, deaf to signals.
		 */
		fi->noflush = 1;
		break;
	default:
		fi->direct_io = 1;
		break;
	}
}

/* The announcer opens a status to raise its events; nobody else may write. */
static void op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct mount *mount = mount_of(req);
	struct handle *handle;
	char writer[WRITER_ROOM];
	int flags = fi->flags, r;

	if (inode_kind(ino) == KIND_JOB_STATUS && mount_is_announcer(mount, fuse_req_ctx(req)->pid))
		flags = O_RDONLY;
	r = handle_open(mount, ino, flags, &handle);
	if (r < 0) {
		fuse_reply_err(req, -r);
		return;
	}
	if (handle->draft && handle->access == ACCESS_WRITE)
		draft_set_writer(handle->draft,
				 draft_writer_name(fuse_req_ctx(req)->pid, writer, sizeof(writer)));
	ops_open_flags(handle, fi);
	if (fuse_reply_open(req, fi) == -ENOENT)
		handle_close(handle); /* the open was interrupted */
}

static void read_image(fuse_req_t req, const struct handle *handle, size_t size, off_t offset)
{
	struct fuse_bufvec bytes = FUSE_BUFVEC_INIT(size);

	bytes.buf[0].flags = FUSE_BUF_IS_FD | FUSE_BUF_FD_SEEK;
	bytes.buf[0].fd = handle->fd;
	bytes.buf[0].pos = offset;
	fuse_reply_data(req, &bytes, FUSE_BUF_SPLICE_MOVE);
}

/* A read from the beginning asks anew; one that goes on is told the same word. */
static void read_wait(fuse_req_t req, struct handle *handle, size_t size, off_t offset)
{
	if (offset && handle->seen != STATE_NONE)
		watch_reply_rest(req, (enum state)handle->seen, size, offset);
	else
		watch_wait(mount_of(req)->watch, req, inode_id(handle->ino), size, offset,
			   &handle->seen);
}

static void op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset,
		    struct fuse_file_info *fi)
{
	struct handle *handle = handle_of(fi);
	CLEANUP(free_ptr) char *bytes = NULL;
	ssize_t done;

	(void)ino;
	if (handle->content == CONTENT_IMAGE) {
		read_image(req, handle, size, offset);
		return;
	}
	if (handle->content == CONTENT_WAIT) {
		read_wait(req, handle, size, offset);
		return;
	}
	if (size > READ_BYTES_MAX)
		size = READ_BYTES_MAX;
	bytes = malloc(size ? size : 1);
	done = bytes ? handle_read(mount_of(req), handle, bytes, size, offset) : -ENOMEM;
	if (done < 0)
		fuse_reply_err(req, (int)-done);
	else
		fuse_reply_buf(req, bytes, (size_t)done);
}

static void op_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct handle *handle = handle_of(fi);

	(void)ino;
	watch_forget(mount_of(req)->watch, &handle->polls);
	handle_close(handle);
	fuse_reply_err(req, 0);
}

static void op_poll(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi,
		    struct fuse_pollhandle *poll_handle)
{
	struct mount *mount = mount_of(req);
	struct handle *handle = handle_of(fi);
	enum kind kind = inode_kind(ino);

	/* Remembered first, looked at afterwards: no change falls between. */
	if (poll_handle && (kind == KIND_JOB_WAIT || kind == KIND_JOB_STATUS))
		watch_poll(mount->watch, &handle->polls, inode_id(ino), poll_handle);
	else if (poll_handle && kind == KIND_EVENTS)
		watch_poll(mount->watch, &handle->polls, 0, poll_handle);
	else if (poll_handle)
		fuse_pollhandle_destroy(poll_handle);
	fuse_reply_poll(req, handle_poll(mount, handle));
}

/* ---- the whole ---- */

static void op_statfs(fuse_req_t req, fuse_ino_t ino)
{
	struct statvfs disk;

	(void)ino;
	if (statvfs(store_dir(mount_of(req)->store), &disk) < 0) {
		fuse_reply_err(req, errno);
		return;
	}
	disk.f_namemax = NAME_ROOM - 1;
	fuse_reply_statfs(req, &disk);
}

static void op_init(void *userdata, struct fuse_conn_info *connection)
{
	const struct mount *mount = userdata;

	connection->want &= ~(unsigned)FUSE_CAP_WRITEBACK_CACHE;
	if (connection->capable & FUSE_CAP_READDIRPLUS)
		connection->want |= FUSE_CAP_READDIRPLUS | FUSE_CAP_READDIRPLUS_AUTO;
	if (connection->capable & FUSE_CAP_EXPORT_SUPPORT)
		connection->want |= FUSE_CAP_EXPORT_SUPPORT;
	connection->max_write = READ_BYTES_MAX;
	eventfd_write(mount->answers, 1);
}

const struct fuse_lowlevel_ops mount_ops = {
	.init = op_init,
	.lookup = op_lookup,
	.getattr = op_getattr,
	.setattr = op_setattr,
	.readlink = op_readlink,
	.mknod = op_mknod,
	.mkdir = op_mkdir,
	.unlink = op_unlink,
	.rmdir = op_rmdir,
	.symlink = op_symlink,
	.rename = op_rename,
	.link = op_link,
	.open = op_open,
	.read = op_read,
	.write = op_write,
	.flush = op_flush,
	.release = op_release,
	.fsync = op_fsync,
	.opendir = op_opendir,
	.readdir = op_readdir,
	.readdirplus = op_readdirplus,
	.releasedir = op_releasedir,
	.fsyncdir = op_fsyncdir,
	.statfs = op_statfs,
	.setxattr = op_setxattr,
	.getxattr = op_getxattr,
	.listxattr = op_listxattr,
	.removexattr = op_removexattr,
	.create = op_create,
	.poll = op_poll,
};
