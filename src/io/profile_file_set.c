/* Profiles of several folders, the first folder that has a name winning.
 *
 * A broken file hides working ones of the same name in later folders: who
 * overrides a provider must not get the overridden one by mistake. */
#include "io/profile_file.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"

static const char ending[] = ".ini";

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
