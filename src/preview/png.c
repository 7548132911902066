/* Hides the PNG format. cairo can write one, but only with zlib's default effort,
 * and on a faint grain that search takes more than all of the painting (0.4 of
 * 0.6 seconds for a megapixel); here the filter does the work and zlib only
 * packs what it leaves (Z_RLE), for a tenth more bytes. The rest is
 * a signature and three kinds of chunk. */
#include "preview/png.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/cleanup.h"
#include "preview/memory.h"

enum { BYTES_PER_PIXEL = 3, EFFORT = 1, OUTPUT_PIECE = 64 * 1024 };

/* By their number in the format. */
enum filter { FILTER_SUB = 1, FILTER_UP = 2, FILTER_PAETH = 4, FILTERS };

static void put_u32(unsigned char *at, uint32_t value)
{
	at[0] = (unsigned char)(value >> 24);
	at[1] = (unsigned char)(value >> 16);
	at[2] = (unsigned char)(value >> 8);
	at[3] = (unsigned char)value;
}

static void add_chunk(struct strbuf *png, const char *type, const unsigned char *data,
		      uint32_t size)
{
	unsigned char word[4];
	uLong crc = crc32(0, (const unsigned char *)type, 4);

	put_u32(word, size);
	strbuf_add(png, word, 4);
	strbuf_add(png, type, 4);
	if (size) {
		strbuf_add(png, data, size);
		crc = crc32(crc, data, size);
	}
	put_u32(word, (uint32_t)crc);
	strbuf_add(png, word, 4);
}

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

/* Compresses what is in `stream` and adds full pieces as IDAT chunks. */
static int squeeze(struct strbuf *png, z_stream *stream, int flush, unsigned char *piece)
{
	int r;

	do {
		r = deflate(stream, flush);
		if (r == Z_STREAM_ERROR)
			return -ENOMEM;
		if (!stream->avail_out || (r == Z_STREAM_END && stream->avail_out < OUTPUT_PIECE)) {
			add_chunk(png, "IDAT", piece, OUTPUT_PIECE - stream->avail_out);
			stream->next_out = piece;
			stream->avail_out = OUTPUT_PIECE;
		}
	} while (stream->avail_in || (flush == Z_FINISH && r != Z_STREAM_END));
	return 0;
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

static int add_pixels(struct strbuf *png, const uint32_t *pixels, int w, int h,
		      unsigned char *memory)
{
	struct rows rows = { .size = (size_t)w * BYTES_PER_PIXEL };
	size_t step = rows.size + BYTES_PER_PIXEL + 1;
	z_stream stream = { .next_out = memory, .avail_out = OUTPUT_PIECE };
	int r = 0;

	rows.now = memory + OUTPUT_PIECE + BYTES_PER_PIXEL;
	rows.above = rows.now + step;
	for (int i = 0; i < FILTERS; i++)
		rows.filtered[i] = rows.above + step * (size_t)(i + 1);
	if (deflateInit2(&stream, EFFORT, Z_DEFLATED, 15, 9, Z_RLE) != Z_OK)
		return -ENOMEM;
	for (int y = 0; y < h && !r; y++) {
		unsigned char *swap = rows.above;

		unpack_row(pixels + (size_t)y * (size_t)w, w, rows.now);
		/* zlib's interface has no const; it only reads. */
		stream.next_in = (unsigned char *)filter_row(&rows);
		stream.avail_in = (uInt)rows.size + 1;
		r = squeeze(png, &stream, y + 1 == h ? Z_FINISH : Z_NO_FLUSH, memory);
		rows.above = rows.now;
		rows.now = swap;
	}
	deflateEnd(&stream);
	return r;
}

int png_add(struct strbuf *png, const uint32_t *pixels, int w, int h)
{
	static const unsigned char signature[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n' };
	size_t step = (size_t)w * BYTES_PER_PIXEL + BYTES_PER_PIXEL + 1;
	CLEANUP(free_ptr)
	unsigned char *memory = memory_zeroed(OUTPUT_PIECE + step * (FILTERS + 3), 1);
	unsigned char header[13] = { 0 };
	int r;

	put_u32(header, (uint32_t)w);
	put_u32(header + 4, (uint32_t)h);
	header[8] = 8; /* bits a channel */
	header[9] = 2; /* red, green, blue */
	strbuf_add(png, signature, sizeof(signature));
	add_chunk(png, "IHDR", header, sizeof(header));
	r = add_pixels(png, pixels, w, h, memory);
	if (r < 0)
		return r;
	add_chunk(png, "IEND", NULL, 0);
	return strbuf_failed(png) ? -ENOMEM : 0;
}
