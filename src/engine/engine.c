/* The loop: notes come in through an inbox and a wake-up, requests settle, free
 * slots are filled, painters are watched, finished pictures are recorded. What
 * is to be done with a call is decided by plan_next() alone; what is kept here
 * is only what dies with the process anyway. */
#include "engine/engine.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "engine_private.h"
#include "io/store_images.h"
#include "io/store_jobs.h"
#include "job/plan.h"

enum {
	ANNOUNCE_LATE_MS = 1000, /* a name is visible after this at the latest */
	IDLE_MS = 60000,
};

static int64_t settle_ms(const struct engine *engine)
{
	return rulebook_current(engine->parts.rulebook)->config.settle_ms;
}

/* ---- notes in, from any thread ---- */

static void on_note(const struct note *note, void *arg)
{
	struct engine *engine = arg;
	uint64_t one = 1;

	if (note->kind == NOTE_JOB || note->kind == NOTE_GONE)
		return;
	pthread_mutex_lock(&engine->inbox_lock);
	if (note->kind == NOTE_CLOSED)
		timer_add(&engine->inbox_closed, note->file, clock_steady_ms() + settle_ms(engine));
	else if (note->kind == NOTE_IMAGE)
		timer_add(&engine->inbox_images, note->image, clock_steady_ms() + ANNOUNCE_LATE_MS);
	engine->inbox_work = true;
	pthread_mutex_unlock(&engine->inbox_lock);
	if (write(engine->wake_fd, &one, sizeof(one)) < 0)
		log_write(LOG_ERROR, "the engine cannot be woken: %s", strerror(errno));
}

static void take_inbox(struct engine *engine)
{
	SCOPED_LOCK(&engine->inbox_lock);

	timers_move(&engine->inbox_closed, &engine->settling);
	timers_move(&engine->inbox_images, &engine->announcing);
	engine->work |= engine->inbox_work;
	engine->inbox_work = false;
}

/* ---- deadlines ---- */

static void settle_due(struct engine *engine, int64_t now_ms)
{
	int64_t file;

	while (timer_take_due(&engine->settling, now_ms, &file)) {
		int r = catalog_settle(engine->parts.catalog, file);

		if (r == -EAGAIN) {
			timer_add(&engine->settling, file, now_ms + settle_ms(engine));
		} else if (r < 0) {
			log_write(LOG_ERROR, "a request cannot be read: %s; trying again",
				  strerror(-r));
			timer_add(&engine->settling, file, now_ms + RETRY_DISK_MS);
		}
	}
}

static void announce_late(struct engine *engine, int64_t now_ms)
{
	int64_t image;

	while (timer_take_due(&engine->announcing, now_ms, &image)) {
		int r = catalog_announce(engine->parts.catalog, image);

		if (r < 0 && r != -ENOENT) {
			log_write(LOG_ERROR, "a picture cannot be shown: %s; trying again",
				  strerror(-r));
			timer_add(&engine->announcing, image, now_ms + RETRY_DISK_MS);
		}
	}
}

/* ---- calls ---- */

int engine_tell(struct engine *engine, int64_t call, const struct call_news *news)
{
	int r = catalog_call(engine->parts.catalog, call, news);

	if (r < 0 && r != -EBUSY && r != -ENOENT) {
		log_write(LOG_ERROR, "what became of a call cannot be recorded: %s; trying again",
			  strerror(-r));
		engine->plan_again_ms = clock_steady_ms() + RETRY_DISK_MS;
	}
	return r;
}

static int count_pictures(struct db *db, int64_t call)
{
	struct image image;

	return store_image_next_of_call(db, call, 0, &image) == 0;
}

static void apply(struct engine *engine, const struct call *call, enum step step)
{
	static const struct call_news lost = {
		.event = EVENT_NOT_TAKEN,
		.log = "how the painter ended is not known; painting again",
	};

	switch (step) {
	case STEP_SUBMIT:
		painters_submit(engine, call);
		break;
	case STEP_SUBMIT_AGAIN:
		engine_tell(engine, call->id, &lost);
		break;
	case STEP_CANCEL:
		painters_cancel(engine, call->id);
		break;
	case STEP_REST:
	case STEP_WATCH:
	case STEP_ANNOUNCE: /* its timer or the notifier does it */
		break;
	}
}

/* Plans for every call in `state`; where `profile` is given, for its calls until
 * its slots are full. A store that cannot record is not asked for every one. */
static void plan_calls(struct engine *engine, enum state state, const struct rules *rules,
		       const struct profile *profile)
{
	struct call call;
	int64_t after = 0;

	for (;;) {
		struct situation situation = { .call = &call, .profile = profile };
		CLEANUP(store_read) struct db *db = NULL;
		enum step step;

		if (profile && painters_count(engine, profile) >= rules_in_flight(rules, profile))
			return;
		db = store_read_begin(engine->parts.store);
		if (!db ||
		    store_call_next_in(db, state, profile ? profile->name : NULL, after, &call) < 0)
			return;
		after = call.id;
		situation.under_way = painters_have(engine, call.id);
		situation.pictures = count_pictures(db, call.id);
		step = plan_next(&situation);
		store_read_end(db);
		db = NULL;
		apply(engine, &call, step);
		if (engine->plan_again_ms)
			return;
	}
}

static bool is_paused(struct engine *engine)
{
	CLEANUP(store_read) struct db *db = store_read_begin(engine->parts.store);

	return db && catalog_is_paused(db);
}

static void plan(struct engine *engine)
{
	const struct rules *rules = rulebook_current(engine->parts.rulebook);

	engine->work = false;
	engine->plan_again_ms = 0;
	plan_calls(engine, STATE_SUBMITTING, rules, NULL);
	plan_calls(engine, STATE_RUNNING, rules, NULL);
	plan_calls(engine, STATE_FETCHING, rules, NULL);
	if (is_paused(engine))
		return;
	for (size_t i = 0; i < rules->profiles.count; i++)
		plan_calls(engine, STATE_QUEUED, rules, rules->profiles.profiles[i]);
}

/* ---- the thread ---- */

static int until_next(const struct engine *engine, int64_t now_ms)
{
	int64_t next = now_ms + IDLE_MS;

	next = timers_next(&engine->settling, next);
	next = timers_next(&engine->announcing, next);
	next = painters_next(engine, next);
	if (engine->plan_again_ms && engine->plan_again_ms < next)
		next = engine->plan_again_ms;
	if (engine->work || next <= now_ms)
		return 0;
	return (int)(next - now_ms);
}

static void wait_for_something(struct engine *engine)
{
	struct pollfd *fds = engine->fds;
	size_t count = 1;
	uint64_t ignored;

	fds[0] = (struct pollfd){ .fd = engine->wake_fd, .events = POLLIN };
	count += painters_pollfds(engine, fds + 1);
	if (poll(fds, count, until_next(engine, clock_steady_ms())) < 0 && errno != EINTR)
		log_write(LOG_ERROR, "the engine cannot wait: %s", strerror(errno));
	if (fds[0].revents && read(engine->wake_fd, &ignored, sizeof(ignored)) < 0)
		log_write(LOG_VERBOSE, "a wake-up without a reason");
}

static bool is_stopping(struct engine *engine)
{
	SCOPED_LOCK(&engine->inbox_lock);

	return engine->stopping;
}

static void *engine_main(void *arg)
{
	struct engine *engine = arg;

	while (!is_stopping(engine)) {
		int64_t now_ms = clock_steady_ms();

		assert(pthread_equal(pthread_self(), engine->thread_id));
		take_inbox(engine);
		settle_due(engine, now_ms);
		painters_step(engine, now_ms);
		announce_late(engine, now_ms);
		take_inbox(engine);
		if (engine->work || (engine->plan_again_ms && engine->plan_again_ms <= now_ms))
			plan(engine);
		wait_for_something(engine);
	}
	painters_stop(engine);
	return NULL;
}

static void *engine_thread(void *arg)
{
	struct engine *engine = arg;

	engine->thread_id = pthread_self();
	return engine_main(engine);
}

int engine_new(const struct engine_parts *parts, struct engine **ret_engine)
{
	struct engine *engine = calloc(1, sizeof(*engine));

	if (!engine)
		return -ENOMEM;
	engine->parts = *parts;
	pthread_mutex_init(&engine->inbox_lock, NULL);
	engine->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (engine->wake_fd < 0) {
		int error = errno;

		engine_free(engine);
		return -error;
	}
	catalog_listen(parts->catalog, on_note, engine);
	*ret_engine = engine;
	return 0;
}

int engine_start(struct engine *engine)
{
	int error = pthread_create(&engine->thread, NULL, engine_thread, engine);

	engine->started = !error;
	return -error;
}

void engine_stop(struct engine *engine)
{
	uint64_t one = 1;

	if (!engine->started)
		return;
	pthread_mutex_lock(&engine->inbox_lock);
	engine->stopping = true;
	pthread_mutex_unlock(&engine->inbox_lock);
	if (write(engine->wake_fd, &one, sizeof(one)) < 0)
		log_write(LOG_ERROR, "the engine cannot be woken: %s", strerror(errno));
	pthread_join(engine->thread, NULL);
	engine->started = false;
}

void engine_free(struct engine *engine)
{
	if (!engine)
		return;
	if (engine->wake_fd >= 0)
		close(engine->wake_fd);
	pthread_mutex_destroy(&engine->inbox_lock);
	timers_done(&engine->inbox_closed);
	timers_done(&engine->inbox_images);
	timers_done(&engine->settling);
	timers_done(&engine->announcing);
	free(engine);
}
