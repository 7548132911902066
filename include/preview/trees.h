/* Trees, houses and what grows at their feet. */
#ifndef EASELFS_PREVIEW_TREES_H
#define EASELFS_PREVIEW_TREES_H

#include "preview/stage.h"

struct tree {
	struct point foot;
	double height;
	struct color color; /* of its shadow side */
	struct color lit;
};

void trees_conifer(struct stage *stage, struct rng *rng, const struct tree *tree);
void trees_broadleaf(struct stage *stage, struct rng *rng, const struct tree *tree);
/* A cabin `width` wide with a light in its window. */
void trees_cabin(struct stage *stage, struct point foot, double width);
/* Grass and, with `flowers`, blossoms over the rows from `top` down. */
enum meadow { MEADOW_GRASS, MEADOW_FLOWERS };
void trees_meadow(struct stage *stage, double top, enum meadow kind);

#endif
