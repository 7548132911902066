/* What may be asked for, and what a submission says: [accepts] and [body], for all models,
 * and then for each as it differs. A model's sections may stand above the general ones, so
 * their entries are kept and applied, by the same code, to copies of what is general. */
#include "profile_file_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json_pointer.h"
#include "base/words.h"
#include "job/template.h"

enum {
	CUSTOM_RATIO_BYTES_MAX = 20, /* struct size has room for it */
	MEMBERS_MAX = 256,
};

static const char expects_values[] = "words, A..B or A..B step N are expected";

/* ---- [accepts] ---- */

static int end_of_range(const struct ini_entry *entry, enum param param, const char *text,
			size_t size, int64_t *ret_end, struct diag *reterr_diag)
{
	CLEANUP(params) struct params params = { 0 };
	int r = params_set(&params, param, text, size, reterr_diag);

	if (r < 0 && reterr_diag)
		reterr_diag->line = entry->line;
	if (r < 0)
		return r;
	if (params_number(&params, param) < 0)
		return ini_refuse_value(entry, "a range is for numbers only", reterr_diag);
	*ret_end = params_number(&params, param);
	return 0;
}

/* words: "A..B" or "A..B" "step" "N". */
static int accept_range(const struct ini_entry *entry, enum param param, char *const *words,
			struct accept *ret_accept, struct diag *reterr_diag)
{
	const char *dots = strstr(words[0], "..");
	struct ini_entry step = *entry;
	int64_t from = 0, to = 0, every = 1;
	int r;

	r = end_of_range(entry, param, words[0], (size_t)(dots - words[0]), &from, reterr_diag);
	if (r == 0)
		r = end_of_range(entry, param, dots + 2, strlen(dots + 2), &to, reterr_diag);
	if (r < 0)
		return r;
	if (words[1]) {
		if (strcmp(words[1], "step") != 0 || !words[2] || words[3])
			return ini_refuse_value(entry, "a range is A..B or A..B step N",
						reterr_diag);
		step.value = words[2];
		r = ini_number(&step, 1, SIDE_PIXELS_MAX, &every, reterr_diag);
		if (r < 0)
			return r;
	}
	if (from > to || from % every != 0)
		return ini_refuse_value(entry, "a range rises, from a multiple of its step",
					reterr_diag);
	*ret_accept =
		(struct accept){ .kind = ACCEPT_RANGE, .from = from, .to = to, .step = every };
	return 0;
}

/* Values in their normal form; but a ratio as the provider spells it, since that
 * is what it will be sent ("21:9" is not "7:3" to it). Takes the words on success. */
static int accept_words(const struct ini_entry *entry, enum param param, char **words,
			struct accept *ret_accept, struct diag *reterr_diag)
{
	for (size_t i = 0; words[i]; i++) {
		char *value;
		int r = profile_file_normal(entry, param, words[i], strlen(words[i]), &value,
					    reterr_diag);

		if (r < 0)
			return r;
		if (param == PARAM_ASPECT_RATIO) {
			free(value);
			continue;
		}
		free(words[i]);
		words[i] = value;
	}
	*ret_accept = (struct accept){ .kind = ACCEPT_WORDS, .words = words };
	return 0;
}

static void set_accept(struct offer *offer, enum param param, struct accept accept)
{
	words_free(offer->accepts[param].words);
	offer->accepts[param] = accept;
}

static int take_custom_ratio(struct offer *offer, const struct ini_entry *entry, bool may_remove,
			     struct diag *reterr_diag)
{
	size_t size = strlen(entry->value);

	if (size == 0 && may_remove) {
		free(offer->custom_ratio);
		offer->custom_ratio = NULL;
		return 0;
	}
	if (size == 0 || size > CUSTOM_RATIO_BYTES_MAX || strpbrk(entry->value, " \t\""))
		return ini_refuse_value(entry, "one word of at most 20 bytes is expected",
					reterr_diag);
	return ini_replace(&offer->custom_ratio, entry->value);
}

int profile_file_take_accepts(struct offer *offer, const struct ini_entry *entry, bool may_remove,
			      struct diag *reterr_diag)
{
	enum param param = param_find(entry->name, strlen(entry->name));
	struct accept accept = { .kind = ACCEPT_NOTHING };
	char **words = NULL;
	int r;

	if (strcmp(entry->name, "custom_ratio") == 0)
		return take_custom_ratio(offer, entry, may_remove, reterr_diag);
	if (param == PARAMS || param <= PARAM_MODEL)
		return ini_refuse_name(entry,
				       "aspect_ratio, custom_ratio, resolution, width, height, "
				       "seed, count, enhance, format",
				       reterr_diag);
	if (may_remove && !*entry->value) {
		set_accept(offer, param, accept);
		return 0;
	}
	r = profile_file_words(entry, &words, reterr_diag);
	if (r == 0 && !words[0])
		r = ini_refuse_value(entry, expects_values, reterr_diag);
	else if (r == 0 && strstr(words[0], ".."))
		r = accept_range(entry, param, words, &accept, reterr_diag);
	else if (r == 0)
		r = accept_words(entry, param, words, &accept, reterr_diag);
	if (accept.kind != ACCEPT_WORDS)
		words_free(words);
	if (r == 0)
		set_accept(offer, param, accept);
	return r;
}

/* ---- [body] ---- */

static struct body_member *find_member(const struct body *body, const char *pointer)
{
	for (size_t i = 0; i < body->count; i++) {
		if (strcmp(body->members[i].pointer, pointer) == 0)
			return &body->members[i];
	}
	return NULL;
}

static void remove_member(struct body *body, struct body_member *member)
{
	size_t after = body->count - (size_t)(member - body->members) - 1;

	free(member->pointer);
	free(member->value);
	memmove(member, member + 1, after * sizeof(*member));
	body->count--;
}

static int add_member(struct body *body, const char *pointer, const char *value)
{
	struct body_member *members =
		reallocarray(body->members, body->count + 1, sizeof(*members));
	struct body_member member;

	if (!members)
		return -ENOMEM;
	body->members = members;
	member = (struct body_member){ strdup(pointer), strdup(value) };
	if (!member.pointer || !member.value) {
		free(member.pointer);
		free(member.value);
		return -ENOMEM;
	}
	members[body->count++] = member;
	return 0;
}

/* Whether `inner` leads to something inside of what `outer` leads to. */
static bool is_inside(const char *inner, const char *outer)
{
	size_t size = strlen(outer);

	return strncmp(inner, outer, size) == 0 && inner[size] == '/';
}

/* A pointer to a member that can be made: not the root, not "every". */
static int check_place(const struct body *body, const struct ini_entry *entry, const char *pointer,
		       struct diag *reterr_diag)
{
	struct diag why = { 0 };

	if (pointer[0] != '/')
		return ini_refuse_name(entry, "JSON pointers (/prompt = {prompt}), extra",
				       reterr_diag);
	if (json_pointer_check(pointer, &why) < 0)
		return ini_refuse_value(entry, why.text, reterr_diag);
	for (const char *part = pointer; part; part = strchr(part + 1, '/')) {
		if (part[1] == '*' && (part[2] == '/' || !part[2]))
			return ini_refuse_value(entry, "\"*\" is for reading only", reterr_diag);
	}
	for (size_t i = 0; i < body->count; i++) {
		const char *other = body->members[i].pointer;

		if (is_inside(pointer, other) || is_inside(other, pointer)) {
			diag_set(reterr_diag, entry->line,
				 "[%s] %s: %.80s is there too, and one would be inside the other",
				 entry->section, entry->name, other);
			return -EINVAL;
		}
	}
	return 0;
}

/* `extra` leads to an object, which a member may be inside of, but not be. */
static int refuse_extra(const struct ini_entry *entry, const char *extra, const char *member,
			struct diag *reterr_diag)
{
	if (strcmp(extra, member) != 0 && !is_inside(extra, member))
		return 0;
	diag_set(reterr_diag, entry->line,
		 "[%s] %s: extra leads to %.80s, which is no object there", entry->section,
		 entry->name, extra);
	return -EINVAL;
}

static int take_extra(struct body *body, const struct ini_entry *entry, bool may_remove,
		      struct diag *reterr_diag)
{
	int r;

	if (!*entry->value && may_remove) {
		free(body->extra);
		body->extra = NULL;
		return 0;
	}
	if (entry->value[0] != '/')
		return ini_refuse_value(entry, "a JSON pointer to an object is expected: /input",
					reterr_diag);
	r = check_place(&(struct body){ 0 }, entry, entry->value, reterr_diag);
	for (size_t i = 0; i < body->count && r == 0; i++)
		r = refuse_extra(entry, entry->value, body->members[i].pointer, reterr_diag);
	return r < 0 ? r : ini_replace(&body->extra, entry->value);
}

int profile_file_take_submission(struct body *body, const struct ini_entry *entry,
				 struct diag *reterr_diag)
{
	const char *pointer = strcmp(entry->value, "\"\"") == 0 ? "" : entry->value;
	int r = 0;

	if (*pointer && *pointer != '/')
		return ini_refuse_value(entry, "a JSON pointer is expected: /inputs; or \"\"",
					reterr_diag);
	if (*pointer)
		r = check_place(&(struct body){ 0 }, entry, pointer, reterr_diag);
	return r < 0 ? r : ini_replace(&body->submission, pointer);
}

static int check_value(const struct ini_entry *entry, unsigned allowed, unsigned *ret_names,
		       struct diag *reterr_diag)
{
	struct diag why = { 0 };
	int r;

	if (!*entry->value)
		return ini_refuse_value(entry, "a template is expected; \"\" is the empty text",
					reterr_diag);
	r = template_check_json(entry->value, allowed, ret_names, &why);
	return r == -EINVAL ? ini_refuse_value(entry, why.text, reterr_diag) : r;
}

int profile_file_take_body(struct body *body, const struct ini_entry *entry, bool may_remove,
			   unsigned allowed, unsigned *names, struct diag *reterr_diag)
{
	struct body_member *member = find_member(body, entry->name);
	unsigned named;
	int r;

	if (strcmp(entry->name, "extra") == 0)
		return take_extra(body, entry, may_remove, reterr_diag);
	if (may_remove && !*entry->value) {
		if (!member)
			return ini_refuse_value(entry, "[body] has no such member to remove",
						reterr_diag);
		remove_member(body, member);
		return 0;
	}
	r = check_place(body, entry, entry->name, reterr_diag);
	if (r == 0 && body->extra)
		r = refuse_extra(entry, body->extra, entry->name, reterr_diag);
	if (r == 0)
		r = check_value(entry, allowed, &named, reterr_diag);
	if (r < 0)
		return r;
	*names |= named;
	if (member)
		return ini_replace(&member->value, entry->value);
	if (body->count == MEMBERS_MAX)
		return ini_refuse_value(entry, "more members than 256", reterr_diag);
	return add_member(body, entry->name, entry->value);
}

/* ---- models ---- */

int profile_file_keep_override(struct draft *draft, const char *model, size_t size, bool is_body,
			       const struct ini_entry *entry)
{
	struct override *overrides =
		reallocarray(draft->overrides, draft->override_count + 1, sizeof(*overrides));
	struct override *override;

	if (!overrides)
		return -ENOMEM;
	draft->overrides = overrides;
	override = &overrides[draft->override_count++];
	*override = (struct override){
		.model = strndup(model, size),
		.name = strdup(entry->name),
		.value = strdup(entry->value),
		.line = entry->line,
		.is_body = is_body,
	};
	return override->model && override->name && override->value ? 0 : -ENOMEM;
}

static int copy_words(char *const *words, char ***ret_words)
{
	size_t count = 0;
	char **copy;

	while (words && words[count])
		count++;
	copy = calloc(count + 1, sizeof(*copy));
	for (size_t i = 0; copy && i < count; i++) {
		copy[i] = strdup(words[i]);
		if (!copy[i]) {
			words_free(copy);
			return -ENOMEM;
		}
	}
	*ret_words = copy;
	return copy ? 0 : -ENOMEM;
}

static int copy_offer(const struct offer *offer, struct offer *copy)
{
	int r = 0;

	for (int param = 0; param < PARAMS && r == 0; param++) {
		copy->accepts[param] = offer->accepts[param];
		copy->accepts[param].words = NULL;
		if (offer->accepts[param].words)
			r = copy_words(offer->accepts[param].words, &copy->accepts[param].words);
	}
	if (r == 0 && offer->custom_ratio)
		r = ini_replace(&copy->custom_ratio, offer->custom_ratio);
	return r;
}

static int copy_body(const struct body *body, struct body *copy)
{
	int r = body->extra ? ini_replace(&copy->extra, body->extra) : 0;

	for (size_t i = 0; i < body->count && r == 0; i++)
		r = add_member(copy, body->members[i].pointer, body->members[i].value);
	return r;
}

/* A parameter that a template names is accepted, whatever its value, unless something
 * was said about it. */
static void accept_named(struct offer *offer, unsigned names, unsigned said)
{
	for (int param = 0; param < PARAMS; param++) {
		unsigned bit = TEMPLATE_PARAM_BIT(param);

		if (names & ~said & bit && offer->accepts[param].kind == ACCEPT_NOTHING)
			offer->accepts[param].kind = ACCEPT_ANY;
	}
}

static unsigned param_bit(const char *name)
{
	enum param param = param_find(name, strlen(name));

	return param == PARAMS ? 0 : TEMPLATE_PARAM_BIT(param);
}

static int apply(struct profile_model *model, const struct override *override, unsigned *names,
		 unsigned *said, struct diag *reterr_diag)
{
	char section[64];
	struct ini_entry entry = { section, override->name, override->value, override->line };

	snprintf(section, sizeof(section), "model %s %s", override->model,
		 override->is_body ? "body" : "accepts");
	if (override->is_body)
		return profile_file_take_body(&model->body, &entry, true, PROFILE_FILE_PARAM_NAMES,
					      names, reterr_diag);
	*said |= param_bit(override->name);
	return profile_file_take_accepts(&model->offer, &entry, true, reterr_diag);
}

/* The general offer and body, and then what the model says of its own. */
static int finish_model(struct draft *draft, struct profile_model *model, unsigned names,
			struct diag *reterr_diag)
{
	unsigned own_names = 0, said = 0;
	int r = copy_offer(&draft->profile->offer, &model->offer);

	if (r == 0)
		r = copy_body(&draft->http->body, &model->body);
	for (size_t i = 0; i < draft->override_count && r == 0; i++) {
		const struct override *override = &draft->overrides[i];

		if (strcmp(override->model, model->name) == 0)
			r = apply(model, override, &own_names, &said, reterr_diag);
	}
	draft->body_names |= own_names;
	accept_named(&model->offer, names | own_names, said);
	return r;
}

int profile_file_finish_models(struct draft *draft, unsigned names, struct diag *reterr_diag)
{
	struct profile *profile = draft->profile;
	int r = 0;

	for (size_t i = 0; i < draft->override_count; i++) {
		const struct override *override = &draft->overrides[i];
		const struct profile_model *model = profile_model(profile, override->model);

		if (!*override->model || !model) {
			diag_set(reterr_diag, override->line,
				 "[model %s %s]: there is no [model %s] with an id",
				 override->model, override->is_body ? "body" : "accepts",
				 override->model);
			return -EINVAL;
		}
	}
	for (size_t i = 0; i < profile->model_count && r == 0; i++)
		r = finish_model(draft, &profile->models[i], names, reterr_diag);
	accept_named(&profile->offer, names, 0);
	return r;
}
