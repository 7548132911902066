/* job.json is stored with its run, so that its size is known without rendering
 * it. Status and progress are the exceptions: a request being written and a
 * progress bar change without any run changing, so they are put in front when
 * the file is opened. */
#include "job/job_json.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "job/json_text.h"

enum { COST_UNITS_MAX = 1000000000, MICRO_DIGITS = 6 };

void cost_text(int64_t cost_micro, struct strbuf *text)
{
	char digits[40];
	size_t size;

	if (cost_micro < 0)
		return;
	size = (size_t)snprintf(digits, sizeof(digits), "%" PRId64 ".%06d", cost_micro / 1000000,
				(int)(cost_micro % 1000000));
	while (digits[size - 1] == '0')
		size--;
	if (digits[size - 1] == '.')
		size--;
	strbuf_add(text, digits, size);
}

int64_t cost_read(const char *text, size_t size)
{
	int64_t micro = 0;
	size_t i = 0, point;

	for (; i < size && text[i] >= '0' && text[i] <= '9' && micro <= COST_UNITS_MAX; i++)
		micro = micro * 10 + (text[i] - '0');
	point = i;
	if (point == 0 || micro > COST_UNITS_MAX)
		return -1;
	if (i < size && text[i] == '.')
		i++;
	for (; i < size && text[i] >= '0' && text[i] <= '9' && i <= point + MICRO_DIGITS; i++)
		micro = micro * 10 + (text[i] - '0');
	if (i < size || i == point + 1)
		return -1;
	for (size_t digits = i > point ? i - point - 1 : 0; digits < MICRO_DIGITS; digits++)
		micro *= 10;
	return micro <= COST_UNITS_MAX * 1000000LL ? micro : -1;
}

static bool add_printable(cJSON *object, const char *key, const char *bytes, size_t size)
{
	struct strbuf text = STRBUF_EMPTY;
	bool added;

	utf8_add_printable(&text, bytes, size, PRINTABLE_TEXT);
	added = !strbuf_failed(&text) && cJSON_AddStringToObject(object, key, strbuf_text(&text));
	strbuf_done(&text);
	return added;
}

static bool add_time(cJSON *object, const char *key, int64_t wall_ms)
{
	char text[CLOCK_TEXT_ROOM];

	if (!wall_ms)
		return cJSON_AddNullToObject(object, key);
	return cJSON_AddStringToObject(object, key, clock_text(wall_ms, text, sizeof(text)));
}

static bool add_number(cJSON *object, const char *key, int64_t number)
{
	if (number < 0)
		return cJSON_AddNullToObject(object, key);
	return cJSON_AddNumberToObject(object, key, (double)number);
}

static bool add_cost(cJSON *object, int64_t cost_micro)
{
	struct strbuf cost = STRBUF_EMPTY;
	bool added;

	if (cost_micro < 0)
		return cJSON_AddNullToObject(object, "cost");
	cost_text(cost_micro, &cost);
	added = !strbuf_failed(&cost) && cJSON_AddRawToObject(object, "cost", strbuf_text(&cost));
	strbuf_done(&cost);
	return added;
}

/* The sum over the calls that have one, and each call's id that is known. */
static bool add_sums(cJSON *object, const struct job_story *story)
{
	cJSON *ids;
	int64_t sum = -1;

	for (size_t i = 0; i < story->call_count; i++)
		if (story->calls[i].cost_micro >= 0)
			sum = (sum < 0 ? 0 : sum) + story->calls[i].cost_micro;
	if (!add_cost(object, sum))
		return false;
	ids = cJSON_AddArrayToObject(object, "id");
	for (size_t i = 0; ids && i < story->call_count; i++)
		if (*story->calls[i].remote_id &&
		    !cJSON_AddItemToArray(ids, cJSON_CreateString(story->calls[i].remote_id)))
			return false;
	return ids;
}

/* What is no JSON, as a damaged store may have it, must not make the whole unreadable. */
static bool add_params(cJSON *object, const char *params)
{
	cJSON *members = cJSON_Parse(params);

	return cJSON_AddItemToObject(object, "params", members ? members : cJSON_CreateNull());
}

static bool add_calls(cJSON *object, const struct job_story *story)
{
	cJSON *calls = cJSON_AddArrayToObject(object, "calls");

	for (size_t i = 0; calls && i < story->call_count; i++) {
		const struct call *call = &story->calls[i];
		cJSON *item = cJSON_CreateObject();

		cJSON_AddItemToArray(calls, item);
		if (!cJSON_AddStringToObject(item, "status", state_word(call->state)) ||
		    !(*call->remote_id ? cJSON_AddStringToObject(item, "id", call->remote_id)
				       : cJSON_AddNullToObject(item, "id")) ||
		    !add_number(item, "seed", call->seed) ||
		    !add_number(item, "count", call->count) || !add_cost(item, call->cost_micro) ||
		    !cJSON_AddStringToObject(item, "unit", call->unit))
			return false;
	}
	return calls;
}

static bool add_images(cJSON *object, const struct job_story *story)
{
	cJSON *images = cJSON_AddArrayToObject(object, "images");

	for (size_t i = 0; images && i < story->image_count; i++) {
		const struct image *image = &story->images[i];
		cJSON *item = cJSON_CreateObject();

		cJSON_AddItemToArray(images, item);
		if (!add_printable(item, "name", image->link.bytes, image->link.size) ||
		    !cJSON_AddStringToObject(item, "type", picture_mime(image->type)) ||
		    !add_number(item, "width", image->width) ||
		    !add_number(item, "height", image->height) ||
		    !add_number(item, "size", image->size) ||
		    !cJSON_AddStringToObject(item, "sha256", image->sha256) ||
		    (image->unsafe && !cJSON_AddTrueToObject(item, "unsafe")))
			return false;
	}
	return images;
}

int job_json_build(const struct job_story *story, struct strbuf *json)
{
	const struct run *run = story->run;
	cJSON *object = cJSON_CreateObject();
	int r = -ENOMEM;

	if (object && add_number(object, "run", run->number) &&
	    add_printable(object, "error", story->error, strlen(story->error)) &&
	    add_printable(object, "prompt", story->prompt, strlen(story->prompt)) &&
	    cJSON_AddStringToObject(object, "provider", run->provider) &&
	    cJSON_AddStringToObject(object, "model", run->model) &&
	    add_number(object, "seed", run->seed) && add_sums(object, story) &&
	    add_time(object, "created", run->created_ms) &&
	    add_time(object, "finished", run->finished_ms) && add_params(object, story->params) &&
	    add_calls(object, story) && add_images(object, story))
		r = json_text_add(object, json);
	cJSON_Delete(object);
	return r;
}

/* "{", then the two members, then what follows the stored text's "{". */
static size_t print_head(enum state state, int progress, const char *separator, char *head,
			 size_t room)
{
	char number[16] = "null";

	if (progress >= 0)
		snprintf(number, sizeof(number), "%d", progress);
	return (size_t)snprintf(head, room, "{\n  \"status\": \"%s\",\n  \"progress\": %s%s",
				state_word(state), number, separator);
}

static const char empty_tail[] = "\n}\n";

void job_json_complete(enum state state, int progress, const char *stored, struct strbuf *json)
{
	char head[128];
	bool empty = !stored || !*stored;

	strbuf_add(json, head, print_head(state, progress, empty ? "" : ",", head, sizeof(head)));
	strbuf_add_text(json, empty ? empty_tail : stored + 1);
}

size_t job_json_size(enum state state, int progress, size_t stored_size)
{
	char head[128];
	size_t size = print_head(state, progress, stored_size ? "," : "", head, sizeof(head));

	return size + (stored_size ? stored_size - 1 : sizeof(empty_tail) - 1);
}
