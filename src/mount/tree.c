/* The root, and the way from an inode's kind to the tree it belongs to. The
 * entries of the root are a table shaped like the mount. */
#include "mount/tree.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "io/store_images.h"
#include "io/store_jobs.h"
#include "io/store_tree.h"
#include "mount/announcer.h"
#include "mount/pages.h"
#include "tree_private.h"

/* clang-format off */
static const struct {
	const char *name;
	enum kind kind;
	int64_t id;
	mode_t type;
} root_entries[] = {
	{ "README.txt",   KIND_README,         0,               S_IFREG },
	{ "status",       KIND_STATUS_PAGE,    0,               S_IFREG },
	{ "events",       KIND_EVENTS,         0,               S_IFREG },
	{ "spend",        KIND_SPEND,          0,               S_IFREG },
	{ "gallery.html", KIND_GALLERY,        0,               S_IFREG },
	{ "ctl",          KIND_ROOT_CTL,       0,               S_IFREG },
	{ "requests",     KIND_REQUEST_FOLDER, FOLDER_REQUESTS, S_IFDIR },
	{ "jobs",         KIND_JOB_FOLDER,     FOLDER_REQUESTS, S_IFDIR },
	{ "images",       KIND_IMAGE_FOLDER,   FOLDER_IMAGES,   S_IFDIR },
	{ "providers",    KIND_PROVIDERS,      0,               S_IFDIR },
};
/* clang-format on */

enum { ROOT_ENTRIES = sizeof(root_entries) / sizeof(root_entries[0]) };

bool mount_is_announcer(const struct mount *mount, pid_t pid)
{
	return mount->announcer && announcer_pid(mount->announcer) == pid;
}

void tree_fill(const struct mount *mount, struct node *node, uint64_t ino, mode_t mode,
	       int64_t size, int64_t mtime_ns)
{
	mode_t mask = mount->umask | (S_ISREG(mode) ? 0111 : 0);

	memset(node, 0, sizeof(*node));
	node->ino = ino;
	node->timeout_s = TIMEOUT_OURS;
	node->st.st_ino = ino;
	node->st.st_mode = mode & ~(S_ISLNK(mode) ? 0 : mask);
	node->st.st_nlink = 1; /* of folders: "not told", so that find looks for itself */
	node->st.st_uid = mount->uid;
	node->st.st_gid = mount->gid;
	node->st.st_size = size;
	node->st.st_blocks = (size + 511) / 512;
	node->st.st_blksize = 4096;
	node->st.st_mtim = clock_timespec(mtime_ns);
	node->st.st_ctim = node->st.st_mtim;
	node->st.st_atim = node->st.st_mtim;
}

static bool is_of_provider(enum kind kind)
{
	return kind == KIND_PROVIDERS || (kind >= KIND_PROVIDER && kind <= KIND_PROVIDER_INI);
}

static bool is_of_job(enum kind kind)
{
	return kind >= KIND_JOB && kind <= KIND_RUN_LINK;
}

static int stat_static(const struct mount *mount, struct db *db, enum kind kind,
		       struct node *ret_node)
{
	uint64_t ino = inode_of(kind, 0);
	bool steady = kind == KIND_ROOT || kind == KIND_README || kind == KIND_ROOT_CTL;
	int64_t mtime_ns = steady ? mount->started_ns : pages_changed_ns(mount->pages);
	int64_t size = 0;

	switch (kind) {
	case KIND_ROOT:
		tree_fill(mount, ret_node, ino, S_IFDIR | 0777, 0, mtime_ns);
		return 0;
	case KIND_README:
	case KIND_STATUS_PAGE:
	case KIND_GALLERY:
	case KIND_SPEND:
		size = pages_size(mount->pages, kind);
		break;
	case KIND_EVENTS:
		size = store_event_size(db);
		break;
	case KIND_ROOT_CTL:
		break;
	default:
		return -ENOENT;
	}
	if (size < 0)
		return (int)size;
	tree_fill(mount, ret_node, ino, S_IFREG | 0666, size, mtime_ns);
	return 0;
}

int tree_stat(const struct mount *mount, struct db *db, uint64_t ino, struct node *ret_node)
{
	enum kind kind = inode_kind(ino);
	int64_t id = inode_id(ino);

	switch (kind) {
	case KIND_REQUEST_FOLDER:
		return requests_stat_folder(mount, db, id, ret_node);
	case KIND_JOB_FOLDER:
		return jobs_stat_folder(mount, db, id, ret_node);
	case KIND_IMAGE_FOLDER:
		return images_stat_folder(mount, db, id, ret_node);
	case KIND_FILE:
		return requests_stat_file(mount, db, id, ret_node);
	case KIND_IMAGE:
		return images_stat(mount, db, id, ret_node);
	default:
		if (is_of_job(kind))
			return jobs_stat(mount, db, kind, id, ret_node);
		if (is_of_provider(kind))
			return providers_stat(mount, db, kind, id, ret_node);
		return stat_static(mount, db, kind, ret_node);
	}
}

static int lookup_in_root(const struct mount *mount, struct db *db, const struct name *name,
			  struct node *ret_node)
{
	for (size_t i = 0; i < ROOT_ENTRIES; i++)
		if (!strcmp(root_entries[i].name, name->bytes))
			return tree_stat(mount, db,
					 inode_of(root_entries[i].kind, root_entries[i].id),
					 ret_node);
	return -ENOENT;
}

int tree_lookup(const struct mount *mount, struct db *db, uint64_t parent, const struct name *name,
		struct node *ret_node)
{
	int64_t id = inode_id(parent);

	switch (inode_kind(parent)) {
	case KIND_ROOT:
		return lookup_in_root(mount, db, name, ret_node);
	case KIND_REQUEST_FOLDER:
		return requests_lookup(mount, db, id, name, ret_node);
	case KIND_JOB_FOLDER:
		return jobs_lookup_in_folder(mount, db, id, name, ret_node);
	case KIND_IMAGE_FOLDER:
		return images_lookup(mount, db, id, name, ret_node);
	case KIND_PROVIDERS:
	case KIND_PROVIDER:
		return providers_lookup(mount, db, inode_kind(parent), id, name, ret_node);
	default:
		return jobs_lookup(mount, db, inode_kind(parent), id, name, ret_node);
	}
}

static int parent_of_folder(struct db *db, enum kind kind, int64_t id, uint64_t *ret_parent)
{
	struct folder folder;
	int r = store_folder_get(db, id, &folder);

	if (r == 0)
		*ret_parent =
			folder.parent ? inode_of(kind, folder.parent) : inode_of(KIND_ROOT, 0);
	return r;
}

int tree_parent(struct db *db, uint64_t ino, uint64_t *ret_parent)
{
	enum kind kind = inode_kind(ino);

	switch (kind) {
	case KIND_REQUEST_FOLDER:
	case KIND_JOB_FOLDER:
	case KIND_IMAGE_FOLDER:
		return parent_of_folder(db, kind, inode_id(ino), ret_parent);
	case KIND_PROVIDER:
		*ret_parent = inode_of(KIND_PROVIDERS, 0);
		return 0;
	default:
		if (is_of_job(kind))
			return jobs_parent(db, kind, inode_id(ino), ret_parent);
		*ret_parent = inode_of(KIND_ROOT, 0);
		return 0;
	}
}

static int next_in_root(int64_t offset, struct listing *ret_listing)
{
	if (offset >= ROOT_ENTRIES)
		return -ENOENT;
	name_set(&ret_listing->name, root_entries[offset].name, strlen(root_entries[offset].name));
	ret_listing->ino = inode_of(root_entries[offset].kind, root_entries[offset].id);
	ret_listing->type = root_entries[offset].type;
	ret_listing->next = offset + 1;
	return 0;
}

int tree_next(const struct mount *mount, struct db *db, uint64_t folder, int64_t offset,
	      struct listing *ret_listing)
{
	int64_t id = inode_id(folder);

	switch (inode_kind(folder)) {
	case KIND_ROOT:
		return next_in_root(offset, ret_listing);
	case KIND_REQUEST_FOLDER:
		return requests_next(db, id, offset, ret_listing);
	case KIND_JOB_FOLDER:
		return jobs_next_in_folder(db, id, offset, ret_listing);
	case KIND_IMAGE_FOLDER:
		return images_next(db, id, offset, ret_listing);
	case KIND_PROVIDERS:
	case KIND_PROVIDER:
		return providers_next(mount, inode_kind(folder), id, offset, ret_listing);
	default:
		return jobs_next(db, inode_kind(folder), id, offset, ret_listing);
	}
}

int tree_link(struct db *db, uint64_t ino, struct strbuf *target)
{
	enum kind kind = inode_kind(ino);

	if (kind != KIND_JOB_LINK && kind != KIND_RUN_LINK)
		return -EINVAL;
	return jobs_link_target(db, kind, inode_id(ino), target);
}
