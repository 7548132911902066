/* Things to do at a time: a binary heap of (id, deadline). Not locked. */
#ifndef EASELFS_BASE_TIMERS_H
#define EASELFS_BASE_TIMERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct timer {
	int64_t at_ms; /* steady clock */
	int64_t id;
};

struct timers {
	struct timer *heap;
	size_t count, room;
};

/* Adds a timer. -ENOMEM or 0. */
int timer_add(struct timers *timers, int64_t id, int64_t at_ms);
/* Takes the earliest timer whose time has come; false when there is none. */
bool timer_take_due(struct timers *timers, int64_t now_ms, int64_t *ret_id);
/* The earlier of `otherwise` and the first deadline. */
int64_t timers_next(const struct timers *timers, int64_t otherwise);
/* Moves all of `from` into `to`; what finds no memory stays for the next time. */
void timers_move(struct timers *from, struct timers *to);
void timers_done(struct timers *timers);

#endif
