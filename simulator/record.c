/* A line is in the file when record_add() returns (one write(2), append-only), so
 * that whoever got an answer finds what led to it, also after the simulator was
 * killed. */
#include "simulator/record.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"

struct record {
	pthread_mutex_t lock; /* guards what follows, and keeps the file's lines in order */
	char **lines;         /* a ring when `kept`, from `first` on */
	size_t first, count, room, kept;
	char *path;
	int fd;
	bool told;
};

/* Where the last whole line before `end` ends, or -errno. */
static off_t find_end_of_lines(int fd, off_t end)
{
	char bytes[4096];
	off_t from;
	ssize_t n;

	for (; end > 0; end = from) {
		from = end > (off_t)sizeof(bytes) ? end - (off_t)sizeof(bytes) : 0;
		n = pread(fd, bytes, (size_t)(end - from), from);
		if (n < 0)
			return -errno;
		while (n > 0 && bytes[n - 1] != '\n')
			n--;
		if (n > 0)
			return from + n;
	}
	return 0;
}

/* Who was killed in the middle of a line left half of it, and the next must not be joined
 * to that. Only of a file: a pipe has no such line. 0 or -errno. */
static int cut_half_line(const char *path)
{
	CLEANUP(close_fd) int fd = -1;
	struct stat st;
	off_t end;

	if (stat(path, &st) || !S_ISREG(st.st_mode))
		return 0;
	fd = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return -errno;
	end = find_end_of_lines(fd, st.st_size);
	if (end < 0)
		return (int)end;
	return end < st.st_size && ftruncate(fd, end) ? -errno : 0;
}

struct record *record_open(const char *path, size_t kept, struct diag *reterr_diag)
{
	struct record *record = calloc(1, sizeof(*record));
	int error = ENOMEM;

	if (!record)
		goto failed;
	pthread_mutex_init(&record->lock, NULL);
	record->kept = kept;
	record->fd = -1;
	if (!path)
		return record;
	record->path = strdup(path);
	error = record->path ? -cut_half_line(path) : ENOMEM;
	if (!error)
		record->fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
	if (record->fd >= 0)
		return record;
	error = error ? error : errno;
	record_close(record);
failed:
	diag_set(reterr_diag, 0, "cannot write %s: %s", path ? path : "a record", strerror(error));
	return NULL;
}

void record_close(struct record *record)
{
	if (!record)
		return;
	if (record->fd >= 0)
		close(record->fd);
	for (size_t i = 0; i < record->count; i++)
		free(record->lines[(record->first + i) % record->room]);
	free(record->lines);
	free(record->path);
	pthread_mutex_destroy(&record->lock);
	free(record);
}

/* Takes `line`. */
static void keep(struct record *record, char *line)
{
	if (record->kept && record->count == record->kept) {
		free(record->lines[record->first]);
		record->lines[record->first] = line;
		record->first = (record->first + 1) % record->room;
		return;
	}
	if (record->count == record->room) {
		size_t room = record->kept ? record->kept : record->room * 2 + 256;
		char **lines = realloc(record->lines, room * sizeof(*lines));

		if (!lines) {
			free(line);
			return;
		}
		record->lines = lines;
		record->room = room;
	}
	record->lines[record->count++] = line;
}

static void write_line(struct record *record, const char *line)
{
	CLEANUP(strbuf) struct strbuf text = STRBUF_EMPTY;
	int r;

	strbuf_add_text(&text, line);
	strbuf_add_char(&text, '\n');
	r = strbuf_failed(&text) ? -ENOMEM : file_write_all(record->fd, text.bytes, text.size);
	if (r < 0 && !record->told) {
		record->told = true;
		fprintf(stderr, "easelfs-simulator: cannot write %s: %s\n", record->path,
			strerror(-r));
	}
}

void record_add(struct record *record, cJSON *line)
{
	char *text = cJSON_PrintUnformatted(line);

	cJSON_Delete(line);
	if (!text)
		return;
	SCOPED_LOCK(&record->lock);
	if (record->fd >= 0)
		write_line(record, text);
	keep(record, text);
}

void record_read(struct record *record, struct strbuf *text)
{
	SCOPED_LOCK(&record->lock);

	for (size_t i = 0; i < record->count; i++) {
		strbuf_add_text(text, record->lines[(record->first + i) % record->room]);
		strbuf_add_char(text, '\n');
	}
}
