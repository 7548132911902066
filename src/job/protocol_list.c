/* The provider's list of jobs, to recognise a submission in doubt by what was sent. What
 * is not understood must never look like a sign that something is there, or that it is
 * not: an item without a usable id is told as one that cannot be named. */
#include "job/protocol.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json_pointer.h"
#include "job/protocol_private.h"
#include "job/template.h"

struct listing {
	const struct http_profile *http;
	const cJSON *wanted; /* NULL: nothing matches */
	list_fn *fn;
	void *arg;
};

/* 1 with the value to look for; 0 when a name in its template is unset. */
static int find_wanted(const struct asking *asking, cJSON **ret_wanted)
{
	const struct http_profile *http = asking->profile->http;
	struct values values;
	int r = http->list.match_value ? protocol_values(asking, &values, NULL) : -EINVAL;

	return r < 0 ? r : template_json(http->list.match_value, &values, ret_wanted);
}

struct comparison {
	const cJSON *wanted;
	bool matches;
};

/* cJSON takes large numbers that are close for equal; seeds are not. */
static bool compare(const cJSON *value, void *arg)
{
	struct comparison *comparison = arg;
	const cJSON *wanted = comparison->wanted;

	if (cJSON_IsNumber(value) && cJSON_IsNumber(wanted))
		comparison->matches = value->valuedouble == wanted->valuedouble;
	else
		comparison->matches = cJSON_Compare(value, wanted, true);
	return !comparison->matches;
}

static int give_entry(const cJSON *item, void *arg)
{
	const struct listing *listing = arg;
	struct comparison comparison = { .wanted = listing->wanted };
	CLEANUP(free_ptr) char *id = NULL;
	struct list_entry entry;
	int r = protocol_id(item, listing->http->list.id, &id);

	if (r < 0)
		return r;
	if (listing->wanted)
		json_pointer_each(item, listing->http->list.match_pointer, compare, &comparison);
	entry = (struct list_entry){ id, comparison.matches };
	return listing->fn(&entry, listing->arg);
}

int protocol_read_list(const struct asking *asking, const struct reply *reply, list_fn *fn,
		       void *arg)
{
	struct listing listing = { .http = asking->profile->http, .fn = fn, .arg = arg };
	CLEANUP(json) struct json json = { NULL, NULL };
	cJSON *wanted = NULL;
	int r = find_wanted(asking, &wanted);

	listing.wanted = wanted;
	if (r >= 0)
		r = protocol_open_items(listing.http, reply, &json);
	if (r >= 0)
		r = protocol_each_item(json.root, listing.http->list.items, give_entry, &listing);
	cJSON_Delete(wanted);
	return r;
}

int protocol_match(const struct asking *asking, char **ret_text)
{
	cJSON *wanted = NULL;
	int r = find_wanted(asking, &wanted);

	if (r <= 0)
		return r;
	*ret_text = cJSON_PrintUnformatted(wanted);
	cJSON_Delete(wanted);
	return *ret_text ? 1 : -ENOMEM;
}
