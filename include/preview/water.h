/* Still water that mirrors what stands above it. */
#ifndef EASELFS_PREVIEW_WATER_H
#define EASELFS_PREVIEW_WATER_H

#include "preview/stage.h"

/* Fills the rows from `shore` down to `to` with what is painted above `shore`,
 * turned over, rippled, and tinted with the palette's water. */
void water_mirror(struct stage *stage, double shore, double to);

#endif
