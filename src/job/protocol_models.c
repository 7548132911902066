/* A provider's catalogue. An entry without a usable id is passed over: one odd model
 * must not hide the others. */
#include "job/protocol.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json_pointer.h"
#include "base/utf8.h"
#include "job/protocol_private.h"

enum { NAME_BYTES_MAX = 200, TOKEN_BYTES_MAX = 4096 };

struct catalogue {
	const struct http_profile *http;
	catalogue_fn *fn;
	void *arg;
};

static int give_entry(const cJSON *item, void *arg)
{
	const struct catalogue *catalogue = arg;
	const cJSON *name = json_first(item, catalogue->http->models.name);
	CLEANUP(strbuf) struct strbuf shown = STRBUF_EMPTY;
	CLEANUP(free_ptr) char *id = NULL;
	struct catalogue_entry entry = {
		.price_micro = protocol_micro(item, catalogue->http->models.price),
	};
	int r = protocol_id(item, catalogue->http->models.id, &id);

	if (r <= 0)
		return r;
	if (cJSON_IsString(name))
		utf8_add_printable(
			&shown, name->valuestring,
			utf8_cut(name->valuestring, strlen(name->valuestring), NAME_BYTES_MAX),
			PRINTABLE_LINE);
	if (strbuf_failed(&shown))
		return -ENOMEM;
	entry.id = id;
	entry.name = cJSON_IsString(name) ? strbuf_text(&shown) : NULL;
	return catalogue->fn(&entry, catalogue->arg);
}

static int find_next(const cJSON *root, char *const *pointers, char **ret_next)
{
	CLEANUP(strbuf) struct strbuf text = STRBUF_EMPTY;
	const cJSON *value = json_first(root, pointers);

	*ret_next = NULL;
	if (!(cJSON_IsString(value) || cJSON_IsNumber(value)) || !protocol_add_text(value, &text))
		return 0;
	if (text.size > TOKEN_BYTES_MAX)
		return 0;
	*ret_next = strbuf_take(&text, NULL);
	return *ret_next ? 0 : -ENOMEM;
}

int protocol_read_models(const struct profile *profile, const struct reply *reply, catalogue_fn *fn,
			 void *arg, char **ret_next)
{
	struct catalogue catalogue = { .http = profile->http, .fn = fn, .arg = arg };
	CLEANUP(json) struct json json = { NULL, NULL };
	int r;

	r = protocol_open_items(profile->http, reply, &json);
	if (r == 0)
		r = protocol_each_item(json.root, profile->http->models.items, give_entry,
				       &catalogue);
	return r < 0 ? r : find_next(json.root, profile->http->models.next, ret_next);
}
