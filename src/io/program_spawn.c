/* fork() and execve() from a process of many threads.
 *
 * Everything that allocates or looks things up happens before the fork; between
 * it and execve() the child makes system calls only, because other threads may
 * have held any lock at that moment. All signals are blocked around the fork, so
 * that no handler of ours runs in the child. A pipe that execve() closes tells the
 * parent whether it worked: an error number, or the end of the file. */
#include "io/program_spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <paths.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"

enum { SPAWN_FAILED_STATUS = 127 };

/* What the child needs, all of it made before the fork. */
struct launch {
	const char *path;
	char *const *argv;
	pid_t parent;
	int stdio[3];
	int report_fd;
	struct rlimit file_size;
};

/* -EACCES means that it is there; a folder that cannot be searched has nothing. */
static int executable(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return -ENOENT;
	if (!S_ISREG(st.st_mode) || faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0)
		return -EACCES;
	return 0;
}

/* Looks a program up as execvp() would, but never in the working directory by
 * way of an empty element. */
static int look_up(const char *name, char **ret_path)
{
	const char *element = getenv("PATH");
	int result = -ENOENT;

	if (strchr(name, '/')) {
		*ret_path = strdup(name);
		return *ret_path ? 0 : -ENOMEM;
	}
	if (!*name)
		return -ENOENT;
	for (element = element ? element : _PATH_DEFPATH; *element;) {
		size_t size = strcspn(element, ":");
		CLEANUP(free_ptr) char *path = NULL;
		int r;

		if (asprintf(&path, "%.*s/%s", (int)size, element, name) < 0) {
			path = NULL;
			return -ENOMEM;
		}
		r = size > 0 ? executable(path) : -ENOENT;
		if (r == 0) {
			*ret_path = path;
			path = NULL;
			return 0;
		}
		if (r == -EACCES)
			result = r;
		element += size + (element[size] == ':');
	}
	return result;
}

/* Child only, as the three below: system calls and nothing else. */
static _Noreturn void child_give_up(const struct launch *launch)
{
	int error = errno;
	ssize_t written = write(launch->report_fd, &error, sizeof(error));

	(void)written;
	_exit(SPAWN_FAILED_STATUS);
}

static void child_reset_signals(void)
{
	struct sigaction action = { .sa_handler = SIG_DFL };
	sigset_t none;

	/* SIGKILL, SIGSTOP and the C library's own refuse; that is all right. */
	for (int i = 1; i < NSIG; i++)
		sigaction(i, &action, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static int child_set_up(const struct launch *launch)
{
	const struct rlimit no_core = { 0, 0 };

	if (setpgid(0, 0) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return -1;
	if (getppid() != launch->parent) /* it died before the wish was known */
		_exit(SPAWN_FAILED_STATUS);
	for (int i = 0; i < 3; i++) {
		if (dup2(launch->stdio[i], i) < 0)
			return -1;
	}
	/* Not closed but marked: the report must outlive all but execve(). */
	if (close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		return -1;
	if (setrlimit(RLIMIT_FSIZE, &launch->file_size) < 0)
		return -1;
	return setrlimit(RLIMIT_CORE, &no_core);
}

static _Noreturn void child_run(const struct launch *launch)
{
	child_reset_signals();
	if (child_set_up(launch) == 0)
		execve(launch->path, launch->argv, environ);
	child_give_up(launch);
}

static pid_t fork_child(const struct launch *launch)
{
	sigset_t all, before;
	pid_t pid;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0)
		child_run(launch);
	error = errno;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return pid < 0 ? -error : pid;
}

/* 0 once the program runs, or the -errno of what failed in the child. */
static int read_report(int fd)
{
	int error = 0;
	ssize_t n;

	do
		n = read(fd, &error, sizeof(error));
	while (n < 0 && errno == EINTR);
	if (n == 0)
		return 0;
	return n == (ssize_t)sizeof(error) && error > 0 ? -error : -EIO;
}

/* Moves a new descriptor above 2, so that dup2() to 0..2 destroys nothing when we
 * run without standard input or output ourselves. Passes an error through. */
static int above_stdio(int fd)
{
	int high;

	if (fd < 0 || fd > STDERR_FILENO)
		return fd < 0 ? -errno : fd;
	high = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (high < 0)
		high = -errno;
	close(fd);
	return high;
}

static int open_high(const char *path, int flags)
{
	return above_stdio(open(path, flags | O_CLOEXEC | O_NOCTTY, 0600));
}

/* On failure an end may be open all the same; the other is negative. */
static int make_pipe(int ends[2])
{
	int raw[2];

	ends[0] = ends[1] = -1;
	if (pipe2(raw, O_CLOEXEC) < 0)
		return -errno;
	for (int i = 0; i < 2; i++)
		ends[i] = above_stdio(raw[i]);
	return ends[0] < 0 ? ends[0] : ends[1] < 0 ? ends[1] : 0;
}

static struct rlimit file_size_limit(uint64_t bytes_max)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_FSIZE, &limit) < 0)
		limit.rlim_max = RLIM_INFINITY;
	if (bytes_max < limit.rlim_max) /* RLIM_INFINITY is the greatest value */
		limit.rlim_max = bytes_max;
	limit.rlim_cur = limit.rlim_max;
	return limit;
}

/* Forks and waits until the program runs. 0 with *ret_pid and *ret_pid_fd. */
static int launch_child(struct launch *launch, pid_t *ret_pid, int *ret_pid_fd)
{
	int report[2], pid_fd, r = make_pipe(report);
	CLEANUP(close_fd) int report_read = report[0];
	pid_t pid;

	launch->report_fd = report[1];
	pid = r < 0 ? r : fork_child(launch);
	if (report[1] >= 0)
		close(report[1]);
	if (pid < 0)
		return pid;
	pid_fd = above_stdio(pidfd_open(pid, 0));
	r = pid_fd < 0 ? pid_fd : read_report(report_read);
	if (r == 0) {
		*ret_pid = pid;
		*ret_pid_fd = pid_fd;
		return 0;
	}
	if (pid_fd >= 0)
		close(pid_fd);
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return r;
}

int spawn_program(const struct program_order *order, struct spawned *ret_spawned)
{
	CLEANUP(free_ptr) char *path = NULL;
	CLEANUP(close_fd) int null_fd = -1;
	CLEANUP(close_fd) int out_fd = -1;
	CLEANUP(close_fd) int read_fd = -1;
	CLEANUP(close_fd) int write_fd = -1;
	struct launch launch = { .argv = order->argv, .parent = getpid() };
	int ends[2], r = look_up(order->argv[0], &path);

	if (r < 0)
		return r;
	null_fd = open_high("/dev/null", O_RDONLY);
	if (null_fd < 0)
		return null_fd;
	out_fd = open_high(order->stdout_path, O_WRONLY | O_CREAT | O_TRUNC);
	if (out_fd < 0)
		return out_fd;
	r = make_pipe(ends);
	read_fd = ends[0];
	write_fd = ends[1];
	if (r < 0)
		return r;
	if (fcntl(read_fd, F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	launch.path = path;
	launch.stdio[STDIN_FILENO] = null_fd;
	launch.stdio[STDOUT_FILENO] = out_fd;
	launch.stdio[STDERR_FILENO] = write_fd;
	launch.file_size = file_size_limit(order->output_bytes_max);
	r = launch_child(&launch, &ret_spawned->pid, &ret_spawned->pid_fd);
	if (r < 0)
		return r;
	ret_spawned->stderr_fd = read_fd;
	read_fd = -1;
	return 0;
}
