/* Hides the patterns: five ways of filling a plane, all from one small set of
 * colours with one of them rare, because a pattern without a rare colour has
 * nowhere to look. Tiles are square whatever the picture's shape is. */
#include "preview/scene.h"

#include <math.h>

#include "base/cleanup.h"
#include "preview/noise.h"

enum { INKS = 6 };

struct inks {
	struct color ground;
	struct color of[INKS]; /* the last is the rare one */
};

static struct inks new_inks(const struct stage *stage)
{
	const struct palette *palette = stage->palette;
	struct inks inks = { color_mix(palette->paper, palette->sky[3], 0.35),
			     { palette->sky[0], color_mix(palette->sky[2], palette->haze, 0.4),
			       palette->near, palette->accent[2], palette->water,
			       palette->accent[0] } };

	if (stage_is_dark(stage)) {
		inks.ground = palette->sky[0];
		inks.of[0] = palette->sky[3];
		inks.of[2] = color_mix(palette->sky[2], palette->paper, 0.25);
	}
	return inks;
}

static struct color pick(const struct inks *inks, struct rng *rng)
{
	return rng_chance(rng, 0.14) ? inks->of[INKS - 1] : inks->of[rng_below(rng, INKS - 1)];
}

/* Fans row over row, like scales or waves. */
static void paint_fans(struct stage *stage, struct rng *rng, const struct inks *inks, double tile)
{
	int rings = 3 + (int)rng_below(rng, 3);
	uint32_t salt = (uint32_t)rng_next(rng);

	for (int row = 0; row * tile * 0.5 < stage->h + tile * 1.5; row++)
		for (int i = 0; i * tile * 2 < stage->w + 2 * tile; i++) {
			double x = (i * 2 + (row & 1)) * tile, y = row * tile * 0.5;
			double field =
				noise_fractal(x / (tile * 7), y / (tile * 7), 3, salt) * 0.5 + 0.5;
			struct color warm = rng_chance(rng, 0.06)
						    ? inks->of[INKS - 1]
						    : color_mix(inks->of[0], inks->of[1],
								fmin(fmax(field, 0), 1));

			for (int ring = 0; ring < rings; ring++) {
				draw_ellipse(stage->cr, (struct point){ x, y },
					     tile * (1 - ring / (double)rings),
					     tile * (1 - ring / (double)rings));
				draw_fill(stage->cr,
					  ring & 1
						  ? inks->ground
						  : color_shade(warm,
								-0.03 * ring +
									rng_range(rng, -0.02, 0.02),
								1),
					  1);
			}
		}
}

static void quarter(cairo_t *cr, double x, double y, double tile, int turn, double r)
{
	static const struct point corners[4] = { { 0, 0 }, { 1, 0 }, { 1, 1 }, { 0, 1 } };
	double cx = x + corners[turn].x * tile, cy = y + corners[turn].y * tile;

	cairo_move_to(cr, cx, cy);
	cairo_arc(cr, cx, cy, r, turn * M_PI / 2, (turn + 1) * M_PI / 2);
	cairo_close_path(cr);
}

static void paint_block(struct stage *stage, struct rng *rng, const struct inks *inks,
			struct point at, double tile)
{
	cairo_t *cr = stage->cr;
	int turn = (int)rng_below(rng, 4);
	struct point middle = { at.x + tile / 2, at.y + tile / 2 };

	cairo_rectangle(cr, at.x, at.y, tile + 0.5, tile + 0.5);
	draw_fill(cr, rng_chance(rng, 0.45) ? inks->ground : pick(inks, rng), 1);
	switch (rng_below(rng, 6)) {
	case 0:
		for (int i = 0; i < 4; i++) {
			quarter(cr, at.x, at.y, tile, turn, tile * (1 - 0.25 * i));
			draw_fill(cr, i & 1 ? inks->ground : pick(inks, rng), 1);
		}
		break;
	case 1:
		draw_ellipse(cr, middle, tile * 0.42, tile * 0.42);
		draw_fill(cr, pick(inks, rng), 1);
		draw_ellipse(cr, middle, tile * 0.20, tile * 0.20);
		draw_fill(cr, pick(inks, rng), 1);
		break;
	case 2:
		quarter(cr, at.x, at.y, tile, turn, tile);
		draw_fill(cr, pick(inks, rng), 1);
		quarter(cr, at.x, at.y, tile, (turn + 2) % 4, tile * 0.42);
		draw_fill(cr, pick(inks, rng), 1);
		break;
	case 3:
		draw_leaf(cr, turn & 1 ? at : (struct point){ at.x + tile, at.y },
			  turn & 1 ? (struct point){ at.x + tile, at.y + tile }
				   : (struct point){ at.x, at.y + tile },
			  tile * 0.80);
		draw_fill(cr, pick(inks, rng), 1);
		break;
	case 4:
		for (int i = 0; i < 4; i++)
			cairo_rectangle(cr, at.x + (turn & 1 ? i * tile / 4 : 0),
					at.y + (turn & 1 ? 0 : i * tile / 4),
					turn & 1 ? tile / 8 : tile, turn & 1 ? tile : tile / 8);
		draw_fill(cr, pick(inks, rng), 1);
		break;
	default:
		cairo_move_to(cr, at.x + (turn == 1 ? tile : 0), at.y + (turn == 2 ? tile : 0));
		cairo_line_to(cr, at.x + tile, at.y + (turn & 1 ? tile : 0));
		cairo_line_to(cr, at.x + (turn & 1 ? 0 : tile), at.y + tile);
		cairo_close_path(cr);
		draw_fill(cr, pick(inks, rng), 1);
	}
}

static void paint_blocks(struct stage *stage, struct rng *rng, const struct inks *inks, double tile)
{
	for (int row = 0; row * tile < stage->h; row++)
		for (int i = 0; i * tile < stage->w; i++)
			paint_block(stage, rng, inks, (struct point){ i * tile, row * tile }, tile);
}

/* Arcs that always meet the neighbour's: endless ribbons. */
static void paint_ribbons(struct stage *stage, struct rng *rng, const struct inks *inks,
			  double tile)
{
	static const struct {
		double part;
		int ink;
	} strands[] = {
		{ 0.58, 2 }, { 0.46, -1 }, { 0.34, 0 }, { 0.22, -1 }, { 0.10, INKS - 1 },
	};
	uint32_t salt = (uint32_t)rng_next(rng);
	cairo_t *cr = stage->cr;

	cairo_set_line_cap(cr, CAIRO_LINE_CAP_BUTT);
	for (int row = 0; row * tile < stage->h; row++)
		for (int column = 0; column * tile < stage->w; column++) {
			double x = column * tile, y = row * tile;
			int turn = (int)rng_below(rng, 2);
			double shade =
				noise_fractal(x / (tile * 5), y / (tile * 5), 2, salt) * 0.10;

			cairo_save(cr);
			cairo_rectangle(cr, x, y, tile, tile);
			cairo_clip(cr);
			for (int i = 0; i < 5; i++) {
				struct color c =
					strands[i].ink < 0
						? inks->ground
						: color_shade(inks->of[strands[i].ink], shade, 1);

				cairo_new_path(cr);
				cairo_arc(cr, x + (turn ? 0 : tile), y, tile / 2, 0, 2 * M_PI);
				cairo_new_sub_path(cr);
				cairo_arc(cr, x + (turn ? tile : 0), y + tile, tile / 2, 0,
					  2 * M_PI);
				draw_stroke(cr, c, 1, tile * strands[i].part);
			}
			cairo_restore(cr);
		}
}

/* Long strokes that follow a slow field, thick ones first. */
static void paint_flow(struct stage *stage, struct rng *rng, const struct inks *inks, double tile)
{
	uint32_t salt = (uint32_t)rng_next(rng);
	int count = (int)(520 * fmin(stage->w * stage->h / (stage->u * stage->u), 8));
	cairo_t *cr = stage->cr;

	cairo_set_line_cap(cr, CAIRO_LINE_CAP_ROUND);
	cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
	for (int i = 0; i < count; i++) {
		struct point at = { rng_range(rng, -tile, stage->w + tile),
				    rng_range(rng, -tile, stage->h + tile) };
		double thick = stage->u * (0.026 - 0.022 * i / count) * rng_range(rng, 0.5, 1.2);

		cairo_move_to(cr, at.x, at.y);
		for (int step = 0; step < 26; step++) {
			double angle = 2.6 * noise_fractal(at.x / (stage->u * 0.55),
							   at.y / (stage->u * 0.55), 2, salt);

			at.x += cos(angle) * stage->u * 0.016;
			at.y += sin(angle) * stage->u * 0.016;
			cairo_line_to(cr, at.x, at.y);
		}
		draw_stroke(cr, color_shade(pick(inks, rng), rng_range(rng, -0.05, 0.05), 1), 0.95,
			    thick);
	}
}

/* Rings of petals around the middle, out to the corners. */
static void paint_rosette(struct stage *stage, struct rng *rng, const struct inks *inks,
			  double tile)
{
	struct point centre = { stage->w / 2, stage->h / 2 };
	int folds = 8 + 4 * (int)rng_below(rng, 4);
	double reach = hypot(stage->w, stage->h) / 2 + tile, band = tile * 0.62;

	for (int ring = 0; reach - band * ring > band * 0.4; ring++) {
		double r = reach - band * ring;
		struct color petal = pick(inks, rng), dot = pick(inks, rng);
		double turn = rng_chance(rng, 0.5) ? M_PI / folds : 0;
		int around = folds * (int)fmax(round(r / (tile * 2.6)), 1);

		draw_ellipse(stage->cr, centre, r, r);
		draw_fill(stage->cr, rng_chance(rng, 0.5) ? inks->ground : pick(inks, rng), 1);
		for (int i = 0; i < around; i++) {
			double angle = turn + 2 * M_PI * i / around, width = 2 * M_PI * r / around;
			struct point in = { centre.x + cos(angle) * (r - band * 1.05),
					    centre.y + sin(angle) * (r - band * 1.05) };
			struct point out = { centre.x + cos(angle) * r * 0.995,
					     centre.y + sin(angle) * r * 0.995 };

			draw_leaf(stage->cr, in, out, fmin(width * 0.85, band * 0.9));
			draw_fill(stage->cr, petal, 1);
			draw_ellipse(stage->cr,
				     (struct point){ (in.x + out.x) / 2, (in.y + out.y) / 2 },
				     fmin(width, band) * 0.13, fmin(width, band) * 0.13);
			draw_fill(stage->cr, dot, 1);
		}
	}
	draw_ellipse(stage->cr, centre, band * 0.5, band * 0.5);
	draw_fill(stage->cr, inks->of[INKS - 1], 1);
}

void scene_pattern_paint(struct stage *stage)
{
	static void (*const kinds[])(struct stage *, struct rng *, const struct inks *, double) = {
		paint_fans, paint_blocks, paint_ribbons, paint_flow, paint_rosette, paint_blocks,
	};
	struct rng rng = rng_fork(&stage->rng);
	struct inks inks = new_inks(stage);
	unsigned kind = rng_below(&rng, sizeof(kinds) / sizeof(*kinds));
	double tile = floor(stage->u / (5 + rng_below(&rng, 5)));

	draw_source(stage->cr, inks.ground, 1);
	cairo_paint(stage->cr);
	kinds[kind](stage, &rng, &inks, tile);
}
