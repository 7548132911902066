/* What job/pace is worth where measuring would take days: pace_table
 *
 * Jobs of lognormal duration are asked after in reckoned time, no network between: by
 * job/pace, which begins knowing nothing; at a fixed interval, as providers' clients do; and
 * at the fixed interval that asks as often as job/pace. Prints a table of a job's polls and
 * of the time between its end and the poll that sees it. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "job/pace.h"

enum { JOBS = 20000 };

static const double sigma = 0.5;

struct cost {
	double polls, delay_ms; /* a job's, on average */
};

/* Knuth's: good enough to draw durations with, and the same everywhere. */
static uint32_t draw(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*state >> 32);
}

static int64_t duration_ms(double median_ms, uint64_t *state)
{
	static const double two_pi = 6.283185307179586;
	double u = (draw(state) + 1.0) / 4294967296.0, v = draw(state) / 4294967296.0;

	return llround(median_ms * exp(sigma * sqrt(-2 * log(u)) * cos(two_pi * v)));
}

/* The age at which a job that takes so long is seen finished. */
static int64_t learned(struct pace *pace, int64_t took_ms, int64_t poll_ms, uint64_t *state,
		       struct cost *cost)
{
	int64_t seen_ms = 0, age_ms = pace_next(pace, 0, 0, poll_ms, draw(state));
	unsigned asked = 1;

	while (age_ms < took_ms) {
		seen_ms = age_ms;
		age_ms = pace_next(pace, age_ms, asked++, poll_ms, draw(state));
	}
	pace_learn(pace, age_ms, age_ms - seen_ms);
	cost->polls += asked;
	return age_ms;
}

static struct cost of_pace(double median_ms, int64_t poll_ms)
{
	struct cost cost = { 0 };
	struct pace pace = { { 0 } };
	uint64_t durations = 1, jitter = 2;

	for (int i = 0; i < JOBS; i++) {
		int64_t took_ms = duration_ms(median_ms, &durations);

		cost.delay_ms +=
			(double)(learned(&pace, took_ms, poll_ms, &jitter, &cost) - took_ms);
	}
	return (struct cost){ cost.polls / JOBS, cost.delay_ms / JOBS };
}

static struct cost of_interval(double median_ms, int64_t interval_ms)
{
	struct cost cost = { 0 };
	uint64_t durations = 1;

	for (int i = 0; i < JOBS; i++) {
		int64_t took_ms = duration_ms(median_ms, &durations);
		int64_t asked = (took_ms + interval_ms - 1) / interval_ms;

		asked = asked ? asked : 1;
		cost.polls += (double)asked;
		cost.delay_ms += (double)(asked * interval_ms - took_ms);
	}
	return (struct cost){ cost.polls / JOBS, cost.delay_ms / JOBS };
}

/* Of the interval that asks as often. */
static struct cost of_equal(double median_ms, double polls, int64_t *ret_interval_ms)
{
	int64_t low_ms = 1, high_ms = (int64_t)(median_ms * 100);

	while (high_ms - low_ms > 1) {
		int64_t middle_ms = (low_ms + high_ms) / 2;

		if (of_interval(median_ms, middle_ms).polls > polls)
			low_ms = middle_ms;
		else
			high_ms = middle_ms;
	}
	*ret_interval_ms = high_ms;
	return of_interval(median_ms, high_ms);
}

static double seconds(int64_t ms)
{
	return (double)ms / 1000;
}

int main(void)
{
	static const struct {
		int64_t poll_ms, interval_ms; /* the profile's, the clients' */
	} rows[] = { { 500, 500 }, { 1000, 1000 }, { 2000, 3000 } };
	static const int medians_s[] = { 3, 15, 60, 300 };

	puts("                   learned        the clients' way         as many polls, fixed");
	puts("median  at most    polls   delay  every   polls   delay    every   delay   saved");
	for (size_t i = 0; i < sizeof(medians_s) / sizeof(medians_s[0]); i++) {
		double median_ms = medians_s[i] * 1000.0;

		for (size_t j = 0; j < sizeof(rows) / sizeof(rows[0]); j++) {
			struct cost ours = of_pace(median_ms, rows[j].poll_ms);
			struct cost fixed = of_interval(median_ms, rows[j].interval_ms);
			int64_t every_ms;
			struct cost equal = of_equal(median_ms, ours.polls, &every_ms);

			printf("%4d s   %3.1f s   %7.1f %5.2f s  %3.1f s  %6.1f %5.2f s  "
			       "%5.2f s %5.2f s  %4.0f %%\n",
			       medians_s[i], seconds(rows[j].poll_ms), ours.polls,
			       ours.delay_ms / 1000, seconds(rows[j].interval_ms), fixed.polls,
			       fixed.delay_ms / 1000, seconds(every_ms), equal.delay_ms / 1000,
			       round(100 * (1 - ours.delay_ms / equal.delay_ms)) + 0.0);
		}
	}
	return 0;
}
