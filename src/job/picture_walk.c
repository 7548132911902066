/* Moving over bytes, and how the formats say that they could not: every diagnosis
 * of a broken picture has one of these two shapes. */
#include "job/picture_walk.h"

#include <errno.h>
#include <inttypes.h>

const uint8_t *picture_take(struct picture_walk *walk, size_t size)
{
	const uint8_t *bytes = walk->bytes + walk->at;

	if (size > walk_left(walk))
		return NULL;
	walk->at += size;
	return bytes;
}

int picture_ends_early(const struct picture_walk *walk, uint64_t needed)
{
	diag_set(walk->diag, 0, "the %s ends after %zu of at least %" PRIu64 " bytes", walk->format,
		 walk->size, (uint64_t)walk->at + needed);
	return -EBADMSG;
}

int picture_is_broken(const struct picture_walk *walk, const char *how)
{
	diag_set(walk->diag, 0, "the %s is broken near byte %zu: %s", walk->format, walk->at, how);
	return -EBADMSG;
}
