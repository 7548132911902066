/* What is written into pictures, where, and which are left alone. That other
 * programs read it is checked by tests/mount/embed.sh. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "job/embed.h"
#include "job/picture.h"
#include "picture_samples.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define TRAINED       "digitalsourcetype/trainedAlgorithmicMedia\""

static const struct embed_story plain = {
	.prompt = "a dog",
	.provider = "quick",
	.model = "dab",
	.seed = 7,
	.steps = -1,
};

static bool has(const struct strbuf *bytes, const char *text)
{
	return memmem(bytes->bytes, bytes->size, text, strlen(text));
}

static int embed(const struct strbuf *picture, const struct embed_story *story, struct strbuf *out)
{
	struct diag diag = { 0 };
	int r = embed_picture((const uint8_t *)picture->bytes, picture->size, story, out, &diag);

	assert_true(r == 0 || diag.text[0]);
	assert_true(r == 0 || out->size == 0);
	return r;
}

static void make_png(struct strbuf *png)
{
	sample_add_whole(png, 7, 5);
}

static void test_parameters(void **state)
{
	static const struct {
		struct embed_story story;
		const char *want;
	} cases[] = {
		{ { "a dog", NULL, "p", "dab", 7, -1 },
		  "a dog\nSeed: 7, Size: 7x5, Model: dab, Version: easelfs " },
		{ { "a\nb", NULL, "p", "", -1, -1 }, "a\nb\nSize: 7x5, Version: easelfs " },
		{ { "a", "hands", "p", "m", 1, 30 },
		  "a\nNegative prompt: hands\nSteps: 30, Seed: 1, Size: 7x5, Model: m, Version" },
		{ { "a", "", "p", "x, \"y\"", 0, -1 },
		  "a\nSeed: 0, Size: 7x5, Model: \"x, \\\"y\\\"\", Version" },
		{ { "\x01<&>", NULL, "p", "m:1", -1, -1 },
		  "\\x01<&>\nSize: 7x5, Model: \"m:1\", Version" },
	};
	CLEANUP(strbuf) struct strbuf png = STRBUF_EMPTY;

	(void)state;
	make_png(&png);
	for (size_t i = 0; i < LENGTH(cases); i++) {
		CLEANUP(strbuf) struct strbuf out = STRBUF_EMPTY;

		assert_int_equal(embed(&png, &cases[i].story, &out), 0);
		assert_true(has(&out, "tEXtparameters"));
		assert_true(has(&out, cases[i].want));
	}
}

static void test_other_letters(void **state)
{
	static const struct embed_story story = {
		"\xC3\xA9lan \xE6\xBC\xA2", NULL, "p", "m", 1, -1
	};
	static const char chunk[] = "iTXtparameters\0\0\0\0\0\xC3\xA9lan";
	CLEANUP(strbuf) struct strbuf png = STRBUF_EMPTY;
	CLEANUP(strbuf) struct strbuf out = STRBUF_EMPTY;

	(void)state;
	make_png(&png);
	assert_int_equal(embed(&png, &story, &out), 0);
	assert_non_null(memmem(out.bytes, out.size, chunk, sizeof(chunk) - 1));
	assert_false(has(&out, "tEXt"));
}

static void test_xmp(void **state)
{
	static const struct {
		const char *prompt, *want;
	} cases[] = {
		{ "a dog", "default\">a dog</rdf:li>" },
		{ "<b> & \"c\" ]]>", "default\">&lt;b&gt; &amp; &#34;c&#34; ]]&gt;</rdf:li>" },
		{ "\x1b[0m\tx\n", "default\">\\x1b[0m\tx\n</rdf:li>" },
		{ "x\xEF\xBF\xBE\xEF\xBF\xBFy", "default\">x\xEF\xBF\xBD\xEF\xBF\xBDy</rdf:li>" },
		{ "\xff", "default\">\\xff</rdf:li>" },
		{ "", "default\"></rdf:li>" },
	};
	CLEANUP(strbuf) struct strbuf png = STRBUF_EMPTY;

	(void)state;
	make_png(&png);
	for (size_t i = 0; i < LENGTH(cases); i++) {
		CLEANUP(strbuf) struct strbuf out = STRBUF_EMPTY;
		struct embed_story story = plain;

		story.prompt = cases[i].prompt;
		story.model = "m\"<";
		assert_int_equal(embed(&png, &story, &out), 0);
		assert_true(has(&out, cases[i].want));
		assert_true(has(&out, TRAINED));
		assert_true(has(&out, ", quick m&#34;&lt;\""));
	}
}

/* What was there is there, in its order. */
static void assert_keeps(const struct strbuf *out, const struct sample *sample)
{
	struct picture after;

	assert_int_equal(picture_check((const uint8_t *)out->bytes, out->size, &after, NULL), 0);
	assert_int_equal(after.type, sample->want.type);
	assert_int_equal(after.width, sample->want.width);
	assert_int_equal(after.height, sample->want.height);
	if (sample->want.type == PICTURE_JPEG) {
		assert_memory_equal(out->bytes, sample->bytes, 20); /* SOI, JFIF */
		assert_memory_equal(out->bytes + out->size - (sample->size - 20),
				    sample->bytes + 20, sample->size - 20);
	} else {
		const uint8_t *frames = sample->bytes + 12;
		size_t size = sample->size - 12;

		if (memcmp(frames, "VP8X", 4) == 0) {
			frames += 18;
			size -= 18;
		}
		assert_memory_equal(out->bytes + 30, frames, size);
	}
}

static void test_samples(void **state)
{
	/* jpeg, jpeg, lossy, lossless (opaque), alpha, animated */
	static const uint8_t flags[SAMPLES] = { 0, 0, 0x04, 0x04, 0x14, 0x06 };

	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		CLEANUP(strbuf) struct strbuf picture = STRBUF_EMPTY;
		CLEANUP(strbuf) struct strbuf out = STRBUF_EMPTY;
		CLEANUP(strbuf) struct strbuf again = STRBUF_EMPTY;

		strbuf_add(&picture, samples[i].bytes, samples[i].size);
		assert_int_equal(embed(&picture, &plain, &out), 0);
		assert_true(has(&out, TRAINED));
		assert_keeps(&out, &samples[i]);
		if (flags[i])
			assert_int_equal((uint8_t)out.bytes[20], flags[i]);
		assert_int_equal(embed(&out, &plain, &again), -EALREADY);
	}
}

static void test_transparent_lossless(void **state)
{
	CLEANUP(strbuf) struct strbuf picture = STRBUF_EMPTY;
	CLEANUP(strbuf) struct strbuf out = STRBUF_EMPTY;

	(void)state;
	strbuf_add(&picture, samples[3].bytes, samples[3].size);
	picture.bytes[24] |= 0x10;
	assert_int_equal(embed(&picture, &plain, &out), 0);
	assert_int_equal((uint8_t)out.bytes[20], 0x14);
}

static void test_long_prompts(void **state)
{
	CLEANUP(strbuf) struct strbuf prompt = STRBUF_EMPTY;
	struct embed_story story = plain;

	(void)state;
	while (prompt.size < 1024 * 1024)
		strbuf_add_text(&prompt, "&&&\xC3\xA9");
	story.prompt = prompt.bytes;
	for (size_t i = 0; i < SAMPLES; i++) {
		CLEANUP(strbuf) struct strbuf picture = STRBUF_EMPTY;
		CLEANUP(strbuf) struct strbuf out = STRBUF_EMPTY;

		strbuf_add(&picture, samples[i].bytes, samples[i].size);
		assert_int_equal(embed(&picture, &story, &out), 0);
		assert_true(has(&out, "</rdf:li>"));
	}
}

/* PNGs with one more chunk. */
static void test_png_leaves(void **state)
{
	static const struct {
		const char *type, *data;
		size_t size;
		int want;
		const char *not_added;
	} cases[] = {
		{ "caBX", "jumb", 4, -EPERM, NULL },
		{ "tEXt", "parameters\0mine", 15, 0, "a dog\nSeed" },
		{ "zTXt", "parameters\0\0x", 13, 0, "a dog\nSeed" },
		{ "iTXt", "XML:com.adobe.xmp\0\0\0\0\0<x/>", 26, 0, TRAINED },
		{ "iTXt", "XML:com.adobe.xmp\0\0\0\0\0<x dcterms:provenance", 44, -EPERM, NULL },
		{ "tEXt", "parametersX\0mine", 16, 0, NULL },
		{ "tEXt", "para", 4, 0, NULL },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		CLEANUP(strbuf) struct strbuf png = STRBUF_EMPTY;
		CLEANUP(strbuf) struct strbuf out = STRBUF_EMPTY;

		sample_add_signature(&png);
		sample_add_header(&png, 7, 5, PNG_GREY);
		sample_add_pixels(&png, 7, 5);
		sample_add_chunk(&png, cases[i].type, cases[i].data, cases[i].size);
		sample_add_chunk(&png, "IEND", NULL, 0);
		strbuf_add_text(&png, "trailing");
		assert_int_equal(embed(&png, &plain, &out), cases[i].want);
		if (cases[i].want < 0)
			continue;
		assert_memory_equal(out.bytes + out.size - (png.size - 33), png.bytes + 33,
				    png.size - 33);
		if (cases[i].not_added)
			assert_false(has(&out, cases[i].not_added));
	}
}

/* A segment behind SOI of the first sample. */
static void test_jpeg_leaves(void **state)
{
	static const struct {
		const char *segment;
		size_t size;
		int want;
	} cases[] = {
		{ "\xff\xeb\0\x08JP\0\1x", 10, -EPERM },
		{ "\xff\xeb\0\x08XX\0\1xx", 10, 0 },
		{ "\xff\xe1\0\x20http://ns.adobe.com/xap/1.0/\0x", 34, -EALREADY },
		{ "\xff\xe1\0\x09"
		  "Exif\0\0x",
		  11, 0 },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		CLEANUP(strbuf) struct strbuf jpeg = STRBUF_EMPTY;
		CLEANUP(strbuf) struct strbuf out = STRBUF_EMPTY;

		strbuf_add(&jpeg, samples[0].bytes, 20);
		strbuf_add(&jpeg, cases[i].segment, cases[i].size);
		strbuf_add(&jpeg, samples[0].bytes + 20, samples[0].size - 20);
		assert_int_equal(embed(&jpeg, &plain, &out), cases[i].want);
	}
}

static void test_webp_leaves(void **state)
{
	static const uint8_t chunk[] = { 'C', '2', 'P', 'A', 1, 0, 0, 0, 'x', 0 };
	CLEANUP(strbuf) struct strbuf webp = STRBUF_EMPTY;
	CLEANUP(strbuf) struct strbuf out = STRBUF_EMPTY;

	(void)state;
	strbuf_add(&webp, samples[4].bytes, samples[4].size);
	strbuf_add(&webp, chunk, sizeof(chunk));
	webp.bytes[4] = (char)(webp.bytes[4] + (char)sizeof(chunk));
	assert_int_equal(embed(&webp, &plain, &out), -EPERM);
}

static void test_no_picture(void **state)
{
	CLEANUP(strbuf) struct strbuf out = STRBUF_EMPTY;
	struct diag diag = { 0 };

	(void)state;
	assert_int_equal(embed_picture((const uint8_t *)"", 0, &plain, &out, &diag), -EBADMSG);
	assert_int_equal(embed_picture((const uint8_t *)"no picture", 10, &plain, &out, &diag),
			 -EBADMSG);
}

/* Whatever a byte says, nothing outside the bytes is read, and what comes out is
 * a picture. */
static void test_any_byte(void **state)
{
	static const uint8_t masks[] = { 0x01, 0x80, 0xff };

	(void)state;
	for (size_t i = 0; i < SAMPLES; i++)
		for (size_t at = 0; at < samples[i].size * LENGTH(masks); at++) {
			CLEANUP(strbuf) struct strbuf out = STRBUF_EMPTY;
			uint8_t *bytes = malloc(samples[i].size);
			struct picture after;

			assert_non_null(bytes);
			memcpy(bytes, samples[i].bytes, samples[i].size);
			bytes[at / LENGTH(masks)] ^= masks[at % LENGTH(masks)];
			if (embed_picture(bytes, samples[i].size, &plain, &out, NULL) == 0)
				assert_int_equal(picture_check((const uint8_t *)out.bytes, out.size,
							       &after, NULL),
						 0);
			free(bytes);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parameters),
		cmocka_unit_test(test_other_letters),
		cmocka_unit_test(test_xmp),
		cmocka_unit_test(test_samples),
		cmocka_unit_test(test_transparent_lossless),
		cmocka_unit_test(test_long_prompts),
		cmocka_unit_test(test_png_leaves),
		cmocka_unit_test(test_jpeg_leaves),
		cmocka_unit_test(test_webp_leaves),
		cmocka_unit_test(test_no_picture),
		cmocka_unit_test(test_any_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
