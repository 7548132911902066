/* A walk over a file's bytes that cannot leave them, and the three formats read
 * with it. No length found in a file is ever trusted: a length is compared with what
 * is left, never added to a position first. Private to picture and embed. */
#ifndef EASELFS_JOB_PICTURE_WALK_H
#define EASELFS_JOB_PICTURE_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"

struct picture;

struct picture_walk {
	const uint8_t *bytes;
	size_t size, at; /* at <= size, always */
	struct diag *diag;
	const char *format; /* "PNG": how diagnoses call it */
};

/* Each is called with the format's signature (WebP: all 12 bytes) at the first
 * byte, and fills the size in `picture`, whose limits are not its business. 0, or
 * -EBADMSG and the diag. */
int picture_check_png(struct picture_walk *walk, struct picture *picture);
int picture_check_jpeg(struct picture_walk *walk, struct picture *picture);
int picture_check_webp(struct picture_walk *walk, struct picture *picture);

/* The next `size` bytes, passed over; NULL when there are fewer. */
const uint8_t *picture_take(struct picture_walk *walk, size_t size);

/* Fill the diag and return -EBADMSG. `needed` bytes from here on were announced
 * and are not all there. */
int picture_ends_early(const struct picture_walk *walk, uint64_t needed);
int picture_is_broken(const struct picture_walk *walk, const char *how);

static inline size_t walk_left(const struct picture_walk *walk)
{
	return walk->size - walk->at;
}

static inline uint32_t big16(const uint8_t *b)
{
	return (uint32_t)b[0] << 8 | b[1];
}

static inline uint32_t big32(const uint8_t *b)
{
	return big16(b) << 16 | big16(b + 2);
}

static inline uint32_t little16(const uint8_t *b)
{
	return (uint32_t)b[1] << 8 | b[0];
}

static inline uint32_t little24(const uint8_t *b)
{
	return (uint32_t)b[2] << 16 | little16(b);
}

static inline uint32_t little32(const uint8_t *b)
{
	return little16(b + 2) << 16 | little16(b);
}

#endif
