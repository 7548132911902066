/* Hides where colours come from: a few palettes for each mood, picked by hand in
 * OKLCH, then moved by season and by the colour the prompt names. A named colour
 * turns every hue most of the way towards it and keeps lightness, so that the
 * picture's depth survives any wish; one accent stays opposite to hold the eye. */
#include "preview/palette.h"

#include <math.h>
#include <string.h>

struct scheme {
	struct lch sky[4], light, cloud_lit, cloud_dark, haze, far, near;
	struct lch rock, leaf, ground, water, deep, accent;
};

enum { SCHEMES_PER_MOOD = 2 };

static const struct scheme schemes[MOODS][SCHEMES_PER_MOOD] = {
	[MOOD_DAY] = { {
			       { { .60, .130, 248 },
				 { .73, .100, 238 },
				 { .85, .060, 225 },
				 { .95, .030, 95 } },
			       { .985, .040, 100 },
			       { .98, .012, 90 },
			       { .80, .035, 255 },
			       { .90, .035, 225 },
			       { .74, .060, 235 },
			       { .36, .070, 165 },
			       { .60, .040, 60 },
			       { .55, .120, 140 },
			       { .78, .080, 110 },
			       { .70, .090, 215 },
			       { .45, .095, 230 },
			       { .66, .190, 35 },
		       },
		       {
			       { { .66, .095, 215 },
				 { .79, .075, 205 },
				 { .90, .050, 170 },
				 { .96, .050, 90 } },
			       { .99, .050, 95 },
			       { .985, .020, 80 },
			       { .83, .030, 230 },
			       { .92, .040, 140 },
			       { .77, .055, 200 },
			       { .38, .065, 190 },
			       { .64, .050, 50 },
			       { .60, .125, 130 },
			       { .82, .085, 95 },
			       { .75, .085, 195 },
			       { .48, .085, 210 },
			       { .68, .180, 22 },
		       } },
	[MOOD_DAWN] = { {
				{ { .62, .085, 275 },
				  { .76, .085, 320 },
				  { .87, .085, 20 },
				  { .94, .080, 75 } },
				{ .985, .060, 90 },
				{ .95, .050, 40 },
				{ .68, .075, 300 },
				{ .89, .055, 30 },
				{ .70, .075, 320 },
				{ .33, .070, 290 },
				{ .50, .050, 340 },
				{ .46, .060, 180 },
				{ .60, .070, 40 },
				{ .78, .065, 330 },
				{ .45, .070, 275 },
				{ .72, .160, 45 },
			},
			{
				{ { .70, .070, 230 },
				  { .82, .055, 200 },
				  { .91, .075, 85 },
				  { .93, .110, 65 } },
				{ .99, .070, 95 },
				{ .97, .050, 75 },
				{ .74, .050, 250 },
				{ .90, .060, 70 },
				{ .72, .055, 225 },
				{ .34, .055, 225 },
				{ .54, .045, 30 },
				{ .50, .080, 150 },
				{ .66, .080, 75 },
				{ .80, .060, 205 },
				{ .46, .070, 220 },
				{ .70, .180, 30 },
			} },
	[MOOD_SUNSET] = { {
				  { { .38, .110, 290 },
				    { .56, .150, 350 },
				    { .75, .160, 45 },
				    { .90, .130, 80 } },
				  { .97, .090, 90 },
				  { .85, .130, 50 },
				  { .46, .110, 330 },
				  { .78, .120, 55 },
				  { .53, .125, 15 },
				  { .21, .060, 300 },
				  { .38, .070, 350 },
				  { .30, .050, 250 },
				  { .42, .080, 20 },
				  { .66, .130, 35 },
				  { .32, .085, 300 },
				  { .80, .150, 75 },
			  },
			  {
				  { { .40, .085, 250 },
				    { .58, .080, 240 },
				    { .80, .100, 75 },
				    { .88, .140, 62 } },
				  { .98, .080, 88 },
				  { .90, .110, 65 },
				  { .47, .080, 275 },
				  { .80, .105, 65 },
				  { .50, .085, 270 },
				  { .20, .045, 265 },
				  { .38, .050, 300 },
				  { .32, .050, 190 },
				  { .44, .070, 50 },
				  { .62, .080, 240 },
				  { .30, .070, 255 },
				  { .74, .180, 45 },
			  } },
	[MOOD_NIGHT] = { {
				 { { .17, .060, 275 },
				   { .25, .080, 268 },
				   { .36, .090, 255 },
				   { .52, .085, 225 } },
				 { .97, .035, 95 },
				 { .50, .060, 255 },
				 { .24, .060, 270 },
				 { .45, .075, 240 },
				 { .33, .070, 260 },
				 { .11, .035, 275 },
				 { .26, .045, 270 },
				 { .22, .045, 200 },
				 { .24, .045, 260 },
				 { .33, .080, 250 },
				 { .16, .055, 265 },
				 { .84, .140, 80 },
			 },
			 {
				 { { .16, .065, 300 },
				   { .25, .090, 295 },
				   { .38, .105, 305 },
				   { .55, .110, 345 } },
				 { .96, .045, 70 },
				 { .52, .080, 320 },
				 { .23, .070, 295 },
				 { .46, .090, 325 },
				 { .33, .085, 300 },
				 { .11, .040, 295 },
				 { .26, .055, 300 },
				 { .22, .045, 230 },
				 { .24, .050, 300 },
				 { .34, .085, 300 },
				 { .16, .060, 290 },
				 { .85, .135, 70 },
			 } },
	[MOOD_STORM] = { {
				 { { .27, .030, 250 },
				   { .40, .035, 240 },
				   { .58, .040, 215 },
				   { .80, .050, 130 } },
				 { .95, .040, 100 },
				 { .76, .030, 180 },
				 { .30, .030, 255 },
				 { .66, .030, 190 },
				 { .48, .035, 225 },
				 { .19, .025, 240 },
				 { .34, .020, 240 },
				 { .33, .050, 170 },
				 { .40, .040, 150 },
				 { .50, .045, 205 },
				 { .26, .045, 220 },
				 { .80, .140, 75 },
			 },
			 {
				 { { .29, .040, 285 },
				   { .42, .045, 275 },
				   { .60, .045, 260 },
				   { .84, .060, 80 } },
				 { .96, .050, 85 },
				 { .80, .040, 70 },
				 { .32, .040, 285 },
				 { .66, .035, 260 },
				 { .49, .040, 270 },
				 { .19, .030, 275 },
				 { .35, .025, 290 },
				 { .32, .040, 160 },
				 { .40, .035, 90 },
				 { .48, .050, 250 },
				 { .25, .050, 260 },
				 { .76, .160, 50 },
			 } },
	[MOOD_MIST] = { {
				{ { .78, .030, 225 },
				  { .85, .025, 215 },
				  { .91, .022, 150 },
				  { .95, .025, 90 } },
				{ .99, .020, 95 },
				{ .96, .012, 90 },
				{ .80, .025, 240 },
				{ .92, .020, 130 },
				{ .77, .035, 210 },
				{ .34, .040, 205 },
				{ .55, .025, 220 },
				{ .48, .055, 165 },
				{ .70, .040, 120 },
				{ .82, .028, 205 },
				{ .55, .040, 215 },
				{ .68, .150, 40 },
			},
			{
				{ { .80, .030, 310 },
				  { .87, .032, 340 },
				  { .92, .032, 30 },
				  { .96, .030, 75 } },
				{ .99, .030, 85 },
				{ .97, .020, 60 },
				{ .81, .035, 310 },
				{ .93, .028, 35 },
				{ .78, .040, 310 },
				{ .36, .050, 290 },
				{ .57, .035, 320 },
				{ .50, .045, 190 },
				{ .72, .045, 60 },
				{ .83, .035, 320 },
				{ .56, .045, 280 },
				{ .66, .150, 20 },
			} },
};

static const double tint_hue[TINTS] = {
	[TINT_RED] = 25,   [TINT_ORANGE] = 52, [TINT_GOLD] = 85,    [TINT_GREEN] = 148,
	[TINT_TEAL] = 192, [TINT_BLUE] = 258,  [TINT_PURPLE] = 300, [TINT_PINK] = 355,
};

/* What turns a scheme into this picture's: one small turn, one wish. */
struct bend {
	double turn;
	enum tint tint;
	double pull; /* towards the tint, 0..1 */
};

static struct color bend(const struct bend *by, struct lch lch)
{
	lch.h += by->turn;
	if (by->tint == TINT_GREY) {
		lch.c *= 0.12;
	} else if (by->tint) {
		double away = remainder(lch.h - tint_hue[by->tint], 360);

		lch.h -= away * by->pull;
		/* Middle tones can carry more of the colour than the ends. */
		lch.c += by->pull * fmax(0.13 - lch.c, 0) * 0.8 * (1 - fabs(2 * lch.l - 1.1));
	}
	return color_from_lch(lch);
}

static int is_deep(enum tint tint)
{
	return tint == TINT_RED || tint == TINT_GREEN || tint == TINT_BLUE || tint == TINT_PURPLE;
}

static void bend_accents(const struct bend *by, const struct scheme *scheme,
			 struct palette *palette)
{
	static const double turns[PALETTE_ACCENTS] = { 0, 38, 175, -70 };
	struct lch accent = scheme->accent;

	if (by->tint && by->tint != TINT_GREY) {
		accent.h = tint_hue[by->tint];
		accent.c = fmax(accent.c, 0.17);
		/* Only warm colours stay themselves when they are light. */
		if (is_deep(by->tint))
			accent.l = fmin(accent.l, 0.60);
	}
	for (int i = 0; i < PALETTE_ACCENTS; i++) {
		struct lch lch = accent;

		lch.h += turns[i] + by->turn;
		lch.l += i == 1 ? 0.08 : i == 3 ? -0.10 : 0;
		lch.c *= i < 2 ? 1 : 0.75;
		if (by->tint == TINT_GREY && i)
			lch.c *= 0.15;
		palette->accent[i] = color_from_lch(lch);
	}
}

static void set_season(struct palette *palette, enum season season, enum mood mood)
{
	double dim = mood == MOOD_NIGHT    ? -0.42
		     : mood == MOOD_SUNSET ? -0.16
		     : mood == MOOD_STORM  ? -0.20
					   : 0;

	switch (season) {
	case SEASON_WINTER:
		palette->ground = color_from_lch((struct lch){ .95 + dim * .8, .022, 245 });
		palette->leaf = color_from_lch((struct lch){ .45 + dim * .5, .045, 195 });
		palette->ground = color_mix(palette->ground, palette->haze, 0.18);
		break;
	case SEASON_AUTUMN:
		palette->leaf = color_from_lch((struct lch){ .62 + dim * .6, .155, 52 });
		palette->ground = color_from_lch((struct lch){ .70 + dim * .8, .110, 72 });
		break;
	case SEASON_SPRING:
		palette->leaf = color_from_lch((struct lch){ .74 + dim * .7, .130, 128 });
		palette->ground = color_from_lch((struct lch){ .80 + dim * .8, .115, 122 });
		break;
	case SEASON_SUMMER:
	case SEASON_NONE:
		break;
	}
}

static void set_plate(struct palette *palette)
{
	struct lch plate = color_to_lch(palette->near);
	struct lch badge = color_to_lch(palette->accent[0]);

	plate.l = 0.20;
	plate.c = fmin(plate.c, 0.045);
	palette->plate = color_from_lch(plate);
	palette->plate_text =
		color_readable(color_mix(palette->paper, palette->light, 0.3), palette->plate, 9);
	badge.l = fmax(badge.l, 0.74);
	palette->badge = color_readable(color_from_lch(badge), palette->plate, PLATE_CONTRAST);
	palette->badge_text = color_readable(palette->plate, palette->badge, PLATE_CONTRAST);
}

struct palette palette_new(const struct idea *idea, struct rng *rng)
{
	const struct scheme *scheme = &schemes[idea->mood][rng_below(rng, SCHEMES_PER_MOOD)];
	struct bend by = { rng_bell(rng) * 12, idea->tint, 0.68 };
	struct palette palette;

	for (int i = 0; i < 4; i++)
		palette.sky[i] = bend(&by, scheme->sky[i]);
	palette.light = bend(&by, scheme->light);
	palette.cloud_lit = bend(&by, scheme->cloud_lit);
	palette.cloud_dark = bend(&by, scheme->cloud_dark);
	palette.haze = bend(&by, scheme->haze);
	palette.far = bend(&by, scheme->far);
	palette.near = bend(&by, scheme->near);
	palette.rock = bend(&by, scheme->rock);
	palette.water = bend(&by, scheme->water);
	palette.deep = bend(&by, scheme->deep);
	palette.leaf = bend(&by, scheme->leaf);
	palette.ground = bend(&by, scheme->ground);
	palette.dark = color_shade(palette.near, -0.06, 0.9);
	palette.paper = color_from_lch((struct lch){ 0.965, 0.014, 85 });
	bend_accents(&by, scheme, &palette);
	if (idea->tint == TINT_NONE)
		set_season(&palette, idea->season, idea->mood);
	else if (idea->season == SEASON_WINTER)
		palette.ground = color_mix(palette.haze, palette.paper, 0.5);
	set_plate(&palette);
	return palette;
}
