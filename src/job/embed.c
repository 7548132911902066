/* The texts, and what is done for all formats alike. No library writes them: of
 * those in Debian 12 exempi and exiv2 know XMP in the three formats, but parse
 * far more than is needed of bytes from strangers inside the daemon, in C++, on
 * files instead of bytes, and neither writes a PNG's `parameters`. Adding a chunk
 * to a file whose structure was checked is a hundred lines a format.
 *
 * The result is checked as a picture from outside is: what is embedded must never
 * cost a picture. */
#include "job/embed.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "embed_formats.h"
#include "job/picture.h"

/* Escaped, a character has at most 5 bytes, and a JPEG has 64 KiB for all of it. */
enum { DESCRIPTION_BYTES_MAX = 12000 };

/* ---- parameters ---- */

/* As JSON where the value would end too early for those who read it. */
static void add_value(struct strbuf *text, const char *value)
{
	bool quoted = strpbrk(value, ",:\"\n");

	if (quoted)
		strbuf_add_char(text, '"');
	for (; *value; value++) {
		if (*value == '\n') {
			strbuf_add_text(text, "\\n");
			continue;
		}
		if (quoted && (*value == '"' || *value == '\\'))
			strbuf_add_char(text, '\\');
		strbuf_add_char(text, *value);
	}
	if (quoted)
		strbuf_add_char(text, '"');
}

static void compose_parameters(const struct embed_story *story, const struct picture *picture,
			       struct strbuf *text)
{
	utf8_add_printable(text, story->prompt, strlen(story->prompt), PRINTABLE_TEXT);
	strbuf_add_char(text, '\n');
	if (story->negative_prompt && *story->negative_prompt) {
		strbuf_add_text(text, "Negative prompt: ");
		utf8_add_printable(text, story->negative_prompt, strlen(story->negative_prompt),
				   PRINTABLE_TEXT);
		strbuf_add_char(text, '\n');
	}
	if (story->steps >= 0)
		strbuf_addf(text, "Steps: %" PRId64 ", ", story->steps);
	if (story->seed >= 0)
		strbuf_addf(text, "Seed: %" PRId64 ", ", story->seed);
	strbuf_addf(text, "Size: %" PRIu32 "x%" PRIu32 ", ", picture->width, picture->height);
	if (*story->model) {
		strbuf_add_text(text, "Model: ");
		add_value(text, story->model);
		strbuf_add_text(text, ", ");
	}
	strbuf_add_text(text, "Version: easelfs " EASELFS_VERSION);
}

/* ---- XMP ---- */

/* XML has no way to say control characters and U+FFFE, U+FFFF. */
static void add_xml(struct strbuf *xml, const char *text, size_t size)
{
	CLEANUP(strbuf) struct strbuf shown = STRBUF_EMPTY;
	const char *at;

	utf8_add_printable(&shown, text, size, PRINTABLE_TEXT);
	for (at = strbuf_text(&shown); *at; at++) {
		switch (*at) {
		case '&':
			strbuf_add_text(xml, "&amp;");
			break;
		case '<':
			strbuf_add_text(xml, "&lt;");
			break;
		case '>':
			strbuf_add_text(xml, "&gt;");
			break;
		case '"':
			strbuf_add_text(xml, "&#34;");
			break;
		default:
			if (!strncmp(at, "\xEF\xBF\xBE", 3) || !strncmp(at, "\xEF\xBF\xBF", 3)) {
				strbuf_add_text(xml, "\xEF\xBF\xBD");
				at += 2;
			} else {
				strbuf_add_char(xml, *at);
			}
		}
	}
	if (strbuf_failed(&shown))
		xml->failed = true;
}

static void compose_xmp(const struct embed_story *story, struct strbuf *xmp)
{
	size_t size = strlen(story->prompt);

	strbuf_add_text(xmp, "<?xpacket begin=\"\xEF\xBB\xBF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n"
			     "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n"
			     "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n"
			     "<rdf:Description rdf:about=\"\"\n"
			     " xmlns:dc=\"http://purl.org/dc/elements/1.1/\"\n"
			     " xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\"\n"
			     " xmlns:Iptc4xmpExt=\"http://iptc.org/std/Iptc4xmpExt/2008-02-29/\"\n"
			     " Iptc4xmpExt:DigitalSourceType=\"http://cv.iptc.org/newscodes/"
			     "digitalsourcetype/trainedAlgorithmicMedia\"\n"
			     " xmp:CreatorTool=\"easelfs " EASELFS_VERSION ", ");
	add_xml(xmp, story->provider, strlen(story->provider));
	if (*story->model) {
		strbuf_add_char(xmp, ' ');
		add_xml(xmp, story->model, strlen(story->model));
	}
	strbuf_add_text(xmp, "\">\n<dc:description><rdf:Alt><rdf:li xml:lang=\"x-default\">");
	add_xml(xmp, story->prompt, utf8_cut(story->prompt, size, DESCRIPTION_BYTES_MAX));
	strbuf_add_text(xmp, "</rdf:li></rdf:Alt></dc:description>\n"
			     "</rdf:Description>\n</rdf:RDF>\n</x:xmpmeta>\n"
			     "<?xpacket end=\"r\"?>");
}

/* ---- the picture ---- */

static int (*const formats[PICTURE_TYPES])(const struct embed_source *, struct strbuf *) = {
	[PICTURE_PNG] = embed_in_png,
	[PICTURE_JPEG] = embed_in_jpeg,
	[PICTURE_WEBP] = embed_in_webp,
};

/* A signature may also lie elsewhere, and only a reference to it in the file. */
static bool refers_to_signature(const uint8_t *bytes, size_t size)
{
	static const char reference[] = "dcterms:provenance";

	return memmem(bytes, size, reference, sizeof(reference) - 1);
}

static int explain(int r, struct diag *diag)
{
	switch (r) {
	case -EALREADY:
		diag_set(diag, 0, "has metadata of its own, which stays");
		break;
	case -EPERM:
		diag_set(diag, 0, "is signed (C2PA) and stays as it came");
		break;
	case -EFBIG:
		diag_set(diag, 0, "has no room for metadata");
		break;
	case -EBADMSG:
		diag_set(diag, 0, "is built in a way that metadata cannot be added to");
		break;
	default:
		break;
	}
	return r;
}

static int check_result(const struct strbuf *out, const struct picture *before)
{
	struct picture after;

	if (strbuf_failed(out))
		return -ENOMEM;
	if (picture_check((const uint8_t *)out->bytes, out->size, &after, NULL) < 0 ||
	    after.type != before->type || after.width != before->width ||
	    after.height != before->height)
		return -EBADMSG;
	return 0;
}

int embed_picture(const uint8_t *bytes, size_t size, const struct embed_story *story,
		  struct strbuf *ret_bytes, struct diag *reterr_diag)
{
	CLEANUP(strbuf) struct strbuf parameters = STRBUF_EMPTY;
	CLEANUP(strbuf) struct strbuf xmp = STRBUF_EMPTY;
	CLEANUP(strbuf) struct strbuf out = STRBUF_EMPTY;
	struct embed_source source = {
		.bytes = bytes, .size = size, .parameters = &parameters, .xmp = &xmp
	};
	int r = picture_check(bytes, size, &source.picture, NULL);

	if (r == 0 && refers_to_signature(bytes, size))
		r = -EPERM;
	if (r < 0)
		return explain(r, reterr_diag);
	compose_parameters(story, &source.picture, &parameters);
	compose_xmp(story, &xmp);
	if (strbuf_failed(&parameters) || strbuf_failed(&xmp))
		return -ENOMEM;
	r = formats[source.picture.type](&source, &out);
	if (r == 0)
		r = check_result(&out, &source.picture);
	if (r < 0)
		return explain(r, reterr_diag);
	*ret_bytes = out;
	out = (struct strbuf)STRBUF_EMPTY;
	return 0;
}
