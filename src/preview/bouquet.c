/* Hides how a flower is made. Five kinds, each a few rings of petals from dark to
 * light; a bouquet is a dome of them over a darker one of leaves, largest blossom
 * near the golden section of its height. */
#include "preview/bouquet.h"

#include <math.h>

void bouquet_fill_round(cairo_t *cr, struct point at, double radius, struct color color)
{
	struct color lit = color_shade(color, 0.13, 0.95), shade = color_shade(color, -0.20, 1.0);
	struct color bounce = color_shade(color, -0.13, 0.9);
	cairo_pattern_t *pattern =
		cairo_pattern_create_radial(at.x - radius * 0.36, at.y - radius * 0.40,
					    radius * 0.05, at.x, at.y, radius * 1.12);

	cairo_pattern_add_color_stop_rgb(pattern, 0.00, lit.r, lit.g, lit.b);
	cairo_pattern_add_color_stop_rgb(pattern, 0.40, color.r, color.g, color.b);
	cairo_pattern_add_color_stop_rgb(pattern, 0.85, shade.r, shade.g, shade.b);
	cairo_pattern_add_color_stop_rgb(pattern, 1.00, bounce.r, bounce.g, bounce.b);
	cairo_set_source(cr, pattern);
	cairo_fill(cr);
	cairo_pattern_destroy(pattern);
}

static struct point on_ring(struct point at, double angle, double r)
{
	return (struct point){ at.x + cos(angle) * r, at.y + sin(angle) * r };
}

static void petals(cairo_t *cr, struct point at, int count, double turn, double radius,
		   double width)
{
	for (int i = 0; i < count; i++) {
		double angle = turn + 2 * M_PI * i / count;

		draw_leaf(cr, on_ring(at, angle, radius * 0.1), on_ring(at, angle, radius), width);
	}
}

static void paint_daisy(struct stage *stage, struct rng *rng, struct point at, double r,
			struct color c)
{
	double turn = rng_range(rng, 0, 6);

	petals(stage->cr, at, 13, turn, r, r * 0.34);
	draw_fill(stage->cr, color_shade(c, -0.12, 1), 1);
	petals(stage->cr, at, 13, turn + 0.24, r * 0.92, r * 0.30);
	draw_fill(stage->cr, c, 1);
	draw_ellipse(stage->cr, at, r * 0.30, r * 0.30);
	bouquet_fill_round(stage->cr, at, r * 0.3, color_from_lch((struct lch){ .72, .15, 75 }));
}

static void paint_rose(struct stage *stage, struct rng *rng, struct point at, double r,
		       struct color c)
{
	for (int ring = 0; ring < 5; ring++) {
		double size = r * (1 - ring * 0.19), turn = rng_range(rng, 0, 6);

		for (int i = 0; i < 5; i++) {
			struct point p = on_ring(at, turn + 2 * M_PI * i / 5, size * 0.48);

			draw_blob(stage->cr, rng, p, size * 0.52, 0.3);
			draw_fill(stage->cr,
				  color_shade(c, -0.13 + ring * 0.035 + 0.04 * (i & 1), 1.05), 1);
		}
	}
	draw_ellipse(stage->cr, at, r * 0.13, r * 0.10);
	draw_fill(stage->cr, color_shade(c, -0.22, 1), 0.8);
}

static void paint_poppy(struct stage *stage, struct rng *rng, struct point at, double r,
			struct color c)
{
	double turn = rng_range(rng, 0, 6);

	for (int i = 0; i < 4; i++) {
		struct point p = on_ring(at, turn + i * M_PI / 2, r * 0.46);

		draw_blob(stage->cr, rng, p, r * 0.62, 0.35);
		draw_fill(stage->cr, color_shade(c, i < 2 ? -0.10 : 0.02 * i - 0.02, 1.05), 1);
	}
	draw_ellipse(stage->cr, at, r * 0.24, r * 0.22);
	draw_fill(stage->cr, stage->palette->dark, 0.9);
	for (int i = 0; i < 12; i++) {
		struct point p = on_ring(at, i * M_PI / 6, r * 0.33);

		draw_ellipse(stage->cr, p, r * 0.035, r * 0.035);
	}
	draw_fill(stage->cr, stage->palette->dark, 0.8);
}

static void paint_tulip(struct stage *stage, struct rng *rng, struct point at, double r,
			struct color c)
{
	cairo_t *cr = stage->cr;
	double lean = rng_range(rng, -0.2, 0.2) * r;
	struct point low = { at.x, at.y + r * 0.75 };

	draw_leaf(cr, low, (struct point){ at.x + lean, at.y - r * 0.95 }, r * 0.75);
	draw_fill(cr, color_shade(c, -0.12, 1), 1);
	draw_leaf(cr, low, (struct point){ at.x - r * 0.55 + lean, at.y - r * 0.85 }, r * 0.62);
	draw_fill(cr, color_shade(c, -0.05, 1), 1);
	draw_leaf(cr, low, (struct point){ at.x + r * 0.55 + lean, at.y - r * 0.85 }, r * 0.62);
	draw_fill(cr, color_shade(c, -0.08, 1), 1);
	draw_leaf(cr, low, (struct point){ at.x - r * 0.1 + lean, at.y - r * 0.70 }, r * 0.66);
	draw_fill(cr, color_shade(c, 0.05, 1), 1);
}

static void paint_spray(struct stage *stage, struct rng *rng, struct point at, double r,
			struct color c)
{
	for (int i = 0; i < 18; i++) {
		double t = i / 17.0;
		struct point p = { at.x + rng_bell(rng) * r * 0.35 * (1 - t * 0.7),
				   at.y + r * (0.8 - 2.0 * t) };

		draw_blob(stage->cr, rng, p, r * (0.22 - 0.11 * t), 0.5);
		draw_fill(stage->cr, color_shade(c, rng_range(rng, -0.12, 0.10), 0.9), 0.95);
	}
}

void bouquet_flower(struct stage *stage, struct rng *rng, struct point at, double radius)
{
	static void (*const kinds[])(struct stage *, struct rng *, struct point, double,
				     struct color) = {
		paint_rose, paint_daisy, paint_poppy, paint_rose, paint_tulip, paint_spray,
	};
	unsigned kind = rng_below(rng, sizeof(kinds) / sizeof(*kinds));
	struct lch lch =
		color_to_lch(stage->palette->accent[rng_below(rng, 3) * (rng_unit(rng) < 0.75)]);
	struct color c;

	if (kind == 1 || rng_chance(rng, 0.18)) {
		lch.c *= 0.18;
		lch.l = 0.93;
	}
	lch.h += rng_bell(rng) * 22;
	lch.l = fmax(lch.l + rng_range(rng, -0.06, 0.06), 0.55);
	c = color_from_lch(lch);
	if (stage_is_dark(stage))
		c = color_mix(c, stage->palette->far, 0.25);
	kinds[kind](stage, rng, at, radius, c);
}

static void paint_leaves(struct stage *stage, struct rng *rng, struct point mouth, double height)
{
	struct color dark = color_mix(stage->palette->leaf, stage->palette->near, 0.45);
	struct color pale = color_mix(stage->palette->leaf, stage->palette->sky[3], 0.22);

	for (int i = 0; i < 46; i++) {
		double angle = -M_PI / 2 + rng_bell(rng) * 1.45,
		       reach = height * rng_range(rng, 0.45, 0.98);
		struct point tip = on_ring(mouth, angle, reach);
		struct point stem = on_ring(mouth, angle * 0.4 - M_PI * 0.3, reach * 0.16);

		tip.y += height * 0.12 * fabs(cos(angle));
		draw_leaf(stage->cr, stem, tip, height * rng_range(rng, 0.07, 0.15));
		draw_fill(stage->cr,
			  color_turn(color_mix(dark, pale, (i + rng_unit(rng) * 30) / 76),
				     rng_range(rng, -16, 12)),
			  1);
		cairo_move_to(stage->cr, stem.x, stem.y);
		cairo_line_to(stage->cr, tip.x, tip.y);
		draw_stroke(stage->cr, color_shade(stage->palette->leaf, 0.12, 0.8), 0.35,
			    fmax(height * 0.004, 0.6));
	}
}

void bouquet_paint(struct stage *stage, struct rng *rng, struct point mouth, double height)
{
	enum { HEADS = 23 };
	struct color stem = color_mix(stage->palette->leaf, stage->palette->near, 0.35);
	struct point heads[HEADS];

	for (int i = 0; i < HEADS; i++) {
		/* The golden angle spreads heads evenly over the dome. */
		double r = sqrt((i + 0.5) / HEADS), angle = i * 2.39996 + mouth.x;

		heads[i] = (struct point){ mouth.x + cos(angle) * r * height * 0.50,
					   mouth.y - height * (0.56 + 0.40 * sin(angle) * r) };
	}
	paint_leaves(stage, rng, mouth, height);
	for (int i = 0; i < HEADS; i++) {
		cairo_move_to(stage->cr, mouth.x + (heads[i].x - mouth.x) * 0.06,
			      mouth.y + height * 0.04);
		cairo_curve_to(stage->cr, mouth.x + (heads[i].x - mouth.x) * 0.2,
			       mouth.y - height * 0.25, heads[i].x, heads[i].y + height * 0.2,
			       heads[i].x, heads[i].y);
		draw_stroke(stage->cr, stem, 1, fmax(height * 0.010, 0.8));
	}
	for (int i = HEADS - 1; i >= 0; i--)
		bouquet_flower(stage, rng, heads[i],
			       height * (i == 2 ? 0.155 : rng_range(rng, 0.080, 0.130)));
}
