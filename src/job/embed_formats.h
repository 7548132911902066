/* The three formats as places for texts. Private to embed. */
#ifndef EASELFS_JOB_EMBED_FORMATS_H
#define EASELFS_JOB_EMBED_FORMATS_H

#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "job/picture.h"

struct embed_source {
	const uint8_t *bytes; /* that picture_check() accepted */
	size_t size;
	struct picture picture;
	const struct strbuf *parameters, *xmp;
};

/* Each appends the picture with its texts. 0, -EALREADY, -EPERM, -EBADMSG or
 * -EFBIG, as embed_picture(). */
int embed_in_png(const struct embed_source *source, struct strbuf *out);
int embed_in_jpeg(const struct embed_source *source, struct strbuf *out);
int embed_in_webp(const struct embed_source *source, struct strbuf *out);

#endif
