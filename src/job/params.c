/* The vocabulary of requests as one table, so that the parser, the messages and
 * the profiles cannot disagree about a name, a range or a word.
 *
 * Values are kept as normalised text, not as a union: they come from text, go
 * into text (arguments, files, JSON), and equal choices must compare equal (1920:1080
 * is 16:9, true is yes). Parsing is strict on purpose: a value that means
 * something else than its writer thought costs money. */
#include "job/params.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "base/utf8.h"

enum { NAME_VALUE_BYTES_MAX = 100, SHOWN_BYTES_MAX = 60, RATIO_ROOM = 32, GUESSED_BYTES_MAX = 24 };

enum kind {
	KIND_PROMPT, /* text with something to see in it */
	KIND_TEXT,
	KIND_NAME,  /* of a provider: safe as a file name */
	KIND_MODEL, /* visible ASCII without spaces */
	KIND_RATIO,
	KIND_WORD,
	KIND_NUMBER,
	KIND_YES_NO,
};

static const struct row {
	const char *name;
	enum kind kind;
	int64_t from, to;
	const char *words[4];
	const char *allowed; /* completes "VALUE is not …" */
	const char *meaning;
} rows[PARAMS] = {
	[PARAM_PROMPT] = { "prompt", KIND_PROMPT, .allowed = "UTF-8 text that says something",
			   .meaning = "what to paint" },
	[PARAM_NEGATIVE_PROMPT] = { "negative_prompt", KIND_TEXT, .allowed = "UTF-8 text",
				    .meaning = "what must not be in the picture" },
	[PARAM_PROVIDER] = { "provider", KIND_NAME,
			     .allowed = "a name of letters, digits, '.', '_' and '-'",
			     .meaning = "who paints; unless said, whom the configuration names" },
	[PARAM_MODEL] = { "model", KIND_MODEL, .allowed = "a name without spaces",
			  .meaning = "which of the provider's models; unless said, its first" },
	[PARAM_ASPECT_RATIO] = { "aspect_ratio", KIND_RATIO, 1, SIDE_PIXELS_MAX,
				 .allowed = "a ratio like 16:9, of numbers from 1 to 32768",
				 .meaning = "width to height; 1:1 where only a resolution is "
					    "said" },
	[PARAM_RESOLUTION] = { "resolution", KIND_WORD, .words = { "HD", "2K", "4K" },
			       .allowed = "HD, 2K or 4K",
			       .meaning = "the longer side, about 1280, 2048 or 4096 pixels; 2K "
					  "where only a ratio is said" },
	[PARAM_WIDTH] = { "width", KIND_NUMBER, 1, SIDE_PIXELS_MAX,
			  .allowed = "a whole number from 1 to 32768",
			  .meaning = "exact pixels, together with height; excludes aspect_ratio "
				     "and resolution" },
	[PARAM_HEIGHT] = { "height", KIND_NUMBER, 1, SIDE_PIXELS_MAX,
			   .allowed = "a whole number from 1 to 32768",
			   .meaning = "exact pixels, together with width" },
	[PARAM_SEED] = { "seed", KIND_NUMBER, 0, SEED_MAX,
			 .allowed = "a whole number from 0 to 2147483647",
			 .meaning = "the same seed gives the same picture where the provider can "
				    "do that; unless said, one is drawn" },
	[PARAM_COUNT] = { "count", KIND_NUMBER, 1, COUNT_MAX,
			  .allowed = "a whole number from 1 to 16",
			  .meaning = "how many pictures; unless said, one" },
	[PARAM_ENHANCE] = { "enhance", KIND_YES_NO, .allowed = "yes or no",
			    .meaning = "whether the provider may improve the prompt" },
	[PARAM_FORMAT] = { "format", KIND_WORD, .words = { "png", "jpeg", "webp" },
			   .allowed = "png, jpeg or webp",
			   .meaning = "the type of the image file" },
};

const char *param_name(enum param param)
{
	assert(param < PARAMS);
	return rows[param].name;
}

const char *param_allowed(enum param param)
{
	assert(param < PARAMS);
	return rows[param].allowed;
}

const char *param_meaning(enum param param)
{
	assert(param < PARAMS);
	return rows[param].meaning;
}

enum param_type param_type(enum param param)
{
	assert(param < PARAMS);
	if (rows[param].kind == KIND_NUMBER)
		return PARAM_NUMBER;
	return rows[param].kind == KIND_YES_NO ? PARAM_YES_NO : PARAM_TEXT;
}

static bool equals(const char *text, const char *bytes, size_t size)
{
	return strlen(text) == size && memcmp(text, bytes, size) == 0;
}

enum param param_find(const char *name, size_t size)
{
	for (int i = 0; i < PARAMS; i++) {
		if (equals(rows[i].name, name, size))
			return (enum param)i;
	}
	return PARAMS;
}

/* Lower case, with '_' for what people put between words. */
static void plain_name(const char *name, size_t size, char plain[GUESSED_BYTES_MAX])
{
	for (size_t i = 0; i < size; i++) {
		char c = name[i];

		if (c == '-' || c == ' ')
			c = '_';
		plain[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
	}
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* How many letters were put in, left out, replaced or swapped with the next one
 * to make one name out of the other. */
static unsigned mistakes(const char *a, size_t a_size, const char *b, size_t b_size)
{
	unsigned cost[GUESSED_BYTES_MAX + 1][GUESSED_BYTES_MAX + 1];

	for (size_t i = 0; i <= a_size; i++)
		cost[i][0] = (unsigned)i;
	for (size_t j = 0; j <= b_size; j++)
		cost[0][j] = (unsigned)j;
	for (size_t i = 1; i <= a_size; i++) {
		for (size_t j = 1; j <= b_size; j++) {
			unsigned n = cost[i - 1][j - 1] + (a[i - 1] != b[j - 1]);

			n = least(n, least(cost[i - 1][j], cost[i][j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				n = least(n, cost[i - 2][j - 2] + 1);
			cost[i][j] = n;
		}
	}
	return cost[a_size][b_size];
}

/* Whether it is one of the words of a name: "ratio" of "aspect_ratio". */
static bool is_word_of(const char *word, size_t size, const char *name)
{
	for (const char *begin = name; begin;) {
		const char *end = strchrnul(begin, '_');

		if ((size_t)(end - begin) == size && memcmp(begin, word, size) == 0)
			return true;
		begin = *end ? end + 1 : NULL;
	}
	return false;
}

enum param param_nearest(const char *name, size_t size)
{
	char plain[GUESSED_BYTES_MAX];
	enum param best = PARAMS;
	/* More mistakes than a third of the letters, and it may be another word. */
	unsigned fewest = (size < 6 ? 1 : (unsigned)size / 3) + 1;

	if (size == 0 || size > GUESSED_BYTES_MAX)
		return PARAMS;
	plain_name(name, size, plain);
	for (int i = 0; i < PARAMS; i++) {
		unsigned n = is_word_of(plain, size, rows[i].name)
				     ? 0
				     : mistakes(plain, size, rows[i].name, strlen(rows[i].name));

		if (n < fewest) {
			fewest = n;
			best = (enum param)i;
		}
	}
	return best;
}

/* A whole decimal number of `size` bytes within the row's range, else -1. No
 * range goes beyond ten digits, so nothing overflows. */
static int64_t number(const struct row *row, const char *bytes, size_t size)
{
	int64_t n = 0;

	if (size == 0 || size > 10 || (bytes[0] == '0' && size > 1))
		return -1;
	for (size_t i = 0; i < size; i++) {
		if (bytes[i] < '0' || bytes[i] > '9')
			return -1;
		n = n * 10 + (bytes[i] - '0');
	}
	return n >= row->from && n <= row->to ? n : -1;
}

static int64_t greatest_divisor(int64_t a, int64_t b)
{
	while (b) {
		int64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/* The helpers below give the normalised text, allocated, in *ret_text. They
 * return 0, -EINVAL or -ENOMEM. */
static int give(const char *bytes, size_t size, char **ret_text)
{
	char *text = malloc(size + 1);

	if (!text)
		return -ENOMEM;
	memcpy(text, bytes, size);
	text[size] = '\0';
	*ret_text = text;
	return 0;
}

static int give_ratio(const struct row *row, const char *value, size_t size, char **ret_text)
{
	const char *colon = memchr(value, ':', size);
	char text[RATIO_ROOM];
	int64_t a, b, divisor;
	int length;

	if (!colon)
		return -EINVAL;
	a = number(row, value, (size_t)(colon - value));
	b = number(row, colon + 1, size - (size_t)(colon - value) - 1);
	if (a < 0 || b < 0)
		return -EINVAL;
	divisor = greatest_divisor(a, b);
	length = snprintf(text, sizeof(text), "%lld:%lld", (long long)(a / divisor),
			  (long long)(b / divisor));
	return give(text, (size_t)length, ret_text);
}

static int give_word(const struct row *row, const char *value, size_t size, char **ret_text)
{
	for (size_t i = 0; i < sizeof(row->words) / sizeof(row->words[0]) && row->words[i]; i++) {
		if (equals(row->words[i], value, size))
			return give(value, size, ret_text);
	}
	return -EINVAL;
}

static int give_yes_no(const char *value, size_t size, char **ret_text)
{
	if (equals("yes", value, size) || equals("true", value, size))
		return give("yes", 3, ret_text);
	if (equals("no", value, size) || equals("false", value, size))
		return give("no", 2, ret_text);
	return -EINVAL;
}

static bool is_alphanumeric(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* Neither kind may begin with '-' (an option) and a provider not with '.' (a
 * hidden file, or a way out of its folder). */
static int give_name(const struct row *row, const char *value, size_t size, char **ret_text)
{
	if (size == 0 || size > NAME_VALUE_BYTES_MAX || value[0] == '-')
		return -EINVAL;
	if (row->kind == KIND_NAME && value[0] == '.')
		return -EINVAL;
	for (size_t i = 0; i < size; i++) {
		if (row->kind == KIND_NAME && !is_alphanumeric(value[i]) &&
		    !memchr("._-", value[i], 3))
			return -EINVAL;
		if (value[i] <= ' ' || value[i] > '~')
			return -EINVAL;
	}
	return give(value, size, ret_text);
}

static int give_text(const struct row *row, const char *value, size_t size, char **ret_text)
{
	bool says_something = false;

	if (!utf8_valid(value, size, NULL) || memchr(value, '\0', size))
		return -EINVAL;
	for (size_t i = 0; i < size && !says_something; i++)
		says_something = !memchr(" \t\n\v\f\r", value[i], 6);
	if (row->kind == KIND_PROMPT && !says_something)
		return -EINVAL;
	return give(value, size, ret_text);
}

static int normalise(const struct row *row, const char *value, size_t size, char **ret_text)
{
	switch (row->kind) {
	case KIND_PROMPT:
	case KIND_TEXT:
		return give_text(row, value, size, ret_text);
	case KIND_NAME:
	case KIND_MODEL:
		return give_name(row, value, size, ret_text);
	case KIND_RATIO:
		return give_ratio(row, value, size, ret_text);
	case KIND_WORD:
		return give_word(row, value, size, ret_text);
	case KIND_NUMBER:
		return number(row, value, size) < 0 ? -EINVAL : give(value, size, ret_text);
	case KIND_YES_NO:
		return give_yes_no(value, size, ret_text);
	}
	return -EINVAL;
}

static void explain(const struct row *row, const char *value, size_t size, struct diag *diag)
{
	CLEANUP(strbuf) struct strbuf shown = STRBUF_EMPTY;
	size_t cut = utf8_cut(value, size, SHOWN_BYTES_MAX);

	utf8_add_printable(&shown, value, cut, PRINTABLE_LINE);
	diag_set(diag, 0, "%s: \"%s%s\" is not %s", row->name, strbuf_text(&shown),
		 cut < size ? "…" : "", row->allowed);
}

int params_set(struct params *params, enum param param, const char *value, size_t size,
	       struct diag *reterr_diag)
{
	const struct row *row = &rows[param];
	char *text;
	int r;

	assert(param < PARAMS);
	r = normalise(row, value, size, &text);
	if (r == -EINVAL)
		explain(row, value, size, reterr_diag);
	if (r < 0)
		return r;
	free(params->value[param]);
	params->value[param] = text;
	return 0;
}

int64_t params_number(const struct params *params, enum param param)
{
	const char *text = params->value[param];

	if (!text || rows[param].kind != KIND_NUMBER)
		return -1;
	return number(&rows[param], text, strlen(text));
}

int params_copy(const struct params *from, struct params *ret_params)
{
	struct params copy = { 0 };

	for (int i = 0; i < PARAMS; i++) {
		if (!from->value[i])
			continue;
		copy.value[i] = strdup(from->value[i]);
		if (!copy.value[i]) {
			params_done(&copy);
			return -ENOMEM;
		}
	}
	*ret_params = copy;
	return 0;
}

void params_done(struct params *params)
{
	for (int i = 0; i < PARAMS; i++) {
		free(params->value[i]);
		params->value[i] = NULL;
	}
}
