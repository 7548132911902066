/* Hides reflections. Every row of water repeats the row as far above the shore,
 * moved sideways and up by ripples that grow towards us; where the picture above
 * is too low, its top row goes on. Pixels, because cairo has no such copy. */
#include "preview/water.h"

#include <math.h>

#include "base/cleanup.h"
#include "preview/noise.h"

static int clamp_int(int v, int low, int high)
{
	return v < low ? low : v > high ? high : v;
}

static void mirror_row(struct stage *stage, double shore, double depth, int y, uint32_t salt)
{
	struct canvas *canvas = stage->canvas;
	uint32_t *row = canvas->pixels + (size_t)y * (size_t)canvas->stride;
	double t = (y - shore) / depth;
	double size = stage->u * (0.010 + 0.045 * t);
	double swing = stage->u * (0.002 + 0.016 * t);
	struct color tint = color_mix(stage->palette->water, stage->palette->deep, t);
	double keep = 0.72 - 0.38 * t;

	for (int x = 0; x < canvas->w; x++) {
		double wave = noise_at(x / (size * 4.5), (y - shore) / (size * 0.42), salt);
		int sx = clamp_int(x + (int)(wave * swing * 0.7), 0, canvas->w - 1);
		int sy = clamp_int((int)(shore - (y - shore) * 1.05 + wave * swing * 1.8), 0,
				   (int)shore - 1);
		struct color up = canvas_color(
			canvas->pixels[(size_t)sy * (size_t)canvas->stride + (size_t)sx]);
		double k = keep + wave * 0.10;
		struct color c = { tint.r + (up.r - tint.r) * k, tint.g + (up.g - tint.g) * k,
				   tint.b + (up.b - tint.b) * k };

		row[x] = canvas_pixel(c, 0);
	}
}

void water_mirror(struct stage *stage, double shore, double to)
{
	uint32_t salt = (uint32_t)rng_next(&stage->rng);
	struct rng rng = rng_fork(&stage->rng);
	int first = clamp_int((int)shore, 1, stage->canvas->h);
	int last = clamp_int((int)to, first, stage->canvas->h);
	int glints = (int)(160 * fmin(stage->w / stage->u, 8));

	canvas_begin_pixels(stage->canvas);
	for (int y = first; y < last; y++)
		mirror_row(stage, first, fmax(last - first, 1), y, salt);
	canvas_end_pixels(stage->canvas);
	for (int i = 0; i < glints; i++) {
		double t = pow(rng_unit(&rng), 1.6);
		double half = stage->u * (0.012 + 0.05 * t) * rng_range(&rng, 0.4, 1.3);

		draw_lens(
			stage->cr,
			(struct point){ rng_range(&rng, 0, stage->w), first + (last - first) * t },
			half, fmax(0.4, half * 0.035));
		draw_fill(stage->cr, stage->palette->sky[3], 0.16);
	}
}
