/* Profiles read from INI files (`NAME.ini`) in several folders. */
#ifndef EASELFS_IO_PROFILE_FILE_H
#define EASELFS_IO_PROFILE_FILE_H

#include <stddef.h>

#include "base/diag.h"
#include "job/profile.h"

/* Reads one profile. 0, -EINVAL (diag: what, line; the file is the caller's to
 * name) or -errno of reading. */
int profile_file_load(const char *path, struct profile **ret_profile, struct diag *reterr_diag);

/* A profile file that could not be used. */
struct profile_fault {
	char *path;
	struct diag diag;
};

struct profile_set {
	struct profile **profiles; /* by name */
	size_t count;
	struct profile_fault *faults;
	size_t fault_count;
};

/* Loads every *.ini of the folders, the first folder that has a name wins.
 * Folders that do not exist are skipped; a file that cannot be used becomes a
 * fault. 0 or -ENOMEM. */
int profile_set_load(const char *const folders[], size_t folder_count, struct profile_set *ret_set);
void profile_set_done(struct profile_set *set);
const struct profile *profile_set_find(const struct profile_set *set, const char *name);

#endif
