/* The parent stays until the child says over a pipe that the mount answers, or
 * until the pipe ends because the child did; so the exit status means something
 * and errors reach the terminal. */
#include "background.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static int wait_for_child(int fd)
{
	char byte;
	ssize_t size;

	do
		size = read(fd, &byte, 1);
	while (size < 0 && errno == EINTR);
	close(fd);
	return size == 1 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int background_fork(int *ret_ready, int *ret_status)
{
	int ends[2];
	pid_t child;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	child = fork();
	if (child < 0) {
		int error = errno;

		close(ends[0]);
		close(ends[1]);
		return -error;
	}
	if (child) {
		close(ends[1]);
		*ret_status = wait_for_child(ends[0]);
		if (*ret_status != EXIT_SUCCESS)
			waitpid(child, NULL, 0);
		return 1;
	}
	close(ends[0]);
	setsid();
	*ret_ready = ends[1];
	return 0;
}

void background_ready(int ready)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		if (null > STDERR_FILENO)
			close(null);
	}
	if (write(ready, "", 1) < 0)
		_exit(EXIT_FAILURE); /* the parent was killed: nobody wants this mount */
	close(ready);
}
