/* Where the daemon's lines go. Each message is formatted, made printable and
 * handed over in one write(2), so that lines of several threads never mix and
 * nothing a provider or a file name says can look like another line. The state
 * is set once by the main thread before others run, hence no lock; errno is kept,
 * because people log just before they return it. */
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "base/utf8.h"

enum { LINE_BYTES_MAX = 8192 };

static const struct {
	const char *name;
	int priority;
} levels[] = {
	[LOG_ERROR] = { "error", LOG_ERR },
	[LOG_WARN] = { "warning", LOG_WARNING },
	[LOG_NOTE] = { "note", LOG_NOTICE },
	[LOG_VERBOSE] = { "debug", LOG_DEBUG },
};

static struct {
	enum log_target target;
	enum log_level most;
	int fd; /* LOG_TO_FILE's, else stderr's */
} sink = { LOG_TO_STDERR, LOG_NOTE, STDERR_FILENO };

int log_open(enum log_target target, const char *path, enum log_level most)
{
	int fd = STDERR_FILENO;

	if (target == LOG_TO_FILE) {
		fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
		if (fd < 0)
			return -errno;
	}
	if (sink.target == LOG_TO_FILE)
		close(sink.fd);
	if (target == LOG_TO_SYSLOG)
		openlog("easelfs", LOG_PID, LOG_DAEMON);
	sink.target = target;
	sink.most = most;
	sink.fd = fd;
	return 0;
}

/* "2026-11-21T01:02:03Z error: " in files; a terminal's reader knows the time. */
static void add_opening(struct strbuf *line, enum log_level level)
{
	char now[CLOCK_TEXT_ROOM];

	if (sink.target == LOG_TO_FILE)
		strbuf_addf(line, "%s %s: ", clock_text(clock_wall_ms(), now, sizeof(now)),
			    levels[level].name);
	else if (sink.target == LOG_TO_STDERR)
		strbuf_addf(line, "easelfs: %s: ", levels[level].name);
}

static void send_line(enum log_level level, const char *text, size_t size)
{
	CLEANUP(strbuf) struct strbuf line = STRBUF_EMPTY;

	add_opening(&line, level);
	utf8_add_printable(&line, text, size, PRINTABLE_LINE);
	if (sink.target == LOG_TO_SYSLOG) {
		if (!strbuf_failed(&line))
			syslog(levels[level].priority, "%s", strbuf_text(&line));
		return;
	}
	strbuf_add_char(&line, '\n');
	/* A log that cannot be written has nobody left to tell. */
	if (strbuf_failed(&line))
		(void)file_write_all(sink.fd, "easelfs: out of memory\n", 23);
	else
		(void)file_write_all(sink.fd, line.bytes, line.size);
}

void log_write(enum log_level level, const char *format, ...)
{
	char text[LINE_BYTES_MAX];
	int kept = errno, n;
	va_list args;
	size_t size;

	if (level > sink.most)
		return;
	va_start(args, format);
	n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (n >= 0) {
		size = strlen(text);
		if ((size_t)n > size)
			size = utf8_cut(text, size, size - 1);
		send_line(level, text, size);
	}
	errno = kept;
}
