/* Hides PNG. What costs time in a PNG is looking for repetitions, so the picture
 * is made to have them where the format finds them at once: a pixel is a sum of
 * something of its column and something of its row, which the filter "up" makes a
 * row of one and the same byte. Four megapixels take 20 milliseconds.
 *
 * The palette, 256 colours in a ring, is where beauty is had for nothing. */
#include "simulator/picture.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/cleanup.h"
#include "simulator/chance.h"

enum {
	CHUNK_FRAME = 12,
	COLORS = 256,
	WAVES = 3,
	FILTER_NONE = 0,
	FILTER_UP = 2,
	PIECE = 32 * 1024
};

static const double two_pi = 6.283185307179586;

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

void picture_add_header(struct strbuf *png, uint32_t w, uint32_t h)
{
	static const unsigned char signature[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n' };
	unsigned char header[13] = { 0 };

	put_u32(header, w);
	put_u32(header + 4, h);
	header[8] = 8; /* bits a pixel */
	header[9] = 3; /* an index into the palette */
	strbuf_add(png, signature, sizeof(signature));
	add_chunk(png, "IHDR", header, sizeof(header));
}

static void add_palette(struct strbuf *png, struct chance *chance)
{
	unsigned char colors[COLORS][3];
	double phase[3], turns[3];

	for (int c = 0; c < 3; c++) {
		phase[c] = chance_unit(chance);
		turns[c] = 1 + floor(chance_unit(chance) * 2);
	}
	for (int i = 0; i < COLORS; i++) {
		for (int c = 0; c < 3; c++) {
			double at = phase[c] + turns[c] * i / COLORS;

			colors[i][c] = (unsigned char)(128 + 120 * sin(two_pi * at));
		}
	}
	add_chunk(png, "PLTE", colors[0], sizeof(colors));
}

/* What is added along one side: a few waves of different lengths. */
static void make_side(unsigned char *side, unsigned size, struct chance *chance)
{
	double length[WAVES], phase[WAVES], height[WAVES];

	for (int i = 0; i < WAVES; i++) {
		length[i] = size * (0.15 + chance_unit(chance));
		phase[i] = chance_unit(chance);
		height[i] = 20 + 50 * chance_unit(chance);
	}
	for (unsigned at = 0; at < size; at++) {
		double sum = 0;

		for (int i = 0; i < WAVES; i++)
			sum += height[i] * sin(two_pi * (phase[i] + at / length[i]));
		side[at] = (unsigned char)lround(sum);
	}
}

/* Compresses one row. The pieces that are full become chunks. */
static int squeeze(struct strbuf *png, z_stream *stream, int flush, unsigned char *piece)
{
	int r;

	do {
		r = deflate(stream, flush);
		if (r == Z_STREAM_ERROR)
			return -ENOMEM;
		if (!stream->avail_out || r == Z_STREAM_END) {
			add_chunk(png, "IDAT", piece, PIECE - stream->avail_out);
			stream->next_out = piece;
			stream->avail_out = PIECE;
		}
	} while (stream->avail_in || (flush == Z_FINISH && r != Z_STREAM_END));
	return 0;
}

static int add_rows(struct strbuf *png, unsigned w, unsigned h, unsigned char *memory)
{
	unsigned char *columns = memory + PIECE, *rows = columns + w, *row = rows + h;
	z_stream stream = { .next_out = memory, .avail_out = PIECE };
	int r = 0;

	if (deflateInit2(&stream, 1, Z_DEFLATED, 15, 9, Z_RLE) != Z_OK)
		return -ENOMEM;
	for (unsigned y = 0; y < h && !r; y++) {
		if (y == 0) {
			row[0] = FILTER_NONE;
			for (unsigned x = 0; x < w; x++)
				row[1 + x] = (unsigned char)(columns[x] + rows[0]);
		} else {
			row[0] = FILTER_UP;
			memset(row + 1, (unsigned char)(rows[y] - rows[y - 1]), w);
		}
		stream.next_in = row;
		stream.avail_in = w + 1;
		r = squeeze(png, &stream, y + 1 == h ? Z_FINISH : Z_NO_FLUSH, memory);
	}
	deflateEnd(&stream);
	return r;
}

int picture_add(struct strbuf *png, unsigned w, unsigned h, uint64_t look)
{
	/* A piece of output, the two sides, and a row with its filter's number. */
	CLEANUP(free_ptr) unsigned char *memory = malloc(PIECE + (size_t)w + h + w + 1);
	struct chance chance = { look };
	int r;

	if (!memory)
		return -ENOMEM;
	picture_add_header(png, w, h);
	add_palette(png, &chance);
	make_side(memory + PIECE, w, &chance);
	make_side(memory + PIECE + w, h, &chance);
	r = add_rows(png, w, h, memory);
	add_chunk(png, "IEND", NULL, 0);
	return r < 0 || strbuf_failed(png) ? -ENOMEM : 0;
}

void picture_pad(struct strbuf *png, size_t size)
{
	struct chance chance = { png->size };
	size_t words = size > png->size ? (size - png->size) / sizeof(uint64_t) + 1 : 0;
	CLEANUP(free_ptr) uint64_t *noise = malloc(words * sizeof(uint64_t) + 1);

	if (!words || !noise)
		return;
	for (size_t i = 0; i < words; i++)
		noise[i] = chance_next(&chance);
	png->size -= CHUNK_FRAME; /* IEND comes last */
	add_chunk(png, "siMu", (unsigned char *)noise, (uint32_t)(words * sizeof(*noise)));
	add_chunk(png, "IEND", NULL, 0);
}
