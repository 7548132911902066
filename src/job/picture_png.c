/* PNG: a signature, then chunks of length, type, data and CRC-32 up to IEND.
 * Every chunk's checksum is verified, since that is all it takes to know that
 * the bytes are those which were sent. What the pixels say is not looked at; of
 * the order of chunks only what decoders refuse is refused. */
#include "job/picture.h"

#include <stdbool.h>
#include <string.h>
#include <zlib.h>

#include "job/picture_walk.h"

enum { PNG_SIGNATURE = 8, PNG_FRAME = 12, PNG_HEADER_SIZE = 13, PNG_PALETTE_MAX = 3 * 256 };
#define PNG_LENGTH_MAX UINT32_C(0x7fffffff)

struct png_chunk {
	const uint8_t *type, *data;
	uint32_t size;
};

static bool png_is(const struct png_chunk *chunk, const char *type)
{
	return memcmp(chunk->type, type, 4) == 0;
}

static bool png_type_is_valid(const uint8_t *type)
{
	int i;

	for (i = 0; i < 4; i++) {
		if ((type[i] | 0x20) < 'a' || (type[i] | 0x20) > 'z')
			return false;
	}
	return true;
}

static int png_next(struct picture_walk *walk, struct png_chunk *ret_chunk)
{
	struct png_chunk chunk;
	const uint8_t *frame;

	if (walk_left(walk) < PNG_FRAME)
		return picture_ends_early(walk, PNG_FRAME);
	frame = walk->bytes + walk->at;
	chunk.size = big32(frame);
	chunk.type = frame + 4;
	chunk.data = frame + 8;
	if (chunk.size > PNG_LENGTH_MAX || !png_type_is_valid(chunk.type))
		return picture_is_broken(walk, "no chunk begins here");
	if (walk_left(walk) - PNG_FRAME < chunk.size)
		return picture_ends_early(walk, (uint64_t)PNG_FRAME + chunk.size);
	if (crc32(crc32(0, NULL, 0), chunk.type, 4 + chunk.size) != big32(chunk.data + chunk.size))
		return picture_is_broken(walk, "a chunk's checksum is wrong");
	walk->at += PNG_FRAME + (size_t)chunk.size;
	*ret_chunk = chunk;
	return 0;
}

/* Bit depths that a colour type allows, one bit each. */
static bool png_depth_is_valid(uint8_t color, uint8_t depth)
{
	static const uint32_t depths[7] = {
		[0] = 1 << 1 | 1 << 2 | 1 << 4 | 1 << 8 | 1 << 16,
		[2] = 1 << 8 | 1 << 16,
		[3] = 1 << 1 | 1 << 2 | 1 << 4 | 1 << 8,
		[4] = 1 << 8 | 1 << 16,
		[6] = 1 << 8 | 1 << 16,
	};

	return color <= 6 && depth <= 16 && (depths[color] >> depth & 1);
}

static int png_header(struct picture_walk *walk, struct picture *picture, uint8_t *ret_color)
{
	struct png_chunk chunk;
	const uint8_t *d;
	int r;

	r = png_next(walk, &chunk);
	if (r < 0)
		return r;
	d = chunk.data;
	if (!png_is(&chunk, "IHDR") || chunk.size != PNG_HEADER_SIZE)
		return picture_is_broken(walk, "it has no header (IHDR)");
	if (!png_depth_is_valid(d[9], d[8]) || d[10] != 0 || d[11] != 0 || d[12] > 1)
		return picture_is_broken(walk, "its header (IHDR) makes no sense");
	picture->width = big32(d);
	picture->height = big32(d + 4);
	*ret_color = d[9];
	return 0;
}

int picture_check_png(struct picture_walk *walk, struct picture *picture)
{
	bool palette = false;
	struct png_chunk chunk;
	uint64_t pixels = 0;
	uint8_t color = 0;
	int r;

	walk->at = PNG_SIGNATURE;
	r = png_header(walk, picture, &color);
	if (r < 0)
		return r;
	for (;;) {
		r = png_next(walk, &chunk);
		if (r < 0)
			return r;
		if (png_is(&chunk, "IEND"))
			break;
		if (png_is(&chunk, "IHDR"))
			return picture_is_broken(walk, "it has a second header (IHDR)");
		if (png_is(&chunk, "IDAT")) {
			if (color == 3 && !palette)
				return picture_is_broken(walk, "it has no palette (PLTE)");
			pixels += chunk.size;
		} else if (png_is(&chunk, "PLTE")) {
			if (palette || chunk.size == 0 || chunk.size > PNG_PALETTE_MAX ||
			    chunk.size % 3 != 0)
				return picture_is_broken(walk, "its palette (PLTE) is none");
			palette = true;
		}
	}
	if (chunk.size != 0)
		return picture_is_broken(walk, "its end (IEND) is not empty");
	if (pixels == 0)
		return picture_is_broken(walk, "it has no pixels (IDAT)");
	return 0;
}
