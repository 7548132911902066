/* What a mounted easelfs says of a case that was played against it. */
#ifndef EASELFS_TESTS_CASE_MOUNTED_H
#define EASELFS_TESTS_CASE_MOUNTED_H

#include "base/strbuf.h"
#include "case_file.h"

/* Writes the case's request into the mount; *ret_job is its path below jobs/, allocated. 0 or
 * -errno. */
int case_mounted_send(const struct case_file *file, const char *mnt, char **ret_job);
/* Writes a word to the job's ctl. 0 or -errno. */
int case_mounted_tell(const char *mnt, const char *job, const char *word);
/* Appends a line for each thing that is not as the case has its end. */
void case_mounted_check(const struct case_file *file, const struct case_places *places,
			const char *mnt, const char *job, struct strbuf *complaints);

#endif
