/* What may be lost: how far the runs under way are. In memory only. */
#ifndef EASELFS_ENGINE_LIVE_H
#define EASELFS_ENGINE_LIVE_H

#include <stdint.h>

struct live;

struct live *live_new(void);       /* NULL when out of memory */
void live_free(struct live *live); /* NULL is a no-op */

/* Sets a call's progress, 0 to 100; -1 forgets it. Engine thread. */
void live_set(struct live *live, int64_t call, int percent);
/* A call's progress, or -1. Any thread; never blocks for long. */
int live_get(struct live *live, int64_t call);

#endif
