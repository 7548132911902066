/* The daemon's side: starting the child, one order at a time, and its end.
 *
 * Orders are numbered so that an answer coming after its time limit is not taken
 * for the next one's, and no order is sent while an earlier one is unanswered: a
 * child that is stuck must not find a queue of stale orders afterwards. */
#include "mount/announcer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "announcer_child.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "mount/mountinfo.h"

struct announcer {
	pid_t pid;
	int process; /* pidfd: safe even if someone else reaps the child */
	int socket;
	int interrupted; /* eventfd: once readable, readable for good */
	int shared_because;
	uint32_t sent;     /* number of the newest order */
	uint32_t answered; /* of the newest reply; one behind at most */
};

/* Waits for the answer to the newest order. 0 and *ret_result, or why not. */
static int await_answer(struct announcer *announcer, int64_t deadline_ms, int *ret_result)
{
	struct pollfd sources[] = {
		{ .fd = announcer->interrupted, .events = POLLIN },
		{ .fd = announcer->socket, .events = POLLIN },
	};
	struct reply reply;
	ssize_t size;

	for (;;) {
		int64_t left_ms = deadline_ms - clock_steady_ms();
		int ready = poll(sources, 2, left_ms > 0 ? (int)left_ms : 0);

		if (ready < 0 && errno != EINTR)
			return -errno;
		if (ready < 0)
			continue;
		if (sources[0].revents)
			return -ECANCELED;
		if (!sources[1].revents)
			return -ETIMEDOUT;
		size = recv(announcer->socket, &reply, sizeof(reply), MSG_DONTWAIT);
		if (size != (ssize_t)sizeof(reply))
			return -EPIPE;
		announcer->answered = reply.number;
		if (reply.number == announcer->sent) {
			*ret_result = reply.result;
			return 0;
		}
	}
}

static int64_t deadline_in(int limit_ms)
{
	return clock_steady_ms() + limit_ms;
}

static void end_child(struct announcer *announcer)
{
	struct pollfd ended = { .fd = announcer->process, .events = POLLIN };
	int64_t deadline_ms = deadline_in(ANNOUNCER_STOP_LIMIT_MS);
	siginfo_t info;
	int r;

	pidfd_send_signal(announcer->process, SIGKILL, NULL, 0);
	do {
		int64_t left_ms = deadline_ms - clock_steady_ms();

		r = poll(&ended, 1, left_ms > 0 ? (int)left_ms : 0);
	} while (r < 0 && errno == EINTR);
	waitid(P_PIDFD, (id_t)announcer->process, &info, WEXITED | WNOHANG);
	close(announcer->process);
	close(announcer->socket);
}

/* Forks with all signals blocked, so that no handler of the daemon's runs in the
 * child before it resets them. */
static int fork_child(struct announcer *announcer, const struct child_start *start)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	announcer->pid = fork();
	if (announcer->pid == 0)
		announcer_child(start);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (announcer->pid < 0)
		return -errno;
	announcer->process = pidfd_open(announcer->pid, 0);
	if (announcer->process < 0) {
		int error = errno;

		kill(announcer->pid, SIGKILL);
		waitpid(announcer->pid, NULL, 0);
		return -error;
	}
	return 0;
}

/* Starts a child in `place` and hears its first words. On an error there is no
 * child. */
static int launch(struct announcer *announcer, struct child_start start, enum place place)
{
	int pair[2];
	int r, result;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return -errno;
	start.socket = pair[1];
	start.place = place;
	r = fork_child(announcer, &start);
	close(pair[1]);
	if (r < 0) {
		close(pair[0]);
		return r;
	}
	announcer->socket = pair[0];
	r = await_answer(announcer, deadline_in(ANNOUNCER_START_LIMIT_MS), &result);
	if (!r)
		r = result;
	if (r < 0)
		end_child(announcer);
	return r;
}

/* In the best place there is. Each try is another child, because the first may
 * have left the user's namespace before it failed, and an ordinary user cannot go
 * back. -EINVAL: the root is no mount, as in a chroot. */
static int launch_somewhere(struct announcer *announcer, const struct child_start *start)
{
	int because = launch(announcer, *start, PLACE_PRIVATE);
	int r = because;

	if (because == -EINVAL)
		r = because = launch(announcer, *start, PLACE_CLONE);
	if (because < 0)
		r = launch(announcer, *start, PLACE_SHARED);
	announcer->shared_because = because;
	return r;
}

/* Which device is mounted there, with no question to the daemon that we are. */
static int find_device(int mounts, const char *mountpoint, dev_t *ret_device)
{
	struct statx stx;
	dev_t device;
	int r;

	if (statx(AT_FDCWD, mountpoint, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_MNT_ID, &stx))
		return -errno;
	if (!(stx.stx_mask & STATX_MNT_ID))
		return -ENOSYS;
	r = mountinfo_fuse_device(mounts, stx.stx_mnt_id, &device);
	if (r < 0)
		return r;
	/* Different when it is not the mount itself but a folder inside one. */
	if (!(stx.stx_attributes & STATX_ATTR_MOUNT_ROOT))
		return -ENODEV;
	*ret_device = device;
	return 0;
}

int announcer_start(const char *mountpoint, struct announcer **ret_announcer)
{
	CLEANUP(close_fd) int mounts = mountinfo_open();
	CLEANUP(close_fd) int interrupted = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	struct child_start start = {
		.mountpoint = mountpoint,
		.mounts = mounts,
		.parent = getpid(),
	};
	struct announcer started = { .interrupted = interrupted };
	struct announcer *announcer;
	int r;

	if (*mountpoint != '/')
		return -EINVAL;
	if (mounts < 0 || interrupted < 0)
		return mounts < 0 ? mounts : -EMFILE;
	r = find_device(mounts, mountpoint, &start.device);
	if (r < 0)
		return r;
	r = launch_somewhere(&started, &start);
	if (r < 0)
		return r;
	announcer = malloc(sizeof(*announcer));
	if (!announcer) {
		end_child(&started);
		return -ENOMEM;
	}
	*announcer = started;
	interrupted = -1; /* the announcer's now */
	*ret_announcer = announcer;
	return 0;
}

pid_t announcer_pid(const struct announcer *announcer)
{
	return announcer->pid;
}

int announcer_shared_because(const struct announcer *announcer)
{
	return announcer->shared_because;
}

static int send_order(struct announcer *announcer, enum announcement what, const char *path)
{
	struct order order = { .number = announcer->sent + 1, .what = what };
	size_t size = strlen(path) + 1;

	memcpy(order.path, path, size);
	if (send(announcer->socket, &order, offsetof(struct order, path) + size,
		 MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return errno == ECONNRESET ? -EPIPE : -errno;
	announcer->sent = order.number;
	return 0;
}

int announcer_do(struct announcer *announcer, enum announcement what, const char *path)
{
	int64_t deadline_ms = deadline_in(ANNOUNCE_LIMIT_MS);
	struct pollfd interrupt = { .fd = announcer->interrupted, .events = POLLIN };
	int r, result;

	if (!*path || *path == '/' || strlen(path) >= PATH_MAX)
		return -EINVAL;
	if (poll(&interrupt, 1, 0) > 0)
		return -ECANCELED;
	if (announcer->answered != announcer->sent) {
		r = await_answer(announcer, deadline_ms, &result);
		if (r < 0)
			return r;
	}
	r = send_order(announcer, what, path);
	if (!r)
		r = await_answer(announcer, deadline_ms, &result);
	return r < 0 ? r : result;
}

void announcer_interrupt(struct announcer *announcer)
{
	const uint64_t one = 1;
	int error = errno;
	ssize_t written;

	/* Fails only where it is already full, which is just as readable. */
	written = write(announcer->interrupted, &one, sizeof(one));
	(void)written;
	errno = error;
}

void announcer_stop(struct announcer *announcer)
{
	if (!announcer)
		return;
	end_child(announcer);
	close(announcer->interrupted);
	free(announcer);
}
