/* JPEG: XMP is a segment APP1 among the first, behind those of JFIF and Exif that
 * insist on being first. */
#include "embed_formats.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "job/picture_walk.h"

enum {
	JPEG_TEM = 0x01,
	JPEG_SOI_SIZE = 2,
	JPEG_EOI = 0xd9,
	JPEG_SOS = 0xda,
	JPEG_APP0 = 0xe0,
	JPEG_APP1 = 0xe1,
	JPEG_APP11 = 0xeb,
	SEGMENT_MAX = 0xffff,
};

/* Their NULs belong to them. */
static const char xmp_begin[] = "http://ns.adobe.com/xap/1.0/";
static const char exif_begin[] = "Exif\0";

struct segment {
	uint8_t marker;
	const uint8_t *data;
	size_t size;
};

static int next_segment(struct picture_walk *walk, struct segment *ret_segment)
{
	const uint8_t *b = picture_take(walk, 1);
	uint32_t size;

	while (b && *b == 0xff)
		b = picture_take(walk, 1);
	if (!b)
		return -EBADMSG;
	*ret_segment = (struct segment){ .marker = *b };
	if (*b == JPEG_EOI || *b == JPEG_TEM)
		return 0;
	b = picture_take(walk, 2);
	size = b ? big16(b) : 0;
	if (size < 2)
		return -EBADMSG;
	ret_segment->size = size - 2;
	ret_segment->data = picture_take(walk, size - 2);
	return ret_segment->data ? 0 : -EBADMSG;
}

static bool begins_with(const struct segment *segment, const char *text, size_t size)
{
	return segment->size >= size && memcmp(segment->data, text, size) == 0;
}

static bool is_first(const struct segment *segment)
{
	return segment->marker == JPEG_APP0 ||
	       (segment->marker == JPEG_APP1 &&
		begins_with(segment, exif_begin, sizeof(exif_begin)));
}

/* Where the segment goes, or -errno. */
static int find_place(const struct embed_source *source, size_t *ret_place)
{
	struct picture_walk walk = {
		.bytes = source->bytes,
		.size = source->size,
		.at = JPEG_SOI_SIZE,
	};
	size_t place = walk.at;
	struct segment segment;
	bool leading = true, has_xmp = false;
	int r;

	do {
		r = next_segment(&walk, &segment);
		if (r < 0)
			return r;
		leading = leading && is_first(&segment);
		if (leading)
			place = walk.at;
		if (segment.marker == JPEG_APP11 && begins_with(&segment, "JP", 2))
			return -EPERM;
		if (segment.marker == JPEG_APP1 &&
		    begins_with(&segment, xmp_begin, sizeof(xmp_begin)))
			has_xmp = true;
	} while (segment.marker != JPEG_SOS && segment.marker != JPEG_EOI);
	*ret_place = place;
	return has_xmp ? -EALREADY : 0;
}

int embed_in_jpeg(const struct embed_source *source, struct strbuf *out)
{
	size_t size = 2 + sizeof(xmp_begin) + source->xmp->size, place;
	const uint8_t head[4] = { 0xff, JPEG_APP1, size >> 8 & 255, size & 255 };
	int r = find_place(source, &place);

	if (r < 0)
		return r;
	if (size > SEGMENT_MAX)
		return -EFBIG;
	strbuf_add(out, source->bytes, place);
	strbuf_add(out, head, sizeof(head));
	strbuf_add(out, xmp_begin, sizeof(xmp_begin));
	strbuf_add(out, source->xmp->bytes, source->xmp->size);
	strbuf_add(out, source->bytes + place, source->size - place);
	return 0;
}
