/* Keys, addresses and prices: what the configuration says of a provider, over what its
 * profile says. Looked for once for each edition of the rules, so that what holds for one
 * submission holds for all, and a key that went missing is found out at a reload and not
 * in the middle of a job. */
#include "engine/rulebook.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char source_env[] = "env:";

void rules_done(struct rules *rules)
{
	for (size_t i = 0; rules->access && i < rules->profiles.count; i++)
		key_free(rules->access[i].key);
	free(rules->access);
	rules->access = NULL;
	profile_set_done(&rules->profiles);
	config_done(&rules->config);
}

/* ---- finding ---- */

static size_t count_words(char *const *words)
{
	size_t count = 0;

	while (words && words[count])
		count++;
	return count;
}

const char **rules_key_variables(const struct rules *rules)
{
	size_t room = rules->config.provider_count + 1, count = 0;
	const char **names;

	for (size_t i = 0; i < rules->profiles.count; i++) {
		if (rules->profiles.profiles[i]->transport == TRANSPORT_HTTP)
			room += count_words(rules->profiles.profiles[i]->http->key_env);
	}
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): a list of pointers. */
	names = calloc(room, sizeof(*names));
	if (!names)
		return NULL;
	for (size_t i = 0; i < rules->profiles.count; i++) {
		const struct profile *profile = rules->profiles.profiles[i];
		char *const *words =
			profile->transport == TRANSPORT_HTTP ? profile->http->key_env : NULL;

		for (size_t k = 0; words && words[k]; k++)
			names[count++] = words[k];
	}
	for (size_t i = 0; i < rules->config.provider_count; i++) {
		const char *source = rules->config.providers[i].key;

		if (source && strncmp(source, source_env, strlen(source_env)) == 0)
			names[count++] = source + strlen(source_env);
	}
	return names;
}

static enum key_scheme scheme_of(enum auth auth)
{
	switch (auth) {
	case AUTH_KEY:
		return KEY_KEY;
	case AUTH_BASIC:
		return KEY_BASIC;
	case AUTH_HEADER:
		return KEY_HEADER;
	case AUTH_NONE:
	case AUTH_BEARER:
		break;
	}
	return KEY_BEARER;
}

/* 0 or -ECANCELED. */
static int find_key(const struct profile *profile, const char *source, int stop_fd,
		    struct access *access)
{
	const struct http_profile *http = profile->http;
	struct key_place place = {
		.source = source,
		.name = profile->name,
		.variables = (const char *const *)http->key_env,
	};

	int r = key_read(&place, stop_fd, &access->key, &access->fault);

	if (r < 0)
		return r == -ECANCELED ? r : 0;
	if (http->auth == AUTH_BASIC && !key_is_pair(access->key)) {
		diag_set(&access->fault, 0, "the key must be KEY:SECRET, both in one");
		key_free(access->key);
		access->key = NULL;
		return 0;
	}
	access->header = key_header(access->key, scheme_of(http->auth), http->auth_header);
	return 0;
}

int rules_find_keys(struct rules *rules, int stop_fd)
{
	rules->access = calloc(rules->profiles.count + 1, sizeof(*rules->access));
	if (!rules->access)
		return -ENOMEM;
	for (size_t i = 0; i < rules->profiles.count; i++) {
		const struct profile *profile = rules->profiles.profiles[i];
		const struct config_provider *said = config_provider(&rules->config, profile->name);
		struct access *access = &rules->access[i];

		if (profile->transport == TRANSPORT_PROGRAM)
			continue;
		access->base_url =
			said && said->base_url ? said->base_url : profile->http->base_url;
		if (profile->http->auth == AUTH_NONE)
			continue;
		if (find_key(profile, said ? said->key : NULL, stop_fd, access) < 0)
			return -ECANCELED;
		if (access->key && !access->header)
			return -ENOMEM;
	}
	return 0;
}

/* ---- asking ---- */

const struct access *rules_access(const struct rules *rules, const struct profile *profile)
{
	static const struct access program;
	static const struct access unknown = {
		.fault.text = "the provider is not known any more",
	};

	if (profile->transport == TRANSPORT_PROGRAM)
		return &program;
	for (size_t i = 0; rules->access && i < rules->profiles.count; i++) {
		if (strcmp(rules->profiles.profiles[i]->name, profile->name) == 0)
			return &rules->access[i];
	}
	return &unknown;
}

bool rules_have_keys(const struct rules *rules)
{
	for (size_t i = 0; rules->access && i < rules->profiles.count; i++) {
		if (rules->access[i].key)
			return true;
	}
	return false;
}

bool rules_have_limit(const struct rules *rules)
{
	return rules->config.day_micro > 0 || rules->config.job_micro > 0;
}

/* A model that is asked for by an id of the provider's own may cost anything. */
static bool is_priced(const struct profile *profile, const char *model)
{
	if (profile->transport == TRANSPORT_PROGRAM || !model || !*model ||
	    profile_model(profile, model))
		return true;
	for (size_t i = 0; i < profile->model_count; i++) {
		if (strcmp(profile->models[i].id, model) == 0)
			return true;
	}
	return false;
}

int64_t rules_price_micro(const struct rules *rules, const struct profile *profile,
			  const char *model)
{
	const struct config_provider *said = config_provider(&rules->config, profile->name);

	if (said && said->price_micro >= 0)
		return said->price_micro;
	return is_priced(profile, model) ? profile->price_micro : -1;
}

int64_t rules_usd_micro(const struct rules *rules, const struct profile *profile)
{
	const struct config_provider *said = config_provider(&rules->config, profile->name);

	if (profile->unit && strcmp(profile->unit, "USD") == 0)
		return profile->usd_micro; /* whatever is said */
	return said && said->usd_micro >= 0 ? said->usd_micro : profile->usd_micro;
}
