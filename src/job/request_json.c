/* A request as a JSON object: the names of the parameters as members. A value is
 * a string, or what JSON has for it (a number, true); nothing is converted that
 * could mean something else, since a wrong guess costs money. */
#include "job/request_draft.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"

enum { NUMBER_ROOM = 32 };

/* Integers beyond this are no parameter's, and not exact. */
static const double exact_max = 1e15;

static void number_text(double number, char text[NUMBER_ROOM])
{
	if (fabs(number) < exact_max && floor(number) == number)
		snprintf(text, NUMBER_ROOM, "%lld", (long long)number);
	else
		snprintf(text, NUMBER_ROOM, "%.15g", number);
}

static int refuse_type(enum param param, const cJSON *member, unsigned line,
		       struct diag *reterr_diag)
{
	char text[NUMBER_ROOM] = "";

	if (cJSON_IsNumber(member))
		number_text(member->valuedouble, text);
	else if (cJSON_IsBool(member))
		snprintf(text, sizeof(text), "%s", cJSON_IsTrue(member) ? "true" : "false");
	else
		snprintf(text, sizeof(text), "%s", cJSON_IsArray(member) ? "[…]" : "{…}");
	diag_set(reterr_diag, line, "%s: %s is not %s%s", param_name(param), text,
		 param_allowed(param), param_type(param) == PARAM_TEXT ? ", in quotes" : "");
	return -EINVAL;
}

static int take_extra(struct request_draft *draft, const cJSON *member,
		      const struct request_setting *setting, struct diag *reterr_diag)
{
	int r;

	if (cJSON_IsNull(member))
		return 0;
	if (!cJSON_IsObject(member)) {
		diag_set(reterr_diag, setting->line,
			 "extra: an object is expected, like {\"steps\": 30}");
		return -EINVAL;
	}
	r = request_draft_check_extra(member, setting, reterr_diag);
	if (r < 0)
		return r;
	draft->extra = cJSON_Duplicate(member, 1);
	return draft->extra ? 0 : -ENOMEM;
}

static int take_member(struct request_draft *draft, const cJSON *member, unsigned line,
		       struct diag *reterr_diag)
{
	struct request_setting setting = { .line = line,
					   .name = member->string,
					   .name_size = strlen(member->string) };
	enum param param = param_find(setting.name, setting.name_size);
	char number[NUMBER_ROOM];

	if (strcmp(setting.name, "extra") == 0)
		return take_extra(draft, member, &setting, reterr_diag);
	if (param == PARAMS)
		return request_draft_refuse(draft, &setting, reterr_diag);
	if (cJSON_IsNull(member))
		return 0;
	if (cJSON_IsString(member)) {
		setting.value = member->valuestring;
	} else if (cJSON_IsNumber(member) && param_type(param) == PARAM_NUMBER) {
		number_text(member->valuedouble, number);
		setting.value = number;
	} else if (cJSON_IsBool(member) && param_type(param) == PARAM_YES_NO) {
		setting.value = cJSON_IsTrue(member) ? "yes" : "no";
	} else {
		return refuse_type(param, member, line, reterr_diag);
	}
	setting.value_size = strlen(setting.value);
	return request_draft_take(draft, &setting, reterr_diag);
}

int request_json_object(struct request_draft *draft, const char *text, size_t size,
			struct diag *reterr_diag)
{
	CLEANUP(json) struct json json = { NULL, NULL };
	const cJSON *member;
	size_t i = 0;
	int r = json_read(text, size, REQUEST_BYTES_MAX, &json, reterr_diag);

	if (r < 0)
		return r;
	if (!cJSON_IsObject(json.root)) {
		diag_set(reterr_diag, 1, "a request is one object, like {\"prompt\": \"a cat\"}");
		return -EINVAL;
	}
	cJSON_ArrayForEach(member, json.root)
	{
		r = take_member(draft, member, json.lines[i++], reterr_diag);
		if (r < 0)
			return r;
	}
	if (!draft->params.value[PARAM_PROMPT]) {
		diag_set(reterr_diag, 0, "prompt is missing");
		return -EINVAL;
	}
	return 0;
}
