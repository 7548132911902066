/* The namespace: what inodes are called, what is in a folder, what stat says.
 *
 * Every function runs inside a snapshot of the store and returns 0, -ENOENT or
 * another -errno. Any thread. */
#ifndef EASELFS_MOUNT_TREE_H
#define EASELFS_MOUNT_TREE_H

#include <stdint.h>
#include <sys/stat.h>

#include "job/name.h"
#include "mount/kind.h"
#include "mount/mount.h"

struct node {
	uint64_t ino;
	struct stat st;
	double timeout_s; /* of the name and of the attributes */
};

struct listing {
	struct name name;
	uint64_t ino;
	mode_t type;  /* S_IFDIR, … */
	int64_t next; /* the offset to go on from */
};

int tree_lookup(const struct mount *mount, struct db *db, uint64_t parent, const struct name *name,
		struct node *ret_node);
int tree_stat(const struct mount *mount, struct db *db, uint64_t ino, struct node *ret_node);
/* The folder above; the root's is the root. */
int tree_parent(struct db *db, uint64_t ino, uint64_t *ret_parent);
/* The first entry of a folder at or after `offset` (0 is the start), without `.`
 * and `..`; -ENOENT at the end. */
int tree_next(const struct mount *mount, struct db *db, uint64_t folder, int64_t offset,
	      struct listing *ret_listing);
/* Appends the target of a link. */
int tree_link(struct db *db, uint64_t ino, struct strbuf *target);

#endif
