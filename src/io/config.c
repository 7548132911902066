/* The configuration file over built-in values. Which keys there are, and what
 * each takes, is decided here alone; whatever is not understood is an error,
 * because a limit that was mistyped is a limit that does not hold.
 *
 * The store's place is made absolute while the working directory is still the
 * one in which the user wrote it: the daemon leaves it. */
#include "io/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "io/ini.h"

enum {
	SETTLE_MS = 200,
	SETTLE_MS_MAX = 60000,
	IN_FLIGHT = 8,
	IN_FLIGHT_MAX = 1000,
	IMAGE_BYTES = 64 * 1024 * 1024,
	CONFIG_PROVIDERS_MAX = 1000,
};
static const int64_t image_bytes_max = (int64_t)1 << 40;

static const char provider_prefix[] = "provider ";

typedef int section_fn(const struct ini_entry *entry, struct config *config,
		       struct diag *reterr_diag);

static int replace(char **text, const char *with)
{
	char *copy = strdup(with);

	if (!copy)
		return -ENOMEM;
	free(*text);
	*text = copy;
	return 0;
}

/* A path of the environment, or NULL; relative ones are to be ignored (XDG base
 * directory specification). */
static const char *environment_path(const char *name)
{
	const char *path = getenv(name);

	return path && path[0] == '/' ? path : NULL;
}

static int default_store(char **ret_path, struct diag *reterr_diag)
{
	const char *data = environment_path("XDG_DATA_HOME"), *home = environment_path("HOME");

	if (!data && !home) {
		diag_set(reterr_diag, 0,
			 "no place for the store: set [easelfs] store, HOME or XDG_DATA_HOME");
		return -ENOENT;
	}
	*ret_path = data ? file_join(data, "easelfs") : file_join(home, ".local/share/easelfs");
	return *ret_path ? 0 : -ENOMEM;
}

/* "~/x" or a path relative to the working directory, made absolute. */
static int absolute_path(const struct ini_entry *entry, char **ret_path, struct diag *reterr_diag)
{
	const char *path = entry->value, *home = environment_path("HOME");
	CLEANUP(free_ptr) char *here = NULL;

	if (path[0] == '~' && (path[1] == '/' || !path[1])) {
		if (!home) {
			diag_set(reterr_diag, entry->line, "[%s] %s: \"~\" needs HOME to be set",
				 entry->section, entry->name);
			return -EINVAL;
		}
		*ret_path = path[1] && path[2] ? file_join(home, path + 2) : strdup(home);
	} else if (path[0] == '~' || !path[0]) {
		diag_set(reterr_diag, entry->line,
			 "[%s] %s: \"%s\" is not a folder's path; \"~/\" is your home",
			 entry->section, entry->name, path);
		return -EINVAL;
	} else if (path[0] == '/') {
		*ret_path = strdup(path);
	} else {
		here = getcwd(NULL, 0);
		if (!here) {
			int error = errno;

			diag_set(reterr_diag, entry->line, "[%s] %s: the working directory: %s",
				 entry->section, entry->name, strerror(error));
			return -error;
		}
		*ret_path = file_join(here, path);
	}
	return *ret_path ? 0 : -ENOMEM;
}

/* Sets a canonical parameter from an entry; the diag gets the entry's line. */
static int set_param(const struct ini_entry *entry, enum param param, struct params *params,
		     struct diag *reterr_diag)
{
	int r = params_set(params, param, entry->value, strlen(entry->value), reterr_diag);

	if (r < 0 && reterr_diag)
		reterr_diag->line = entry->line;
	return r;
}

static int take_provider_name(const struct ini_entry *entry, struct config *config,
			      struct diag *reterr_diag)
{
	CLEANUP(params) struct params checked = { 0 };
	int r = set_param(entry, PARAM_PROVIDER, &checked, reterr_diag);

	return r < 0 ? r : replace(&config->provider, checked.value[PARAM_PROVIDER]);
}

static int take_metadata(const struct ini_entry *entry, struct config *config,
			 struct diag *reterr_diag)
{
	static const char *const words[] = {
		[METADATA_XATTR] = "xattr",
		[METADATA_EMBED] = "embed",
		[METADATA_NONE] = "none",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(entry->value, words[i]) == 0) {
			config->metadata = (enum metadata)i;
			return 0;
		}
	}
	diag_set(reterr_diag, entry->line,
		 "[%s] %s: \"%s\" is not known; allowed: xattr, embed, none", entry->section,
		 entry->name, entry->value);
	return -EINVAL;
}

static int take_easelfs(const struct ini_entry *entry, struct config *config,
			struct diag *reterr_diag)
{
	char *store = NULL;
	int r;

	if (strcmp(entry->name, "provider") == 0)
		return take_provider_name(entry, config, reterr_diag);
	if (strcmp(entry->name, "settle_ms") == 0)
		return ini_number(entry, 0, SETTLE_MS_MAX, &config->settle_ms, reterr_diag);
	if (strcmp(entry->name, "metadata") == 0)
		return take_metadata(entry, config, reterr_diag);
	if (strcmp(entry->name, "store") != 0)
		return ini_refuse_name(entry, "provider, store, settle_ms, metadata", reterr_diag);
	r = absolute_path(entry, &store, reterr_diag);
	if (r < 0)
		return r;
	free(config->store);
	config->store = store;
	return 0;
}

static int take_in_flight(const struct ini_entry *entry, unsigned *ret_count,
			  struct diag *reterr_diag)
{
	int64_t count;
	int r = ini_number(entry, 1, IN_FLIGHT_MAX, &count, reterr_diag);

	if (r == 0)
		*ret_count = (unsigned)count;
	return r;
}

static int take_limits(const struct ini_entry *entry, struct config *config,
		       struct diag *reterr_diag)
{
	int64_t bytes;
	int r;

	if (strcmp(entry->name, "in_flight") == 0)
		return take_in_flight(entry, &config->in_flight, reterr_diag);
	if (strcmp(entry->name, "image_bytes") != 0)
		return ini_refuse_name(entry, "in_flight, image_bytes", reterr_diag);
	r = ini_number(entry, 1, image_bytes_max, &bytes, reterr_diag);
	if (r == 0)
		config->image_bytes = (uint64_t)bytes;
	return r;
}

static int take_defaults(const struct ini_entry *entry, struct config *config,
			 struct diag *reterr_diag)
{
	enum param param = param_find(entry->name, strlen(entry->name));

	if (param == PARAMS || param == PARAM_PROMPT)
		return ini_refuse_name(entry,
				       "negative_prompt, provider, model, aspect_ratio, "
				       "resolution, width, height, seed, count, enhance, format",
				       reterr_diag);
	return set_param(entry, param, &config->defaults, reterr_diag);
}

/* The record of a provider's section, made when it is new; NULL: out of memory. */
static struct config_provider *provider_record(struct config *config, const char *name)
{
	struct config_provider *list;

	for (size_t i = 0; i < config->provider_count; i++) {
		if (strcmp(config->providers[i].name, name) == 0)
			return &config->providers[i];
	}
	list = reallocarray(config->providers, config->provider_count + 1, sizeof(*list));
	if (!list)
		return NULL;
	config->providers = list;
	list[config->provider_count] = (struct config_provider){ .name = strdup(name) };
	if (!list[config->provider_count].name)
		return NULL;
	return &list[config->provider_count++];
}

static int take_provider(const struct ini_entry *entry, struct config *config,
			 struct diag *reterr_diag)
{
	const char *name = entry->section + strlen(provider_prefix);
	CLEANUP(params) struct params checked = { 0 };
	struct config_provider *record;
	unsigned count = 0;
	int r = params_set(&checked, PARAM_PROVIDER, name, strlen(name), reterr_diag);

	if (r < 0 && reterr_diag)
		reterr_diag->line = entry->line;
	if (r < 0)
		return r;
	if (strcmp(entry->name, "in_flight") != 0)
		return ini_refuse_name(entry, "in_flight", reterr_diag);
	if (config->provider_count >= CONFIG_PROVIDERS_MAX) {
		diag_set(reterr_diag, entry->line, "more than %d [provider NAME] sections",
			 CONFIG_PROVIDERS_MAX);
		return -EINVAL;
	}
	r = take_in_flight(entry, &count, reterr_diag);
	if (r < 0)
		return r;
	record = provider_record(config, name);
	if (!record)
		return -ENOMEM;
	record->in_flight = count;
	return 0;
}

static const struct {
	const char *name;
	section_fn *take;
} sections[] = {
	{ "easelfs", take_easelfs },
	{ "limits", take_limits },
	{ "defaults", take_defaults },
};

static int take_entry(const struct ini_entry *entry, void *arg, struct diag *reterr_diag)
{
	struct config *config = arg;

	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		if (strcmp(entry->section, sections[i].name) == 0)
			return sections[i].take(entry, config, reterr_diag);
	}
	if (strncmp(entry->section, provider_prefix, strlen(provider_prefix)) == 0)
		return take_provider(entry, config, reterr_diag);
	diag_set(reterr_diag, entry->line,
		 "[%s] is not known; allowed: [easelfs], [limits], [defaults], [provider NAME]",
		 entry->section);
	return -EINVAL;
}

/* The defaults but for the store, which may turn out to need no HOME. */
static int begin(struct config *ret_config)
{
	*ret_config = (struct config){
		.provider = strdup("preview"),
		.settle_ms = SETTLE_MS,
		.in_flight = IN_FLIGHT,
		.image_bytes = IMAGE_BYTES,
	};
	return ret_config->provider ? 0 : -ENOMEM;
}

static int load(const char *path, struct config *config, struct diag *reterr_diag)
{
	int r = begin(config);

	if (r == 0 && path)
		r = ini_read_file(path, take_entry, config, reterr_diag);
	if (r == 0 && !config->store)
		r = default_store(&config->store, reterr_diag);
	if (r < 0)
		config_done(config);
	return r;
}

int config_defaults(struct config *ret_config, struct diag *reterr_diag)
{
	return config_load(NULL, ret_config, reterr_diag);
}

int config_load(const char *path, struct config *ret_config, struct diag *reterr_diag)
{
	struct config config;
	int r = load(path, &config, reterr_diag);

	if (r == 0)
		*ret_config = config;
	return r;
}

void config_done(struct config *config)
{
	for (size_t i = 0; i < config->provider_count; i++)
		free(config->providers[i].name);
	free(config->providers);
	free(config->provider);
	free(config->store);
	params_done(&config->defaults);
	*config = (struct config){ 0 };
}

const struct config_provider *config_provider(const struct config *config, const char *name)
{
	for (size_t i = 0; i < config->provider_count; i++) {
		if (strcmp(config->providers[i].name, name) == 0)
			return &config->providers[i];
	}
	return NULL;
}
