/* What the files of operations share. Private. */
#ifndef EASELFS_MOUNT_OPS_PRIVATE_H
#define EASELFS_MOUNT_OPS_PRIVATE_H

#include <fuse_lowlevel.h>

#include "mount/handle.h"
#include "mount/mount.h"
#include "mount/tree.h"

static inline struct mount *mount_of(fuse_req_t req)
{
	return fuse_req_userdata(req);
}

static inline struct handle *handle_of(const struct fuse_file_info *fi)
{
	return (struct handle *)(uintptr_t)fi->fh; /* NOLINT: libfuse keeps it as a number */
}

/* Replies with an error for r < 0, else with success. */
static inline void reply_result(fuse_req_t req, int r)
{
	fuse_reply_err(req, r < 0 ? -r : 0);
}

/* The name, or -ENAMETOOLONG. */
int ops_name(const char *text, struct name *ret_name);
/* Replies with the entry of an inode that was just made. */
void ops_reply_entry(fuse_req_t req, uint64_t ino);
void ops_fill_entry(const struct node *node, struct fuse_entry_param *entry);
/* Replies to CREATE and OPEN. */
void ops_open_flags(const struct handle *handle, struct fuse_file_info *fi);

void op_create(fuse_req_t req, fuse_ino_t parent, const char *text, mode_t mode,
	       struct fuse_file_info *fi);
void op_mknod(fuse_req_t req, fuse_ino_t parent, const char *text, mode_t mode, dev_t rdev);
void op_mkdir(fuse_req_t req, fuse_ino_t parent, const char *text, mode_t mode);
void op_unlink(fuse_req_t req, fuse_ino_t parent, const char *text);
void op_rmdir(fuse_req_t req, fuse_ino_t parent, const char *text);
void op_symlink(fuse_req_t req, const char *link, fuse_ino_t parent, const char *name);
void op_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t parent, const char *name);
void op_rename(fuse_req_t req, fuse_ino_t parent, const char *text, fuse_ino_t new_parent,
	       const char *new_text, unsigned flags);
void op_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attributes, int to_set,
		struct fuse_file_info *fi);
void op_write(fuse_req_t req, fuse_ino_t ino, const char *bytes, size_t size, off_t offset,
	      struct fuse_file_info *fi);
void op_flush(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void op_fsync(fuse_req_t req, fuse_ino_t ino, int datasync, struct fuse_file_info *fi);
void op_fsyncdir(fuse_req_t req, fuse_ino_t ino, int datasync, struct fuse_file_info *fi);

void op_getxattr(fuse_req_t req, fuse_ino_t ino, const char *name, size_t size);
void op_listxattr(fuse_req_t req, fuse_ino_t ino, size_t size);
void op_setxattr(fuse_req_t req, fuse_ino_t ino, const char *name, const char *bytes, size_t size,
		 int flags);
void op_removexattr(fuse_req_t req, fuse_ino_t ino, const char *name);

#endif
