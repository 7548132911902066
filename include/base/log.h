/* What the daemon says to its operator. Only thread loops and app/ log above
 * debug: everything below returns an error to a caller who knows more. */
#ifndef EASELFS_BASE_LOG_H
#define EASELFS_BASE_LOG_H

#include "base/diag.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_NOTE, LOG_VERBOSE };

enum log_target { LOG_TO_STDERR, LOG_TO_SYSLOG, LOG_TO_FILE };

/* Chooses where messages go (stderr until called) and the most talkative level
 * shown. `path` is for LOG_TO_FILE only: opened for append, created 0600.
 * Main thread, before others run. Returns 0 or -errno of open(). */
int log_open(enum log_target target, const char *path, enum log_level most);

/* One line; control characters in the formatted text are escaped, so that no
 * name or reply can forge a line. Any thread. */
void log_write(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
