/* Hides the two that have no fur: a person, kept to a calm mask with closed eyes
 * because a drawn stare goes wrong so easily, and a bird on a branch, the only
 * creature seen from its side. */
#include "preview/creature.h"

#include <math.h>

#include "preview/bouquet.h"

static void enter(struct stage *stage, const struct creature *creature)
{
	cairo_save(stage->cr);
	cairo_translate(stage->cr, creature->at.x, creature->at.y);
	cairo_scale(stage->cr, creature->s, creature->s);
}

static void paint_hair(cairo_t *cr, struct color hair, double y_end)
{
	cairo_move_to(cr, 0, -1.32);
	cairo_curve_to(cr, 0.75, -1.36, 1.10, -0.80, 1.02, -0.10);
	cairo_curve_to(cr, 0.98, 0.50, 1.20, y_end * 0.6, 0.98, y_end);
	cairo_curve_to(cr, 0.5, y_end + 0.2, -0.5, y_end + 0.2, -0.98, y_end);
	cairo_curve_to(cr, -1.20, y_end * 0.6, -0.98, 0.50, -1.02, -0.10);
	cairo_curve_to(cr, -1.10, -0.80, -0.75, -1.36, 0, -1.32);
	draw_fill(cr, hair, 1);
}

static void paint_face(struct stage *stage, struct color skin, struct color blush)
{
	cairo_t *cr = stage->cr;
	const struct point oval[] = {
		{ 0, -1.02 }, { 0.56, -0.84 }, { 0.72, -0.25 }, { 0.64, 0.32 },   { 0.36, 0.78 },
		{ 0, 0.96 },  { -0.36, 0.78 }, { -0.64, 0.32 }, { -0.72, -0.25 }, { -0.56, -0.84 },
	};

	draw_curve(cr, oval, 10, CURVE_CLOSED);
	draw_fill_blend(cr, &(struct blend){ { -0.7, -0.6 },
					     { 0.8, 0.7 },
					     color_shade(skin, 0.04, 1),
					     color_shade(skin, -0.08, 1.1),
					     1,
					     1 });
	for (int side = -1; side <= 1; side += 2)
		draw_glow(cr, &(struct glow){ { side * 0.40, 0.30 }, 0.32, 0.45, blush });
}

static void paint_features(struct stage *stage, struct color skin, struct color line)
{
	cairo_t *cr = stage->cr;

	cairo_set_line_cap(cr, CAIRO_LINE_CAP_ROUND);
	for (int side = -1; side <= 1; side += 2) {
		cairo_move_to(cr, side * 0.16, -0.02);
		cairo_curve_to(cr, side * 0.24, 0.10, side * 0.40, 0.10, side * 0.50, -0.04);
		for (int i = 0; i < 4; i++) {
			double t = 0.30 + 0.07 * i;

			cairo_move_to(cr, side * t, 0.07 - 0.025 * i);
			cairo_line_to(cr, side * (t + 0.05), 0.14 - 0.025 * i);
		}
		draw_stroke(cr, line, 0.9, 0.032);
		cairo_move_to(cr, side * 0.14, -0.28);
		cairo_curve_to(cr, side * 0.24, -0.36, side * 0.40, -0.36, side * 0.52, -0.26);
		draw_stroke(cr, line, 0.75, 0.05);
	}
	cairo_move_to(cr, 0.04, -0.10);
	cairo_curve_to(cr, 0.06, 0.10, 0.15, 0.25, 0.09, 0.31);
	cairo_curve_to(cr, 0.05, 0.35, -0.02, 0.35, -0.05, 0.32);
	draw_stroke(cr, color_shade(skin, -0.22, 1.2), 0.9, 0.030);
	cairo_move_to(cr, -0.20, 0.555);
	cairo_curve_to(cr, -0.10, 0.50, -0.03, 0.49, 0, 0.515);
	cairo_curve_to(cr, 0.03, 0.49, 0.10, 0.50, 0.20, 0.555);
	cairo_curve_to(cr, 0.10, 0.66, -0.10, 0.66, -0.20, 0.555);
	draw_fill(cr, color_from_lch((struct lch){ .55, .15, 18 }), 1);
}

static void paint_shoulders(struct stage *stage, const struct creature *creature, struct color skin)
{
	cairo_t *cr = stage->cr;
	double down = (stage->h - creature->at.y) / creature->s + 0.3;

	cairo_move_to(cr, -0.30, 0.5);
	cairo_line_to(cr, -0.32, 1.25);
	cairo_curve_to(cr, -0.9, 1.45, -1.5, 1.5, -1.75, down + 0.3);
	cairo_line_to(cr, 1.75, down + 0.3);
	cairo_curve_to(cr, 1.5, 1.5, 0.9, 1.45, 0.32, 1.25);
	cairo_line_to(cr, 0.30, 0.5);
	cairo_close_path(cr);
	draw_fill(cr, color_shade(skin, -0.06, 1.1), 1);
	cairo_move_to(cr, -1.0, 1.44);
	cairo_curve_to(cr, -0.4, 1.95, 0.4, 1.95, 1.0, 1.44);
	cairo_curve_to(cr, 1.5, 1.55, 1.66, 1.9, 1.85, down + 0.3);
	cairo_line_to(cr, -1.85, down + 0.3);
	cairo_curve_to(cr, -1.66, 1.9, -1.5, 1.55, -1.0, 1.44);
	draw_fill_blend(cr, &(struct blend){
				    { -1, 1.2 },
				    { 1.2, down },
				    stage->palette->accent[2],
				    color_mix(stage->palette->accent[2], stage->palette->near, 0.6),
				    1,
				    1 });
	cairo_move_to(cr, -0.31, 0.9);
	cairo_curve_to(cr, -0.1, 1.2, 0.2, 1.15, 0.31, 0.8);
	cairo_line_to(cr, 0.31, 0.6);
	cairo_line_to(cr, -0.31, 0.6);
	cairo_close_path(cr);
	draw_fill(cr, color_shade(skin, -0.18, 1.1), 0.8);
}

static void paint_fringe(cairo_t *cr, struct color hair, double parting)
{
	cairo_move_to(cr, parting, -1.20);
	cairo_curve_to(cr, 0.55, -1.20, 0.95, -0.75, 0.82, 0.20);
	cairo_curve_to(cr, 0.78, -0.40, 0.45, -0.62, parting, -0.82);
	cairo_curve_to(cr, -0.45, -0.62, -0.78, -0.40, -0.82, 0.20);
	cairo_curve_to(cr, -0.95, -0.75, -0.55, -1.20, parting, -1.20);
	draw_fill(cr, hair, 1);
	for (int i = 0; i < 7; i++) {
		cairo_move_to(cr, parting, -1.16);
		cairo_curve_to(cr, 0.30 + 0.06 * i, -1.10 + 0.02 * i, 0.62 + 0.03 * i, -0.8, 0.80,
			       -0.30);
		cairo_move_to(cr, parting, -1.16);
		cairo_curve_to(cr, -0.30 - 0.06 * i, -1.10 + 0.02 * i, -0.62 - 0.03 * i, -0.8,
			       -0.80, -0.30);
	}
	draw_stroke(cr, color_shade(hair, 0.10, 1), 0.35, 0.014);
}

void creature_person(struct stage *stage, const struct creature *creature)
{
	static const struct lch skins[] = {
		{ .84, .055, 55 }, { .76, .070, 55 }, { .64, .075, 52 },
		{ .52, .065, 48 }, { .42, .055, 45 },
	};
	static const struct lch hairs[] = {
		{ .22, .020, 40 }, { .30, .050, 45 }, { .45, .090, 50 },
		{ .55, .130, 45 }, { .75, .090, 85 }, { .72, .010, 80 },
	};
	struct rng rng = rng_fork(&stage->rng);
	struct color skin = color_from_lch(skins[rng_below(&rng, 5)]);
	struct color hair = color_from_lch(hairs[rng_below(&rng, 6)]);
	struct color line = color_from_lch((struct lch){ .24, .03, 40 });
	double long_hair = rng_chance(&rng, 0.6) ? rng_range(&rng, 0.9, 1.5) : 0.2;

	if (stage_is_dark(stage))
		skin = color_mix(skin, stage->palette->sky[2], 0.28);
	enter(stage, creature);
	paint_hair(stage->cr, color_shade(hair, -0.04, 1), long_hair);
	paint_shoulders(stage, creature, skin);
	paint_face(stage, skin, color_from_lch((struct lch){ .66, .14, 22 }));
	paint_features(stage, skin, line);
	paint_fringe(stage->cr, hair, rng_range(&rng, -0.3, 0.3));
	cairo_restore(stage->cr);
	for (int i = 0; i < 7; i++) {
		double angle = -M_PI * (0.93 - 0.86 * i / 6);

		bouquet_flower(stage, &rng,
			       (struct point){ creature->at.x + cos(angle) * creature->s * 0.86,
					       creature->at.y - creature->s * 0.22 +
						       sin(angle) * creature->s * 0.92 },
			       creature->s * rng_range(&rng, 0.17, 0.27));
	}
}

static void paint_branch(struct stage *stage, struct rng *rng, struct point from, struct point to)
{
	cairo_t *cr = stage->cr;
	struct color bark = color_mix(stage->palette->rock, stage->palette->dark, 0.55);
	double s = stage->u * 0.02;

	cairo_set_line_cap(cr, CAIRO_LINE_CAP_ROUND);
	cairo_move_to(cr, from.x, from.y);
	cairo_curve_to(cr, from.x + (to.x - from.x) * 0.3, from.y - s,
		       from.x + (to.x - from.x) * 0.6, to.y + s * 2, to.x, to.y);
	draw_stroke(cr, bark, 1, s);
	for (int i = 0; i < 22; i++) {
		double t = rng_unit(rng), way = rng_chance(rng, 0.6) ? -1 : 1;
		struct point root = { from.x + (to.x - from.x) * t,
				      from.y + (to.y - from.y) * t + s * 0.6 };
		struct point tip = { root.x + stage->u * rng_range(rng, -0.03, 0.08),
				     root.y + way * stage->u * rng_range(rng, 0.04, 0.10) };

		draw_leaf(cr, root, tip, stage->u * 0.032);
		draw_fill(cr, color_turn(stage->palette->leaf, rng_range(rng, -18, 18)), 0.95);
		if (i % 3 == 0)
			bouquet_flower(
				stage, rng,
				(struct point){ root.x + stage->u * rng_range(rng, -0.03, 0.03),
						root.y + way * stage->u * 0.03 },
				stage->u * rng_range(rng, 0.022, 0.036));
	}
}

static void paint_wing(struct stage *stage, const struct creature *creature)
{
	for (int i = 0; i < 6; i++) {
		double y = 0.05 + i * 0.10;

		draw_leaf(stage->cr, (struct point){ -0.42 + i * 0.03, -0.14 + y * 0.5 },
			  (struct point){ 1.25 - i * 0.14, 0.42 + y * 1.05 }, 0.34);
		draw_fill(stage->cr,
			  color_mix(creature->shade, i & 1 ? creature->coat : stage->palette->dark,
				    0.22),
			  1);
	}
	draw_leaf(stage->cr, (struct point){ -0.58, 0.02 }, (struct point){ 0.75, 0.42 }, 0.52);
	draw_fill(stage->cr, creature->coat, 1);
}

void creature_bird(struct stage *stage, const struct creature *creature)
{
	static const struct point body[] = {
		{ -1.08, -0.62 }, { -0.72, -1.00 }, { -0.22, -0.86 }, { 0.22, -0.34 },
		{ 0.86, 0.38 },   { 1.10, 0.86 },   { 0.45, 1.00 },   { -0.35, 0.96 },
		{ -0.98, 0.46 },  { -1.14, -0.12 },
	};
	struct rng rng = rng_fork(&stage->rng);
	cairo_t *cr = stage->cr;
	double side = stage->light.x < creature->at.x ? 1 : -1;
	double perch = creature->at.y + creature->s * 1.22;

	paint_branch(stage, &rng,
		     (struct point){ side > 0 ? stage->w + 5 : -5, perch + stage->u * 0.05 },
		     (struct point){ creature->at.x - side * creature->s * 2.2,
				     perch - stage->u * 0.02 });
	cairo_save(cr);
	cairo_translate(cr, creature->at.x, creature->at.y);
	cairo_scale(cr, creature->s * side, creature->s);
	for (int i = 0; i < 3; i++) {
		draw_leaf(cr, (struct point){ 0.75, 0.62 },
			  (struct point){ 2.15 - 0.1 * i, 1.42 + 0.13 * i }, 0.26);
		draw_fill(cr, color_mix(creature->shade, stage->palette->dark, 0.15 * i), 1);
	}
	cairo_move_to(cr, -0.15, 0.9);
	cairo_line_to(cr, -0.20, 1.22);
	cairo_move_to(cr, 0.12, 0.92);
	cairo_line_to(cr, 0.10, 1.22);
	draw_stroke(cr, color_from_lch((struct lch){ .45, .06, 50 }), 1, 0.06);
	cairo_move_to(cr, -1.02, -0.68);
	cairo_line_to(cr, -1.48, -0.46);
	cairo_line_to(cr, -1.06, -0.36);
	cairo_close_path(cr);
	draw_fill(cr, color_from_lch((struct lch){ .72, .15, 68 }), 1);
	draw_curve(cr, body, 10, CURVE_CLOSED);
	draw_fill_blend_keep(cr, &(struct blend){ { -0.8, -0.9 },
						  { 0.7, 0.9 },
						  color_shade(creature->coat, 0.05, 1),
						  color_shade(creature->coat, -0.08, 1),
						  1,
						  1 });
	cairo_save(cr);
	cairo_clip(cr);
	draw_ellipse(cr, (struct point){ -0.88, 0.32 }, 0.72, 0.86);
	draw_fill(cr, creature->belly, 1);
	draw_ellipse(cr, (struct point){ -0.98, -0.16 }, 0.46, 0.46);
	draw_fill(cr, stage->palette->accent[0], 0.85);
	cairo_restore(cr);
	paint_wing(stage, creature);
	draw_ellipse(cr, (struct point){ -0.74, -0.56 }, 0.125, 0.125);
	draw_fill(cr, color_shade(stage->palette->dark, -0.05, 0.5), 1);
	draw_ellipse(cr, (struct point){ -0.78, -0.60 }, 0.042, 0.042);
	draw_fill(cr, stage->palette->paper, 1);
	cairo_restore(cr);
}
