/* Replies that are lists: where the items are, and whether there is a list at all. An
 * empty list says something (there are none), a reply without one does not. */
#include "job/protocol.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json_pointer.h"
#include "job/protocol_private.h"

struct walk {
	item_fn *fn;
	void *arg;
	bool is_there; /* a list was reached, be it empty */
	int r;
};

static bool give_hit(const cJSON *hit, void *arg)
{
	struct walk *walk = arg;
	const cJSON *item;

	walk->is_there = true;
	if (!cJSON_IsArray(hit)) {
		walk->r = walk->fn(hit, walk->arg);
		return walk->r >= 0;
	}
	for (item = hit->child; item && walk->r >= 0; item = item->next)
		walk->r = walk->fn(item, walk->arg);
	return walk->r >= 0;
}

static bool note_list(const cJSON *hit, void *arg)
{
	*(bool *)arg |= cJSON_IsArray(hit) || cJSON_IsObject(hit);
	return true;
}

/* "/models/~*" reaches nothing in an empty list; then the list itself is looked for. */
static int find_empty(const cJSON *root, const char *pointer, bool *ret_is_there)
{
	size_t size = strlen(pointer);
	CLEANUP(free_ptr) char *list = NULL;

	if (size < 2 || strcmp(pointer + size - 2, "/*") != 0)
		return 0;
	list = strndup(pointer, size - 2);
	if (!list)
		return -ENOMEM;
	json_pointer_each(root, list, note_list, ret_is_there);
	return 0;
}

int protocol_each_item(const cJSON *root, char *const *pointers, item_fn *fn, void *arg)
{
	struct walk walk = { .fn = fn, .arg = arg };
	int r = 0;

	for (; pointers && *pointers && !walk.is_there; pointers++) {
		json_pointer_each(root, *pointers, give_hit, &walk);
		if (!walk.is_there)
			r = find_empty(root, *pointers, &walk.is_there);
		if (r < 0)
			return r;
	}
	if (walk.r < 0)
		return walk.r;
	return walk.is_there ? 0 : -EINVAL;
}

int protocol_open_items(const struct http_profile *http, const struct reply *reply,
			struct json *ret_json)
{
	struct json json = { NULL, NULL };
	int r;

	if (reply->delivery != DELIVERY_REPLIED || reply->status < 200 || reply->status > 299)
		return -EINVAL;
	r = protocol_parse_catalogue(reply, &json);
	if (r < 0)
		return r;
	if (!protocol_is_ok(http, json.root)) {
		json_done(&json);
		return -EINVAL;
	}
	*ret_json = json;
	return 0;
}
