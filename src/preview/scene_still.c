/* Hides the still life: a wall with light from a window, a table, a vase off the
 * middle and fruit that leads the eye back. Everything is lit from the upper left
 * and throws its shadow to the lower right, whatever the mood: a room has its own
 * light, the mood only colours it. */
#include "preview/scene.h"

#include <math.h>

#include "base/cleanup.h"
#include "preview/bouquet.h"
#include "preview/noise.h"

struct room {
	double edge; /* where the table meets the wall */
	struct color wall, table;
};

static void paint_plaster(struct stage *stage, const struct room *room)
{
	struct canvas *canvas = stage->canvas;
	struct field_shape shape = { stage->w,
				     stage->h,
				     stage->u * 0.30,
				     stage->u * 0.26,
				     5,
				     (uint32_t)rng_next(&stage->rng),
				     0.8 };
	CLEANUP(field) struct field *field = field_new(&shape);
	struct color lit = color_mix(room->wall, stage->palette->light, 0.30);
	struct color dark = color_mix(room->wall, stage->palette->near, 0.42);

	canvas_begin_pixels(canvas);
	for (int y = 0; y < canvas->h; y++)
		for (int x = 0; x < canvas->w; x++) {
			double t = 0.62 * x / stage->w + 0.38 * y / stage->h +
				   0.14 * field_at(field, x, y);
			struct color c;

			t = t < 0 ? 0 : t > 1 ? 1 : t;
			c.r = lit.r + (dark.r - lit.r) * t;
			c.g = lit.g + (dark.g - lit.g) * t;
			c.b = lit.b + (dark.b - lit.b) * t;
			canvas->pixels[(size_t)y * (size_t)canvas->stride + (size_t)x] =
				canvas_pixel(c,
					     rng_hash_place(x, y, 2u) * (2.0 / 4294967295.0) - 1);
		}
	canvas_end_pixels(canvas);
}

static void paint_window_light(struct stage *stage)
{
	cairo_t *cr = stage->cr;
	double s = stage->u * 0.23, x = stage->w * 0.10, y = stage->h * 0.06;

	for (int row = 0; row < 2; row++)
		for (int column = 0; column < 2; column++) {
			double px = x + column * s * 0.86 + row * s * 0.42,
			       py = y + row * s * 1.12 + column * s * 0.16;

			cairo_move_to(cr, px, py);
			cairo_line_to(cr, px + s * 0.76, py + s * 0.14);
			cairo_line_to(cr, px + s * 1.14, py + s * 1.16);
			cairo_line_to(cr, px + s * 0.38, py + s * 1.02);
			cairo_close_path(cr);
		}
	draw_fill(cr, stage->palette->light, 0.20);
	draw_glow(cr,
		  &(struct glow){ { x + s, y + s }, stage->u * 0.8, 0.22, stage->palette->light });
}

static void paint_table(struct stage *stage, const struct room *room)
{
	struct rng rng = rng_fork(&stage->rng);
	cairo_t *cr = stage->cr;
	struct color front = color_mix(room->table, stage->palette->near, 0.45);

	cairo_rectangle(cr, 0, room->edge, stage->w, stage->h - room->edge);
	draw_fill_blend(cr, &(struct blend){ { 0, room->edge },
					     { stage->w * 0.35, stage->h },
					     color_mix(room->table, stage->palette->light, 0.22),
					     front,
					     1,
					     1 });
	cairo_save(cr);
	cairo_rectangle(cr, 0, room->edge, stage->w, stage->h - room->edge);
	cairo_clip(cr);
	for (int i = 0; i < 120; i++) {
		double t = rng_unit(&rng);

		draw_lens(cr,
			  (struct point){ rng_range(&rng, 0, stage->w),
					  room->edge + (stage->h - room->edge) * t },
			  stage->u * rng_range(&rng, 0.1, 0.5), stage->u * (0.0008 + 0.003 * t));
		draw_fill(cr, rng_chance(&rng, 0.5) ? front : stage->palette->light, 0.13);
	}
	cairo_restore(cr);
	cairo_rectangle(cr, 0, room->edge, stage->w, fmax(stage->u * 0.004, 1));
	draw_fill(cr, stage->palette->light, 0.30);
}

static void paint_shadow(struct stage *stage, struct point foot, double half)
{
	cairo_t *cr = stage->cr;

	for (int i = 0; i < 4; i++) {
		draw_ellipse(cr,
			     (struct point){ foot.x + half * (0.55 + 0.12 * i),
					     foot.y + half * (0.04 + 0.03 * i) },
			     half * (1.10 + 0.22 * i), half * (0.20 + 0.05 * i));
		draw_fill(cr, stage->palette->dark, 0.17);
	}
	draw_ellipse(cr, foot, half * 0.8, half * 0.13);
	draw_fill(cr, stage->palette->dark, 0.45);
}

/* Half the outline of a turned vessel: half width at a height, both in parts. */
static const struct point vessels[][7] = {
	{ { .20, 0 },
	  { .33, .18 },
	  { .38, .42 },
	  { .30, .68 },
	  { .17, .84 },
	  { .16, .93 },
	  { .22, 1 } },
	{ { .16, 0 },
	  { .21, .15 },
	  { .30, .40 },
	  { .35, .62 },
	  { .30, .82 },
	  { .20, .92 },
	  { .24, 1 } },
	{ { .24, 0 },
	  { .27, .20 },
	  { .28, .40 },
	  { .29, .60 },
	  { .31, .78 },
	  { .33, .90 },
	  { .36, 1 } },
	{ { .22, 0 },
	  { .40, .16 },
	  { .44, .34 },
	  { .34, .54 },
	  { .18, .68 },
	  { .13, .85 },
	  { .17, 1 } },
};

static void vessel_path(cairo_t *cr, const struct point *half, struct point foot, double s)
{
	struct point right[7], left[7];

	for (int i = 0; i < 7; i++) {
		right[i] = (struct point){ foot.x + half[i].x * s, foot.y - half[i].y * s };
		left[6 - i] = (struct point){ foot.x - half[i].x * s, foot.y - half[i].y * s };
	}
	cairo_new_sub_path(cr);
	draw_curve(cr, right, 7, CURVE_OPEN);
	draw_curve(cr, left, 7, CURVE_OPEN);
	cairo_close_path(cr);
}

static void paint_bands(struct stage *stage, struct rng *rng, struct point foot, double s,
			struct color c)
{
	int kind = (int)rng_below(rng, 3);
	double y = foot.y - s * rng_range(rng, 0.35, 0.5);

	if (kind == 0)
		return;
	for (int i = 0; i < kind * 2; i++)
		cairo_rectangle(stage->cr, foot.x - s, y + s * 0.09 * i, s * 2,
				s * (i & 1 ? 0.018 : 0.04));
	draw_fill(stage->cr, c, 0.7);
	if (kind == 2)
		for (int i = -8; i <= 8; i++)
			draw_ellipse(
				stage->cr,
				(struct point){ foot.x + s * 0.42 * sin(i * 0.19), y - s * 0.08 },
				s * 0.022 * cos(i * 0.19), s * 0.03);
	draw_fill(stage->cr, c, 0.7);
}

/* Returns where flowers would stand in it. */
static struct point paint_vessel(struct stage *stage, struct rng *rng, struct point foot, double s)
{
	const struct palette *palette = stage->palette;
	const struct point *half = vessels[rng_below(rng, sizeof(vessels) / sizeof(*vessels))];
	cairo_t *cr = stage->cr;
	struct color glaze = palette->accent[rng_chance(rng, 0.6) ? 2 : 3];
	double wide = s * 0.42;

	if (rng_chance(rng, 0.3))
		glaze = palette->cloud_lit;
	if (stage_is_dark(stage))
		glaze = color_mix(glaze, palette->far, 0.4);
	paint_shadow(stage, foot, s * 0.36);
	vessel_path(cr, half, foot, s);
	draw_fill_blend_keep(cr, &(struct blend){ { foot.x - wide * 0.5, 0 },
						  { foot.x + wide, 0 },
						  color_shade(glaze, 0.04, 1),
						  color_mix(glaze, palette->near, 0.72),
						  1,
						  1 });
	cairo_save(cr);
	cairo_clip(cr);
	paint_bands(stage, rng, foot, s, color_mix(palette->paper, palette->accent[1], 0.35));
	cairo_rectangle(cr, foot.x - s, foot.y - s, s * 2, s * 1.1);
	draw_fill_blend(cr, &(struct blend){ { foot.x - wide, 0 },
					     { foot.x - wide * 0.3, 0 },
					     palette->near,
					     palette->near,
					     0.35,
					     0 });
	cairo_rectangle(cr, foot.x - s, foot.y - s, s * 2, s * 1.1);
	draw_fill_blend(cr, &(struct blend){ { foot.x, 0 },
					     { foot.x + wide, 0 },
					     palette->near,
					     palette->near,
					     0,
					     0.45 });
	draw_ellipse(cr, (struct point){ foot.x - wide * 0.42, foot.y - s * 0.52 }, s * 0.028,
		     s * 0.20);
	draw_fill(cr, palette->paper, 0.55);
	cairo_restore(cr);
	draw_ellipse(cr, (struct point){ foot.x, foot.y - s }, half[6].x * s, half[6].x * s * 0.20);
	draw_fill(cr, color_mix(glaze, palette->dark, 0.75), 1);
	return (struct point){ foot.x, foot.y - s * 0.99 };
}

static void paint_stalk(struct stage *stage, struct point top, double s)
{
	cairo_move_to(stage->cr, top.x, top.y + s * 0.1);
	cairo_curve_to(stage->cr, top.x, top.y - s * 0.15, top.x + s * 0.08, top.y - s * 0.25,
		       top.x + s * 0.18, top.y - s * 0.32);
	cairo_set_line_cap(stage->cr, CAIRO_LINE_CAP_ROUND);
	draw_stroke(stage->cr, color_mix(stage->palette->near, stage->palette->rock, 0.4), 1,
		    fmax(s * 0.07, 1));
}

static void paint_pear(struct stage *stage, struct point at, double r, struct color c)
{
	const struct point outline[] = {
		{ at.x, at.y - r * 1.5 },
		{ at.x + r * 0.36, at.y - r * 1.25 },
		{ at.x + r * 0.55, at.y - r * 0.6 },
		{ at.x + r * 0.98, at.y + r * 0.10 },
		{ at.x + r * 0.70, at.y + r * 0.85 },
		{ at.x, at.y + r * 0.98 },
		{ at.x - r * 0.70, at.y + r * 0.85 },
		{ at.x - r * 0.98, at.y + r * 0.10 },
		{ at.x - r * 0.55, at.y - r * 0.6 },
		{ at.x - r * 0.36, at.y - r * 1.25 },
	};

	draw_curve(stage->cr, outline, 10, CURVE_CLOSED);
	bouquet_fill_round(stage->cr, (struct point){ at.x, at.y - r * 0.1 }, r * 1.30, c);
	paint_stalk(stage, (struct point){ at.x, at.y - r * 1.5 }, r);
}

static void paint_fruit(struct stage *stage, struct rng *rng, struct point foot, double r)
{
	static const struct lch skins[] = {
		{ .58, .19, 27 }, { .74, .17, 62 }, { .80, .15, 110 },
		{ .88, .16, 98 }, { .62, .17, 20 }, { .40, .12, 345 },
	};
	enum { RED_APPLE, ORANGE, PEAR, LEMON, PEACH, PLUM };
	int kind = (int)rng_below(rng, sizeof(skins) / sizeof(*skins));
	struct color c = color_from_lch(skins[kind]);
	struct point at = { foot.x, foot.y - r * 0.93 };

	if (stage->idea->tint)
		c = color_mix(c, stage->palette->accent[kind % 2], 0.55);
	if (stage_is_dark(stage))
		c = color_mix(c, stage->palette->far, 0.35);
	paint_shadow(stage, foot, r);
	if (kind == PEAR) {
		paint_pear(stage, at, r * 0.92, c);
	} else {
		draw_ellipse(stage->cr, at, kind == LEMON ? r * 1.12 : r,
			     kind == LEMON ? r * 0.86 : r * 0.95);
		bouquet_fill_round(stage->cr, at, r, c);
	}
	if (kind == RED_APPLE || kind == PEACH || kind == PLUM) {
		draw_ellipse(stage->cr, (struct point){ at.x + r * 0.08, at.y - r * 0.80 },
			     r * 0.28, r * 0.09);
		draw_fill(stage->cr, color_shade(c, -0.2, 1), 0.8);
		paint_stalk(stage, (struct point){ at.x + r * 0.06, at.y - r * 0.85 }, r * 0.8);
	}
	if (kind == RED_APPLE) {
		draw_leaf(stage->cr, (struct point){ at.x + r * 0.1, at.y - r * 0.95 },
			  (struct point){ at.x + r * 0.75, at.y - r * 1.20 }, r * 0.26);
		draw_fill(stage->cr, stage->palette->leaf, 1);
	}
	draw_blob(stage->cr, rng, (struct point){ at.x - r * 0.42, at.y - r * 0.42 }, r * 0.13,
		  0.4);
	draw_fill(stage->cr, stage->palette->paper, 0.60);
}

static void paint_petals_on_table(struct stage *stage, struct rng *rng, struct point foot)
{
	for (int i = 0; i < 6; i++) {
		struct point at = { foot.x + rng_bell(rng) * stage->u * 0.34,
				    foot.y + rng_range(rng, -0.01, 0.09) * stage->u };

		draw_blob(stage->cr, rng, at, stage->u * rng_range(rng, 0.008, 0.016), 0.7);
		draw_fill(stage->cr, stage->palette->accent[0], 0.9);
	}
}

/* One vase with what belongs to it, around `x`. */
static void paint_group(struct stage *stage, const struct room *room, double x, double side)
{
	struct rng rng = rng_fork(&stage->rng);
	int flowers = stage_wants(stage, DETAIL_FLOWERS) ||
		      (!stage_wants(stage, DETAIL_FRUIT) && rng_chance(&rng, 0.6));
	int pieces = stage_wants(stage, DETAIL_FRUIT) || !flowers ? 6 : 2 + (int)rng_below(&rng, 3);
	double tall = fmin(stage->u * 0.27, stage->h * 0.34);
	struct point foot = { x, room->edge + (stage->h - room->edge) * 0.30 }, mouth;

	mouth = paint_vessel(stage, &rng, foot, flowers ? tall : tall * 1.25);
	if (flowers)
		bouquet_paint(stage, &rng, mouth, fmin(stage->u * 0.44, mouth.y * 0.94));
	for (int i = 0; i < pieces; i++) {
		double t = pieces > 1 ? i / (pieces - 1.0) : 0;
		double r = stage->u * rng_range(&rng, 0.048, 0.066);
		struct point at = { x + side * stage->u * (0.13 + 0.32 * fmod(t * 2.3 + 0.2, 1)),
				    foot.y + stage->u * (0.010 + 0.085 * t) };

		if (i % 3 == 2)
			at.x = x - side * stage->u * rng_range(&rng, 0.14, 0.24);
		paint_fruit(stage, &rng, at, r);
	}
	if (flowers)
		paint_petals_on_table(stage, &rng, foot);
}

void scene_still_paint(struct stage *stage)
{
	const struct palette *palette = stage->palette;
	struct room room = { .edge = floor(stage->h * rng_range(&stage->rng, 0.66, 0.72)) };
	double side = rng_chance(&stage->rng, 0.5) ? 1 : -1;
	int groups = (int)fmax(round(stage->w / stage->u), 1);

	stage->light = (struct point){ -stage->u, -stage->u };
	room.wall = color_mix(palette->sky[1], palette->haze, rng_range(&stage->rng, 0.15, 0.85));
	room.table = color_shade(color_mix(palette->rock, palette->ground, 0.5), 0.03, 1.35);
	if (stage_is_dark(stage))
		room.wall = color_mix(palette->sky[1], palette->sky[2], 0.4);
	paint_plaster(stage, &room);
	paint_window_light(stage);
	paint_table(stage, &room);
	for (int i = 0; i < groups; i++) {
		double step = stage->w / groups;

		paint_group(stage, &room, step * (i + 0.5) - side * stage->u * 0.10, side);
	}
}
