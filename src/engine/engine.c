/* The loop: notes come in through an inbox and a wake-up, requests settle, free
 * slots are filled, painters are watched, finished pictures are recorded. What
 * is to be done with a call is decided by plan_next() alone; what is kept here
 * is only what dies with the process anyway. */
#include "engine/engine.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "engine_private.h"
#include "io/store_calls.h"
#include "io/store_images.h"
#include "io/store_jobs.h"
#include "job/plan.h"

enum {
	ANNOUNCE_LATE_MS = 1000, /* a name is visible after this at the latest */
	IDLE_MS = 60000,
	ANSWERS_MS = 10000, /* how long a stop waits for answers to submissions */
	ANSWERS_STEP_MS = 100,
	ROUND_MS = 20, /* for what is new, before replies are looked at again */
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
	else if (note->kind == NOTE_HURRY)
		timer_add(&engine->inbox_hurry, note->call, 0);
	else if (note->kind == NOTE_WORK && note->call)
		timer_add(&engine->inbox_calls, note->call, 0);
	engine->inbox_work |= note->kind == NOTE_WORK;
	engine->inbox_all |= note->kind == NOTE_ALL;
	pthread_mutex_unlock(&engine->inbox_lock);
	if (write(engine->wake_fd, &one, sizeof(one)) < 0)
		log_write(LOG_ERROR, "the engine cannot be woken: %s", strerror(errno));
}

static void take_inbox(struct engine *engine)
{
	SCOPED_LOCK(&engine->inbox_lock);

	timers_move(&engine->inbox_closed, &engine->settling);
	timers_move(&engine->inbox_images, &engine->announcing);
	timers_move(&engine->inbox_calls, &engine->calls);
	timers_move(&engine->inbox_hurry, &engine->hurry);
	engine->work |= engine->inbox_work;
	engine->all |= engine->inbox_all;
	engine->inbox_work = engine->inbox_all = false;
}

/* ---- deadlines ---- */

static void settle_due(struct engine *engine, int64_t now_ms)
{
	int64_t file, until_ms = clock_steady_ms() + ROUND_MS;

	/* A thousand requests at once must not keep replies waiting. */
	while (clock_steady_ms() < until_ms && timer_take_due(&engine->settling, now_ms, &file)) {
		int r = catalog_settle(engine->parts.catalog, file);

		if (r == -EAGAIN) {
			timer_add(&engine->settling, file, now_ms + settle_ms(engine));
		} else if (r < 0) {
			log_write(LOG_ERROR, "a request cannot be settled: %s; trying again",
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
		engine_plan_later(engine);
	}
	return r;
}

void engine_plan_later(struct engine *engine)
{
	engine->plan_again_ms = clock_steady_ms() + RETRY_DISK_MS;
}

int engine_is_submitting(struct engine *engine, int64_t id)
{
	CLEANUP(store_read) struct db *db = store_read_begin(engine->parts.store);
	struct call call;
	int r = db ? store_call_get(db, id, &call) : -EIO;

	if (r == -ENOENT)
		return 0;
	return r < 0 ? r : call.state == STATE_SUBMITTING;
}

/* Those that are yet to be announced: what an earlier try brought ends nothing. */
static int count_pictures(struct db *db, int64_t call)
{
	struct image image;
	int64_t after = 0;
	int count = 0;

	while (store_image_next_of_call(db, call, after, &image) == 0) {
		count += !image.announced;
		after = image.id;
	}
	return count;
}

static const struct profile *profile_of(struct engine *engine, const struct call *call)
{
	const struct rules *rules = rulebook_current(engine->parts.rulebook);

	return profile_set_find(&rules->profiles, call->provider);
}

/* Of all that is next but a submission, which is a matter of the queue. The profile is the
 * one that was judged: a reload may have put others in force meanwhile, or none. */
static void apply(struct engine *engine, const struct situation *situation, enum step step)
{
	const struct call *call = situation->call;
	static const struct call_news lost = {
		.event = EVENT_NOT_TAKEN,
		.log = "how the painter ended is not known; painting again",
		.cost_micro = -1,
		.seed = -1,
	};
	static const struct call_news doubt = {
		.event = EVENT_HELD,
		.hold = HOLD_DOUBT,
		.error = "easelfs was stopped after it began to send this request and before an "
			 "answer came: the provider may have taken it, and charged for it. It is "
			 "not sent again by itself; \"echo resend > ctl\" sends it again and may "
			 "pay twice.\n",
		.log = "in doubt: stopped between sending and the answer",
		.cost_micro = -1,
		.seed = -1,
	};

	switch (step) {
	case STEP_SUBMIT_AGAIN:
		engine_tell(engine, call->id, &lost);
		break;
	case STEP_DOUBT:
		engine_tell(engine, call->id, &doubt);
		break;
	case STEP_FOLLOW:
		couriers_follow(engine, call, situation->profile);
		break;
	case STEP_LOOK:
		doubts_begin(engine, call, situation->profile);
		break;
	case STEP_CANCEL:
		painters_cancel(engine, call->id);
		couriers_cancel(engine, call->id);
		break;
	case STEP_REST:
	case STEP_SUBMIT:
	case STEP_WATCH:
	case STEP_ANNOUNCE: /* its timer or the notifier does it */
		break;
	}
}

/* What is next with the call, read in a snapshot, which ends. */
static void go_on(struct engine *engine, struct db *db, const struct call *call)
{
	struct situation situation = {
		.call = call,
		.profile = profile_of(engine, call),
		.under_way = painters_have(engine, call->id) || couriers_have(engine, call->id),
		.pictures = count_pictures(db, call->id),
	};

	store_read_end(db);
	apply(engine, &situation, plan_next(&situation));
}

/* Plans for the calls that were noted. Queued ones wait for their turn. */
static void plan_noted(struct engine *engine)
{
	struct call call;
	int64_t id;

	while (timer_take_due(&engine->calls, 0, &id)) {
		struct db *db = store_read_begin(engine->parts.store);
		int r = db ? store_call_get(db, id, &call) : -EIO;

		if (r == 0)
			waits_note(engine, id, call.state);
		if (r == 0 && call.state != STATE_QUEUED) {
			go_on(engine, db, &call);
			continue;
		}
		store_read_end(db);
		if (r < 0 && r != -ENOENT)
			engine_plan_later(engine);
	}
	while (timer_take_due(&engine->hurry, 0, &id))
		couriers_hurry(engine, id);
}

/* Plans for every call in `state`. A store that cannot record is not asked for every
 * one. */
static void plan_all_in(struct engine *engine, enum state state)
{
	struct call call;
	int64_t after = 0;

	while (!engine->plan_again_ms) {
		struct db *db = store_read_begin(engine->parts.store);
		int r = db ? store_call_next_in(db, state, NULL, after, &call) : -EIO;

		if (r < 0) {
			store_read_end(db);
			if (r != -ENOENT)
				engine_plan_later(engine);
			return;
		}
		after = call.id;
		go_on(engine, db, &call);
	}
}

static unsigned count_at(struct engine *engine, const struct profile *profile)
{
	struct desk *desk;

	if (profile->transport == TRANSPORT_PROGRAM)
		return painters_count(engine, profile);
	desk = desk_of(engine, profile);
	if (!desk || desk->asks_price || desk->paused_ms > clock_steady_ms())
		return UINT_MAX;
	return desk->in_flight;
}

/* Fills the free slots of a provider from the queue. */
static void plan_queue(struct engine *engine, const struct rules *rules,
		       const struct profile *profile)
{
	struct call call;
	int64_t after = 0, until_ms = clock_steady_ms() + ROUND_MS;

	while (!engine->plan_again_ms &&
	       count_at(engine, profile) < rules_in_flight(rules, profile)) {
		struct db *db = store_read_begin(engine->parts.store);
		int r = db ? store_call_next_in(db, STATE_QUEUED, profile->name, after, &call)
			   : -EIO;

		store_read_end(db);
		if (r < 0 && r != -ENOENT)
			engine_plan_later(engine);
		if (r < 0)
			return;
		after = call.id;
		if (profile->transport == TRANSPORT_HTTP)
			couriers_submit(engine, &call, profile);
		else
			painters_submit(engine, &call, profile);
		if (clock_steady_ms() >= until_ms) {
			engine->work = true;
			return;
		}
	}
}

/* What cannot be read may be a pause. */
static bool is_paused(struct engine *engine)
{
	CLEANUP(store_read) struct db *db = store_read_begin(engine->parts.store);

	if (!db)
		engine_plan_later(engine);
	return !db || catalog_is_paused(db);
}

static void plan(struct engine *engine)
{
	const struct rules *rules = rulebook_current(engine->parts.rulebook);
	bool all = engine->all || engine->plan_again_ms;

	if (engine->all)
		couriers_hurry_all(engine);
	engine->work = engine->all = false;
	engine->plan_again_ms = 0;
	plan_noted(engine);
	waits_find(engine);
	if (all) {
		plan_all_in(engine, STATE_SUBMITTING);
		plan_all_in(engine, STATE_RUNNING);
		plan_all_in(engine, STATE_FETCHING);
		plan_all_in(engine, STATE_HELD);
	}
	if (is_paused(engine))
		return;
	for (size_t i = 0; i < rules->profiles.count; i++)
		plan_queue(engine, rules, rules->profiles.profiles[i]);
}

/* ---- the thread ---- */

static bool has_work(const struct engine *engine)
{
	return engine->work || engine->all || engine->calls.count || engine->hurry.count;
}

static int until_next(const struct engine *engine, int64_t now_ms)
{
	int64_t next = now_ms + IDLE_MS;

	next = timers_next(&engine->settling, next);
	next = timers_next(&engine->announcing, next);
	next = painters_next(engine, next);
	next = couriers_next(engine, next);
	next = desks_next(engine, next);
	next = doubts_next(engine, next);
	next = waits_next(engine, next);
	if (engine->plan_again_ms && engine->plan_again_ms < next)
		next = engine->plan_again_ms;
	if (has_work(engine) || next <= now_ms)
		return 0;
	return (int)(next - now_ms);
}

static void wait_for_something(struct engine *engine, int timeout_ms)
{
	struct pollfd *fds = engine->fds;
	size_t count = 1;
	uint64_t ignored;
	int r;

	fds[0] = (struct pollfd){ .fd = engine->wake_fd, .events = POLLIN };
	count += painters_pollfds(engine, fds + 1);
	r = http_wait(engine->http, fds, count, timeout_ms);
	if (r < 0)
		log_write(LOG_ERROR, "the engine cannot wait: %s", strerror(-r));
	if (fds[0].revents && read(engine->wake_fd, &ignored, sizeof(ignored)) < 0)
		log_write(LOG_VERBOSE, "a wake-up without a reason");
}

static bool is_stopping(struct engine *engine)
{
	SCOPED_LOCK(&engine->inbox_lock);

	return engine->stopping;
}

/* An answer to a submission that is on its way spares a person the doubt. */
static void await_answers(struct engine *engine)
{
	int64_t until_ms = clock_steady_ms() + ANSWERS_MS, now_ms;

	while (couriers_submitting(engine) && (now_ms = clock_steady_ms()) < until_ms) {
		http_step(engine->http);
		couriers_step(engine, now_ms);
		wait_for_something(engine, ANSWERS_STEP_MS);
	}
}

/* At midnight (UTC), and when the clock was set to another day. */
static void begin_day(struct engine *engine)
{
	int64_t day = clock_day(clock_wall_ms());

	if (day == engine->day)
		return;
	if (engine->day && catalog_new_day(engine->parts.catalog) < 0)
		return; /* the store's disk is full: at the next look */
	engine->day = day;
}

static void *engine_main(void *arg)
{
	struct engine *engine = arg;

	waits_pass_over(engine);
	while (!is_stopping(engine)) {
		int64_t now_ms = clock_steady_ms();

		begin_day(engine);
		take_inbox(engine);
		settle_due(engine, now_ms);
		painters_step(engine, now_ms);
		http_step(engine->http);
		couriers_step(engine, now_ms);
		desks_step(engine, now_ms);
		doubts_step(engine, now_ms);
		waits_step(engine, now_ms);
		announce_late(engine, now_ms);
		take_inbox(engine);
		if (has_work(engine) || (engine->plan_again_ms && engine->plan_again_ms <= now_ms))
			plan(engine);
		wait_for_something(engine, until_next(engine, clock_steady_ms()));
	}
	FAILPOINT("stop");
	painters_stop(engine);
	await_answers(engine);
	doubts_free(engine);
	couriers_free(engine);
	prices_free(engine);
	desks_free(engine);
	return NULL;
}

static int new_http(struct engine *engine)
{
	const struct config *config = &rulebook_current(engine->parts.rulebook)->config;
	struct http_settings settings = {
		.proxy = config->proxy,
		.ca_file = config->ca_file,
		.agent = "easelfs/" EASELFS_VERSION,
	};
	struct diag diag = { 0 };
	int r = http_new(&settings, &engine->http, &diag);

	if (r < 0 && diag.text[0])
		log_write(LOG_ERROR, "%s", diag.text);
	return r;
}

int engine_new(const struct engine_parts *parts, struct engine **ret_engine)
{
	struct engine *engine = calloc(1, sizeof(*engine));
	int r;

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
	r = new_http(engine);
	if (r < 0) {
		engine_free(engine);
		return r;
	}
	catalog_listen(parts->catalog, on_note, engine);
	*ret_engine = engine;
	return 0;
}

int engine_start(struct engine *engine)
{
	int error = pthread_create(&engine->thread, NULL, engine_main, engine);

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
	doubts_free(engine); /* of an engine that was never started */
	couriers_free(engine);
	prices_free(engine);
	desks_free(engine);
	http_free(engine->http);
	pthread_mutex_destroy(&engine->inbox_lock);
	timers_done(&engine->inbox_calls);
	timers_done(&engine->inbox_hurry);
	timers_done(&engine->calls);
	timers_done(&engine->hurry);
	timers_done(&engine->errands);
	timers_done(&engine->looks);
	waits_free(engine);
	timers_done(&engine->inbox_closed);
	timers_done(&engine->inbox_images);
	timers_done(&engine->settling);
	timers_done(&engine->announcing);
	free(engine);
}
