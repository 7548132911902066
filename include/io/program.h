/* A painter that is a program of this machine: started without a shell, in a
 * process group of its own, watched by its owner's poll loop. One thread (the
 * engine) owns all of them. */
#ifndef EASELFS_IO_PROGRAM_H
#define EASELFS_IO_PROGRAM_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { PROGRAM_POLLFDS = 2, PROGRAM_MESSAGE_BYTES_MAX = 4096 };

struct program;

struct program_order {
	char *const *argv;         /* argv[0] is looked up in PATH */
	const char *stdout_path;   /* created, truncated; what it prints may be the image */
	uint64_t output_bytes_max; /* RLIMIT_FSIZE of the child */
	int64_t deadline_ms;       /* steady clock; killed then */
};

enum program_state {
	PROGRAM_RUNNING,
	PROGRAM_SUCCEEDED, /* exit status 0 */
	PROGRAM_FAILED,    /* see program_message() */
	PROGRAM_TIMED_OUT
};

/* Starts it: stdin is /dev/null, signals at their defaults, no descriptor of ours
 * but 0..2, killed by the kernel when the calling thread dies. Returns 0 or the
 * -errno of finding and starting it (-ENOENT, -EACCES, -EAGAIN…). */
int program_start(const struct program_order *order, struct program **ret_program);

/* Fills `fds` with what to poll for and returns how many (<= PROGRAM_POLLFDS). */
size_t program_pollfds(const struct program *program, struct pollfd *fds);

/* Reads what there is, reaps, applies the deadline; never blocks. Once it returns
 * something else than PROGRAM_RUNNING it goes on returning that. */
enum program_state program_step(struct program *program, int64_t steady_ms);

/* Its process id. */
pid_t program_pid(const struct program *program);

/* 0 to 100: the last line of standard error that is a number followed by `%`,
 * or -1. */
int program_progress(const struct program *program);

/* Why it failed, one or more lines for a person: the last
 * PROGRAM_MESSAGE_BYTES_MAX bytes of its standard error without progress lines,
 * made printable, or, when there is nothing, its exit status or signal in words.
 * Valid until program_free(). */
const char *program_message(const struct program *program);

/* SIGTERM to the group, SIGKILL after a second of program_step() calls. */
void program_cancel(struct program *program, int64_t steady_ms);

/* Kills what still runs, reaps it and frees. NULL is a no-op. */
void program_free(struct program *program);

#endif
