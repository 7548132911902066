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
	if (record->path)
		record->fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
	if (record->fd >= 0)
		return record;
	error = record->path ? errno : ENOMEM;
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
