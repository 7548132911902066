/* A whole picture: scene, medium, caption. */
#ifndef EASELFS_PREVIEW_PICTURE_H
#define EASELFS_PREVIEW_PICTURE_H

#include "preview/canvas.h"

struct picture_order {
	const char *prompt;
	size_t prompt_size;
	int w, h; /* CANVAS_SIDE_MIN..CANVAS_SIDE_MAX */
	uint32_t seed;
	/* Told how far painting is; may be NULL. */
	void (*progress)(int percent);
};

/* The same order gives the same pixels. The caller's to canvas_free(). */
struct canvas *picture_paint(const struct picture_order *order);

#endif
