/* Layers are added nearest first, so that what is there already wins; after the
 * last one the profile decides what of it is sent. The result is stored with the
 * run as params.json and read back from there: one text for people, restarts and
 * retries. */
#include "job/resolve.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "job/json_text.h"
#include "job/params_json.h"
#include "job/size.h"

static const char unknown[] = "it does not know this parameter";
const char resolve_extra_ignored[] = "it is a program of this machine, whose command line has no "
				     "place for it";

void resolved_done(struct resolved *resolved)
{
	params_done(&resolved->params);
	params_done(&resolved->sent);
	free(resolved->extra);
	resolved->extra = NULL;
}

/* ---- layers ---- */

/* The members of `lower` that `*extra` does not have. */
static int add_extra(char **extra, const char *lower)
{
	cJSON *above = cJSON_Parse(*extra ? *extra : "{}");
	cJSON *below = cJSON_Parse(lower);
	const cJSON *member;
	char *text = NULL;

	cJSON_ArrayForEach(member, below)
	{
		if (!cJSON_GetObjectItemCaseSensitive(above, member->string))
			cJSON_AddItemToObject(above, member->string, cJSON_Duplicate(member, 1));
	}
	if (above && below)
		text = cJSON_PrintUnformatted(above);
	cJSON_Delete(above);
	cJSON_Delete(below);
	if (!text)
		return -ENOMEM;
	free(*extra);
	*extra = text;
	return 0;
}

int resolve_add_layer(struct resolved *resolved, const struct request *layer,
		      struct diag *reterr_diag)
{
	int r = size_check_layer(&layer->params, reterr_diag);

	if (r == 0)
		r = size_merge_layer(&resolved->params, &layer->params);
	if (r == 0 && layer->extra)
		r = add_extra(&resolved->extra, layer->extra);
	return r;
}

/* ---- the provider's own ---- */

static bool is_size(enum param param)
{
	return param == PARAM_ASPECT_RATIO || param == PARAM_RESOLUTION || param == PARAM_WIDTH ||
	       param == PARAM_HEIGHT;
}

static bool takes(const struct offer *offer, enum param param)
{
	return offer->accepts[param].kind != ACCEPT_NOTHING;
}

static bool takes_any_size(const struct offer *offer)
{
	return takes(offer, PARAM_ASPECT_RATIO) || takes(offer, PARAM_RESOLUTION) ||
	       takes(offer, PARAM_WIDTH) || takes(offer, PARAM_HEIGHT);
}

static int send_text(struct params *sent, enum param param, const char *text)
{
	char *copy = NULL;

	if (text && *text) {
		copy = strdup(text);
		if (!copy)
			return -ENOMEM;
	}
	free(sent->value[param]);
	sent->value[param] = copy;
	return 0;
}

static int send_number(struct params *sent, enum param param, int64_t number)
{
	char text[24] = "";

	if (number > 0)
		snprintf(text, sizeof(text), "%lld", (long long)number);
	return send_text(sent, param, text);
}

static int send_size(struct resolved *resolved, const struct offer *offer, const char *name,
		     struct diag *reterr_diag)
{
	struct size size = { .ratio = "" };
	int r;

	if (!takes_any_size(offer)) {
		for (enum param param = 0; param < PARAMS; param++)
			if (is_size(param) && resolved->params.value[param])
				resolved->ignored[param] = "it has sizes of its own";
		return 0;
	}
	r = size_resolve(&resolved->params, offer, name, &size, reterr_diag);
	if (r < 0)
		return r;
	snprintf(resolved->note, sizeof(resolved->note), "%s", size.note);
	r = send_text(&resolved->sent, PARAM_ASPECT_RATIO, size.ratio);
	if (r == 0)
		r = send_text(&resolved->sent, PARAM_RESOLUTION, size.resolution);
	if (r == 0)
		r = send_number(&resolved->sent, PARAM_WIDTH, size.width);
	if (r == 0)
		r = send_number(&resolved->sent, PARAM_HEIGHT, size.height);
	return r;
}

static int send_others(struct resolved *resolved, const struct offer *offer)
{
	for (enum param param = 0; param < PARAMS; param++) {
		const char *value = resolved->params.value[param];
		int r;

		if (!value || is_size(param) || param == PARAM_PROVIDER || param == PARAM_MODEL ||
		    param == PARAM_COUNT)
			continue;
		if (param != PARAM_PROMPT && !takes(offer, param)) {
			resolved->ignored[param] = unknown;
			continue;
		}
		r = send_text(&resolved->sent, param, value);
		if (r < 0)
			return r;
	}
	return 0;
}

/* The profile's model of that name; else, where ids are sent, the id itself. */
static int send_model(struct resolved *resolved, const struct profile *profile)
{
	const char *asked = resolved->params.value[PARAM_MODEL];
	const struct profile_model *model = profile_model(profile, asked);

	if (!asked)
		asked = "";
	if (model) {
		snprintf(resolved->model, sizeof(resolved->model), "%s", model->name);
		return send_text(&resolved->sent, PARAM_MODEL, model->id);
	}
	if (profile->transport == TRANSPORT_HTTP && takes(&profile->offer, PARAM_MODEL)) {
		snprintf(resolved->model, sizeof(resolved->model), "%s", asked);
		return send_text(&resolved->sent, PARAM_MODEL, asked);
	}
	if (*asked)
		resolved->ignored[PARAM_MODEL] = unknown;
	resolved->model[0] = '\0';
	return send_text(&resolved->sent, PARAM_MODEL, NULL);
}

static int send_count(struct resolved *resolved, const struct offer *offer)
{
	const struct accept *accept = &offer->accepts[PARAM_COUNT];

	resolved->count = params_number(&resolved->params, PARAM_COUNT);
	if (resolved->count < 1)
		resolved->count = 1;
	resolved->count_per_call = accept->kind == ACCEPT_RANGE && accept->to > 1 ? accept->to : 1;
	if (!takes(offer, PARAM_COUNT))
		return 0;
	return send_number(&resolved->sent, PARAM_COUNT,
			   resolved->count < resolved->count_per_call ? resolved->count
								      : resolved->count_per_call);
}

int resolve_for(struct resolved *resolved, const struct profile *profile, struct diag *reterr_diag)
{
	const struct offer *offer = profile_offer(profile, resolved->params.value[PARAM_MODEL]);
	int r = profile_accepts(profile, &resolved->params, reterr_diag);

	if (r == 0)
		r = send_size(resolved, offer, profile->name, reterr_diag);
	if (r == 0)
		r = send_others(resolved, offer);
	if (r == 0)
		r = send_count(resolved, offer);
	if (r < 0)
		return r;
	snprintf(resolved->provider, sizeof(resolved->provider), "%s", profile->name);
	resolved->sends_seed = takes(offer, PARAM_SEED);
	resolved->ignores_extra = resolved->extra && profile->transport == TRANSPORT_PROGRAM;
	return send_model(resolved, profile);
}

int resolve_set_seed(struct resolved *resolved, int64_t seed)
{
	char text[24];
	int r;

	snprintf(text, sizeof(text), "%lld", (long long)seed);
	r = send_text(&resolved->params, PARAM_SEED, text);
	if (r == 0 && resolved->sends_seed)
		r = send_text(&resolved->sent, PARAM_SEED, text);
	return r;
}

int resolve_set_count(struct resolved *resolved, int64_t count)
{
	return resolved->sent.value[PARAM_COUNT] ? send_number(&resolved->sent, PARAM_COUNT, count)
						 : 0;
}

/* ---- params.json ---- */

static bool add_params(cJSON *object, const char *name, const struct params *params)
{
	cJSON *members = cJSON_AddObjectToObject(object, name);

	for (enum param param = 0; members && param < PARAMS; param++) {
		const char *value = params->value[param];
		bool is_number = param_type(param) == PARAM_NUMBER;

		if (!value)
			continue;
		if (is_number ? !cJSON_AddRawToObject(members, param_name(param), value)
			      : !cJSON_AddStringToObject(members, param_name(param), value))
			return false;
	}
	return members;
}

static bool add_ignored(cJSON *object, const struct resolved *resolved)
{
	cJSON *members = cJSON_AddObjectToObject(object, "ignored");

	for (enum param param = 0; members && param < PARAMS; param++)
		if (resolved->ignored[param] &&
		    !cJSON_AddStringToObject(members, param_name(param), resolved->ignored[param]))
			return false;
	if (members && resolved->ignores_extra)
		return cJSON_AddStringToObject(members, "extra", resolve_extra_ignored);
	return members;
}

static bool add_notes(cJSON *object, const struct resolved *resolved)
{
	cJSON *notes = cJSON_AddArrayToObject(object, "notes");

	return notes && (!*resolved->note ||
			 cJSON_AddItemToArray(notes, cJSON_CreateString(resolved->note)));
}

int resolve_json(const struct resolved *resolved, struct strbuf *json)
{
	cJSON *object = cJSON_CreateObject();
	int r = -ENOMEM;

	if (object && cJSON_AddStringToObject(object, "provider", resolved->provider) &&
	    cJSON_AddStringToObject(object, "model", resolved->model) &&
	    add_params(object, "parameters", &resolved->params) &&
	    (!resolved->extra || cJSON_AddRawToObject(object, "extra", resolved->extra)) &&
	    add_ignored(object, resolved) && add_notes(object, resolved) &&
	    add_params(object, "sent", &resolved->sent))
		r = json_text_add(object, json);
	cJSON_Delete(object);
	return r;
}

static int read_params(const cJSON *object, const char *name, struct params *ret_params)
{
	char *text = cJSON_PrintUnformatted(cJSON_GetObjectItemCaseSensitive(object, name));
	int r = text ? params_from_json(text, ret_params) : -EBADMSG;

	cJSON_free(text);
	return r;
}

static void read_text(const cJSON *object, const char *name, char *text, size_t room)
{
	const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);

	if (cJSON_IsString(member))
		snprintf(text, room, "%s", member->valuestring);
}

int resolve_from_json(const char *json, struct resolved *ret_resolved)
{
	struct resolved resolved = { .count = 1, .count_per_call = 1 };
	cJSON *object = cJSON_Parse(json);
	const cJSON *extra = cJSON_GetObjectItemCaseSensitive(object, "extra");
	const cJSON *ignored = cJSON_GetObjectItemCaseSensitive(object, "ignored");
	bool ignores_extra = cJSON_GetObjectItemCaseSensitive(ignored, "extra");
	int r = read_params(object, "parameters", &resolved.params);

	if (r == 0)
		r = read_params(object, "sent", &resolved.sent);
	if (r == 0 && extra) {
		resolved.extra = cJSON_PrintUnformatted(extra);
		r = resolved.extra ? 0 : -ENOMEM;
	}
	read_text(object, "provider", resolved.provider, sizeof(resolved.provider));
	read_text(object, "model", resolved.model, sizeof(resolved.model));
	cJSON_Delete(object);
	if (r < 0) {
		resolved_done(&resolved);
		return r;
	}
	if (params_number(&resolved.params, PARAM_COUNT) > 1)
		resolved.count = params_number(&resolved.params, PARAM_COUNT);
	if (params_number(&resolved.sent, PARAM_COUNT) > 1)
		resolved.count_per_call = params_number(&resolved.sent, PARAM_COUNT);
	resolved.sends_seed = resolved.sent.value[PARAM_SEED];
	resolved.ignores_extra = ignores_extra;
	*ret_resolved = resolved;
	return 0;
}
