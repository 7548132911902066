/* One thread resumes what has waited long enough. A parked connection is known by
 * its address as the id of a timer; it cannot go away while it is suspended. */
#include "simulator/alarm.h"

#include <errno.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/timers.h"

enum { IDLE_MS = 3600 * 1000 };

struct alarm {
	pthread_t thread;
	pthread_mutex_t lock; /* guards what follows; libmicrohttpd's own is inside */
	pthread_cond_t changed;
	struct timers timers;
	bool wake_all, stopped;
};

static struct timespec timespec_of(int64_t ms)
{
	return clock_timespec(ms * 1000000);
}

/* Resuming may run the connection's handler at once on another thread, which may
 * park it again: the lock is not held. */
static void resume_due(struct alarm *alarm, int64_t now_ms)
{
	int64_t id;

	while (timer_take_due(&alarm->timers, now_ms, &id)) {
		pthread_mutex_unlock(&alarm->lock);
		MHD_resume_connection((struct MHD_Connection *)(intptr_t)id);
		pthread_mutex_lock(&alarm->lock);
	}
}

/* Those that are parked now, and not those that come back meanwhile. */
static void resume_all(struct alarm *alarm)
{
	struct timers parked = alarm->timers;
	int64_t id;

	alarm->timers = (struct timers){ 0 };
	alarm->wake_all = false;
	pthread_mutex_unlock(&alarm->lock);
	while (timer_take_due(&parked, INT64_MAX, &id))
		MHD_resume_connection((struct MHD_Connection *)(intptr_t)id);
	timers_done(&parked);
	pthread_mutex_lock(&alarm->lock);
}

static void *run(void *arg)
{
	struct alarm *alarm = arg;

	SCOPED_LOCK(&alarm->lock);
	for (;;) {
		int64_t now_ms = clock_steady_ms(), next_ms;
		struct timespec until;

		if (alarm->wake_all || alarm->stopped)
			resume_all(alarm);
		resume_due(alarm, now_ms);
		if (alarm->stopped && !alarm->timers.count)
			return NULL;
		next_ms = timers_next(&alarm->timers, now_ms + IDLE_MS);
		until = timespec_of(next_ms);
		if (!alarm->wake_all && !alarm->stopped)
			pthread_cond_timedwait(&alarm->changed, &alarm->lock, &until);
	}
}

struct alarm *alarm_start(void)
{
	struct alarm *alarm = calloc(1, sizeof(*alarm));
	pthread_condattr_t steady;

	if (!alarm)
		return NULL;
	pthread_mutex_init(&alarm->lock, NULL);
	pthread_condattr_init(&steady);
	pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
	pthread_cond_init(&alarm->changed, &steady);
	pthread_condattr_destroy(&steady);
	if (pthread_create(&alarm->thread, NULL, run, alarm) == 0)
		return alarm;
	alarm->stopped = true;
	pthread_cond_destroy(&alarm->changed);
	pthread_mutex_destroy(&alarm->lock);
	free(alarm);
	return NULL;
}

void alarm_stop(struct alarm *alarm)
{
	bool again;

	pthread_mutex_lock(&alarm->lock);
	again = alarm->stopped;
	alarm->stopped = true;
	pthread_cond_signal(&alarm->changed);
	pthread_mutex_unlock(&alarm->lock);
	if (!again)
		pthread_join(alarm->thread, NULL);
}

void alarm_free(struct alarm *alarm)
{
	if (!alarm)
		return;
	alarm_stop(alarm);
	timers_done(&alarm->timers);
	pthread_cond_destroy(&alarm->changed);
	pthread_mutex_destroy(&alarm->lock);
	free(alarm);
}

bool alarm_park(struct alarm *alarm, struct MHD_Connection *connection, int64_t at_ms)
{
	SCOPED_LOCK(&alarm->lock);

	if (alarm->stopped || timer_add(&alarm->timers, (int64_t)(intptr_t)connection, at_ms) < 0)
		return false;
	/* The thread cannot resume it before this: it needs our lock. */
	MHD_suspend_connection(connection);
	pthread_cond_signal(&alarm->changed);
	return true;
}

void alarm_wake_all(struct alarm *alarm)
{
	SCOPED_LOCK(&alarm->lock);

	alarm->wake_all = true;
	pthread_cond_signal(&alarm->changed);
}
