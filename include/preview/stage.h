/* Where a scene is painted: with what colours, what chance and what idea. */
#ifndef EASELFS_PREVIEW_STAGE_H
#define EASELFS_PREVIEW_STAGE_H

#include <cairo.h>

#include "preview/canvas.h"
#include "preview/draw.h"
#include "preview/palette.h"
#include "preview/rng.h"
#include "preview/words.h"

#define GOLDEN 0.6180339887

struct stage {
	struct canvas *canvas; /* only the picture, not the caption */
	cairo_t *cr;
	double w, h; /* pixels */
	double u;    /* the size a main thing may have, pixels */
	struct rng rng;
	const struct palette *palette;
	const struct idea *idea;
	struct point light; /* the sun or moon, wherever it is */
};

static inline int stage_wants(const struct stage *stage, unsigned details)
{
	return (stage->idea->details & details) != 0;
}

static inline int stage_is_dark(const struct stage *stage)
{
	return stage->idea->mood == MOOD_NIGHT;
}

#endif
