/* The text form of struct params in the store, by parameter name, so that a
 * store outlives a change of the table's order. */
#include "job/params_json.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int params_json(const struct params *params, struct strbuf *json)
{
	cJSON *object = cJSON_CreateObject();
	char *text;

	for (enum param param = 0; param < PARAMS; param++)
		if (params->value[param] &&
		    !cJSON_AddStringToObject(object, param_name(param), params->value[param])) {
			cJSON_Delete(object);
			return -ENOMEM;
		}
	text = cJSON_PrintUnformatted(object);
	cJSON_Delete(object);
	if (!text)
		return -ENOMEM;
	strbuf_add_text(json, text);
	cJSON_free(text);
	return strbuf_failed(json) ? -ENOMEM : 0;
}

/* A string's text, a number's digits. */
static char *value_text(const cJSON *member)
{
	char *printed, *text;

	if (cJSON_IsString(member))
		return strdup(member->valuestring);
	printed = cJSON_PrintUnformatted(member);
	text = printed ? strdup(printed) : NULL;
	cJSON_free(printed);
	return text;
}

int params_from_json(const char *json, struct params *ret_params)
{
	struct params params = { { NULL } };
	cJSON *object = cJSON_Parse(json);
	const cJSON *member;

	if (!cJSON_IsObject(object)) {
		cJSON_Delete(object);
		return -EBADMSG;
	}
	cJSON_ArrayForEach(member, object)
	{
		enum param param = param_find(member->string, strlen(member->string));

		if (param == PARAMS || !(cJSON_IsString(member) || cJSON_IsNumber(member)))
			continue;
		free(params.value[param]);
		params.value[param] = value_text(member);
		if (!params.value[param]) {
			params_done(&params);
			cJSON_Delete(object);
			return -ENOMEM;
		}
	}
	cJSON_Delete(object);
	*ret_params = params;
	return 0;
}
