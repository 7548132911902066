/* Parked requests by job. The order that keeps a waiter from being lost or
 * answered twice: it is parked first and the job looked at afterwards; whoever
 * takes it out of the list answers it, and only they.
 *
 * libfuse calls the interrupt function with the request's own lock held, and the
 * waker clears that function (which takes the same lock) before it answers: so a
 * waiter is never freed under an interrupt that is being delivered. */
#include "mount/watch.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "mount/text.h"

enum { BUCKETS = 1024 };

struct waiter {
	struct waiter *next;
	struct waiter **link; /* what points to it; NULL: not in a list */
	struct watch *watch;
	fuse_req_t req;
	int64_t job;
	size_t size; /* of the read */
	int64_t offset;
	_Atomic int64_t *answer;
	bool interrupted; /* before it was parked */
};

struct poller {
	struct poller *next;
	struct poller **link; /* what points to it */
	struct polls *polls;
	int64_t job; /* 0: any */
	struct fuse_pollhandle *handle;
};

struct watch {
	const struct mount *mount;
	/* Guards all below; held for a short walk, over no reply and no I/O. */
	pthread_mutex_t lock;
	struct waiter *waiters[BUCKETS];
	struct poller *pollers; /* waiting for a change */
	struct poller *due;     /* to be told */
	bool stopping;
};

struct watch *watch_new(const struct mount *mount)
{
	struct watch *watch = calloc(1, sizeof(*watch));

	if (!watch)
		return NULL;
	watch->mount = mount;
	pthread_mutex_init(&watch->lock, NULL);
	return watch;
}

static void free_poller(struct poller *poller)
{
	if (poller)
		fuse_pollhandle_destroy(poller->handle);
	free(poller);
}

static void free_pollers(struct poller *poller)
{
	while (poller) {
		struct poller *next = poller->next;

		free_poller(poller);
		poller = next;
	}
}

void watch_free(struct watch *watch)
{
	if (!watch)
		return;
	free_pollers(watch->pollers);
	free_pollers(watch->due);
	pthread_mutex_destroy(&watch->lock);
	free(watch);
}

/* ---- blocked readers ---- */

static struct waiter **bucket(struct watch *watch, int64_t job)
{
	return &watch->waiters[(uint64_t)job % BUCKETS];
}

static void insert(struct watch *watch, struct waiter *waiter)
{
	struct waiter **head = bucket(watch, waiter->job);

	waiter->next = *head;
	if (waiter->next)
		waiter->next->link = &waiter->next;
	waiter->link = head;
	*head = waiter;
}

static void take_out(struct waiter *waiter)
{
	*waiter->link = waiter->next;
	if (waiter->next)
		waiter->next->link = waiter->link;
	waiter->link = NULL;
}

void watch_reply_rest(fuse_req_t req, enum state state, size_t size, int64_t offset)
{
	char text[32];
	int64_t left = snprintf(text, sizeof(text), "%s\n", state_word(state)) - offset;

	if (left <= 0)
		fuse_reply_buf(req, NULL, 0);
	else
		fuse_reply_buf(req, text + offset, left < (int64_t)size ? (size_t)left : size);
}

/* Of a waiter that is in no list any more. */
static void answer(struct waiter *waiter, int r, enum state state)
{
	fuse_req_interrupt_func(waiter->req, NULL, NULL);
	if (r < 0) {
		fuse_reply_err(waiter->req, -r);
	} else {
		*waiter->answer = state;
		watch_reply_rest(waiter->req, state, waiter->size, waiter->offset);
	}
	free(waiter);
}

static void on_interrupt(fuse_req_t req, void *arg)
{
	struct waiter *waiter = arg;
	bool ours;

	pthread_mutex_lock(&waiter->watch->lock);
	ours = waiter->link;
	if (ours)
		take_out(waiter);
	else
		waiter->interrupted = true;
	pthread_mutex_unlock(&waiter->watch->lock);
	if (!ours)
		return;
	fuse_reply_err(req, EINTR);
	free(waiter);
}

/* Whether the job rests: 1 with its state, 0, or -errno. */
static int look(struct watch *watch, int64_t job, enum state *ret_state)
{
	CLEANUP(store_read) struct db *db = store_read_begin(watch->mount->store);
	int r = db ? text_state(db, job, ret_state) : -EIO;

	return r < 0 ? r : state_rests(*ret_state);
}

void watch_wait(struct watch *watch, fuse_req_t req, int64_t job, size_t size, int64_t offset,
		_Atomic int64_t *ret_answer)
{
	struct waiter *waiter = calloc(1, sizeof(*waiter));
	bool parked;

	if (!waiter) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	waiter->watch = watch;
	waiter->req = req;
	waiter->job = job;
	waiter->size = size;
	waiter->offset = offset;
	waiter->answer = ret_answer;
	fuse_req_interrupt_func(req, on_interrupt, waiter);

	pthread_mutex_lock(&watch->lock);
	parked = !waiter->interrupted && !watch->stopping;
	if (parked)
		insert(watch, waiter);
	pthread_mutex_unlock(&watch->lock);
	if (parked)
		watch_job(watch, job);
	else
		answer(waiter, -EINTR, STATE_NONE);
}

static bool is_watched(struct watch *watch, int64_t job)
{
	SCOPED_LOCK(&watch->lock);

	for (const struct waiter *waiter = *bucket(watch, job); waiter; waiter = waiter->next)
		if (waiter->job == job)
			return true;
	return false;
}

static struct waiter *take_all(struct watch *watch, int64_t job)
{
	SCOPED_LOCK(&watch->lock);
	struct waiter *taken = NULL, *next;

	for (struct waiter *waiter = *bucket(watch, job); waiter; waiter = next) {
		next = waiter->next;
		if (waiter->job != job)
			continue;
		take_out(waiter);
		waiter->next = taken;
		taken = waiter;
	}
	return taken;
}

static void insert_poller(struct poller **head, struct poller *poller)
{
	poller->next = *head;
	if (poller->next)
		poller->next->link = &poller->next;
	poller->link = head;
	*head = poller;
}

/* Takes a file's poller, which may be NULL, out of its list. */
static struct poller *take_poller(struct poller **slot)
{
	struct poller *poller = *slot;

	if (!poller)
		return NULL;
	*poller->link = poller->next;
	if (poller->next)
		poller->next->link = poller->link;
	*slot = NULL;
	return poller;
}

static void move_pollers(struct watch *watch, int64_t job)
{
	SCOPED_LOCK(&watch->lock);
	struct poller *poller, *next;

	for (poller = watch->pollers; poller; poller = next) {
		struct polls *polls = poller->polls;

		next = poller->next;
		if (poller->job && poller->job != job)
			continue;
		take_poller(&polls->waiting);
		if (polls->due) {
			free_poller(poller); /* the other wakes them all */
			continue;
		}
		insert_poller(&watch->due, poller);
		polls->due = poller;
	}
}

void watch_job(struct watch *watch, int64_t job)
{
	enum state state = STATE_NONE;
	struct waiter *waiter;
	int r;

	move_pollers(watch, job);
	if (!is_watched(watch, job))
		return;
	r = look(watch, job, &state);
	if (r == 0)
		return;
	waiter = take_all(watch, job);
	while (waiter) {
		struct waiter *next = waiter->next;

		answer(waiter, r < 0 ? r : 0, state);
		waiter = next;
	}
}

void watch_stop(struct watch *watch)
{
	pthread_mutex_lock(&watch->lock);
	watch->stopping = true;
	pthread_mutex_unlock(&watch->lock);
	for (size_t i = 0; i < BUCKETS; i++) {
		struct waiter *waiter;

		for (;;) {
			pthread_mutex_lock(&watch->lock);
			waiter = watch->waiters[i];
			if (waiter)
				take_out(waiter);
			pthread_mutex_unlock(&watch->lock);
			if (!waiter)
				break;
			answer(waiter, -EINTR, STATE_NONE);
		}
	}
}

/* ---- poll(2) ---- */

void watch_poll(struct watch *watch, struct polls *polls, int64_t job,
		struct fuse_pollhandle *handle)
{
	struct poller *poller = calloc(1, sizeof(*poller)), *old;

	if (!poller) {
		fuse_pollhandle_destroy(handle);
		return;
	}
	poller->polls = polls;
	poller->job = job;
	poller->handle = handle;
	pthread_mutex_lock(&watch->lock);
	old = take_poller(&polls->waiting);
	insert_poller(&watch->pollers, poller);
	polls->waiting = poller;
	pthread_mutex_unlock(&watch->lock);
	free_poller(old);
}

void watch_forget(struct watch *watch, struct polls *polls)
{
	struct poller *waiting, *due;

	pthread_mutex_lock(&watch->lock);
	waiting = take_poller(&polls->waiting);
	due = take_poller(&polls->due);
	pthread_mutex_unlock(&watch->lock);
	free_poller(waiting);
	free_poller(due);
}

struct fuse_pollhandle *watch_take_poll(struct watch *watch)
{
	SCOPED_LOCK(&watch->lock);
	struct poller *poller = watch->due;
	struct fuse_pollhandle *handle;

	if (!poller)
		return NULL;
	handle = poller->handle;
	take_poller(&poller->polls->due);
	free(poller);
	return handle;
}
