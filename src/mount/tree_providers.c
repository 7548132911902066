/* providers/: a folder each, from the profiles in force. */
#include "tree_private.h"

#include <errno.h>
#include <string.h>

#include "engine/rulebook.h"
#include "mount/provider_text.h"

/* clang-format off */
static const struct {
	const char *name;
	enum kind kind;
} provider_entries[] = {
	{ "status",      KIND_PROVIDER_STATUS },
	{ "models",      KIND_PROVIDER_MODELS },
	{ "params",      KIND_PROVIDER_PARAMS },
	{ "price",       KIND_PROVIDER_PRICE },
	{ "profile.ini", KIND_PROVIDER_INI },
};
/* clang-format on */

enum { PROVIDER_ENTRIES = sizeof(provider_entries) / sizeof(provider_entries[0]) };

int providers_stat(const struct mount *mount, struct db *db, enum kind kind, int64_t id,
		   struct node *ret_node)
{
	const struct profile *profile = provider_of(mount, id);
	uint64_t ino = inode_of(kind, id);
	int64_t size;

	if (kind != KIND_PROVIDERS && !profile)
		return -ENOENT;
	if (kind == KIND_PROVIDERS || kind == KIND_PROVIDER) {
		tree_fill(mount, ret_node, ino, S_IFDIR | 0777, 0,
			  profile ? profile->mtime_ns : mount->started_ns);
		return 0;
	}
	size = provider_text_size(mount, db, profile, kind);
	if (size < 0)
		return (int)size;
	tree_fill(mount, ret_node, ino, S_IFREG | 0666, size, profile->mtime_ns);
	return 0;
}

int providers_lookup(const struct mount *mount, struct db *db, enum kind kind, int64_t id,
		     const struct name *name, struct node *ret_node)
{
	const struct profile_set *set = &rulebook_current(mount->rulebook)->profiles;

	for (size_t i = 0; kind == KIND_PROVIDERS && i < set->count; i++)
		if (strcmp(set->profiles[i]->name, name->bytes) == 0)
			return providers_stat(mount, db, KIND_PROVIDER, (int64_t)i + 1, ret_node);
	for (size_t i = 0; kind == KIND_PROVIDER && i < PROVIDER_ENTRIES; i++)
		if (strcmp(provider_entries[i].name, name->bytes) == 0)
			return providers_stat(mount, db, provider_entries[i].kind, id, ret_node);
	return -ENOENT;
}

int providers_next(const struct mount *mount, enum kind kind, int64_t id, int64_t offset,
		   struct listing *ret_listing)
{
	const struct profile *profile = provider_of(mount, offset + 1);

	if (kind == KIND_PROVIDERS && !profile)
		return -ENOENT;
	if (kind == KIND_PROVIDER && offset >= PROVIDER_ENTRIES)
		return -ENOENT;
	ret_listing->next = offset + 1;
	if (kind == KIND_PROVIDERS) {
		ret_listing->ino = inode_of(KIND_PROVIDER, offset + 1);
		ret_listing->type = S_IFDIR;
		return name_set(&ret_listing->name, profile->name, strlen(profile->name));
	}
	ret_listing->ino = inode_of(provider_entries[offset].kind, id);
	ret_listing->type = S_IFREG;
	return name_set(&ret_listing->name, provider_entries[offset].name,
			strlen(provider_entries[offset].name));
}
