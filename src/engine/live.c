/* A small table of calls under way: there are never more than are in flight, so
 * a list under a lock is enough. */
#include "engine/live.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

struct progress {
	int64_t call;
	int percent;
};

struct trouble {
	struct trouble *next;
	char provider[64];
	char why[200];
};

struct live {
	pthread_mutex_t lock; /* guards all below; held for a short walk */
	struct progress *items;
	size_t count;
	struct trouble *troubles;
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
	while (live->troubles) {
		struct trouble *trouble = live->troubles;

		live->troubles = trouble->next;
		free(trouble);
	}
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

static struct trouble *find_trouble(struct live *live, const char *provider)
{
	struct trouble *trouble = live->troubles;

	while (trouble && strcmp(trouble->provider, provider) != 0)
		trouble = trouble->next;
	return trouble;
}

void live_set_trouble(struct live *live, const char *provider, const char *why)
{
	SCOPED_LOCK(&live->lock);
	struct trouble *trouble = find_trouble(live, provider);

	if (!trouble && why) {
		trouble = calloc(1, sizeof(*trouble));
		if (!trouble)
			return; /* a line less */
		snprintf(trouble->provider, sizeof(trouble->provider), "%s", provider);
		trouble->next = live->troubles;
		live->troubles = trouble;
	}
	if (trouble)
		snprintf(trouble->why, sizeof(trouble->why), "%s", why ? why : "");
}

void live_get_trouble(struct live *live, const char *provider, char *why, size_t room)
{
	SCOPED_LOCK(&live->lock);
	const struct trouble *trouble = find_trouble(live, provider);

	snprintf(why, room, "%s", trouble ? trouble->why : "");
}
