/* JPEG: markers (0xff and a code), most with a segment of a 16-bit length that
 * counts itself; after SOS come entropy-coded bytes until the next marker. The
 * format has no checksum and no size: that the end marker is found by walking,
 * and not by looking at the last two bytes, is what tells a whole file (an
 * embedded thumbnail has an end marker too). */
#include "job/picture.h"

#include <stdbool.h>
#include <string.h>

#include "job/picture_walk.h"

enum {
	JPEG_SOF0 = 0xc0,
	JPEG_DHT = 0xc4,
	JPEG_JPG = 0xc8,
	JPEG_DAC = 0xcc,
	JPEG_SOF15 = 0xcf,
	JPEG_RST0 = 0xd0,
	JPEG_RST7 = 0xd7,
	JPEG_SOI = 0xd8,
	JPEG_EOI = 0xd9,
	JPEG_SOS = 0xda,
	JPEG_TEM = 0x01,
	JPEG_SIGNATURE = 2, /* SOI */
	JPEG_COMPONENTS_MAX = 4,
};

static bool jpeg_is_frame(uint8_t marker)
{
	return marker >= JPEG_SOF0 && marker <= JPEG_SOF15 && marker != JPEG_DHT &&
	       marker != JPEG_JPG && marker != JPEG_DAC;
}

static int jpeg_marker(struct picture_walk *walk, uint8_t *ret_marker)
{
	const uint8_t *b = picture_take(walk, 1);

	if (b && *b != 0xff)
		return picture_is_broken(walk, "no segment begins here");
	while (b && *b == 0xff)
		b = picture_take(walk, 1);
	if (!b)
		return picture_ends_early(walk, 1);
	*ret_marker = *b;
	return 0;
}

static int jpeg_segment(struct picture_walk *walk, const uint8_t **ret_data, uint32_t *ret_size)
{
	const uint8_t *b = picture_take(walk, 2);
	uint32_t size;

	if (!b)
		return picture_ends_early(walk, 2);
	size = big16(b);
	if (size < 2)
		return picture_is_broken(walk, "a segment is shorter than its own length");
	b = picture_take(walk, size - 2);
	if (!b)
		return picture_ends_early(walk, size - 2);
	*ret_data = b;
	*ret_size = size - 2;
	return 0;
}

static int jpeg_frame(struct picture_walk *walk, const uint8_t *data, uint32_t size,
		      struct picture *picture)
{
	if (size < 6 || data[5] < 1 || data[5] > JPEG_COMPONENTS_MAX || size != 6 + 3u * data[5] ||
	    data[0] < 2 || data[0] > 16)
		return picture_is_broken(walk, "its frame header makes no sense");
	picture->height = big16(data + 1);
	picture->width = big16(data + 3);
	return 0;
}

/* Passes over entropy-coded bytes up to the next marker that ends them, or to the
 * end. A 0xff among them is followed by 0; restart markers belong to them. */
static int jpeg_scan(struct picture_walk *walk, const uint8_t *data, uint32_t size)
{
	const uint8_t *ff, *begin = walk->bytes + walk->at;
	uint8_t code;

	if (size < 1 || data[0] < 1 || data[0] > JPEG_COMPONENTS_MAX || size != 4 + 2u * data[0])
		return picture_is_broken(walk, "a scan header makes no sense");
	for (;;) {
		ff = walk_left(walk) ? memchr(walk->bytes + walk->at, 0xff, walk_left(walk)) : NULL;
		if (!ff || ff + 1 == walk->bytes + walk->size) {
			walk->at = walk->size;
			return 0;
		}
		walk->at = (size_t)(ff - walk->bytes);
		code = ff[1];
		if (code == 0xff)
			walk->at += 1;
		else if (code == 0 || (code >= JPEG_RST0 && code <= JPEG_RST7))
			walk->at += 2;
		else
			break;
	}
	return ff == begin ? picture_is_broken(walk, "a scan is empty") : 0;
}

int picture_check_jpeg(struct picture_walk *walk, struct picture *picture)
{
	bool framed = false, scanned = false;
	const uint8_t *data = NULL;
	uint8_t marker = 0;
	uint32_t size = 0;
	int r;

	walk->at = JPEG_SIGNATURE;
	for (;;) {
		r = jpeg_marker(walk, &marker);
		if (r < 0)
			return r;
		if (marker == JPEG_EOI)
			break;
		if (marker == JPEG_TEM)
			continue;
		if (marker == 0 || marker == JPEG_SOI ||
		    (marker >= JPEG_RST0 && marker <= JPEG_RST7))
			return picture_is_broken(walk, "a marker is out of place");
		r = jpeg_segment(walk, &data, &size);
		if (r < 0)
			return r;
		if (jpeg_is_frame(marker)) {
			if (framed)
				return picture_is_broken(walk, "it has a second frame header");
			framed = true;
			r = jpeg_frame(walk, data, size, picture);
		} else if (marker == JPEG_SOS) {
			if (!framed)
				return picture_is_broken(walk, "it has no frame header");
			r = jpeg_scan(walk, data, size);
			scanned = true;
		}
		if (r < 0)
			return r;
	}
	return scanned ? 0 : picture_is_broken(walk, "it has no pixels");
}
