/* WebP: XMP is a chunk behind the frames, and allowed only where a canvas (VP8X)
 * says that there is one; a picture that is a single frame gets that canvas. */
#include "embed_formats.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "job/picture_walk.h"

enum {
	RIFF_HEADER = 8,
	WEBP_HEADER = 12,
	CANVAS_SIZE = 10,
	FLAG_XMP = 0x04,
	FLAG_ALPHA = 0x10,
};

static void add_little(struct strbuf *out, uint32_t number, int bytes)
{
	for (; bytes > 0; bytes--, number >>= 8)
		strbuf_add_char(out, (char)(number & 255));
}

static int look(const struct embed_source *source)
{
	struct picture_walk walk = {
		.bytes = source->bytes,
		.size = source->size,
		.at = WEBP_HEADER,
	};
	bool has_xmp = false;

	while (walk_left(&walk)) {
		const uint8_t *head = picture_take(&walk, RIFF_HEADER);
		uint32_t size = head ? little32(head + 4) : 0;

		if (!head || !picture_take(&walk, size))
			return -EBADMSG;
		(void)picture_take(&walk, size & 1);
		if (memcmp(head, "C2PA", 4) == 0)
			return -EPERM;
		has_xmp = has_xmp || memcmp(head, "XMP ", 4) == 0;
	}
	return has_xmp ? -EALREADY : 0;
}

/* A lossless frame says itself whether some of it is transparent. */
static uint8_t flags_of_frame(const uint8_t *chunk)
{
	bool lossless = memcmp(chunk, "VP8L", 4) == 0;

	return FLAG_XMP | (lossless && chunk[RIFF_HEADER + 4] & 0x10 ? FLAG_ALPHA : 0);
}

static void add_canvas(const struct embed_source *source, struct strbuf *out)
{
	strbuf_add(out, "VP8X", 4);
	add_little(out, CANVAS_SIZE, 4);
	add_little(out, flags_of_frame(source->bytes + WEBP_HEADER), 4);
	add_little(out, source->picture.width - 1, 3);
	add_little(out, source->picture.height - 1, 3);
}

int embed_in_webp(const struct embed_source *source, struct strbuf *out)
{
	const uint8_t *first = source->bytes + WEBP_HEADER;
	bool has_canvas = memcmp(first, "VP8X", 4) == 0;
	size_t size = source->size + (source->size & 1);
	int r = look(source);

	if (r < 0)
		return r;
	size += RIFF_HEADER + source->xmp->size + (source->xmp->size & 1);
	size += has_canvas ? 0 : RIFF_HEADER + CANVAS_SIZE;
	if (size - RIFF_HEADER > UINT32_MAX - 1)
		return -EFBIG;
	strbuf_add(out, "RIFF", 4);
	add_little(out, (uint32_t)(size - RIFF_HEADER), 4);
	strbuf_add(out, "WEBP", 4);
	if (!has_canvas)
		add_canvas(source, out);
	strbuf_add(out, first, source->size - WEBP_HEADER);
	if (source->size & 1)
		strbuf_add_char(out, '\0');
	strbuf_add(out, "XMP ", 4);
	add_little(out, (uint32_t)source->xmp->size, 4);
	strbuf_add(out, source->xmp->bytes, source->xmp->size);
	if (source->xmp->size & 1)
		strbuf_add_char(out, '\0');
	if (has_canvas && !strbuf_failed(out))
		out->bytes[WEBP_HEADER + RIFF_HEADER] |= FLAG_XMP;
	return 0;
}
