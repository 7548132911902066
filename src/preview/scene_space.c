/* Hides deep space. Two bent fields make the nebula: one says where the gas is,
 * the other which of its colours; a dark field lies before both. The planet is
 * painted pixel by pixel as a lit ball, since a gradient disc looks like a
 * button; its ring is drawn behind it first and before it afterwards. */
#include "preview/scene.h"

#include <math.h>

#include "base/cleanup.h"
#include "preview/noise.h"

struct gas {
	struct field *density, *hue, *dust;
	struct color sky, cold, warm, core;
};

static struct color gas_at(const struct gas *gas, double x, double y, double band)
{
	double d = field_at(gas->density, x, y) + band;
	double glow = noise_step(-0.25, 0.85, d), hot = noise_step(0.35, 1.1, d);
	double hue = noise_step(-0.4, 0.4, field_at(gas->hue, x, y));
	double dust = noise_step(0.05, 0.55, field_at(gas->dust, x, y)) * 0.75;
	struct color c = gas->sky;

	c.r += (gas->cold.r + (gas->warm.r - gas->cold.r) * hue) * glow * 1.05 +
	       gas->core.r * hot * 0.5;
	c.g += (gas->cold.g + (gas->warm.g - gas->cold.g) * hue) * glow * 1.05 +
	       gas->core.g * hot * 0.5;
	c.b += (gas->cold.b + (gas->warm.b - gas->cold.b) * hue) * glow * 1.05 +
	       gas->core.b * hot * 0.5;
	dust = 1 - dust * (0.4 + 0.6 * glow);
	return (struct color){ c.r * dust, c.g * dust, c.b * dust };
}

static void paint_nebula(struct stage *stage)
{
	const struct palette *palette = stage->palette;
	struct canvas *canvas = stage->canvas;
	struct field_shape shape = { stage->w,
				     stage->h,
				     stage->u * 0.42,
				     stage->u * 0.42,
				     6,
				     (uint32_t)rng_next(&stage->rng),
				     1.3 };
	struct lch warm = color_to_lch(palette->accent[0]), cold = color_to_lch(palette->sky[2]);
	double lean = rng_range(&stage->rng, -0.9, 0.9), offset = rng_range(&stage->rng, -0.1, 0.1);
	struct gas gas = { .sky = color_from_lch((struct lch){ 0.13, 0.045, cold.h }) };

	gas.cold = color_from_lch((struct lch){ 0.46, 0.13, cold.h });
	gas.warm = color_from_lch(
		(struct lch){ 0.50, 0.17, stage->idea->tint ? warm.h : cold.h + 75 });
	gas.core = color_from_lch((struct lch){ 0.80, 0.08, warm.h });
	gas.density = field_new(&shape);
	shape.salt += 7;
	shape.scale_x = shape.scale_y = stage->u * 0.6;
	shape.octaves = 3;
	gas.hue = field_new(&shape);
	shape.salt += 7;
	shape.scale_x = shape.scale_y = stage->u * 0.30;
	shape.octaves = 6;
	gas.dust = field_new(&shape);
	canvas_begin_pixels(canvas);
	for (int y = 0; y < canvas->h; y++)
		for (int x = 0; x < canvas->w; x++) {
			double rx = x / stage->w - 0.5, ry = y / stage->h - 0.5;
			double away = (ry - rx * lean - offset) * 3.2;
			double band = 0.42 * exp(-away * away) - 0.22;

			canvas->pixels[(size_t)y * (size_t)canvas->stride + (size_t)x] =
				canvas_pixel(gas_at(&gas, x, y, band),
					     rng_hash_place(x, y, 3u) * (1.6 / 4294967295.0) - 0.8);
		}
	canvas_end_pixels(canvas);
	field_free(gas.density);
	field_free(gas.hue);
	field_free(gas.dust);
}

static void paint_star(struct stage *stage, struct point at, double radius, struct color color)
{
	draw_ellipse(stage->cr, at, radius, radius);
	draw_fill(stage->cr, color, 0.95);
	if (radius < stage->u * 0.0022)
		return;
	draw_glow(stage->cr, &(struct glow){ at, radius * 9, 0.5, color });
	for (int i = 0; i < 2; i++) {
		cairo_save(stage->cr);
		cairo_translate(stage->cr, at.x, at.y);
		cairo_rotate(stage->cr, i * M_PI / 2);
		draw_lens(stage->cr, (struct point){ 0, 0 }, radius * 9, radius * 0.32);
		cairo_restore(stage->cr);
		draw_fill(stage->cr, color, 0.7);
	}
}

static void paint_stars(struct stage *stage)
{
	const struct palette *palette = stage->palette;
	struct rng rng = rng_fork(&stage->rng);
	int count = (int)(1500 * fmin(stage->w * stage->h / (stage->u * stage->u), 8));

	for (int i = 0; i < count; i++) {
		double bright = pow(rng_unit(&rng), 22);
		struct point at = { rng_range(&rng, 0, stage->w), rng_range(&rng, 0, stage->h) };
		double radius = fmax(stage->u * (0.0005 + 0.0032 * bright), 0.5 + 0.5 * bright);
		struct color c =
			color_mix(palette->paper,
				  rng_chance(&rng, 0.5) ? palette->accent[0] : palette->sky[2],
				  rng_unit(&rng) * 0.45);

		if (bright < 0.3) {
			draw_ellipse(stage->cr, at, radius, radius);
			draw_fill(stage->cr, c, rng_range(&rng, 0.3, 0.95));
		} else {
			paint_star(stage, at, radius, c);
		}
	}
}

struct planet {
	struct point at;
	double radius, tilt;
	struct color bands[4];
	struct color rim;
	double stripes, swirl;
	uint32_t salt;
};

static struct color planet_surface(const struct planet *planet, double x, double y)
{
	double v = y * planet->stripes +
		   planet->swirl * noise_fractal(x * 2.2, y * 5, 4, planet->salt);
	double t = (noise_at(v, 0.5, planet->salt + 9) * 0.5 + 0.5) * 3;
	int i = (int)fmin(t, 2);

	t -= i;
	return (struct color){
		planet->bands[i].r + (planet->bands[i + 1].r - planet->bands[i].r) * t,
		planet->bands[i].g + (planet->bands[i + 1].g - planet->bands[i].g) * t,
		planet->bands[i].b + (planet->bands[i + 1].b - planet->bands[i].b) * t
	};
}

static uint32_t planet_pixel(const struct planet *planet, uint32_t under, double dx, double dy)
{
	/* Light from the upper left, towards us. */
	const double lx = -0.62, ly = -0.50, lz = 0.60;
	double r = hypot(dx, dy), z, light, cover, rim;
	double c = cos(planet->tilt), s = sin(planet->tilt);
	struct color surface, base = canvas_color(under);

	cover = fmin(fmax((1 - r) * planet->radius + 0.5, 0), 1);
	if (cover <= 0)
		return under;
	z = sqrt(fmax(1 - r * r, 0));
	light = noise_step(-0.18, 0.95, dx * lx + dy * ly + z * lz);
	rim = pow(1 - z, 3) * (0.10 + light) * 0.55;
	/* Bands bulge because we see a ball. */
	surface = planet_surface(planet, (dx * c + dy * s) / (0.35 + z),
				 (dy * c - dx * s) * (1.35 - 0.35 * z));
	surface.r = surface.r * (0.04 + 1.02 * light) + planet->rim.r * rim;
	surface.g = surface.g * (0.04 + 1.02 * light) + planet->rim.g * rim;
	surface.b = surface.b * (0.06 + 1.02 * light) + planet->rim.b * rim;
	base.r += (surface.r - base.r) * cover;
	base.g += (surface.g - base.g) * cover;
	base.b += (surface.b - base.b) * cover;
	return canvas_pixel(base, 0);
}

static void paint_planet(struct stage *stage, const struct planet *planet)
{
	struct canvas *canvas = stage->canvas;
	int x0 = (int)fmax(planet->at.x - planet->radius - 1, 0);
	int x1 = (int)fmin(planet->at.x + planet->radius + 1, canvas->w - 1);
	int y0 = (int)fmax(planet->at.y - planet->radius - 1, 0);
	int y1 = (int)fmin(planet->at.y + planet->radius + 1, canvas->h - 1);

	draw_glow(stage->cr, &(struct glow){ { planet->at.x - planet->radius * 0.1,
					       planet->at.y - planet->radius * 0.08 },
					     planet->radius * 1.35,
					     0.75,
					     planet->rim });
	canvas_begin_pixels(canvas);
	for (int y = y0; y <= y1; y++)
		for (int x = x0; x <= x1; x++) {
			uint32_t *p = canvas->pixels + (size_t)y * (size_t)canvas->stride + x;

			*p = planet_pixel(planet, *p, (x - planet->at.x) / planet->radius,
					  (y - planet->at.y) / planet->radius);
		}
	canvas_end_pixels(canvas);
}

enum half { HALF_BEHIND, HALF_BEFORE };

static void paint_ring(struct stage *stage, const struct planet *planet, enum half half,
		       uint32_t salt)
{
	cairo_t *cr = stage->cr;

	cairo_save(cr);
	cairo_translate(cr, planet->at.x, planet->at.y);
	cairo_rotate(cr, planet->tilt);
	cairo_scale(cr, planet->radius, planet->radius * 0.26);
	cairo_set_line_cap(cr, CAIRO_LINE_CAP_BUTT);
	for (int i = 0; i < 26; i++) {
		double r = 1.36 + i * 0.032;
		double dense = 0.5 + 0.5 * noise_at(i * 0.35, 0.5, salt);

		cairo_new_path(cr);
		cairo_arc(cr, 0, 0, r, half == HALF_BEHIND ? M_PI : 0,
			  half == HALF_BEHIND ? 2 * M_PI : M_PI);
		draw_stroke(cr,
			    color_mix(planet->bands[i % 2 ? 3 : 1], stage->palette->paper, 0.35),
			    0.15 + 0.75 * dense * (i == 15 || i == 16 ? 0.1 : 1), 0.034);
	}
	cairo_restore(cr);
}

static struct planet new_planet(struct stage *stage, struct rng *rng, struct point at,
				double radius)
{
	struct planet planet = { .at = at, .radius = radius };
	struct lch base = color_to_lch(stage->palette->accent[rng_below(rng, PALETTE_ACCENTS)]);

	planet.tilt = rng_range(rng, -0.5, 0.5);
	planet.stripes = rng_range(rng, 1.5, 6);
	planet.swirl = rng_range(rng, 0.3, 1.6);
	planet.salt = (uint32_t)rng_next(rng);
	for (int i = 0; i < 4; i++)
		planet.bands[i] = color_from_lch((struct lch){
			0.48 + 0.135 * i, 0.11 + 0.02 * (i % 2), base.h + rng_bell(rng) * 28 });
	planet.rim =
		color_from_lch((struct lch){ 0.78, 0.10, color_to_lch(stage->palette->sky[2]).h });
	return planet;
}

void scene_space_paint(struct stage *stage)
{
	struct rng rng;
	double side;
	struct planet planet;
	uint32_t salt;
	int ringed;

	paint_nebula(stage);
	paint_stars(stage);
	rng = rng_fork(&stage->rng);
	if (!stage_wants(stage, DETAIL_PLANET) && rng_chance(&rng, 0.35))
		return;
	side = rng_chance(&rng, 0.5) ? GOLDEN : 1 - GOLDEN;
	planet = new_planet(
		stage, &rng,
		(struct point){ stage->w * side, stage->h * rng_range(&rng, 0.42, 0.60) },
		stage->u * rng_range(&rng, 0.17, 0.25));
	salt = (uint32_t)rng_next(&rng);
	ringed = rng_chance(&rng, 0.65);
	if (ringed)
		paint_ring(stage, &planet, HALF_BEHIND, salt);
	paint_planet(stage, &planet);
	if (ringed)
		paint_ring(stage, &planet, HALF_BEFORE, salt);
	for (int i = 0; i < 2; i++) {
		struct planet moon = new_planet(
			stage, &rng,
			(struct point){ stage->w * (1 - side) + rng_bell(&rng) * stage->u * 0.2,
					stage->h * rng_range(&rng, 0.15, 0.85) },
			stage->u * rng_range(&rng, 0.02, 0.05));

		paint_planet(stage, &moon);
	}
}
