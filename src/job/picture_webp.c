/* WebP: a RIFF whose size says where it ends, then chunks of type, length, data,
 * padded to even. The first is the frame itself (VP8 lossy, VP8L lossless) or a
 * canvas (VP8X) with its frames, one or an animation, among other chunks. There
 * is no checksum: the sizes must agree with each other and with the file's. */
#include "job/picture.h"

#include <stdbool.h>
#include <string.h>

#include "job/picture_walk.h"

enum {
	RIFF_HEADER = 8,
	WEBP_HEADER = 12,
	WEBP_CANVAS_SIZE = 10,
	WEBP_LOSSY_HEADER = 10,
	WEBP_LOSSLESS_HEADER = 5,
	WEBP_FRAME_HEADER = 16,
	WEBP_IS_ANIMATED = 0x02,
};

struct webp {
	bool canvas, animated;
	unsigned frames;
};

/* Decoders want a key frame (bit 0 clear) that is shown (bit 4). */
static int webp_lossy(struct picture_walk *walk, const uint8_t *d, uint32_t size,
		      struct picture *ret_frame)
{
	static const uint8_t start[3] = { 0x9d, 0x01, 0x2a };

	if (size < WEBP_LOSSY_HEADER || (d[0] & 0x11) != 0x10 || memcmp(d + 3, start, 3) != 0 ||
	    little24(d) >> 5 > size - WEBP_LOSSY_HEADER)
		return picture_is_broken(walk, "its VP8 frame makes no sense");
	ret_frame->width = little16(d + 6) & 0x3fff;
	ret_frame->height = little16(d + 8) & 0x3fff;
	return 0;
}

static int webp_lossless(struct picture_walk *walk, const uint8_t *d, uint32_t size,
			 struct picture *ret_frame)
{
	uint32_t bits;

	if (size <= WEBP_LOSSLESS_HEADER || d[0] != 0x2f || d[4] >> 5 != 0)
		return picture_is_broken(walk, "its VP8L frame makes no sense");
	bits = little32(d + 1);
	ret_frame->width = (bits & 0x3fff) + 1;
	ret_frame->height = (bits >> 14 & 0x3fff) + 1;
	return 0;
}

static int webp_chunk(struct picture_walk *walk, const uint8_t *type, const uint8_t *data,
		      uint32_t size, struct picture *ret_frame)
{
	if (memcmp(type, "VP8 ", 4) == 0)
		return webp_lossy(walk, data, size, ret_frame);
	if (memcmp(type, "VP8L", 4) == 0)
		return webp_lossless(walk, data, size, ret_frame);
	if (memcmp(type, "ANMF", 4) != 0)
		return 0;
	if (size <= WEBP_FRAME_HEADER)
		return picture_is_broken(walk, "a frame is empty");
	ret_frame->width = little24(data + 6) + 1;
	ret_frame->height = little24(data + 9) + 1;
	return 0;
}

/* A frame fills its canvas, or is a part of an animated one. */
static int webp_add_frame(struct picture_walk *walk, struct webp *webp, const struct picture *frame,
			  struct picture *picture)
{
	bool fills = frame->width == picture->width && frame->height == picture->height;
	bool fits = frame->width <= picture->width && frame->height <= picture->height;

	if (!webp->canvas && webp->frames > 0)
		return picture_is_broken(walk, "it has a second frame");
	webp->frames++;
	if (!webp->canvas) {
		picture->width = frame->width;
		picture->height = frame->height;
	} else if (webp->animated ? !fits : !fills) {
		return picture_is_broken(walk, "a frame does not match its canvas");
	}
	return 0;
}

static int webp_next(struct picture_walk *walk, struct webp *webp, struct picture *picture)
{
	struct picture frame = { 0 };
	const uint8_t *head = picture_take(walk, RIFF_HEADER), *data;
	bool first = walk->at == WEBP_HEADER + RIFF_HEADER;
	uint32_t size;
	int r;

	if (!head)
		return picture_ends_early(walk, RIFF_HEADER);
	size = little32(head + 4);
	data = picture_take(walk, size);
	if (!data)
		return picture_ends_early(walk, size);
	if (size % 2 != 0)
		(void)picture_take(walk, 1);
	if (memcmp(head, "VP8X", 4) == 0) {
		if (!first || size < WEBP_CANVAS_SIZE)
			return picture_is_broken(walk, "its canvas (VP8X) makes no sense");
		webp->canvas = true;
		webp->animated = data[0] & WEBP_IS_ANIMATED;
		picture->width = little24(data + 4) + 1;
		picture->height = little24(data + 7) + 1;
		return 0;
	}
	r = webp_chunk(walk, head, data, size, &frame);
	if (r == 0 && frame.width + frame.height != 0)
		r = webp_add_frame(walk, webp, &frame, picture);
	if (r == 0 && webp->frames == 0 && !webp->canvas)
		return picture_is_broken(walk, "its first chunk is no frame");
	return r;
}

int picture_check_webp(struct picture_walk *walk, struct picture *picture)
{
	uint64_t whole = (uint64_t)little32(walk->bytes + 4) + RIFF_HEADER;
	struct webp webp = { 0 };
	int r;

	walk->at = WEBP_HEADER;
	if (whole > walk->size)
		return picture_ends_early(walk, whole - WEBP_HEADER);
	if (whole < walk->size) {
		walk->at = (size_t)whole;
		return picture_is_broken(walk, "it should have ended");
	}
	while (walk_left(walk) > 0) {
		r = webp_next(walk, &webp, picture);
		if (r < 0)
			return r;
	}
	return webp.frames > 0 ? 0 : picture_is_broken(walk, "it has no pixels");
}
