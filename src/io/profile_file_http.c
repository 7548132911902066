/* [provider] of a provider spoken to over HTTP, and the sections of its steps, as tables:
 * a key is a place in struct http_profile and a kind of value.
 *
 * What an entry says by itself is checked where it is read. What needs other sections
 * (a {poll_url} that nobody gives, states that are never read) is checked when the file
 * is known, and told with the line of the request that needs it. */
#include "profile_file_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json_pointer.h"
#include "base/strbuf.h"
#include "base/words.h"
#include "job/template.h"
#include "job/url.h"

enum {
	HTTP_DEADLINE_S_MAX = 7 * 24 * 3600,
	POLL_MS_MIN = 10,
	POLL_MS_MAX = 600 * 1000,
	PROGRESS_MAX = 1000 * 1000,
	HOSTS_MAX = 8,
};
static const int64_t units_max_micro = (int64_t)1000 * 1000 * 1000 * 1000; /* a million units */

#define NAMED(name) TEMPLATE_NAME_BIT(TEMPLATE_##name)
#define MODEL       TEMPLATE_PARAM_BIT(PARAM_MODEL)
#define AT(member)  offsetof(struct http_profile, member)

/* clang-format off */
static const struct step_row {
	const char *section;
	size_t request; /* struct request_line */
	unsigned names; /* bits that its URL and body may name */
} steps[STEPS] = {
	[STEP_SUBMIT]  = { "submit",  AT(submit.request),  PROFILE_FILE_PARAM_NAMES },
	[STEP_POLL]    = { "poll",    AT(poll.request),    MODEL | NAMED(ID) | NAMED(POLL_URL) },
	[STEP_RESULT]  = { "result",  AT(result.request),
			   MODEL | NAMED(ID) | NAMED(POLL_URL) | NAMED(RESULT_URL) },
	[STEP_ASSET]   = { "asset",   AT(asset.request),   NAMED(ID) | NAMED(ASSET) },
	[STEP_CANCEL]  = { "cancel",  AT(cancel.request),  MODEL | NAMED(ID) | NAMED(CANCEL_URL) },
	[STEP_LIST]    = { "list",    AT(list.request),    MODEL },
	[STEP_MODELS]  = { "models",  AT(models.request),  NAMED(NEXT) },
	[STEP_BALANCE] = { "balance", AT(balance.request), 0 },
	[STEP_PRICE]   = { "price",   AT(price.request),   PROFILE_FILE_PARAM_NAMES },
};

enum value_kind { VALUE_POINTERS, VALUE_WORDS, VALUE_NUMBER, VALUE_MATCH, VALUE_CHOICE };

static const struct key_row {
	const char *section, *name;
	enum value_kind kind;
	size_t place;
	int64_t from, to;
} keys[] = {
	{ "submit", "id", VALUE_POINTERS, AT(submit.id), 0, 0 },
	{ "submit", "cost", VALUE_POINTERS, AT(submit.cost), 0, 0 },
	{ "submit", "remaining", VALUE_POINTERS, AT(submit.remaining), 0, 0 },
	{ "submit", "poll_url", VALUE_POINTERS, AT(submit.poll_url), 0, 0 },
	{ "submit", "result_url", VALUE_POINTERS, AT(submit.result_url), 0, 0 },
	{ "submit", "cancel_url", VALUE_POINTERS, AT(submit.cancel_url), 0, 0 },
	{ "poll", "state", VALUE_POINTERS, AT(poll.state), 0, 0 },
	{ "poll", "progress", VALUE_POINTERS, AT(poll.progress), 0, 0 },
	{ "poll", "progress_max", VALUE_NUMBER, AT(poll.progress_max), 1, PROGRESS_MAX },
	{ "poll", "queue", VALUE_POINTERS, AT(poll.queue), 0, 0 },
	{ "poll", "cost", VALUE_POINTERS, AT(poll.cost), 0, 0 },
	{ "poll", "error", VALUE_POINTERS, AT(poll.error), 0, 0 },
	{ "poll", "failed_if", VALUE_POINTERS, AT(poll.failed_if), 0, 0 },
	{ "states", "running", VALUE_WORDS, AT(states.words[THERE_RUNNING]), 0, 0 },
	{ "states", "done", VALUE_WORDS, AT(states.words[THERE_DONE]), 0, 0 },
	{ "states", "failed", VALUE_WORDS, AT(states.words[THERE_FAILED]), 0, 0 },
	{ "states", "cancelled", VALUE_WORDS, AT(states.words[THERE_CANCELLED]), 0, 0 },
	{ "result", "assets", VALUE_POINTERS, AT(result.assets), 0, 0 },
	{ "result", "images", VALUE_POINTERS, AT(result.images), 0, 0 },
	{ "result", "seed", VALUE_POINTERS, AT(result.seed), 0, 0 },
	{ "result", "unsafe", VALUE_POINTERS, AT(result.unsafe), 0, 0 },
	{ "asset", "url", VALUE_POINTERS, AT(asset.url), 0, 0 },
	{ "asset", "state", VALUE_POINTERS, AT(asset.state), 0, 0 },
	{ "asset", "order", VALUE_POINTERS, AT(asset.order), 0, 0 },
	{ "asset", "unsafe", VALUE_POINTERS, AT(asset.unsafe), 0, 0 },
	{ "asset states", "running", VALUE_WORDS, AT(asset.states.words[THERE_RUNNING]), 0, 0 },
	{ "asset states", "done", VALUE_WORDS, AT(asset.states.words[THERE_DONE]), 0, 0 },
	{ "asset states", "failed", VALUE_WORDS, AT(asset.states.words[THERE_FAILED]), 0, 0 },
	{ "asset states", "cancelled", VALUE_WORDS, AT(asset.states.words[THERE_CANCELLED]), 0, 0 },
	{ "list", "items", VALUE_POINTERS, AT(list.items), 0, 0 },
	{ "list", "id", VALUE_POINTERS, AT(list.id), 0, 0 },
	{ "list", "match", VALUE_MATCH, 0, 0, 0 },
	{ "list", "lag_s", VALUE_NUMBER, AT(list.lag_s), 0, HTTP_DEADLINE_S_MAX },
	{ "models", "items", VALUE_POINTERS, AT(models.items), 0, 0 },
	{ "models", "id", VALUE_POINTERS, AT(models.id), 0, 0 },
	{ "models", "name", VALUE_POINTERS, AT(models.name), 0, 0 },
	{ "models", "price", VALUE_POINTERS, AT(models.price), 0, 0 },
	{ "models", "next", VALUE_POINTERS, AT(models.next), 0, 0 },
	{ "balance", "remaining", VALUE_POINTERS, AT(balance.remaining), 0, 0 },
	{ "price", "cost", VALUE_POINTERS, AT(price.cost), 0, 0 },
	{ "price", "each", VALUE_POINTERS, AT(price.each), 0, 0 },
	{ "price", "per", VALUE_CHOICE, AT(price.per), 0, 0 },
	{ "errors", "message", VALUE_POINTERS, AT(errors.message), 0, 0 },
	{ "errors", "code", VALUE_POINTERS, AT(errors.code), 0, 0 },
	{ "errors", "trace", VALUE_POINTERS, AT(errors.trace), 0, 0 },
	{ "errors", "retry_after", VALUE_POINTERS, AT(errors.wait), 0, 0 },
	{ "kinds", "busy", VALUE_WORDS, AT(kinds[ERROR_BUSY]), 0, 0 },
	{ "kinds", "credit", VALUE_WORDS, AT(kinds[ERROR_CREDIT]), 0, 0 },
	{ "kinds", "key", VALUE_WORDS, AT(kinds[ERROR_KEY]), 0, 0 },
	{ "kinds", "refused", VALUE_WORDS, AT(kinds[ERROR_REFUSED]), 0, 0 },
	{ "kinds", "moderated", VALUE_WORDS, AT(kinds[ERROR_MODERATED]), 0, 0 },
};
/* clang-format on */

enum { KEYS = sizeof(keys) / sizeof(keys[0]) };

static void *place(struct draft *draft, size_t offset)
{
	return (char *)draft->http + offset;
}

static void note_line(unsigned *line, const struct ini_entry *entry)
{
	if (!*line)
		*line = entry->line;
}

/* ---- [provider] ---- */

static int take_auth(struct draft *draft, const struct ini_entry *entry, struct diag *reterr_diag)
{
	static const char *const names[] = { [AUTH_NONE] = "none",
					     [AUTH_BEARER] = "bearer",
					     [AUTH_KEY] = "key",
					     [AUTH_BASIC] = "basic" };
	static const char header[] = "header ";
	struct http_profile *http = draft->http;
	const char *name = entry->value + strlen(header);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(entry->value, names[i]) == 0) {
			http->auth = (enum auth)i;
			return 0;
		}
	}
	if (strncmp(entry->value, header, strlen(header)) != 0)
		return ini_refuse_value(
			entry, "bearer, key, basic, header NAME or none is expected", reterr_diag);
	name += strspn(name, " \t");
	if (!*name || name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					"0123456789-_")])
		return ini_refuse_value(entry, "a header's name is letters, digits, - and _",
					reterr_diag);
	http->auth = AUTH_HEADER;
	return ini_replace(&http->auth_header, name);
}

/* An http(s) URL that paths are put behind, without a '/' at its end. */
static int take_base_url(struct draft *draft, const struct ini_entry *entry,
			 struct diag *reterr_diag)
{
	size_t size = strlen(entry->value);
	struct url url;

	if (url_parse(entry->value, &url) < 0 || strpbrk(entry->value, "?#{}"))
		return ini_refuse_value(entry, "https://HOST or https://HOST/PATH is expected",
					reterr_diag);
	while (size > url.path && entry->value[size - 1] == '/')
		size--;
	free(draft->http->base_url);
	draft->http->base_url = strndup(entry->value, size);
	return draft->http->base_url ? 0 : -ENOMEM;
}

static int take_hosts(struct draft *draft, const struct ini_entry *entry, struct diag *reterr_diag)
{
	char **hosts;
	size_t count = 0;
	int r = profile_file_words(entry, &hosts, reterr_diag);

	if (r < 0)
		return r;
	for (; hosts[count] && r == 0; count++) {
		struct url url;

		if (count == HOSTS_MAX || url_parse(hosts[count], &url) < 0 ||
		    hosts[count][url.path])
			r = ini_refuse_value(
				entry, "at most 8 of https://HOST, without a path, are expected",
				reterr_diag);
	}
	if (r < 0) {
		words_free(hosts);
		return r;
	}
	draft->http->hosts = hosts;
	return 0;
}

static int take_ok(struct draft *draft, const struct ini_entry *entry, struct diag *reterr_diag)
{
	size_t size = strcspn(entry->value, " \t");
	const char *value = entry->value + size + strspn(entry->value + size, " \t");
	CLEANUP(free_ptr) char *pointer = strndup(entry->value, size);
	struct diag why = { 0 };
	int r;

	if (!pointer)
		return -ENOMEM;
	if (*pointer != '/' || !*value)
		return ini_refuse_value(entry, "POINTER VALUE is expected: /code 200", reterr_diag);
	if (json_pointer_check(pointer, &why) < 0)
		return ini_refuse_value(entry, why.text, reterr_diag);
	r = ini_replace(&draft->http->ok_pointer, pointer);
	return r < 0 ? r : ini_replace(&draft->http->ok_value, value);
}

static int take_key_env(struct draft *draft, const struct ini_entry *entry,
			struct diag *reterr_diag)
{
	char **names;
	int r = profile_file_words(entry, &names, reterr_diag);

	if (r < 0)
		return r;
	draft->http->key_env = names;
	draft->key_env_line = entry->line;
	if (!names[0] || (names[1] && names[2]))
		return ini_refuse_value(
			entry, "the name of an environment variable is expected, or of two",
			reterr_diag);
	for (size_t i = 0; names[i]; i++) {
		if (!*names[i] || strchr(names[i], '='))
			return ini_refuse_value(entry, "no name of an environment variable",
						reterr_diag);
	}
	return 0;
}

static int take_poll_ms(struct draft *draft, const struct ini_entry *entry,
			struct diag *reterr_diag)
{
	return ini_number(entry, POLL_MS_MIN, POLL_MS_MAX, &draft->http->poll_ms, reterr_diag);
}

static int take_unit(struct draft *draft, const struct ini_entry *entry, struct diag *reterr_diag)
{
	if (!*entry->value || strpbrk(entry->value, " \t\""))
		return ini_refuse_value(entry, "one word is expected: USD, credit, CU",
					reterr_diag);
	return ini_replace(&draft->profile->unit, entry->value);
}

static int take_price(struct draft *draft, const struct ini_entry *entry, struct diag *reterr_diag)
{
	draft->price_line = entry->line;
	return ini_micro(entry, units_max_micro, &draft->profile->price_micro, reterr_diag);
}

static int take_usd(struct draft *draft, const struct ini_entry *entry, struct diag *reterr_diag)
{
	draft->usd_line = entry->line;
	return ini_micro(entry, units_max_micro, &draft->profile->usd_micro, reterr_diag);
}

/* clang-format off */
static const struct {
	const char *name;
	int (*take)(struct draft *draft, const struct ini_entry *entry, struct diag *reterr_diag);
} http_keys[] = {
	{ "base_url", take_base_url },
	{ "auth", take_auth },
	{ "key_env", take_key_env },
	{ "poll_ms", take_poll_ms },
	{ "ok", take_ok },
	{ "hosts", take_hosts },
	{ "unit", take_unit },
	{ "price", take_price },
	{ "usd", take_usd },
};
/* clang-format on */

enum { HTTP_KEYS = sizeof(http_keys) / sizeof(http_keys[0]) };

int profile_file_take_http_key(struct draft *draft, const struct ini_entry *entry,
			       struct diag *reterr_diag)
{
	for (size_t i = 0; i < HTTP_KEYS; i++) {
		int r;

		if (strcmp(entry->name, http_keys[i].name) != 0)
			continue;
		note_line(&draft->http_line, entry);
		r = http_keys[i].take(draft, entry, reterr_diag);
		return r < 0 ? r : 1;
	}
	return 0;
}

void profile_file_add_http_keys(struct strbuf *names)
{
	for (size_t i = 0; i < HTTP_KEYS; i++)
		strbuf_addf(names, "%s%s", i ? ", " : "", http_keys[i].name);
}

/* ---- steps ---- */

const char *profile_file_step_name(enum step step)
{
	return steps[step].section;
}

const struct request_line *profile_file_step_request(const struct http_profile *http,
						     enum step step)
{
	return (const void *)((const char *)http + steps[step].request);
}

/* The words of "VERB URL" or "VERB URL else URL". */
enum { WORD_VERB, WORD_URL, WORD_ELSE, WORD_OTHERWISE, WORDS };

static bool is_request(char *const *words)
{
	static const char *const verbs[] = { "GET", "POST", "PUT", "DELETE" };
	size_t count = 0;
	bool is_verb = false;

	while (words[count])
		count++;
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]) && count > 0; i++)
		is_verb |= strcmp(words[WORD_VERB], verbs[i]) == 0;
	return is_verb &&
	       (count == WORD_URL + 1 || (count == WORDS && strcmp(words[WORD_ELSE], "else") == 0));
}

static int check_template(struct draft *draft, enum step step, const struct ini_entry *entry,
			  const char *url, struct diag *reterr_diag)
{
	struct diag why = { 0 };
	unsigned names;

	if (template_check(url, steps[step].names, &names, &why) < 0)
		return ini_refuse_value(entry, why.text, reterr_diag);
	draft->step_names[step] |= names;
	return 0;
}

static int take_words_of_request(struct draft *draft, enum step step, const struct ini_entry *entry,
				 char *const *words, struct diag *reterr_diag)
{
	struct request_line *request = place(draft, steps[step].request);
	const char *otherwise;
	int r;

	if (!is_request(words))
		return ini_refuse_value(
			entry,
			"VERB URL is expected, or VERB URL else URL, the verb GET, POST, PUT or "
			"DELETE",
			reterr_diag);
	otherwise = words[WORD_ELSE] ? words[WORD_OTHERWISE] : NULL;
	r = check_template(draft, step, entry, words[WORD_URL], reterr_diag);
	if (r == 0 && otherwise)
		r = check_template(draft, step, entry, otherwise, reterr_diag);
	if (r < 0)
		return r;
	snprintf(request->verb, sizeof(request->verb), "%s", words[WORD_VERB]);
	r = ini_replace(&request->url, words[WORD_URL]);
	return r < 0 || !otherwise ? r : ini_replace(&request->otherwise, otherwise);
}

/* Its form only: where it leads is known when base_url is. */
static int take_request(struct draft *draft, enum step step, const struct ini_entry *entry,
			struct diag *reterr_diag)
{
	char **words;
	int r = profile_file_words(entry, &words, reterr_diag);

	draft->step_line[step] = entry->line;
	if (r < 0)
		return r;
	r = take_words_of_request(draft, step, entry, words, reterr_diag);
	words_free(words);
	return r;
}

static int take_match(struct draft *draft, const struct ini_entry *entry, struct diag *reterr_diag)
{
	size_t size = strcspn(entry->value, " \t");
	const char *value = entry->value + size + strspn(entry->value + size, " \t");
	CLEANUP(free_ptr) char *pointer = strndup(entry->value, size);
	struct diag why = { 0 };
	unsigned names;
	int r;

	if (!pointer)
		return -ENOMEM;
	if (*pointer != '/' || !*value)
		return ini_refuse_value(entry, "POINTER TEMPLATE is expected: /input/seed {seed}",
					reterr_diag);
	r = json_pointer_check(pointer, &why);
	if (r == 0)
		r = template_check_json(value, PROFILE_FILE_PARAM_NAMES, &names, &why);
	if (r == -EINVAL)
		return ini_refuse_value(entry, why.text, reterr_diag);
	if (r < 0)
		return r;
	r = ini_replace(&draft->http->list.match_pointer, pointer);
	return r < 0 ? r : ini_replace(&draft->http->list.match_value, value);
}

static int take_words(struct draft *draft, const struct key_row *row, const struct ini_entry *entry,
		      struct diag *reterr_diag)
{
	char **words;
	int r = profile_file_words(entry, &words, reterr_diag);

	if (r == 0 && !words[0]) {
		words_free(words);
		r = ini_refuse_value(entry, "words are expected", reterr_diag);
	}
	if (r == 0)
		*(char ***)place(draft, row->place) = words;
	return r;
}

/* A pointer, and what it may say. */
static int take_choice(struct draft *draft, const struct key_row *row,
		       const struct ini_entry *entry, struct diag *reterr_diag)
{
	struct diag why = { 0 };
	char **words;
	int r = profile_file_words(entry, &words, reterr_diag);

	if (r < 0)
		return r;
	if (!words[0] || words[0][0] != '/' || !words[1])
		r = ini_refuse_value(entry, "POINTER WORD … is expected: /unit image", reterr_diag);
	else if (json_pointer_check(words[0], &why) < 0)
		r = ini_refuse_value(entry, why.text, reterr_diag);
	if (r < 0) {
		words_free(words);
		return r;
	}
	*(char ***)place(draft, row->place) = words;
	return 0;
}

static int take_key(struct draft *draft, const struct key_row *row, const struct ini_entry *entry,
		    struct diag *reterr_diag)
{
	switch (row->kind) {
	case VALUE_POINTERS:
		return profile_file_pointers(entry, place(draft, row->place), reterr_diag);
	case VALUE_WORDS:
		return take_words(draft, row, entry, reterr_diag);
	case VALUE_NUMBER:
		return ini_number(entry, row->from, row->to, place(draft, row->place), reterr_diag);
	case VALUE_CHOICE:
		return take_choice(draft, row, entry, reterr_diag);
	case VALUE_MATCH:
		break;
	}
	return take_match(draft, entry, reterr_diag);
}

static int refuse_key(const struct ini_entry *entry, bool has_request, struct diag *reterr_diag)
{
	CLEANUP(strbuf) struct strbuf allowed = STRBUF_EMPTY;

	if (has_request)
		strbuf_add_text(&allowed, "request");
	for (size_t i = 0; i < KEYS; i++) {
		if (strcmp(keys[i].section, entry->section) == 0)
			strbuf_addf(&allowed, "%s%s", allowed.size ? ", " : "", keys[i].name);
	}
	return ini_refuse_name(entry, strbuf_text(&allowed), reterr_diag);
}

/* The step whose section it is, or with the word "body" behind it; else STEPS. */
static enum step find_step(const char *section, bool *ret_is_body)
{
	size_t size = strcspn(section, " ");
	bool is_body = strcmp(section + size, " body") == 0;

	for (int step = 0; step < STEPS; step++) {
		if (strlen(steps[step].section) == size &&
		    strncmp(steps[step].section, section, size) == 0 &&
		    (is_body || !section[size])) {
			*ret_is_body = is_body;
			return (enum step)step;
		}
	}
	return STEPS;
}

static int take_step_body(struct draft *draft, enum step step, const struct ini_entry *entry,
			  struct diag *reterr_diag)
{
	struct request_line *request = place(draft, steps[step].request);

	if (step == STEP_SUBMIT) {
		diag_set(reterr_diag, entry->line,
			 "[submit body] is not known: what is submitted is [body]");
		return -EINVAL;
	}
	if (strcmp(entry->name, "extra") == 0)
		return ini_refuse_value(entry, "belongs to [body]", reterr_diag);
	if (step == STEP_PRICE && strcmp(entry->name, "submission") == 0)
		return profile_file_take_submission(&request->body, entry, reterr_diag);
	return profile_file_take_body(&request->body, entry, false, steps[step].names,
				      &draft->step_names[step], reterr_diag);
}

int profile_file_take_step(struct draft *draft, const struct ini_entry *entry,
			   struct diag *reterr_diag)
{
	bool is_body = false, known = false;
	enum step step = find_step(entry->section, &is_body);
	int r;

	for (size_t i = 0; i < KEYS && !known; i++)
		known = strcmp(keys[i].section, entry->section) == 0;
	if (!known && step == STEPS)
		return 0;
	note_line(&draft->http_line, entry);
	if (step != STEPS)
		note_line(&draft->step_line[step], entry);
	if (is_body) {
		r = take_step_body(draft, step, entry, reterr_diag);
		return r < 0 ? r : 1;
	}
	if (step != STEPS && strcmp(entry->name, "request") == 0) {
		r = take_request(draft, step, entry, reterr_diag);
		return r < 0 ? r : 1;
	}
	for (size_t i = 0; i < KEYS; i++) {
		if (strcmp(keys[i].section, entry->section) == 0 &&
		    strcmp(keys[i].name, entry->name) == 0) {
			r = take_key(draft, &keys[i], entry, reterr_diag);
			return r < 0 ? r : 1;
		}
	}
	return refuse_key(entry, step != STEPS, reterr_diag);
}
