/* Time as integers. Whatever comes from outside (a record, utimens(2) by a user)
 * may hold any value, so conversions saturate and the text of a time always has
 * the same shape: years before 0 and after 9999 show as the nearest that fits. */
#include "base/clock.h"

#include <stdio.h>
#ifdef EASELFS_FAILPOINTS
#include <stdlib.h>
#endif

#define NS_PER_S        INT64_C(1000000000)
#define YEAR_0_S        (-INT64_C(62167219200))
#define YEAR_9999_END_S INT64_C(253402300799)

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* In builds for tests/torture a clock that was set forward or back between two starts. */
static int64_t shift_ns(void)
{
#ifdef EASELFS_FAILPOINTS
	const char *seconds = getenv("EASELFS_CLOCK_SHIFT_S");

	return seconds ? strtol(seconds, NULL, 10) * NS_PER_S : 0;
#else
	return 0;
#endif
}

int64_t clock_wall_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return clock_ns(now) + shift_ns();
}

int64_t clock_wall_ms(void)
{
	return floor_div(clock_wall_ns(), 1000000);
}

int64_t clock_steady_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return clock_ns(now) / 1000000;
}

const char *clock_text(int64_t wall_ms, char *text, size_t room)
{
	int64_t seconds = floor_div(wall_ms, 1000);
	struct tm tm = { 0 };
	time_t t;

	if (seconds < YEAR_0_S)
		seconds = YEAR_0_S;
	if (seconds > YEAR_9999_END_S)
		seconds = YEAR_9999_END_S;
	t = (time_t)seconds;
	gmtime_r(&t, &tm);
	/* Not strftime(): its %Y does not pad. The moduli only tell the compiler
	 * that it always fits. */
	snprintf(text, room, "%04u-%02u-%02uT%02u:%02u:%02uZ",
		 (unsigned)(tm.tm_year + 1900) % 10000, (unsigned)(tm.tm_mon + 1) % 100,
		 (unsigned)tm.tm_mday % 100, (unsigned)tm.tm_hour % 100, (unsigned)tm.tm_min % 100,
		 (unsigned)tm.tm_sec % 100);
	return text;
}

struct timespec clock_timespec(int64_t wall_ns)
{
	int64_t seconds = floor_div(wall_ns, NS_PER_S);

	return (struct timespec){
		.tv_sec = (time_t)seconds,
		.tv_nsec = (long)((wall_ns % NS_PER_S + NS_PER_S) % NS_PER_S),
	};
}

int64_t clock_ns(struct timespec ts)
{
	int64_t ns;

	if (__builtin_mul_overflow((int64_t)ts.tv_sec, NS_PER_S, &ns) ||
	    __builtin_add_overflow(ns, (int64_t)ts.tv_nsec, &ns))
		return ts.tv_sec < 0 ? INT64_MIN : INT64_MAX;
	return ns;
}

int64_t clock_day(int64_t wall_ms)
{
	return wall_ms / 86400000;
}

int64_t clock_month_start(int64_t day)
{
	time_t seconds = (time_t)(day * 86400);
	struct tm date;

	return gmtime_r(&seconds, &date) ? day - (date.tm_mday - 1) : day;
}
