/* Hides cairo's small change. Glows have Gaussian-like stops because a linear
 * radial gradient ends in a visible rim; smooth outlines are Catmull-Rom splines
 * because a scene knows points a contour passes through, not control handles. */
#include "preview/draw.h"

#include <math.h>

void draw_source(cairo_t *cr, struct color color, double alpha)
{
	cairo_set_source_rgba(cr, color.r, color.g, color.b, alpha);
}

void draw_fill(cairo_t *cr, struct color color, double alpha)
{
	draw_source(cr, color, alpha);
	cairo_fill(cr);
}

void draw_fill_keep(cairo_t *cr, struct color color, double alpha)
{
	draw_source(cr, color, alpha);
	cairo_fill_preserve(cr);
}

void draw_stroke(cairo_t *cr, struct color color, double alpha, double width)
{
	draw_source(cr, color, alpha);
	cairo_set_line_width(cr, width);
	cairo_stroke(cr);
}

void draw_fill_blend_keep(cairo_t *cr, const struct blend *blend)
{
	enum { STOPS = 5 };
	cairo_pattern_t *pattern =
		cairo_pattern_create_linear(blend->from.x, blend->from.y, blend->to.x, blend->to.y);

	for (int i = 0; i < STOPS; i++) {
		double t = i / (STOPS - 1.0);
		struct color c = color_mix(blend->first, blend->last, t);

		cairo_pattern_add_color_stop_rgba(
			pattern, t, c.r, c.g, c.b,
			blend->first_alpha + (blend->last_alpha - blend->first_alpha) * t);
	}
	cairo_set_source(cr, pattern);
	cairo_fill_preserve(cr);
	cairo_pattern_destroy(pattern);
}

void draw_fill_blend(cairo_t *cr, const struct blend *blend)
{
	draw_fill_blend_keep(cr, blend);
	cairo_new_path(cr);
}

void draw_glow(cairo_t *cr, const struct glow *glow)
{
	static const double fall[][2] = {
		{ 0, 1 },     { .15, .80 }, { .30, .52 },  { .45, .30 },
		{ .60, .15 }, { .75, .06 }, { .90, .015 }, { 1, 0 },
	};
	cairo_pattern_t *pattern = cairo_pattern_create_radial(
		glow->at.x, glow->at.y, 0, glow->at.x, glow->at.y, glow->radius);

	for (size_t i = 0; i < sizeof(fall) / sizeof(*fall); i++)
		cairo_pattern_add_color_stop_rgba(pattern, fall[i][0], glow->color.r, glow->color.g,
						  glow->color.b, fall[i][1] * glow->alpha);
	cairo_set_source(cr, pattern);
	cairo_new_path(cr);
	cairo_arc(cr, glow->at.x, glow->at.y, glow->radius, 0, 2 * M_PI);
	cairo_fill(cr);
	cairo_pattern_destroy(pattern);
}

void draw_ellipse(cairo_t *cr, struct point centre, double rx, double ry)
{
	cairo_matrix_t before;

	if (rx <= 0 || ry <= 0)
		return;
	cairo_get_matrix(cr, &before);
	cairo_new_sub_path(cr);
	cairo_translate(cr, centre.x, centre.y);
	cairo_scale(cr, rx, ry);
	cairo_arc(cr, 0, 0, 1, 0, 2 * M_PI);
	cairo_close_path(cr);
	cairo_set_matrix(cr, &before);
}

void draw_polygon(cairo_t *cr, const struct point *points, int count)
{
	for (int i = 0; i < count; i++)
		cairo_line_to(cr, points[i].x, points[i].y);
	cairo_close_path(cr);
}

static struct point neighbour(const struct point *points, int count, int i, enum curve kind)
{
	if (kind == CURVE_CLOSED)
		return points[(i + count) % count];
	return points[i < 0 ? 0 : i >= count ? count - 1 : i];
}

void draw_curve(cairo_t *cr, const struct point *points, int count, enum curve kind)
{
	int pieces = kind == CURVE_CLOSED ? count : count - 1;

	cairo_line_to(cr, points[0].x, points[0].y);
	for (int i = 0; i < pieces; i++) {
		struct point p0 = neighbour(points, count, i - 1, kind);
		struct point p1 = neighbour(points, count, i, kind);
		struct point p2 = neighbour(points, count, i + 1, kind);
		struct point p3 = neighbour(points, count, i + 2, kind);

		cairo_curve_to(cr, p1.x + (p2.x - p0.x) / 6, p1.y + (p2.y - p0.y) / 6,
			       p2.x - (p3.x - p1.x) / 6, p2.y - (p3.y - p1.y) / 6, p2.x, p2.y);
	}
	if (kind == CURVE_CLOSED)
		cairo_close_path(cr);
}

void draw_lens(cairo_t *cr, struct point centre, double half_w, double half_h)
{
	cairo_move_to(cr, centre.x - half_w, centre.y);
	cairo_curve_to(cr, centre.x - half_w * 0.35, centre.y - half_h * 1.3,
		       centre.x + half_w * 0.35, centre.y - half_h * 1.3, centre.x + half_w,
		       centre.y);
	cairo_curve_to(cr, centre.x + half_w * 0.35, centre.y + half_h * 1.3,
		       centre.x - half_w * 0.35, centre.y + half_h * 1.3, centre.x - half_w,
		       centre.y);
	cairo_close_path(cr);
}

void draw_leaf(cairo_t *cr, struct point stem, struct point tip, double width)
{
	double dx = tip.x - stem.x, dy = tip.y - stem.y;
	double length = hypot(dx, dy);
	double nx, ny;

	if (length <= 0)
		return;
	nx = -dy / length * width * 0.68;
	ny = dx / length * width * 0.68;
	cairo_move_to(cr, stem.x, stem.y);
	cairo_curve_to(cr, stem.x + dx * 0.2 + nx, stem.y + dy * 0.2 + ny, stem.x + dx * 0.65 + nx,
		       stem.y + dy * 0.65 + ny, tip.x, tip.y);
	cairo_curve_to(cr, stem.x + dx * 0.65 - nx, stem.y + dy * 0.65 - ny, stem.x + dx * 0.2 - nx,
		       stem.y + dy * 0.2 - ny, stem.x, stem.y);
	cairo_close_path(cr);
}

void draw_blob(cairo_t *cr, struct rng *rng, struct point centre, double radius, double uneven)
{
	enum { CORNERS = 9 };
	struct point points[CORNERS];

	for (int i = 0; i < CORNERS; i++) {
		double angle = 2 * M_PI * (i + rng_range(rng, -0.3, 0.3) * uneven) / CORNERS;
		double r = radius * (1 + rng_range(rng, -0.4, 0.25) * uneven);

		points[i] = (struct point){ centre.x + cos(angle) * r, centre.y + sin(angle) * r };
	}
	cairo_new_sub_path(cr);
	draw_curve(cr, points, CORNERS, CURVE_CLOSED);
}
