/* A key in a file. The checks are of what was opened and not of the name, so nobody can
 * put another file there in between; symbolic links are followed, since secrets often lie
 * behind one (home-manager, stow). The bytes go from the kernel into memory for secrets. */
#include "io/key_private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

static int refuse(const char *path, int r, const char *why, struct diag *reterr_diag)
{
	diag_set(reterr_diag, 0, "key file %s: %s", path, why);
	return r;
}

static int check(const char *path, int fd, enum key_file_kind kind, struct diag *reterr_diag)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return refuse(path, -errno, strerror(errno), reterr_diag);
	if (!S_ISREG(st.st_mode))
		return refuse(path, -EINVAL, "it is no regular file", reterr_diag);
	if (kind == KEY_FILE_ANY)
		return 0;
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return refuse(path, -EACCES, "it belongs to another user", reterr_diag);
	if (st.st_mode & (S_IRWXG | S_IRWXO)) {
		diag_set(reterr_diag, 0, "key file %s: others can get at it (mode %03o): chmod 600",
			 path, (unsigned)(st.st_mode & 0777));
		return -EACCES;
	}
	return 0;
}

int key_file_read(const char *path, enum key_file_kind kind, struct secret **ret_text,
		  struct diag *reterr_diag)
{
	/* Whoever put a FIFO there must not make us wait. */
	CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	CLEANUP(secret) struct secret *text = NULL;
	size_t size = 0;
	ssize_t n;
	int r;

	if (fd < 0)
		return refuse(path, -errno, strerror(errno), reterr_diag);
	r = check(path, fd, kind, reterr_diag);
	if (r < 0)
		return r;
	text = secret_new(KEY_RAW_ROOM);
	if (!text)
		return refuse(path, -ENOMEM, "out of memory", reterr_diag);
	do {
		n = read(fd, text->bytes + size, text->room - size);
		if (n < 0 && errno != EINTR)
			return refuse(path, -errno, strerror(errno), reterr_diag);
		size += n > 0 ? (size_t)n : 0;
	} while (n != 0 && size < text->room);
	if (size == text->room)
		return refuse(path, -EINVAL, "it is too large for a key", reterr_diag);
	if (memchr(text->bytes, '\0', size))
		return refuse(path, -EINVAL, "it has a NUL in it", reterr_diag);
	*ret_text = text;
	text = NULL;
	return 0;
}
