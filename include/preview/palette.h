/* The colours of one picture, by the part they play. */
#ifndef EASELFS_PREVIEW_PALETTE_H
#define EASELFS_PREVIEW_PALETTE_H

#include "preview/color.h"
#include "preview/rng.h"
#include "preview/words.h"

enum { PALETTE_ACCENTS = 4 };

struct palette {
	struct color sky[4]; /* from the zenith to the horizon */
	struct color light;  /* the sun's or moon's disc */
	struct color cloud_lit, cloud_dark;
	struct color haze;      /* what the distance fades into */
	struct color far, near; /* distant and close masses */
	struct color rock, leaf, ground;
	struct color water, deep; /* its surface, and looking into it */
	struct color accent[PALETTE_ACCENTS];
	struct color dark, paper;       /* the ends of the scale */
	struct color plate, plate_text; /* the caption: at least PLATE_CONTRAST apart */
	struct color badge, badge_text; /* the word PREVIEW: likewise */
};

#define PLATE_CONTRAST 4.5

/* The mood must be decided (words_decide). */
struct palette palette_new(const struct idea *idea, struct rng *rng);

#endif
