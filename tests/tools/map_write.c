/* map_write FILE TEXT: writes TEXT over the beginning of FILE through a shared
 * mapping that outlives the descriptor, as databases and some editors do. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int fail(const char *what)
{
	perror(what);
	return 1;
}

int main(int argc, char **argv)
{
	size_t size;
	char *bytes;
	int fd;

	if (argc != 3) {
		fprintf(stderr, "usage: map_write FILE TEXT\n");
		return 2;
	}
	size = strlen(argv[2]);
	fd = open(argv[1], O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return fail(argv[1]);
	bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (bytes == MAP_FAILED)
		return fail("mmap");
	if (close(fd) < 0)
		return fail("close");
	memcpy(bytes, argv[2], size);
	return munmap(bytes, size) < 0 ? fail("munmap") : 0;
}
