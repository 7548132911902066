/* The two clocks. Deciding functions take the time as a parameter; only loops
 * and the catalog ask for it. */
#ifndef EASELFS_BASE_CLOCK_H
#define EASELFS_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

enum { CLOCK_TEXT_ROOM = 32 };

/* Since 1970, for records that people read. May jump. */
int64_t clock_wall_ns(void);
int64_t clock_wall_ms(void);
/* For deadlines: never jumps, means nothing after a restart. */
int64_t clock_steady_ms(void);

/* "2026-11-21T01:02:03Z" into `room` >= CLOCK_TEXT_ROOM bytes; returns `text`. */
const char *clock_text(int64_t wall_ms, char *text, size_t room);
/* Days since 1970 (UTC), and the first day of the month that a day is in. */
int64_t clock_day(int64_t wall_ms);
int64_t clock_month_start(int64_t day);
struct timespec clock_timespec(int64_t wall_ns);
int64_t clock_ns(struct timespec ts);

#endif
