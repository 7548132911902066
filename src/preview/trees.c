/* Hides how plants are built. A conifer is tiers of ragged skirts, a broadleaf
 * tree three shells of blobs from shadow to light; both take their two colours
 * from the caller, who knows how far away they stand. */
#include "preview/trees.h"

#include <math.h>

static void skirt(cairo_t *cr, struct rng *rng, struct point top, double half, double drop)
{
	enum { TEETH = 7 };

	cairo_move_to(cr, top.x, top.y);
	for (int i = 0; i <= TEETH; i++) {
		double t = i / (double)TEETH * 2 - 1;
		double x = top.x - t * half * rng_range(rng, 0.9, 1.08);
		double sag = drop * (1 - 0.16 * t * t);

		cairo_line_to(cr, x, top.y + sag * rng_range(rng, 0.92, 1.06));
		if (i < TEETH)
			cairo_line_to(cr, x - half / TEETH, top.y + sag * 0.84);
	}
	cairo_close_path(cr);
}

void trees_conifer(struct stage *stage, struct rng *rng, const struct tree *tree)
{
	cairo_t *cr = stage->cr;
	double s = tree->height;
	int tiers = s > stage->u * 0.08 ? 8 : 5;
	double slim = rng_range(rng, 0.17, 0.24);
	double lit_side = stage->light.x < tree->foot.x ? -1 : 1;
	int snowy = stage->idea->season == SEASON_WINTER;

	cairo_rectangle(cr, tree->foot.x - s * 0.014, tree->foot.y - s * 0.16, s * 0.028, s * 0.17);
	draw_fill(cr, tree->color, 1);
	for (int i = tiers - 1; i >= 0; i--) {
		double t = (i + 1.0) / tiers, from = i / (tiers + 0.8);
		struct point top = { tree->foot.x + rng_bell(rng) * s * 0.004,
				     tree->foot.y - s * (1 - from * 0.95) };
		double half = s * slim * (0.16 + 0.84 * t), drop = s * (0.10 + 0.14 * t);

		skirt(cr, rng, top, half, drop);
		draw_fill(cr, color_mix(tree->color, tree->lit, 0.10 + 0.25 * (1 - t)), 1);
		cairo_move_to(cr, top.x, top.y);
		cairo_line_to(cr, top.x + lit_side * half * 0.86, top.y + drop * 0.84);
		cairo_line_to(cr, top.x + lit_side * half * 0.18, top.y + drop * 0.58);
		cairo_close_path(cr);
		draw_fill(cr, tree->lit, snowy ? 0.85 : 0.40);
	}
}

void trees_broadleaf(struct stage *stage, struct rng *rng, const struct tree *tree)
{
	cairo_t *cr = stage->cr;
	double s = tree->height, lit_side = stage->light.x < tree->foot.x ? -1 : 1;
	struct point crown = { tree->foot.x, tree->foot.y - s * 0.62 };

	cairo_move_to(cr, tree->foot.x - s * 0.035, tree->foot.y + s * 0.01);
	cairo_curve_to(cr, tree->foot.x - s * 0.015, tree->foot.y - s * 0.2,
		       tree->foot.x - s * 0.02, tree->foot.y - s * 0.4, crown.x - s * 0.01,
		       crown.y);
	cairo_line_to(cr, crown.x + s * 0.015, crown.y);
	cairo_curve_to(cr, tree->foot.x + s * 0.02, tree->foot.y - s * 0.4,
		       tree->foot.x + s * 0.015, tree->foot.y - s * 0.2, tree->foot.x + s * 0.035,
		       tree->foot.y + s * 0.01);
	draw_fill(cr, color_mix(stage->palette->dark, tree->color, 0.3), 1);
	for (int shell = 0; shell < 3; shell++) {
		int blobs = 16 - shell * 2;
		struct color c = color_mix(tree->color, tree->lit, shell * 0.46);

		for (int i = 0; i < blobs; i++) {
			double angle = rng_range(rng, 0, 2 * M_PI), r = sqrt(rng_unit(rng));
			double reach = s * (0.27 - 0.055 * shell);
			struct point at = {
				crown.x + cos(angle) * r * reach + lit_side * s * 0.055 * shell,
				crown.y + sin(angle) * r * reach * 1.05 - s * 0.05 * shell
			};

			draw_blob(cr, rng, at, s * (0.115 - 0.028 * shell), 0.6);
			draw_fill(cr, color_turn(c, rng_range(rng, -9, 9)), shell ? 0.85 : 1);
		}
	}
}

static void paint_smoke(struct stage *stage, struct point from, double s)
{
	struct rng rng = rng_fork(&stage->rng);

	for (int i = 0; i < 14; i++) {
		double t = i / 13.0;

		draw_blob(stage->cr, &rng,
			  (struct point){ from.x + s * (0.9 * t * t + 0.12 * sin(t * 7)),
					  from.y - s * 1.5 * t },
			  s * (0.05 + 0.17 * t), 0.4);
		draw_fill(stage->cr, stage->palette->haze, 0.30 * (1 - t));
	}
}

void trees_cabin(struct stage *stage, struct point foot, double width)
{
	const struct palette *palette = stage->palette;
	cairo_t *cr = stage->cr;
	double s = width / 2;
	int lit = stage->idea->mood != MOOD_DAY;
	struct color wall = color_mix(palette->rock, palette->dark, 0.45);
	struct color roof = stage->idea->season == SEASON_WINTER
				    ? palette->ground
				    : color_mix(palette->accent[0], palette->dark, 0.42);
	struct color window =
		lit ? color_mix(palette->accent[1], palette->light, 0.5) : palette->sky[1];

	paint_smoke(stage, (struct point){ foot.x + s * 0.45, foot.y - s * 1.5 }, s);
	cairo_rectangle(cr, foot.x + s * 0.36, foot.y - s * 1.5, s * 0.2, s * 0.6);
	cairo_rectangle(cr, foot.x - s, foot.y - s * 0.85, s * 2, s * 0.95);
	draw_fill(cr, wall, 1);
	cairo_move_to(cr, foot.x - s * 1.22, foot.y - s * 0.78);
	cairo_line_to(cr, foot.x - s * 0.75, foot.y - s * 1.42);
	cairo_line_to(cr, foot.x + s * 0.75, foot.y - s * 1.42);
	cairo_line_to(cr, foot.x + s * 1.22, foot.y - s * 0.78);
	cairo_close_path(cr);
	draw_fill(cr, roof, 1);
	cairo_rectangle(cr, foot.x - s * 0.70, foot.y - s * 0.58, s * 0.40, s * 0.34);
	cairo_rectangle(cr, foot.x + s * 0.34, foot.y - s * 0.58, s * 0.40, s * 0.34);
	draw_fill(cr, window, 1);
	cairo_rectangle(cr, foot.x - s * 0.14, foot.y - s * 0.60, s * 0.32, s * 0.66);
	draw_fill(cr, palette->dark, 0.9);
	if (lit)
		draw_glow(cr, &(struct glow){ { foot.x, foot.y - s * 0.4 }, s * 3, 0.45, window });
}

static void paint_blossom(struct stage *stage, struct rng *rng, struct point at, double s)
{
	const struct palette *palette = stage->palette;
	unsigned which = rng_below(rng, 6);
	struct color c = which < PALETTE_ACCENTS ? palette->accent[which] : palette->cloud_lit;
	double squash = rng_range(rng, 0.55, 0.9);

	for (int i = 0; i < 5; i++) {
		double angle = 2 * M_PI * i / 5 + at.x;

		draw_ellipse(stage->cr,
			     (struct point){ at.x + cos(angle) * s * 0.55,
					     at.y + sin(angle) * s * 0.55 * squash },
			     s * 0.48, s * 0.42 * squash);
	}
	draw_fill(stage->cr, c, 0.95);
	draw_ellipse(stage->cr, at, s * 0.3, s * 0.3 * squash);
	draw_fill(stage->cr, palette->light, 0.9);
}

void trees_meadow(struct stage *stage, double top, enum meadow kind)
{
	struct rng rng = rng_fork(&stage->rng);
	const struct palette *palette = stage->palette;
	double depth = stage->h - top;
	int count = (int)(520 * fmin(stage->w / stage->u, 8));

	for (int i = 0; i < count; i++) {
		/* In order from far to near, so that near ones cover. */
		double t = pow((i + rng_unit(&rng)) / count, 0.8);
		struct point at = { rng_range(&rng, 0, stage->w), top + depth * t * 1.04 };
		double s = stage->u * (0.008 + 0.032 * t) * rng_range(&rng, 0.6, 1.3);
		struct color c = rng_chance(&rng, 0.5)
					 ? color_mix(palette->leaf, palette->ground, rng_unit(&rng))
					 : color_mix(palette->leaf, palette->dark, 0.5);

		draw_leaf(stage->cr, at,
			  (struct point){ at.x + rng_bell(&rng) * s * 0.7, at.y - s * 1.4 },
			  s * 0.16);
		draw_fill(stage->cr, c, 0.75);
		if (kind == MEADOW_FLOWERS && i % 2)
			paint_blossom(stage, &rng, (struct point){ at.x, at.y - s }, s * 0.30);
	}
}
