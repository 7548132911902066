/* What happened, as lines of JSON: in memory for whoever asks, and in a file. */
#ifndef EASELFS_SIMULATOR_RECORD_H
#define EASELFS_SIMULATOR_RECORD_H

#include <cjson/cJSON.h>
#include <stddef.h>

#include "base/diag.h"
#include "base/strbuf.h"

struct record;

/* Keeps the newest `kept` lines (0: all) and appends each to the file `path` (NULL: none),
 * which is made with mode 0600; half a line at its end is cut off. NULL with a diag. */
struct record *record_open(const char *path, size_t kept, struct diag *reterr_diag);
void record_close(struct record *record);

/* Any thread. Takes `line`. What cannot be written to the file is told once, on
 * standard error. */
void record_add(struct record *record, cJSON *line);
/* Appends the lines, oldest first. Any thread. */
void record_read(struct record *record, struct strbuf *text);

#endif
