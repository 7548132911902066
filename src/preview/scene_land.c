/* Hides the landscape: planes one behind the other, each nearer one darker, more
 * saturated and rougher, with mist lying between them; that is what makes depth.
 * Mountains have a lit and a shadow side and snow from a line upwards; hills in
 * front carry trees, or the foot of the mountains is a lake. */
#include "preview/scene.h"

#include <math.h>

#include "base/cleanup.h"
#include "preview/noise.h"
#include "preview/sky.h"
#include "preview/trees.h"
#include "preview/water.h"

enum { RIDGE_POINTS = 241 };

struct ridge {
	struct point line[RIDGE_POINTS];
	double base; /* where its foot is, pixels from the top */
	double height;
	struct color top, foot;
};

static double ridge_y(const struct ridge *ridge, const struct stage *stage, double x)
{
	double place = (x / stage->w + 0.02) / 1.04 * (RIDGE_POINTS - 1);
	int i = (int)fmin(fmax(place, 0), RIDGE_POINTS - 2);
	double t = place - i;

	return ridge->line[i].y * (1 - t) + ridge->line[i + 1].y * t;
}

static void shape_mountains(struct stage *stage, struct ridge *ridge, double spacing)
{
	uint32_t salt = (uint32_t)rng_next(&stage->rng);
	double shift = rng_range(&stage->rng, 0, 50);
	double summit = stage->w * (stage->light.x < stage->w / 2 ? GOLDEN : 1 - GOLDEN);

	for (int i = 0; i < RIDGE_POINTS; i++) {
		double x = stage->w * (1.04 * i / (RIDGE_POINTS - 1) - 0.02);
		double bump = exp(-pow((x - summit) / (stage->u * 0.33), 2));
		double v = noise_ridged(x / spacing + shift, 0.5, 5, salt);

		ridge->line[i].x = x;
		ridge->line[i].y =
			ridge->base - ridge->height * (0.10 + 0.72 * v * v * 1.2 + 0.30 * bump);
	}
}

static void shape_hills(struct stage *stage, struct ridge *ridge, double spacing)
{
	uint32_t salt = (uint32_t)rng_next(&stage->rng);

	for (int i = 0; i < RIDGE_POINTS; i++) {
		double x = stage->w * (1.04 * i / (RIDGE_POINTS - 1) - 0.02);
		double v = 0.5 + 0.5 * noise_fractal(x / spacing, ridge->base, 3, salt);

		ridge->line[i] = (struct point){ x, ridge->base - ridge->height * v };
	}
}

static void ridge_path(struct stage *stage, const struct ridge *ridge)
{
	cairo_move_to(stage->cr, ridge->line[0].x, stage->h + 2);
	for (int i = 0; i < RIDGE_POINTS; i++)
		cairo_line_to(stage->cr, ridge->line[i].x, ridge->line[i].y);
	cairo_line_to(stage->cr, ridge->line[RIDGE_POINTS - 1].x, stage->h + 2);
	cairo_close_path(stage->cr);
}

static void fill_ridge(struct stage *stage, const struct ridge *ridge)
{
	ridge_path(stage, ridge);
	draw_fill_blend(stage->cr, &(struct blend){ { 0, ridge->base - ridge->height },
						    { 0, ridge->base },
						    ridge->top,
						    ridge->foot,
						    1,
						    1 });
}

static int is_summit(const struct ridge *ridge, int i, int around)
{
	for (int k = 1; k <= around; k++) {
		if (i - k >= 0 && ridge->line[i - k].y < ridge->line[i].y)
			return 0;
		if (i + k < RIDGE_POINTS && ridge->line[i + k].y <= ridge->line[i].y)
			return 0;
	}
	return 1;
}

/* The face of a summit that looks to the light: from the outline to a ragged
 * line down the middle. */
static void paint_face(struct stage *stage, struct rng *rng, const struct ridge *ridge, int summit,
		       struct color lit)
{
	int step = stage->light.x < ridge->line[summit].x ? -1 : 1, end = summit;
	double y = ridge->line[summit].y, x = ridge->line[summit].x, foot;
	double drift = rng_range(rng, 0.05, 0.3) * -step;

	while (end + step >= 0 && end + step < RIDGE_POINTS &&
	       ridge->line[end + step].y >= ridge->line[end].y - ridge->height * 0.02)
		end += step;
	foot = fmin(ridge->line[end].y + ridge->height * 0.25, ridge->base);
	cairo_move_to(stage->cr, x, y);
	for (int i = summit; i != end; i += step)
		cairo_line_to(stage->cr, ridge->line[i].x, ridge->line[i].y);
	cairo_line_to(stage->cr, ridge->line[end].x, ridge->line[end].y);
	for (int i = 12; i > 0; i--) {
		double t = i / 12.0;
		double jag = (i & 1 ? 1 : -1) * rng_range(rng, 0.02, 0.11) * (foot - y) * t;

		cairo_line_to(stage->cr, x + drift * (foot - y) * t + jag, y + (foot - y) * t);
	}
	cairo_close_path(stage->cr);
	draw_fill_blend(stage->cr, &(struct blend){ { 0, y }, { 0, foot }, lit, lit, 0.62, 0.02 });
}

static void paint_snowcap(struct stage *stage, struct rng *rng, const struct ridge *ridge,
			  int summit, double line_y)
{
	enum { TEETH = 16 };
	double y = ridge->line[summit].y, x = ridge->line[summit].x;
	double deep = line_y - y, half = deep * 1.7;
	struct color snow = color_mix(stage->palette->cloud_lit, stage->palette->paper, 0.6);
	struct color shade = color_mix(snow, stage->palette->far, 0.55);
	int lit = stage->light.x < x ? -1 : 1;

	if (deep <= 0)
		return;
	cairo_move_to(stage->cr, x - half, y - deep);
	for (int i = 0; i <= TEETH; i++) {
		double t = i / (double)TEETH * 2 - 1;
		double drop = deep * (1.0 - 0.35 * fabs(t)) * rng_range(rng, 0.45, 0.8) *
			      (i & 1 ? 1.45 : 0.7);

		cairo_line_to(stage->cr, x + t * half, y + drop + fabs(t) * deep * 0.9);
	}
	cairo_line_to(stage->cr, x + half, y - deep);
	cairo_close_path(stage->cr);
	draw_fill_blend(stage->cr, &(struct blend){ { x - lit * half, 0 },
						    { x + lit * half * 0.5, 0 },
						    shade,
						    snow,
						    0.9,
						    0.96 });
}

static void paint_mountains(struct stage *stage, const struct ridge *ridge)
{
	struct rng rng = rng_fork(&stage->rng);
	struct color lit =
		color_mix(ridge->top, color_mix(stage->palette->light, stage->palette->sky[3], 0.5),
			  stage_is_dark(stage) ? 0.35 : 0.6);
	int winter = stage->idea->season == SEASON_WINTER || stage_wants(stage, DETAIL_SNOW);
	double line_y = ridge->base - ridge->height * (winter ? 0.35 : rng_range(&rng, 0.52, 0.75));

	fill_ridge(stage, ridge);
	cairo_save(stage->cr);
	ridge_path(stage, ridge);
	cairo_clip(stage->cr);
	for (int i = 1; i < RIDGE_POINTS - 1; i++)
		if (is_summit(ridge, i, 4))
			paint_face(stage, &rng, ridge, i, lit);
	for (int i = 1; i < RIDGE_POINTS - 1; i++)
		if (is_summit(ridge, i, 7))
			paint_snowcap(stage, &rng, ridge, i, line_y);
	cairo_restore(stage->cr);
}

static void paint_mist(struct stage *stage, double y, double thick, double alpha)
{
	struct blend mist = { { 0, y - thick },     { 0, y }, stage->palette->haze,
			      stage->palette->haze, 0,        alpha };

	cairo_rectangle(stage->cr, 0, y - thick, stage->w, thick);
	draw_fill_blend(stage->cr, &mist);
	mist.from = (struct point){ 0, y };
	mist.to = (struct point){ 0, y + thick };
	mist.first_alpha = alpha;
	mist.last_alpha = 0;
	cairo_rectangle(stage->cr, 0, y, stage->w, thick);
	draw_fill_blend(stage->cr, &mist);
}

/* A row of trees along a ridge; `near` 0..1 says how close. */
static void plant_row(struct stage *stage, const struct ridge *ridge, double near, double height)
{
	const struct palette *palette = stage->palette;
	struct rng rng = rng_fork(&stage->rng);
	enum season season = stage->idea->season;
	int count = (int)(stage->w / (height * 0.30));
	struct color dark = color_mix(palette->near, palette->leaf, 0.28);
	struct color lit = season == SEASON_WINTER ? palette->ground : palette->leaf;
	double leafy = season == SEASON_AUTUMN   ? 0.75
		       : season == SEASON_SPRING ? 0.6
		       : season == SEASON_WINTER ? 0
						 : 0.25;
	uint32_t salt = (uint32_t)rng_next(&rng);

	double thick = stage_wants(stage, DETAIL_TREES) ? 0.45 : 0;

	leafy *= 0.4 + 0.6 * near;
	for (int i = 0; i < count; i++) {
		double x = stage->w * (i + rng_unit(&rng)) / count;
		/* Open in the middle, dense at the sides: a frame. */
		double open = exp(-pow((x - stage->w * 0.5) / (stage->w * 0.30), 2));
		double crowd = noise_at(x / (stage->u * 0.16), 0.5, salt) * 0.5 + 0.62 -
			       open * near * 1.1 + thick;
		struct tree tree = {
			{ x, ridge_y(ridge, stage, x) + height * 0.06 }, 0, dark, lit
		};

		tree.height = height * rng_range(&rng, 0.55, 1.1) * (1 - 0.35 * open * near);
		if (rng_unit(&rng) > crowd)
			continue;
		tree.color = color_mix(palette->haze, dark, 0.30 + 0.70 * near);
		tree.lit = color_mix(palette->haze, color_turn(lit, rng_range(&rng, -14, 14)),
				     0.30 + 0.70 * near);
		if (rng_chance(&rng, leafy))
			trees_broadleaf(stage, &rng,
					&(struct tree){ tree.foot, tree.height * 0.72, tree.color,
							tree.lit });
		else
			trees_conifer(stage, &rng, &tree);
	}
}

static void paint_hills(struct stage *stage, double from, double to, int rows)
{
	const struct palette *palette = stage->palette;
	int bare = rows > 1 && rng_chance(&stage->rng, 0.15) && !stage_wants(stage, DETAIL_TREES);

	for (int i = 0; i < rows; i++) {
		double near = rows > 1 ? (double)i / (rows - 1) : 1;
		struct color land = color_mix(palette->ground, palette->leaf, 0.55);
		struct ridge ridge = { .base = from + (to - from) * near,
				       .height = stage->u * (0.10 + 0.05 * near) };

		if (stage->idea->season == SEASON_WINTER)
			land = palette->ground;
		ridge.top = color_mix(palette->haze, land, 0.28 + 0.62 * near);
		ridge.foot = color_mix(color_mix(palette->haze, land, 0.20 + 0.6 * near),
				       palette->near, 0.15 + 0.40 * near);
		shape_hills(stage, &ridge, stage->u * (0.30 + 0.25 * near));
		ridge.base += stage->u * 0.10;
		if (!bare)
			plant_row(stage, &ridge, near * 0.7, stage->u * (0.045 + 0.085 * near));
		fill_ridge(stage, &ridge);
		if (i + 1 < rows)
			paint_mist(stage, ridge.base, stage->u * 0.09,
				   stage->idea->mood == MOOD_MIST ? 0.75 : 0.28);
		if (i + 1 == rows &&
		    (stage_wants(stage, DETAIL_HOUSE) || rng_chance(&stage->rng, 0.3))) {
			double x = stage->w * (stage->light.x < stage->w / 2 ? GOLDEN : 1 - GOLDEN);

			trees_cabin(
				stage,
				(struct point){ x, ridge_y(&ridge, stage, x) + stage->u * 0.01 },
				stage->u * 0.085);
		}
	}
}

static void paint_foreground(struct stage *stage)
{
	const struct palette *palette = stage->palette;
	struct ridge ridge = { .base = stage->h - stage->u * 0.02, .height = stage->u * 0.13 };
	int winter = stage->idea->season == SEASON_WINTER;
	int flowers = stage_wants(stage, DETAIL_FLOWERS) || stage->idea->season == SEASON_SPRING;

	ridge.top = color_mix(winter ? palette->ground : palette->leaf, palette->near,
			      winter ? 0.10 : 0.38);
	ridge.foot = color_mix(ridge.top, palette->near, winter ? 0.25 : 0.6);
	shape_hills(stage, &ridge, stage->u * 0.6);
	plant_row(stage, &ridge, 1, stage->u * 0.33);
	fill_ridge(stage, &ridge);
	if (!winter)
		trees_meadow(stage, ridge.base - ridge.height * 0.45,
			     flowers ? MEADOW_FLOWERS : MEADOW_GRASS);
}

struct dune {
	double crest_x, crest_y, base, half;
	struct color lit, shade, haze;
};

/* Two faces that meet in a crest, which runs down towards us in an S. */
static void paint_dune(struct stage *stage, const struct dune *dune, double side)
{
	cairo_t *cr = stage->cr;
	double x = dune->crest_x, y = dune->crest_y, deep = dune->base - y, half = dune->half;
	struct blend face = { { 0, y },  { 0, dune->base },
			      dune->lit, color_mix(dune->lit, dune->haze, 0.45),
			      1,         1 };

	cairo_move_to(cr, x - half, dune->base);
	cairo_curve_to(cr, x - half * 0.55, dune->base - deep * 0.15, x - half * 0.25,
		       y + deep * 0.04, x, y);
	cairo_curve_to(cr, x + half * 0.25, y + deep * 0.22, x + half * 0.55,
		       dune->base - deep * 0.10, x + half, dune->base);
	cairo_line_to(cr, x + half, stage->h + 2);
	cairo_line_to(cr, x - half, stage->h + 2);
	cairo_close_path(cr);
	draw_fill_blend(cr, &face);
	cairo_move_to(cr, x, y);
	cairo_curve_to(cr, x + side * half * 0.22, y + deep * 0.30, x - side * half * 0.20,
		       y + deep * 0.55, x + side * half * 0.10, dune->base + deep * 0.25);
	cairo_line_to(cr, x + side * half, dune->base + deep * 0.25);
	if (side > 0)
		cairo_curve_to(cr, x + half * 0.55, dune->base - deep * 0.10, x + half * 0.25,
			       y + deep * 0.22, x, y);
	else
		cairo_curve_to(cr, x - half * 0.55, dune->base - deep * 0.15, x - half * 0.25,
			       y + deep * 0.04, x, y);
	cairo_close_path(cr);
	face.first = dune->shade;
	face.last = color_mix(dune->shade, dune->lit, 0.75);
	face.last_alpha = 0.2;
	draw_fill_blend(cr, &face);
}

static void paint_dunes(struct stage *stage, double horizon)
{
	const struct palette *palette = stage->palette;
	struct rng rng = rng_fork(&stage->rng);
	struct lch sand = color_to_lch(palette->ground);
	double side = stage->light.x < stage->w / 2 ? 1 : -1;
	struct color lit, shade;

	sand.h = stage->idea->tint ? sand.h : 68;
	sand.c = fmax(sand.c, 0.09);
	lit = color_mix(color_from_lch(sand), palette->sky[3], 0.35);
	shade = color_mix(color_from_lch(sand), palette->near, 0.62);
	cairo_rectangle(stage->cr, 0, horizon, stage->w, stage->h - horizon);
	draw_fill(stage->cr, color_mix(palette->haze, lit, 0.5), 1);
	for (int row = 0; row < 6; row++) {
		double near = row / 5.0, half = stage->u * (0.20 + 0.75 * near * near);
		int count = (int)(stage->w / half * 0.8) + 2;

		for (int i = 0; i < count; i++) {
			struct dune dune = { .half = half * rng_range(&rng, 0.8, 1.3) };

			dune.base = horizon + (stage->h - horizon) * (0.03 + 1.0 * near * near) +
				    stage->u * 0.03;
			dune.crest_x = stage->w * (i + rng_unit(&rng)) / count;
			dune.crest_y = dune.base -
				       stage->u * (0.045 + 0.20 * near) * rng_range(&rng, 0.6, 1.1);
			dune.lit = color_mix(palette->haze, lit, 0.35 + 0.65 * near);
			dune.shade = color_mix(palette->haze, shade, 0.35 + 0.65 * near);
			dune.haze = color_mix(palette->haze, shade, 0.5 * near);
			paint_dune(stage, &dune, side);
		}
	}
}

void scene_land_paint(struct stage *stage)
{
	const struct palette *palette = stage->palette;
	enum mood mood = stage->idea->mood;
	double horizon = floor(stage->h * rng_range(&stage->rng, 0.58, 0.66));
	double high = fmin(stage->u * 0.52, horizon * 0.72);
	int lake = stage_wants(stage, DETAIL_LAKE) ||
		   (rng_chance(&stage->rng, 0.4) &&
		    !stage_wants(stage, DETAIL_TREES | DETAIL_FLOWERS));
	double rise = mood == MOOD_SUNSET || mood == MOOD_DAWN ? 0.24 : 0.42;

	stage->light.x = stage->w * (rng_chance(&stage->rng, 0.5) ? 0.30 : 0.70);
	stage->light.y = horizon - fmin(stage->u * rise * 1.3, horizon * 0.82);
	sky_paint(stage, horizon);
	if (stage_wants(stage, DETAIL_DESERT)) {
		paint_dunes(stage, horizon);
		sky_paint_weather(stage);
		return;
	}
	for (int i = 0; i < 3; i++) {
		struct ridge ridge = { .base = horizon + stage->u * 0.02 * i,
				       .height = high * (1.0 - 0.24 * i) };

		ridge.top = color_mix(palette->haze, palette->far, 0.62 + 0.22 * i);
		if (i == 2)
			ridge.top = color_mix(palette->far, palette->near, 0.12);
		ridge.foot = color_mix(palette->haze, palette->far, 0.22 + 0.26 * i);
		shape_mountains(stage, &ridge, stage->u * (0.46 - 0.07 * i));
		paint_mountains(stage, &ridge);
		paint_mist(stage, horizon, stage->u * 0.10, mood == MOOD_MIST ? 0.8 : 0.35);
	}
	sky_paint_birds(stage, (struct point){ stage->w * 0.5, horizon - high * 0.95 }, 4);
	if (lake) {
		paint_hills(stage, horizon + stage->u * 0.02, horizon + stage->u * 0.03, 1);
		water_mirror(stage, horizon + stage->u * 0.055, stage->h);
	} else {
		paint_hills(stage, horizon + stage->u * 0.03, stage->h * 0.90, 3);
	}
	paint_foreground(stage);
	sky_paint_weather(stage);
}
