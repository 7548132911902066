/* A small table of calls under way: there are never more than are in flight, so
 * a list under a lock is enough. */
#include "engine/live.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/cleanup.h"

struct progress {
	int64_t call;
	int percent;
};

struct live {
	pthread_mutex_t lock; /* guards all below; held for a short walk */
	struct progress *items;
	size_t count;
};

struct live *live_new(void)
{
	struct live *live = calloc(1, sizeof(*live));

	if (live)
		pthread_mutex_init(&live->lock, NULL);
	return live;
}

void live_free(struct live *live)
{
	if (!live)
		return;
	pthread_mutex_destroy(&live->lock);
	free(live->items);
	free(live);
}

static struct progress *find(struct live *live, int64_t call)
{
	for (size_t i = 0; i < live->count; i++)
		if (live->items[i].call == call)
			return &live->items[i];
	return NULL;
}

void live_set(struct live *live, int64_t call, int percent)
{
	SCOPED_LOCK(&live->lock);
	struct progress *item = find(live, call);

	if (item && percent < 0) {
		*item = live->items[--live->count];
	} else if (item) {
		item->percent = percent;
	} else if (percent >= 0) {
		item = reallocarray(live->items, live->count + 1, sizeof(*item));
		if (!item)
			return; /* a progress bar less */
		live->items = item;
		live->items[live->count++] = (struct progress){ call, percent };
	}
}

int live_get(struct live *live, int64_t call)
{
	SCOPED_LOCK(&live->lock);
	const struct progress *item = find(live, call);

	return item ? item->percent : -1;
}
