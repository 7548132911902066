/* Drawing verbs shared by the scenes, on top of cairo. Lengths are pixels; every
 * verb leaves the cairo state (but for source and path) as it was. */
#ifndef EASELFS_PREVIEW_DRAW_H
#define EASELFS_PREVIEW_DRAW_H

#include <cairo.h>

#include "preview/color.h"
#include "preview/rng.h"

struct point {
	double x, y;
};

void draw_source(cairo_t *cr, struct color color, double alpha);
/* Fills, or fills and keeps, the current path. */
void draw_fill(cairo_t *cr, struct color color, double alpha);
void draw_fill_keep(cairo_t *cr, struct color color, double alpha);
void draw_stroke(cairo_t *cr, struct color color, double alpha, double width);

/* Fill the current path (and forget it) with a blend from one place to another. */
struct blend {
	struct point from, to;
	struct color first, last;
	double first_alpha, last_alpha;
};
void draw_fill_blend(cairo_t *cr, const struct blend *blend);
void draw_fill_blend_keep(cairo_t *cr, const struct blend *blend);

/* Light around a point, fading to nothing at `radius`. */
struct glow {
	struct point at;
	double radius, alpha;
	struct color color;
};
void draw_glow(cairo_t *cr, const struct glow *glow);

/* Add to the current path. */
void draw_ellipse(cairo_t *cr, struct point centre, double rx, double ry);
void draw_polygon(cairo_t *cr, const struct point *points, int count);
enum curve { CURVE_OPEN, CURVE_CLOSED };
/* Smooth through all points (Catmull-Rom). */
void draw_curve(cairo_t *cr, const struct point *points, int count, enum curve kind);
/* Pointed at both ends, lying: a wave, a leaf, a wisp. */
void draw_lens(cairo_t *cr, struct point centre, double half_w, double half_h);
/* A leaf from its stem's end to its tip, `width` at its widest. */
void draw_leaf(cairo_t *cr, struct point stem, struct point tip, double width);
/* Round but uneven by `uneven` (0..1). */
void draw_blob(cairo_t *cr, struct rng *rng, struct point centre, double radius, double uneven);

#endif
