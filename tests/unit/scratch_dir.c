/* Below $TMPDIR, since a build directory may lie where the test's user cannot
 * write. Links in it are removed, not followed. */
#include "scratch_dir.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int scratch_dir_make(void **state)
{
	const char *tmp = getenv("TMPDIR");
	char path[4096], *copy;

	snprintf(path, sizeof(path), "%s/easelfs-test.XXXXXX", tmp && *tmp == '/' ? tmp : "/tmp");
	if (!mkdtemp(path))
		return -1;
	copy = realpath(path, NULL);
	*state = copy;
	return copy ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

int scratch_dir_remove(void **state)
{
	int r = nftw(*state, remove_one, 16, FTW_DEPTH | FTW_PHYS);

	free(*state);
	return r;
}
