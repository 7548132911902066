/* Creatures seen from the front, to their shoulders, and a bird on a branch. */
#ifndef EASELFS_PREVIEW_CREATURE_H
#define EASELFS_PREVIEW_CREATURE_H

#include "preview/stage.h"

struct creature {
	struct point at; /* the middle of the face */
	double s;        /* half the head's width, pixels */
	struct color coat, shade, belly, eye;
};

void creature_cat(struct stage *stage, const struct creature *creature);
void creature_dog(struct stage *stage, const struct creature *creature);
void creature_fox(struct stage *stage, const struct creature *creature);
void creature_owl(struct stage *stage, const struct creature *creature);
void creature_rabbit(struct stage *stage, const struct creature *creature);
void creature_bear(struct stage *stage, const struct creature *creature);
void creature_person(struct stage *stage, const struct creature *creature);
void creature_bird(struct stage *stage, const struct creature *creature);

#endif
