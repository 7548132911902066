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

#include "base/cleanup.h"
#include "base/png.h"
#include "simulator/chance.h"

enum { COLORS = 256, WAVES = 3, FILTER_NONE = 0, FILTER_UP = 2 };

static const double two_pi = 6.283185307179586;

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
	png_add_chunk(png, "PLTE", colors[0], sizeof(colors));
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

static int add_rows(struct strbuf *png, unsigned w, unsigned h, unsigned char *memory)
{
	unsigned char *columns = memory + PNG_PIECE, *rows = columns + w, *row = rows + h;
	struct png_rows packed;
	int r = png_rows_begin(&packed, png, memory);

	if (r < 0)
		return r;
	for (unsigned y = 0; y < h && !r; y++) {
		if (y == 0) {
			row[0] = FILTER_NONE;
			for (unsigned x = 0; x < w; x++)
				row[1 + x] = (unsigned char)(columns[x] + rows[0]);
		} else {
			row[0] = FILTER_UP;
			memset(row + 1, (unsigned char)(rows[y] - rows[y - 1]), w);
		}
		r = png_rows_add(&packed, row, (size_t)w + 1, y + 1 == h);
	}
	png_rows_end(&packed);
	return r;
}

int picture_add(struct strbuf *png, unsigned w, unsigned h, uint64_t look)
{
	/* A piece of output, the two sides, and a row with its filter's number. */
	CLEANUP(free_ptr) unsigned char *memory = malloc(PNG_PIECE + (size_t)w + h + w + 1);
	struct chance chance = { look };
	int r;

	if (!memory)
		return -ENOMEM;
	png_add_header(png, w, h, PNG_PALETTE);
	add_palette(png, &chance);
	make_side(memory + PNG_PIECE, w, &chance);
	make_side(memory + PNG_PIECE + w, h, &chance);
	r = add_rows(png, w, h, memory);
	png_add_chunk(png, "IEND", NULL, 0);
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
	png->size -= PNG_CHUNK_FRAME; /* IEND comes last */
	png_add_chunk(png, "siMu", noise, (uint32_t)(words * sizeof(*noise)));
	png_add_chunk(png, "IEND", NULL, 0);
}
