/* A killed daemon leaves a mount that answers ENOTCONN, and its owner with a path
 * that can be neither used nor mounted on. Such a mount is ours to clear when the
 * mount table says that it is ours, and only then. */
#include "app/mountpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/strbuf.h"

/* Absolute, without touching the last component: it may not answer. */
static int absolute_path(const char *path, char **ret_path)
{
	CLEANUP(free_ptr) char *trimmed = strdup(path);
	CLEANUP(free_ptr) char *above = NULL;
	char *slash;
	size_t size;

	if (!trimmed)
		return -ENOMEM;
	for (size = strlen(trimmed); size > 1 && trimmed[size - 1] == '/'; size--)
		trimmed[size - 1] = '\0';
	slash = strrchr(trimmed, '/');
	if (slash && !slash[1]) { /* "/" */
		*ret_path = strdup("/");
		return *ret_path ? 0 : -ENOMEM;
	}
	if (!strcmp(slash ? slash + 1 : trimmed, ".") ||
	    !strcmp(slash ? slash + 1 : trimmed, "..")) {
		*ret_path = realpath(trimmed, NULL);
		return *ret_path ? 0 : -errno;
	}
	if (slash)
		*slash = '\0';
	above = realpath(!slash ? "." : *trimmed ? trimmed : "/", NULL);
	if (!above)
		return -errno;
	*ret_path = file_join(strcmp(above, "/") ? above : "", slash ? slash + 1 : trimmed);
	return *ret_path ? 0 : -ENOMEM;
}

/* Whether the topmost mount at the path is of our type and source. */
static bool is_our_mount(const char *path)
{
	FILE *table = setmntent("/proc/self/mounts", "r");
	const struct mntent *entry;
	bool ours = false;

	if (!table)
		return false;
	while ((entry = getmntent(table)))
		if (!strcmp(entry->mnt_dir, path))
			ours = !strcmp(entry->mnt_type, "fuse.easelfs") &&
			       !strcmp(entry->mnt_fsname, "easelfs");
	endmntent(table);
	return ours;
}

static int unmount_dead(const char *path)
{
	pid_t child;
	int status;

	if (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
		return 0;
	if (errno != EPERM)
		return -errno;
	child = fork();
	if (child < 0)
		return -errno;
	if (!child) {
		execlp("fusermount3", "fusermount3", "-u", "-z", "-q", "--", path, (char *)NULL);
		_exit(127);
	}
	if (waitpid(child, &status, 0) < 0)
		return -errno;
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -EIO;
}

/* Until the path answers, or it is clear that it will not. A daemon that is being killed
 * takes a moment, during which requests end in ECONNABORTED. Then its fusermount3 looks,
 * and unmounts what is dead (auto_unmount): it goes first, or what it unmounts might be what
 * we mounted between its look and its deed. */
int mountpoint_clear(const char *path, struct diag *reterr_diag)
{
	enum { TRIES = 80, ITS_TRIES = 30 };
	const struct timespec pause = { .tv_nsec = 10 * 1000000 };
	struct stat st;
	int r;

	for (int tries = 0; tries < TRIES; tries++) {
		if (stat(path, &st) == 0 || (errno != ENOTCONN && errno != ECONNABORTED))
			return 0;
		r = -ENOTCONN;
		if (errno == ENOTCONN && tries >= ITS_TRIES && is_our_mount(path))
			r = unmount_dead(path);
		if (r < 0)
			nanosleep(&pause, NULL);
	}
	diag_set(reterr_diag, 0,
		 is_our_mount(path) ? "%s: a dead mount is there and cannot be removed"
				    : "%s: a dead mount of another filesystem is there",
		 path);
	return -ENOTCONN;
}

static int check_place(const char *path, struct diag *diag)
{
	struct stat st;
	int r = mountpoint_clear(path, diag);

	if (r < 0)
		return r;
	if (stat(path, &st) < 0) {
		r = -errno;
		diag_set(diag, 0, "%s: %s", path, strerror(errno));
		return r;
	}
	if (!S_ISDIR(st.st_mode)) {
		diag_set(diag, 0, "%s: not a directory", path);
		return -ENOTDIR;
	}
	if (is_our_mount(path)) {
		diag_set(diag, 0, "%s: easelfs is mounted there already", path);
		return -EBUSY;
	}
	return 0;
}

int mountpoint_prepare(const char *path, char **ret_path, struct diag *reterr_diag)
{
	char *absolute;
	int r = absolute_path(path, &absolute);

	if (r < 0) {
		diag_set(reterr_diag, 0, "%s: %s", path, strerror(-r));
		return r;
	}
	r = check_place(absolute, reterr_diag);
	if (r < 0) {
		free(absolute);
		return r;
	}
	*ret_path = absolute;
	return 0;
}

int mountpoint_watch(void)
{
	int fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

bool mountpoint_changed(int watch_fd)
{
	struct pollfd table = { .fd = watch_fd, .events = POLLPRI };

	return poll(&table, 1, 0) > 0 && (table.revents & (POLLPRI | POLLERR));
}

bool mountpoint_can_auto_unmount(void)
{
	const char *path_list = getenv("PATH");
	CLEANUP(free_ptr) char *folders = strdup(path_list ? path_list : "/bin:/usr/bin");
	char *rest = folders, *folder;
	bool found = false;

	while (!found && (folder = strsep(&rest, ":"))) {
		CLEANUP(free_ptr) char *path = file_join(folder, "fusermount3");

		found = path && access(path, X_OK) == 0;
	}
	return found;
}
