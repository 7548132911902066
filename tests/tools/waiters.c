/* Many readers that block: waiters COUNT FILE
 *
 * COUNT threads open FILE and read it. Says "waiting" once the kernel has every
 * one of them in its read(2), and what they got when all are back: "1000 done",
 * a line for each different answer. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { COUNT_MAX = 20000, STACK_SIZE = 128 * 1024, ANSWER_ROOM = 64, LOOK_US = 20000 };

struct reader {
	pthread_t thread;
	_Atomic pid_t id; /* of the thread; 0: not at its read yet */
	char answer[ANSWER_ROOM];
	unsigned same; /* readers with this answer, in the first that has it */
};

static const char *path;

static _Noreturn void die(const char *what, int error)
{
	fprintf(stderr, "waiters: %s: %s\n", what, strerror(error));
	exit(2);
}

static void *read_it(void *arg)
{
	struct reader *reader = arg;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t size;

	if (fd < 0)
		die(path, errno);
	reader->id = (pid_t)syscall(SYS_gettid);
	size = read(fd, reader->answer, sizeof(reader->answer) - 1);
	if (size < 0)
		snprintf(reader->answer, sizeof(reader->answer), "%s", strerror(errno));
	reader->answer[size < 0 ? ANSWER_ROOM - 1 : size] = '\0';
	reader->answer[strcspn(reader->answer, "\n")] = '\0';
	close(fd);
	return NULL;
}

static void start(struct reader *readers, size_t count)
{
	pthread_attr_t attributes;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_SIZE);
	for (size_t i = 0; i < count; i++) {
		int error = pthread_create(&readers[i].thread, &attributes, read_it, &readers[i]);

		if (error)
			die("pthread_create", error);
	}
	pthread_attr_destroy(&attributes);
}

/* Whether the thread is in read(2), or back from it. */
static int has_asked(const struct reader *reader)
{
	char name[64], text[32] = "";
	FILE *file;

	if (!reader->id)
		return 0;
	snprintf(name, sizeof(name), "/proc/self/task/%d/syscall", (int)reader->id);
	file = fopen(name, "r");
	if (!file)
		return 1;
	if (!fgets(text, sizeof(text), file))
		text[0] = '\0';
	fclose(file);
	return strtol(text, NULL, 10) == SYS_read && text[0] != 'r';
}

static void await_all(struct reader *readers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		while (!has_asked(&readers[i]))
			usleep(LOOK_US);
}

static void tell(struct reader *readers, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t first = 0;

		while (strcmp(readers[first].answer, readers[i].answer) != 0)
			first++;
		readers[first].same++;
	}
	for (size_t i = 0; i < count; i++)
		if (readers[i].same)
			printf("%u %s\n", readers[i].same, readers[i].answer);
}

int main(int argc, char **argv)
{
	struct rlimit files;
	struct reader *readers;
	size_t count;

	if (argc != 3) {
		fprintf(stderr, "usage: waiters COUNT FILE\n");
		return 2;
	}
	count = strtoul(argv[1], NULL, 10);
	if (!count || count > COUNT_MAX)
		die(argv[1], EINVAL);
	path = argv[2];
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	readers = calloc(count, sizeof(*readers));
	if (!readers)
		die("calloc", errno);
	start(readers, count);
	await_all(readers, count);
	puts("waiting");
	fflush(stdout);
	for (size_t i = 0; i < count; i++)
		pthread_join(readers[i].thread, NULL);
	tell(readers, count);
	free(readers);
	return 0;
}
