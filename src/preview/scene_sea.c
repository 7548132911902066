/* Hides the seascape. Water is many lying lenses of light and dark whose size
 * grows towards us; a column of them under the sun or moon carries its light. A
 * headland takes one golden section, the sun the other, so that the eye has a
 * way to go between them. */
#include "preview/scene.h"

#include <math.h>

#include "base/cleanup.h"
#include "preview/noise.h"
#include "preview/shore.h"
#include "preview/sky.h"

struct sea {
	double horizon;
	double side; /* 1: the headland is on the right; -1 */
	int storm;
};

static void paint_far_coast(struct stage *stage, const struct sea *sea)
{
	struct rng rng = rng_fork(&stage->rng);
	cairo_t *cr = stage->cr;

	for (int layer = 0; layer < 2; layer++) {
		double height = stage->u * (0.085 - 0.035 * layer);
		double end = stage->w * (0.5 - sea->side * (0.06 + 0.22 * layer));
		double start = sea->side > 0 ? 0 : stage->w;
		uint32_t salt = (uint32_t)rng_next(&rng);

		cairo_move_to(cr, start, sea->horizon + 1);
		for (int i = 0; i <= 60; i++) {
			double t = i / 60.0, x = start + (end - start) * t;
			double rise = 0.65 + 0.5 * noise_fractal(t * 5, layer, 4, salt);

			cairo_line_to(cr, x, sea->horizon - height * rise * sqrt(1 - t));
		}
		cairo_line_to(cr, end, sea->horizon + 1);
		cairo_close_path(cr);
		draw_fill_blend(cr,
				&(struct blend){ { 0, sea->horizon - height },
						 { 0, sea->horizon },
						 color_mix(stage->palette->haze,
							   stage->palette->far, 0.65 + 0.3 * layer),
						 color_mix(stage->palette->haze,
							   stage->palette->far, 0.25 + 0.3 * layer),
						 1,
						 1 });
	}
}

/* The body of the water: the sky's colours turned over, going into the deep. */
static void paint_water(struct stage *stage, const struct sea *sea)
{
	const struct palette *palette = stage->palette;
	struct canvas *canvas = stage->canvas;
	int first = (int)sea->horizon;

	canvas_begin_pixels(canvas);
	for (int y = first; y < canvas->h; y++) {
		double t = (y - sea->horizon) / (stage->h - sea->horizon);
		struct color c = color_mix(palette->water, palette->deep, pow(t, 0.7));
		uint32_t *row = canvas->pixels + (size_t)y * (size_t)canvas->stride;

		c = color_mix(palette->sky[3], c, fmin(0.45 + 3 * t, 1));
		for (int x = 0; x < canvas->w; x++)
			row[x] = canvas_pixel(c, rng_hash_place(x, y, 5u) * (1.6 / 4294967295.0) -
							 0.8);
	}
	canvas_end_pixels(canvas);
}

static void paint_ripples(struct stage *stage, const struct sea *sea)
{
	const struct palette *palette = stage->palette;
	struct rng rng = rng_fork(&stage->rng);
	double depth = stage->h - sea->horizon;
	int count = (int)(520 * fmin(stage->w * depth / (stage->u * stage->u * 0.36), 6));

	for (int i = 0; i < count; i++) {
		double t = pow(rng_unit(&rng), 1.5);
		struct point at = { rng_range(&rng, 0, stage->w), sea->horizon + depth * t };
		double half = stage->u * (0.006 + 0.085 * t) * rng_range(&rng, 0.4, 1.3);
		double thick = fmax(0.4, half * (0.055 + 0.05 * t));
		int lit = rng_chance(&rng, 0.45);
		struct color c = lit ? color_mix(palette->sky[2], palette->sky[3], rng_unit(&rng))
				     : color_shade(palette->deep, -0.03 * t, 1);

		draw_lens(stage->cr, at, half, thick);
		draw_fill(stage->cr, c, lit ? 0.34 - 0.16 * t : 0.30);
	}
}

static void paint_glitter(struct stage *stage, const struct sea *sea)
{
	struct rng rng = rng_fork(&stage->rng);
	double depth = stage->h - sea->horizon;
	double strength = sea->storm ? 0.35 : stage->idea->mood == MOOD_MIST ? 0.6 : 1;

	for (int i = 0; i < 300; i++) {
		double t = pow(rng_unit(&rng), 1.25);
		double spread = stage->u * (0.045 + 0.14 * t);
		double off = rng_bell(&rng);
		struct point at = { stage->light.x + off * spread * 1.3, sea->horizon + depth * t };
		double half = stage->u * (0.008 + 0.040 * t) * rng_range(&rng, 0.4, 1.2);

		draw_lens(stage->cr, at, half, fmax(0.5, half * 0.11));
		draw_fill(stage->cr, stage->palette->light,
			  strength * (0.75 - 0.40 * t) * (1 - fabs(off) * 0.7));
	}
}

/* One row of swell: an outline of crests leaning one way, foam where they break. */
static void paint_swell(struct stage *stage, struct rng *rng, double y, double height)
{
	enum { STEPS = 400 };
	int storm = stage->idea->mood == MOOD_STORM;
	const struct palette *palette = stage->palette;
	struct point line[STEPS + 1];
	double pace = (height * 1.5 + stage->u * 0.045) * rng_range(rng, 0.85, 1.2);
	double shift = rng_range(rng, 0, 10);
	uint32_t salt = (uint32_t)rng_next(rng);
	double close = (y - height) / stage->h;

	for (int i = 0; i <= STEPS; i++) {
		double x = stage->w * (i * 1.04 / STEPS - 0.02);
		double phase = x / pace + shift + 0.7 * noise_at(x / pace * 0.8, 3, salt);
		double wave = storm ? pow(1 - fabs(sin(phase)), 1.7) : 0.5 + 0.5 * cos(phase * 0.9);
		double size = 0.55 + 0.45 * noise_at(x / pace * 0.5, 9, salt);

		line[i] =
			(struct point){ x + cos(phase) * height * 0.25, y - height * size * wave };
	}
	draw_curve(stage->cr, line, STEPS + 1, CURVE_OPEN);
	cairo_line_to(stage->cr, stage->w * 1.03, stage->h + 2);
	cairo_line_to(stage->cr, -stage->w * 0.03, stage->h + 2);
	cairo_close_path(stage->cr);
	draw_fill_blend(stage->cr,
			&(struct blend){ { 0, y - height },
					 { 0, y + height * 1.8 },
					 color_mix(palette->water, palette->sky[3], 0.28),
					 color_mix(palette->deep, palette->dark, close * 0.35),
					 0.92,
					 0.75 });
	for (int i = 1; i < STEPS; i++) {
		double crest = (y - line[i].y) / height - 0.50 + 0.25 * rng_bell(rng);

		if (crest <= 0 || !storm)
			continue;
		draw_blob(stage->cr, rng,
			  (struct point){ line[i].x + height * rng_range(rng, -.1, .1),
					  line[i].y + height * rng_range(rng, 0, 0.16) },
			  height * (0.02 + 0.10 * crest), 0.8);
		draw_fill(stage->cr, palette->paper, 0.42 + 0.4 * crest);
	}
}

static void paint_swells(struct stage *stage, const struct sea *sea, double from, double to)
{
	struct rng rng = rng_fork(&stage->rng);
	double depth = stage->h - sea->horizon;
	int rows = sea->storm ? 5 : 2;

	for (int i = 0; i < rows; i++) {
		double t = from + (to - from) * (i + 0.5) / rows;
		double height = stage->u * (sea->storm ? 0.030 + 0.125 * t * t : 0.010 + 0.020 * t);

		paint_swell(stage, &rng, sea->horizon + depth * t + height * 0.4, height);
	}
}

static void paint_fleet(struct stage *stage, const struct sea *sea)
{
	struct rng rng = rng_fork(&stage->rng);
	int boats = stage_wants(stage, DETAIL_BOAT) ? 3 : rng_chance(&rng, 0.7);
	double depth = stage->h - sea->horizon;

	for (int i = 0; i < boats; i++) {
		/* Small ones first: they are further away. */
		double near = boats == 1 ? 0.45 : (double)i / (boats - 1);
		double t = 0.05 + 0.25 * near * near;
		double x = 0.5 - sea->side * (0.04 + 0.26 * rng_unit(&rng));

		if (i == boats - 1)
			x = 0.5 - sea->side * (0.16 + 0.08 * rng_unit(&rng));
		shore_boat(stage, (struct point){ stage->w * x, sea->horizon + depth * t },
			   stage->u * (0.045 + 0.15 * near * near));
	}
}

void scene_sea_paint(struct stage *stage)
{
	struct rng rng = rng_fork(&stage->rng);
	struct sea sea = { 0 };
	int named = stage_wants(stage, DETAIL_LIGHTHOUSE);
	int plain_boats = stage_wants(stage, DETAIL_BOAT) && !named;
	double low;

	sea.storm = stage->idea->mood == MOOD_STORM;
	sea.side = rng_chance(&rng, 0.5) ? 1 : -1;
	sea.horizon = floor(stage->h * rng_range(&rng, 0.57, 0.64));
	low = stage->idea->mood == MOOD_SUNSET ? 0.10
	      : stage->idea->mood == MOOD_DAWN ? 0.16
					       : rng_range(&rng, 0.24, 0.36);
	stage->light =
		(struct point){ stage->w * (0.5 - sea.side * rng_range(&rng, 0.10, 0.17)),
				sea.horizon - fmin(stage->u * low * 1.4, sea.horizon * 0.8) };
	sky_paint(stage, sea.horizon);
	paint_far_coast(stage, &sea);
	paint_water(stage, &sea);
	paint_ripples(stage, &sea);
	paint_glitter(stage, &sea);
	paint_fleet(stage, &sea);
	if (sea.storm)
		paint_swells(stage, &sea, 0.05, 0.35);
	if (!plain_boats)
		shore_headland(stage, sea.side, sea.horizon);
	sky_paint_birds(
		stage,
		(struct point){ stage->w * (0.5 - sea.side * 0.05), sea.horizon - stage->u * 0.30 },
		5);
	paint_swells(stage, &sea, sea.storm ? 0.45 : 0.62, 1.0);
	sky_paint_weather(stage);
}
