/* Hides the rocks, the lighthouse and the boats. All are drawn in their own
 * coordinates (x grows away from the picture's edge, heights in parts of the
 * thing) and mirrored by the caller's `side`. */
#include "preview/shore.h"

#include <math.h>

#include "preview/noise.h"

static void paint_sails(struct stage *stage, struct point at, double s, struct color sail)
{
	cairo_t *cr = stage->cr;
	double lit = stage->light.x < at.x ? 1 : -1;
	struct blend shade = { { at.x - lit * s * 0.3, at.y },
			       { at.x + lit * s * 0.35, at.y },
			       sail,
			       color_mix(sail, stage->palette->far, 0.45),
			       1,
			       1 };

	cairo_move_to(cr, at.x + s * 0.015, at.y - s);
	cairo_curve_to(cr, at.x + s * 0.22, at.y - s * 0.70, at.x + s * 0.36, at.y - s * 0.42,
		       at.x + s * 0.38, at.y - s * 0.20);
	cairo_curve_to(cr, at.x + s * 0.25, at.y - s * 0.16, at.x + s * 0.12, at.y - s * 0.16,
		       at.x + s * 0.015, at.y - s * 0.18);
	cairo_close_path(cr);
	draw_fill_blend(cr, &shade);
	cairo_move_to(cr, at.x - s * 0.02, at.y - s * 0.92);
	cairo_curve_to(cr, at.x - s * 0.06, at.y - s * 0.60, at.x - s * 0.16, at.y - s * 0.34,
		       at.x - s * 0.31, at.y - s * 0.16);
	cairo_curve_to(cr, at.x - s * 0.20, at.y - s * 0.15, at.x - s * 0.10, at.y - s * 0.17,
		       at.x - s * 0.02, at.y - s * 0.20);
	cairo_close_path(cr);
	shade.first = color_mix(sail, stage->palette->paper, 0.35);
	draw_fill_blend(cr, &shade);
}

void shore_boat(struct stage *stage, struct point at, double height)
{
	const struct palette *palette = stage->palette;
	struct rng rng = rng_fork(&stage->rng);
	cairo_t *cr = stage->cr;
	double s = height;
	struct color sail = rng_chance(&rng, 0.35)
				    ? palette->accent[0]
				    : color_mix(palette->cloud_lit, palette->paper, 0.6);

	for (int i = 0; i < 9; i++) {
		double t = i / 8.0;

		draw_lens(cr,
			  (struct point){ at.x + rng_bell(&rng) * s * 0.05,
					  at.y + s * (0.04 + 0.55 * t) },
			  s * (0.36 - 0.25 * t) * rng_range(&rng, 0.7, 1), s * 0.022);
		draw_fill(cr, i < 3 ? palette->dark : sail, 0.42 * (1 - t * 0.8));
	}
	cairo_set_line_cap(cr, CAIRO_LINE_CAP_BUTT);
	cairo_move_to(cr, at.x, at.y - s * 0.08);
	cairo_line_to(cr, at.x, at.y - s * 1.03);
	draw_stroke(cr, palette->dark, 1, fmax(0.8, s * 0.014));
	paint_sails(stage, at, s, sail);
	cairo_move_to(cr, at.x - s * 0.34, at.y - s * 0.13);
	cairo_curve_to(cr, at.x - s * 0.10, at.y - s * 0.09, at.x + s * 0.2, at.y - s * 0.09,
		       at.x + s * 0.40, at.y - s * 0.14);
	cairo_curve_to(cr, at.x + s * 0.36, at.y - s * 0.02, at.x + s * 0.30, at.y + s * 0.01,
		       at.x + s * 0.24, at.y + s * 0.01);
	cairo_line_to(cr, at.x - s * 0.18, at.y + s * 0.01);
	cairo_curve_to(cr, at.x - s * 0.27, at.y, at.x - s * 0.32, at.y - s * 0.07, at.x - s * 0.34,
		       at.y - s * 0.13);
	cairo_close_path(cr);
	draw_fill(cr, color_mix(palette->dark, palette->accent[2], 0.25), 1);
	draw_lens(cr, (struct point){ at.x + s * 0.02, at.y + s * 0.012 }, s * 0.34, s * 0.012);
	draw_fill(cr, palette->paper, 0.6);
}

struct tower {
	struct point foot;
	double height, half; /* half the width at the foot */
	double lit;          /* from where the light comes: -1 left, 1 right */
};

static void tower_path(cairo_t *cr, const struct tower *tower, double from, double to)
{
	double low = tower->half * (1 - 0.36 * from), high = tower->half * (1 - 0.36 * to);

	cairo_move_to(cr, tower->foot.x - low, tower->foot.y - tower->height * from);
	cairo_line_to(cr, tower->foot.x - high, tower->foot.y - tower->height * to);
	cairo_line_to(cr, tower->foot.x + high, tower->foot.y - tower->height * to);
	cairo_line_to(cr, tower->foot.x + low, tower->foot.y - tower->height * from);
	cairo_close_path(cr);
}

static void paint_lantern(struct stage *stage, const struct tower *tower)
{
	const struct palette *palette = stage->palette;
	cairo_t *cr = stage->cr;
	double x = tower->foot.x, y = tower->foot.y - tower->height, s = tower->half;
	double lamp_y = y - s * 0.62;
	int burning = stage->idea->mood != MOOD_DAY && stage->idea->mood != MOOD_DAWN;
	struct color glass =
		burning ? color_mix(palette->light, palette->accent[0], 0.25) : palette->sky[2];

	cairo_rectangle(cr, x - s * 0.95, y - s * 0.12, s * 1.9, s * 0.2);
	cairo_rectangle(cr, x - s * 0.82, y - s * 0.42, s * 1.64, fmax(1, s * 0.05));
	for (int i = 0; i <= 6; i++)
		cairo_rectangle(cr, x - s * 0.82 + s * 1.6 * i / 6, y - s * 0.42,
				fmax(0.6, s * 0.04), s * 0.4);
	draw_fill(cr, palette->dark, 1);
	cairo_rectangle(cr, x - s * 0.44, y - s * 1.05, s * 0.88, s * 0.95);
	draw_fill(cr, glass, 1);
	for (int i = 0; i <= 3; i++)
		cairo_rectangle(cr, x - s * 0.46 + s * 0.88 * i / 3, y - s * 1.05,
				fmax(0.6, s * 0.05), s * 0.95);
	draw_fill(cr, palette->dark, 1);
	cairo_move_to(cr, x - s * 0.60, y - s * 1.02);
	cairo_curve_to(cr, x - s * 0.5, y - s * 1.5, x - s * 0.1, y - s * 1.62, x, y - s * 1.75);
	cairo_curve_to(cr, x + s * 0.1, y - s * 1.62, x + s * 0.5, y - s * 1.5, x + s * 0.60,
		       y - s * 1.02);
	cairo_close_path(cr);
	draw_fill(cr, color_mix(palette->accent[0], palette->dark, 0.45), 1);
	if (!burning)
		return;
	draw_glow(cr, &(struct glow){ { x, lamp_y }, s * 9, 0.55, palette->light });
	draw_glow(cr, &(struct glow){ { x, lamp_y }, s * 2.2, 0.95, palette->light });
}

static void paint_beam(struct stage *stage, const struct tower *tower)
{
	enum mood mood = stage->idea->mood;
	cairo_t *cr = stage->cr;
	struct point lamp = { tower->foot.x, tower->foot.y - tower->height - tower->half * 0.62 };
	double reach = fmax(stage->w, stage->u) * 1.1;
	double strength = mood == MOOD_NIGHT    ? 0.42
			  : mood == MOOD_STORM  ? 0.36
			  : mood == MOOD_MIST   ? 0.35
			  : mood == MOOD_SUNSET ? 0.16
						: 0;

	if (strength <= 0)
		return;
	for (int way = -1; way <= 1; way += 2) {
		struct point end = { lamp.x + way * reach, lamp.y - reach * 0.10 * way };
		struct blend beam = { lamp,     end, stage->palette->light, stage->palette->light,
				      strength, 0 };

		for (int i = 0; i < 3; i++) {
			double spread = reach * (0.035 + 0.035 * i);

			cairo_move_to(cr, lamp.x, lamp.y);
			cairo_line_to(cr, end.x, end.y - spread);
			cairo_line_to(cr, end.x, end.y + spread);
			cairo_close_path(cr);
			beam.first_alpha = strength / (1.2 + i);
			draw_fill_blend(cr, &beam);
		}
	}
}

static void paint_lighthouse(struct stage *stage, struct point foot, double height)
{
	const struct palette *palette = stage->palette;
	struct rng rng = rng_fork(&stage->rng);
	struct tower tower = { foot, height, height * 0.105, stage->light.x < foot.x ? -1 : 1 };
	struct color wall = color_mix(palette->cloud_lit, palette->paper, 0.5);
	struct color band = color_mix(palette->accent[0], palette->rock, 0.15);
	double width = tower.half * 1.05;
	int bands = 2 + (int)rng_below(&rng, 3);

	if (stage_is_dark(stage))
		wall = color_mix(wall, palette->sky[3], 0.35);
	paint_beam(stage, &tower);
	tower_path(stage->cr, &tower, 0, 1);
	draw_fill(stage->cr, wall, 1);
	for (int i = 0; i < bands; i++) {
		double from = (i + 0.32) / bands;

		tower_path(stage->cr, &tower, from, from + 0.46 / bands);
		draw_fill(stage->cr, band, 1);
	}
	for (int i = 0; i < 3; i++) {
		double y = foot.y - height * (0.18 + 0.28 * i);

		cairo_rectangle(stage->cr,
				foot.x - tower.lit * -tower.half * 0.12 - tower.half * 0.09,
				y - tower.half * 0.36, tower.half * 0.2, tower.half * 0.42);
		draw_fill(stage->cr, stage_is_dark(stage) ? palette->accent[0] : palette->dark,
			  0.85);
	}
	tower_path(stage->cr, &tower, 0, 1);
	draw_fill_blend(stage->cr, &(struct blend){ { foot.x + tower.lit * width * 0.5, 0 },
						    { foot.x - tower.lit * width, 0 },
						    palette->near,
						    palette->near,
						    0,
						    0.62 });
	paint_lantern(stage, &tower);
}

static void paint_keeper_house(struct stage *stage, struct point foot, double s)
{
	const struct palette *palette = stage->palette;
	cairo_t *cr = stage->cr;
	struct color wall = color_mix(palette->cloud_lit, palette->haze, 0.4);

	cairo_rectangle(cr, foot.x - s, foot.y - s * 0.75, s * 2, s * 0.85);
	draw_fill_blend(cr, &(struct blend){ { foot.x - s, 0 },
					     { foot.x + s, 0 },
					     wall,
					     color_mix(wall, palette->near, 0.4),
					     1,
					     1 });
	cairo_move_to(cr, foot.x - s * 1.12, foot.y - s * 0.72);
	cairo_line_to(cr, foot.x - s * 0.8, foot.y - s * 1.3);
	cairo_line_to(cr, foot.x + s * 0.8, foot.y - s * 1.3);
	cairo_line_to(cr, foot.x + s * 1.12, foot.y - s * 0.72);
	cairo_close_path(cr);
	draw_fill(cr, color_mix(palette->accent[0], palette->dark, 0.5), 1);
	for (int i = -1; i <= 1; i++)
		cairo_rectangle(cr, foot.x + i * s * 0.58 - s * 0.12, foot.y - s * 0.52, s * 0.24,
				s * 0.28);
	draw_fill(cr, stage->idea->mood == MOOD_DAY ? palette->dark : palette->accent[0], 0.9);
}

/* The rocks' upper edge, from the picture's edge (0) out to the water. */
enum { ROCK_POINTS = 40 };

static void rock_outline(struct stage *stage, struct rng *rng, double side, double horizon,
			 struct point *line)
{
	uint32_t salt = (uint32_t)rng_next(rng);
	double reach = fmin(stage->w * 0.60, stage->u * 0.62);
	double top = fmin(stage->u * 0.17, horizon * 0.4);
	double base = horizon + (stage->h - horizon) * 0.34;

	for (int i = 0; i < ROCK_POINTS; i++) {
		double t = i / (ROCK_POINTS - 1.0);
		double fall = noise_step(0.42, 1.0, t);
		double rough = noise_fractal(t * 9, 1.5, 4, salt) * (t < 0.5 ? 0.10 : 0.30);
		double y = horizon - top * (0.85 - 0.1 * t + rough) +
			   (base - horizon + top * 0.85) * fall;

		line[i].x = side > 0 ? stage->w + 2 - reach * t : reach * t - 2;
		line[i].y = fmin(y, base);
	}
}

/* Faces in the rock: slabs that catch or lose the light, inside the clip. */
static void paint_slabs(struct stage *stage, struct rng *rng, const struct point *line, double base)
{
	const struct palette *palette = stage->palette;
	cairo_t *cr = stage->cr;

	for (int i = 0; i < 170; i++) {
		struct point at = line[rng_below(rng, ROCK_POINTS)];
		double depth = rng_unit(rng);
		double s = stage->u * rng_range(rng, 0.010, 0.045);
		int lit = rng_chance(rng, 0.42);
		struct color c =
			lit ? color_mix(palette->rock, palette->sky[3], 0.5) : palette->dark;

		at.x += rng_bell(rng) * stage->u * 0.02;
		at.y += (base - at.y) * depth;
		cairo_move_to(cr, at.x, at.y - s * 0.7);
		cairo_line_to(cr, at.x + s * rng_range(rng, 0.3, 0.8),
			      at.y - s * rng_range(rng, 0, 0.4));
		cairo_line_to(cr, at.x + s * rng_range(rng, 0.1, 0.6),
			      at.y + s * rng_range(rng, 0.3, 1));
		cairo_line_to(cr, at.x - s * rng_range(rng, 0.1, 0.5),
			      at.y + s * rng_range(rng, 0, 0.7));
		cairo_close_path(cr);
		draw_fill(cr, c, lit ? 0.30 * (1 - depth * 0.6) : 0.26);
	}
}

static void paint_foam(struct stage *stage, struct rng *rng, const struct point *line, double base)
{
	double tip = line[ROCK_POINTS - 1].x, root = line[0].x;

	for (int i = 0; i < 70; i++) {
		double t = rng_unit(rng);
		struct point at = { root + (tip - root) * t * 1.04,
				    base + rng_bell(rng) * stage->u * 0.008 };

		draw_lens(stage->cr, at, stage->u * rng_range(rng, 0.008, 0.045),
			  stage->u * rng_range(rng, 0.001, 0.005));
		draw_fill(stage->cr, stage->palette->paper, rng_range(rng, 0.2, 0.7));
	}
}

void shore_headland(struct stage *stage, double side, double horizon)
{
	const struct palette *palette = stage->palette;
	struct rng rng = rng_fork(&stage->rng);
	struct point line[ROCK_POINTS];
	double base = horizon + (stage->h - horizon) * 0.34;
	struct point foot, house;
	cairo_t *cr = stage->cr;
	double tall;

	rock_outline(stage, &rng, side, horizon, line);
	foot = line[(int)(ROCK_POINTS * 0.46)];
	house = line[(int)(ROCK_POINTS * 0.30)];
	tall = fmin(stage->u * 0.44, foot.y * 0.72);
	foot.y += tall * 0.03;
	house.y += tall * 0.03;
	paint_lighthouse(stage, foot, tall);
	paint_keeper_house(stage, house, tall * 0.12);
	cairo_move_to(cr, line[0].x, base);
	for (int i = 0; i < ROCK_POINTS; i++)
		cairo_line_to(cr, line[i].x, line[i].y);
	cairo_line_to(cr, line[ROCK_POINTS - 1].x, base);
	cairo_close_path(cr);
	draw_fill_blend_keep(cr, &(struct blend){ { 0, horizon - stage->u * 0.17 },
						  { 0, base },
						  palette->rock,
						  color_mix(palette->rock, palette->near, 0.8),
						  1,
						  1 });
	cairo_save(cr);
	cairo_clip(cr);
	paint_slabs(stage, &rng, line, base);
	cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
	cairo_set_line_cap(cr, CAIRO_LINE_CAP_ROUND);
	for (int i = 0; i < ROCK_POINTS * 3 / 4; i++)
		cairo_line_to(cr, line[i].x, line[i].y);
	draw_stroke(cr, stage->idea->season == SEASON_WINTER ? palette->ground : palette->leaf, 0.9,
		    stage->u * 0.022);
	cairo_restore(cr);
	paint_foam(stage, &rng, line, base);
}
