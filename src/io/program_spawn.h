/* The start of a child process; io/program.h owns and watches it afterwards. */
#ifndef EASELFS_IO_PROGRAM_SPAWN_H
#define EASELFS_IO_PROGRAM_SPAWN_H

#include <sys/types.h>

#include "io/program.h"

struct spawned {
	pid_t pid;     /* leads a process group of its own */
	int pid_fd;    /* readable once it has ended */
	int stderr_fd; /* what it says; non-blocking */
};

/* Returns once the program itself runs: 0 with all three the caller's to reap and
 * close, or the -errno of finding or starting it, with nothing left behind. */
int spawn_program(const struct program_order *order, struct spawned *ret_spawned);

#endif
