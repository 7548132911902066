/* Hides the skyline: four rows of houses from haze to silhouette, each with its
 * own grid of windows, over a river that mirrors them. By day windows are darker
 * than walls, at night some are lit; who is at home is chance, a floor at a time,
 * because offices are lit by the floor. */
#include "preview/scene.h"

#include <math.h>

#include "base/cleanup.h"
#include "preview/noise.h"
#include "preview/sky.h"
#include "preview/water.h"

struct house {
	double x, w, top, foot;
	struct color wall, lit_wall;
	double near; /* 0 far .. 1 */
};

enum crown { CROWN_FLAT, CROWN_SPIRE, CROWN_STEP, CROWN_SLOPE, CROWN_DOME, CROWN_TANK, CROWNS };

static void paint_crown(struct stage *stage, const struct house *house, enum crown crown)
{
	cairo_t *cr = stage->cr;
	double x = house->x, w = house->w, y = house->top;

	switch (crown) {
	case CROWN_SPIRE:
		cairo_rectangle(cr, x + w * 0.2, y - w * 0.25, w * 0.6, w * 0.27);
		cairo_rectangle(cr, x + w * 0.35, y - w * 0.5, w * 0.3, w * 0.27);
		cairo_rectangle(cr, x + w * 0.48, y - w * 1.3, fmax(w * 0.04, 0.8), w * 0.85);
		break;
	case CROWN_STEP:
		cairo_rectangle(cr, x + w * 0.12, y - w * 0.16, w * 0.76, w * 0.18);
		cairo_rectangle(cr, x + w * 0.28, y - w * 0.34, w * 0.44, w * 0.20);
		break;
	case CROWN_SLOPE:
		cairo_move_to(cr, x, y + 1);
		cairo_line_to(cr, x, y - w * 0.55);
		cairo_line_to(cr, x + w, y + 1);
		break;
	case CROWN_DOME:
		cairo_move_to(cr, x + w * 0.12, y + 1);
		cairo_curve_to(cr, x + w * 0.12, y - w * 0.6, x + w * 0.88, y - w * 0.6,
			       x + w * 0.88, y + 1);
		cairo_rectangle(cr, x + w * 0.485, y - w * 0.75, fmax(w * 0.03, 0.8), w * 0.4);
		break;
	case CROWN_TANK:
		cairo_rectangle(cr, x + w * 0.55, y - w * 0.42, w * 0.26, w * 0.26);
		cairo_move_to(cr, x + w * 0.51, y - w * 0.41);
		cairo_line_to(cr, x + w * 0.68, y - w * 0.58);
		cairo_line_to(cr, x + w * 0.85, y - w * 0.41);
		cairo_rectangle(cr, x + w * 0.57, y - w * 0.18, fmax(w * 0.03, 0.8), w * 0.2);
		cairo_rectangle(cr, x + w * 0.76, y - w * 0.18, fmax(w * 0.03, 0.8), w * 0.2);
		cairo_rectangle(cr, x + w * 0.12, y - w * 0.14, w * 0.22, w * 0.16);
		break;
	case CROWN_FLAT:
	case CROWNS:
		cairo_rectangle(cr, x - w * 0.02, y - w * 0.03, w * 1.04, w * 0.06);
		break;
	}
	draw_fill(cr, house->wall, 1);
}

static void paint_windows(struct stage *stage, struct rng *rng, const struct house *house)
{
	const struct palette *palette = stage->palette;
	enum mood mood = stage->idea->mood;
	double share = mood == MOOD_NIGHT    ? 0.46
		       : mood == MOOD_SUNSET ? 0.30
		       : mood == MOOD_STORM  ? 0.30
		       : mood == MOOD_DAWN   ? 0.10
		       : mood == MOOD_MIST   ? 0.12
					     : 0.02;
	double pitch = fmax(stage->u * (0.010 + 0.008 * house->near), 3.0);
	int columns = (int)(house->w * 0.86 / pitch),
	    rows = (int)((house->foot - house->top) / (pitch * 1.45));
	double left = house->x + (house->w - columns * pitch) / 2 + pitch * 0.22;
	struct color glass = color_mix(house->wall, palette->dark, 0.32);
	struct color glow = color_mix(color_mix(palette->accent[0], palette->light, 0.4),
				      palette->haze, 0.40 * (1 - house->near));
	int ribbon = rng_chance(rng, 0.22);

	for (int row = 0; row < rows; row++) {
		double y = house->top + pitch * (0.7 + row * 1.45);
		double floor_share = share * rng_range(rng, 0.3, 1.7);

		for (int column = 0; column < columns; column++)
			cairo_rectangle(stage->cr, left + column * pitch, y,
					pitch * (ribbon ? 1 : 0.56), pitch * 0.8);
		draw_fill(stage->cr, glass, 0.5);
		for (int column = 0; column < columns; column++)
			if (rng_chance(rng, floor_share))
				cairo_rectangle(stage->cr, left + column * pitch, y, pitch * 0.56,
						pitch * 0.8);
		draw_fill(stage->cr, row % 5 ? glow : color_mix(glow, palette->cloud_lit, 0.4),
			  0.92);
	}
}

static void paint_house(struct stage *stage, struct rng *rng, const struct house *house,
			enum crown crown)
{
	double lit = stage->light.x < house->x + house->w / 2 ? 0 : 1;
	struct blend wall = { { house->x + house->w * lit, 0 },
			      { house->x + house->w * (1 - lit), 0 },
			      house->lit_wall,
			      house->wall,
			      1,
			      1 };
	double split = rng_range(rng, 0.25, 0.42);

	paint_crown(stage, house, crown);
	cairo_rectangle(stage->cr, house->x, house->top, house->w, house->foot - house->top);
	draw_fill_blend(stage->cr, &wall);
	/* The narrow side wall, turned away from the light. */
	cairo_rectangle(stage->cr, lit > 0 ? house->x : house->x + house->w * (1 - split),
			house->top, house->w * split, house->foot - house->top);
	draw_fill(stage->cr, house->wall, 0.55);
	if (house->near > 0.15)
		paint_windows(stage, rng, house);
}

static void paint_row(struct stage *stage, double near, double foot, double high)
{
	const struct palette *palette = stage->palette;
	struct rng rng = rng_fork(&stage->rng);
	double summit = stage->w * (stage->light.x < stage->w / 2 ? GOLDEN : 1 - GOLDEN);
	double x = -stage->u * rng_range(&rng, 0, 0.05);
	struct color base = color_mix(palette->haze, palette->far, fmin(0.35 + near * 0.9, 1));
	uint32_t salt = (uint32_t)rng_next(&rng);

	if (near > 0.55)
		base = color_shade(color_mix(palette->far, palette->near, near * 0.88), 0, 0.75);
	while (x < stage->w) {
		struct house house = { .x = x, .foot = foot, .near = near };
		double bump = exp(-pow((x - summit) / (stage->u * 0.36), 2));
		double vary = noise_at(x / (stage->u * 0.12), near * 9, salt) * 0.28 +
			      rng_range(&rng, -0.16, 0.20);
		double open =
			near > 0.9
				? 0.30 * exp(-pow((x - stage->w + summit) / (stage->u * 0.30), 2))
				: 0;
		enum crown crown = (enum crown)rng_below(&rng, CROWNS);

		house.w = stage->u * rng_range(&rng, 0.045, 0.105) * (0.75 + near * 0.5);
		house.top = foot -
			    high * fmax(0.42 + vary * (near > 0.9 ? 1.5 : 1) + 0.42 * bump - open,
					0.14);
		house.wall = color_turn(color_shade(base, rng_range(&rng, -0.025, 0.035), 1),
					rng_range(&rng, -12, 12));
		house.lit_wall =
			color_mix(house.wall, color_mix(palette->sky[3], palette->light, 0.3),
				  stage_is_dark(stage) ? 0.12 : 0.34 - 0.14 * near);
		if (house.top > foot - high * 0.45 && crown == CROWN_SPIRE)
			crown = CROWN_TANK;
		paint_house(stage, &rng, &house, crown);
		x += house.w * rng_range(&rng, 0.92, 1.25);
	}
}

static void paint_haze(struct stage *stage, double y, double thick, double alpha)
{
	cairo_rectangle(stage->cr, 0, y - thick, stage->w, thick);
	draw_fill_blend(stage->cr, &(struct blend){ { 0, y - thick },
						    { 0, y },
						    stage->palette->haze,
						    stage->palette->haze,
						    0,
						    alpha });
}

static void paint_lamps(struct stage *stage, double y)
{
	const struct palette *palette = stage->palette;
	double s = stage->u * 0.042, step = stage->u * 0.115;
	int burning = stage->idea->mood != MOOD_DAY;

	cairo_rectangle(stage->cr, 0, y - s * 0.10, stage->w, s * 0.42);
	draw_fill(stage->cr, color_mix(palette->near, palette->dark, 0.5), 1);
	for (int i = 0; step * (i + 0.4) < stage->w; i++) {
		double x = step * (i + 0.4);

		cairo_rectangle(stage->cr, x - s * 0.03, y - s, s * 0.06, s);
		draw_fill(stage->cr, palette->dark, 1);
		draw_ellipse(stage->cr, (struct point){ x, y - s * 1.06 }, s * 0.10, s * 0.10);
		draw_fill(stage->cr, burning ? palette->light : palette->cloud_lit, 1);
		if (burning)
			draw_glow(stage->cr, &(struct glow){ { x, y - s * 1.06 },
							     s * 1.1,
							     0.65,
							     color_mix(palette->accent[0],
								       palette->light, 0.5) });
	}
}

static void paint_bridge(struct stage *stage, double deck)
{
	const struct palette *palette = stage->palette;
	cairo_t *cr = stage->cr;
	double s = fmin(stage->u * 0.26, deck * 0.5), span = stage->u * 0.74;
	double first = stage->w * 0.5 - span * 0.5;
	struct color steel = color_mix(palette->accent[0], palette->near, 0.55);

	while (first > 0)
		first -= span;
	cairo_rectangle(cr, 0, deck, stage->w, s * 0.055);
	draw_fill(cr, steel, 1);
	for (int k = 0; first + span * k < stage->w + span; k++) {
		double x = first + span * k;

		cairo_rectangle(cr, x - s * 0.05, deck - s, s * 0.03, s * 1.35);
		cairo_rectangle(cr, x + s * 0.02, deck - s, s * 0.03, s * 1.35);
		cairo_rectangle(cr, x - s * 0.06, deck - s * 0.98, s * 0.12, s * 0.03);
		cairo_rectangle(cr, x - s * 0.06, deck - s * 0.5, s * 0.12, s * 0.03);
		draw_fill(cr, steel, 1);
		cairo_move_to(cr, x, deck - s);
		for (int i = 1; i <= 24; i++) {
			double t = i / 24.0;

			cairo_line_to(cr, x + span * t,
				      deck - s * (0.08 + 0.92 * pow(2 * t - 1, 2)));
		}
		draw_stroke(cr, steel, 1, fmax(s * 0.020, 0.8));
		for (int i = 1; i < 24; i++) {
			double t = i / 24.0;

			cairo_move_to(cr, x + span * t,
				      deck - s * (0.08 + 0.92 * pow(2 * t - 1, 2)));
			cairo_line_to(cr, x + span * t, deck);
		}
		draw_stroke(cr, steel, 0.8, fmax(s * 0.007, 0.6));
	}
}

void scene_city_paint(struct stage *stage)
{
	double shore = floor(stage->h * rng_range(&stage->rng, 0.68, 0.76));
	double high = fmin(stage->u * 0.62, shore * 0.80);
	double misty = stage->idea->mood == MOOD_MIST ? 0.7 : 0.30;
	int bridge = stage_wants(stage, DETAIL_BRIDGE) || rng_chance(&stage->rng, 0.22);
	double rise =
		stage->idea->mood == MOOD_SUNSET || stage->idea->mood == MOOD_DAWN ? 0.40 : 0.62;

	stage->light.x = stage->w * (rng_chance(&stage->rng, 0.5) ? 0.27 : 0.73);
	stage->light.y = shore - fmin(stage->u * rise, shore * 0.84);
	sky_paint(stage, shore);
	for (int i = 0; i < 4; i++) {
		double near = i / 3.0;

		paint_row(stage, near * near * 0.55 + near * 0.45, shore,
			  high * (1.0 - 0.17 * i) * (i == 3 ? 0.62 : 1));
		if (i < 3)
			paint_haze(stage, shore, high * 0.65, misty);
	}
	if (stage_is_dark(stage))
		draw_glow(stage->cr, &(struct glow){ { stage->w * 0.5, shore },
						     stage->w * 0.6,
						     0.16,
						     stage->palette->accent[0] });
	paint_lamps(stage, shore);
	sky_paint_birds(stage, (struct point){ stage->w * 0.45, shore - high * 0.95 }, 4);
	if (bridge)
		paint_bridge(stage, shore - stage->u * 0.015);
	water_mirror(stage, shore + stage->u * 0.012, stage->h);
	sky_paint_weather(stage);
}
