/* What an image file says of itself: type, size, wholeness. Headers and the
 * structure around the pixels are read, pixels are never decoded. Pure. */
#ifndef EASELFS_JOB_PICTURE_H
#define EASELFS_JOB_PICTURE_H

#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"

enum picture_type { PICTURE_PNG, PICTURE_JPEG, PICTURE_WEBP, PICTURE_TYPES };

enum { PICTURE_SIDE_MAX = 32768, PICTURE_PIXELS_MAX = 256 * 1024 * 1024 };

struct picture {
	enum picture_type type;
	uint32_t width, height; /* pixels */
};

/* Checks that the bytes are one whole image of a known type within the limits:
 * PNG from its signature to IEND with every chunk's CRC, JPEG from SOI over its
 * segments to EOI, WebP by its RIFF size and first frame header. Bytes after the
 * end are allowed only where the format's own readers allow them (PNG and JPEG).
 * An animated WebP is one image of its canvas's size.
 * Returns 0 or -EBADMSG with `reterr_diag` saying what was found instead. */
int picture_check(const uint8_t *bytes, size_t size, struct picture *ret_picture,
		  struct diag *reterr_diag);

/* What the first bytes say it is, PICTURE_TYPES for none: a PNG's or JPEG's 8, a WebP's 12
 * are enough. */
enum picture_type picture_type_of(const uint8_t *bytes, size_t size);

/* "png", "jpg", "webp": the extension of names, without the dot. */
const char *picture_extension(enum picture_type type);
/* "image/png", … */
const char *picture_mime(enum picture_type type);

#endif
