/* A frame that is read back by the reader of pictures. */
#include "base/png.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/diag.h"
#include "job/picture.h"

static unsigned char piece[PNG_PIECE];

static uint32_t word_at(const struct strbuf *png, size_t at)
{
	const unsigned char *bytes = (const unsigned char *)png->bytes + at;

	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

/* Bytes without runs, more than a piece of them. */
static void add_noise(struct strbuf *png, unsigned w, unsigned h)
{
	unsigned char *row = calloc(1, 1 + 3 * (size_t)w);
	struct png_rows rows;
	uint32_t chance = 7;

	assert_non_null(row);
	assert_int_equal(png_rows_begin(&rows, png, piece), 0);
	for (unsigned y = 0; y < h; y++) {
		for (unsigned x = 1; x <= 3 * w; x++) {
			chance = chance * 1664525 + 1013904223;
			row[x] = (unsigned char)(chance >> 24);
		}
		assert_int_equal(png_rows_add(&rows, row, 1 + 3 * (size_t)w, y + 1 == h), 0);
	}
	png_rows_end(&rows);
	free(row);
}

static void test_a_picture(void **state)
{
	CLEANUP(strbuf) struct strbuf png = STRBUF_EMPTY;
	struct picture picture;
	struct diag diag;
	size_t pieces = 0;

	(void)state;
	png_add_header(&png, 200, 300, PNG_RGB);
	add_noise(&png, 200, 300);
	png_add_chunk(&png, "IEND", NULL, 0);
	assert_false(strbuf_failed(&png));
	assert_int_equal(picture_check((const uint8_t *)png.bytes, png.size, &picture, &diag), 0);
	assert_int_equal(picture.width, 200);
	assert_int_equal(picture.height, 300);
	for (size_t at = 8; at < png.size; at += PNG_CHUNK_FRAME + word_at(&png, at)) {
		assert_in_range(word_at(&png, at), 0, PNG_PIECE);
		pieces += memcmp(png.bytes + at + 4, "IDAT", 4) == 0;
	}
	assert_int_equal(pieces, 3);
}

/* Known bytes: the check of a chunk covers its type and its data. */
static void test_a_chunk(void **state)
{
	static const unsigned char end[] = {
		0, 0, 0, 0, 'I', 'E', 'N', 'D', 0xae, 0x42, 0x60, 0x82
	};
	CLEANUP(strbuf) struct strbuf png = STRBUF_EMPTY;

	(void)state;
	png_add_chunk(&png, "IEND", NULL, 0);
	assert_int_equal(png.size, sizeof(end));
	assert_memory_equal(png.bytes, end, sizeof(end));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_picture),
		cmocka_unit_test(test_a_chunk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
