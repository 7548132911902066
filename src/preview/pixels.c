/* Hides which filter a row gets. cairo can write a PNG, but only with zlib's default
 * effort, and on a faint grain that search takes more than all of the painting (0.4 of
 * 0.6 seconds for a megapixel); here the filter does the work and zlib only
 * packs what it leaves, for a tenth more bytes. */
#include "preview/pixels.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/png.h"
#include "preview/memory.h"

enum { BYTES_PER_PIXEL = 3 };

/* By their number in the format. */
enum filter { FILTER_SUB = 1, FILTER_UP = 2, FILTER_PAETH = 4, FILTERS };

static unsigned char paeth(int left, int up, int corner)
{
	int by_left = abs(up - corner), by_up = abs(left - corner);
	int by_corner = abs(left + up - 2 * corner);

	if (by_left <= by_up && by_left <= by_corner)
		return (unsigned char)left;
	return (unsigned char)(by_up <= by_corner ? up : corner);
}

/* `row` and `above` have a pixel of zeros before them. */
static void apply_filter(enum filter filter, const unsigned char *row, const unsigned char *above,
			 size_t size, unsigned char *out)
{
	const unsigned char *left = row - BYTES_PER_PIXEL, *corner = above - BYTES_PER_PIXEL;

	switch (filter) {
	case FILTER_SUB:
		for (size_t i = 0; i < size; i++)
			out[i] = (unsigned char)(row[i] - left[i]);
		break;
	case FILTER_UP:
		for (size_t i = 0; i < size; i++)
			out[i] = (unsigned char)(row[i] - above[i]);
		break;
	case FILTER_PAETH:
		for (size_t i = 0; i < size; i++)
			out[i] = (unsigned char)(row[i] - paeth(left[i], above[i], corner[i]));
		break;
	case FILTERS:
		break;
	}
}

/* How much a filter leaves: the sum of its differences, whatever their sign. */
static unsigned weigh(const unsigned char *filtered, size_t size)
{
	unsigned sum = 0;

	for (size_t i = 0; i < size; i++)
		sum += (unsigned)abs((signed char)filtered[i]);
	return sum;
}

static void unpack_row(const uint32_t *pixels, int w, unsigned char *row)
{
	for (int x = 0; x < w; x++) {
		*row++ = (unsigned char)(pixels[x] >> 16);
		*row++ = (unsigned char)(pixels[x] >> 8);
		*row++ = (unsigned char)pixels[x];
	}
}

/* Room for one picture's rows: two plain, and one filtered each way. */
struct rows {
	size_t size;
	unsigned char *now, *above; /* of size bytes, a pixel of zeros before */
	unsigned char *filtered[FILTERS];
};

static const unsigned char *filter_row(struct rows *rows)
{
	static const enum filter tried[] = { FILTER_SUB, FILTER_UP, FILTER_PAETH };
	enum filter best = FILTER_SUB;
	unsigned least = UINT32_MAX;

	for (size_t i = 0; i < sizeof(tried) / sizeof(*tried); i++) {
		unsigned char *out = rows->filtered[tried[i]];
		unsigned sum;

		apply_filter(tried[i], rows->now, rows->above, rows->size, out + 1);
		sum = weigh(out + 1, rows->size);
		out[0] = (unsigned char)tried[i];
		if (sum < least) {
			least = sum;
			best = tried[i];
		}
	}
	return rows->filtered[best];
}

static int add_rows(struct strbuf *png, const uint32_t *pixels, int w, int h, unsigned char *memory)
{
	struct rows rows = { .size = (size_t)w * BYTES_PER_PIXEL };
	size_t step = rows.size + BYTES_PER_PIXEL + 1;
	struct png_rows packed;
	int r;

	rows.now = memory + PNG_PIECE + BYTES_PER_PIXEL;
	rows.above = rows.now + step;
	for (int i = 0; i < FILTERS; i++)
		rows.filtered[i] = rows.above + step * (size_t)(i + 1);
	r = png_rows_begin(&packed, png, memory);
	if (r < 0)
		return r;
	for (int y = 0; y < h && !r; y++) {
		unsigned char *swap = rows.above;

		unpack_row(pixels + (size_t)y * (size_t)w, w, rows.now);
		r = png_rows_add(&packed, filter_row(&rows), rows.size + 1, y + 1 == h);
		rows.above = rows.now;
		rows.now = swap;
	}
	png_rows_end(&packed);
	return r;
}

int pixels_add_png(struct strbuf *png, const uint32_t *pixels, int w, int h)
{
	size_t step = (size_t)w * BYTES_PER_PIXEL + BYTES_PER_PIXEL + 1;
	CLEANUP(free_ptr)
	unsigned char *memory = memory_zeroed(PNG_PIECE + step * (FILTERS + 3), 1);
	int r;

	png_add_header(png, (uint32_t)w, (uint32_t)h, PNG_RGB);
	r = add_rows(png, pixels, w, h, memory);
	if (r < 0)
		return r;
	png_add_chunk(png, "IEND", NULL, 0);
	return strbuf_failed(png) ? -ENOMEM : 0;
}
