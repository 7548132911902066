/* Hides the brush. The scene is painted again with opaque strokes, broad ones
 * everywhere, then finer ones where the picture still differs from the scene (as
 * a painter does; after Hertzmann 1998). Strokes follow contours, and on even
 * ground a slow drift. Each is a bundle of bristles with its own shade and reach,
 * with light on one flank: that relief is what reads as paint. */
#include "preview/medium.h"

#include <math.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "preview/memory.h"
#include "preview/noise.h"

struct brush {
	double half_length, half_width; /* parts of the scene's u */
	double spacing;                 /* in half widths */
	int tolerance;                  /* of a channel, 0..255: finer is painted over */
};

static const struct brush brushes[] = {
	{ 0.052, 0.0150, 1.90, -1 },
	{ 0.026, 0.0070, 1.70, 9 },
	{ 0.0110, 0.0030, 1.55, 13 },
	{ 0.0050, 0.0015, 1.50, 22 },
};

struct stroke {
	double x, y, angle, half_length, half_width;
	int r, g, b;
	uint32_t salt;
};

struct easel {
	struct canvas *canvas;
	const uint32_t *model; /* the scene as it was */
	double u;
	uint32_t salt;
};

static uint32_t model_at(const struct easel *easel, double x, double y)
{
	int w = easel->canvas->w, h = easel->canvas->h;
	int ix = x < 0 ? 0 : x >= w ? w - 1 : (int)x;
	int iy = y < 0 ? 0 : y >= h ? h - 1 : (int)y;

	return easel->model[(size_t)iy * (size_t)w + (size_t)ix];
}

static int brightness(uint32_t p)
{
	return (int)((p >> 16 & 255) * 3 + (p >> 8 & 255) * 6 + (p & 255));
}

static double angle_at(const struct easel *easel, double x, double y, double reach)
{
	double dx = brightness(model_at(easel, x + reach, y)) -
		    brightness(model_at(easel, x - reach, y));
	double dy = brightness(model_at(easel, x, y + reach)) -
		    brightness(model_at(easel, x, y - reach));

	if (hypot(dx, dy) > 90)
		return atan2(dy, dx) + M_PI / 2;
	return noise_at(x / (easel->u * 0.22), y / (easel->u * 0.16), easel->salt) * 1.1;
}

static int clamp_byte(int v)
{
	return v < 0 ? 0 : v > 255 ? 255 : v;
}

static uint32_t paint_over(uint32_t under, const struct stroke *stroke, int relief, int alpha)
{
	int r = (int)(under >> 16 & 255), g = (int)(under >> 8 & 255), b = (int)(under & 255);

	r += (clamp_byte(stroke->r + relief) - r) * alpha / 256;
	g += (clamp_byte(stroke->g + relief) - g) * alpha / 256;
	b += (clamp_byte(stroke->b + relief) - b) * alpha / 256;
	return (uint32_t)r << 16 | (uint32_t)g << 8 | (uint32_t)b;
}

/* One bristle's place across the brush is `t`; what it does there. */
static int bristle_relief(uint32_t bristle, double t)
{
	int shade = (int)(bristle & 15) - 8;

	return shade + (t < -0.55 ? 7 : t > 0.55 ? -9 : 0);
}

static void paint_stroke(struct canvas *canvas, const struct stroke *stroke)
{
	double c = cos(stroke->angle), s = sin(stroke->angle);
	double box_x = fabs(c) * stroke->half_length + fabs(s) * stroke->half_width + 1;
	double box_y = fabs(s) * stroke->half_length + fabs(c) * stroke->half_width + 1;
	int x0 = (int)fmax(stroke->x - box_x, 0), x1 = (int)fmin(stroke->x + box_x, canvas->w - 1);
	int y0 = (int)fmax(stroke->y - box_y, 0), y1 = (int)fmin(stroke->y + box_y, canvas->h - 1);
	double bristles = fmax(3, fmin(stroke->half_width, 10));

	for (int y = y0; y <= y1; y++) {
		uint32_t *row = canvas->pixels + (size_t)y * (size_t)canvas->stride;

		for (int x = x0; x <= x1; x++) {
			double dx = x - stroke->x, dy = y - stroke->y;
			double t = (dy * c - dx * s) / stroke->half_width;
			double along = fabs(dx * c + dy * s);
			double edge = (1 - fabs(t)) * stroke->half_width + 0.5, end;
			uint32_t bristle;

			if (edge <= 0)
				continue;
			bristle = rng_hash_place((int)floor(t * bristles), 0, stroke->salt);
			end = stroke->half_length * (1 - 0.3 * t * t) *
				      (0.80 + (bristle >> 8 & 255) * (0.2 / 255)) -
			      along;
			edge = fmin(fmin(edge, end), 1);
			if (edge > 0)
				row[x] = paint_over(row[x], stroke, bristle_relief(bristle, t),
						    (int)(edge * 256));
		}
	}
}

static int differs(const struct easel *easel, double x, double y, int tolerance)
{
	const struct canvas *canvas = easel->canvas;
	int ix = (int)fmin(fmax(x, 0), canvas->w - 1), iy = (int)fmin(fmax(y, 0), canvas->h - 1);
	uint32_t now = canvas->pixels[(size_t)iy * (size_t)canvas->stride + (size_t)ix];
	uint32_t want = model_at(easel, x, y);

	return abs((int)(now >> 16 & 255) - (int)(want >> 16 & 255)) > tolerance + 8 ||
	       abs((int)(now >> 8 & 255) - (int)(want >> 8 & 255)) > tolerance + 8 ||
	       abs((int)(now & 255) - (int)(want & 255)) > tolerance + 10;
}

static void paint_with(struct easel *easel, const struct brush *brush, struct rng *rng)
{
	struct canvas *canvas = easel->canvas;
	double half_width = fmax(brush->half_width * easel->u, 1);
	double half_length = fmax(brush->half_length * easel->u, 2.5);
	double step = half_width * brush->spacing;
	unsigned columns = (unsigned)(canvas->w / step) + 2,
		 rows = (unsigned)(canvas->h / step) + 2;
	unsigned count = columns * rows;
	/* Visits every place once in a scattered order: `stride` is prime and larger
	 * than any count, so it shares no factor with it. */
	const uint64_t stride = 2147483647u;

	for (uint64_t i = 0; i < count; i++) {
		unsigned place = (unsigned)(i * stride % count);
		double x = (place % columns + rng_range(rng, -0.45, 0.45)) * step;
		unsigned line = place / columns;
		double y = (line + rng_range(rng, -0.45, 0.45)) * step;
		uint64_t chance = rng_next(rng);
		int light = (int)(chance & 15) - 8;
		struct stroke stroke = { x,           y,          0,
					 half_length, half_width, 0,
					 0,           0,          (uint32_t)(chance >> 32) };
		uint32_t color;

		if (brush->tolerance >= 0 && !differs(easel, x, y, brush->tolerance))
			continue;
		color = model_at(easel, x, y);
		stroke.angle = angle_at(easel, x, y, half_width * 1.3);
		stroke.r = (int)(color >> 16 & 255) + light + (int)(chance >> 8 & 7) - 4;
		stroke.g = (int)(color >> 8 & 255) + light;
		stroke.b = (int)(color & 255) + light + (int)(chance >> 12 & 7) - 4;
		stroke.half_length *= 0.75 + (chance >> 16 & 255) * (0.5 / 255);
		paint_stroke(canvas, &stroke);
	}
}

void medium_oil(struct stage *stage)
{
	struct rng rng = rng_fork(&stage->rng);
	CLEANUP(free_ptr) uint32_t *model = canvas_copy_pixels(stage->canvas);
	struct easel easel = { stage->canvas, model, stage->u, (uint32_t)rng_next(&rng) };

	for (size_t i = 0; i < sizeof(brushes) / sizeof(*brushes); i++)
		paint_with(&easel, &brushes[i], &rng);
	canvas_end_pixels(stage->canvas);
}
