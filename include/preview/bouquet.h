/* Things that lie and stand on a table. */
#ifndef EASELFS_PREVIEW_BOUQUET_H
#define EASELFS_PREVIEW_BOUQUET_H

#include "preview/stage.h"

/* The current path, shaded as a ball around `at` lit from the upper left. */
void bouquet_fill_round(cairo_t *cr, struct point at, double radius, struct color color);
/* One blossom of any kind facing us. */
void bouquet_flower(struct stage *stage, struct rng *rng, struct point at, double radius);
/* Stems, leaves and blossoms that stand up from `mouth` as a dome. */
void bouquet_paint(struct stage *stage, struct rng *rng, struct point mouth, double height);

#endif
