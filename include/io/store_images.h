/* Pictures and the attributes people set, as records. Every function runs inside
 * a transaction of the store; unless said otherwise it returns 0, -ENOENT when
 * there is no such record, or the -errno of the database. */
#ifndef EASELFS_IO_STORE_IMAGES_H
#define EASELFS_IO_STORE_IMAGES_H

#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "job/record.h"

struct db;

int store_image_get(struct db *db, int64_t id, struct image *ret_image);
/* Announced or not. */
int store_image_find(struct db *db, int64_t folder, const struct name *name,
		     struct image *ret_image);
int store_image_next(struct db *db, int64_t folder, int64_t after, struct image *ret_image);
/* The picture of the run with the smallest number above `after`. */
int store_image_next_of_run(struct db *db, int64_t run, int64_t after, struct image *ret_image);
int store_image_next_of_call(struct db *db, int64_t call, int64_t after, struct image *ret_image);
int store_image_next_unannounced(struct db *db, int64_t after, struct image *ret_image);
/* The picture with the greatest id below `before`; start with INT64_MAX. */
int store_image_before(struct db *db, int64_t before, struct image *ret_image);
/* The greatest number of a picture of the run, 0 where it has none, or -errno. */
int64_t store_image_last_number(struct db *db, int64_t run);
int store_image_insert(struct db *db, struct image *image);
/* Writes folder (0: removed), name and announced. */
int store_image_update(struct db *db, const struct image *image);

/* Places of blobs whose pictures were removed and whose files are not yet. */
int store_doomed_add(struct db *db, const char *blob);
/* The first one after `after` ("": the very first) into `blob`. */
int store_doomed_next(struct db *db, const char *after, char *blob, size_t room);
int store_doomed_remove(struct db *db, const char *blob);

/* Attributes by their owner. */
enum xattr_kind { XATTR_FILE = 1, XATTR_IMAGE, XATTR_REQUEST_FOLDER, XATTR_IMAGE_FOLDER };
enum { XATTR_BYTES_MAX = 64 * 1024 };

int store_xattr_get(struct db *db, enum xattr_kind kind, int64_t owner, const char *name,
		    struct strbuf *ret_value);
int store_xattr_set(struct db *db, enum xattr_kind kind, int64_t owner, const char *name,
		    const void *value, size_t size);
int store_xattr_remove(struct db *db, enum xattr_kind kind, int64_t owner, const char *name);
int store_xattr_remove_all(struct db *db, enum xattr_kind kind, int64_t owner);
/* Appends every name with its NUL. */
int store_xattr_list(struct db *db, enum xattr_kind kind, int64_t owner, struct strbuf *names);
/* The bytes of all names and values, or -errno. */
int64_t store_xattr_size(struct db *db, enum xattr_kind kind, int64_t owner);

#endif
