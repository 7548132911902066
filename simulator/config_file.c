/* Files are written whole under another name first, so that a daemon that reads
 * them meanwhile sees the old ones or the new ones. The store is one of its own: what was
 * simulated must not get among what was paid for. */
#include "simulator/config_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"

enum { CONFIG_BYTES_MAX = 1024 * 1024 };

static const char mark[] = "; Written by easelfs-simulator: nothing here costs anything.\n";

static int replace(const char *path, const char *text, struct diag *diag)
{
	CLEANUP(strbuf) struct strbuf beside = STRBUF_EMPTY;
	int fd, r;

	strbuf_addf(&beside, "%s.new", path);
	fd = open(strbuf_text(&beside), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0600);
	r = fd < 0 ? -errno : file_write_all(fd, text, strlen(text));
	if (!r && fchmod(fd, 0600))
		r = -errno;
	if (fd >= 0 && close(fd) && !r)
		r = -errno;
	if (!r && rename(strbuf_text(&beside), path))
		r = -errno;
	if (r < 0)
		diag_set(diag, 0, "cannot write %s: %s", path, strerror(-r));
	return r;
}

static int check_owner(const char *path, struct diag *diag)
{
	CLEANUP(free_ptr) char *bytes = NULL;
	size_t size;
	int r = file_read(path, CONFIG_BYTES_MAX, &bytes, &size);

	if (r == -ENOENT || (r == 0 && strncmp(bytes, mark, strlen(mark)) == 0))
		return 0;
	if (r == 0)
		r = -EEXIST;
	diag_set(diag, 0, "cannot write %s: %s", path,
		 r == -EEXIST ? "it is there, and not of an easelfs-simulator" : strerror(-r));
	return r;
}

/* The folder of `path`, absolute; allocated. */
static char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	CLEANUP(free_ptr)
	char *given = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");

	return given ? realpath(given, NULL) : NULL;
}

static int write_key(const char *path, const char *key, struct diag *diag)
{
	CLEANUP(strbuf) struct strbuf text = STRBUF_EMPTY;

	strbuf_addf(&text, "%s\n", key);
	return replace(path, strbuf_text(&text), diag);
}

int config_file_write(const char *path, const struct options *options, char *const *urls,
		      struct diag *reterr_diag)
{
	CLEANUP(free_ptr) char *folder = folder_of(path);
	CLEANUP(strbuf) struct strbuf text = STRBUF_EMPTY;
	int r;

	if (!folder) {
		r = -errno;
		diag_set(reterr_diag, 0, "cannot write %s: %s", path, strerror(-r));
		return r;
	}
	r = check_owner(path, reterr_diag);
	strbuf_add_text(&text, mark);
	strbuf_addf(&text, "[easelfs]\nprovider = %s\nstore    = %s/simulator-store\n",
		    providers[0]->name, folder);
	for (int i = 0; i < PROVIDERS && !r; i++) {
		CLEANUP(strbuf) struct strbuf key_path = STRBUF_EMPTY;

		strbuf_addf(&key_path, "%s/simulator-%s.key", folder, providers[i]->name);
		r = write_key(strbuf_text(&key_path), options->keys[i], reterr_diag);
		strbuf_addf(&text, "\n[provider %s]\nbase_url = %s\nkey      = file:%s\n",
			    providers[i]->name, urls[i], strbuf_text(&key_path));
	}
	return r ? r : replace(path, strbuf_text(&text), reterr_diag);
}
