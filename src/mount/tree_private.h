/* One row a kind of place; the trees below requests/, jobs/ and images/ have a
 * file each. Private to the tree. */
#ifndef EASELFS_MOUNT_TREE_PRIVATE_H
#define EASELFS_MOUNT_TREE_PRIVATE_H

#include "mount/tree.h"

/* Names made by the kernel's own calls are known to it; all others it asks for
 * again each time. */
#define TIMEOUT_OURS    0.0
#define TIMEOUT_KERNELS 3600.0

/* Fills what is common: owner, mode, link count, block size, times. `mode` has
 * the type and permission bits before the umask. */
void tree_fill(const struct mount *mount, struct node *node, uint64_t ino, mode_t mode,
	       int64_t size, int64_t mtime_ns);

int requests_lookup(const struct mount *mount, struct db *db, int64_t parent,
		    const struct name *name, struct node *ret_node);
int requests_next(struct db *db, int64_t parent, int64_t offset, struct listing *ret_listing);
int requests_stat_folder(const struct mount *mount, struct db *db, int64_t id,
			 struct node *ret_node);
int requests_stat_file(const struct mount *mount, struct db *db, int64_t id, struct node *ret_node);

int jobs_lookup_in_folder(const struct mount *mount, struct db *db, int64_t parent,
			  const struct name *name, struct node *ret_node);
int jobs_next_in_folder(struct db *db, int64_t parent, int64_t offset, struct listing *ret_listing);
int jobs_stat_folder(const struct mount *mount, struct db *db, int64_t id, struct node *ret_node);
/* In a job's folder, its runs/, a run's folder, and the images/ of either. */
int jobs_lookup(const struct mount *mount, struct db *db, enum kind kind, int64_t id,
		const struct name *name, struct node *ret_node);
int jobs_next(struct db *db, enum kind kind, int64_t id, int64_t offset,
	      struct listing *ret_listing);
int jobs_parent(struct db *db, enum kind kind, int64_t id, uint64_t *ret_parent);
int jobs_stat(const struct mount *mount, struct db *db, enum kind kind, int64_t id,
	      struct node *ret_node);
int jobs_link_target(struct db *db, enum kind kind, int64_t id, struct strbuf *target);

int providers_lookup(const struct mount *mount, struct db *db, enum kind kind, int64_t id,
		     const struct name *name, struct node *ret_node);
int providers_next(const struct mount *mount, enum kind kind, int64_t id, int64_t offset,
		   struct listing *ret_listing);
int providers_stat(const struct mount *mount, struct db *db, enum kind kind, int64_t id,
		   struct node *ret_node);

int images_lookup(const struct mount *mount, struct db *db, int64_t parent, const struct name *name,
		  struct node *ret_node);
int images_next(struct db *db, int64_t parent, int64_t offset, struct listing *ret_listing);
int images_stat_folder(const struct mount *mount, struct db *db, int64_t id, struct node *ret_node);
int images_stat(const struct mount *mount, struct db *db, int64_t id, struct node *ret_node);

#endif
