/* PNG: text chunks, added behind the header, where readers that do not wait for
 * the pixels find them. ASCII goes into tEXt, which every reader knows; tEXt has
 * no other letters than Latin-1's, so all else goes into iTXt. */
#include "embed_formats.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <zlib.h>

#include "job/picture_walk.h"

enum { PNG_SIGNATURE = 8, PNG_FRAME = 12, PNG_HEADER_END = PNG_SIGNATURE + PNG_FRAME + 13 };

static const char parameters_keyword[] = "parameters";
static const char xmp_keyword[] = "XML:com.adobe.xmp";

static void add_big32(struct strbuf *out, uint32_t number)
{
	const uint8_t big[4] = { number >> 24, number >> 16 & 255, number >> 8 & 255,
				 number & 255 };

	strbuf_add(out, big, sizeof(big));
}

static bool is_ascii(const struct strbuf *text)
{
	for (size_t i = 0; i < text->size; i++)
		if ((unsigned char)text->bytes[i] >= 0x80)
			return false;
	return true;
}

enum text_chunk { TEXT_LATIN, TEXT_UTF8 };

/* The keyword's NUL ends it; of iTXt four more bytes say: not compressed, no
 * language, no translation. */
static void add_text(struct strbuf *out, enum text_chunk kind, const char *keyword,
		     const struct strbuf *text)
{
	static const char plain[4] = { 0 };
	size_t head = strlen(keyword) + 1 + (kind == TEXT_UTF8 ? sizeof(plain) : 0), begin;

	add_big32(out, (uint32_t)(head + text->size));
	begin = out->size;
	strbuf_add(out, kind == TEXT_UTF8 ? "iTXt" : "tEXt", 4);
	strbuf_add(out, keyword, strlen(keyword) + 1);
	if (kind == TEXT_UTF8)
		strbuf_add(out, plain, sizeof(plain));
	strbuf_add(out, text->bytes, text->size);
	if (!strbuf_failed(out))
		add_big32(out, (uint32_t)crc32_z(0, (const Bytef *)out->bytes + begin,
						 out->size - begin));
}

struct found {
	bool parameters, xmp, signature;
};

static void look_at(const uint8_t *type, const uint8_t *data, uint32_t size, struct found *found)
{
	if (memcmp(type, "caBX", 4) == 0)
		found->signature = true;
	if (memcmp(type, "tEXt", 4) != 0 && memcmp(type, "zTXt", 4) != 0 &&
	    memcmp(type, "iTXt", 4) != 0)
		return;
	if (size >= sizeof(parameters_keyword) &&
	    memcmp(data, parameters_keyword, sizeof(parameters_keyword)) == 0)
		found->parameters = true;
	if (size >= sizeof(xmp_keyword) && memcmp(data, xmp_keyword, sizeof(xmp_keyword)) == 0)
		found->xmp = true;
}

static int look(const struct embed_source *source, struct found *found)
{
	struct picture_walk walk = {
		.bytes = source->bytes,
		.size = source->size,
		.at = PNG_SIGNATURE,
	};
	const uint8_t *head;

	do {
		const uint8_t *data;
		uint32_t size;

		head = picture_take(&walk, 8);
		size = head ? big32(head) : 0;
		data = head ? picture_take(&walk, size) : NULL;
		if (!data || !picture_take(&walk, 4))
			return -EBADMSG;
		look_at(head + 4, data, size, found);
	} while (memcmp(head + 4, "IEND", 4) != 0);
	return 0;
}

int embed_in_png(const struct embed_source *source, struct strbuf *out)
{
	struct found found = { 0 };
	int r = look(source, &found);

	if (r < 0)
		return r;
	if (found.signature)
		return -EPERM;
	if (found.parameters && found.xmp)
		return -EALREADY;
	strbuf_add(out, source->bytes, PNG_HEADER_END);
	if (!found.parameters)
		add_text(out, is_ascii(source->parameters) ? TEXT_LATIN : TEXT_UTF8,
			 parameters_keyword, source->parameters);
	if (!found.xmp)
		add_text(out, TEXT_UTF8, xmp_keyword, source->xmp);
	strbuf_add(out, source->bytes + PNG_HEADER_END, source->size - PNG_HEADER_END);
	return 0;
}
