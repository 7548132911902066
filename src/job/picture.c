/* What arrives under an image's name is often something else: an error page, half
 * a file, a picture of nothing. Just enough of each format is read to know that a
 * file is whole, and how large its picture is, without a decoder: a decoder's bugs
 * would be ours, run on bytes from strangers. Each format has its own file; here
 * is what tells them apart, and what to say of all that is none of them. */
#include "job/picture.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "job/picture_walk.h"

static const struct {
	const char *name, *extension, *mime;
	int (*check)(struct picture_walk *walk, struct picture *picture);
} types[PICTURE_TYPES] = {
	[PICTURE_PNG] = { "PNG", "png", "image/png", picture_check_png },
	[PICTURE_JPEG] = { "JPEG", "jpg", "image/jpeg", picture_check_jpeg },
	[PICTURE_WEBP] = { "WebP", "webp", "image/webp", picture_check_webp },
};

static int check_size(const struct picture_walk *walk, const struct picture *picture)
{
	uint32_t w = picture->width, h = picture->height;

	if (w == 0 || h == 0) {
		diag_set(walk->diag, 0, "the %s has no pixels: %" PRIu32 " × %" PRIu32,
			 walk->format, w, h);
		return -EBADMSG;
	}
	if (w > PICTURE_SIDE_MAX || h > PICTURE_SIDE_MAX || (uint64_t)w * h > PICTURE_PIXELS_MAX) {
		diag_set(walk->diag, 0,
			 "%" PRIu32 " × %" PRIu32 " pixels are over the limit of %d a side and %d "
			 "in all",
			 w, h, PICTURE_SIDE_MAX, PICTURE_PIXELS_MAX);
		return -EBADMSG;
	}
	return 0;
}

/* Anything else: say what it is, as well as a line can. */

static const struct {
	size_t at, size;
	const char *magic, *name;
} strangers[] = {
	{ 0, 4, "GIF8", "a GIF" },           { 4, 8, "ftypavif", "an AVIF" },
	{ 4, 8, "ftypheic", "a HEIC" },      { 4, 4, "ftyp", "an MP4 or the like" },
	{ 0, 4, "II*\0", "a TIFF" },         { 0, 4, "MM\0*", "a TIFF" },
	{ 0, 5, "%PDF-", "a PDF" },          { 0, 2, "\x1f\x8b", "gzip-compressed" },
	{ 0, 4, "PK\3\4", "a ZIP archive" },
};

enum { EXCERPT_TEXT = 48, EXCERPT_BINARY = 12 };

static bool is_space(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The beginning of the first line that is not blank. */
static void add_excerpt(struct strbuf *buf, const uint8_t *bytes, size_t size)
{
	const char *line, *end;
	size_t line_size, cut;

	while (size > 0 && is_space(*bytes)) {
		bytes++;
		size--;
	}
	line = (const char *)bytes;
	line_size = size;
	end = size ? memchr(line, '\n', size) : NULL;
	if (end)
		line_size = (size_t)(end - line);
	while (line_size > 0 && is_space((uint8_t)line[line_size - 1]))
		line_size--;
	cut = utf8_cut(line, line_size, EXCERPT_TEXT);
	if (!utf8_valid(line, cut, NULL) || (cut && memchr(line, '\0', cut)))
		cut = line_size < EXCERPT_BINARY ? line_size : EXCERPT_BINARY;
	utf8_add_printable(buf, line, cut, PRINTABLE_LINE);
	if (cut < line_size)
		strbuf_add_text(buf, "…");
}

static int is_stranger(const uint8_t *bytes, size_t size, struct diag *diag)
{
	CLEANUP(strbuf) struct strbuf excerpt = STRBUF_EMPTY;
	size_t i;

	for (i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++) {
		if (size >= strangers[i].at + strangers[i].size &&
		    memcmp(bytes + strangers[i].at, strangers[i].magic, strangers[i].size) == 0) {
			diag_set(diag, 0, "it is %s, not a PNG, JPEG or WebP", strangers[i].name);
			return -EBADMSG;
		}
	}
	add_excerpt(&excerpt, bytes, size);
	diag_set(diag, 0, "not an image: it begins with \"%s\"", strbuf_text(&excerpt));
	return -EBADMSG;
}

static bool begins_with(const uint8_t *bytes, size_t size, const char *magic, size_t magic_size)
{
	return size >= magic_size && memcmp(bytes, magic, magic_size) == 0;
}

enum picture_type picture_type_of(const uint8_t *bytes, size_t size)
{
	if (begins_with(bytes, size, "\x89PNG\r\n\x1a\n", 8))
		return PICTURE_PNG;
	if (begins_with(bytes, size, "\xff\xd8\xff", 3))
		return PICTURE_JPEG;
	if (size >= 12 && begins_with(bytes, size, "RIFF", 4) && memcmp(bytes + 8, "WEBP", 4) == 0)
		return PICTURE_WEBP;
	return PICTURE_TYPES;
}

int picture_check(const uint8_t *bytes, size_t size, struct picture *ret_picture,
		  struct diag *reterr_diag)
{
	struct picture_walk walk = { .bytes = bytes, .size = size, .diag = reterr_diag };
	struct picture picture = { 0 };
	int r;

	if (size == 0) {
		diag_set(reterr_diag, 0, "empty");
		return -EBADMSG;
	}
	picture.type = picture_type_of(bytes, size);
	if (picture.type == PICTURE_TYPES)
		return is_stranger(bytes, size, reterr_diag);
	walk.format = types[picture.type].name;
	r = types[picture.type].check(&walk, &picture);
	if (r == 0)
		r = check_size(&walk, &picture);
	if (r < 0)
		return r;
	*ret_picture = picture;
	return 0;
}

const char *picture_extension(enum picture_type type)
{
	return types[type].extension;
}

const char *picture_mime(enum picture_type type)
{
	return types[type].mime;
}
