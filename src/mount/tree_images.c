/* images/: announced pictures and the folders that show any. Nothing here ever
 * changes but names, so attributes may be cached for long. */
#include "tree_private.h"

#include <errno.h>

#include "base/clock.h"
#include "io/store_images.h"
#include "io/store_tree.h"

static void fill(const struct mount *mount, const struct image *image, struct node *node)
{
	tree_fill(mount, node, inode_of(KIND_IMAGE, image->id), S_IFREG | 0666, image->size,
		  image->finished_ms * 1000000);
	node->st.st_blocks = image->blocks;
	node->st.st_nlink = image->folder != 0;
	node->timeout_s = TIMEOUT_KERNELS;
}

int images_stat(const struct mount *mount, struct db *db, int64_t id, struct node *ret_node)
{
	struct image image;
	int r = store_image_get(db, id, &image);

	if (r == 0)
		fill(mount, &image, ret_node);
	return r;
}

int images_lookup(const struct mount *mount, struct db *db, int64_t parent, const struct name *name,
		  struct node *ret_node)
{
	struct folder folder;
	struct image image;
	int r = store_folder_find(db, parent, name, &folder);

	if (r == 0)
		return folder.present ? images_stat_folder(mount, db, folder.id, ret_node)
				      : -ENOENT;
	if (r != -ENOENT)
		return r;
	r = store_image_find(db, parent, name, &image);
	if (r < 0 || !image.announced)
		return r < 0 ? r : -ENOENT;
	fill(mount, &image, ret_node);
	return 0;
}

/* Offsets as in requests_next(). */
int images_next(struct db *db, int64_t parent, int64_t offset, struct listing *ret_listing)
{
	struct folder folder;
	struct image image;
	int64_t after = offset >> 1;
	int r = -ENOENT;

	while (!(offset & 1) && (r = store_folder_next(db, parent, after, &folder)) == 0) {
		after = folder.id;
		if (!folder.present)
			continue;
		ret_listing->name = folder.name;
		ret_listing->ino = inode_of(KIND_IMAGE_FOLDER, folder.id);
		ret_listing->type = S_IFDIR;
		ret_listing->next = folder.id << 1;
		return 0;
	}
	if (r != -ENOENT)
		return r;
	after = offset & 1 ? offset >> 1 : 0;
	while ((r = store_image_next(db, parent, after, &image)) == 0) {
		after = image.id;
		if (!image.announced)
			continue;
		ret_listing->name = image.name;
		ret_listing->ino = inode_of(KIND_IMAGE, image.id);
		ret_listing->type = S_IFREG;
		ret_listing->next = image.id << 1 | 1;
		return 0;
	}
	return r;
}
