/* A tree is walked by the pointer's parts. For reading they are compared as they
 * are written, escapes and all: that needs no memory and cannot fail, so a reply is
 * searched without a thought for errors. */
#include "base/json_pointer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/strbuf.h"
#include "base/utf8.h"

enum { SHOWN_BYTES_MAX = 60, INDEX_DIGITS_MAX = 9 };

struct part {
	const char *text;
	size_t size;
};

/* The part after the '/' at *cursor, which then is at the next one or at the end. */
static struct part next_part(const char **cursor)
{
	const char *begin = *cursor + 1;
	size_t size = strcspn(begin, "/");

	*cursor = begin + size;
	return (struct part){ begin, size };
}

static bool is_star(struct part part)
{
	return part.size == 1 && *part.text == '*';
}

/* ---- checking ---- */

static int refuse(const char *pointer, const char *why, struct diag *reterr_diag)
{
	CLEANUP(strbuf) struct strbuf shown = STRBUF_EMPTY;
	size_t size = strlen(pointer), cut = utf8_cut(pointer, size, SHOWN_BYTES_MAX);

	utf8_add_printable(&shown, pointer, cut, PRINTABLE_LINE);
	diag_set(reterr_diag, 0, "\"%s%s\" is no JSON pointer: %s", strbuf_text(&shown),
		 cut < size ? "…" : "", why);
	return -EINVAL;
}

int json_pointer_check(const char *pointer, struct diag *reterr_diag)
{
	const char *cursor = pointer;
	unsigned parts = 0;

	if (*cursor && *cursor != '/')
		return refuse(pointer, "it must begin with '/'", reterr_diag);
	while (*cursor) {
		struct part part = next_part(&cursor);

		for (size_t i = 0; i < part.size; i++)
			if (part.text[i] == '~' &&
			    (i + 1 == part.size || !memchr("01", part.text[i + 1], 2)))
				return refuse(pointer,
					      "after a '~' comes 0 (for '~') or 1 (for '/')",
					      reterr_diag);
		/* Nothing that is read or written here is deeper. */
		if (++parts > JSON_DEPTH_MAX)
			return refuse(pointer, "it has more than 64 parts", reterr_diag);
	}
	return 0;
}

/* ---- reading ---- */

static bool part_names(struct part part, const char *name)
{
	for (size_t i = 0; i < part.size; i++, name++) {
		char c = part.text[i];

		if (c == '~' && i + 1 < part.size)
			c = part.text[++i] == '0' ? '~' : '/';
		if (c != *name)
			return false;
	}
	return *name == '\0';
}

/* The index of an array that the part is, or -1 ("-", "01", "x"). */
static long index_of(struct part part)
{
	long index = 0;

	if (part.size == 0 || part.size > INDEX_DIGITS_MAX || (part.size > 1 && *part.text == '0'))
		return -1;
	for (size_t i = 0; i < part.size; i++) {
		if (part.text[i] < '0' || part.text[i] > '9')
			return -1;
		index = index * 10 + (part.text[i] - '0');
	}
	return index;
}

static const cJSON *child_of(const cJSON *value, struct part part)
{
	bool is_array = cJSON_IsArray(value);
	long index = is_array ? index_of(part) : -1;
	const cJSON *child;

	cJSON_ArrayForEach(child, value)
	{
		if (is_array ? index-- == 0 : part_names(part, child->string))
			return child;
	}
	return NULL;
}

/* Whether to go on. Recursion is as deep as the pointer has stars, and no deeper than
 * the tree. */
static bool visit(const cJSON *value, const char *pointer, json_hit_fn *fn, void *arg)
{
	const cJSON *child;

	while (value && *pointer == '/') {
		struct part part = next_part(&pointer);

		if (!is_star(part)) {
			value = child_of(value, part);
			continue;
		}
		cJSON_ArrayForEach(child, value)
		{
			if (!visit(child, pointer, fn, arg))
				return false;
		}
		return true;
	}
	return !value || *pointer || fn(value, arg);
}

void json_pointer_each(const cJSON *root, const char *pointer, json_hit_fn *fn, void *arg)
{
	visit(root, pointer, fn, arg);
}

static bool keep_first(const cJSON *value, void *arg)
{
	*(const cJSON **)arg = value;
	return false;
}

const cJSON *json_pointer_first(const cJSON *root, const char *pointer)
{
	const cJSON *value = NULL;

	json_pointer_each(root, pointer, keep_first, &value);
	return value;
}

bool json_says_something(const cJSON *value)
{
	if (!value || cJSON_IsInvalid(value) || cJSON_IsNull(value))
		return false;
	if (cJSON_IsString(value))
		return *value->valuestring;
	if (cJSON_IsArray(value) || cJSON_IsObject(value))
		return value->child;
	return true;
}

static bool take_if_it_says(const cJSON *value, void *arg)
{
	const cJSON **hit = arg;

	if (!json_says_something(value))
		return true;
	*hit = value;
	return false;
}

const cJSON *json_first(const cJSON *root, char *const *pointers)
{
	const cJSON *hit = NULL;

	for (size_t i = 0; pointers && pointers[i] && !hit; i++)
		json_pointer_each(root, pointers[i], take_if_it_says, &hit);
	return hit;
}

/* ---- writing ---- */

/* The member's name that the part is, allocated; NULL: out of memory. */
static char *plain_name(struct part part)
{
	char *name = malloc(part.size + 1), *end = name;

	if (!name)
		return NULL;
	for (size_t i = 0; i < part.size; i++) {
		char c = part.text[i];

		if (c == '~')
			c = part.text[++i] == '0' ? '~' : '/';
		*end++ = c;
	}
	*end = '\0';
	return name;
}

/* Whether a value can be put there, as far as the pointer alone tells. */
static bool is_place(const char *pointer)
{
	if (!*pointer || json_pointer_check(pointer, NULL) < 0)
		return false;
	while (*pointer)
		if (is_star(next_part(&pointer)))
			return false;
	return true;
}

/* As json_pointer_put(), but the value is taken on success only. */
static int put(cJSON *object, const char *pointer, cJSON *value)
{
	while (cJSON_IsObject(object)) {
		CLEANUP(free_ptr) char *name = plain_name(next_part(&pointer));
		cJSON *member;

		if (!name)
			return -ENOMEM;
		member = cJSON_GetObjectItemCaseSensitive(object, name);
		if (!*pointer && member)
			return cJSON_ReplaceItemInObjectCaseSensitive(object, name, value)
				       ? 0
				       : -ENOMEM;
		if (!*pointer)
			return cJSON_AddItemToObject(object, name, value) ? 0 : -ENOMEM;
		object = member ? member : cJSON_AddObjectToObject(object, name);
		if (!object)
			return -ENOMEM;
	}
	return -EINVAL;
}

int json_pointer_put(cJSON *root, const char *pointer, cJSON *value)
{
	int r = -EINVAL;

	if (!value)
		return -ENOMEM;
	if (is_place(pointer))
		r = put(root, pointer, value);
	if (r < 0)
		cJSON_Delete(value);
	return r;
}
