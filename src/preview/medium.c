/* Hides the choice of medium, and the plainest one: a print, which only gets
 * darker corners and a grain. The grain is faint and the same in all three
 * channels, because grain is what a PNG cannot compress. */
#include "preview/medium.h"

#include <math.h>
#include <stddef.h>

static void medium_print(struct stage *stage)
{
	struct canvas *canvas = stage->canvas;
	double cx = stage->w / 2, cy = stage->h / 2;

	canvas_begin_pixels(canvas);
	for (int y = 0; y < canvas->h; y++) {
		uint32_t *row = canvas->pixels + (size_t)y * (size_t)canvas->stride;
		double ry = (y - cy) / cy;

		for (int x = 0; x < canvas->w; x++) {
			double rx = (x - cx) / cx;
			double far = rx * rx + ry * ry - 0.7;
			int dark = far > 0 ? (int)(far * far * 26) : 0;
			int grain = (int)(rng_hash_place(x, y, 31u) >> 30);
			int by = 256 - dark - grain;
			uint32_t p = row[x];

			row[x] = (uint32_t)((p >> 16 & 255) * (unsigned)by >> 8) << 16 |
				 (uint32_t)((p >> 8 & 255) * (unsigned)by >> 8) << 8 |
				 (uint32_t)((p & 255) * (unsigned)by >> 8);
		}
	}
	canvas_end_pixels(canvas);
}

void medium_finish(struct stage *stage)
{
	static void (*const finish[MEDIUMS])(struct stage *) = {
		[MEDIUM_PRINT] = medium_print,           [MEDIUM_OIL] = medium_oil,
		[MEDIUM_WATERCOLOR] = medium_watercolor, [MEDIUM_INK] = medium_ink,
		[MEDIUM_PENCIL] = medium_pencil,
	};

	finish[stage->idea->medium](stage);
}
