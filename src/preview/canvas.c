/* Hides the pixel store. The format is cairo's RGB24: a picture has no transparent
 * parts, and a PNG without alpha is a quarter smaller. The PNG goes to memory
 * first: then the only thing left that can fail is writing a file of known bytes,
 * and no half-encoded file can be left behind. */
#include "preview/canvas.h"

#include <stdlib.h>
#include <string.h>

#include "preview/memory.h"
#include "preview/pixels.h"

static struct canvas *wrap(uint32_t *pixels, int w, int h)
{
	struct canvas *canvas = memory_zeroed(1, sizeof(*canvas));

	canvas->w = w;
	canvas->h = h;
	canvas->stride = w; /* cairo wants rows of whole words: they are */
	canvas->pixels = pixels;
	canvas->surface = cairo_image_surface_create_for_data((unsigned char *)pixels,
							      CAIRO_FORMAT_RGB24, w, h, w * 4);
	return canvas;
}

struct canvas *canvas_new(int w, int h)
{
	return wrap(memory_zeroed((size_t)w * (size_t)h, sizeof(uint32_t)), w, h);
}

struct canvas *canvas_top(struct canvas *whole, int h)
{
	struct canvas *top = wrap(whole->pixels, whole->w, h);

	top->whole = whole;
	return top;
}

void canvas_free(struct canvas *canvas)
{
	if (!canvas)
		return;
	cairo_surface_destroy(canvas->surface);
	if (!canvas->whole)
		free(canvas->pixels);
	free(canvas);
}

void canvas_begin_pixels(struct canvas *canvas)
{
	cairo_surface_flush(canvas->surface);
}

void canvas_end_pixels(struct canvas *canvas)
{
	cairo_surface_mark_dirty(canvas->surface);
}

uint32_t *canvas_copy_pixels(struct canvas *canvas)
{
	size_t count = (size_t)canvas->w * (size_t)canvas->h;
	uint32_t *copy = memory_zeroed(count, sizeof(*copy));

	canvas_begin_pixels(canvas);
	memcpy(copy, canvas->pixels, count * sizeof(*copy));
	return copy;
}

int canvas_add_png(struct canvas *canvas, struct strbuf *png)
{
	canvas_begin_pixels(canvas);
	return pixels_add_png(png, canvas->pixels, canvas->w, canvas->h);
}
