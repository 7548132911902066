/* Hides the media that live on paper. All three read the scene through a slight
 * warp, so that no edge is ruler-straight. Watercolour treats the scene as layers
 * of pigment over white (absorption, thicker at the rim of a wash); ink keeps
 * only tone and contour; pencil turns tone into hatching, a direction a depth. */
#include "preview/medium.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "preview/memory.h"
#include "preview/noise.h"

struct sheet {
	struct canvas *canvas;
	const uint32_t *model; /* the scene as it was */
	struct field *bend_x, *bend_y, *pool;
	double amplitude; /* of the warp, pixels */
	double u;
	int near_x;   /* how far a contour is looked for, pixels */
	double press; /* an exponent of tone: below 1 a night leaves paper bare too */
};

static void sheet_open(struct sheet *sheet, struct stage *stage, const uint32_t *model)
{
	struct field_shape shape = { stage->w,
				     stage->h,
				     stage->u * 0.030,
				     stage->u * 0.030,
				     3,
				     (uint32_t)rng_next(&stage->rng),
				     0 };

	sheet->canvas = stage->canvas;
	sheet->model = model;
	sheet->u = stage->u;
	sheet->bend_x = field_new(&shape);
	shape.salt++;
	sheet->bend_y = field_new(&shape);
	shape.salt++;
	shape.scale_x = shape.scale_y = stage->u * 0.16;
	shape.octaves = 5;
	shape.warp = 0.8;
	sheet->pool = field_new(&shape);
	sheet->press = stage_is_dark(stage) ? 0.55 : 1;
	sheet->near_x = (int)fmax(stage->u * 0.0016, 1);
}

static void sheet_close(struct sheet *sheet)
{
	field_free(sheet->bend_x);
	field_free(sheet->bend_y);
	field_free(sheet->pool);
}

static uint32_t sheet_look(const struct sheet *sheet, int x, int y)
{
	int w = sheet->canvas->w, h = sheet->canvas->h;

	x = x < 0 ? 0 : x >= w ? w - 1 : x;
	y = y < 0 ? 0 : y >= h ? h - 1 : y;
	return sheet->model[(size_t)y * (size_t)w + (size_t)x];
}

static void sheet_bend(const struct sheet *sheet, int x, int y, int *ret_x, int *ret_y)
{
	*ret_x = x + (int)lrint(field_at(sheet->bend_x, x, y) * sheet->amplitude);
	*ret_y = y + (int)lrint(field_at(sheet->bend_y, x, y) * sheet->amplitude);
}

/* 0..1, as bright as it looks rather than as it is. */
static double tone(uint32_t p)
{
	return ((p >> 16 & 255) * 0.30 + (p >> 8 & 255) * 0.59 + (p & 255) * 0.11) / 255;
}

/* Mean tone around a place less the tone there: above 0 on a rim's dark side. */
static double rim(const struct sheet *sheet, int x, int y, int reach)
{
	double around =
		tone(sheet_look(sheet, x - reach, y)) + tone(sheet_look(sheet, x + reach, y)) +
		tone(sheet_look(sheet, x, y - reach)) + tone(sheet_look(sheet, x, y + reach));

	return around / 4 - tone(sheet_look(sheet, x, y));
}

static double contour(const struct sheet *sheet, int x, int y)
{
	int d = sheet->near_x;
	double gx = tone(sheet_look(sheet, x + d, y)) - tone(sheet_look(sheet, x - d, y));
	double gy = tone(sheet_look(sheet, x, y + d)) - tone(sheet_look(sheet, x, y - d));

	return sqrt(gx * gx + gy * gy) / sheet->press;
}

/* How far inside the painted area a pixel is: 0 on the bare border, 1 inside. */
static double inside(const struct sheet *sheet, int x, int y, double border)
{
	double edge = fmin(fmin(x, sheet->canvas->w - 1 - x), fmin(y, sheet->canvas->h - 1 - y));

	if (edge > border * 2)
		return 1;
	edge += field_at(sheet->pool, x, y) * border * 0.5 +
		field_at(sheet->bend_x, x, y) * border * 0.25;
	return noise_step(border * 0.82, border * 0.98, edge);
}

static double speckle(int x, int y, uint32_t salt)
{
	return rng_hash_place(x, y, salt) * (2.0 / 4294967295.0) - 1;
}

/* Absorption by channel value: how much pigment makes this much light. */
static void fill_absorption(float table[256])
{
	for (int i = 0; i < 256; i++)
		table[i] = (float)-log((i / 255.0) * 0.86 + 0.125);
}

static uint32_t watercolor_at(const struct sheet *sheet, const float absorption[256], int x, int y)
{
	static const double paper[3] = { 0.985, 0.975, 0.950 };
	double border = sheet->u * 0.030, shown = inside(sheet, x, y, border);
	int grain_size = (int)fmax(sheet->u / 700, 1);
	double grain = speckle(x / grain_size, y / grain_size, 9u);
	double light[3], pigment = 0;
	int sx, sy;
	uint32_t p;

	sheet_bend(sheet, x, y, &sx, &sy);
	p = sheet_look(sheet, sx, sy);
	if (shown > 0) {
		double pool = field_at(sheet->pool, x, y);
		double edge = rim(sheet, sx, sy, sheet->near_x * 3);
		double rim_of_all = shown < 1 ? 0.6 * shown : 0;

		pigment = 0.93 + 0.34 * pool + 1.5 * fmax(edge, -0.15) + rim_of_all + grain * 0.045;
		pigment = fmax(pigment, 0.1) * shown;
	}
	for (int i = 0; i < 3; i++)
		light[i] = paper[i] * exp(-pigment * absorption[p >> (16 - 8 * i) & 255]);
	return canvas_pixel((struct color){ light[0], light[1], light[2] }, grain * 1.3);
}

void medium_watercolor(struct stage *stage)
{
	struct canvas *canvas = stage->canvas;
	CLEANUP(free_ptr) uint32_t *model = canvas_copy_pixels(canvas);
	float absorption[256];
	struct sheet sheet;

	sheet_open(&sheet, stage, model);
	sheet.amplitude = stage->u * 0.0085;
	fill_absorption(absorption);
	for (int y = 0; y < canvas->h; y++)
		for (int x = 0; x < canvas->w; x++)
			canvas->pixels[(size_t)y * (size_t)canvas->stride + (size_t)x] =
				watercolor_at(&sheet, absorption, x, y);
	canvas_end_pixels(canvas);
	sheet_close(&sheet);
}

static struct color blend(struct color a, struct color b, double t)
{
	return (struct color){ a.r + (b.r - a.r) * t, a.g + (b.g - a.g) * t,
			       a.b + (b.b - a.b) * t };
}

/* Warm and strong colours are kept: the one seal's red on an ink drawing. */
static double warmth(uint32_t p)
{
	int r = (int)(p >> 16 & 255), g = (int)(p >> 8 & 255), b = (int)(p & 255);

	return noise_step(0.22, 0.50, (r - (g > b ? g : b)) / 255.0);
}

static uint32_t ink_at(const struct sheet *sheet, struct color ink, int x, int y)
{
	const struct color paper = { 0.968, 0.949, 0.906 };
	double pool = field_at(sheet->pool, x, y), border = sheet->u * 0.034;
	double shown = inside(sheet, x, y, border), dark, step, line;
	struct color c, kept;
	int sx, sy;
	uint32_t p;

	if (shown <= 0)
		return canvas_pixel(paper, speckle(x, y, 4u) * 1.2);
	sheet_bend(sheet, x, y, &sx, &sy);
	p = sheet_look(sheet, sx, sy);
	dark = noise_step(-0.02, 0.98, 1 - pow(tone(p), sheet->press));
	step = floor(dark * 5 + 0.5 + pool * 0.45) / 5;
	dark = dark * 0.35 + step * 0.65 + pool * 0.05;
	dark += 0.8 * fmax(rim(sheet, sx, sy, sheet->near_x * 3), 0);
	line = noise_step(0.07, 0.22, contour(sheet, sx, sy));
	dark = fmin(fmax(dark, 0) * 0.86 + line * 0.75, 0.97) * shown;
	c = blend(paper, ink, dark);
	kept = blend(paper, canvas_color(p), 0.9);
	c = blend(c, kept, warmth(p) * 0.85 * shown * (1 - line * 0.7));
	return canvas_pixel(c, speckle(x, y, 4u) * 1.5);
}

void medium_ink(struct stage *stage)
{
	struct canvas *canvas = stage->canvas;
	CLEANUP(free_ptr) uint32_t *model = canvas_copy_pixels(canvas);
	struct lch hue = color_to_lch(stage->palette->near);
	struct color ink = color_from_lch((struct lch){ 0.19, fmin(hue.c, 0.035), hue.h });
	struct sheet sheet;

	sheet_open(&sheet, stage, model);
	sheet.amplitude = stage->u * 0.0050;
	for (int y = 0; y < canvas->h; y++)
		for (int x = 0; x < canvas->w; x++)
			canvas->pixels[(size_t)y * (size_t)canvas->stride + (size_t)x] =
				ink_at(&sheet, ink, x, y);
	canvas_end_pixels(canvas);
	sheet_close(&sheet);
}

/* How much lead the hatching leaves at a place that is this dark. */
static double hatching(const struct sheet *sheet, double x, double y, double dark)
{
	static const struct {
		double cosine, sine, from, weight;
	} layers[] = {
		{ 0.819, -0.574, 0.06, 0.34 },
		{ 0.940, 0.342, 0.34, 0.32 },
		{ 0.174, -0.985, 0.60, 0.30 },
	};
	double lead = 0;

	for (unsigned i = 0; i < sizeof(layers) / sizeof(*layers); i++) {
		double along, across, line;

		if (dark < layers[i].from - 0.05)
			break;
		along = (x * layers[i].cosine + y * layers[i].sine) / (sheet->u * 0.050);
		across = (y * layers[i].cosine - x * layers[i].sine) / fmax(sheet->u * 0.0019, 1.4);
		line = noise_at(along, across, 40u + i) * 0.5 + 0.5;
		lead += layers[i].weight *
			noise_step(0.62, 0.30, line - (dark - layers[i].from) * 0.75);
	}
	return lead;
}

static uint32_t pencil_at(const struct sheet *sheet, double color_kept, int x, int y)
{
	const struct color paper = { 0.972, 0.965, 0.945 }, lead = { 0.17, 0.17, 0.19 };
	double shown = inside(sheet, x, y, sheet->u * 0.034);
	double tooth = speckle(x, y, 12u);
	double dark, drawn;
	struct color c;
	int sx, sy;
	uint32_t p;

	if (shown <= 0)
		return canvas_pixel(paper, tooth * 1.5);
	sheet_bend(sheet, x, y, &sx, &sy);
	p = sheet_look(sheet, sx, sy);
	dark = noise_step(0.0, 1.05, 1 - pow(tone(p), sheet->press));
	drawn = hatching(sheet, x, y, dark) + 0.42 * dark;
	drawn += 0.85 * noise_step(0.04, 0.20, contour(sheet, sx, sy));
	drawn = fmin(drawn * (0.86 + 0.14 * tooth), 0.94) * shown;
	c = blend(lead, canvas_color(p), color_kept * (0.35 + 0.65 * (1 - dark)));
	c = blend(blend(paper, canvas_color(p), color_kept * 0.42 * shown), c, drawn);
	return canvas_pixel(c, 0);
}

void medium_pencil(struct stage *stage)
{
	struct canvas *canvas = stage->canvas;
	CLEANUP(free_ptr) uint32_t *model = canvas_copy_pixels(canvas);
	double color_kept = stage->idea->tint && stage->idea->tint != TINT_GREY ? 0.85 : 0.40;
	struct sheet sheet;

	sheet_open(&sheet, stage, model);
	sheet.amplitude = stage->u * 0.0040;
	for (int y = 0; y < canvas->h; y++)
		for (int x = 0; x < canvas->w; x++)
			canvas->pixels[(size_t)y * (size_t)canvas->stride + (size_t)x] =
				pencil_at(&sheet, color_kept, x, y);
	canvas_end_pixels(canvas);
	sheet_close(&sheet);
}
