/* Skies, and what falls from them. */
#ifndef EASELFS_PREVIEW_SKY_H
#define EASELFS_PREVIEW_SKY_H

#include "preview/stage.h"

/* Paints from the top to `horizon` (pixels) and on below it in the horizon's
 * colour; puts the sun or moon at scene->light. */
void sky_paint(struct stage *stage, double horizon);
/* Rain or snow over everything, if the idea has it. */
void sky_paint_weather(struct stage *stage);
/* A few birds far away around `centre`. */
void sky_paint_birds(struct stage *stage, struct point centre, int count);

#endif
