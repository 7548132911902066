/* poll(2) for tests: poll_fd FD in|pri|any SECONDS
 *
 * Waits for the event on a descriptor that the caller has open, so that it is
 * about that very handle, and prints which of in and pri are there: "in", "pri",
 * "in pri", "other". Prints "nothing" when the time is up. With 0 seconds it is
 * a look. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
	struct pollfd fd = { .fd = -1 };
	int r;

	if (argc != 4) {
		fprintf(stderr, "usage: poll_fd FD in|pri|any SECONDS\n");
		return 2;
	}
	fd.fd = (int)strtol(argv[1], NULL, 10);
	if (strcmp(argv[2], "pri") != 0)
		fd.events |= POLLIN;
	if (strcmp(argv[2], "in") != 0)
		fd.events |= POLLPRI;
	r = poll(&fd, 1, (int)strtol(argv[3], NULL, 10) * 1000);
	if (r < 0) {
		fprintf(stderr, "poll_fd: %s\n", strerror(errno));
		return 1;
	}
	if (!r)
		puts("nothing");
	else if (!(fd.revents & (POLLIN | POLLPRI)))
		puts("other");
	else
		printf("%s%s%s\n", fd.revents & POLLIN ? "in" : "",
		       (fd.revents & POLLIN) && (fd.revents & POLLPRI) ? " " : "",
		       fd.revents & POLLPRI ? "pri" : "");
	return 0;
}
