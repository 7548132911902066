/* What may be lost: how far the runs under way are, and which providers are in trouble.
 * In memory only. */
#ifndef EASELFS_ENGINE_LIVE_H
#define EASELFS_ENGINE_LIVE_H

#include <stddef.h>
#include <stdint.h>

struct live;

struct live *live_new(void);       /* NULL when out of memory */
void live_free(struct live *live); /* NULL is a no-op */

/* Sets a call's progress, 0 to 100; -1 forgets it. Engine thread. */
void live_set(struct live *live, int64_t call, int percent);
/* Why a provider takes no submissions just now, NULL: it does. Engine thread. */
void live_set_trouble(struct live *live, const char *provider, const char *why);
/* Copies it, "" for none. Any thread; never blocks for long. */
void live_get_trouble(struct live *live, const char *provider, char *why, size_t room);

/* A call's progress, or -1. Any thread; never blocks for long. */
int live_get(struct live *live, int64_t call);

#endif
