/* A plain binary heap, smallest deadline first. */
#include "base/timers.h"

#include <errno.h>
#include <stdlib.h>

static void swap(struct timer *a, struct timer *b)
{
	struct timer kept = *a;

	*a = *b;
	*b = kept;
}

int timer_add(struct timers *timers, int64_t id, int64_t at_ms)
{
	size_t i = timers->count;

	if (timers->count == timers->room) {
		size_t room = timers->room ? timers->room * 2 : 16;
		struct timer *heap = reallocarray(timers->heap, room, sizeof(*heap));

		if (!heap)
			return -ENOMEM;
		timers->heap = heap;
		timers->room = room;
	}
	timers->heap[timers->count++] = (struct timer){ at_ms, id };
	while (i && timers->heap[(i - 1) / 2].at_ms > timers->heap[i].at_ms) {
		swap(&timers->heap[i], &timers->heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	return 0;
}

static void sink(struct timers *timers)
{
	size_t i = 0;

	for (;;) {
		size_t least = i, left = 2 * i + 1, right = left + 1;

		if (left < timers->count && timers->heap[left].at_ms < timers->heap[least].at_ms)
			least = left;
		if (right < timers->count && timers->heap[right].at_ms < timers->heap[least].at_ms)
			least = right;
		if (least == i)
			return;
		swap(&timers->heap[i], &timers->heap[least]);
		i = least;
	}
}

bool timer_take_due(struct timers *timers, int64_t now_ms, int64_t *ret_id)
{
	if (!timers->count || timers->heap[0].at_ms > now_ms)
		return false;
	*ret_id = timers->heap[0].id;
	timers->heap[0] = timers->heap[--timers->count];
	sink(timers);
	return true;
}

int64_t timers_next(const struct timers *timers, int64_t otherwise)
{
	return timers->count && timers->heap[0].at_ms < otherwise ? timers->heap[0].at_ms
								  : otherwise;
}

void timers_move(struct timers *from, struct timers *to)
{
	while (from->count) {
		const struct timer *last = &from->heap[from->count - 1];

		if (timer_add(to, last->id, last->at_ms) < 0)
			return;
		from->count--;
	}
}

void timers_done(struct timers *timers)
{
	free(timers->heap);
	*timers = (struct timers){ 0 };
}
