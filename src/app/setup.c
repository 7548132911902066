/* Where configuration, profiles and keys come from. An executable that was not
 * installed finds what it was built with, beside itself.
 *
 * Keys are kept out of core dumps twice: their own memory is never dumped (io/key), and
 * since libcurl makes copies while it sends, a process with a key dumps no core at all.
 * It stays dumpable (PR_SET_DUMPABLE) for the sake of the announcer's user namespace. */
#include "app/setup.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/log.h"
#include "base/strbuf.h"

/* ---- our own place ---- */

/* The folder of the running executable, allocated, or NULL. */
static char *own_folder(void)
{
	char *path = realpath("/proc/self/exe", NULL);
	char *slash = path ? strrchr(path, '/') : NULL;

	if (!slash || slash == path) {
		free(path);
		return NULL;
	}
	*slash = '\0';
	return path;
}

static int extend_path(const char *folder)
{
	CLEANUP(strbuf) struct strbuf path = STRBUF_EMPTY;
	const char *old = getenv("PATH");

	if (old && strstr(old, folder))
		return 0;
	strbuf_addf(&path, "%s:%s", old && *old ? old : "/usr/local/bin:/usr/bin:/bin", folder);
	if (strbuf_failed(&path) || setenv("PATH", strbuf_text(&path), 1) < 0)
		return -ENOMEM;
	return 0;
}

/* ---- profiles ---- */

enum { FOLDERS_MAX = 8 };

static void add_folder(char **folders, size_t *count, const char *above, const char *below)
{
	struct strbuf path = STRBUF_EMPTY;

	if (!above || !*above || *count == FOLDERS_MAX)
		return;
	strbuf_addf(&path, "%s%s", above, below);
	folders[*count] = strbuf_take(&path, NULL);
	*count += folders[*count] != NULL;
}

/* The first that has a profile wins: the user's, the machine's, the installed
 * ones, and those beside an executable that was not installed. */
static int load_profiles(const char *own, struct profile_set *ret_set)
{
	char *folders[FOLDERS_MAX];
	const char *config_home = getenv("XDG_CONFIG_HOME");
	size_t count = 0;
	int r;

	add_folder(folders, &count, getenv("EASELFS_PROVIDERS"), "");
	if (config_home && *config_home)
		add_folder(folders, &count, config_home, "/easelfs/providers");
	else
		add_folder(folders, &count, getenv("HOME"), "/.config/easelfs/providers");
	add_folder(folders, &count, "/etc", "/easelfs/providers");
	add_folder(folders, &count, own, "/../share/easelfs/providers");
	add_folder(folders, &count, own, "/../conf/providers");
	add_folder(folders, &count, EASELFS_DATADIR, "/providers");
	r = profile_set_load((const char *const *)folders, count, ret_set);
	while (count)
		free(folders[--count]);
	return r;
}

/* ---- configuration ---- */

/* The default file, allocated, or NULL where there is none. */
static char *default_config(void)
{
	const char *config_home = getenv("XDG_CONFIG_HOME");
	const char *home = getenv("HOME");
	struct strbuf path = STRBUF_EMPTY;
	char *text;

	if (config_home && *config_home)
		strbuf_addf(&path, "%s/easelfs/easelfs.ini", config_home);
	else if (home && *home)
		strbuf_addf(&path, "%s/.config/easelfs/easelfs.ini", home);
	else
		return NULL;
	text = strbuf_take(&path, NULL);
	if (text && access(text, F_OK) < 0) {
		free(text);
		return NULL;
	}
	return text;
}

static int load_config(const struct options *options, struct config *ret_config, struct diag *diag)
{
	CLEANUP(free_ptr) char *found = NULL;
	const char *path = options->config;
	struct diag where;
	int r;

	if (path && !strcmp(path, "none"))
		return config_defaults(ret_config, diag);
	if (!path)
		path = found = default_config();
	if (!path)
		return config_defaults(ret_config, diag);
	r = config_load(path, ret_config, &where);
	if (r < 0 && where.line)
		diag_set(diag, 0, "%s:%u: %s", path, where.line, where.text);
	else if (r < 0)
		diag_set(diag, 0, "%s: %s", path, where.text);
	return r;
}

static int replace_text(char **text, const char *value)
{
	char *copy;

	if (!value)
		return 0;
	copy = strdup(value);
	if (!copy)
		return -ENOMEM;
	free(*text);
	*text = copy;
	return 0;
}

int setup_make_absolute(char **path, struct diag *reterr_diag)
{
	CLEANUP(free_ptr) char *here = NULL;
	char *absolute;
	int r;

	if (!*path || **path == '/')
		return 0;
	here = getcwd(NULL, 0);
	r = here ? -ENOMEM : -errno;
	absolute = here ? file_join(here, *path) : NULL;
	if (!absolute) {
		diag_set(reterr_diag, 0, "%s: the working directory: %s", *path, strerror(-r));
		return r;
	}
	free(*path);
	*path = absolute;
	return 0;
}

/* ---- keys ---- */

/* Only at the first loading there is no other thread that reads the environment. */
static int take_environment(const struct rules *rules)
{
	static bool taken;
	CLEANUP(free_ptr) const char **variables = NULL;

	if (taken)
		return 0;
	taken = true;
	variables = rules_key_variables(rules);
	return variables ? keys_take_environment(variables) : -ENOMEM;
}

static int find_keys(struct rules *rules, int stop_fd)
{
	const struct rlimit none = { 0, 0 };
	int r = take_environment(rules);

	if (r == 0)
		r = rules_find_keys(rules, stop_fd);
	if (r == 0 && rules_have_keys(rules) && setrlimit(RLIMIT_CORE, &none) < 0)
		log_write(LOG_WARN, "core dumps cannot be forbidden: %s", strerror(errno));
	return r;
}

/* ---- */

static int overrule(const struct options *options, struct config *config, struct diag *reterr_diag)
{
	int r = replace_text(&config->provider, options->provider);

	if (r == 0)
		r = replace_text(&config->store, options->store);
	return r == 0 ? setup_make_absolute(&config->store, reterr_diag) : r;
}

/* --check says all of this in its own way. */
static int judge(const struct rules *rules, struct diag *reterr_diag)
{
	for (size_t i = 0; i < rules->config.provider_count; i++) {
		const char *name = rules->config.providers[i].name;

		if (!profile_set_find(&rules->profiles, name))
			log_write(LOG_WARN, "[provider %s] is for a provider that is not known",
				  name);
	}
	if (profile_set_find(&rules->profiles, rules->config.provider))
		return 0;
	diag_set(reterr_diag, 0, "provider %s is not known; easelfs --check lists those that are",
		 rules->config.provider);
	return -EINVAL;
}

int setup_load(const struct options *options, int stop_fd, struct rules *ret_rules,
	       struct diag *reterr_diag)
{
	CLEANUP(free_ptr) char *own = own_folder();
	struct rules rules = { .profiles = { .count = 0 } };
	int r = own ? extend_path(own) : 0;

	diag_set(reterr_diag, 0, "out of memory");
	if (r == 0)
		r = load_config(options, &rules.config, reterr_diag);
	if (r < 0)
		return r;
	r = overrule(options, &rules.config, reterr_diag);
	if (r == 0)
		r = load_profiles(own, &rules.profiles);
	if (r == 0 && options->action != ACTION_CHECK)
		r = judge(&rules, reterr_diag);
	if (r == 0)
		r = find_keys(&rules, stop_fd);
	if (r < 0) {
		rules_done(&rules);
		return r;
	}
	*ret_rules = rules;
	return 0;
}
