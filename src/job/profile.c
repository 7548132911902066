/* What a provider takes, and how its command line is made from a request.
 *
 * A template is an argument vector before anything is filled in, so a value can
 * never become a second argument or a shell word. What is left is a value that
 * becomes an option because it begins its argument with '-': that is refused
 * here rather than quoted, since every program quotes differently. */
#include "job/profile.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "base/words.h"
#include "job/template.h"

enum { SHOWN_BYTES_MAX = 60 };

static void free_offer(struct offer *offer)
{
	for (size_t i = 0; i < PARAMS; i++)
		words_free(offer->accepts[i].words);
	free(offer->custom_ratio);
}

void profile_free(struct profile *profile)
{
	if (!profile)
		return;
	for (size_t i = 0; i < profile->model_count; i++) {
		free(profile->models[i].name);
		free(profile->models[i].id);
		free_offer(&profile->models[i].offer);
		http_profile_free_body(&profile->models[i].body);
	}
	free(profile->models);
	free_offer(&profile->offer);
	http_profile_free(profile->http);
	words_free(profile->command);
	free(profile->unit);
	free(profile->name);
	free(profile->title);
	free(profile->origin);
	free(profile->source);
	free(profile);
}

const struct profile_model *profile_model(const struct profile *profile, const char *name)
{
	if (!name || !*name)
		return profile->model_count ? &profile->models[0] : NULL;
	for (size_t i = 0; i < profile->model_count; i++) {
		if (strcmp(profile->models[i].name, name) == 0)
			return &profile->models[i];
	}
	return NULL;
}

const struct offer *profile_offer(const struct profile *profile, const char *model)
{
	const struct profile_model *known = profile_model(profile, model);

	return known ? &known->offer : &profile->offer;
}

const struct body *profile_body(const struct profile *profile, const char *model)
{
	const struct profile_model *known = profile_model(profile, model);

	return known ? &known->body : &profile->http->body;
}

static bool is_id_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("._:/-", c));
}

/* Whether some '/'-separated part of it is empty or would climb in a URL. */
static bool has_bad_part(const char *id)
{
	for (const char *part = id; part;) {
		size_t size = strcspn(part, "/");

		if (size <= 2 && strspn(part, ".") >= size)
			return true;
		part = part[size] ? part + size + 1 : NULL;
	}
	return false;
}

int profile_check_model_id(const char *id, struct diag *reterr_diag)
{
	CLEANUP(strbuf) struct strbuf shown = STRBUF_EMPTY;
	size_t size = strlen(id), i = 0;

	while (is_id_char(id[i]))
		i++;
	if (i == size && !has_bad_part(id))
		return 0;
	utf8_add_printable(&shown, id, utf8_cut(id, size, SHOWN_BYTES_MAX), PRINTABLE_LINE);
	diag_set(reterr_diag, 0,
		 "model: \"%s\" is no id: letters, digits and . _ : / - are allowed, and no part "
		 "empty, \".\" or \"..\"",
		 strbuf_text(&shown));
	return -EINVAL;
}

/* Explains that the profile does not take the value; `taken` is a list or range. */
static int refuse(const struct profile *profile, enum param param, const char *value,
		  const char *taken, struct diag *reterr_diag)
{
	CLEANUP(strbuf) struct strbuf shown = STRBUF_EMPTY;
	size_t size = strlen(value), cut = utf8_cut(value, size, SHOWN_BYTES_MAX);

	utf8_add_printable(&shown, value, cut, PRINTABLE_LINE);
	diag_set(reterr_diag, 0, "%s: \"%s%s\" is not what %s takes: %s", param_name(param),
		 strbuf_text(&shown), cut < size ? "…" : "", profile->name, taken);
	return -EINVAL;
}

static int check_model(const struct profile *profile, const struct params *params,
		       struct diag *reterr_diag)
{
	CLEANUP(strbuf) struct strbuf names = STRBUF_EMPTY;
	const char *model = params->value[PARAM_MODEL];
	bool takes_ids = profile->transport == TRANSPORT_HTTP;

	if (!model || !*model || profile_model(profile, model))
		return 0;
	if (takes_ids ? profile_check_model_id(model, NULL) == 0 : !profile->model_count)
		return 0;
	for (size_t i = 0; i < profile->model_count; i++)
		strbuf_addf(&names, "%s%s", i ? ", " : "", profile->models[i].name);
	if (takes_ids)
		strbuf_addf(&names,
			    "%san id of %s's own (letters, digits and . _ : / -, no part empty, "
			    "\".\" or \"..\")",
			    names.size ? ", or " : "", profile->name);
	return refuse(profile, PARAM_MODEL, model, strbuf_text(&names), reterr_diag);
}

static int check_words(const struct profile *profile, const struct params *params, enum param param,
		       struct diag *reterr_diag)
{
	CLEANUP(strbuf) struct strbuf list = STRBUF_EMPTY;
	const struct offer *offer = profile_offer(profile, params->value[PARAM_MODEL]);
	char *const *words = offer->accepts[param].words;

	for (size_t i = 0; words[i]; i++) {
		if (strcmp(words[i], params->value[param]) == 0)
			return 0;
		strbuf_addf(&list, "%s%s", i ? ", " : "", words[i]);
	}
	return refuse(profile, param, params->value[param], strbuf_text(&list), reterr_diag);
}

static int check_range(const struct profile *profile, const struct params *params, enum param param,
		       struct diag *reterr_diag)
{
	CLEANUP(strbuf) struct strbuf range = STRBUF_EMPTY;
	const struct offer *offer = profile_offer(profile, params->value[PARAM_MODEL]);
	const struct accept *accept = &offer->accepts[param];
	int64_t n = params_number(params, param);

	if (n >= accept->from && n <= accept->to && n % accept->step == 0)
		return 0;
	strbuf_addf(&range, "%lld to %lld", (long long)accept->from, (long long)accept->to);
	if (accept->step > 1)
		strbuf_addf(&range, " in steps of %lld", (long long)accept->step);
	return refuse(profile, param, params->value[param], strbuf_text(&range), reterr_diag);
}

/* How often and how large is not a matter of yes or no: calls are repeated, sizes
 * are worked out (job/size.h). */
static bool is_worked_out(enum param param)
{
	return param == PARAM_COUNT || param == PARAM_ASPECT_RATIO || param == PARAM_RESOLUTION ||
	       param == PARAM_WIDTH || param == PARAM_HEIGHT;
}

int profile_accepts(const struct profile *profile, const struct params *params,
		    struct diag *reterr_diag)
{
	const struct offer *offer = profile_offer(profile, params->value[PARAM_MODEL]);
	int r = check_model(profile, params, reterr_diag);

	if (r < 0)
		return r;
	for (int i = 0; i < PARAMS; i++) {
		enum param param = (enum param)i;

		if (!params->value[param] || is_worked_out(param))
			continue;
		if (offer->accepts[param].kind == ACCEPT_WORDS)
			r = check_words(profile, params, param, reterr_diag);
		else if (offer->accepts[param].kind == ACCEPT_RANGE)
			r = check_range(profile, params, param, reterr_diag);
		if (r < 0)
			return r;
	}
	return 0;
}

int profile_check_template(const char *template, unsigned *ret_params, struct diag *reterr_diag)
{
	const unsigned params = (1u << PARAMS) - 1;
	unsigned named;
	int r = template_check(template, params | TEMPLATE_NAME_BIT(TEMPLATE_OUTPUT), &named,
			       reterr_diag);

	if (r == 0)
		*ret_params = named & params;
	return r;
}

/* One argument. 1 with *ret_text, 0 when it is left out for an unset name, or
 * -EINVAL (diag) or -ENOMEM. */
static int fill(const char *template, const struct values *values, char **ret_text,
		struct diag *reterr_diag)
{
	CLEANUP(strbuf) struct strbuf text = STRBUF_EMPTY;
	int r = template_fill(template, values, FILL_PLAIN, &text, reterr_diag);

	if (r <= 0)
		return r;
	if (*template == '{' && *strbuf_text(&text) == '-') {
		diag_set(reterr_diag, 0,
			 "%.*s: begins with '-', which the program would take for an option",
			 SHOWN_BYTES_MAX, template);
		return -EINVAL;
	}
	*ret_text = strbuf_take(&text, NULL);
	return *ret_text ? 1 : -ENOMEM;
}

static int fill_all(char *const *templates, const struct values *values, char **argv,
		    struct diag *reterr_diag)
{
	bool before_filled = false;
	size_t count = 0;

	for (size_t i = 0; templates[i]; i++) {
		int r = fill(templates[i], values, &argv[count], reterr_diag);

		if (r < 0)
			return r;
		if (r > 0) {
			count++;
		} else if (before_filled && templates[i - 1][0] == '-' &&
			   template_is_name(templates[i])) {
			count--;
			free(argv[count]);
			argv[count] = NULL;
		}
		before_filled = r > 0;
	}
	return 0;
}

int profile_fill_command(const struct profile *profile, const struct params *params,
			 const char *output, char ***ret_argv, struct diag *reterr_diag)
{
	const struct profile_model *model = profile_model(profile, params->value[PARAM_MODEL]);
	struct values values = { .name = { [TEMPLATE_OUTPUT] = output } };
	size_t count = 0;
	char **argv;
	int r = check_model(profile, params, reterr_diag);

	if (r < 0)
		return r;
	for (int i = 0; i < PARAMS; i++)
		values.param[i] = params->value[i];
	values.param[PARAM_MODEL] = model ? model->id : NULL;

	while (profile->command[count])
		count++;
	argv = calloc(count + 1, sizeof(*argv));
	if (!argv)
		return -ENOMEM;
	r = fill_all(profile->command, &values, argv, reterr_diag);
	if (r < 0) {
		words_free(argv);
		return r;
	}
	*ret_argv = argv;
	return 0;
}
