/* Things that stand in or by the water. */
#ifndef EASELFS_PREVIEW_SHORE_H
#define EASELFS_PREVIEW_SHORE_H

#include "preview/stage.h"

/* A sailing boat `height` tall whose waterline is at `at`, and its reflection. */
void shore_boat(struct stage *stage, struct point at, double height);

/* Rocks from the right (side 1) or left (-1) edge, with a lighthouse on them;
 * its lamp is lit when it is dark enough. */
void shore_headland(struct stage *stage, double side, double horizon);

#endif
