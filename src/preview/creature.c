/* Hides how furry ones are drawn. All share shoulders, eyes, nose and whiskers;
 * a species is its outline, its ears and its markings. Coordinates are in parts
 * of the head (1 is half its width), with the left side mirrored from the right,
 * so that a face costs as many numbers as it has features. */
#include "preview/creature.h"

#include <math.h>

/* Cairo in parts of the head: the caller restores. */
static void enter(struct stage *stage, const struct creature *creature, double side)
{
	cairo_save(stage->cr);
	cairo_translate(stage->cr, creature->at.x, creature->at.y);
	cairo_scale(stage->cr, creature->s * side, creature->s);
}

/* An outline given for the right half, from the top down, closed by its mirror. */
static void both_sides(struct stage *stage, const struct creature *creature,
		       const struct point *half, int count)
{
	enum { POINTS_MAX = 24 };
	struct point all[POINTS_MAX];

	for (int i = 0; i < count; i++) {
		all[i] = half[i];
		all[2 * count - 1 - i] = (struct point){ -half[i].x, half[i].y };
	}
	enter(stage, creature, 1);
	cairo_new_path(stage->cr);
	draw_curve(stage->cr, all, 2 * count, CURVE_CLOSED);
	cairo_restore(stage->cr);
}

static void fill_lit(struct stage *stage, const struct creature *creature, struct color color,
		     double spread)
{
	double lit = stage->light.x < creature->at.x ? -1 : 1;
	struct blend blend = { { creature->at.x + lit * creature->s * spread,
				 creature->at.y - creature->s * spread },
			       { creature->at.x - lit * creature->s * spread,
				 creature->at.y + creature->s * spread },
			       color_shade(color, 0.06, 1),
			       color_shade(color, -0.10, 1),
			       1,
			       1 };

	draw_fill_blend_keep(stage->cr, &blend);
}

static void body_path(struct stage *stage, const struct creature *creature, double wide)
{
	double down = (stage->h - creature->at.y) / creature->s + 0.2;
	const struct point half[] = {
		{ 0.35, 0.55 },       { 0.72 * wide, 0.95 },       { 1.02 * wide, 1.55 },
		{ 1.14 * wide, 2.2 }, { 1.18 * wide, down + 0.6 }, { 0.3, down + 0.8 },
	};

	both_sides(stage, creature, half, 6);
}

static void paint_body(struct stage *stage, const struct creature *creature, double wide)
{
	const struct point bib[] = {
		{ 0.2, 0.6 },         { 0.46 * wide, 0.95 }, { 0.50 * wide, 1.4 },
		{ 0.26 * wide, 2.0 }, { 0.04, 2.35 },
	};

	body_path(stage, creature, wide);
	fill_lit(stage, creature, color_shade(creature->coat, -0.05, 1), 1.8);
	cairo_new_path(stage->cr);
	both_sides(stage, creature, bib, 5);
	draw_fill(stage->cr, creature->belly, 0.9);
}

/* Short strokes over the current clip, away from the face's middle. */
static void paint_fur(struct stage *stage, const struct creature *creature, double reach)
{
	struct rng rng = rng_fork(&stage->rng);

	cairo_set_line_cap(stage->cr, CAIRO_LINE_CAP_ROUND);
	for (int i = 0; i < 260; i++) {
		double angle = rng_range(&rng, 0, 2 * M_PI), r = sqrt(rng_unit(&rng)) * reach;
		double x = creature->at.x + cos(angle) * r * creature->s;
		double y = creature->at.y + sin(angle) * r * creature->s;
		double length = creature->s * rng_range(&rng, 0.05, 0.13);

		cairo_move_to(stage->cr, x, y);
		cairo_rel_line_to(stage->cr, cos(angle) * length,
				  sin(angle) * length + length * 0.4);
		draw_stroke(stage->cr, i & 1 ? creature->shade : creature->belly, 0.16,
			    fmax(creature->s * 0.014, 0.6));
	}
}

struct eye {
	double x, y, rx, ry, pupil_x, pupil_y;
};

static void paint_eyes(struct stage *stage, const struct creature *creature, const struct eye *eye)
{
	struct color rim = color_shade(stage->palette->dark, -0.05, 0.5);

	for (int side = -1; side <= 1; side += 2) {
		struct point at = { eye->x, eye->y };

		enter(stage, creature, side);
		draw_ellipse(stage->cr, at, eye->rx * 1.16, eye->ry * 1.18);
		draw_fill(stage->cr, rim, 1);
		draw_ellipse(stage->cr, at, eye->rx, eye->ry);
		draw_fill_blend(stage->cr, &(struct blend){ { 0, eye->y - eye->ry },
							    { 0, eye->y + eye->ry },
							    color_shade(creature->eye, -0.12, 1),
							    color_shade(creature->eye, 0.10, 1),
							    1,
							    1 });
		draw_ellipse(stage->cr, at, eye->pupil_x, eye->pupil_y);
		draw_fill(stage->cr, rim, 1);
		cairo_restore(stage->cr);
		/* The glint sits on the same side of both eyes: it is the window's. */
		enter(stage, creature, 1);
		draw_ellipse(
			stage->cr,
			(struct point){ side * eye->x - eye->rx * 0.30, eye->y - eye->ry * 0.36 },
			eye->rx * 0.24, eye->rx * 0.26);
		draw_fill(stage->cr, stage->palette->paper, 0.95);
		draw_ellipse(
			stage->cr,
			(struct point){ side * eye->x + eye->rx * 0.28, eye->y + eye->ry * 0.40 },
			eye->rx * 0.11, eye->rx * 0.11);
		draw_fill(stage->cr, stage->palette->paper, 0.6);
		cairo_restore(stage->cr);
	}
}

static void paint_mouth(struct stage *stage, const struct creature *creature, double y, double size,
			struct color nose)
{
	cairo_t *cr = stage->cr;
	struct color line = color_shade(stage->palette->dark, -0.02, 0.6);

	enter(stage, creature, 1);
	cairo_set_line_cap(cr, CAIRO_LINE_CAP_ROUND);
	cairo_move_to(cr, 0, y + size * 0.4);
	cairo_line_to(cr, 0, y + size * 0.95);
	cairo_curve_to(cr, -size * 0.2, y + size * 1.5, -size, y + size * 1.5, -size * 1.25,
		       y + size * 0.95);
	cairo_move_to(cr, 0, y + size * 0.95);
	cairo_curve_to(cr, size * 0.2, y + size * 1.5, size, y + size * 1.5, size * 1.25,
		       y + size * 0.95);
	draw_stroke(cr, line, 0.9, 0.030);
	cairo_move_to(cr, -size * 0.85, y - size * 0.35);
	cairo_curve_to(cr, -size * 0.4, y - size * 0.62, size * 0.4, y - size * 0.62, size * 0.85,
		       y - size * 0.35);
	cairo_curve_to(cr, size * 0.75, y + size * 0.25, size * 0.25, y + size * 0.5, 0,
		       y + size * 0.55);
	cairo_curve_to(cr, -size * 0.25, y + size * 0.5, -size * 0.75, y + size * 0.25,
		       -size * 0.85, y - size * 0.35);
	draw_fill(cr, nose, 1);
	draw_ellipse(cr, (struct point){ -size * 0.25, y - size * 0.22 }, size * 0.22, size * 0.10);
	draw_fill(cr, stage->palette->paper, 0.45);
	cairo_restore(cr);
}

static void paint_whiskers(struct stage *stage, const struct creature *creature, double y)
{
	for (int side = -1; side <= 1; side += 2) {
		enter(stage, creature, side);
		cairo_set_line_cap(stage->cr, CAIRO_LINE_CAP_ROUND);
		for (int i = 0; i < 3; i++) {
			cairo_move_to(stage->cr, 0.34, y + i * 0.055);
			cairo_curve_to(stage->cr, 0.7, y - 0.10 + i * 0.10, 1.0,
				       y - 0.10 + i * 0.13, 1.30, y - 0.10 + i * 0.19);
		}
		draw_stroke(stage->cr, stage->palette->paper, 0.75, 0.014);
		cairo_restore(stage->cr);
	}
}

static void paint_ears(struct stage *stage, const struct creature *creature,
		       const struct point ear[3], struct color inner)
{
	for (int side = -1; side <= 1; side += 2) {
		enter(stage, creature, side);
		cairo_set_line_join(stage->cr, CAIRO_LINE_JOIN_ROUND);
		draw_polygon(stage->cr, ear, 3);
		draw_fill_keep(stage->cr, creature->coat, 1);
		draw_stroke(stage->cr, creature->coat, 1, 0.12);
		for (int i = 0; i < 3; i++) {
			double cx = (ear[0].x + ear[1].x + ear[2].x) / 3,
			       cy = (ear[0].y + ear[1].y + ear[2].y) / 3;

			cairo_line_to(stage->cr, cx + (ear[i].x - cx) * 0.60,
				      cy + 0.06 + (ear[i].y - cy) * 0.60);
		}
		cairo_close_path(stage->cr);
		draw_fill_keep(stage->cr, inner, 1);
		draw_stroke(stage->cr, inner, 1, 0.06);
		cairo_restore(stage->cr);
	}
}

static void paint_tabby(struct stage *stage, const struct creature *creature)
{
	for (int side = -1; side <= 1; side += 2) {
		enter(stage, creature, side);
		draw_leaf(stage->cr, (struct point){ 0.10, -0.98 }, (struct point){ 0.10, -0.42 },
			  0.10);
		draw_leaf(stage->cr, (struct point){ 0.32, -0.94 }, (struct point){ 0.26, -0.52 },
			  0.09);
		for (int i = 0; i < 3; i++)
			draw_leaf(stage->cr, (struct point){ 1.12, -0.02 + 0.22 * i },
				  (struct point){ 0.66, 0.06 + 0.17 * i }, 0.085);
		draw_fill(stage->cr, creature->shade, 0.75);
		cairo_restore(stage->cr);
	}
}

static void paint_muzzle(struct stage *stage, const struct creature *creature, struct point at,
			 double rx, double ry)
{
	enter(stage, creature, 1);
	draw_ellipse(stage->cr, (struct point){ -at.x, at.y }, rx, ry);
	draw_ellipse(stage->cr, at, rx, ry);
	cairo_restore(stage->cr);
	draw_fill(stage->cr, creature->belly, 1);
}

void creature_cat(struct stage *stage, const struct creature *creature)
{
	static const struct point ear[] = { { 0.34, -0.74 }, { 0.80, -1.42 }, { 0.98, -0.34 } };
	static const struct point head[] = {
		{ 0.14, -0.92 }, { 0.55, -0.82 }, { 0.92, -0.42 }, { 1.02, 0.02 },
		{ 1.10, 0.30 },  { 0.84, 0.50 },  { 0.46, 0.72 },  { 0.12, 0.80 },
	};
	const struct eye eye = { 0.43, -0.04, 0.235, 0.235, 0.075, 0.205 };
	struct color pink = color_from_lch((struct lch){ .70, .09, 15 });

	paint_body(stage, creature, 0.86);
	paint_ears(stage, creature, ear, color_mix(pink, creature->coat, 0.35));
	both_sides(stage, creature, head, 8);
	fill_lit(stage, creature, creature->coat, 1);
	cairo_save(stage->cr);
	cairo_clip(stage->cr);
	paint_tabby(stage, creature);
	paint_fur(stage, creature, 1.1);
	cairo_restore(stage->cr);
	paint_muzzle(stage, creature, (struct point){ 0.17, 0.44 }, 0.26, 0.20);
	paint_eyes(stage, creature, &eye);
	paint_mouth(stage, creature, 0.34, 0.115, pink);
	paint_whiskers(stage, creature, 0.40);
}

void creature_fox(struct stage *stage, const struct creature *creature)
{
	static const struct point ear[] = { { 0.30, -0.66 }, { 0.78, -1.55 }, { 0.98, -0.38 } };
	static const struct point head[] = {
		{ 0.14, -0.84 }, { 0.58, -0.74 }, { 0.92, -0.40 }, { 1.14, 0.12 },
		{ 1.30, 0.42 },  { 0.82, 0.50 },  { 0.42, 0.80 },  { 0.10, 1.04 },
	};
	static const struct point cheek[] = {
		{ 0.06, 0.30 }, { 0.34, 0.18 }, { 0.74, 0.10 }, { 1.22, 0.42 },
		{ 0.82, 0.50 }, { 0.42, 0.80 }, { 0.08, 1.03 },
	};
	const struct eye eye = { 0.44, -0.02, 0.165, 0.165, 0.10, 0.13 };

	paint_body(stage, creature, 0.88);
	paint_ears(stage, creature, ear, color_mix(creature->shade, stage->palette->dark, 0.5));
	both_sides(stage, creature, head, 8);
	fill_lit(stage, creature, creature->coat, 1);
	cairo_save(stage->cr);
	cairo_clip(stage->cr);
	paint_fur(stage, creature, 1.2);
	both_sides(stage, creature, cheek, 7);
	draw_fill(stage->cr, creature->belly, 1);
	cairo_restore(stage->cr);
	paint_eyes(stage, creature, &eye);
	paint_mouth(stage, creature, 0.72, 0.13, color_shade(stage->palette->dark, 0, 0.5));
}

void creature_dog(struct stage *stage, const struct creature *creature)
{
	static const struct point head[] = {
		{ 0.16, -0.98 }, { 0.60, -0.84 }, { 0.86, -0.40 }, { 0.84, 0.10 },
		{ 0.74, 0.52 },  { 0.50, 0.86 },  { 0.14, 0.98 },
	};
	static const struct point ear[] = {
		{ 0.52, -0.86 }, { 0.98, -0.86 }, { 1.24, -0.30 }, { 1.22, 0.34 },
		{ 0.98, 0.52 },  { 0.82, 0.12 },  { 0.78, -0.36 },
	};
	const struct eye eye = { 0.36, -0.14, 0.165, 0.175, 0.12, 0.13 };

	paint_body(stage, creature, 0.95);
	both_sides(stage, creature, head, 7);
	fill_lit(stage, creature, creature->coat, 1);
	cairo_save(stage->cr);
	cairo_clip(stage->cr);
	paint_fur(stage, creature, 1.0);
	enter(stage, creature, 1);
	draw_leaf(stage->cr, (struct point){ 0, -1.05 }, (struct point){ 0, 0.5 }, 0.30);
	cairo_restore(stage->cr);
	draw_fill(stage->cr, creature->belly, 0.9);
	enter(stage, creature, stage->light.x < creature->at.x ? 1 : -1);
	draw_ellipse(stage->cr, (struct point){ 0.42, -0.20 }, 0.36, 0.42);
	cairo_restore(stage->cr);
	draw_fill(stage->cr, creature->shade, 0.75);
	cairo_restore(stage->cr);
	paint_muzzle(stage, creature, (struct point){ 0.18, 0.48 }, 0.33, 0.32);
	for (int side = -1; side <= 1; side += 2) {
		enter(stage, creature, side);
		draw_curve(stage->cr, ear, 7, CURVE_CLOSED);
		draw_fill_blend(stage->cr, &(struct blend){ { 0, -0.9 },
							    { 0, 0.5 },
							    creature->shade,
							    color_shade(creature->shade, -0.08, 1),
							    1,
							    1 });
		cairo_restore(stage->cr);
	}
	paint_eyes(stage, creature, &eye);
	enter(stage, creature, 1);
	draw_leaf(stage->cr, (struct point){ 0, 0.56 }, (struct point){ 0.02, 1.02 }, 0.24);
	draw_fill(stage->cr, color_from_lch((struct lch){ .68, .14, 15 }), 1);
	cairo_restore(stage->cr);
	paint_mouth(stage, creature, 0.33, 0.19, color_shade(stage->palette->dark, 0, 0.5));
	enter(stage, creature, 1);
	cairo_move_to(stage->cr, -0.66, 1.02);
	cairo_curve_to(stage->cr, -0.3, 1.32, 0.3, 1.32, 0.66, 1.02);
	cairo_set_line_cap(stage->cr, CAIRO_LINE_CAP_ROUND);
	draw_stroke(stage->cr, stage->palette->accent[0], 1, 0.13);
	draw_ellipse(stage->cr, (struct point){ 0, 1.36 }, 0.12, 0.12);
	draw_fill(stage->cr, color_from_lch((struct lch){ .82, .14, 88 }), 1);
	cairo_restore(stage->cr);
}

void creature_rabbit(struct stage *stage, const struct creature *creature)
{
	static const struct point head[] = {
		{ 0.14, -0.86 }, { 0.52, -0.74 }, { 0.80, -0.30 }, { 0.90, 0.16 },
		{ 0.78, 0.52 },  { 0.44, 0.76 },  { 0.12, 0.84 },
	};
	const struct eye eye = { 0.50, -0.08, 0.155, 0.185, 0.125, 0.155 };
	struct color pink = color_from_lch((struct lch){ .74, .08, 15 });

	paint_body(stage, creature, 0.8);
	for (int side = -1; side <= 1; side += 2) {
		struct point root = { 0.26, -0.62 }, tip = { side > 0 ? 0.62 : 0.42, -2.05 };

		enter(stage, creature, side);
		draw_leaf(stage->cr, root, tip, 0.62);
		draw_fill(stage->cr, color_shade(creature->coat, -0.03, 1), 1);
		draw_leaf(stage->cr, (struct point){ root.x + 0.03, root.y - 0.15 },
			  (struct point){ tip.x - 0.03, tip.y + 0.2 }, 0.34);
		draw_fill(stage->cr, color_mix(pink, creature->coat, 0.3), 1);
		cairo_restore(stage->cr);
	}
	both_sides(stage, creature, head, 7);
	fill_lit(stage, creature, creature->coat, 1);
	cairo_save(stage->cr);
	cairo_clip(stage->cr);
	paint_fur(stage, creature, 1.0);
	cairo_restore(stage->cr);
	paint_muzzle(stage, creature, (struct point){ 0.17, 0.48 }, 0.25, 0.22);
	paint_eyes(stage, creature, &eye);
	enter(stage, creature, 1);
	cairo_rectangle(stage->cr, -0.075, 0.56, 0.07, 0.14);
	cairo_rectangle(stage->cr, 0.005, 0.56, 0.07, 0.14);
	cairo_restore(stage->cr);
	draw_fill(stage->cr, stage->palette->paper, 1);
	paint_mouth(stage, creature, 0.40, 0.10, pink);
	paint_whiskers(stage, creature, 0.44);
}

void creature_bear(struct stage *stage, const struct creature *creature)
{
	static const struct point head[] = {
		{ 0.16, -0.92 }, { 0.62, -0.80 }, { 0.98, -0.34 }, { 1.04, 0.18 },
		{ 0.84, 0.62 },  { 0.46, 0.86 },  { 0.14, 0.92 },
	};
	const struct eye eye = { 0.38, -0.12, 0.115, 0.125, 0.095, 0.105 };

	paint_body(stage, creature, 1.15);
	for (int side = -1; side <= 1; side += 2) {
		enter(stage, creature, side);
		draw_ellipse(stage->cr, (struct point){ 0.72, -0.76 }, 0.34, 0.34);
		draw_fill(stage->cr, creature->coat, 1);
		draw_ellipse(stage->cr, (struct point){ 0.72, -0.74 }, 0.19, 0.19);
		draw_fill(stage->cr, creature->shade, 1);
		cairo_restore(stage->cr);
	}
	both_sides(stage, creature, head, 7);
	fill_lit(stage, creature, creature->coat, 1);
	cairo_save(stage->cr);
	cairo_clip(stage->cr);
	paint_fur(stage, creature, 1.1);
	cairo_restore(stage->cr);
	paint_muzzle(stage, creature, (struct point){ 0.08, 0.40 }, 0.38, 0.32);
	paint_eyes(stage, creature, &eye);
	paint_mouth(stage, creature, 0.28, 0.17, color_shade(stage->palette->dark, 0, 0.5));
	for (int side = -1; side <= 1; side += 2)
		draw_glow(stage->cr,
			  &(struct glow){ { creature->at.x + side * creature->s * 0.66,
					    creature->at.y + creature->s * 0.30 },
					  creature->s * 0.26,
					  0.35,
					  color_from_lch((struct lch){ .68, .14, 25 }) });
}

static void paint_scallops(struct stage *stage, const struct creature *creature, double wide)
{
	cairo_save(stage->cr);
	body_path(stage, creature, wide);
	cairo_clip(stage->cr);
	for (int row = 0; row < 9; row++)
		for (int i = -4; i <= 4; i++) {
			double x = (i + (row & 1) * 0.5) * 0.24, y = 0.95 + row * 0.22;

			enter(stage, creature, 1);
			cairo_new_path(stage->cr);
			cairo_arc(stage->cr, x, y, 0.13, 0, M_PI);
			cairo_restore(stage->cr);
			draw_fill(stage->cr, row & 1 ? creature->belly : creature->shade, 0.75);
		}
	cairo_restore(stage->cr);
}

void creature_owl(struct stage *stage, const struct creature *creature)
{
	static const struct point ear[] = { { 0.30, -0.70 }, { 0.92, -1.24 }, { 0.98, -0.30 } };
	static const struct point head[] = {
		{ 0.16, -0.84 }, { 0.60, -0.80 }, { 0.98, -0.44 }, { 1.08, 0.08 },
		{ 1.00, 0.60 },  { 0.62, 0.92 },  { 0.14, 1.0 },
	};
	const struct eye eye = { 0.42, -0.06, 0.29, 0.29, 0.16, 0.16 };

	paint_body(stage, creature, 1.02);
	paint_scallops(stage, creature, 1.02);
	paint_ears(stage, creature, ear, creature->shade);
	both_sides(stage, creature, head, 7);
	fill_lit(stage, creature, creature->coat, 1);
	cairo_save(stage->cr);
	cairo_clip(stage->cr);
	paint_fur(stage, creature, 1.1);
	cairo_restore(stage->cr);
	for (int ring = 0; ring < 3; ring++) {
		paint_muzzle(stage,
			     &(struct creature){ creature->at, creature->s, creature->coat,
						 creature->shade,
						 color_mix(creature->belly, creature->shade,
							   ring == 1 ? 0.45 : 0),
						 creature->eye },
			     (struct point){ 0.42, -0.04 }, 0.54 - 0.07 * ring, 0.58 - 0.07 * ring);
	}
	paint_eyes(stage, creature, &eye);
	enter(stage, creature, 1);
	draw_leaf(stage->cr, (struct point){ 0, 0.06 }, (struct point){ 0, 0.60 }, 0.30);
	cairo_restore(stage->cr);
	draw_fill(stage->cr, color_from_lch((struct lch){ .74, .15, 68 }), 1);
}
