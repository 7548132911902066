/* Providers are told a size in one of two languages: words from their lists
 * ("16:9", "2K"), or pixels. Words come first, since a provider's own word gives the
 * size it is best at; pixels serve where there is no word for what was asked.
 *
 * Numbers are whole throughout: a picture of 2047.97 pixels would be another one
 * on another machine. Sides are at most SIDE_PIXELS_MAX, so no product of two
 * sides and a ratio's number leaves 64 bits. */
#include "job/size.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/strbuf.h"

enum { GRID_PIXELS = 8 /* where the profile says no step */, NAME_SHOWN_MAX = 60 };

/* The longer side that a word asks for. */
static const struct tier {
	const char *word;
	int64_t pixels;
} tiers[] = { { "HD", 1280 }, { "2K", 2048 }, { "4K", 4096 } };

enum { TIERS = sizeof(tiers) / sizeof(tiers[0]) };

static const char ratio_unsaid[] = "1:1";
static const char resolution_unsaid[] = "2K";

struct ratio {
	int64_t a, b; /* width to height, reduced */
};

/* Who is asked: what he takes, and what people call him. */
struct taker {
	const struct offer *offer;
	const char *name;
};

/* What a provider takes of one side. */
struct side {
	enum param param;
	const struct accept *accept;
	int64_t min, max, grid; /* grid: what computed sizes are rounded to */
};

/* ---- layers ---- */

static bool says_pixels(const struct params *params)
{
	return params->value[PARAM_WIDTH] || params->value[PARAM_HEIGHT];
}

static bool says_shape(const struct params *params)
{
	return params->value[PARAM_ASPECT_RATIO] || params->value[PARAM_RESOLUTION];
}

static bool is_size(enum param param)
{
	return param == PARAM_ASPECT_RATIO || param == PARAM_RESOLUTION || param == PARAM_WIDTH ||
	       param == PARAM_HEIGHT;
}

int size_check_layer(const struct params *layer, struct diag *reterr_diag)
{
	if (!layer->value[PARAM_WIDTH] != !layer->value[PARAM_HEIGHT]) {
		enum param said = layer->value[PARAM_WIDTH] ? PARAM_WIDTH : PARAM_HEIGHT;
		enum param missing = said == PARAM_WIDTH ? PARAM_HEIGHT : PARAM_WIDTH;

		diag_set(reterr_diag, 0, "%s: %s without %s; say both, or aspect_ratio",
			 param_name(said), layer->value[said], param_name(missing));
		return -EINVAL;
	}
	if (says_pixels(layer) && says_shape(layer)) {
		enum param shape =
			layer->value[PARAM_ASPECT_RATIO] ? PARAM_ASPECT_RATIO : PARAM_RESOLUTION;

		diag_set(reterr_diag, 0,
			 "%s: \"%s\" beside width %s and height %s; say one or the other",
			 param_name(shape), layer->value[shape], layer->value[PARAM_WIDTH],
			 layer->value[PARAM_HEIGHT]);
		return -EINVAL;
	}
	return 0;
}

static int adopt(struct params *params, enum param param, const char *value)
{
	if (params->value[param] || !value)
		return 0;
	params->value[param] = strdup(value);
	return params->value[param] ? 0 : -ENOMEM;
}

static int merge_size(struct params *params, const struct params *lower)
{
	int r = 0;

	if (says_pixels(params))
		return 0;
	if (says_shape(params) && says_pixels(lower)) {
		/* The pixels clear what lies below them: say now what its absence
		 * means, or a still lower layer would shine through. */
		r = adopt(params, PARAM_ASPECT_RATIO, ratio_unsaid);
		return r < 0 ? r : adopt(params, PARAM_RESOLUTION, resolution_unsaid);
	}
	for (int param = 0; param < PARAMS && r == 0; param++) {
		if (is_size((enum param)param))
			r = adopt(params, (enum param)param, lower->value[param]);
	}
	return r;
}

int size_merge_layer(struct params *params, const struct params *lower)
{
	int r = merge_size(params, lower);

	for (int param = 0; param < PARAMS && r == 0; param++) {
		if (!is_size((enum param)param))
			r = adopt(params, (enum param)param, lower->value[param]);
	}
	return r;
}

/* ---- numbers ---- */

static int64_t round_down(int64_t n, int64_t grid)
{
	return n / grid * grid;
}

/* n·times/by on the grid, halves up. */
static int64_t scaled(int64_t n, int64_t times, int64_t by, int64_t grid)
{
	assert(by > 0 && grid > 0);
	return (2 * n * times + by * grid) / (2 * by * grid) * grid;
}

static struct ratio reduced(int64_t a, int64_t b)
{
	int64_t divisor = a, other = b;

	assert(a > 0 && b > 0);
	while (other) {
		int64_t rest = divisor % other;

		divisor = other;
		other = rest;
	}
	return (struct ratio){ a / divisor, b / divisor };
}

/* A ratio as parameters and profiles hold it: "A:B" of numbers from 1. */
static struct ratio parse_ratio(const char *text)
{
	char *colon;
	int64_t a = strtoll(text, &colon, 10);

	return reduced(a, strtoll(colon + 1, NULL, 10));
}

/* ---- words ---- */

static bool takes(const struct taker *taker, enum param param)
{
	return taker->offer->accepts[param].kind != ACCEPT_NOTHING;
}

static bool takes_pixels(const struct taker *taker)
{
	return takes(taker, PARAM_WIDTH) && takes(taker, PARAM_HEIGHT);
}

static void add_words(struct strbuf *list, char *const *words)
{
	for (size_t i = 0; words[i]; i++)
		strbuf_addf(list, "%s%s", i ? ", " : "", words[i]);
}

/* Explains that the provider does not take the value, and what it does take. */
static int refuse(const struct taker *taker, enum param param, const char *value,
		  struct diag *reterr_diag)
{
	CLEANUP(strbuf) struct strbuf taken = STRBUF_EMPTY;
	const struct accept *accept = &taker->offer->accepts[param];

	if (accept->kind == ACCEPT_WORDS)
		add_words(&taken, accept->words);
	if (accept->kind == ACCEPT_RANGE)
		strbuf_addf(&taken, "%lld to %lld", (long long)accept->from, (long long)accept->to);
	if (accept->kind == ACCEPT_RANGE && accept->step > 1)
		strbuf_addf(&taken, " in steps of %lld", (long long)accept->step);
	diag_set(reterr_diag, 0, "%s: \"%s\" is not what %s takes: %s", param_name(param), value,
		 taker->name, strbuf_text(&taken));
	return -EINVAL;
}

static const char *find_word(const struct accept *accept, const char *word)
{
	if (accept->kind == ACCEPT_ANY)
		return word;
	for (size_t i = 0; accept->kind == ACCEPT_WORDS && accept->words[i]; i++) {
		if (strcmp(accept->words[i], word) == 0)
			return accept->words[i];
	}
	return NULL;
}

/* The provider's word for a ratio, which it may spell unreduced ("21:9"). */
static const char *ratio_word(const struct taker *taker, const char *asked)
{
	const struct accept *accept = &taker->offer->accepts[PARAM_ASPECT_RATIO];
	struct ratio want = parse_ratio(asked);

	for (size_t i = 0; accept->kind == ACCEPT_WORDS && accept->words[i]; i++) {
		struct ratio have = parse_ratio(accept->words[i]);

		if (have.a == want.a && have.b == want.b)
			return accept->words[i];
	}
	return accept->kind == ACCEPT_ANY ? asked : NULL;
}

/* The provider's word for a resolution, if it has words for them. */
static int set_resolution(const struct params *params, const struct taker *taker, struct size *size,
			  struct diag *reterr_diag)
{
	const char *asked = params->value[PARAM_RESOLUTION];
	const char *word = find_word(&taker->offer->accepts[PARAM_RESOLUTION],
				     asked ? asked : resolution_unsaid);

	if (!word && asked && takes(taker, PARAM_RESOLUTION))
		return refuse(taker, PARAM_RESOLUTION, asked, reterr_diag);
	if (word)
		snprintf(size->resolution, sizeof(size->resolution), "%s", word);
	else if (asked && strcmp(asked, resolution_unsaid) != 0)
		snprintf(size->note, sizeof(size->note),
			 "resolution %s is not sent: %.*s has no word for it", asked,
			 NAME_SHOWN_MAX, taker->name);
	return 0;
}

/* ---- pixels ---- */

static struct side side_of(const struct taker *taker, enum param param)
{
	const struct accept *accept = &taker->offer->accepts[param];
	struct side side = { param, accept, 1, SIDE_PIXELS_MAX, GRID_PIXELS };

	if (accept->kind == ACCEPT_RANGE) {
		side.min = accept->from;
		side.max = accept->to;
		side.grid = accept->step > 1 ? accept->step : GRID_PIXELS;
	}
	for (size_t i = 0; accept->kind == ACCEPT_WORDS && accept->words[i]; i++) {
		int64_t pixels = strtoll(accept->words[i], NULL, 10);

		side.min = i == 0 || pixels < side.min ? pixels : side.min;
		side.max = i == 0 || pixels > side.max ? pixels : side.max;
	}
	return side;
}

static bool side_takes(const struct side *side, int64_t pixels)
{
	char text[24];

	if (pixels < side->min || pixels > side->max)
		return false;
	snprintf(text, sizeof(text), "%lld", (long long)pixels);
	if (side->accept->kind == ACCEPT_WORDS)
		return find_word(side->accept, text);
	return side->accept->kind != ACCEPT_RANGE || pixels % side->accept->step == 0;
}

/* The custom word, where the provider wants one beside pixels. */
static void set_pixels(const struct taker *taker, int64_t width, int64_t height, struct size *size)
{
	size->width = width;
	size->height = height;
	snprintf(size->ratio, sizeof(size->ratio), "%s",
		 taker->offer->custom_ratio ? taker->offer->custom_ratio : "");
}

static const struct tier *tier_of(const char *resolution)
{
	size_t i = 0;

	while (i < TIERS - 1 && strcmp(tiers[i].word, resolution) != 0)
		i++;
	return &tiers[i];
}

/* The two sides of a shape whose longer is `a` of a:b, as near to the tier as the
 * sides' ranges allow. They may still be outside. */
static void fit(const struct side *longer, const struct side *shorter, struct ratio ratio,
		int64_t tier_pixels, int64_t ret_pixels[2])
{
	int64_t tier = tier_pixels < longer->max ? tier_pixels : longer->max;
	int64_t l = round_down(tier, longer->grid), s;

	if (l < longer->min)
		l = longer->min;
	s = scaled(l, ratio.b, ratio.a, shorter->grid);
	if (s < shorter->min || s > shorter->max) {
		s = s < shorter->min ? shorter->min : round_down(shorter->max, shorter->grid);
		l = scaled(s, ratio.a, ratio.b, longer->grid);
	}
	ret_pixels[0] = l;
	ret_pixels[1] = s;
}

static void note_tier(const struct tier *tier, const struct side *longer, int64_t pixels,
		      const struct taker *taker, struct size *size)
{
	const char *what = NULL;

	if (pixels > tier->pixels)
		what = "less than the least";
	else if (pixels < round_down(tier->pixels, longer->grid))
		what = "more than the most";
	if (what)
		snprintf(size->note, sizeof(size->note),
			 "%s is %s that %.*s takes; sent as %lld × %lld", tier->word, what,
			 NAME_SHOWN_MAX, taker->name, (long long)size->width,
			 (long long)size->height);
}

static int compute_pixels(const struct params *params, const struct taker *taker,
			  struct ratio ratio, struct size *size, struct diag *reterr_diag)
{
	const char *asked = params->value[PARAM_RESOLUTION];
	const struct tier *tier = tier_of(asked ? asked : resolution_unsaid);
	struct side width = side_of(taker, PARAM_WIDTH);
	struct side height = side_of(taker, PARAM_HEIGHT);
	bool wide = ratio.a >= ratio.b;
	const struct side *longer = wide ? &width : &height, *shorter = wide ? &height : &width;
	struct ratio longer_to_shorter =
		wide ? ratio : (struct ratio){ .a = ratio.b, .b = ratio.a };
	int64_t pixels[2];

	fit(longer, shorter, longer_to_shorter, tier->pixels, pixels);
	if (!side_takes(longer, pixels[0]) || !side_takes(shorter, pixels[1])) {
		diag_set(reterr_diag, 0,
			 "aspect_ratio: %lld:%lld is not what %s takes: it would be %lld × %lld "
			 "pixels, and %lld × %lld to %lld × %lld are allowed",
			 (long long)ratio.a, (long long)ratio.b, taker->name,
			 (long long)pixels[!wide], (long long)pixels[wide], (long long)width.min,
			 (long long)height.min, (long long)width.max, (long long)height.max);
		return -EINVAL;
	}
	set_pixels(taker, pixels[!wide], pixels[wide], size);
	note_tier(tier, longer, pixels[0], taker, size);
	return 0;
}

/* ---- demands ---- */

/* The word whose ratio is nearest to width:height, if it is within 1 %. */
static const char *nearest_word(const struct accept *accept, int64_t width, int64_t height)
{
	const char *best = NULL;
	int64_t best_off = 1, best_of = 100;

	for (size_t i = 0; accept->kind == ACCEPT_WORDS && accept->words[i]; i++) {
		struct ratio word = parse_ratio(accept->words[i]);
		int64_t of = word.a * height, off = llabs(word.b * width - of);

		if (off * best_of <= best_off * of) {
			best_off = off;
			best_of = of;
			best = accept->words[i];
		}
	}
	return best;
}

static int demand_ratio(const struct taker *taker, int64_t width, int64_t height, struct size *size,
			struct diag *reterr_diag)
{
	const struct accept *accept = &taker->offer->accepts[PARAM_ASPECT_RATIO];
	const char *word = nearest_word(accept, width, height);
	struct ratio ratio = reduced(width, height);
	CLEANUP(strbuf) struct strbuf words = STRBUF_EMPTY;

	if (accept->kind == ACCEPT_WORDS && !word) {
		add_words(&words, accept->words);
		diag_set(reterr_diag, 0,
			 "width, height: %lld × %lld is not what %s takes: no pixels, but "
			 "aspect_ratio %s",
			 (long long)width, (long long)height, taker->name, strbuf_text(&words));
		return -EINVAL;
	}
	if (word)
		snprintf(size->ratio, sizeof(size->ratio), "%s", word);
	else if (accept->kind == ACCEPT_ANY)
		snprintf(size->ratio, sizeof(size->ratio), "%u:%u", (unsigned)ratio.a,
			 (unsigned)ratio.b);
	snprintf(size->note, sizeof(size->note), "%lld × %lld is %s%s: %.*s takes no pixels",
		 (long long)width, (long long)height, *size->ratio ? "sent as " : "not sent",
		 size->ratio, NAME_SHOWN_MAX, taker->name);
	return 0;
}

static int demand(const struct params *params, const struct taker *taker, struct size *size,
		  struct diag *reterr_diag)
{
	int64_t width = params_number(params, PARAM_WIDTH);
	int64_t height = params_number(params, PARAM_HEIGHT);
	struct side sides[] = { side_of(taker, PARAM_WIDTH), side_of(taker, PARAM_HEIGHT) };

	if (!takes_pixels(taker))
		return demand_ratio(taker, width, height, size, reterr_diag);
	for (int i = 0; i < 2; i++) {
		enum param param = sides[i].param;

		if (!side_takes(&sides[i], i ? height : width))
			return refuse(taker, param, params->value[param], reterr_diag);
	}
	set_pixels(taker, width, height, size);
	return 0;
}

/* ---- the choice ---- */

static int resolve_shape(const struct params *params, const struct taker *taker, struct size *size,
			 struct diag *reterr_diag)
{
	const char *asked = params->value[PARAM_ASPECT_RATIO];
	const char *ratio = asked ? asked : ratio_unsaid;
	const char *word = ratio_word(taker, ratio);

	if (!word && takes_pixels(taker))
		return compute_pixels(params, taker, parse_ratio(ratio), size, reterr_diag);
	if (!word && asked && takes(taker, PARAM_ASPECT_RATIO))
		return refuse(taker, PARAM_ASPECT_RATIO, asked, reterr_diag);
	if (word)
		snprintf(size->ratio, sizeof(size->ratio), "%s", word);
	else if (asked)
		snprintf(size->note, sizeof(size->note),
			 "aspect_ratio %s is not sent: %.*s knows none", asked, NAME_SHOWN_MAX,
			 taker->name);
	return set_resolution(params, taker, size, reterr_diag);
}

int size_resolve(const struct params *params, const struct offer *offer, const char *name,
		 struct size *ret_size, struct diag *reterr_diag)
{
	struct taker asked = { offer, name }, *taker = &asked;
	struct size size = { .ratio = "" };
	int r = 0;

	if (says_pixels(params)) {
		r = size_check_layer(params, reterr_diag);
		if (r == 0)
			r = demand(params, taker, &size, reterr_diag);
	} else if (says_shape(params)) {
		r = resolve_shape(params, taker, &size, reterr_diag);
	}
	if (r < 0)
		return r;
	*ret_size = size;
	return 0;
}
