/* One component of a path: bytes, not text; no slash, no NUL, at most 255. */
#ifndef EASELFS_JOB_NAME_H
#define EASELFS_JOB_NAME_H

#include <errno.h>
#include <stddef.h>
#include <string.h>

enum { NAME_ROOM = 256 };

struct name {
	size_t size;
	char bytes[NAME_ROOM]; /* NUL-terminated */
};

/* 0, or -ENAMETOOLONG. */
static inline int name_set(struct name *name, const void *bytes, size_t size)
{
	if (size >= NAME_ROOM)
		return -ENAMETOOLONG;
	memcpy(name->bytes, bytes, size);
	name->bytes[size] = '\0';
	name->size = size;
	return 0;
}

#endif
