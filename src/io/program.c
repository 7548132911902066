/* A child process and what it says, behind calls that never block.
 *
 * Ending: the child is first seen dead without being reaped (WNOWAIT). While its
 * zombie holds the number, no stranger can have the same process group, so the
 * whole group can be killed safely; then it is reaped. A process that leaves the
 * group by setsid() escapes; cgroups would be needed to hold it. */
#include "io/program.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "io/program_spawn.h"

enum {
	TERM_TO_KILL_MS = 1000,
	FREE_WAIT_MS = 1000,          /* SIGKILL takes longer only in a broken kernel call */
	STEP_BYTES_MAX = 1024 * 1024, /* so that a chatterer cannot keep its owner */
	LINE_ROOM = 24,               /* a longer line is no progress line */
	PERCENT_MAX = 100,
};

/* The last bytes of what was said; `count` goes on counting. */
struct tail {
	char bytes[PROGRAM_MESSAGE_BYTES_MAX];
	size_t count;
};

struct program {
	struct spawned child; /* pid 0: reaped; a descriptor -1: closed */
	enum program_state state;
	int64_t deadline_ms;
	int64_t kill_ms; /* 0: not cancelled */
	uint64_t output_bytes_max;
	int progress;
	char line[LINE_ROOM]; /* the beginning of an unfinished line */
	size_t line_size;
	bool in_text; /* that line is already in `tail` */
	struct tail tail;
	char *message; /* NULL until it failed, or out of memory */
};

int program_start(const struct program_order *order, struct program **ret_program)
{
	struct program *program = calloc(1, sizeof(*program));
	int r;

	if (!program)
		return -ENOMEM;
	program->child.pid_fd = -1;
	program->child.stderr_fd = -1;
	program->state = PROGRAM_RUNNING;
	program->deadline_ms = order->deadline_ms;
	program->output_bytes_max = order->output_bytes_max;
	program->progress = -1;
	r = spawn_program(order, &program->child);
	if (r < 0) {
		program_free(program);
		return r;
	}
	*ret_program = program;
	return 0;
}

size_t program_pollfds(const struct program *program, struct pollfd *fds)
{
	size_t count = 0;

	if (program->state != PROGRAM_RUNNING)
		return 0;
	fds[count++] = (struct pollfd){ .fd = program->child.pid_fd, .events = POLLIN };
	if (program->child.stderr_fd >= 0)
		fds[count++] = (struct pollfd){ .fd = program->child.stderr_fd, .events = POLLIN };
	return count;
}

static void tail_add(struct tail *tail, const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		tail->bytes[tail->count++ % sizeof(tail->bytes)] = bytes[i];
}

/* The percentage that a progress line gives: "7%", " 42.5 %"; else -1. */
static int parse_progress(const char *line, size_t size)
{
	size_t i = 0, digits;
	int percent = 0;

	while (i < size && line[i] == ' ')
		i++;
	for (digits = 0; i < size && line[i] >= '0' && line[i] <= '9' && digits < 3; i++, digits++)
		percent = percent * 10 + (line[i] - '0');
	if (digits == 0 || percent > PERCENT_MAX)
		return -1;
	if (i + 1 < size && line[i] == '.' && line[i + 1] >= '0' && line[i + 1] <= '9') {
		for (i++; i < size && line[i] >= '0' && line[i] <= '9'; i++)
			;
	}
	while (i < size && line[i] == ' ')
		i++;
	if (i == size || line[i] != '%')
		return -1;
	for (i++; i < size && line[i] == ' '; i++)
		;
	return i == size ? percent : -1;
}

static void end_line(struct program *program)
{
	int percent = -1;

	if (!program->in_text)
		percent = parse_progress(program->line, program->line_size);
	if (percent >= 0) {
		program->progress = percent;
	} else if (program->line_size > 0 || program->in_text) {
		tail_add(&program->tail, program->line, program->line_size);
		tail_add(&program->tail, "\n", 1);
	}
	program->line_size = 0;
	program->in_text = false;
}

/* Sorts what was said into progress and text. A carriage return ends a line too:
 * it is how programs repaint their progress. Empty lines are dropped. */
static void take_bytes(struct program *program, const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (bytes[i] == '\n' || bytes[i] == '\r') {
			end_line(program);
			continue;
		}
		if (!program->in_text && program->line_size < sizeof(program->line)) {
			program->line[program->line_size++] = bytes[i];
			continue;
		}
		tail_add(&program->tail, program->line, program->line_size);
		tail_add(&program->tail, &bytes[i], 1);
		program->line_size = 0;
		program->in_text = true;
	}
}

static void read_stderr(struct program *program)
{
	char bytes[16 * 1024];
	size_t taken = 0;

	while (program->child.stderr_fd >= 0 && taken < STEP_BYTES_MAX) {
		ssize_t n = read(program->child.stderr_fd, bytes, sizeof(bytes));

		if (n > 0) {
			take_bytes(program, bytes, (size_t)n);
			taken += (size_t)n;
		} else if (n < 0 && errno == EINTR) {
			continue;
		} else if (n < 0 && errno == EAGAIN) {
			return;
		} else {
			close(program->child.stderr_fd);
			program->child.stderr_fd = -1;
		}
	}
}

/* What is left of standard error, printable; NULL when out of memory. */
static char *tail_text(const struct tail *tail)
{
	CLEANUP(strbuf) struct strbuf raw = STRBUF_EMPTY;
	struct strbuf text = STRBUF_EMPTY;
	size_t room = sizeof(tail->bytes), begin = 0, size;

	if (tail->count > room) {
		begin = tail->count % room;
		strbuf_add(&raw, tail->bytes + begin, room - begin);
		strbuf_add(&raw, tail->bytes, begin);
	} else {
		strbuf_add(&raw, tail->bytes, tail->count);
	}
	if (strbuf_failed(&raw))
		return NULL;
	size = raw.size;
	while (size > 0 && (raw.bytes[size - 1] == '\n' || raw.bytes[size - 1] == ' '))
		size--;
	begin = 0; /* the first character may have been cut in two */
	while (tail->count > room && begin < 3 && begin < size &&
	       ((unsigned char)raw.bytes[begin] & 0xC0) == 0x80)
		begin++;
	utf8_add_printable(&text, strbuf_text(&raw) + begin, size - begin, PRINTABLE_TEXT);
	return strbuf_take(&text, NULL);
}

static char *ending_text(const struct program *program, const siginfo_t *end)
{
	const char *name;
	char *text;
	int r;

	if (program->state == PROGRAM_TIMED_OUT)
		r = asprintf(&text, "it did not finish in time and was killed");
	else if (end->si_code == CLD_EXITED)
		r = asprintf(&text, "it ended with status %d and said nothing", end->si_status);
	else if (end->si_code == 0)
		r = asprintf(&text, "it ended, nobody knows how");
	else if (end->si_status == SIGXFSZ)
		r = asprintf(&text, "it wrote a file of more than %llu bytes, which is the limit",
			     (unsigned long long)program->output_bytes_max);
	else {
		name = sigabbrev_np(end->si_status);
		r = asprintf(&text, "it was ended by signal %d (SIG%s)", end->si_status,
			     name ? name : "?");
	}
	return r < 0 ? NULL : text;
}

/* Settles the state for good. `end` is how the leader ended, all zero: not yet. */
static void settle(struct program *program, enum program_state state, const siginfo_t *end)
{
	read_stderr(program);
	end_line(program);
	if (program->child.stderr_fd >= 0)
		close(program->child.stderr_fd);
	program->child.stderr_fd = -1;
	program->state = state;
	if (state == PROGRAM_SUCCEEDED)
		return;
	program->message = program->tail.count ? tail_text(&program->tail) : NULL;
	if (!program->message || !*program->message) {
		free(program->message);
		program->message = ending_text(program, end);
	}
}

/* Only while the leader is not reaped: see above. */
static void signal_group(const struct program *program, int signal_number)
{
	pid_t pid = program->child.pid;

	kill(-pid, signal_number);
	if (getpgid(pid) != pid) /* it went into another group */
		kill(pid, signal_number);
}

/* Whether the leader is dead; then *ret_end is how it ended, all zero if somebody
 * else has reaped it. */
static bool has_ended(const struct program *program, siginfo_t *ret_end)
{
	siginfo_t end = { 0 };
	int r;

	do
		r = waitid(P_PID, (id_t)program->child.pid, &end, WEXITED | WNOHANG | WNOWAIT);
	while (r < 0 && errno == EINTR);
	if (r == 0 && end.si_pid == 0)
		return false;
	*ret_end = r == 0 ? end : (siginfo_t){ 0 };
	return true;
}

/* Kills what is left of a dead leader's group and lets its number go. */
static void bury(struct program *program, const siginfo_t *end)
{
	if (end->si_pid) {
		signal_group(program, SIGKILL);
		while (waitpid(program->child.pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	program->child.pid = 0;
}

enum program_state program_step(struct program *program, int64_t steady_ms)
{
	siginfo_t end = { 0 };

	if (program->state != PROGRAM_RUNNING)
		return program->state;
	read_stderr(program);
	if (has_ended(program, &end)) {
		bury(program, &end);
		settle(program,
		       end.si_code == CLD_EXITED && end.si_status == 0 ? PROGRAM_SUCCEEDED
								       : PROGRAM_FAILED,
		       &end);
	} else if (steady_ms >= program->deadline_ms) {
		signal_group(program, SIGKILL);
		settle(program, PROGRAM_TIMED_OUT, &end);
	} else if (program->kill_ms && steady_ms >= program->kill_ms) {
		signal_group(program, SIGKILL);
	}
	return program->state;
}

pid_t program_pid(const struct program *program)
{
	return program->child.pid;
}

int program_progress(const struct program *program)
{
	return program->progress;
}

const char *program_message(const struct program *program)
{
	if (program->state == PROGRAM_RUNNING || program->state == PROGRAM_SUCCEEDED)
		return "";
	return program->message ? program->message : "out of memory";
}

void program_cancel(struct program *program, int64_t steady_ms)
{
	if (program->state != PROGRAM_RUNNING || program->kill_ms)
		return;
	signal_group(program, SIGTERM);
	program->kill_ms = steady_ms + TERM_TO_KILL_MS;
}

void program_free(struct program *program)
{
	struct pollfd fd;
	siginfo_t end;

	if (!program)
		return;
	if (program->child.pid > 0 && !has_ended(program, &end)) {
		signal_group(program, SIGKILL);
		fd = (struct pollfd){ .fd = program->child.pid_fd, .events = POLLIN };
		while (poll(&fd, 1, FREE_WAIT_MS) < 0 && errno == EINTR)
			;
	}
	/* One that even SIGKILL could not end yet is left to init. */
	if (program->child.pid > 0 && has_ended(program, &end))
		bury(program, &end);
	if (program->child.pid_fd >= 0)
		close(program->child.pid_fd);
	if (program->child.stderr_fd >= 0)
		close(program->child.stderr_fd);
	free(program->message);
	free(program);
}
