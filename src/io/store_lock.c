/* A lock of the kernel's, so that it ends with its process however that ends: POSIX's, which
 * children do not inherit. With flock(2), one that was forked a moment before the daemon
 * was killed kept the store from the next daemon until it had closed its descriptors. The
 * number in the file is only for people and for the message that another process gives. */
#include "store_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"

static int write_owner(int fd, const char *path, struct diag *diag)
{
	char owner[32];
	int length = snprintf(owner, sizeof(owner), "%d\n", (int)getpid());

	if (ftruncate(fd, 0) == 0 && pwrite(fd, owner, (size_t)length, 0) >= 0)
		return 0;
	length = errno;
	diag_set(diag, 0, "%s: %s", path, strerror(length));
	return -length;
}

int store_lock(const char *dir, int *ret_fd, struct diag *reterr_diag)
{
	CLEANUP(free_ptr) char *path = file_join(dir, "lock");
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	CLEANUP(close_fd) int fd = -1;
	char owner[32] = "";
	ssize_t size;
	int r;

	if (!path)
		return -ENOMEM;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd >= 0 && fcntl(fd, F_SETLK, &whole) == 0) {
		r = write_owner(fd, path, reterr_diag);
		if (r < 0)
			return r;
		*ret_fd = fd;
		fd = -1;
		return 0;
	}
	if (fd < 0 || (errno != EAGAIN && errno != EACCES)) {
		r = -errno;
		diag_set(reterr_diag, 0, "%s: %s", path, strerror(-r));
		return r;
	}
	size = pread(fd, owner, sizeof(owner) - 1, 0);
	owner[size > 0 ? size : 0] = '\0';
	owner[strcspn(owner, "\n")] = '\0';
	diag_set(reterr_diag, 0, "the store %s is in use by another easelfs (process %s)", dir,
		 *owner ? owner : "unknown");
	return -EBUSY;
}
