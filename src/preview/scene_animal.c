/* Hides the portrait: a creature before a large pale disc (the sun, the moon) in
 * a wreath of leaves and blossoms, which gives every head a frame and a picture
 * of any shape something to fill its sides with. */
#include "preview/scene.h"

#include <math.h>

#include "base/cleanup.h"
#include "preview/bouquet.h"
#include "preview/creature.h"
#include "preview/noise.h"
#include "preview/sky.h"

struct species {
	unsigned detail;
	void (*paint)(struct stage *stage, const struct creature *creature);
	struct lch coats[3];
	struct lch belly;
};

static const struct species all_species[] = {
	{ DETAIL_CAT,
	  creature_cat,
	  { { .72, .12, 62 }, { .52, .015, 250 }, { .34, .015, 280 } },
	  { .94, .02, 80 } },
	{ DETAIL_DOG,
	  creature_dog,
	  { { .72, .09, 70 }, { .50, .07, 50 }, { .86, .04, 80 } },
	  { .95, .015, 80 } },
	{ DETAIL_FOX,
	  creature_fox,
	  { { .64, .16, 48 }, { .60, .15, 40 }, { .62, .02, 250 } },
	  { .96, .012, 80 } },
	{ DETAIL_OWL,
	  creature_owl,
	  { { .52, .06, 55 }, { .60, .03, 70 }, { .46, .05, 35 } },
	  { .90, .035, 80 } },
	{ DETAIL_RABBIT,
	  creature_rabbit,
	  { { .70, .05, 65 }, { .88, .02, 80 }, { .58, .015, 250 } },
	  { .96, .01, 80 } },
	{ DETAIL_BEAR,
	  creature_bear,
	  { { .46, .07, 50 }, { .40, .05, 40 }, { .62, .07, 65 } },
	  { .80, .05, 75 } },
	{ DETAIL_PERSON,
	  creature_person,
	  { { .5, 0, 0 }, { .5, 0, 0 }, { .5, 0, 0 } },
	  { .9, 0, 0 } },
	{ DETAIL_BIRD,
	  creature_bird,
	  { { .58, .13, 250 }, { .62, .13, 165 }, { .52, .06, 50 } },
	  { .93, .05, 75 } },
};

static const struct species *choose(const struct stage *stage, struct rng *rng)
{
	enum { COUNT = sizeof(all_species) / sizeof(*all_species) };
	const struct species *chosen = &all_species[rng_below(rng, COUNT)];

	for (int i = COUNT - 1; i >= 0; i--)
		if (stage_wants(stage, all_species[i].detail))
			chosen = &all_species[i];
	return chosen;
}

static void paint_disc(struct stage *stage, struct point at, double radius)
{
	const struct palette *palette = stage->palette;

	draw_glow(stage->cr, &(struct glow){ at, radius * 1.7, 0.55, palette->light });
	draw_ellipse(stage->cr, at, radius, radius);
	draw_fill_blend(stage->cr,
			&(struct blend){ { at.x, at.y - radius },
					 { at.x, at.y + radius },
					 color_mix(palette->light, palette->sky[3], 0.15),
					 color_mix(palette->light, palette->sky[2], 0.55),
					 0.92,
					 0.80 });
	for (int i = 1; i <= 3; i++) {
		draw_ellipse(stage->cr, at, radius * (1 + 0.07 * i), radius * (1 + 0.07 * i));
		draw_stroke(stage->cr, palette->light, 0.34 - 0.08 * i,
			    fmax(stage->u * 0.0022, 0.8));
	}
}

/* A twig along the disc's rim from its foot upwards on one side. */
static void paint_twig(struct stage *stage, struct rng *rng, struct point at, double radius,
		       double side)
{
	cairo_t *cr = stage->cr;
	struct color bark = color_mix(stage->palette->leaf, stage->palette->near, 0.55);

	cairo_new_path(cr);
	if (side > 0)
		cairo_arc_negative(cr, at.x, at.y, radius, 1.25, -0.75);
	else
		cairo_arc(cr, at.x, at.y, radius, M_PI - 1.25, M_PI + 0.75);
	cairo_set_line_cap(cr, CAIRO_LINE_CAP_ROUND);
	draw_stroke(cr, bark, 1, stage->u * 0.006);
	for (int i = 0; i < 40; i++) {
		double t = i / 39.0, angle = 1.25 - 2.0 * t;
		struct point root = { at.x + side * cos(angle) * radius,
				      at.y + sin(angle) * radius };
		double out = (i & 1 ? 0.9 : -0.8) + rng_range(rng, -0.3, 0.3);
		double heading = angle - M_PI / 2 + out;
		double length = stage->u * (0.085 - 0.04 * t) * rng_range(rng, 0.75, 1.15);
		struct point tip = { root.x + side * cos(heading) * length,
				     root.y + sin(heading) * length };

		draw_leaf(cr, root, tip, length * 0.36);
		draw_fill(cr,
			  color_turn(color_mix(stage->palette->leaf, stage->palette->near,
					       0.10 + 0.5 * rng_unit(rng)),
				     rng_range(rng, -16, 16)),
			  1);
	}
	for (int i = 0; i < 8; i++) {
		double angle = 1.2 - 0.26 * i + rng_range(rng, -0.08, 0.08),
		       r = radius + rng_bell(rng) * stage->u * 0.025;

		bouquet_flower(
			stage, rng,
			(struct point){ at.x + side * cos(angle) * r, at.y + sin(angle) * r },
			stage->u * (0.050 - 0.0035 * i) * rng_range(rng, 0.75, 1.15));
	}
}

static void paint_field_of_sprigs(struct stage *stage, struct rng *rng, struct point at,
				  double radius)
{
	int count = (int)(26 * fmin(stage->w * stage->h / (stage->u * stage->u), 8));

	for (int i = 0; i < count; i++) {
		struct point p = { rng_range(rng, 0, stage->w), rng_range(rng, 0, stage->h) };
		double angle = rng_range(rng, 0, 2 * M_PI),
		       length = stage->u * rng_range(rng, 0.03, 0.06);

		if (hypot(p.x - at.x, p.y - at.y) < radius * 1.28)
			continue;
		for (int k = -1; k <= 1; k++)
			draw_leaf(stage->cr, p,
				  (struct point){ p.x + cos(angle + k * 0.7) * length,
						  p.y + sin(angle + k * 0.7) * length },
				  length * 0.30);
		draw_fill(stage->cr, color_mix(stage->palette->sky[1], stage->palette->light, 0.45),
			  0.40);
	}
}

static struct creature new_creature(struct stage *stage, struct rng *rng,
				    const struct species *species)
{
	static const struct lch eyes[] = {
		{ .74, .15, 130 }, { .78, .15, 88 }, { .70, .11, 225 }, { .62, .12, 55 }
	};
	struct creature creature = { .s = 0 };
	struct lch coat = species->coats[rng_below(rng, 3)];

	coat.l += rng_range(rng, -0.04, 0.04);
	coat.h += rng_bell(rng) * 10;
	creature.coat = color_from_lch(coat);
	if (stage->idea->tint)
		creature.coat = color_mix(creature.coat, stage->palette->accent[0],
					  stage->idea->tint == TINT_GREY ? 0 : 0.75);
	creature.belly = color_from_lch(species->belly);
	if (stage->idea->tint == TINT_GREY)
		creature.coat = color_shade(creature.coat, -0.12, 0.1);
	if (stage_is_dark(stage)) {
		creature.coat = color_mix(creature.coat, stage->palette->sky[1], 0.30);
		creature.belly = color_mix(creature.belly, stage->palette->sky[2], 0.30);
	}
	creature.shade = color_shade(creature.coat, -0.17, 1.0);
	creature.eye = color_from_lch(eyes[rng_below(rng, species->detail == DETAIL_DOG ? 1 : 4)]);
	if (species->detail == DETAIL_DOG || species->detail == DETAIL_BEAR ||
	    species->detail == DETAIL_RABBIT)
		creature.eye = color_from_lch(eyes[3]);
	return creature;
}

void scene_animal_paint(struct stage *stage)
{
	struct rng rng = rng_fork(&stage->rng);
	const struct species *species = choose(stage, &rng);
	struct creature creature = new_creature(stage, &rng, species);
	struct point centre = { stage->w * 0.5, stage->h * 0.47 };
	double radius = fmin(fmin(stage->u * 0.37, stage->w * 0.45), stage->h * 0.43);

	/* Not far above the lower edge: a bust, not a pillar. */
	centre.y = fmax(centre.y, stage->h - radius * 1.55);
	if (stage->w > stage->h * 1.5)
		centre.x = stage->w * (rng_chance(&rng, 0.5) ? GOLDEN : 1 - GOLDEN);
	stage->light = (struct point){ centre.x - stage->w, centre.y - stage->h };
	sky_paint(stage, stage->h);
	paint_field_of_sprigs(stage, &rng, centre, radius);
	paint_disc(stage, centre, radius);
	creature.s = radius * (species->detail == DETAIL_BIRD ? 0.42 : 0.50);
	creature.at = (struct point){ centre.x, centre.y + radius * 0.10 };
	if (species->detail == DETAIL_RABBIT)
		creature.at.y += radius * 0.16;
	if (species->detail == DETAIL_BIRD)
		creature.at.y -= radius * 0.12;
	species->paint(stage, &creature);
	if (species->detail != DETAIL_BIRD) {
		paint_twig(stage, &rng, centre, radius, 1);
		paint_twig(stage, &rng, centre, radius, -1);
	}
	sky_paint_weather(stage);
}
