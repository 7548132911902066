/* The configuration file over built-in values. Which keys there are, and what
 * each takes, is decided here alone; whatever is not understood is an error,
 * because a limit that was mistyped is a limit that does not hold.
 *
 * The store's place is made absolute while the working directory is still the
 * one in which the user wrote it: the daemon leaves it. */
#include "io/config.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "io/config_private.h"
#include "job/request.h"

enum {
	SETTLE_MS = 200,
	SETTLE_MS_MAX = 60000,
	IN_FLIGHT = 8,
	IN_FLIGHT_MAX = 1000,
	IMAGE_BYTES = 64 * 1024 * 1024,
};
static const int64_t image_bytes_max = (int64_t)1 << 40;

static const char provider_prefix[] = "provider ";

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
			 "[%s] %s: \"%s\" is not a path; \"~/\" is your home", entry->section,
			 entry->name, path);
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

static int take_provider_name(const struct ini_entry *entry, struct config *config,
			      struct diag *reterr_diag)
{
	CLEANUP(params) struct params checked = { 0 };
	int r = params_set(&checked, PARAM_PROVIDER, entry->value, strlen(entry->value),
			   reterr_diag);

	if (r < 0 && reterr_diag)
		reterr_diag->line = entry->line;
	return r < 0 ? r : ini_replace(&config->provider, checked.value[PARAM_PROVIDER]);
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

static int take_settle(const struct ini_entry *entry, struct config *config,
		       struct diag *reterr_diag)
{
	return ini_number(entry, 0, SETTLE_MS_MAX, &config->settle_ms, reterr_diag);
}

static int take_store(const struct ini_entry *entry, struct config *config,
		      struct diag *reterr_diag)
{
	char *store = NULL;
	int r = absolute_path(entry, &store, reterr_diag);

	if (r < 0)
		return r;
	free(config->store);
	config->store = store;
	return 0;
}

/* Not quoted in the error, as it may have a password in it. */
static int take_proxy(const struct ini_entry *entry, struct config *config,
		      struct diag *reterr_diag)
{
	static const char *const schemes[] = { "http://",    "https://",  "socks4://",
					       "socks4a://", "socks5://", "socks5h://" };
	bool known = !*entry->value;

	for (size_t i = 0; !known && i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		size_t size = strlen(schemes[i]);

		known = strncmp(entry->value, schemes[i], size) == 0 && entry->value[size];
	}
	if (!known || strpbrk(entry->value, " \t?#"))
		return ini_refuse_value(entry,
					"a URL such as http://proxy.example.com:3128 is expected; "
					"allowed: http, https, socks4, socks4a, socks5, socks5h",
					reterr_diag);
	return ini_replace(&config->proxy, entry->value);
}

/* Looked at now, because a bundle that is missing shows itself only as a server that
 * cannot be trusted. */
static int take_ca_file(const struct ini_entry *entry, struct config *config,
			struct diag *reterr_diag)
{
	CLEANUP(free_ptr) char *path = NULL;
	int r;

	if (!*entry->value)
		return ini_replace(&config->ca_file, "");
	r = absolute_path(entry, &path, reterr_diag);
	if (!path)
		return r;
	if (access(path, R_OK) < 0) {
		diag_set(reterr_diag, entry->line, "[%s] %s: %s: %s", entry->section, entry->name,
			 path, strerror(errno));
		return -EINVAL;
	}
	return ini_replace(&config->ca_file, path);
}

static int take_easelfs(const struct ini_entry *entry, struct config *config,
			struct diag *reterr_diag)
{
	static const struct {
		const char *name;
		config_section_fn *take;
	} names[] = {
		{ "provider", take_provider_name },
		{ "store", take_store },
		{ "settle_ms", take_settle },
		{ "metadata", take_metadata },
		{ "proxy", take_proxy },
		{ "ca_file", take_ca_file },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(entry->name, names[i].name) == 0)
			return names[i].take(entry, config, reterr_diag);
	}
	return ini_refuse_name(entry, "provider, store, settle_ms, metadata, proxy, ca_file",
			       reterr_diag);
}

int config_take_in_flight(const struct ini_entry *entry, unsigned *ret_count,
			  struct diag *reterr_diag)
{
	int64_t count;
	int r = ini_number(entry, 1, IN_FLIGHT_MAX, &count, reterr_diag);

	if (r == 0)
		*ret_count = (unsigned)count;
	return r;
}

static int take_over(const struct ini_entry *entry, struct config *config, struct diag *reterr_diag)
{
	if (strcmp(entry->value, "hold") != 0 && strcmp(entry->value, "refuse") != 0)
		return ini_refuse_value(entry, "hold or refuse is expected", reterr_diag);
	config->over = strcmp(entry->value, "refuse") == 0 ? OVER_REFUSE : OVER_HOLD;
	return 0;
}

static int take_image_bytes(const struct ini_entry *entry, struct config *config,
			    struct diag *reterr_diag)
{
	int64_t bytes;
	int r = ini_number(entry, 1, image_bytes_max, &bytes, reterr_diag);

	if (r == 0)
		config->image_bytes = (uint64_t)bytes;
	return r;
}

static int take_limits(const struct ini_entry *entry, struct config *config,
		       struct diag *reterr_diag)
{
	if (strcmp(entry->name, "in_flight") == 0)
		return config_take_in_flight(entry, &config->in_flight, reterr_diag);
	if (strcmp(entry->name, "spend_per_day") == 0)
		return ini_micro(entry, CONFIG_MICRO_MAX, &config->day_micro, reterr_diag);
	if (strcmp(entry->name, "spend_per_job") == 0)
		return ini_micro(entry, CONFIG_MICRO_MAX, &config->job_micro, reterr_diag);
	if (strcmp(entry->name, "over") == 0)
		return take_over(entry, config, reterr_diag);
	if (strcmp(entry->name, "image_bytes") == 0)
		return take_image_bytes(entry, config, reterr_diag);
	return ini_refuse_name(entry, "in_flight, spend_per_day, spend_per_job, over, image_bytes",
			       reterr_diag);
}

/* A file while it is read. */
struct loading {
	struct config *config;
	struct strbuf defaults; /* the entries of [defaults], each in its line */
	unsigned defaults_line; /* that the text has come to */
};

/* Kept for the reader of defaults.ini: what is allowed there is allowed here. */
static int keep_default(const struct ini_entry *entry, struct loading *loading)
{
	for (; loading->defaults_line < entry->line; loading->defaults_line++)
		strbuf_add_char(&loading->defaults, '\n');
	strbuf_addf(&loading->defaults, "%s = %s", entry->name, entry->value);
	return strbuf_failed(&loading->defaults) ? -ENOMEM : 0;
}

static int take_defaults(const struct loading *loading, struct diag *reterr_diag)
{
	struct request defaults;
	int r = request_parse_defaults(strbuf_text(&loading->defaults), loading->defaults.size,
				       &defaults, reterr_diag);

	if (r < 0)
		return r;
	loading->config->defaults = defaults.params;
	loading->config->defaults_extra = defaults.extra;
	return 0;
}

static int take_entry(const struct ini_entry *entry, void *arg, struct diag *reterr_diag)
{
	struct loading *loading = arg;

	if (strcmp(entry->section, "easelfs") == 0)
		return take_easelfs(entry, loading->config, reterr_diag);
	if (strcmp(entry->section, "limits") == 0)
		return take_limits(entry, loading->config, reterr_diag);
	if (strcmp(entry->section, "defaults") == 0)
		return keep_default(entry, loading);
	if (strncmp(entry->section, provider_prefix, strlen(provider_prefix)) == 0)
		return config_take_provider(entry, loading->config, reterr_diag);
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
		.proxy = strdup(""),
		.ca_file = strdup(""),
		.settle_ms = SETTLE_MS,
		.in_flight = IN_FLIGHT,
		.image_bytes = IMAGE_BYTES,
	};
	return ret_config->provider && ret_config->proxy && ret_config->ca_file ? 0 : -ENOMEM;
}

static int load(const char *path, struct config *config, struct diag *reterr_diag)
{
	struct loading loading = { .config = config, .defaults_line = 1 };
	int r = begin(config);

	if (r == 0 && path)
		r = ini_read_file(path, take_entry, &loading, reterr_diag);
	if (r == 0)
		r = take_defaults(&loading, reterr_diag);
	strbuf_done(&loading.defaults);
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
		config_provider_done(&config->providers[i]);
	free(config->providers);
	free(config->provider);
	free(config->store);
	free(config->proxy);
	free(config->ca_file);
	free(config->defaults_extra);
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
