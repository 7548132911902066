/* A key that a password manager prints. The command gets no shell, nothing to read and no
 * descriptor of ours; it stays in our process group, so that at a terminal it may ask for
 * a passphrase, and Ctrl-C ends both. Only its first line counts; the rest is read and
 * dropped, in memory for secrets like the line itself, because it may be one too.
 *
 * Its end is awaited, not the end of its output: an agent that it leaves behind may hold
 * the pipe open for hours. */
#include "io/key_private.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/words.h"

enum {
	COMMAND_WORDS_MAX = 63,
	COMMAND_OUTPUT_BYTES_MAX = 64 * 1024,
	DROP_ROOM = 4096,
	KILL_WAIT_MS = 2000,
};

static int split(const char *text, char ***ret_words, struct diag *reterr_diag)
{
	CLEANUP(words) char **words = NULL;
	int r = words_split(text, COMMAND_WORDS_MAX, &words);

	if (r == -ENOMEM)
		diag_set(reterr_diag, 0, "out of memory");
	else if (r == -EINVAL)
		diag_set(reterr_diag, 0, "key command: a '\"' that is not closed");
	else if (r == -E2BIG)
		diag_set(reterr_diag, 0, "key command: more than %d words", COMMAND_WORDS_MAX);
	else if (!words[0] || !*words[0])
		diag_set(reterr_diag, 0, "key command: \"command:PROGRAM ARGUMENT …\" is expected");
	else {
		*ret_words = words;
		words = NULL;
		return 0;
	}
	return r == -ENOMEM ? r : -EINVAL;
}

/* ---- the process ---- */

struct run {
	const char *program;
	pid_t pid; /* 0: reaped */
	int pid_fd, out_fd, stop_fd;
	struct secret *text; /* the first line, then DROP_ROOM for what comes after */
	size_t size, said;
	bool line_ended;
	struct diag *diag;
};

static int fail(const struct run *run, int r, const char *why)
{
	diag_set(run->diag, 0, "key command %s: %s", run->program, why);
	return r;
}

/* Nothing is ignored there that we ignore, nor blocked. */
static int set_up(posix_spawn_file_actions_t *actions, posix_spawnattr_t *attributes, int out_fd)
{
	sigset_t none, usual;
	int error;

	sigemptyset(&none);
	sigemptyset(&usual);
	sigaddset(&usual, SIGPIPE);
	error = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (!error)
		error = posix_spawn_file_actions_adddup2(actions, out_fd, STDOUT_FILENO);
	if (!error)
		error = posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1);
	if (!error)
		error = posix_spawnattr_setsigmask(attributes, &none);
	if (!error)
		error = posix_spawnattr_setsigdefault(attributes, &usual);
	if (!error)
		error = posix_spawnattr_setflags(attributes,
						 POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	return error;
}

/* Errors are positive, as posix_spawn()'s. */
static int spawn(char *const *words, int out_fd, pid_t *ret_pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int error = posix_spawn_file_actions_init(&actions);

	if (error)
		return error;
	error = posix_spawnattr_init(&attributes);
	if (error)
		goto destroy_actions;
	error = set_up(&actions, &attributes, out_fd);
	if (!error)
		error = posix_spawnp(ret_pid, words[0], &actions, &attributes, words, environ);
	posix_spawnattr_destroy(&attributes);
destroy_actions:
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

static int start(struct run *run, char *const *words)
{
	int ends[2], error;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail(run, -errno, strerror(errno));
	run->out_fd = ends[0];
	error = fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0 ? errno : 0;
	if (!error)
		error = spawn(words, ends[1], &run->pid);
	close(ends[1]);
	if (!error) {
		run->pid_fd = pidfd_open(run->pid, 0);
		error = run->pid_fd < 0 ? errno : 0;
	}
	return error ? fail(run, -error, strerror(error)) : 0;
}

/* What even SIGKILL cannot end yet may be waiting in the kernel for an answer of ours that
 * waits for this reload: it is left to init. */
static void end_process(const struct run *run)
{
	struct pollfd fd = { .fd = run->pid_fd, .events = POLLIN };

	kill(run->pid, SIGKILL);
	while (run->pid_fd >= 0 && poll(&fd, 1, KILL_WAIT_MS) < 0 && errno == EINTR)
		;
	while (waitpid(run->pid, NULL, run->pid_fd < 0 ? 0 : WNOHANG) < 0 && errno == EINTR)
		;
}

static void finish(struct run *run)
{
	if (run->pid > 0)
		end_process(run);
	if (run->pid_fd >= 0)
		close(run->pid_fd);
	if (run->out_fd >= 0)
		close(run->out_fd);
	secret_free(run->text);
}

/* ---- its output ---- */

static void take_line(struct run *run, size_t size)
{
	char *end = memchr(run->text->bytes + run->size, '\n', size);

	run->size += size;
	if (!end)
		return;
	run->size = (size_t)(end - run->text->bytes);
	run->line_ended = true;
	explicit_bzero(end, run->text->room - run->size);
}

/* Reads what there is; at its end `out_fd` is closed. */
static int read_output(struct run *run)
{
	while (run->out_fd >= 0) {
		bool dropped = run->line_ended || run->size == KEY_RAW_ROOM - 1;
		char *into = run->text->bytes + (dropped ? KEY_RAW_ROOM : run->size);
		ssize_t n =
			read(run->out_fd, into, dropped ? DROP_ROOM : KEY_RAW_ROOM - 1 - run->size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n < 0)
			return fail(run, -errno, strerror(errno));
		if (n == 0) {
			close(run->out_fd);
			run->out_fd = -1;
			return 0;
		}
		run->said += (size_t)n;
		if (run->said > COMMAND_OUTPUT_BYTES_MAX)
			return fail(run, -EINVAL, "it prints more than 64 KiB");
		if (!dropped)
			take_line(run, (size_t)n);
	}
	return 0;
}

/* Until it has ended. What a process prints before its end can be read after it. */
static int await(struct run *run, int64_t deadline_ms)
{
	struct pollfd fds[] = {
		{ .fd = run->pid_fd, .events = POLLIN },
		{ .fd = run->stop_fd, .events = POLLIN },
		{ .events = POLLIN },
	};
	int r = 0;

	while (r == 0 && !fds[0].revents) {
		int64_t left_ms = deadline_ms - clock_steady_ms();

		if (left_ms <= 0)
			return fail(run, -ETIMEDOUT, "it did not finish in time and was killed");
		if (fds[1].revents)
			return fail(run, -ECANCELED,
				    "it was killed: nobody waits for it any longer");
		fds[2].fd = run->out_fd;
		if (poll(fds, 3, (int)left_ms) < 0 && errno != EINTR)
			return fail(run, -errno, strerror(errno));
		r = read_output(run);
	}
	return r;
}

static int reap(struct run *run)
{
	char why[64];
	int status, r;

	do
		r = waitpid(run->pid, &status, 0);
	while (r < 0 && errno == EINTR);
	run->pid = 0;
	if (r < 0)
		return fail(run, -errno, "it ended, nobody knows how");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFEXITED(status))
		snprintf(why, sizeof(why), "it ended with status %d", WEXITSTATUS(status));
	else
		snprintf(why, sizeof(why), "it was ended by signal %d", WTERMSIG(status));
	return fail(run, -EIO, why);
}

int key_command_read(const char *command, int64_t limit_ms, int stop_fd, struct secret **ret_text,
		     struct diag *reterr_diag)
{
	CLEANUP(words) char **words = NULL;
	struct run run = { .pid_fd = -1, .out_fd = -1, .stop_fd = stop_fd, .diag = reterr_diag };
	int r = split(command, &words, reterr_diag);

	if (r < 0)
		return r;
	run.program = words[0];
	run.text = secret_new(KEY_RAW_ROOM + DROP_ROOM);
	r = run.text ? start(&run, words) : fail(&run, -ENOMEM, "out of memory");
	if (r == 0)
		r = await(&run, clock_steady_ms() + limit_ms);
	if (r == 0)
		r = reap(&run);
	if (r == 0 && memchr(run.text->bytes, '\0', run.size))
		r = fail(&run, -EINVAL, "its first line has a NUL in it");
	if (r == 0) {
		*ret_text = run.text;
		run.text = NULL;
	}
	finish(&run);
	return r;
}
