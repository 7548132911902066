/* Turns INI files into profiles. A profile comes out whole or not at all, so
 * that nobody asks a half-understood provider for anything.
 *
 * A name that is not known is reported only after the whole file was read: in
 * a profile of a kind that cannot be used yet, every second line is unknown, and
 * saying which kind it lacks helps more than naming the first of them.
 *
 * A broken file hides working ones of the same name in later folders: who
 * overrides a provider must not get the overridden one by mistake. */
#include "io/profile_file.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "io/ini.h"

enum {
	DEADLINE_S = 600,
	DEADLINE_S_MAX = 7 * 24 * 3600,
	PROFILE_IN_FLIGHT_MAX = 1000,
	WORDS_MAX = 256,             /* a line has fewer */
	CUSTOM_RATIO_BYTES_MAX = 20, /* struct size has room for it */
};

static const char ending[] = ".ini";
static const char model_prefix[] = "model ";

/* A profile while its file is read. */
struct draft {
	struct profile *profile;
	unsigned provider_line; /* of [provider]'s first entry */
	unsigned command_line;
	struct diag unknown; /* the first unknown name; text empty: none */
};

static int give(char **text, const char *value)
{
	char *copy = strdup(value);

	if (!copy)
		return -ENOMEM;
	free(*text);
	*text = copy;
	return 0;
}

static int invalid(const struct ini_entry *entry, const char *why, struct diag *reterr_diag)
{
	diag_set(reterr_diag, entry->line, "[%s] %s: %s", entry->section, entry->name, why);
	return -EINVAL;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The next word at *cursor, which double quotes may hold together. 1, 0 at the
 * end, -EINVAL for a quote that is not closed, or -ENOMEM. */
static int next_word(const char **cursor, char **ret_word)
{
	CLEANUP(strbuf) struct strbuf word = STRBUF_EMPTY;
	const char *c = *cursor;
	bool quoted = false;

	while (is_blank(*c))
		c++;
	if (!*c)
		return 0;
	for (; *c && (quoted || !is_blank(*c)); c++) {
		if (*c == '"')
			quoted = !quoted;
		else
			strbuf_add_char(&word, *c);
	}
	if (quoted)
		return -EINVAL;
	*cursor = c;
	*ret_word = strbuf_take(&word, NULL);
	return *ret_word ? 1 : -ENOMEM;
}

/* A NULL-terminated list to free with profile_free_words(). 0, -EINVAL for a
 * quote that is not closed, or -ENOMEM. */
static int split(const char *text, char ***ret_words)
{
	char **words = calloc(WORDS_MAX + 1, sizeof(*words));
	size_t count = 0;
	int r = words ? 1 : -ENOMEM;

	while (r > 0 && count < WORDS_MAX) {
		r = next_word(&text, &words[count]);
		count += r > 0;
	}
	if (r < 0) {
		profile_free_words(words);
		return r;
	}
	*ret_words = words;
	return 0;
}

/* Parameters that the command names are accepted, whatever their value, unless
 * [accepts] says more. */
static int check_command(struct draft *draft, struct diag *reterr_diag)
{
	struct profile *profile = draft->profile;
	unsigned named;
	int r = 0;

	if (!profile->command[0] || !*profile->command[0] || strchr(profile->command[0], '{')) {
		diag_set(reterr_diag, draft->command_line,
			 "[provider] command: begins with the program, which is no template");
		return -EINVAL;
	}
	for (size_t i = 0; r == 0 && profile->command[i]; i++) {
		r = profile_check_template(profile->command[i], &named, reterr_diag);
		if (r < 0)
			break;
		for (int param = 0; param < PARAMS; param++) {
			if (named & 1u << param && profile->accepts[param].kind == ACCEPT_NOTHING)
				profile->accepts[param].kind = ACCEPT_ANY;
		}
	}
	if (r < 0 && reterr_diag)
		reterr_diag->line = draft->command_line;
	return r;
}

static int take_command(struct draft *draft, const struct ini_entry *entry,
			struct diag *reterr_diag)
{
	int r = split(entry->value, &draft->profile->command);

	draft->command_line = entry->line;
	return r == -EINVAL ? invalid(entry, "a '\"' that is not closed", reterr_diag) : r;
}

static int take_provider(struct draft *draft, const struct ini_entry *entry,
			 struct diag *reterr_diag)
{
	int64_t number;
	int r;

	if (!draft->provider_line)
		draft->provider_line = entry->line;
	if (strcmp(entry->name, "title") == 0)
		return give(&draft->profile->title, entry->value);
	if (strcmp(entry->name, "command") == 0)
		return take_command(draft, entry, reterr_diag);
	if (strcmp(entry->name, "deadline_s") == 0)
		return ini_number(entry, 1, DEADLINE_S_MAX, &draft->profile->deadline_s,
				  reterr_diag);
	if (strcmp(entry->name, "in_flight") == 0) {
		r = ini_number(entry, 1, PROFILE_IN_FLIGHT_MAX, &number, reterr_diag);
		if (r == 0)
			draft->profile->in_flight = (unsigned)number;
		return r;
	}
	if (!draft->unknown.text[0])
		ini_refuse_name(entry, "title, command, deadline_s, in_flight", &draft->unknown);
	return 0;
}

/* A value of [accepts] in its normal form, allocated, in *ret_value. */
static int normal_value(const struct ini_entry *entry, enum param param, const char *word,
			size_t size, char **ret_value, struct diag *reterr_diag)
{
	CLEANUP(params) struct params params = { 0 };
	int r = params_set(&params, param, word, size, reterr_diag);

	if (r < 0 && reterr_diag)
		reterr_diag->line = entry->line;
	if (r < 0)
		return r;
	*ret_value = params.value[param];
	params.value[param] = NULL;
	return 0;
}

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
		return invalid(entry, "a range is for numbers only", reterr_diag);
	*ret_end = params_number(&params, param);
	return 0;
}

/* words: "A..B" or "A..B" "step" "N". */
static int accept_range(const struct ini_entry *entry, enum param param, char *const *words,
			struct accept *accept, struct diag *reterr_diag)
{
	const char *dots = strstr(words[0], "..");
	struct ini_entry step = *entry;
	int64_t from, to, every = 1;
	int r;

	r = end_of_range(entry, param, words[0], (size_t)(dots - words[0]), &from, reterr_diag);
	if (r == 0)
		r = end_of_range(entry, param, dots + 2, strlen(dots + 2), &to, reterr_diag);
	if (r < 0)
		return r;
	if (words[1]) {
		if (strcmp(words[1], "step") != 0 || !words[2] || words[3])
			return invalid(entry, "a range is A..B or A..B step N", reterr_diag);
		step.value = words[2];
		r = ini_number(&step, 1, SIDE_PIXELS_MAX, &every, reterr_diag);
		if (r < 0)
			return r;
	}
	if (from > to || from % every != 0)
		return invalid(entry, "a range rises, from a multiple of its step", reterr_diag);
	*accept = (struct accept){ .kind = ACCEPT_RANGE, .from = from, .to = to, .step = every };
	return 0;
}

/* Values in their normal form; but a ratio as the provider spells it, since that
 * is what it will be sent ("21:9" is not "7:3" to it). */
static int accept_words(const struct ini_entry *entry, enum param param, char **words,
			struct accept *accept, struct diag *reterr_diag)
{
	for (size_t i = 0; words[i]; i++) {
		char *value;
		int r = normal_value(entry, param, words[i], strlen(words[i]), &value, reterr_diag);

		if (r < 0) {
			profile_free_words(words);
			return r;
		}
		if (param == PARAM_ASPECT_RATIO) {
			free(value);
			continue;
		}
		free(words[i]);
		words[i] = value;
	}
	*accept = (struct accept){ .kind = ACCEPT_WORDS, .words = words };
	return 0;
}

static int take_custom_ratio(struct draft *draft, const struct ini_entry *entry,
			     struct diag *reterr_diag)
{
	size_t size = strlen(entry->value);

	if (size == 0 || size > CUSTOM_RATIO_BYTES_MAX || strpbrk(entry->value, " \t\""))
		return invalid(entry, "one word of at most 20 bytes is expected", reterr_diag);
	return give(&draft->profile->custom_ratio, entry->value);
}

static int take_accepts(struct draft *draft, const struct ini_entry *entry,
			struct diag *reterr_diag)
{
	enum param param = param_find(entry->name, strlen(entry->name));
	char **words;
	int r;

	if (strcmp(entry->name, "custom_ratio") == 0)
		return take_custom_ratio(draft, entry, reterr_diag);
	if (param == PARAMS || param <= PARAM_MODEL) {
		if (!draft->unknown.text[0])
			ini_refuse_name(entry,
					"aspect_ratio, custom_ratio, resolution, width, height, "
					"seed, count, enhance, format",
					&draft->unknown);
		return 0;
	}
	r = split(entry->value, &words);
	if (r == -EINVAL || (r == 0 && !words[0])) {
		if (r == 0)
			profile_free_words(words);
		return invalid(entry, "words, A..B or A..B step N are expected", reterr_diag);
	}
	if (r < 0)
		return r;
	if (!strstr(words[0], ".."))
		return accept_words(entry, param, words, &draft->profile->accepts[param],
				    reterr_diag);
	r = accept_range(entry, param, words, &draft->profile->accepts[param], reterr_diag);
	profile_free_words(words);
	return r;
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
	model->name = strdup(name);
	model->id = strdup(id);
	return model->name && model->id ? 0 : -ENOMEM;
}

static int take_model(struct draft *draft, const struct ini_entry *entry, struct diag *reterr_diag)
{
	const char *name = entry->section + strlen(model_prefix);
	CLEANUP(free_ptr) char *checked = NULL;
	int r;

	if (strcmp(entry->name, "id") != 0) {
		if (!draft->unknown.text[0])
			ini_refuse_name(entry, "id", &draft->unknown);
		return 0;
	}
	r = normal_value(entry, PARAM_MODEL, name, strlen(name), &checked, reterr_diag);
	if (r < 0)
		return r;
	if (!*entry->value)
		return invalid(entry, "what the provider calls this model", reterr_diag);
	return add_model(draft->profile, name, entry->value);
}

static int take_entry(const struct ini_entry *entry, void *arg, struct diag *reterr_diag)
{
	struct draft *draft = arg;

	if (strcmp(entry->section, "provider") == 0)
		return take_provider(draft, entry, reterr_diag);
	if (strcmp(entry->section, "accepts") == 0)
		return take_accepts(draft, entry, reterr_diag);
	if (strncmp(entry->section, model_prefix, strlen(model_prefix)) == 0 &&
	    !strchr(entry->section + strlen(model_prefix), ' '))
		return take_model(draft, entry, reterr_diag);
	if (!draft->unknown.text[0])
		diag_set(&draft->unknown, entry->line,
			 "[%s] is not known; allowed: [provider], [accepts], [model NAME]",
			 entry->section);
	return 0;
}

/* What can be judged only when all of the file is known. */
static int check_whole(struct draft *draft, struct diag *reterr_diag)
{
	struct profile *profile = draft->profile;

	if (!profile->command) {
		diag_set(reterr_diag, draft->provider_line,
			 "[provider] needs \"command = PROGRAM ARGUMENT …\": "
			 "only programs of this machine can paint so far");
		return -EINVAL;
	}
	if (draft->unknown.text[0]) {
		if (reterr_diag)
			*reterr_diag = draft->unknown;
		return -EINVAL;
	}
	if (!profile->title || !*profile->title) {
		int r = give(&profile->title, profile->name);

		if (r < 0)
			return r;
	}
	return check_command(draft, reterr_diag);
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
	return normal_value(&nowhere, PARAM_PROVIDER, file, size, ret_name, reterr_diag);
}

static int load(const char *path, struct draft *draft, struct diag *reterr_diag)
{
	struct profile *profile = draft->profile;
	int r = profile_name(path, &profile->name, reterr_diag);

	if (r < 0)
		return r;
	profile->origin = strdup(path);
	if (!profile->origin)
		return -ENOMEM;
	profile->transport = TRANSPORT_PROGRAM;
	profile->deadline_s = DEADLINE_S;
	r = ini_read_file(path, take_entry, draft, reterr_diag);
	return r < 0 ? r : check_whole(draft, reterr_diag);
}

int profile_file_load(const char *path, struct profile **ret_profile, struct diag *reterr_diag)
{
	struct draft draft = { .profile = calloc(1, sizeof(*draft.profile)) };
	struct stat st;
	size_t size;
	int r = draft.profile ? load(path, &draft, reterr_diag) : -ENOMEM;

	if (r == 0)
		r = file_read(path, INI_FILE_BYTES_MAX, &draft.profile->source, &size);
	if (r == 0 && stat(path, &st) == 0)
		draft.profile->mtime_ns = clock_ns(st.st_mtim);
	if (r < 0) {
		profile_free(draft.profile);
		return r;
	}
	*ret_profile = draft.profile;
	return 0;
}

static int add_fault(struct profile_set *set, const char *path, const struct diag *diag)
{
	struct profile_fault *faults =
		reallocarray(set->faults, set->fault_count + 1, sizeof(*faults));

	if (!faults)
		return -ENOMEM;
	set->faults = faults;
	faults[set->fault_count] = (struct profile_fault){ strdup(path), *diag };
	if (!faults[set->fault_count].path)
		return -ENOMEM;
	set->fault_count++;
	return 0;
}

static int add_profile(struct profile_set *set, struct profile *profile)
{
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): a list of pointers. */
	struct profile **profiles = reallocarray(set->profiles, set->count + 1, sizeof(*profiles));

	if (!profiles) {
		profile_free(profile);
		return -ENOMEM;
	}
	set->profiles = profiles;
	profiles[set->count++] = profile;
	return 0;
}

/* Whether an earlier folder has a file of this name, a broken one included. */
static bool is_taken(const struct profile_set *set, const char *file)
{
	for (size_t i = 0; i < set->count; i++) {
		const char *name = set->profiles[i]->name;

		if (strncmp(name, file, strlen(name)) == 0 &&
		    strcmp(file + strlen(name), ending) == 0)
			return true;
	}
	for (size_t i = 0; i < set->fault_count; i++) {
		const char *slash = strrchr(set->faults[i].path, '/');

		if (slash && strcmp(slash + 1, file) == 0)
			return true;
	}
	return false;
}

static int load_one(const char *folder, const char *file, struct profile_set *set)
{
	CLEANUP(free_ptr) char *path = file_join(folder, file);
	struct diag diag = { 0 };
	struct profile *profile;
	int r;

	if (!path)
		return -ENOMEM;
	r = profile_file_load(path, &profile, &diag);
	if (r == -ENOMEM)
		return r;
	return r < 0 ? add_fault(set, path, &diag) : add_profile(set, profile);
}

static int is_profile_file(const struct dirent *entry)
{
	size_t size = strlen(entry->d_name);

	return entry->d_name[0] != '.' && size > strlen(ending) &&
	       strcmp(entry->d_name + size - strlen(ending), ending) == 0;
}

static int load_folder(const char *folder, struct profile_set *set)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, is_profile_file, alphasort);
	struct diag diag = { 0 };
	int r = 0;

	if (count < 0 && errno == ENOENT)
		return 0;
	if (count < 0) {
		diag_set(&diag, 0, "cannot be read: %s", strerror(errno));
		return add_fault(set, folder, &diag);
	}
	for (int i = 0; i < count; i++) {
		if (r == 0 && !is_taken(set, entries[i]->d_name))
			r = load_one(folder, entries[i]->d_name, set);
		free(entries[i]);
	}
	free(entries);
	return r;
}

static int by_name(const void *a, const void *b)
{
	const struct profile *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

int profile_set_load(const char *const folders[], size_t folder_count, struct profile_set *ret_set)
{
	struct profile_set set = { 0 };
	int r = 0;

	for (size_t i = 0; i < folder_count && r == 0; i++)
		r = load_folder(folders[i], &set);
	if (r < 0) {
		profile_set_done(&set);
		return r;
	}
	if (set.count)
		qsort(set.profiles, set.count, sizeof(struct profile *), by_name);
	*ret_set = set;
	return 0;
}

void profile_set_done(struct profile_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		profile_free(set->profiles[i]);
	for (size_t i = 0; i < set->fault_count; i++)
		free(set->faults[i].path);
	free(set->profiles);
	free(set->faults);
	*set = (struct profile_set){ 0 };
}

const struct profile *profile_set_find(const struct profile_set *set, const char *name)
{
	for (size_t i = 0; i < set->count; i++) {
		if (strcmp(set->profiles[i]->name, name) == 0)
			return set->profiles[i];
	}
	return NULL;
}
