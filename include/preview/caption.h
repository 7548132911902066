/* The plate under a picture: the word PREVIEW and the prompt. */
#ifndef EASELFS_PREVIEW_CAPTION_H
#define EASELFS_PREVIEW_CAPTION_H

#include <cairo.h>
#include <stddef.h>

#include "base/strbuf.h"
#include "preview/palette.h"

struct caption;

/* For a picture of w x h pixels in all. Never NULL. */
struct caption *caption_new(int w, int h, const char *prompt, size_t size);
void caption_free(struct caption *caption); /* NULL is a no-op */
/* The rows it takes at the bottom; less than half of the picture. */
int caption_height(const struct caption *caption);
void caption_paint(struct caption *caption, cairo_t *cr, const struct palette *palette);

/* Appends the prompt as one printable line: white space in one space, what
 * nobody could read escaped, an overlong one cut with an ellipsis. */
void caption_add_line(struct strbuf *line, const char *prompt, size_t size);

static inline void cleanup_caption(struct caption **caption)
{
	caption_free(*caption);
}

#endif
