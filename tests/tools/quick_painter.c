/* A painter for tests: quick_painter OUTPUT SEED PROMPT
 *
 * Paints a tiny PNG, another one for another seed or prompt, after it has obeyed
 * the words of the prompt from left to right. So a test says in the request what
 * the painter shall do, and holds a job in `running` for as long as it wants:
 *
 *   until=FILE   goes on when FILE exists
 *   sleep=S      goes on after S seconds
 *   NN%          says NN% on standard error
 *   say=WORD     says WORD on standard error
 *   pid=FILE     leaves the number of this process in FILE
 *   child=FILE   starts a child that never ends and leaves its number in FILE
 *   needs=FILE   fails unless FILE exists
 *   for=S:WORD   obeys WORD if the seed is S
 *   fail=WORD    says WORD and ends with status 1
 *   fail         ends with status 1 and says nothing
 *   signal=N     is ended by signal N
 *   hang         never ends, deaf to SIGTERM
 *   chatter      talks for ever on standard error
 *   endless      paints for ever
 *   garbage      leaves what is no picture
 *   half         leaves the first half of a picture
 *   nothing      leaves nothing
 *
 * In WORD, `_` stands for a space. Other words are only a prompt. */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

enum {
	SIDE = 8,
	ROW_SIZE = 1 + SIDE * 3, /* the filter's number, then RGB */
	PICTURE_ROOM = 1024,
	LOOK_US = 2000,
};

struct bytes {
	unsigned char at[PICTURE_ROOM];
	size_t size;
};

static const char *output;
static unsigned long seed;

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "quick_painter: %s: %s\n", what, strerror(errno));
	exit(2);
}

/* ---- the picture ---- */

static void add(struct bytes *bytes, const void *from, size_t size)
{
	if (size)
		memcpy(bytes->at + bytes->size, from, size);
	bytes->size += size;
}

static void add_big32(struct bytes *bytes, uLong number)
{
	unsigned char big[4] = { number >> 24 & 255, number >> 16 & 255, number >> 8 & 255,
				 number & 255 };

	add(bytes, big, sizeof(big));
}

static void add_chunk(struct bytes *png, const char *type, const void *data, size_t size)
{
	size_t begin;

	add_big32(png, size);
	begin = png->size;
	add(png, type, 4);
	add(png, data, size);
	add_big32(png, crc32(crc32(0, NULL, 0), png->at + begin, (uInt)(png->size - begin)));
}

static void paint(struct bytes *png, uint32_t color)
{
	static const unsigned char header[] = { 0, 0, 0, SIDE, 0, 0, 0, SIDE, 8, 2, 0, 0, 0 };
	unsigned char pixels[SIDE * ROW_SIZE] = { 0 }, packed[PICTURE_ROOM / 2];
	uLongf packed_size = sizeof(packed);

	for (int y = 0; y < SIDE; y++)
		for (int x = 0; x < SIDE; x++) {
			unsigned char *pixel = pixels + y * ROW_SIZE + 1 + x * 3;

			for (int i = 0; i < 3; i++)
				pixel[i] = color >> 8 * (y < 2 ? 3 : i) & 255;
		}
	if (compress(packed, &packed_size, pixels, sizeof(pixels)) != Z_OK)
		die("zlib");
	add(png, "\x89PNG\r\n\x1a\n", 8);
	add_chunk(png, "IHDR", header, sizeof(header));
	add_chunk(png, "IDAT", packed, packed_size);
	add_chunk(png, "IEND", NULL, 0);
}

static FILE *open_output(void)
{
	FILE *file = fopen(output, "wb");

	if (!file)
		die(output);
	return file;
}

static void leave(const void *bytes, size_t size)
{
	FILE *file = open_output();

	if (fwrite(bytes, 1, size, file) != size || fclose(file))
		die(output);
}

/* ---- obeying ---- */

static void wait_for(const char *path)
{
	while (access(path, F_OK) < 0)
		usleep(LOOK_US);
}

/* Whole at once, or a test could read half a number. */
static void leave_number(const char *path, long number)
{
	char *new_path;
	FILE *file;

	if (asprintf(&new_path, "%s.new", path) < 0)
		die("asprintf");
	file = fopen(new_path, "w");
	if (!file || fprintf(file, "%ld\n", number) < 0 || fclose(file) ||
	    rename(new_path, path) < 0)
		die(path);
	free(new_path);
}

static void say(const char *word)
{
	for (; *word; word++)
		fputc(*word == '_' ? ' ' : *word, stderr);
	fputc('\n', stderr);
}

static void start_child(const char *path)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid == 0)
		for (;;)
			pause();
	leave_number(path, pid);
}

static _Noreturn void hang(void)
{
	signal(SIGTERM, SIG_IGN);
	for (;;)
		pause();
}

static _Noreturn void paint_for_ever(void)
{
	static const char canvas[64 * 1024];
	FILE *file = open_output();

	while (fwrite(canvas, sizeof(canvas), 1, file) == 1)
		;
	die(output);
}

static _Noreturn void chatter(void)
{
	for (;;)
		say("I_am_still_at_it");
}

static _Noreturn void leave_half(uint32_t color)
{
	struct bytes png = { .size = 0 };

	paint(&png, color);
	leave(png.at, png.size / 2);
	exit(0);
}

/* What follows `key` in `word`, or NULL. */
static const char *value_of(const char *word, const char *key)
{
	size_t size = strlen(key);

	return strncmp(word, key, size) ? NULL : word + size;
}

static void obey(const char *word, uint32_t color);

/* "S:WORD" */
static void obey_for(const char *text, uint32_t color)
{
	char *word;

	if (strtoul(text, &word, 10) == seed && *word == ':')
		obey(word + 1, color);
}

static void obey_value(const char *word, uint32_t color)
{
	const char *value;

	if ((value = value_of(word, "until="))) {
		wait_for(value);
	} else if ((value = value_of(word, "sleep="))) {
		usleep((useconds_t)(strtod(value, NULL) * 1000000));
	} else if ((value = value_of(word, "say="))) {
		say(value);
	} else if ((value = value_of(word, "pid="))) {
		leave_number(value, getpid());
	} else if ((value = value_of(word, "child="))) {
		start_child(value);
	} else if ((value = value_of(word, "needs="))) {
		if (access(value, F_OK) < 0)
			die(value);
	} else if ((value = value_of(word, "for="))) {
		obey_for(value, color);
	} else if ((value = value_of(word, "fail="))) {
		say(value);
		exit(1);
	} else if ((value = value_of(word, "signal="))) {
		raise((int)strtol(value, NULL, 10));
	}
}

static void obey(const char *word, uint32_t color)
{
	size_t digits = strspn(word, "0123456789");

	if (digits && !strcmp(word + digits, "%"))
		say(word);
	else if (!strcmp(word, "fail"))
		exit(1);
	else if (!strcmp(word, "hang"))
		hang();
	else if (!strcmp(word, "chatter"))
		chatter();
	else if (!strcmp(word, "endless"))
		paint_for_ever();
	else if (!strcmp(word, "half"))
		leave_half(color);
	else if (!strcmp(word, "nothing"))
		exit(0);
	else if (!strcmp(word, "garbage")) {
		leave("this is no picture\n", 19);
		exit(0);
	} else
		obey_value(word, color);
}

int main(int argc, char **argv)
{
	struct bytes png = { .size = 0 };
	uint32_t color;
	char *word, *rest;

	if (argc != 4) {
		fprintf(stderr, "usage: quick_painter OUTPUT SEED PROMPT\n");
		return 2;
	}
	output = argv[1];
	seed = strtoul(argv[2], NULL, 10);
	color = (uint32_t)crc32(seed, (const Bytef *)argv[3], (uInt)strlen(argv[3]));
	setvbuf(stderr, NULL, _IOLBF, 0);
	for (word = strtok_r(argv[3], " \n", &rest); word; word = strtok_r(NULL, " \n", &rest))
		obey(word, color);
	paint(&png, color);
	leave(png.at, png.size);
	return 0;
}
