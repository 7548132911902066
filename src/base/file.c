/* Whole files. A limit is checked while reading and not only against stat's size,
 * because files grow under a reader and /proc's say 0. Opening never waits for
 * the other end of a FIFO that somebody put where a file was expected. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

enum { ROOM_MIN = 4096 };

static int check_regular(int fd, size_t max, size_t *ret_size)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (st.st_size > 0 && (uintmax_t)st.st_size > max)
		return -EFBIG;
	*ret_size = (size_t)st.st_size;
	return 0;
}

static int grow(char **bytes, size_t *room)
{
	size_t more = *room < SIZE_MAX / 2 ? *room * 2 : SIZE_MAX;
	char *grown = realloc(*bytes, more);

	if (!grown)
		return -ENOMEM;
	*bytes = grown;
	*room = more;
	return 0;
}

int file_read(const char *path, size_t max, char **ret_bytes, size_t *ret_size)
{
	CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	CLEANUP(free_ptr) char *bytes = NULL;
	size_t size = 0, expected = 0, room;
	ssize_t n;
	int r;

	if (fd < 0)
		return -errno;
	r = check_regular(fd, max, &expected);
	if (r < 0)
		return r;
	/* One byte for the NUL and one to see the end without growing. */
	room = expected < ROOM_MIN ? ROOM_MIN : expected + 2;
	bytes = malloc(room);
	if (!bytes)
		return -ENOMEM;
	for (;;) {
		if (size + 1 >= room && (r = grow(&bytes, &room)) < 0)
			return r;
		n = read(fd, bytes + size, room - size - 1);
		if (n == 0)
			break;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		size += (size_t)n;
		if (size > max)
			return -EFBIG;
	}
	bytes[size] = '\0';
	*ret_bytes = bytes;
	*ret_size = size;
	bytes = NULL;
	return 0;
}

int file_write_all(int fd, const void *bytes, size_t size)
{
	const char *at = bytes;
	ssize_t n;

	while (size > 0) {
		n = write(fd, at, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -EIO;
		at += n;
		size -= (size_t)n;
	}
	return 0;
}

static int make_dir(const char *path)
{
	struct stat st;
	int why;

	if (mkdir(path, 0700) == 0)
		return 0;
	/* Over an existing one, automounters and read-only disks may say other
	 * things than EEXIST. */
	why = errno;
	if (stat(path, &st) == 0)
		return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
	return why == EEXIST ? -ENOTDIR : -why;
}

int file_make_dirs(const char *path)
{
	CLEANUP(free_ptr) char *copy = NULL;
	char *slash;
	int r;

	if (!*path)
		return -ENOENT;
	copy = strdup(path);
	if (!copy)
		return -ENOMEM;
	for (slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		r = make_dir(copy);
		*slash = '/';
		if (r < 0)
			return r;
	}
	return make_dir(copy);
}

int file_sync(int fd)
{
	while (fsync(fd) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return 0;
}

int file_sync_dir(const char *path)
{
	CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return file_sync(fd);
}

char *file_join(const char *dir, const char *name)
{
	size_t dir_size = strlen(dir), name_size = strlen(name);
	char *path = malloc(dir_size + name_size + 2);

	if (!path)
		return NULL;
	memcpy(path, dir, dir_size);
	path[dir_size] = '/';
	memcpy(path + dir_size + 1, name, name_size + 1);
	return path;
}
