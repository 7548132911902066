/* Filling is done piece by piece, never by replacing in a text: what a value
 * contains is not looked at again, so a prompt with braces in it stays a prompt.
 * Into a URL everything goes encoded, and what could climb out of its path ("..")
 * does not go at all: ids come from providers, model ids from whoever asks. */
#include "job/template.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/utf8.h"
#include "job/url.h"

enum { SHOWN_BYTES_MAX = 60 };

struct piece {
	const char *text; /* in the template; a name without its braces */
	size_t size;
	bool is_name;
};

/* What a name stands for: a parameter, or PARAMS and more for the others. */
enum { SLOTS = PARAMS + TEMPLATE_NAMES };

static const char *const names[TEMPLATE_NAMES] = {
	[TEMPLATE_ID] = "id",
	[TEMPLATE_ASSET] = "asset",
	[TEMPLATE_POLL_URL] = "poll_url",
	[TEMPLATE_RESULT_URL] = "result_url",
	[TEMPLATE_CANCEL_URL] = "cancel_url",
	[TEMPLATE_NEXT] = "next",
	[TEMPLATE_OUTPUT] = "output",
};

static const char *slot_name(unsigned slot)
{
	return slot < PARAMS ? param_name((enum param)slot) : names[slot - PARAMS];
}

static bool is_text(const struct piece *piece, const char *text)
{
	return piece->size == strlen(text) && memcmp(piece->text, text, piece->size) == 0;
}

/* SLOTS: it is no name. */
static unsigned find_slot(const struct piece *piece)
{
	if (is_text(piece, "ratio"))
		return PARAM_ASPECT_RATIO;
	for (unsigned i = 0; i < SLOTS; i++)
		if (is_text(piece, slot_name(i)))
			return i;
	return SLOTS;
}

/* NULL: unset. */
static const char *value_of(const struct values *values, unsigned slot)
{
	const char *value = slot < PARAMS ? values->param[slot] : values->name[slot - PARAMS];
	bool may_be_empty = slot < PARAMS && slot != PARAM_MODEL;

	return value && (*value || may_be_empty) ? value : NULL;
}

/* ---- reading ---- */

/* Says what is wrong with a piece of text. */
static int complain(const char *text, size_t size, const char *why, struct diag *reterr_diag)
{
	CLEANUP(strbuf) struct strbuf shown = STRBUF_EMPTY;
	size_t cut = utf8_cut(text, size, SHOWN_BYTES_MAX);

	utf8_add_printable(&shown, text, cut, PRINTABLE_LINE);
	diag_set(reterr_diag, 0, "\"%s%s\": %s", strbuf_text(&shown), cut < size ? "…" : "", why);
	return -EINVAL;
}

/* The next literal or name of a template, at *cursor, which is moved behind it. 1, 0 at
 * the end, or -EINVAL with a diag for a brace that is not closed. */
static int next_piece(const char **cursor, struct piece *ret_piece, struct diag *reterr_diag)
{
	const char *begin = *cursor, *end;

	if (!*begin)
		return 0;
	if (*begin != '{') {
		end = begin + strcspn(begin, "{");
		*ret_piece = (struct piece){ begin, (size_t)(end - begin), false };
		*cursor = end;
		return 1;
	}
	end = strchr(begin, '}');
	if (!end)
		return complain(begin, strlen(begin), "'{' without '}'", reterr_diag);
	*ret_piece = (struct piece){ begin + 1, (size_t)(end - begin) - 1, true };
	*cursor = end + 1;
	return 1;
}

bool template_is_name(const char *text)
{
	const char *end = *text == '{' ? strchr(text, '}') : NULL;

	return end && !end[1];
}

/* Says that the name is none, and which there are. */
static int refuse_name(const struct piece *piece, unsigned allowed, struct diag *reterr_diag)
{
	CLEANUP(strbuf) struct strbuf why = STRBUF_EMPTY;
	const char *before = "not known here; it can be ";

	for (unsigned i = 0; i < SLOTS; i++) {
		if (!(allowed & 1u << i))
			continue;
		strbuf_addf(&why, "%s{%s}", before, slot_name(i));
		before = ", ";
	}
	return complain(piece->text - 1, piece->size + 2,
			why.size > 0 ? strbuf_text(&why) : "no name is known here", reterr_diag);
}

int template_check(const char *text, unsigned allowed, unsigned *ret_named,
		   struct diag *reterr_diag)
{
	struct piece piece;
	unsigned named = 0, slot;
	int r;

	while ((r = next_piece(&text, &piece, reterr_diag)) > 0) {
		if (!piece.is_name && memchr(piece.text, '}', piece.size))
			return complain(piece.text, piece.size, "'}' without '{'", reterr_diag);
		if (!piece.is_name)
			continue;
		slot = find_slot(&piece);
		if (slot == SLOTS || !(allowed & 1u << slot))
			return refuse_name(&piece, allowed, reterr_diag);
		named |= 1u << slot;
	}
	if (r == 0)
		*ret_named = named;
	return r;
}

/* ---- filling ---- */

static int refuse_value(unsigned slot, const char *value, struct diag *reterr_diag)
{
	CLEANUP(strbuf) struct strbuf why = STRBUF_EMPTY;

	strbuf_addf(&why, "cannot be {%s} in a URL", slot_name(slot));
	return complain(value, strlen(value), strbuf_text(&why), reterr_diag);
}

/* Appends a part of a path. False for one that is none or leads elsewhere. */
static bool add_part(struct strbuf *url, const char *part, size_t size)
{
	if (size == 0 || (size <= 2 && strspn(part, ".") >= size))
		return false;
	url_add_encoded(url, part, size);
	return true;
}

static bool add_parts(struct strbuf *url, const char *value)
{
	size_t size = strcspn(value, "/");

	while (add_part(url, value, size)) {
		value += size;
		if (!*value)
			return true;
		strbuf_add_char(url, *value++);
		size = strcspn(value, "/");
	}
	return false;
}

static bool is_url(unsigned slot)
{
	return slot == PARAMS + TEMPLATE_POLL_URL || slot == PARAMS + TEMPLATE_RESULT_URL ||
	       slot == PARAMS + TEMPLATE_CANCEL_URL || slot == PARAMS + TEMPLATE_NEXT;
}

static bool add_value(struct strbuf *url, unsigned slot, const char *value)
{
	if (slot == PARAM_MODEL)
		return add_parts(url, value);
	if (slot >= PARAMS)
		return add_part(url, value, strlen(value));
	url_add_encoded(url, value, strlen(value));
	return true;
}

int template_fill(const char *text, const struct values *values, enum filling filling,
		  struct strbuf *filled, struct diag *reterr_diag)
{
	bool is_alone = template_is_name(text);
	struct piece piece;
	int r;

	while ((r = next_piece(&text, &piece, reterr_diag)) > 0) {
		const char *value;
		unsigned slot;

		if (!piece.is_name) {
			strbuf_add(filled, piece.text, piece.size);
			continue;
		}
		slot = find_slot(&piece);
		if (slot == SLOTS)
			return refuse_name(&piece, (1u << SLOTS) - 1, reterr_diag);
		value = value_of(values, slot);
		if (!value)
			return 0;
		if (filling == FILL_PLAIN || (is_alone && is_url(slot)))
			strbuf_add_text(filled, value);
		else if (!add_value(filled, slot, value))
			return refuse_value(slot, value, reterr_diag);
	}
	if (r < 0)
		return r;
	return strbuf_failed(filled) ? -ENOMEM : 1;
}

/* ---- JSON ---- */

/* Whether it is meant as JSON rather than as a text. */
static bool is_json(const char *text)
{
	size_t size = strlen(text);

	if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0 || strcmp(text, "null") == 0)
		return true;
	if (size >= 2 && text[0] == '"' && text[size - 1] == '"')
		return true;
	return size > 0 && json_number_size(text, size) == size;
}

/* 0, -EINVAL with a diag, or -ENOMEM. */
static int read_json(const char *text, cJSON **ret_value, struct diag *reterr_diag)
{
	CLEANUP(json) struct json json = { NULL, NULL };
	int r = json_read(text, strlen(text), strlen(text), &json, reterr_diag);

	if (r < 0)
		return r;
	*ret_value = json.root;
	json.root = NULL;
	return 0;
}

int template_check_json(const char *text, unsigned allowed, unsigned *ret_named,
			struct diag *reterr_diag)
{
	struct diag why = { 0 };
	cJSON *value;
	int r;

	if (!is_json(text))
		return template_check(text, allowed, ret_named, reterr_diag);
	r = read_json(text, &value, &why);
	if (r == -EINVAL)
		complain(text, strlen(text), why.text, reterr_diag);
	if (r < 0)
		return r;
	cJSON_Delete(value);
	*ret_named = 0;
	return 0;
}

/* A parameter as what JSON gives it; a text where it is not what its type says. */
static cJSON *typed(enum param param, const char *value)
{
	size_t size = strlen(value);
	enum param_type type = param_type(param);

	if (type == PARAM_NUMBER && size > 0 && json_number_size(value, size) == size)
		return cJSON_CreateNumber(strtod(value, NULL));
	if (type == PARAM_YES_NO && (strcmp(value, "yes") == 0 || strcmp(value, "no") == 0))
		return cJSON_CreateBool(*value == 'y');
	return cJSON_CreateString(value);
}

int template_json(const char *text, const struct values *values, cJSON **ret_value)
{
	CLEANUP(strbuf) struct strbuf filled = STRBUF_EMPTY;
	struct piece name = { text + 1, strlen(text) - 2, true };
	unsigned slot;
	cJSON *value;
	int r;

	if (is_json(text)) {
		r = read_json(text, ret_value, NULL);
		return r < 0 ? r : 1;
	}
	r = template_fill(text, values, FILL_PLAIN, &filled, NULL);
	if (r <= 0)
		return r;
	slot = template_is_name(text) ? find_slot(&name) : SLOTS;
	value = slot < PARAMS ? typed((enum param)slot, strbuf_text(&filled))
			      : cJSON_CreateString(strbuf_text(&filled));
	if (!value)
		return -ENOMEM;
	*ret_value = value;
	return 1;
}
