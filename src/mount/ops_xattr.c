/* Extended attributes: those of pictures that their jobs tell (read-only), and
 * those that people set on requests and pictures. Only `user.*` exists. */
#include "ops_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

#include "base/cleanup.h"
#include "mount/provenance.h"

/* Who keeps the attributes of an inode: its kind, or -EPERM. */
static int keeper(fuse_ino_t ino, enum xattr_kind *ret_kind)
{
	switch (inode_kind(ino)) {
	case KIND_FILE:
		*ret_kind = XATTR_FILE;
		return 0;
	case KIND_IMAGE:
		*ret_kind = XATTR_IMAGE;
		return 0;
	case KIND_REQUEST_FOLDER:
		*ret_kind = XATTR_REQUEST_FOLDER;
		return 0;
	case KIND_IMAGE_FOLDER:
		*ret_kind = XATTR_IMAGE_FOLDER;
		return 0;
	default:
		return -EPERM;
	}
}

static bool is_user(const char *name)
{
	return !strncmp(name, "user.", 5) && name[5];
}

/* Replies to getxattr and listxattr as their callers ask: size 0 asks for it. */
static void reply_value(fuse_req_t req, const struct strbuf *value, size_t size)
{
	if (!size)
		fuse_reply_xattr(req, value->size);
	else if (value->size > size)
		fuse_reply_err(req, ERANGE);
	else
		fuse_reply_buf(req, strbuf_text(value), value->size);
}

static bool tells_provenance(const struct mount *mount)
{
	return rulebook_current(mount->rulebook)->config.metadata != METADATA_NONE;
}

static int get_value(fuse_req_t req, fuse_ino_t ino, const char *name, struct strbuf *value)
{
	CLEANUP(store_read) struct db *db = NULL;
	enum xattr_kind kind;
	int r;

	if (!is_user(name))
		return -EOPNOTSUPP;
	if (keeper(ino, &kind) < 0)
		return -ENODATA;
	db = store_read_begin(mount_of(req)->store);
	if (!db)
		return -EIO;
	if (kind == XATTR_IMAGE && tells_provenance(mount_of(req))) {
		r = provenance_get(db, inode_id(ino), name, value);
		if (r != -ENODATA)
			return r;
	}
	r = store_xattr_get(db, kind, inode_id(ino), name, value);
	return r == -ENOENT ? -ENODATA : r;
}

void op_getxattr(fuse_req_t req, fuse_ino_t ino, const char *name, size_t size)
{
	CLEANUP(strbuf) struct strbuf value = STRBUF_EMPTY;
	int r = get_value(req, ino, name, &value);

	if (r < 0)
		fuse_reply_err(req, -r);
	else
		reply_value(req, &value, size);
}

static int list_names(fuse_req_t req, fuse_ino_t ino, struct strbuf *names)
{
	CLEANUP(store_read) struct db *db = NULL;
	enum xattr_kind kind;
	int r = 0;

	if (keeper(ino, &kind) < 0)
		return 0;
	db = store_read_begin(mount_of(req)->store);
	if (!db)
		return -EIO;
	if (kind == XATTR_IMAGE && tells_provenance(mount_of(req)))
		r = provenance_list(db, inode_id(ino), names);
	return r < 0 ? r : store_xattr_list(db, kind, inode_id(ino), names);
}

void op_listxattr(fuse_req_t req, fuse_ino_t ino, size_t size)
{
	CLEANUP(strbuf) struct strbuf names = STRBUF_EMPTY;
	int r = list_names(req, ino, &names);

	if (r < 0)
		fuse_reply_err(req, -r);
	else
		reply_value(req, &names, size);
}

/* Whether people may set it: 0 with its keeper, or -errno. */
static int may_set(fuse_req_t req, fuse_ino_t ino, const char *name, enum xattr_kind *ret_kind)
{
	if (!is_user(name))
		return -EOPNOTSUPP;
	if (mount_of(req)->read_only)
		return -EROFS;
	if (inode_kind(ino) == KIND_IMAGE && provenance_has(name))
		return -EPERM;
	return keeper(ino, ret_kind);
}

void op_setxattr(fuse_req_t req, fuse_ino_t ino, const char *name, const char *bytes, size_t size,
		 int flags)
{
	struct xattr_value value = {
		.name = name,
		.bytes = bytes,
		.size = size,
		.how = flags & XATTR_CREATE    ? XATTR_CREATE_ONLY
		       : flags & XATTR_REPLACE ? XATTR_REPLACE_ONLY
					       : XATTR_SET,
	};
	enum xattr_kind kind;
	int r = may_set(req, ino, name, &kind);

	if (r == 0)
		r = catalog_set_xattr(mount_of(req)->catalog, kind, inode_id(ino), &value);
	reply_result(req, r);
}

void op_removexattr(fuse_req_t req, fuse_ino_t ino, const char *name)
{
	enum xattr_kind kind;
	int r = may_set(req, ino, name, &kind);

	if (r == 0)
		r = catalog_remove_xattr(mount_of(req)->catalog, kind, inode_id(ino), name);
	reply_result(req, r);
}
