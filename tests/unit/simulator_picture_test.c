/* A PNG is read back here by its chunks, so that a wrong length, checksum or stream
 * shows. */
#include "simulator/picture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <zlib.h>

#include "simulator/base64.h"

struct read_back {
	uint32_t w, h;
	size_t chunks, pixels;
};

static uint32_t u32(const unsigned char *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* Adds the bytes of the IDATs to packed. */
static void read_chunks(const struct strbuf *png, struct read_back *read, struct strbuf *packed)
{
	const unsigned char *at = (const unsigned char *)png->bytes + 8;
	const unsigned char *end = (const unsigned char *)png->bytes + png->size;

	while (at < end) {
		uint32_t size = u32(at);

		assert_true(end - at >= 12 + (ptrdiff_t)size);
		assert_int_equal(u32(at + 8 + size), crc32(0, at + 4, size + 4));
		if (memcmp(at + 4, "IHDR", 4) == 0) {
			read->w = u32(at + 8);
			read->h = u32(at + 12);
		} else if (memcmp(at + 4, "IDAT", 4) == 0) {
			strbuf_add(packed, at + 8, size);
		} else if (memcmp(at + 4, "IEND", 4) == 0) {
			assert_ptr_equal(at + 12, end);
		}
		read->chunks++;
		at += 12 + size;
	}
}

static struct read_back read_png(const struct strbuf *png)
{
	struct strbuf packed = STRBUF_EMPTY;
	struct read_back read = { 0 };
	unsigned char *pixels;
	uLongf size;

	read_chunks(png, &read, &packed);
	size = (uLongf)(read.w + 1) * read.h;
	pixels = malloc(size + 1);
	assert_int_equal(uncompress(pixels, &size, (unsigned char *)packed.bytes, packed.size),
			 Z_OK);
	read.pixels = size;
	free(pixels);
	strbuf_done(&packed);
	return read;
}

static void test_sizes(void **state)
{
	static const unsigned sides[][2] = { { 1, 1 },      { 1, 700 },     { 700, 1 },
					     { 512, 2048 }, { 1328, 1328 }, { 4096, 4096 } };

	(void)state;
	for (size_t i = 0; i < sizeof(sides) / sizeof(sides[0]); i++) {
		struct strbuf png = STRBUF_EMPTY;
		struct read_back read;

		assert_int_equal(picture_add(&png, sides[i][0], sides[i][1], 3), 0);
		read = read_png(&png);
		assert_int_equal(read.w, sides[i][0]);
		assert_int_equal(read.h, sides[i][1]);
		assert_int_equal(read.pixels, (size_t)(read.w + 1) * read.h);
		strbuf_done(&png);
	}
}

static void test_looks_differ_and_repeat(void **state)
{
	struct strbuf one = STRBUF_EMPTY, same = STRBUF_EMPTY, other = STRBUF_EMPTY;

	(void)state;
	picture_add(&one, 64, 64, 1);
	picture_add(&same, 64, 64, 1);
	picture_add(&other, 64, 64, 2);
	assert_int_equal(one.size, same.size);
	assert_memory_equal(one.bytes, same.bytes, one.size);
	assert_true(one.size != other.size || memcmp(one.bytes, other.bytes, one.size) != 0);
	strbuf_done(&one);
	strbuf_done(&same);
	strbuf_done(&other);
}

static void test_padding(void **state)
{
	struct strbuf png = STRBUF_EMPTY;
	size_t size;

	(void)state;
	picture_add(&png, 64, 64, 1);
	size = png.size;
	picture_pad(&png, 10);
	assert_int_equal(png.size, size);
	picture_pad(&png, 100000);
	assert_in_range(png.size, 100000, 100100);
	assert_int_equal(read_png(&png).w, 64);
	strbuf_done(&png);
}

static void test_base64(void **state)
{
	static const char *const pairs[][2] = {
		{ "", "" },        { "f", "Zg==" },        { "fo", "Zm8=" },
		{ "foo", "Zm9v" }, { "foob", "Zm9vYg==" }, { "\xff\xfe\xfd", "//79" }
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct strbuf text = STRBUF_EMPTY;

		base64_add(&text, pairs[i][0], strlen(pairs[i][0]));
		assert_string_equal(strbuf_text(&text), pairs[i][1]);
		strbuf_done(&text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_looks_differ_and_repeat),
		cmocka_unit_test(test_padding),
		cmocka_unit_test(test_base64),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
