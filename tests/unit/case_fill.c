/* The words in braces: addresses that only the player knows, and bytes that are too many
 * or too odd to be written down. */
#include <ctype.h>
#include <nettle/base64.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "case_file.h"
#include "case_words.h"
#include "picture_samples.h"

enum { REPEAT_MAX = 64 * 1024 * 1024 };

void case_add_png(struct strbuf *png, uint32_t width, uint32_t height, bool pixels)
{
	if (pixels) {
		sample_add_whole(png, width, height);
		return;
	}
	sample_add_signature(png);
	sample_add_header(png, width, height, PNG_GREY);
	sample_add_pixels(png, 1, 1);
	sample_add_chunk(png, "IEND", NULL, 0);
}

static bool fill_base(const char *argument, const struct case_places *places, struct strbuf *filled)
{
	(void)argument;
	strbuf_add_text(filled, places->base);
	return true;
}

static bool fill_image_host(const char *argument, const struct case_places *places,
			    struct strbuf *filled)
{
	(void)argument;
	strbuf_add_text(filled, places->image_host);
	return true;
}

static bool fill_size(const char *argument, bool pixels, struct strbuf *filled)
{
	unsigned width, height;

	if (case_read_size(argument, &width, &height) != strlen(argument))
		return false;
	case_add_png(filled, width, height, pixels);
	return true;
}

static bool fill_png(const char *argument, const struct case_places *places, struct strbuf *filled)
{
	(void)places;
	return fill_size(argument, true, filled);
}

static bool fill_png_header(const char *argument, const struct case_places *places,
			    struct strbuf *filled)
{
	(void)places;
	return fill_size(argument, false, filled);
}

static bool fill_sample(const char *argument, const struct case_places *places,
			struct strbuf *filled)
{
	(void)places;
	for (size_t i = 0; i < SAMPLES; i++)
		if (strcmp(samples[i].name, argument) == 0) {
			strbuf_add(filled, samples[i].bytes, samples[i].size);
			return true;
		}
	return false;
}

static bool fill_base64(const char *argument, const struct case_places *places,
			struct strbuf *filled)
{
	CLEANUP(strbuf) struct strbuf png = STRBUF_EMPTY;
	CLEANUP(free_ptr) char *text = NULL;

	(void)places;
	if (!fill_size(argument, true, &png) || strbuf_failed(&png))
		return false;
	text = malloc(BASE64_ENCODE_RAW_LENGTH(png.size) + 1);
	if (!text)
		return false;
	base64_encode_raw(text, png.size, (const uint8_t *)png.bytes);
	strbuf_add(filled, text, BASE64_ENCODE_RAW_LENGTH(png.size));
	return true;
}

/* "repeat 1000 text" */
static bool fill_repeat(const char *argument, const struct case_places *places,
			struct strbuf *filled)
{
	char *text;
	unsigned long count = strtoul(argument, &text, 10);

	(void)places;
	if (text == argument || *text != ' ' || count * strlen(text + 1) > REPEAT_MAX)
		return false;
	while (count-- > 0)
		strbuf_add_text(filled, text + 1);
	return true;
}

/* "byte c3" */
static bool fill_byte(const char *argument, const struct case_places *places, struct strbuf *filled)
{
	char *end;
	unsigned long byte = strtoul(argument, &end, 16);

	(void)places;
	if (end != argument + 2 || *end)
		return false;
	strbuf_add_char(filled, (char)(unsigned char)byte);
	return true;
}

/* "date 30s": so long after now, as HTTP writes it */
static bool fill_date(const char *argument, const struct case_places *places, struct strbuf *filled)
{
	int64_t ms;
	time_t when;
	struct tm tm;
	char text[64];

	if (case_read_duration(argument, &ms) < 0)
		return false;
	when = (time_t)((places->now_ms + ms) / 1000);
	gmtime_r(&when, &tm);
	strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &tm);
	strbuf_add_text(filled, text);
	return true;
}

static const struct {
	const char *word;
	bool (*fill)(const char *argument, const struct case_places *places, struct strbuf *filled);
} fillings[] = {
	{ "base", fill_base },     { "image_host", fill_image_host },
	{ "png", fill_png },       { "png-header", fill_png_header },
	{ "sample", fill_sample }, { "base64", fill_base64 },
	{ "repeat", fill_repeat }, { "byte", fill_byte },
	{ "date", fill_date },
};

/* Fills the word between braces of `size` bytes; false for what is none of ours. */
static bool fill_word(const char *bytes, size_t size, const struct case_places *places,
		      struct strbuf *filled)
{
	CLEANUP(free_ptr) char *word = strndup(bytes, size);
	char *argument = word ? strchr(word, ' ') : NULL;

	if (!word)
		return false;
	if (argument)
		*argument++ = '\0';
	for (size_t i = 0; i < sizeof(fillings) / sizeof(fillings[0]); i++)
		if (strcmp(fillings[i].word, word) == 0) {
			if (!fillings[i].fill(argument ? argument : "", places, filled))
				strbuf_addf(filled, "(what is {%s}?)", word);
			return true;
		}
	return false;
}

void case_fill(const char *text, const struct case_places *places, struct strbuf *filled)
{
	while (*text) {
		const char *brace = strchr(text, '{'), *end = brace ? strchr(brace, '}') : NULL;

		if (!end) {
			strbuf_add_text(filled, text);
			return;
		}
		strbuf_add(filled, text, (size_t)(brace - text));
		if (fill_word(brace + 1, (size_t)(end - brace - 1), places, filled)) {
			text = end + 1;
		} else {
			strbuf_add_char(filled, '{');
			text = brace + 1;
		}
	}
}
