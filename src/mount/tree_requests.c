/* requests/ as seen by stat and readdir: present folders, then files. What is
 * open and not yet saved is newer than its record: the draft's size wins. */
#include "tree_private.h"

#include <errno.h>

#include "base/clock.h"
#include "io/store_tree.h"
#include "mount/drafts.h"

static void fill_folder(const struct mount *mount, const struct folder *folder, enum kind kind,
			struct node *node)
{
	tree_fill(mount, node, inode_of(kind, folder->id), S_IFDIR | 0777, 0,
		  folder->mtime_ns ? folder->mtime_ns : mount->started_ns);
	if (folder->parent)
		node->st.st_mode = S_IFDIR | folder->mode;
	if (folder->uid >= 0)
		node->st.st_uid = (uid_t)folder->uid;
	if (folder->gid >= 0)
		node->st.st_gid = (gid_t)folder->gid;
	node->timeout_s = TIMEOUT_KERNELS;
}

int requests_stat_folder(const struct mount *mount, struct db *db, int64_t id,
			 struct node *ret_node)
{
	struct folder folder;
	int r = store_folder_get(db, id, &folder);

	if (r == 0)
		fill_folder(mount, &folder, KIND_REQUEST_FOLDER, ret_node);
	return r;
}

int images_stat_folder(const struct mount *mount, struct db *db, int64_t id, struct node *ret_node)
{
	struct folder folder;
	int r = store_folder_get(db, id, &folder);

	if (r < 0)
		return r;
	fill_folder(mount, &folder, KIND_IMAGE_FOLDER, ret_node);
	ret_node->timeout_s = TIMEOUT_OURS; /* its time changes with each picture */
	return 0;
}

static void fill_file(const struct mount *mount, const struct file *file, struct node *node)
{
	int64_t size = file->size, mtime_ns = file->mtime_ns, ctime_ns = file->ctime_ns;

	drafts_look(mount->drafts, file->id, &size, &mtime_ns);
	if (mtime_ns != file->mtime_ns && mtime_ns > ctime_ns)
		ctime_ns = mtime_ns; /* written and not yet saved */
	tree_fill(mount, node, inode_of(KIND_FILE, file->id), S_IFREG | 0666, size, mtime_ns);
	node->st.st_mode = S_IFREG | file->mode;
	node->st.st_nlink = file->folder != 0;
	if (file->uid >= 0)
		node->st.st_uid = (uid_t)file->uid;
	if (file->gid >= 0)
		node->st.st_gid = (gid_t)file->gid;
	node->st.st_atim = clock_timespec(file->atime_ns);
	node->st.st_ctim = clock_timespec(ctime_ns);
	node->timeout_s = TIMEOUT_KERNELS;
}

int requests_stat_file(const struct mount *mount, struct db *db, int64_t id, struct node *ret_node)
{
	struct file file;
	int r = store_file_get(db, id, &file);

	if (r == 0)
		fill_file(mount, &file, ret_node);
	return r;
}

int requests_lookup(const struct mount *mount, struct db *db, int64_t parent,
		    const struct name *name, struct node *ret_node)
{
	struct folder folder;
	struct file file;
	int r = store_folder_find(db, parent, name, &folder);

	if (r == 0 && folder.present) {
		fill_folder(mount, &folder, KIND_REQUEST_FOLDER, ret_node);
		return 0;
	}
	if (r < 0 && r != -ENOENT)
		return r;
	r = store_file_find(db, parent, name, &file);
	if (r == 0)
		fill_file(mount, &file, ret_node);
	return r;
}

/* Offsets: (id << 1) after folder id, (id << 1 | 1) after file id; folders first. */
int requests_next(struct db *db, int64_t parent, int64_t offset, struct listing *ret_listing)
{
	struct folder folder;
	struct file file;
	int64_t after = offset >> 1;
	int r = -ENOENT;

	while (!(offset & 1) && (r = store_folder_next(db, parent, after, &folder)) == 0) {
		after = folder.id;
		if (!folder.present)
			continue;
		ret_listing->name = folder.name;
		ret_listing->ino = inode_of(KIND_REQUEST_FOLDER, folder.id);
		ret_listing->type = S_IFDIR;
		ret_listing->next = folder.id << 1;
		return 0;
	}
	if (r != -ENOENT)
		return r;
	r = store_file_next(db, parent, offset & 1 ? offset >> 1 : 0, &file);
	if (r < 0)
		return r;
	ret_listing->name = file.name;
	ret_listing->ino = inode_of(KIND_FILE, file.id);
	ret_listing->type = S_IFREG;
	ret_listing->next = file.id << 1 | 1;
	return 0;
}
