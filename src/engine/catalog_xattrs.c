/* Attributes that people set on their requests, folders and pictures: kept as
 * they are, bounded in all. */
#include "engine/catalog.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "catalog_tx.h"

struct xattr {
	enum xattr_kind kind;
	int64_t owner;
	const struct xattr_value *value;
	const char *name;
};

static int body_set_xattr(struct tx *tx)
{
	const struct xattr *xattr = tx->arg;
	const struct xattr_value *value = xattr->value;
	CLEANUP(strbuf) struct strbuf old = STRBUF_EMPTY;
	int64_t size = store_xattr_size(tx->db, xattr->kind, xattr->owner);
	int r = store_xattr_get(tx->db, xattr->kind, xattr->owner, value->name, &old);

	if (size < 0 || (r < 0 && r != -ENOENT))
		return size < 0 ? (int)size : r;
	if (r == 0 && value->how == XATTR_CREATE_ONLY)
		return -EEXIST;
	if (r < 0 && value->how == XATTR_REPLACE_ONLY)
		return -ENODATA;
	if (r == 0)
		size -= (int64_t)(strlen(value->name) + old.size);
	if (size + (int64_t)(strlen(value->name) + value->size) > XATTR_BYTES_MAX)
		return -ENOSPC;
	return store_xattr_set(tx->db, xattr->kind, xattr->owner, value->name, value->bytes,
			       value->size);
}

int catalog_set_xattr(struct catalog *catalog, enum xattr_kind kind, int64_t owner,
		      const struct xattr_value *value)
{
	struct xattr xattr = { .kind = kind, .owner = owner, .value = value };

	return tx_run(catalog, STORE_LAZY, body_set_xattr, &xattr);
}

static int body_remove_xattr(struct tx *tx)
{
	const struct xattr *xattr = tx->arg;
	CLEANUP(strbuf) struct strbuf old = STRBUF_EMPTY;
	int r = store_xattr_get(tx->db, xattr->kind, xattr->owner, xattr->name, &old);

	if (r < 0)
		return r == -ENOENT ? -ENODATA : r;
	return store_xattr_remove(tx->db, xattr->kind, xattr->owner, xattr->name);
}

int catalog_remove_xattr(struct catalog *catalog, enum xattr_kind kind, int64_t owner,
			 const char *name)
{
	struct xattr xattr = { .kind = kind, .owner = owner, .name = name };

	return tx_run(catalog, STORE_LAZY, body_remove_xattr, &xattr);
}
