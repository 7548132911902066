/* The line of `events` that a change of state makes. Pure. */
#ifndef EASELFS_JOB_JOURNAL_H
#define EASELFS_JOB_JOURNAL_H

#include <stdint.h>

#include "base/strbuf.h"
#include "job/state.h"

/* Appends one JSON object and a newline: time, job (its path below requests/),
 * run (null for 0), status, and reason where it is held. 0 or -ENOMEM. */
int journal_line(int64_t wall_ms, const struct strbuf *path, int64_t run, enum state state,
		 enum hold hold, struct strbuf *line);

/* "key", "in doubt", …; "" for HOLD_NONE. */
const char *hold_word(enum hold hold);

#endif
