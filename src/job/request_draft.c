/* The rules that hold whatever a request is written in: a name is known or it is
 * refused, nothing is said twice, and what lies under `extra` keeps the type that
 * its writer can be expected to mean. Lines give `extra.a.b: 7` a piece at a time;
 * how many and how deep is limited, because members are searched one by one. */
#include "job/request_draft.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/strbuf.h"
#include "base/utf8.h"

enum {
	EXTRA_NAMES_MAX = 1000,
	EXTRA_DEPTH_MAX = 16,
	EXTRA_PART_BYTES_MAX = 100,
	SHOWN_BYTES_MAX = 40,
};

static const char extra_prefix[] = "extra.";

/* How a place names what is under `extra`. */
static const char *const extra_notation[] = {
	[REQUEST_IN_FRONT] = "extra.NAME",
	[REQUEST_IN_JSON] = "extra (an object)",
	[REQUEST_IN_DEFAULTS] = "extra.NAME",
};

static bool equals(const char *bytes, size_t size, const char *text)
{
	return strlen(text) == size && memcmp(bytes, text, size) == 0;
}

static void show(struct strbuf *shown, const char *bytes, size_t size)
{
	size_t cut = utf8_cut(bytes, size, SHOWN_BYTES_MAX);

	utf8_add_printable(shown, bytes, cut, PRINTABLE_LINE);
	strbuf_add_text(shown, cut < size ? "…" : "");
}

int request_draft_refuse(const struct request_draft *draft, const struct request_setting *setting,
			 struct diag *reterr_diag)
{
	CLEANUP(strbuf) struct strbuf shown = STRBUF_EMPTY;
	CLEANUP(strbuf) struct strbuf names = STRBUF_EMPTY;
	enum param nearest = param_nearest(setting->name, setting->name_size);
	bool is_near = nearest != PARAMS;
	int first = draft->place == REQUEST_IN_DEFAULTS ? PARAM_PROMPT + 1 : PARAM_PROMPT;

	show(&shown, setting->name, setting->name_size);
	for (int param = first; param < PARAMS; param++)
		strbuf_addf(&names, "%s, ", param_name((enum param)param));
	diag_set(reterr_diag, setting->line,
		 "\"%s\" is not known%s%s%s allowed: %sand %s for what only the provider knows",
		 strbuf_text(&shown), is_near ? "; did you mean " : ";",
		 is_near ? param_name(nearest) : "", is_near ? "?" : "", strbuf_text(&names),
		 extra_notation[draft->place]);
	return -EINVAL;
}

static int refuse_extra(const struct request_setting *setting, const char *why,
			struct diag *reterr_diag)
{
	CLEANUP(strbuf) struct strbuf shown = STRBUF_EMPTY;

	show(&shown, setting->name, setting->name_size);
	diag_set(reterr_diag, setting->line, "%s: %s", strbuf_text(&shown), why);
	return -EINVAL;
}

static int take_param(struct request_draft *draft, enum param param,
		      const struct request_setting *setting, struct diag *reterr_diag)
{
	int r;

	if (draft->lines[param]) {
		diag_set(reterr_diag, setting->line, "%s is there already, in line %u",
			 param_name(param), draft->lines[param]);
		return -EINVAL;
	}
	r = params_set(&draft->params, param, setting->value, setting->value_size, reterr_diag);
	if (r < 0 && reterr_diag)
		reterr_diag->line = setting->line;
	draft->lines[param] = setting->line;
	return r;
}

/* ---- extra ---- */

/* Whether every number in it survives cJSON's printing, which gives 15 digits. Of
 * a fraction's last digits nobody will miss one; a large number may be an id. */
static bool prints_exactly(const cJSON *item)
{
	const cJSON *child;
	char text[40];

	if (cJSON_IsNumber(item) && fabs(item->valuedouble) >= 1e15) {
		snprintf(text, sizeof(text), "%.15g", item->valuedouble);
		if (strtod(text, NULL) != item->valuedouble)
			return false;
	}
	cJSON_ArrayForEach(child, item)
	{
		if (!prints_exactly(child))
			return false;
	}
	return true;
}

int request_draft_check_extra(const cJSON *item, const struct request_setting *setting,
			      struct diag *reterr_diag)
{
	if (prints_exactly(item))
		return 0;
	return refuse_extra(setting,
			    "a number of more than 15 digits would be rounded; write it in quotes",
			    reterr_diag);
}

/* A number, true, false and null are themselves unless quoted. */
static int make_value(const struct request_setting *setting, cJSON **ret_item,
		      struct diag *reterr_diag)
{
	CLEANUP(json) struct json json = { NULL, NULL };
	CLEANUP(strbuf) struct strbuf text = STRBUF_EMPTY;
	const char *value = setting->value;
	size_t size = setting->value_size;
	struct diag diag = { 0 };
	int r;

	if (!setting->quoted &&
	    (equals(value, size, "true") || equals(value, size, "false") ||
	     equals(value, size, "null") || (size > 0 && json_number_size(value, size) == size))) {
		r = json_read(value, size, size, &json, &diag);
		if (r == -EINVAL)
			return refuse_extra(setting, diag.text, reterr_diag);
		if (r == 0)
			r = request_draft_check_extra(json.root, setting, reterr_diag);
		if (r < 0)
			return r;
		*ret_item = json.root;
		json.root = NULL;
		return 0;
	}
	strbuf_add(&text, value, size); /* the value may not be followed by a NUL */
	*ret_item = strbuf_failed(&text) ? NULL : cJSON_CreateString(strbuf_text(&text));
	return *ret_item ? 0 : -ENOMEM;
}

/* The next part of `a.b.c` at *cursor. 1, 0 at the end, or -EINVAL. */
static int next_part(const char **cursor, const char *end, char part[EXTRA_PART_BYTES_MAX + 1])
{
	const char *begin = *cursor;
	const char *dot = begin < end ? memchr(begin, '.', (size_t)(end - begin)) : NULL;
	size_t size = (size_t)((dot ? dot : end) - begin);

	if (begin > end)
		return 0;
	if (size == 0 || size > EXTRA_PART_BYTES_MAX)
		return -EINVAL;
	for (size_t i = 0; i < size; i++) {
		if ((unsigned char)begin[i] <= ' ' || begin[i] == 0x7f)
			return -EINVAL;
	}
	memcpy(part, begin, size);
	part[size] = '\0';
	*cursor = begin + size + 1;
	return 1;
}

/* The object at `part` of `object`, made when it is new; NULL: out of memory. It
 * may be something else than an object. */
static cJSON *below(cJSON *object, const char *part)
{
	cJSON *child = cJSON_GetObjectItemCaseSensitive(object, part);

	return child ? child : cJSON_AddObjectToObject(object, part);
}

/* Puts the item, which is ours on success, where the name says. */
static int put(struct request_draft *draft, const struct request_setting *setting, cJSON *item,
	       struct diag *reterr_diag)
{
	const char *end = setting->name + setting->name_size;
	const char *cursor = setting->name + strlen(extra_prefix);
	char part[EXTRA_PART_BYTES_MAX + 1];
	cJSON *at = draft->extra;
	size_t depth = 0;
	int r = next_part(&cursor, end, part);

	while (r > 0 && cursor <= end) {
		at = below(at, part);
		if (!at)
			return -ENOMEM;
		if (!cJSON_IsObject(at))
			return refuse_extra(setting, "a part of this name has a value already",
					    reterr_diag);
		r = ++depth < EXTRA_DEPTH_MAX ? next_part(&cursor, end, part) : -EINVAL;
	}
	if (r <= 0)
		return refuse_extra(setting,
				    "extra.NAME or extra.NAME.NAME… is expected, without spaces",
				    reterr_diag);
	if (cJSON_GetObjectItemCaseSensitive(at, part))
		return refuse_extra(setting, "it is there already", reterr_diag);
	return cJSON_AddItemToObject(at, part, item) ? 0 : -ENOMEM;
}

static int take_extra(struct request_draft *draft, const struct request_setting *setting,
		      struct diag *reterr_diag)
{
	cJSON *item;
	int r;

	if (++draft->extra_count > EXTRA_NAMES_MAX)
		return refuse_extra(setting, "more than 1000 names under extra", reterr_diag);
	if (!draft->extra)
		draft->extra = cJSON_CreateObject();
	if (!draft->extra)
		return -ENOMEM;
	r = make_value(setting, &item, reterr_diag);
	if (r < 0)
		return r;
	r = put(draft, setting, item, reterr_diag);
	if (r < 0)
		cJSON_Delete(item);
	return r;
}

/* ---- */

int request_draft_take(struct request_draft *draft, const struct request_setting *setting,
		       struct diag *reterr_diag)
{
	enum param param = param_find(setting->name, setting->name_size);
	size_t prefix = strlen(extra_prefix);

	if (param == PARAM_PROMPT && draft->place == REQUEST_IN_DEFAULTS) {
		diag_set(reterr_diag, setting->line, "prompt: it cannot be a default");
		return -EINVAL;
	}
	if (param != PARAMS)
		return take_param(draft, param, setting, reterr_diag);
	if (setting->name_size >= prefix && memcmp(setting->name, extra_prefix, prefix) == 0)
		return take_extra(draft, setting, reterr_diag);
	return request_draft_refuse(draft, setting, reterr_diag);
}

int request_draft_finish(struct request_draft *draft, struct request *ret_request)
{
	struct request request = { .extra = NULL };

	if (draft->extra && draft->extra->child) {
		request.extra = cJSON_PrintUnformatted(draft->extra);
		if (!request.extra)
			return -ENOMEM;
	}
	request.params = draft->params;
	draft->params = (struct params){ { NULL } };
	*ret_request = request;
	return 0;
}

void request_draft_done(struct request_draft *draft)
{
	params_done(&draft->params);
	cJSON_Delete(draft->extra);
	draft->extra = NULL;
}
