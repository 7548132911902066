/* The kinds of picture, one for each subject. */
#ifndef EASELFS_PREVIEW_SCENE_H
#define EASELFS_PREVIEW_SCENE_H

#include "preview/stage.h"

/* Paints all of the canvas for the idea's subject, which must be decided. */
void scene_paint(struct stage *stage);

void scene_sea_paint(struct stage *stage);
void scene_land_paint(struct stage *stage);
void scene_city_paint(struct stage *stage);
void scene_still_paint(struct stage *stage);
void scene_animal_paint(struct stage *stage);
void scene_pattern_paint(struct stage *stage);
void scene_space_paint(struct stage *stage);

#endif
