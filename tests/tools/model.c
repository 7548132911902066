/* model SEED STEPS LIMIT EXPECTED FILE OTHER
 *
 * Does random things to FILE, which it keeps open from first to last (so a request
 * is never sent), and to an array in memory, and compares the two byte by byte.
 * FILE is renamed to OTHER and back. What the file must hold in the end is left in
 * EXPECTED; the last line of the output is the name it has then. The same SEED
 * does the same again. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SPAN_MAX = 200 * 1024, STORY_STEPS = 40, STORY_ROOM = 120 };

static struct {
	uint64_t random;
	size_t limit, size;
	unsigned char *bytes, *seen; /* `limit` each */
	const char *names[2];
	int name; /* which of them it has now */
	int fd;
	char story[STORY_STEPS][STORY_ROOM]; /* the last steps, a ring */
	long step;
} model;

static uint64_t draw(uint64_t below)
{
	model.random ^= model.random << 13;
	model.random ^= model.random >> 7;
	model.random ^= model.random << 17;
	return below ? model.random % below : 0;
}

static const char *path(void)
{
	return model.names[model.name];
}

__attribute__((format(printf, 1, 2))) static void tell(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(model.story[model.step % STORY_STEPS], STORY_ROOM, format, args);
	va_end(args);
}

__attribute__((format(printf, 1, 2))) static _Noreturn void fail(const char *format, ...)
{
	va_list args;
	long first = model.step < STORY_STEPS ? 0 : model.step - STORY_STEPS + 1;

	for (long n = first; n <= model.step; n++)
		fprintf(stderr, "step %ld: %s\n", n, model.story[n % STORY_STEPS]);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\n");
	exit(1);
}

static void check(bool good, const char *what)
{
	if (!good)
		fail("%s: %s", what, strerror(errno));
}

static void open_file(int flags)
{
	int fd = open(path(), O_RDWR | O_CLOEXEC | flags, 0600);

	check(fd >= 0, "open");
	if (model.fd >= 0)
		check(close(model.fd) == 0, "close");
	model.fd = fd;
}

static void compare(const unsigned char *got, size_t offset, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (got[i] != model.bytes[offset + i])
			fail("byte %zu is 0x%02x and should be 0x%02x", offset + i, got[i],
			     model.bytes[offset + i]);
	}
}

static void make_bytes(unsigned char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		bytes[i] = (unsigned char)draw(256);
}

/* Mostly inside, sometimes behind the end. */
static void draw_span(size_t *ret_offset, size_t *ret_size)
{
	size_t end = draw(4) ? model.size : model.limit;

	*ret_offset = draw(end + 1);
	*ret_size = draw(draw(3) ? 300 : SPAN_MAX);
	if (*ret_size > model.limit - *ret_offset)
		*ret_size = model.limit - *ret_offset;
}

static void grow(size_t size)
{
	if (size > model.size)
		model.size = size;
}

/* ---- steps ---- */

static void write_somewhere(void)
{
	size_t offset, size;

	draw_span(&offset, &size);
	tell("write %zu at %zu", size, offset);
	make_bytes(model.bytes + offset, size);
	check(pwrite(model.fd, model.bytes + offset, size, (off_t)offset) == (ssize_t)size,
	      "pwrite");
	if (size)
		grow(offset + size);
}

static void append(void)
{
	size_t size = draw(5000);
	int fd;

	if (size > model.limit - model.size)
		size = model.limit - model.size;
	tell("append %zu at %zu", size, model.size);
	make_bytes(model.bytes + model.size, size);
	fd = open(path(), O_WRONLY | O_APPEND | O_CLOEXEC);
	check(fd >= 0, "open to append");
	check(write(fd, model.bytes + model.size, size) == (ssize_t)size, "append");
	check(close(fd) == 0, "close");
	grow(model.size + size);
}

static void read_somewhere(void)
{
	size_t offset, size, want;
	ssize_t got;

	draw_span(&offset, &size);
	tell("read %zu at %zu", size, offset);
	want = offset >= model.size ? 0 : model.size - offset;
	want = want < size ? want : size;
	got = pread(model.fd, model.seen, size, (off_t)offset);
	if (got != (ssize_t)want)
		fail("read %zd bytes instead of %zu: %s", got, want, strerror(errno));
	compare(model.seen, offset, want);
}

static void cut(void)
{
	size_t size = draw(draw(2) ? model.size + 1 : model.limit + 1);
	bool by_name = draw(2);

	tell("truncate from %zu to %zu%s", model.size, size, by_name ? " by name" : "");
	if (size < model.size)
		memset(model.bytes + size, 0, model.size - size);
	check((by_name ? truncate(path(), (off_t)size) : ftruncate(model.fd, (off_t)size)) == 0,
	      "truncate");
	model.size = size;
}

static void map_and_write(void)
{
	size_t offset, size;
	unsigned char *map;

	draw_span(&offset, &size);
	if (offset >= model.size)
		return;
	if (size > model.size - offset)
		size = model.size - offset;
	tell("mapped write %zu at %zu", size, offset);
	map = mmap(NULL, model.size, PROT_READ | PROT_WRITE, MAP_SHARED, model.fd, 0);
	check(map != MAP_FAILED, "mmap");
	compare(map + offset, offset, size);
	make_bytes(model.bytes + offset, size);
	memcpy(map + offset, model.bytes + offset, size);
	if (draw(2))
		check(msync(map, model.size, MS_SYNC) == 0, "msync");
	check(munmap(map, model.size) == 0, "munmap");
}

static void look(void)
{
	struct stat st;

	tell("stat");
	check(stat(path(), &st) == 0, "stat");
	if (st.st_size != (off_t)model.size)
		fail("the size is %lld and should be %zu", (long long)st.st_size, model.size);
	check(lseek(model.fd, 0, SEEK_END) == (off_t)model.size, "lseek");
}

static void move(void)
{
	tell("rename to %s", model.names[!model.name]);
	check(rename(path(), model.names[!model.name]) == 0, "rename");
	model.name = !model.name;
}

static void reopen(void)
{
	tell("open again");
	open_file(0);
}

static void sync_file(void)
{
	tell("fsync");
	check(fsync(model.fd) == 0, "fsync");
}

/* What the kernel remembers is dropped, so that the daemon's bytes are read. */
static void forget(void)
{
	tell("drop the cache");
	check(fsync(model.fd) == 0, "fsync");
	check(posix_fadvise(model.fd, 0, 0, POSIX_FADV_DONTNEED) == 0, "fadvise");
}

static const struct {
	void (*take)(void);
	unsigned weight;
} steps[] = {
	{ write_somewhere, 30 },
	{ read_somewhere, 30 },
	{ append, 8 },
	{ cut, 6 },
	{ map_and_write, 10 },
	{ look, 6 },
	{ move, 4 },
	{ reopen, 4 },
	{ sync_file, 1 },
	{ forget, 6 },
};

static void step(void)
{
	unsigned sum = 0, drawn;
	size_t i = 0;

	for (size_t n = 0; n < sizeof(steps) / sizeof(steps[0]); n++)
		sum += steps[n].weight;
	for (drawn = (unsigned)draw(sum); drawn >= steps[i].weight; i++)
		drawn -= steps[i].weight;
	steps[i].take();
}

static void compare_all(void)
{
	tell("read all");
	check(pread(model.fd, model.seen, model.limit, 0) == (ssize_t)model.size, "read all");
	compare(model.seen, 0, model.size);
}

int main(int argc, char **argv)
{
	long count;
	FILE *expected;

	if (argc != 7) {
		fprintf(stderr, "usage: model SEED STEPS LIMIT EXPECTED FILE OTHER\n");
		return 2;
	}
	model.random = strtoull(argv[1], NULL, 10) * 2685821657736338717u + 1;
	count = strtol(argv[2], NULL, 10);
	model.limit = strtoull(argv[3], NULL, 10);
	model.bytes = calloc(1, model.limit);
	model.seen = calloc(1, model.limit);
	model.names[0] = argv[5];
	model.names[1] = argv[6];
	model.fd = -1;
	check(model.bytes && model.seen, "memory");
	open_file(O_CREAT | O_TRUNC);
	for (; model.step < count; model.step++)
		step();
	compare_all();
	expected = fopen(argv[4], "wb");
	check(expected && fwrite(model.bytes, 1, model.size, expected) == model.size &&
		      fclose(expected) == 0,
	      "the expected bytes");
	puts(path());
	return 0;
}
