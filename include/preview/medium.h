/* What a picture is painted with. */
#ifndef EASELFS_PREVIEW_MEDIUM_H
#define EASELFS_PREVIEW_MEDIUM_H

#include "preview/stage.h"

/* Turns the finished scene into one made in the idea's medium, which must be
 * decided: paper, brush or hatching over all of the canvas. */
void medium_finish(struct stage *stage);

/* The media that need room of their own; for medium_finish(). */
void medium_oil(struct stage *stage);
void medium_watercolor(struct stage *stage);
void medium_ink(struct stage *stage);
void medium_pencil(struct stage *stage);

#endif
