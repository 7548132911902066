/* Small whole pictures for tests, and the parts of PNGs. */
#ifndef EASELFS_TESTS_PICTURE_SAMPLES_H
#define EASELFS_TESTS_PICTURE_SAMPLES_H

#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "job/picture.h"

enum { SAMPLES = 6 };

struct sample {
	const char *name;
	const uint8_t *bytes;
	size_t size;
	struct picture want;
};

extern const struct sample samples[SAMPLES];

/* IHDR after the size: depth, colour type, compression, filter, interlace. */
#define PNG_GREY "\x08\0\0\0\0"

void sample_add_signature(struct strbuf *png);
void sample_add_chunk(struct strbuf *png, const char *type, const void *data, size_t size);
void sample_add_header(struct strbuf *png, uint32_t width, uint32_t height, const char *rest);
void sample_add_pixels(struct strbuf *png, uint32_t width, uint32_t height);
/* A black one of 8-bit grey. */
void sample_add_whole(struct strbuf *png, uint32_t width, uint32_t height);

#endif
