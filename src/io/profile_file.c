/* Turns INI files into profiles. A profile comes out whole or not at all, so
 * that nobody asks a half-understood provider for anything.
 *
 * A file is one of a program of this machine (it has a command) or of a provider
 * spoken to over HTTP (it has a base_url and steps), never both; which one it is
 * may come out in its last line, so both are gathered and judged at the end. */
#include "io/profile_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "io/ini.h"
#include "profile_file_private.h"

enum {
	PROGRAM_DEADLINE_S = 600,
	HTTP_DEADLINE_S = 24 * 3600,
	DEADLINE_S_MAX = 7 * 24 * 3600,
	POLL_MS = 2000,
	PROGRESS_PERCENT = 100,
	LIST_LAG_S = 60,
	PROFILE_IN_FLIGHT_MAX = 1000,
};

static const char ending[] = ".ini";
static const char model_prefix[] = "model ";

/* ---- entries ---- */

static int take_in_flight(struct draft *draft, const struct ini_entry *entry,
			  struct diag *reterr_diag)
{
	int64_t number;
	int r = ini_number(entry, 1, PROFILE_IN_FLIGHT_MAX, &number, reterr_diag);

	if (r == 0)
		draft->profile->in_flight = (unsigned)number;
	return r;
}

static int refuse_key(const struct ini_entry *entry, struct diag *reterr_diag)
{
	CLEANUP(strbuf) struct strbuf allowed = STRBUF_EMPTY;

	strbuf_add_text(&allowed, "title, deadline_s, in_flight; command for a program; ");
	profile_file_add_http_keys(&allowed);
	strbuf_add_text(&allowed, " for HTTP");
	return ini_refuse_name(entry, strbuf_text(&allowed), reterr_diag);
}

static int take_provider(struct draft *draft, const struct ini_entry *entry,
			 struct diag *reterr_diag)
{
	int r;

	if (!draft->provider_line)
		draft->provider_line = entry->line;
	if (strcmp(entry->name, "title") == 0)
		return ini_replace(&draft->profile->title, entry->value);
	if (strcmp(entry->name, "command") == 0) {
		draft->command_line = entry->line;
		return profile_file_words(entry, &draft->profile->command, reterr_diag);
	}
	if (strcmp(entry->name, "deadline_s") == 0)
		return ini_number(entry, 1, DEADLINE_S_MAX, &draft->deadline_s, reterr_diag);
	if (strcmp(entry->name, "in_flight") == 0)
		return take_in_flight(draft, entry, reterr_diag);
	r = profile_file_take_http_key(draft, entry, reterr_diag);
	if (r == 0)
		return refuse_key(entry, reterr_diag);
	return r < 0 ? r : 0;
}

static int add_model(struct profile *profile, const char *name, const char *id)
{
	struct profile_model *models =
		reallocarray(profile->models, profile->model_count + 1, sizeof(*models));
	struct profile_model *model;

	if (!models)
		return -ENOMEM;
	profile->models = models;
	model = &models[profile->model_count++];
	*model = (struct profile_model){ .name = strdup(name), .id = strdup(id) };
	return model->name && model->id ? 0 : -ENOMEM;
}

/* [model NAME], [model NAME accepts] and [model NAME body]. */
static int take_model(struct draft *draft, const struct ini_entry *entry, struct diag *reterr_diag)
{
	const char *name = entry->section + strlen(model_prefix);
	size_t size = strcspn(name, " ");
	CLEANUP(free_ptr) char *checked = NULL;
	int r;

	if (strcmp(name + size, " accepts") == 0)
		return profile_file_keep_override(draft, name, size, false, entry);
	if (strcmp(name + size, " body") == 0) {
		if (!draft->http_line)
			draft->http_line = entry->line;
		return profile_file_keep_override(draft, name, size, true, entry);
	}
	if (name[size]) {
		diag_set(reterr_diag, entry->line,
			 "[%s] is not known; a model has [model NAME], [model NAME accepts] and "
			 "[model NAME body]",
			 entry->section);
		return -EINVAL;
	}
	if (strcmp(entry->name, "id") != 0)
		return ini_refuse_name(entry, "id", reterr_diag);
	r = profile_file_normal(entry, PARAM_MODEL, name, size, &checked, reterr_diag);
	if (r < 0)
		return r;
	if (!*entry->value)
		return ini_refuse_value(entry, "what the provider calls this model", reterr_diag);
	return add_model(draft->profile, name, entry->value);
}

static int take_body(struct draft *draft, const struct ini_entry *entry, struct diag *reterr_diag)
{
	if (!draft->http_line)
		draft->http_line = entry->line;
	return profile_file_take_body(&draft->http->body, entry, false, PROFILE_FILE_PARAM_NAMES,
				      &draft->body_names, reterr_diag);
}

static int take_entry(const struct ini_entry *entry, void *arg, struct diag *reterr_diag)
{
	struct draft *draft = arg;
	int r;

	if (strcmp(entry->section, "provider") == 0)
		return take_provider(draft, entry, reterr_diag);
	if (strcmp(entry->section, "accepts") == 0)
		return profile_file_take_accepts(&draft->profile->offer, entry, false, reterr_diag);
	if (strcmp(entry->section, "body") == 0)
		return take_body(draft, entry, reterr_diag);
	if (strncmp(entry->section, model_prefix, strlen(model_prefix)) == 0)
		return take_model(draft, entry, reterr_diag);
	r = profile_file_take_step(draft, entry, reterr_diag);
	if (r != 0)
		return r < 0 ? r : 0;
	diag_set(reterr_diag, entry->line,
		 "[%s] is not known; allowed: [provider], [accepts], [model NAME], and for HTTP "
		 "[body], [submit], [poll], [states], [result], [asset], [cancel], [list], "
		 "[models], [balance], [price], [errors], [kinds]",
		 entry->section);
	return -EINVAL;
}

/* ---- the whole ---- */

/* The parameters that the command names are in *ret_names. */
static int check_command(const struct draft *draft, unsigned *ret_names, struct diag *reterr_diag)
{
	char *const *command = draft->profile->command;
	unsigned names = 0, named;

	if (!command[0] || !*command[0] || strchr(command[0], '{')) {
		diag_set(reterr_diag, draft->command_line,
			 "[provider] command: begins with the program, which is no template");
		return -EINVAL;
	}
	for (size_t i = 0; command[i]; i++) {
		int r = profile_check_template(command[i], &named, reterr_diag);

		if (r < 0 && reterr_diag)
			reterr_diag->line = draft->command_line;
		if (r < 0)
			return r;
		names |= named;
	}
	*ret_names = names;
	return 0;
}

static int finish_program(struct draft *draft, struct diag *reterr_diag)
{
	struct profile *profile = draft->profile;
	unsigned names;
	int r;

	if (draft->http_line) {
		diag_set(reterr_diag, draft->http_line,
			 "this is for providers spoken to over HTTP, and line %u has a command: a "
			 "profile is one or the other",
			 draft->command_line);
		return -EINVAL;
	}
	profile->transport = TRANSPORT_PROGRAM;
	profile->deadline_s = draft->deadline_s < 0 ? PROGRAM_DEADLINE_S : draft->deadline_s;
	profile->price_micro = 0;
	r = check_command(draft, &names, reterr_diag);
	return r < 0 ? r : profile_file_finish_models(draft, names, reterr_diag);
}

static int finish_http(struct draft *draft, struct diag *reterr_diag)
{
	struct profile *profile = draft->profile;
	unsigned names = draft->body_names | draft->step_names[STEP_SUBMIT];
	int r;

	if (!draft->http_line) {
		diag_set(reterr_diag, draft->provider_line,
			 "[provider] needs base_url and [submit], or \"command = PROGRAM "
			 "ARGUMENT …\"");
		return -EINVAL;
	}
	profile->transport = TRANSPORT_HTTP;
	draft->http->deadline_s = draft->deadline_s < 0 ? HTTP_DEADLINE_S : draft->deadline_s;
	r = profile_file_finish_models(draft, names, reterr_diag);
	if (r == 0)
		r = profile_file_check_http(draft, reterr_diag);
	if (r < 0)
		return r;
	profile->http = draft->http;
	draft->http = NULL;
	return 0;
}

/* What can be judged only when all of the file is known. */
static int finish(struct draft *draft, struct diag *reterr_diag)
{
	struct profile *profile = draft->profile;
	int r = profile->command ? finish_program(draft, reterr_diag)
				 : finish_http(draft, reterr_diag);

	if (r < 0 || (profile->title && *profile->title))
		return r;
	return ini_replace(&profile->title, profile->name);
}

/* The file's name without folder and ending, allocated. 0, -EINVAL with a diag
 * for a name that no request could say, or -ENOMEM. */
static int profile_name(const char *path, char **ret_name, struct diag *reterr_diag)
{
	const char *slash = strrchr(path, '/'), *file = slash ? slash + 1 : path;
	struct ini_entry nowhere = { 0 };
	size_t size = strlen(file);

	if (size > strlen(ending) && strcmp(file + size - strlen(ending), ending) == 0)
		size -= strlen(ending);
	return profile_file_normal(&nowhere, PARAM_PROVIDER, file, size, ret_name, reterr_diag);
}

static int load(const char *path, struct draft *draft, struct diag *reterr_diag)
{
	struct profile *profile = draft->profile;
	size_t size;
	int r = profile_name(path, &profile->name, reterr_diag);

	if (r < 0)
		return r;
	profile->origin = strdup(path);
	profile->unit = strdup("");
	if (!profile->origin || !profile->unit)
		return -ENOMEM;
	profile->price_micro = profile->usd_micro = -1;
	draft->http->poll_ms = POLL_MS;
	draft->http->poll.progress_max = PROGRESS_PERCENT;
	draft->http->list.lag_s = LIST_LAG_S;
	/* Read once: what is shown as its source is what is in force. */
	r = ini_file_bytes(path, &profile->source, &size, reterr_diag);
	if (r == 0)
		r = ini_read_bytes(profile->source, size, take_entry, draft, reterr_diag);
	return r < 0 ? r : finish(draft, reterr_diag);
}

static void draft_done(struct draft *draft)
{
	for (size_t i = 0; i < draft->override_count; i++) {
		free(draft->overrides[i].model);
		free(draft->overrides[i].name);
		free(draft->overrides[i].value);
	}
	free(draft->overrides);
	http_profile_free(draft->http);
}

int profile_file_load(const char *path, struct profile **ret_profile, struct diag *reterr_diag)
{
	struct draft draft = { .profile = calloc(1, sizeof(*draft.profile)),
			       .http = calloc(1, sizeof(*draft.http)),
			       .deadline_s = -1 };
	struct stat st;
	int r = draft.profile && draft.http ? load(path, &draft, reterr_diag) : -ENOMEM;

	draft_done(&draft);
	if (r == 0 && stat(path, &st) == 0)
		draft.profile->mtime_ns = clock_ns(st.st_mtim);
	if (r < 0) {
		profile_free(draft.profile);
		return r;
	}
	*ret_profile = draft.profile;
	return 0;
}
