/* One decoder that every question about UTF-8 goes through, so that "valid",
 * "where to cut" and "may be shown" can never disagree. It follows the table of
 * RFC 3629 (section 4): the second byte's range depends on the first, which
 * excludes surrogates, overlong forms and what lies above U+10FFFF. */
#include "base/utf8.h"

#include <stdint.h>

#include "base/strbuf.h"

static bool is_tail(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

/* How many bytes a character beginning with `lead` has; 0: none begins so. */
static size_t length_of(unsigned char lead)
{
	if (lead < 0x80)
		return 1;
	if (lead >= 0xc2 && lead <= 0xdf)
		return 2;
	if (lead >= 0xe0 && lead <= 0xef)
		return 3;
	if (lead >= 0xf0 && lead <= 0xf4)
		return 4;
	return 0;
}

static bool second_is_valid(unsigned char lead, unsigned char second)
{
	switch (lead) {
	case 0xe0:
		return second >= 0xa0 && second <= 0xbf;
	case 0xed:
		return second >= 0x80 && second <= 0x9f;
	case 0xf0:
		return second >= 0x90 && second <= 0xbf;
	case 0xf4:
		return second >= 0x80 && second <= 0x8f;
	default:
		return is_tail(second);
	}
}

/* The length of the character at `bytes` (size > 0), 0 if there is none. */
static size_t decode(const unsigned char *bytes, size_t size, uint32_t *ret_code)
{
	size_t length = length_of(bytes[0]), i;
	uint32_t code;

	if (length == 0 || length > size)
		return 0;
	if (length == 1) {
		*ret_code = bytes[0];
		return 1;
	}
	if (!second_is_valid(bytes[0], bytes[1]))
		return 0;
	code = bytes[0] & (0x7fu >> length);
	for (i = 1; i < length; i++) {
		if (!is_tail(bytes[i]))
			return 0;
		code = code << 6 | (bytes[i] & 0x3fu);
	}
	*ret_code = code;
	return length;
}

bool utf8_valid(const char *bytes, size_t size, size_t *ret_offset)
{
	size_t at = 0, length;
	uint32_t code;

	while (at < size) {
		length = decode((const unsigned char *)bytes + at, size - at, &code);
		if (length == 0) {
			if (ret_offset)
				*ret_offset = at;
			return false;
		}
		at += length;
	}
	return true;
}

size_t utf8_cut(const char *bytes, size_t size, size_t max)
{
	const unsigned char *b = (const unsigned char *)bytes;
	size_t at = max;

	if (size <= max)
		return size;
	while (at > 0 && max - at < 3 && is_tail(b[at]))
		at--;
	return length_of(b[at]) > max - at ? at : max;
}

/* ---- columns ---- */

/* From Unicode's EastAsianWidth (W, F; emoji among them) and from the blocks that
 * hold nothing but combining marks and joiners: enough for names and sentences
 * to line up, without a locale. */
static const struct {
	uint32_t from, to;
	unsigned columns;
} widths[] = {
	{ 0x0300, 0x036f, 0 },   { 0x0483, 0x0489, 0 },   { 0x0591, 0x05bd, 0 },
	{ 0x0610, 0x061a, 0 },   { 0x064b, 0x065f, 0 },   { 0x1100, 0x115f, 2 },
	{ 0x1160, 0x11ff, 0 },   { 0x1ab0, 0x1aff, 0 },   { 0x1dc0, 0x1dff, 0 },
	{ 0x200b, 0x200f, 0 },   { 0x20d0, 0x20ff, 0 },   { 0x231a, 0x231b, 2 },
	{ 0x2e80, 0x303e, 2 },   { 0x3041, 0x33ff, 2 },   { 0x3400, 0x4dbf, 2 },
	{ 0x4e00, 0xa4cf, 2 },   { 0xa960, 0xa97f, 2 },   { 0xac00, 0xd7a3, 2 },
	{ 0xf900, 0xfaff, 2 },   { 0xfe00, 0xfe0f, 0 },   { 0xfe20, 0xfe2f, 0 },
	{ 0xfe30, 0xfe6f, 2 },   { 0xff00, 0xff60, 2 },   { 0xffe0, 0xffe6, 2 },
	{ 0x1f300, 0x1f64f, 2 }, { 0x1f680, 0x1f6ff, 2 }, { 0x1f900, 0x1f9ff, 2 },
	{ 0x1fa70, 0x1faff, 2 }, { 0x20000, 0x3fffd, 2 }, { 0xe0100, 0xe01ef, 0 },
};

static size_t columns_of(uint32_t code)
{
	for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]) && code >= widths[i].from; i++)
		if (code <= widths[i].to)
			return widths[i].columns;
	return 1;
}

/* Walks until the next character would pass `columns`. */
static size_t walk(const char *bytes, size_t size, size_t columns, size_t *ret_columns)
{
	const unsigned char *b = (const unsigned char *)bytes;
	size_t at = 0, used = 0;

	while (at < size) {
		uint32_t code = ' ';
		size_t length = decode(b + at, size - at, &code);
		size_t wide = columns_of(code);

		if (wide > columns - used)
			break;
		used += wide;
		at += length ? length : 1;
	}
	*ret_columns = used;
	return at;
}

size_t utf8_columns(const char *bytes, size_t size)
{
	size_t columns;

	walk(bytes, size, SIZE_MAX, &columns);
	return columns;
}

size_t utf8_fit(const char *bytes, size_t size, size_t columns)
{
	size_t used;

	return walk(bytes, size, columns, &used);
}

/* ---- what may be shown ---- */

static bool must_hide(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code <= 0x9f) ||
	       (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

static void add_escaped(struct strbuf *buf, const unsigned char *bytes, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		strbuf_addf(buf, "\\x%02x", bytes[i]);
}

void utf8_add_printable(struct strbuf *buf, const char *bytes, size_t size, enum printable kind)
{
	const unsigned char *b = (const unsigned char *)bytes;
	size_t at = 0, length;
	uint32_t code;

	while (at < size) {
		length = decode(b + at, size - at, &code);
		if (length == 0) {
			add_escaped(buf, b + at, 1);
			length = 1;
		} else if (code == '\n' || code == '\t') {
			if (kind == PRINTABLE_TEXT)
				strbuf_add_char(buf, (char)code);
			else
				strbuf_add_text(buf, code == '\n' ? "\\n" : "\\t");
		} else if (must_hide(code)) {
			add_escaped(buf, b + at, length);
		} else {
			strbuf_add(buf, b + at, length);
		}
		at += length;
	}
}
