/* Every cut of a whole picture must be refused, and nothing that is done to its
 * bytes may make the check read where it should not (run this under ASan). */
#include "job/picture.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "picture_samples.h"

enum { MUTANTS = 20000, MUTATIONS_MAX = 4 };

/* Checks a copy of exactly that size, so that ASan sees the first byte past it. */
static int check(const void *bytes, size_t size, struct picture *picture, struct diag *diag)
{
	uint8_t *copy = malloc(size ? size : 1);
	int r;

	assert_non_null(copy);
	if (size > 0)
		memcpy(copy, bytes, size);
	memset(diag, 0, sizeof(*diag));
	r = picture_check(copy, size, picture, diag);
	free(copy);
	if (r < 0) {
		assert_int_equal(r, -EBADMSG);
		assert_true(diag->text[0] != '\0');
	}
	return r;
}

static void expect_whole(const char *name, const void *bytes, size_t size,
			 const struct picture *want)
{
	struct picture got = { 0 };
	struct diag diag;

	if (check(bytes, size, &got, &diag) < 0)
		fail_msg("%s: %s", name, diag.text);
	assert_int_equal(got.type, want->type);
	assert_int_equal(got.width, want->width);
	assert_int_equal(got.height, want->height);
}

static void expect_refused(const void *bytes, size_t size, const char *want)
{
	struct picture got = { .width = 77 };
	struct diag diag;

	if (check(bytes, size, &got, &diag) == 0)
		fail_msg("accepted, wanted: %s", want);
	if (!strstr(diag.text, want))
		fail_msg("\"%s\" is not in \"%s\"", want, diag.text);
	assert_int_equal(got.width, 77);
}

static const struct {
	size_t size;
	const char *bytes, *want;
} strange_rows[] = {
	{ 0, "", "empty" },
	{ 30, "<!DOCTYPE html>\n<html></html>\n",
	  "not an image: it begins with \"<!DOCTYPE html>\"" },
	{ 8, "\r\n \nhey\n", "begins with \"hey\"" },
	{ 9, "{\"e\":\"\x1b\"}", "begins with \"{\"e\":\"\\x1b\"}\"" },
	{ 4, "\0\1\2\3", "\\x00\\x01\\x02\\x03" },
	{ 16, "\xc3\0bcdefghijklmno", "begins with \"\\xc3\\x00bcdefghijk…\"" },
	{ 60, "123456789 123456789 123456789 123456789 123456789 123456789 ",
	  "begins with \"123456789 123456789 123456789 123456789 12345678…\"" },
	{ 10, "GIF89a\1\0\1\0", "it is a GIF, not a PNG, JPEG or WebP" },
	{ 12,
	  "\0\0\0\x20"
	  "ftypavif",
	  "it is an AVIF" },
	{ 3, "\x1f\x8b\x08", "it is gzip-compressed" },
	{ 7, "\x89PNG\r\n\x1a", "not an image" },
	{ 8, "\x89PNG\r\n\x1a\n", "the PNG ends after 8 of at least 20 bytes" },
	{ 3, "\xff\xd8\xff", "the JPEG ends after 3 of at least 4 bytes" },
	{ 4, "\xff\xd8\xff\xd9", "no pixels" },
	{ 12, "RIFF\4\0\0\0WEBP", "no pixels" },
	{ 12, "RIFF\xff\xff\xff\xffWEBP", "the WebP ends after 12 of at least 4294967303 bytes" },
	{ 12, "RIFF\0\0\0\0WEBP", "broken" },
	{ 12, "RIFF\4\0\0\0WAVE", "begins with \"RIFF\\x04" },
};

static void test_strangers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(strange_rows) / sizeof(strange_rows[0]); i++)
		expect_refused(strange_rows[i].bytes, strange_rows[i].size, strange_rows[i].want);
}

static void test_diag_may_be_null(void **state)
{
	struct picture got;

	(void)state;
	assert_int_equal(picture_check((const uint8_t *)"x", 1, &got, NULL), -EBADMSG);
	assert_int_equal(picture_check((const uint8_t *)"", 0, &got, NULL), -EBADMSG);
}

static void test_whole_ones(void **state)
{
	struct picture want = { PICTURE_PNG, 640, 3 };
	CLEANUP(strbuf) struct strbuf png = STRBUF_EMPTY;

	(void)state;
	for (size_t i = 0; i < SAMPLES; i++)
		expect_whole(samples[i].name, samples[i].bytes, samples[i].size, &samples[i].want);
	sample_add_whole(&png, 640, 3);
	expect_whole("png", png.bytes, png.size, &want);
}

static void expect_cuts_refused(const char *name, const void *bytes, size_t whole)
{
	struct picture got;
	struct diag diag;

	for (size_t size = 0; size < whole; size++) {
		if (check(bytes, size, &got, &diag) == 0)
			fail_msg("%s: %zu of %zu bytes were accepted", name, size, whole);
	}
}

static void test_every_cut_is_refused(void **state)
{
	CLEANUP(strbuf) struct strbuf png = STRBUF_EMPTY;

	(void)state;
	for (size_t i = 0; i < SAMPLES; i++)
		expect_cuts_refused(samples[i].name, samples[i].bytes, samples[i].size);
	sample_add_whole(&png, 9, 4);
	expect_cuts_refused("png", png.bytes, png.size);
}

/* Readers of PNG and JPEG stop at the end mark; a WebP says where it ends. */
static void test_bytes_after_the_end(void **state)
{
	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		CLEANUP(strbuf) struct strbuf longer = STRBUF_EMPTY;

		strbuf_add(&longer, samples[i].bytes, samples[i].size);
		strbuf_add(&longer, "\0more", 5);
		if (samples[i].want.type == PICTURE_WEBP)
			expect_refused(longer.bytes, longer.size, "it should have ended");
		else
			expect_whole(samples[i].name, longer.bytes, longer.size, &samples[i].want);
	}
}

/* PNGs that are wrong in one way: each letter adds a part. */
static const struct {
	const char *parts; /* see add_part() */
	uint32_t width, height;
	const char *rest; /* of the header */
	const char *want; /* NULL: whole */
} png_rows[] = {
	{ "SHDE", 1, 1, PNG_GREY, NULL },
	{ "SHtDtDtE", 1, 1, PNG_GREY, NULL },
	{ "SHPDE", 1, 1, "\x08\3\0\0\0", NULL },
	{ "SHDE", 1, 1, "\x10\2\0\0\1", NULL },
	{ "SHDE", 32768, 8192, PNG_GREY, NULL },
	{ "SHDE", 0, 1, PNG_GREY, "no pixels: 0 × 1" },
	{ "SHDE", 1, 0, PNG_GREY, "no pixels: 1 × 0" },
	{ "SHDE", 60000, 60000, PNG_GREY, "60000 × 60000 pixels are over the limit of 32768" },
	{ "SHDE", 32769, 1, PNG_GREY, "over the limit" },
	{ "SHDE", 32768, 8193, PNG_GREY, "over the limit" },
	{ "SHDE", UINT32_MAX, UINT32_MAX, PNG_GREY, "over the limit" },
	{ "SHDE", 1, 1, "\x08\3\0\0\0", "no palette" },
	{ "SHDE", 1, 1, "\x08\1\0\0\0", "makes no sense" },
	{ "SHDE", 1, 1, "\x04\2\0\0\0", "makes no sense" },
	{ "SHDE", 1, 1, "\xff\xff\0\0\0", "makes no sense" },
	{ "SHDE", 1, 1, "\x08\0\1\0\0", "makes no sense" },
	{ "SHDE", 1, 1, "\x08\0\0\1\0", "makes no sense" },
	{ "SHDE", 1, 1, "\x08\0\0\0\2", "makes no sense" },
	{ "SDE", 1, 1, PNG_GREY, "no header" },
	{ "StHDE", 1, 1, PNG_GREY, "no header" },
	{ "ShDE", 1, 1, PNG_GREY, "no header" },
	{ "SHHDE", 1, 1, PNG_GREY, "second header" },
	{ "SHE", 1, 1, PNG_GREY, "no pixels (IDAT)" },
	{ "SHdE", 1, 1, PNG_GREY, "no pixels (IDAT)" },
	{ "SHpDE", 1, 1, PNG_GREY, "palette" },
	{ "SHPPDE", 1, 1, PNG_GREY, "palette" },
	{ "SHDe", 1, 1, PNG_GREY, "is not empty" },
	{ "SHD", 1, 1, PNG_GREY, "the PNG ends after" },
	{ "SHD?E", 1, 1, PNG_GREY, "no chunk begins here" },
	{ "SHDlE", 1, 1, PNG_GREY, "the PNG ends after" },
	{ "SHDLE", 1, 1, PNG_GREY, "no chunk begins here" },
	{ "SHDcE", 1, 1, PNG_GREY, "checksum" },
};

static void add_part(struct strbuf *png, char part, size_t row)
{
	switch (part) {
	case 'S':
		return sample_add_signature(png);
	case 'H':
		return sample_add_header(png, png_rows[row].width, png_rows[row].height,
					 png_rows[row].rest);
	case 'h':
		return sample_add_chunk(png, "IHDR", "twelve bytes", 12);
	case 'P':
		return sample_add_chunk(png, "PLTE", "rgbRGB", 6);
	case 'p':
		return sample_add_chunk(png, "PLTE", "rgbRG", 5);
	case 'D':
		return sample_add_pixels(png, 1, 1);
	case 'd':
		return sample_add_chunk(png, "IDAT", NULL, 0);
	case 't':
		return sample_add_chunk(png, "tEXt", "a\0b", 3);
	case 'E':
		return sample_add_chunk(png, "IEND", NULL, 0);
	case 'e':
		return sample_add_chunk(png, "IEND", "?", 1);
	case '?':
		return sample_add_chunk(png, "a b!", NULL, 0);
	case 'l':
		return strbuf_add(png, "\x7f\xff\xff\xfftEXt", 8);
	case 'L':
		return strbuf_add(png, "\xff\xff\xff\xfftEXt", 8);
	case 'c':
		return strbuf_add(png, "\0\0\0\1tEXtx\0\0\0\0", 13);
	default:
		fail_msg("no such part: %c", part);
	}
}

static void test_png_parts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(png_rows) / sizeof(png_rows[0]); i++) {
		struct picture want = { PICTURE_PNG, png_rows[i].width, png_rows[i].height };
		CLEANUP(strbuf) struct strbuf png = STRBUF_EMPTY;

		for (const char *part = png_rows[i].parts; *part; part++)
			add_part(&png, *part, i);
		assert_false(strbuf_failed(&png));
		if (png_rows[i].want)
			expect_refused(png.bytes, png.size, png_rows[i].want);
		else
			expect_whole(png_rows[i].parts, png.bytes, png.size, &want);
	}
}

/* A checksum sees every change of a PNG but one of the bytes after its end. */
static void test_every_changed_bit_of_a_png_is_seen(void **state)
{
	CLEANUP(strbuf) struct strbuf png = STRBUF_EMPTY;
	struct picture got;
	struct diag diag;

	(void)state;
	sample_add_whole(&png, 3, 2);
	for (size_t bit = 0; bit < png.size * 8; bit++) {
		png.bytes[bit / 8] ^= (char)(1 << bit % 8);
		assert_int_equal(check(png.bytes, png.size, &got, &diag), -EBADMSG);
		png.bytes[bit / 8] ^= (char)(1 << bit % 8);
	}
}

#define SOF "\xff\xc0\0\x0b\x08\0\5\0\7\1\1\x11\0"
#define SOS "\xff\xda\0\x08\1\1\0\0\x3f\0"

static const struct {
	size_t size;
	const char *bytes, *want;
} jpeg_rows[] = {
#define ROW(bytes, want)                                                                           \
	{                                                                                          \
		sizeof(bytes) - 1, bytes, want                                                     \
	}
	ROW("\xff\xd8" SOF SOS "x\xff\xd9", NULL),
	ROW("\xff\xd8\xff" SOF SOS "x\xff\0\xff\xd0\xff\xff\xd9", NULL),
	ROW("\xff\xd8\xff\1" SOF SOS "x" SOS "y\xff\xd9", NULL),
	ROW("\xff\xd8\xff\xe1\0\6\xff\xd8\xff\xd9" SOF SOS "x\xff\xd9", NULL),
	ROW("\xff\xd8\xff\xe1\0\6\xff\xd8\xff\xd9" SOF SOS "x", "the JPEG ends after"),
	ROW("\xff\xd8" SOF SOS "x\xff\0", "the JPEG ends after"),
	ROW("\xff\xd8" SOF SOS "x\xff", "the JPEG ends after"),
	ROW("\xff\xd8" SOF SOS "\xff\xd9", "a scan is empty"),
	ROW("\xff\xd8" SOF "\xff\xd9", "no pixels"),
	ROW("\xff\xd8" SOS "x\xff\xd9", "no frame header"),
	ROW("\xff\xd8" SOF SOF SOS "x\xff\xd9", "second frame header"),
	ROW("\xff\xd8" SOF "x" SOS "x\xff\xd9", "no segment begins here"),
	ROW("\xff\xd8\xff\xd8" SOF SOS "x\xff\xd9", "out of place"),
	ROW("\xff\xd8\xff\xd0" SOF SOS "x\xff\xd9", "out of place"),
	ROW("\xff\xd8\xff\0" SOF SOS "x\xff\xd9", "out of place"),
	ROW("\xff\xd8\xff\xe1\0\1" SOF SOS "x\xff\xd9", "shorter than its own length"),
	ROW("\xff\xd8\xff\xe1\0\2" SOF SOS "x\xff\xd9", NULL),
	ROW("\xff\xd8\xff\xe1\xff\xff" SOF SOS "x\xff\xd9", "ends after"),
	ROW("\xff\xd8\xff\xc0\0\2" SOS "x\xff\xd9", "makes no sense"),
	ROW("\xff\xd8\xff\xc0\0\x08\x08\0\5\0\7\0" SOS "x\xff\xd9", "makes no sense"),
	ROW("\xff\xd8\xff\xc0\0\x0b\x08\0\0\0\7\1\1\x11\0" SOS "x\xff\xd9", "no pixels: 7 × 0"),
	ROW("\xff\xd8\xff\xc0\0\x0b\x08\xff\xff\0\7\1\1\x11\0" SOS "x\xff\xd9", "over the limit"),
	ROW("\xff\xd8" SOF "\xff\xda\0\2x\xff\xd9", "scan header makes no sense"),
	ROW("\xff\xd8" SOF "\xff\xda\0\x08\2\1\0\0\x3f\0x\xff\xd9", "scan header makes no sense"),
#undef ROW
};

static void test_jpeg_parts(void **state)
{
	const struct picture want = { PICTURE_JPEG, 7, 5 };

	(void)state;
	for (size_t i = 0; i < sizeof(jpeg_rows) / sizeof(jpeg_rows[0]); i++) {
		char name[32];

		snprintf(name, sizeof(name), "row %zu", i);
		if (jpeg_rows[i].want)
			expect_refused(jpeg_rows[i].bytes, jpeg_rows[i].size, jpeg_rows[i].want);
		else
			expect_whole(name, jpeg_rows[i].bytes, jpeg_rows[i].size, &want);
	}
}

#define LOSSLESS "VP8L\6\0\0\0\x2f\6\0\1\0x"
#define OTHER    "EXIF\3\0\0\0abc\0"
#define CANVAS   "VP8X\x0a\0\0\0\0\0\0\0\6\0\0\4\0\0"

static const struct {
	size_t size;
	const char *chunks, *want;
} webp_rows[] = {
#define ROW(chunks, want)                                                                          \
	{                                                                                          \
		sizeof(chunks) - 1, chunks, want                                                   \
	}
	ROW(LOSSLESS, NULL),
	ROW(LOSSLESS OTHER, NULL),
	ROW(CANVAS OTHER LOSSLESS, NULL),
	ROW("VP8 \x0a\0\0\0\x10\0\0\x9d\1\x2a\7\0\5\0", NULL),
	ROW("VP8 \x0a\0\0\0\x30\0\0\x9d\1\x2a\7\0\5\0", "its VP8 frame"),
	ROW("VP8 \x0a\0\0\0\x11\0\0\x9d\1\x2a\7\0\5\0", "its VP8 frame"),
	ROW("VP8 \x0a\0\0\0\0\0\0\x9d\1\x2a\7\0\5\0", "its VP8 frame"),
	ROW("VP8 \x0a\0\0\0\x10\0\0\x9d\1\x2b\7\0\5\0", "its VP8 frame"),
	ROW("VP8 \x0a\0\0\0\x10\0\0\x9d\1\x2a\0\0\5\0", "no pixels: 0 × 5"),
	ROW("VP8 \x0a\0\0\0\x10\0\0\x9d\1\x2a\0\0\0\0", "its first chunk is no frame"),
	ROW("VP8 \x02\0\0\0\x10\0", "its VP8 frame"),
	ROW("VP8L\6\0\0\0\x2e\6\0\1\0x", "its VP8L frame"),
	ROW("VP8L\6\0\0\0\x2f\6\0\1\xe0x", "its VP8L frame"),
	ROW("VP8L\4\0\0\0\x2f\6\0\1", "its VP8L frame"),
	ROW("VP8L\xff\xff\xff\xff\x2f\6\0\1\0x", "the WebP ends after"),
	ROW("VP8L", "the WebP ends after"),
	ROW(OTHER LOSSLESS, "first chunk is no frame"),
	ROW(LOSSLESS LOSSLESS, "second frame"),
	ROW(LOSSLESS CANVAS, "canvas (VP8X) makes no sense"),
	ROW("VP8X\4\0\0\0\0\0\0\0", "canvas (VP8X) makes no sense"),
	ROW(CANVAS, "no pixels"),
	ROW(CANVAS "VP8L\6\0\0\0\x2f\7\0\1\0x", "does not match its canvas"),
	ROW("VP8X\x0a\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff" LOSSLESS, "does not match"),
	ROW("VP8X\x0a\0\0\0\2\0\0\0\xff\xff\xff\xff\xff\xff" LOSSLESS, "over the limit"),
	ROW("VP8X\x0a\0\0\0\2\0\0\0\6\0\0\4\0\0"
	    "ANMF\x02\0\0\0ab",
	    "a frame is empty"),
#undef ROW
};

static void test_webp_chunks(void **state)
{
	const struct picture want = { PICTURE_WEBP, 7, 5 };

	(void)state;
	for (size_t i = 0; i < sizeof(webp_rows) / sizeof(webp_rows[0]); i++) {
		CLEANUP(strbuf) struct strbuf webp = STRBUF_EMPTY;

		strbuf_add_text(&webp, "RIFF");
		strbuf_add_char(&webp, (char)(webp_rows[i].size + 4));
		strbuf_add(&webp, "\0\0\0WEBP", 7);
		strbuf_add(&webp, webp_rows[i].chunks, webp_rows[i].size);
		if (webp_rows[i].want)
			expect_refused(webp.bytes, webp.size, webp_rows[i].want);
		else
			expect_whole("webp", webp.bytes, webp.size, &want);
	}
}

/* A small generator of our own, so that a failure can be repeated anywhere. */
static uint32_t draw(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*seed >> 33);
}

static void try_mutants(const void *bytes, size_t size, uint64_t seed)
{
	static const uint8_t favourites[] = { 0, 1, 0x7f, 0x80, 0xd8, 0xd9, 0xfe, 0xff };
	CLEANUP(free_ptr) uint8_t *mutant = malloc(size);
	struct picture got;
	struct diag diag;

	assert_non_null(mutant);
	for (int i = 0; i < MUTANTS; i++) {
		size_t cut = draw(&seed) % 4 ? size : draw(&seed) % (size + 1);

		memcpy(mutant, bytes, size);
		for (uint32_t n = 1 + draw(&seed) % MUTATIONS_MAX; n > 0; n--)
			mutant[draw(&seed) % size] = draw(&seed) % 2 ? favourites[draw(&seed) % 8]
								     : (uint8_t)draw(&seed);
		if (check(mutant, cut, &got, &diag) == 0) {
			assert_in_range(got.width, 1, PICTURE_SIDE_MAX);
			assert_in_range(got.height, 1, PICTURE_SIDE_MAX);
		}
	}
}

static void test_mutants_do_no_harm(void **state)
{
	CLEANUP(strbuf) struct strbuf png = STRBUF_EMPTY;

	(void)state;
	for (size_t i = 0; i < SAMPLES; i++)
		try_mutants(samples[i].bytes, samples[i].size, i);
	sample_add_whole(&png, 9, 4);
	try_mutants(png.bytes, png.size, 99);
}

/* Nothing is read beyond what came, whatever it begins like. */
static void test_type_of_a_beginning(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
		enum picture_type type;
	} rows[] = {
		{ "\x89PNG\r\n\x1a\n", 8, PICTURE_PNG }, { "\x89PNG\r\n\x1a\n", 7, PICTURE_TYPES },
		{ "\xff\xd8\xff", 3, PICTURE_JPEG },     { "\xff\xd8\xff", 2, PICTURE_TYPES },
		{ "RIFF1234WEBP", 12, PICTURE_WEBP },    { "RIFF1234WEBP", 11, PICTURE_TYPES },
		{ "RIFF1234WAVE", 12, PICTURE_TYPES },   { "", 0, PICTURE_TYPES },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(picture_type_of((const uint8_t *)rows[i].bytes, rows[i].size),
				 rows[i].type);
}

static void test_names_of_types(void **state)
{
	static const struct {
		enum picture_type type;
		const char *extension, *mime;
	} rows[] = {
		{ PICTURE_PNG, "png", "image/png" },
		{ PICTURE_JPEG, "jpg", "image/jpeg" },
		{ PICTURE_WEBP, "webp", "image/webp" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_string_equal(picture_extension(rows[i].type), rows[i].extension);
		assert_string_equal(picture_mime(rows[i].type), rows[i].mime);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strangers),
		cmocka_unit_test(test_diag_may_be_null),
		cmocka_unit_test(test_whole_ones),
		cmocka_unit_test(test_every_cut_is_refused),
		cmocka_unit_test(test_bytes_after_the_end),
		cmocka_unit_test(test_png_parts),
		cmocka_unit_test(test_every_changed_bit_of_a_png_is_seen),
		cmocka_unit_test(test_jpeg_parts),
		cmocka_unit_test(test_webp_chunks),
		cmocka_unit_test(test_mutants_do_no_harm),
		cmocka_unit_test(test_type_of_a_beginning),
		cmocka_unit_test(test_names_of_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
