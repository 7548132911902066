/* The FUSE operations: each decodes, calls and replies once. */
#ifndef EASELFS_MOUNT_OPS_H
#define EASELFS_MOUNT_OPS_H

#include <fuse_lowlevel.h>

/* The table for fuse_session_new(); its userdata is a struct mount. */
extern const struct fuse_lowlevel_ops mount_ops;

#endif
