/* The child's side: getting out of everyone's way, then doing as ordered.
 *
 * A mount namespace copies every mount of the machine, and a copy pins its file
 * system as an open file would. So the child binds our root, makes that its "/"
 * and drops the rest; while its own copy keeps our superblock alive after the
 * user unmounted, it watches the user's namespace and exits when we are gone
 * from there. None of that may send a FUSE request, as the loop that would
 * answer does not run yet: hence no chdir() into the mount (it checks the
 * permission) and no stat() (it asks for attributes).
 *
 * It runs between fork() and _exit() in a copy of the daemon: no locks, no logs,
 * no exit handlers, and no descriptor of the daemon's, least of all /dev/fuse,
 * which would keep a dead daemon's connection open. */
#include "announcer_child.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "mount/announcer.h"
#include "mount/mountinfo.h"

/* Its descriptors, after 0 to 2. */
enum { SOCKET = 3, MOUNTS = 4, CLONE = 5, FIRST_UNUSED = 5 };

static int sys_openat2(int dir, const char *path, struct open_how how)
{
	how.flags |= O_CLOEXEC;
	how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV;
	return (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));
}

/* Whether `path` under `dir` (the directory itself if empty; "." would ask for
 * permission) is on `device`; with no attribute wanted, the kernel answers
 * without asking the daemon. */
static bool is_on_device(int dir, const char *path, dev_t device)
{
	struct statx stx;

	return !statx(dir, path, AT_EMPTY_PATH | AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, 0, &stx) &&
	       makedev(stx.stx_dev_major, stx.stx_dev_minor) == device;
}

static int write_text(const char *path, const char *text)
{
	CLEANUP(close_fd) int fd = open(path, O_WRONLY | O_CLOEXEC);
	size_t size = strlen(text);
	ssize_t written;

	if (fd < 0)
		return -errno;
	written = write(fd, text, size);
	if (written < 0)
		return -errno;
	return (size_t)written == size ? 0 : -EIO;
}

/* Our ids as themselves: FUSE compares the kernel's ids, and the daemon must see
 * requests of the mounting user. */
static int map_own_ids(uid_t uid, gid_t gid)
{
	char uid_map[64], gid_map[64];
	int r;

	snprintf(uid_map, sizeof(uid_map), "%u %u 1", (unsigned)uid, (unsigned)uid);
	snprintf(gid_map, sizeof(gid_map), "%u %u 1", (unsigned)gid, (unsigned)gid);
	r = write_text("/proc/self/setgroups", "deny");
	if (!r)
		r = write_text("/proc/self/uid_map", uid_map);
	if (!r)
		r = write_text("/proc/self/gid_map", gid_map);
	return r;
}

static int leave_namespace(void)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();

	if (!unshare(CLONE_NEWNS))
		return 0;
	if (errno != EPERM)
		return -errno;
	/* The daemon may be undumpable, and then its /proc/self is root's. */
	if (prctl(PR_SET_DUMPABLE, 1) || unshare(CLONE_NEWUSER | CLONE_NEWNS))
		return -errno;
	return map_own_ids(uid, gid);
}

/* Leaves the child in a namespace in which our mount is "/" and nothing else is
 * mounted. After an error it is nowhere useful, and must exit. */
static int seclude(const char *mountpoint, dev_t device)
{
	int r = leave_namespace();

	if (r < 0)
		return r;
	/* Bound over itself because in a user namespace the copied mounts are
	 * locked and cannot become a root; not recursively, so as not to pin what
	 * is mounted inside ours. */
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount(mountpoint, mountpoint, NULL, MS_BIND, NULL))
		return -errno;
	if (!is_on_device(AT_FDCWD, mountpoint, device))
		return -ESTALE;
	/* This also moves the working directory from the old "/" to the new one,
	 * and stacks the old tree on the new root, where umount2() finds it. */
	if (syscall(SYS_pivot_root, mountpoint, mountpoint) || umount2("/", MNT_DETACH))
		return -errno;
	if (!is_on_device(AT_FDCWD, "/", device) || !is_on_device(AT_FDCWD, "", device))
		return -ESTALE;
	return 0;
}

/* Our mount once more, attached nowhere: what is open through it
 * does not make the user's own busy. */
static int clone_mount(const char *mountpoint, dev_t device)
{
	int fd = open_tree(AT_FDCWD, mountpoint, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (fd != CLONE)
		return -EBADF;
	return is_on_device(CLONE, "", device) ? 0 : -ESTALE;
}

static int take_place(const struct child_start *start)
{
	switch (start->place) {
	case PLACE_PRIVATE:
		return seclude(start->mountpoint, start->device);
	case PLACE_CLONE:
		return clone_mount(start->mountpoint, start->device);
	case PLACE_SHARED:
		break;
	}
	return 0;
}

static int make_folder(int root, const char *path)
{
	const char *slash = strrchr(path, '/');
	CLEANUP(close_fd) int opened = -1;
	char parent[PATH_MAX];

	if (slash) {
		memcpy(parent, path, (size_t)(slash - path));
		parent[slash - path] = '\0';
		opened = sys_openat2(root, parent,
				     (struct open_how){ .flags = O_PATH | O_DIRECTORY });
		if (opened < 0)
			return -errno;
		root = opened;
		path = slash + 1;
	}
	return mkdirat(root, path, 0700) ? -errno : 0;
}

static int make_file(int root, const char *path)
{
	int fd = sys_openat2(root, path,
			     (struct open_how){ .flags = O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW,
						.mode = 0600 });

	if (fd < 0)
		return -errno;
	return close(fd) ? -errno : 0;
}

static int touch(int root, const char *path)
{
	/* With the access time left out the kernel calls it a modification; with
	 * both it would be a change of attributes. */
	const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_nsec = UTIME_NOW } };
	int fd = sys_openat2(root, path, (struct open_how){ .flags = O_WRONLY | O_NOFOLLOW });
	int r = 0;

	if (fd < 0)
		return -errno;
	if (futimens(fd, times))
		r = -errno;
	if (close(fd) && !r)
		r = -errno;
	return r;
}

static int announce(const struct child_start *start, const struct order *order)
{
	CLEANUP(close_fd) int opened = -1;
	int root = start->place == PLACE_CLONE ? CLONE : AT_FDCWD;

	if (start->place == PLACE_SHARED) {
		opened = open(start->mountpoint, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (opened < 0)
			return -errno;
		if (!is_on_device(opened, "", start->device))
			return -ESTALE;
		root = opened;
	}
	switch (order->what) {
	case ANNOUNCE_FILE:
		return make_file(root, order->path);
	case ANNOUNCE_FOLDER:
		return make_folder(root, order->path);
	case ANNOUNCE_CHANGE:
		return touch(root, order->path);
	}
	return -EINVAL;
}

static bool say(uint32_t number, int result)
{
	const struct reply reply = { .number = number, .result = result };

	return send(SOCKET, &reply, sizeof(reply), MSG_NOSIGNAL) == (ssize_t)sizeof(reply);
}

static bool serve(const struct child_start *start)
{
	struct order order;
	ssize_t size = recv(SOCKET, &order, sizeof(order), 0);

	if (size <= (ssize_t)offsetof(struct order, path) || ((char *)&order)[size - 1] != '\0')
		return false;
	return say(order.number, announce(start, &order));
}

/* Leaves SOCKET and MOUNTS open and nothing else. A pipe that nobody reads takes
 * the place of 0 to 2: what is printed by mistake fails, instead of going where
 * the next file happens to be opened; and unlike /dev/null it is on no mount. */
static bool keep_descriptors(const struct child_start *start)
{
	int kept_socket = fcntl(start->socket, F_DUPFD_CLOEXEC, FIRST_UNUSED);
	int kept_mounts = fcntl(start->mounts, F_DUPFD_CLOEXEC, FIRST_UNUSED);
	int ends[2];

	if (kept_socket < 0 || kept_mounts < 0 || dup2(kept_socket, SOCKET) < 0 ||
	    dup2(kept_mounts, MOUNTS) < 0 || pipe(ends))
		return false;
	for (int fd = 0; fd <= 2; fd++)
		if (dup2(ends[1], fd) < 0)
			return false;
	return !close_range(FIRST_UNUSED, ~0U, 0);
}

/* The terminal's signals and the service manager's are for the daemon, which may
 * still have something to announce. Its handlers are not for us. */
static void reset_signals(void)
{
	static const int ignored[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE };
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	for (size_t i = 0; i < sizeof(ignored) / sizeof(*ignored); i++)
		signal(ignored[i], SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void work(const struct child_start *start)
{
	struct pollfd sources[] = {
		{ .fd = SOCKET, .events = POLLIN },
		/* A shared child holds nothing that an unmount would wait for. */
		{ .fd = start->place != PLACE_SHARED ? MOUNTS : -1, .events = POLLPRI },
	};
	/* It may have gone before we looked. */
	bool look = start->place != PLACE_SHARED;

	for (;;) {
		if (look && mountinfo_has_device(MOUNTS, start->device) != 1)
			return;
		look = false;
		if (poll(sources, 2, -1) < 0) {
			if (errno != EINTR)
				return;
			continue;
		}
		look = sources[1].revents;
		if (!look && sources[0].revents && !serve(start))
			return;
	}
}

void announcer_child(const struct child_start *start)
{
	int r;

	reset_signals();
	prctl(PR_SET_NAME, "easelfs-events");
	/* The working directory must be the old root for pivot_root() to move it. */
	if (!keep_descriptors(start) || chdir("/"))
		_exit(1);
	r = take_place(start);
	/* After seclude(): new credentials may forget the first, and need to be
	 * dumpable. This memory is a copy of the daemon's, keys and all. */
	prctl(PR_SET_DUMPABLE, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != start->parent || !say(0, r) || r < 0)
		_exit(1);
	work(start);
	_exit(0);
}
