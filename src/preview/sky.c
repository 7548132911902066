/* Hides how air is painted. The gradient and the clouds go to the pixels
 * directly, with a dither: eight bits are too few for a sky, and cairo's
 * gradients show their steps. A cloud is a field of density, lit where it thins
 * towards the light, which is what makes it look round. */
#include "preview/sky.h"

#include <math.h>

#include "base/cleanup.h"
#include "preview/noise.h"

struct cloudiness {
	double from, to; /* density where a cloud begins and is full */
	double alpha;
	double relief;
};

static const struct cloudiness cloudiness[MOODS] = {
	[MOOD_DAY] = { 0.06, 0.52, 0.92, 3.2 },     [MOOD_DAWN] = { 0.02, 0.55, 0.80, 3.0 },
	[MOOD_SUNSET] = { -0.02, 0.50, 0.85, 3.4 }, [MOOD_NIGHT] = { 0.08, 0.65, 0.60, 3.0 },
	[MOOD_STORM] = { -0.55, 0.25, 0.95, 3.6 },  [MOOD_MIST] = { -0.10, 0.80, 0.55, 1.6 },
};

static double dither_at(int x, int y)
{
	return rng_hash_place(x, y, 77u) * (1.6 / 4294967295.0) - 0.8;
}

static struct color gradient_at(const struct color sky[4], double t)
{
	static const double stops[4] = { 0, 0.40, 0.76, 1 };

	for (int i = 1; i < 3; i++)
		if (t < stops[i])
			return color_mix(sky[i - 1], sky[i],
					 (t - stops[i - 1]) / (stops[i] - stops[i - 1]));
	return color_mix(sky[2], sky[3], fmin((t - stops[2]) / (1 - stops[2]), 1));
}

static void paint_gradient(struct stage *stage, double horizon)
{
	struct canvas *canvas = stage->canvas;
	int rows = canvas->h;

	canvas_begin_pixels(canvas);
	for (int y = 0; y < rows; y++) {
		struct color c = gradient_at(stage->palette->sky, fmin(y / horizon, 1));
		uint32_t *row = canvas->pixels + (size_t)y * (size_t)canvas->stride;

		for (int x = 0; x < canvas->w; x++)
			row[x] = canvas_pixel(c, dither_at(x, y));
	}
	canvas_end_pixels(canvas);
}

static void paint_stars(struct stage *stage, double horizon, double density)
{
	struct rng rng = rng_fork(&stage->rng);
	int count = (int)(density * stage->w * horizon / (stage->u * stage->u) * 420);

	for (int i = 0; i < count; i++) {
		double depth = rng_unit(&rng);
		struct point at = { rng_range(&rng, 0, stage->w), depth * depth * horizon * 0.92 };
		double bright = pow(rng_unit(&rng), 3);
		double radius = fmax(0.45, stage->u * (0.0006 + 0.0017 * bright));

		draw_ellipse(stage->cr, at, radius, radius);
		draw_fill(stage->cr, stage->palette->light,
			  (0.25 + 0.7 * bright) * (1 - depth * depth));
		if (bright > 0.75)
			draw_glow(stage->cr,
				  &(struct glow){ at, radius * 5, 0.35, stage->palette->light });
	}
}

static void paint_moon(struct stage *stage, double radius)
{
	struct rng rng = rng_fork(&stage->rng);
	cairo_t *cr = stage->cr;
	struct color light = stage->palette->light;

	draw_ellipse(cr, stage->light, radius, radius);
	draw_fill_keep(cr, light, 1);
	cairo_save(cr);
	cairo_clip(cr);
	for (int i = 0; i < 9; i++) {
		struct point at = { stage->light.x + rng_bell(&rng) * radius,
				    stage->light.y + rng_bell(&rng) * radius };

		draw_blob(cr, &rng, at, radius * rng_range(&rng, 0.08, 0.34), 0.5);
		draw_fill(cr, color_mix(light, stage->palette->sky[1], 0.5), 0.16);
	}
	cairo_restore(cr);
}

static void paint_light(struct stage *stage)
{
	const struct palette *palette = stage->palette;
	enum mood mood = stage->idea->mood;
	double radius = stage->u * (mood == MOOD_SUNSET  ? 0.082
				    : mood == MOOD_NIGHT ? 0.058
							 : 0.052);
	double strength = mood == MOOD_STORM   ? 0.30
			  : mood == MOOD_NIGHT ? 0.42
			  : mood == MOOD_MIST  ? 0.45
					       : 0.70;

	draw_glow(stage->cr, &(struct glow){ stage->light, stage->u * 1.25, strength * 0.55,
					     color_mix(palette->light, palette->sky[3], 0.6) });
	draw_glow(stage->cr,
		  &(struct glow){ stage->light, stage->u * 0.42, strength * 0.75, palette->light });
	if (mood == MOOD_STORM)
		return;
	if (mood == MOOD_NIGHT) {
		paint_moon(stage, radius);
		return;
	}
	draw_ellipse(stage->cr, stage->light, radius, radius);
	draw_fill(stage->cr, palette->light, mood == MOOD_MIST ? 0.75 : 1);
}

/* What one pixel of cloud needs, the same for all of a row. */
struct cloud_paint {
	const struct field *field;
	struct cloudiness how;
	struct color lit, dark;
	struct point light;
	double reach;
	double y, field_y; /* the row, and where the field is read for it */
	double fade;       /* 1, less near the horizon */
};

static uint32_t cloud_over(const struct cloud_paint *paint, uint32_t under, int x)
{
	double f = field_at(paint->field, x, paint->field_y);
	double alpha = noise_step(paint->how.from, paint->how.to, f) * paint->how.alpha;
	double dx, dy, step, lit;
	struct color c, base;

	if (alpha <= 0.004)
		return under;
	dx = paint->light.x - x;
	dy = paint->light.y - paint->y - paint->reach * 6;
	step = paint->reach / (sqrt(dx * dx + dy * dy) + 1);
	lit = f - field_at(paint->field, x + dx * step, paint->field_y + dy * step);
	lit = 0.52 + lit * paint->how.relief - (f - paint->how.from) * 0.30;
	lit = lit < 0 ? 0 : lit > 1 ? 1 : lit;
	base = canvas_color(under);
	c.r = paint->dark.r + (paint->lit.r - paint->dark.r) * lit;
	c.g = paint->dark.g + (paint->lit.g - paint->dark.g) * lit;
	c.b = paint->dark.b + (paint->lit.b - paint->dark.b) * lit;
	alpha *= paint->fade;
	c.r = base.r + (c.r - base.r) * alpha;
	c.g = base.g + (c.g - base.g) * alpha;
	c.b = base.b + (c.b - base.b) * alpha;
	return canvas_pixel(c, dither_at(x, (int)paint->y));
}

static void paint_clouds(struct stage *stage, double horizon)
{
	struct canvas *canvas = stage->canvas;
	int storm = stage->idea->mood == MOOD_STORM;
	double size = stage->u * (storm ? 0.50 : rng_range(&stage->rng, 0.34, 0.55));
	struct field_shape shape = { stage->w,    horizon + 1, size * 1.25,
				     size * 0.40, 5,           (uint32_t)rng_next(&stage->rng),
				     0.55 };
	CLEANUP(field) struct field *field = field_new(&shape);
	struct cloud_paint paint = { .field = field,
				     .how = cloudiness[stage->idea->mood],
				     .lit = stage->palette->cloud_lit,
				     .dark = stage->palette->cloud_dark,
				     .light = stage->light,
				     .reach = stage->u * 0.022 };
	int rows = (int)fmin(horizon, canvas->h);
	double shift = rng_range(&stage->rng, -0.10, 0.12);

	paint.how.from += shift;
	paint.how.to += shift;
	canvas_begin_pixels(canvas);
	for (int y = 0; y < rows; y++) {
		uint32_t *row = canvas->pixels + (size_t)y * (size_t)canvas->stride;

		double depth = 1 - y / horizon;

		/* Clouds flatten towards the horizon, as a ceiling seen from below does. */
		paint.y = y;
		paint.field_y = horizon * (1 - pow(depth, 0.62));
		paint.fade = noise_step(0, 0.06, depth) * 0.55 + 0.45;
		for (int x = 0; x < canvas->w; x++)
			row[x] = cloud_over(&paint, row[x], x);
	}
	canvas_end_pixels(canvas);
}

void sky_paint(struct stage *stage, double horizon)
{
	enum mood mood = stage->idea->mood;

	paint_gradient(stage, horizon);
	if (mood == MOOD_NIGHT)
		paint_stars(stage, horizon, 1);
	else if (mood == MOOD_SUNSET)
		paint_stars(stage, horizon * 0.5, 0.25);
	paint_light(stage);
	paint_clouds(stage, horizon);
}

static void paint_snow(struct stage *stage, struct rng *rng)
{
	int count = (int)(stage->w * stage->h / (stage->u * stage->u) * 420);

	for (int i = 0; i < count; i++) {
		double close = pow(rng_unit(rng), 4);
		double radius = fmax(0.6, stage->u * (0.0013 + 0.0065 * close));

		draw_ellipse(
			stage->cr,
			(struct point){ rng_range(rng, 0, stage->w), rng_range(rng, 0, stage->h) },
			radius, radius);
		draw_fill(stage->cr, stage->palette->paper, 0.85 - 0.5 * close);
	}
}

static void paint_rain(struct stage *stage, struct rng *rng)
{
	int count = (int)(stage->w * stage->h / (stage->u * stage->u) * 300);
	double lean = rng_range(rng, -0.25, -0.10);

	cairo_set_line_cap(stage->cr, CAIRO_LINE_CAP_BUTT);
	for (int i = 0; i < count; i++) {
		double length = stage->u * rng_range(rng, 0.02, 0.07);
		double x = rng_range(rng, -length, stage->w + length);
		double y = rng_range(rng, -length, stage->h);

		cairo_move_to(stage->cr, x, y);
		cairo_rel_line_to(stage->cr, lean * length, length);
		draw_stroke(stage->cr, stage->palette->paper, rng_range(rng, 0.06, 0.24),
			    fmax(0.6, stage->u * 0.0013));
	}
}

void sky_paint_weather(struct stage *stage)
{
	struct rng rng = rng_fork(&stage->rng);

	if (stage_wants(stage, DETAIL_SNOW))
		paint_snow(stage, &rng);
	else if (stage->idea->mood == MOOD_STORM)
		paint_rain(stage, &rng);
}

void sky_paint_birds(struct stage *stage, struct point centre, int count)
{
	struct rng rng = rng_fork(&stage->rng);
	struct color color = stage_is_dark(stage) ? stage->palette->haze : stage->palette->dark;

	cairo_set_line_cap(stage->cr, CAIRO_LINE_CAP_ROUND);
	cairo_set_line_join(stage->cr, CAIRO_LINE_JOIN_ROUND);
	for (int i = 0; i < count; i++) {
		double span = stage->u * rng_range(&rng, 0.010, 0.024);
		double x = centre.x + rng_bell(&rng) * stage->u * 0.30;
		double y = centre.y + rng_bell(&rng) * stage->u * 0.14;
		double lift = span * rng_range(&rng, 0.35, 0.75);

		cairo_move_to(stage->cr, x - span, y - lift * 0.5);
		cairo_curve_to(stage->cr, x - span * 0.6, y - lift, x - span * 0.2, y - lift * 0.6,
			       x, y);
		cairo_curve_to(stage->cr, x + span * 0.2, y - lift * 0.6, x + span * 0.6, y - lift,
			       x + span, y - lift * 0.35);
		draw_stroke(stage->cr, color, 0.8, fmax(0.8, span * 0.15));
	}
}
