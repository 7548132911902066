/* The picture being painted: pixels, and a cairo surface over the same pixels. */
#ifndef EASELFS_PREVIEW_CANVAS_H
#define EASELFS_PREVIEW_CANVAS_H

#include <cairo.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "preview/color.h"

struct canvas {
	int w, h;
	int stride;       /* in pixels */
	uint32_t *pixels; /* 0x00RRGGBB */
	cairo_surface_t *surface;
	struct canvas *whole; /* whose pixels these are; NULL: its own */
};

/* Black. Sides up to CANVAS_SIDE_MAX. Never NULL. */
struct canvas *canvas_new(int w, int h);
/* The `h` topmost rows of `whole`, which must outlive it. */
struct canvas *canvas_top(struct canvas *whole, int h);
void canvas_free(struct canvas *canvas); /* NULL is a no-op */

enum { CANVAS_SIDE_MIN = 256, CANVAS_SIDE_MAX = 4096 };

/* Cairo and we must take turns: between these two the pixels are ours. */
void canvas_begin_pixels(struct canvas *canvas);
void canvas_end_pixels(struct canvas *canvas);

/* A copy of the pixels without gaps between rows, the caller's to free(). */
uint32_t *canvas_copy_pixels(struct canvas *canvas);

/* Appends the picture as a PNG without a time in it. 0 or -ENOMEM. */
int canvas_add_png(struct canvas *canvas, struct strbuf *png);

/* Rounds with `dither` (-0.5..0.5, in steps of 1/255) added. */
static inline uint32_t canvas_pixel(struct color color, double dither)
{
	double r = color.r * 255 + dither + 0.5, g = color.g * 255 + dither + 0.5;
	double b = color.b * 255 + dither + 0.5;
	uint32_t ri = r < 0 ? 0 : r > 255 ? 255 : (uint32_t)r;
	uint32_t gi = g < 0 ? 0 : g > 255 ? 255 : (uint32_t)g;
	uint32_t bi = b < 0 ? 0 : b > 255 ? 255 : (uint32_t)b;

	return ri << 16 | gi << 8 | bi;
}

static inline struct color canvas_color(uint32_t pixel)
{
	return (struct color){ (pixel >> 16 & 255) / 255.0, (pixel >> 8 & 255) / 255.0,
			       (pixel & 255) / 255.0 };
}

static inline void cleanup_canvas(struct canvas **canvas)
{
	canvas_free(*canvas);
}

#endif
