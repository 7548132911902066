/* Whether what was asked is what the script has next. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "case_file.h"

enum { PLACE_MAX = 200 };

static bool differ(struct diag *diag, const char *place, const cJSON *want, const cJSON *got)
{
	char *want_text = want ? cJSON_PrintUnformatted(want) : NULL;
	char *got_text = got ? cJSON_PrintUnformatted(got) : NULL;

	diag_set(diag, 0, "the body has at %s %.120s, not %.120s", *place ? place : "its root",
		 got_text ? got_text : "nothing", want_text ? want_text : "nothing");
	free(want_text);
	free(got_text);
	return false;
}

static bool value_fits(const cJSON *want, const cJSON *got, const char *place, struct diag *diag);

/* Every member of one is in the other; the order does not matter. */
static bool members_fit(const cJSON *want, const cJSON *got, const char *place, struct diag *diag)
{
	const cJSON *one;
	char below[PLACE_MAX];

	cJSON_ArrayForEach(one, want)
	{
		snprintf(below, sizeof(below), "%s/%s", place, one->string);
		if (!value_fits(one, cJSON_GetObjectItemCaseSensitive(got, one->string), below,
				diag))
			return false;
	}
	cJSON_ArrayForEach(one, got)
	{
		snprintf(below, sizeof(below), "%s/%s", place, one->string);
		if (!cJSON_GetObjectItemCaseSensitive(want, one->string))
			return differ(diag, below, NULL, one);
	}
	return true;
}

static bool elements_fit(const cJSON *want, const cJSON *got, const char *place, struct diag *diag)
{
	const cJSON *one = want->child, *other = got->child;
	char below[PLACE_MAX];

	for (unsigned i = 0; one || other; i++) {
		snprintf(below, sizeof(below), "%s/%u", place, i);
		if (!one || !other)
			return differ(diag, below, one, other);
		if (!value_fits(one, other, below, diag))
			return false;
		one = one->next;
		other = other->next;
	}
	return true;
}

static bool value_fits(const cJSON *want, const cJSON *got, const char *place, struct diag *diag)
{
	if (!want || !got)
		return differ(diag, place, want, got);
	if (cJSON_IsString(want) && strcmp(want->valuestring, "*") == 0)
		return true;
	if (cJSON_IsObject(want) && cJSON_IsObject(got))
		return members_fit(want, got, place, diag);
	if (cJSON_IsArray(want) && cJSON_IsArray(got))
		return elements_fit(want, got, place, diag);
	return cJSON_Compare(want, got, true) || differ(diag, place, want, got);
}

bool case_json_fits(const char *want, const char *got, struct diag *reterr_diag)
{
	cJSON *wanted = cJSON_Parse(want), *found = cJSON_Parse(got);
	bool fits = false;

	if (!wanted)
		diag_set(reterr_diag, 0, "the body in the case file is no JSON");
	else if (!found)
		diag_set(reterr_diag, 0, "the body is no JSON: %.200s", got);
	else
		fits = value_fits(wanted, found, "", reterr_diag);
	cJSON_Delete(wanted);
	cJSON_Delete(found);
	return fits;
}

bool case_step_is_bare(const struct case_step *step)
{
	if (step->target[0] != '/')
		return true;
	for (size_t i = 0; i < step->header_count; i++)
		if (!step->headers[i].value && strcmp(step->headers[i].name, "authorization") == 0)
			return true;
	return false;
}

static bool body_fits(const struct case_step *step, const struct case_places *places,
		      const char *body, struct diag *reterr_diag)
{
	CLEANUP(strbuf) struct strbuf want = STRBUF_EMPTY;
	bool has_body = body && *body;

	if (!step->body) {
		if (has_body)
			diag_set(reterr_diag, 0, "a body where none belongs: %.200s", body);
		return !has_body;
	}
	if (strcmp(step->body, "*") == 0)
		return true;
	case_fill(step->body, places, &want);
	return case_json_fits(strbuf_text(&want), has_body ? body : "", reterr_diag);
}

bool case_step_fits(const struct case_step *step, const struct case_places *places,
		    const struct case_request *request, struct diag *reterr_diag)
{
	CLEANUP(strbuf) struct strbuf url = STRBUF_EMPTY;

	if (step->target[0] == '/')
		strbuf_add_text(&url, places->base);
	case_fill(step->target, places, &url);
	if (strcmp(step->verb, request->verb) != 0 ||
	    strcmp(strbuf_text(&url), request->url) != 0) {
		diag_set(reterr_diag, 0, "%s %.250s came, not %s %.100s", request->verb,
			 request->url, step->verb, strbuf_text(&url));
		return false;
	}
	if (request->keyed == case_step_is_bare(step)) {
		diag_set(reterr_diag, 0,
			 request->keyed ? "the key came to %.250s" : "the key is missing at %.250s",
			 request->url);
		return false;
	}
	return body_fits(step, places, request->body, reterr_diag);
}

static const struct case_step *exchange_from(const struct case_file *file, size_t from)
{
	for (size_t i = from; i < file->step_count; i++)
		if (file->steps[i].kind == STEP_EXCHANGE)
			return &file->steps[i];
	return NULL;
}

/* Whether the present step came as often as it has to. */
static bool is_satisfied(const struct case_reader *reader, const struct case_step *step)
{
	return step->times ? reader->times >= step->times : reader->times > 0;
}

static bool may_come_again(const struct case_reader *reader, const struct case_step *step)
{
	return !step->times || reader->times < step->times;
}

/* Of the steps from `first` on that may come in any order, the one that fits and has not
 * come; moving on when all of them came. */
static const struct case_step *take_any(struct case_reader *reader, size_t first,
					const struct case_places *places,
					const struct case_request *request, struct diag *why)
{
	const struct case_file *file = reader->file;
	const struct case_step *taken = NULL;
	bool all = true;
	size_t i;

	for (i = first; i < file->step_count && file->steps[i].any_order; i++) {
		if (reader->came & UINT64_C(1) << i)
			continue;
		if (!taken && case_step_fits(&file->steps[i], places, request, why)) {
			taken = &file->steps[i];
			reader->came |= UINT64_C(1) << i;
		} else {
			all = false;
		}
	}
	reader->at = taken && all ? i : first;
	return taken;
}

const struct case_step *case_reader_take(struct case_reader *reader,
					 const struct case_places *places,
					 const struct case_request *request,
					 struct diag *reterr_diag)
{
	const struct case_step *step = exchange_from(reader->file, reader->at);
	struct diag why = { .line = 0 };

	if (step && step->any_order) {
		const struct case_step *taken = take_any(
			reader, (size_t)(step - reader->file->steps), places, request, &why);

		if (taken)
			return taken;
	} else if (step && may_come_again(reader, step) &&
		   case_step_fits(step, places, request, &why)) {
		reader->at = (size_t)(step - reader->file->steps);
		reader->times++;
		return step;
	}
	if (step && is_satisfied(reader, step)) {
		reader->at = (size_t)(step - reader->file->steps) + 1;
		reader->times = 0;
		return case_reader_take(reader, places, request, reterr_diag);
	}
	if (step)
		diag_set(reterr_diag, step->line, "line %u: %s", step->line, why.text);
	else
		diag_set(reterr_diag, 0, "%s %.250s came after the end of the script",
			 request->verb, request->url);
	return NULL;
}

const struct case_step *case_reader_act(struct case_reader *reader)
{
	const struct case_file *file = reader->file;
	size_t at = reader->at;

	if (at < file->step_count && file->steps[at].kind == STEP_EXCHANGE) {
		/* What comes once or more is over only when the next thing comes. */
		if (!is_satisfied(reader, &file->steps[at]) || !file->steps[at].times)
			return NULL;
		at++;
	}
	if (at >= file->step_count || file->steps[at].kind == STEP_EXCHANGE)
		return NULL;
	reader->at = at + 1;
	reader->times = 0;
	return &file->steps[at];
}

const struct case_step *case_reader_next(const struct case_reader *reader)
{
	const struct case_step *step = exchange_from(reader->file, reader->at);

	if (step && !may_come_again(reader, step))
		step = exchange_from(reader->file, (size_t)(step - reader->file->steps) + 1);
	return step;
}

bool case_reader_is_through(const struct case_reader *reader, struct diag *reterr_diag)
{
	const struct case_step *step = exchange_from(reader->file, reader->at);

	if (step && is_satisfied(reader, step))
		step = exchange_from(reader->file, (size_t)(step - reader->file->steps) + 1);
	if (step)
		diag_set(reterr_diag, step->line, "line %u: %s %s never came", step->line,
			 step->verb, step->target);
	return !step;
}

bool case_size_fits(const struct case_end *end, size_t i, unsigned width, unsigned height)
{
	if (end->size_count == 0)
		return true;
	if (i >= end->size_count)
		i = end->size_count - 1;
	return end->width[i] == width && end->height[i] == height;
}
