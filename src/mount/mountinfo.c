/* The format of /proc/self/mountinfo, and the fact that it is no snapshot.
 *
 * A line reads "36 35 0:42 / /mnt rw,nosuid shared:1 - fuse.easelfs easelfs rw":
 * mount, parent, device, ..., then after a lone dash type, source, options.
 * Blanks inside a field are written \040, so the dash cannot be forged. A mount
 * is found by number and device, never by path: paths are escaped, move, and
 * may be covered by other mounts. */
#include "mount/mountinfo.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"

enum { MISSES_MAX = 100 }; /* in a table that never holds still: no accident */

struct mount_line {
	uint64_t mount_id;
	dev_t device;
	bool is_fuse;
};

int mountinfo_open(void)
{
	int fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* Reads a number and the `end` that must follow it, and moves past both. */
static bool parse_number(const char **at, char end, uint64_t *ret_number)
{
	char *after;

	errno = 0;
	*ret_number = strtoull(*at, &after, 10);
	if (errno || after == *at || *after != end)
		return false;
	*at = after + 1;
	return true;
}

static bool parse_line(const char *line, struct mount_line *ret_mount)
{
	const char *type = strstr(line, " - ");
	uint64_t mount_id, parent_id, major_number, minor_number;

	if (!type || !parse_number(&line, ' ', &mount_id) ||
	    !parse_number(&line, ' ', &parent_id) || !parse_number(&line, ':', &major_number) ||
	    !parse_number(&line, ' ', &minor_number))
		return false;
	type += strlen(" - ");
	*ret_mount = (struct mount_line){
		.mount_id = mount_id,
		.device = makedev((unsigned)major_number, (unsigned)minor_number),
		.is_fuse = !strncmp(type, "fuse ", 5) || !strncmp(type, "fuse.", 5),
	};
	return true;
}

/* Looks for `wanted`: by its mount_id, or by its device when that is 0 (the
 * kernel counts mounts from 1). Returns 1, 0 or -errno. */
static int find(int fd, const struct mount_line *wanted, struct mount_line *ret_found)
{
	CLEANUP(free_ptr) char *line = NULL;
	struct mount_line mount;
	size_t room = 0;
	int found = 0;
	int copy;
	FILE *table;

	if (lseek(fd, 0, SEEK_SET) < 0 || (copy = fcntl(fd, F_DUPFD_CLOEXEC, 0)) < 0)
		return -errno;
	table = fdopen(copy, "r");
	if (!table) {
		close(copy);
		return -ENOMEM;
	}
	errno = 0;
	while (!found && getline(&line, &room, table) >= 0) {
		if (!parse_line(line, &mount))
			continue;
		found = wanted->mount_id ? mount.mount_id == wanted->mount_id
					 : mount.device == wanted->device;
	}
	if (!found && !feof(table))
		found = errno ? -errno : -EIO;
	fclose(table);
	if (found > 0)
		*ret_found = mount;
	return found;
}

int mountinfo_fuse_device(int fd, uint64_t mount_id, dev_t *ret_device)
{
	const struct mount_line wanted = { .mount_id = mount_id };
	struct mount_line found;
	int r = mount_id ? find(fd, &wanted, &found) : 0;

	if (r <= 0)
		return r ? r : -ENOENT;
	if (!found.is_fuse)
		return -ENODEV;
	*ret_device = found.device;
	return 0;
}

int mountinfo_has_device(int fd, dev_t device)
{
	const struct mount_line wanted = { .device = device };
	struct pollfd change = { .fd = fd, .events = POLLPRI };
	struct mount_line found;
	int r, misses = 0;

	/* Kernels before 6.8 walk the list by position between two read()s: a
	 * mount that goes away meanwhile can hide its neighbour. */
	do {
		r = find(fd, &wanted, &found);
	} while (r == 0 && ++misses < MISSES_MAX && poll(&change, 1, 0) > 0 &&
		 (change.revents & (POLLPRI | POLLERR)));
	return r;
}
