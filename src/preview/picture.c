/* Hides the order of work. The prompt alone decides what its words say, the
 * prompt and the seed together roll everything else: two seeds share subject and
 * mood when those are named, never the arrangement. The caption is laid out
 * first, because the scene composes itself in what height is left. */
#include "preview/picture.h"

#include <math.h>

#include "base/cleanup.h"
#include "preview/caption.h"
#include "preview/medium.h"
#include "preview/memory.h"
#include "preview/scene.h"

static void tell(const struct picture_order *order, int percent)
{
	if (order->progress)
		order->progress(percent);
}

/* A main thing's size: wide and tall pictures get more things, not larger ones. */
static double main_size(double w, double h)
{
	return fmin(sqrt(w * h), 1.5 * fmin(w, h));
}

/* After an error cairo ignores what it is told: half a picture must not pass for a
 * whole one. */
static void put_down(cairo_t *cr)
{
	cairo_status_t status = cairo_status(cr);

	if (status)
		memory_give_up(cairo_status_to_string(status));
	cairo_destroy(cr);
}

struct canvas *picture_paint(const struct picture_order *order)
{
	uint64_t chance = rng_hash(order->seed, order->prompt, order->prompt_size);
	struct idea idea = words_read(order->prompt, order->prompt_size);
	struct canvas *canvas = canvas_new(order->w, order->h);
	CLEANUP(caption)
	struct caption *caption =
		caption_new(order->w, order->h, order->prompt, order->prompt_size);
	CLEANUP(canvas) struct canvas *top = canvas_top(canvas, order->h - caption_height(caption));
	struct stage stage = { .canvas = top, .w = top->w, .h = top->h };
	struct palette palette;
	cairo_t *cr;

	tell(order, 0);
	words_decide(&idea, chance);
	stage.rng = rng_new(chance);
	palette = palette_new(&idea, &stage.rng);
	stage.u = main_size(stage.w, stage.h);
	stage.idea = &idea;
	stage.palette = &palette;
	stage.cr = cairo_create(top->surface);
	tell(order, 5);
	scene_paint(&stage);
	put_down(stage.cr);
	tell(order, 50);
	medium_finish(&stage);
	tell(order, 75);
	canvas_end_pixels(canvas);
	cr = cairo_create(canvas->surface);
	caption_paint(caption, cr, &palette);
	put_down(cr);
	return canvas;
}
