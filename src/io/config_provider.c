/* [provider NAME]: what the user says about a provider, over what its profile says. The
 * key is never here, only where it is: a configuration is shown around, copied and put
 * under version control. So a value that may be a key is not quoted in an error either. */
#include "io/config_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "job/url.h"

enum { CONFIG_PROVIDERS_MAX = 1000 };

static const char provider_prefix[] = "provider ";

void config_provider_done(struct config_provider *provider)
{
	free(provider->name);
	free(provider->key);
	free(provider->base_url);
}

/* The record of a provider's section, made when it is new; NULL: out of memory. */
static struct config_provider *provider_record(struct config *config, const char *name)
{
	struct config_provider *list, *record;

	for (size_t i = 0; i < config->provider_count; i++) {
		if (strcmp(config->providers[i].name, name) == 0)
			return &config->providers[i];
	}
	list = reallocarray(config->providers, config->provider_count + 1, sizeof(*list));
	if (!list)
		return NULL;
	config->providers = list;
	record = &list[config->provider_count];
	*record = (struct config_provider){ .name = strdup(name),
					    .price_micro = -1,
					    .usd_micro = -1 };
	if (!record->name)
		return NULL;
	config->provider_count++;
	return record;
}

static int take_key(const struct ini_entry *entry, struct config_provider *record,
		    struct diag *reterr_diag)
{
	static const char *const kinds[] = { "env:", "file:", "command:" };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strncmp(entry->value, kinds[i], strlen(kinds[i])) == 0 &&
		    entry->value[strlen(kinds[i])])
			return ini_replace(&record->key, entry->value);
	}
	return ini_refuse_value(
		entry,
		"env:NAME, file:PATH or command:PROGRAM … is expected; a key itself "
		"does not belong in this file",
		reterr_diag);
}

/* Kept without a slash at its end: what is added to it begins with one. */
static int take_base_url(const struct ini_entry *entry, struct config_provider *record,
			 struct diag *reterr_diag)
{
	struct url url;
	size_t size;
	int r;

	if (strpbrk(entry->value, "?#") || url_parse(entry->value, &url) < 0)
		return ini_refuse_value(
			entry,
			"a URL such as https://api.example.com/v1 is expected: http or "
			"https, without user, query and fragment",
			reterr_diag);
	r = ini_replace(&record->base_url, entry->value);
	if (r < 0)
		return r;
	size = strlen(record->base_url);
	while (size > 0 && record->base_url[size - 1] == '/')
		record->base_url[--size] = '\0';
	return 0;
}

static int take_price(const struct ini_entry *entry, struct config_provider *record,
		      struct diag *reterr_diag)
{
	return ini_micro(entry, CONFIG_MICRO_MAX, &record->price_micro, reterr_diag);
}

static int take_usd(const struct ini_entry *entry, struct config_provider *record,
		    struct diag *reterr_diag)
{
	return ini_micro(entry, CONFIG_MICRO_MAX, &record->usd_micro, reterr_diag);
}

static int take_in_flight(const struct ini_entry *entry, struct config_provider *record,
			  struct diag *reterr_diag)
{
	return config_take_in_flight(entry, &record->in_flight, reterr_diag);
}

typedef int take_fn(const struct ini_entry *entry, struct config_provider *record,
		    struct diag *reterr_diag);

static const struct {
	const char *name;
	take_fn *take;
} names[] = {
	{ "key", take_key }, { "base_url", take_base_url },   { "price", take_price },
	{ "usd", take_usd }, { "in_flight", take_in_flight },
};

/* NULL: there is no such name. */
static take_fn *find(const char *name)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(name, names[i].name) == 0)
			return names[i].take;
	}
	return NULL;
}

int config_take_provider(const struct ini_entry *entry, struct config *config,
			 struct diag *reterr_diag)
{
	const char *name = entry->section + strlen(provider_prefix);
	take_fn *take = find(entry->name);
	CLEANUP(params) struct params checked = { 0 };
	struct config_provider *record;
	int r = params_set(&checked, PARAM_PROVIDER, name, strlen(name), reterr_diag);

	if (r < 0 && reterr_diag)
		reterr_diag->line = entry->line;
	if (r < 0)
		return r;
	if (!take)
		return ini_refuse_name(entry, "key, base_url, price, usd, in_flight", reterr_diag);
	if (config->provider_count >= CONFIG_PROVIDERS_MAX && !config_provider(config, name)) {
		diag_set(reterr_diag, entry->line, "more than %d [provider NAME] sections",
			 CONFIG_PROVIDERS_MAX);
		return -EINVAL;
	}
	record = provider_record(config, name);
	return record ? take(entry, record, reterr_diag) : -ENOMEM;
}
