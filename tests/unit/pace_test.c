/* When jobs are asked after: what is learned of their durations pays in fewer questions
 * and shorter delays. Durations come from a generator with a fixed seed, so that each run
 * sees the same. */
#include "job/pace.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

enum { POLL_MS = 500, JOBS = 600, WARM_UP = 60, MIDDLE = INT32_MAX };

/* ---- durations ---- */

static uint64_t seed;

static uint32_t any(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 32);
}

static double uniform(void)
{
	return (any() + 0.5) / 4294967296.0;
}

static double log_normal(double median_ms, double sigma)
{
	return median_ms *
	       exp(sigma * sqrt(-2 * log(uniform())) * cos(2 * 3.14159265358979 * uniform()));
}

struct bill {
	double asked, delay_ms; /* means a job */
	double took_ms[JOBS];
};

/* Asks after one job, and learns from it. */
static void run_one(struct pace *pace, double took_ms, struct bill *bill)
{
	int64_t age_ms = 0, before_ms = 0;
	unsigned asked = 0;

	while ((double)age_ms < took_ms) {
		before_ms = age_ms;
		age_ms = pace_next(pace, age_ms, asked++, POLL_MS, any());
	}
	pace_learn(pace, age_ms, age_ms - before_ms);
	bill->asked += asked;
	bill->delay_ms += (double)age_ms - took_ms;
}

static struct bill run_jobs(double median_ms, double sigma)
{
	static struct bill warm_up;
	struct bill bill = { 0 };
	struct pace pace = { { 0 } };

	seed = 88172645463325252ULL;
	for (int i = 0; i < WARM_UP; i++)
		run_one(&pace, log_normal(median_ms, sigma), &warm_up);
	for (int i = 0; i < JOBS; i++) {
		bill.took_ms[i] = log_normal(median_ms, sigma);
		run_one(&pace, bill.took_ms[i], &bill);
	}
	bill.asked /= JOBS;
	bill.delay_ms /= JOBS;
	return bill;
}

static double asked_at_interval(const struct bill *bill, double interval_ms)
{
	double asked = 0;

	for (int i = 0; i < JOBS; i++)
		asked += ceil(bill->took_ms[i] / interval_ms);
	return asked / JOBS;
}

/* The mean delay of the same jobs, asked as often at a fixed interval. */
static double fixed_delay_ms(const struct bill *bill)
{
	double low = 1, high = 1e7, delay = 0;

	for (int i = 0; i < 60; i++) {
		double middle = (low + high) / 2;

		if (asked_at_interval(bill, middle) > bill->asked)
			low = middle;
		else
			high = middle;
	}
	for (int i = 0; i < JOBS; i++)
		delay += ceil(bill->took_ms[i] / high) * high - bill->took_ms[i];
	return delay / JOBS;
}

/* ---- tests ---- */

/* The better the durations are known, the more there is to gain. */
static const struct {
	double median_ms, sigma;
	double share_of_fixed; /* of its delay, at most */
} gains[] = {
	{ 12000, 0.1, 0.40 }, { 12000, 0.25, 0.65 }, { 12000, 0.5, 0.90 },
	{ 60000, 0.1, 0.40 }, { 60000, 0.25, 0.65 }, { 60000, 0.5, 0.90 },
};

static void test_beats_a_fixed_interval(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(gains); i++) {
		struct bill bill = run_jobs(gains[i].median_ms, gains[i].sigma);
		double fixed_ms = fixed_delay_ms(&bill);

		if (bill.delay_ms > gains[i].share_of_fixed * fixed_ms)
			fail_msg("%.0f ms, sigma %.2f: %.0f ms late, %.0f ms at a fixed interval",
				 gains[i].median_ms, gains[i].sigma, bill.delay_ms, fixed_ms);
		if (bill.asked > 10)
			fail_msg("%.0f ms, sigma %.2f: asked %.1f times", gains[i].median_ms,
				 gains[i].sigma, bill.asked);
	}
}

static void test_learns_a_change(void **state)
{
	static const double medians_ms[] = { 60000, 8000, 300000 };
	struct pace pace = { { 0 } };
	struct bill bill = { 0 };

	(void)state;
	seed = 88172645463325252ULL;
	for (size_t i = 0; i < LENGTH(medians_ms); i++) {
		for (int job = 0; job < 60; job++)
			run_one(&pace, log_normal(medians_ms[i], 0.2), &bill);
		bill = (struct bill){ 0 };
		for (int job = 0; job < 40; job++)
			run_one(&pace, log_normal(medians_ms[i], 0.2), &bill);
		if (bill.delay_ms / 40 > 0.15 * medians_ms[i])
			fail_msg("%.0f ms: %.0f ms late", medians_ms[i], bill.delay_ms / 40);
	}
}

static void test_unknown_pace(void **state)
{
	static const struct pace pace = { { 0 } };

	(void)state;
	assert_int_equal(pace_next(&pace, 0, 0, 1000, MIDDLE), 1000);
	assert_int_equal(pace_next(&pace, 1000, 1, 1000, MIDDLE), 2000);
	assert_in_range(pace_next(&pace, 80000, 9, 1000, MIDDLE), 89999, 90001);
	assert_int_equal(pace_next(&pace, 86400000, 9, 1000, MIDDLE), 86400000 + ASK_MS_MAX);
}

/* The first question comes when few are finished, and none in the dead time before. */
static void test_first_question(void **state)
{
	struct pace pace = { { 0 } };
	int64_t first_ms;

	(void)state;
	for (int i = 0; i < 50; i++)
		pace_learn(&pace, 60000 + 200 * i, 500);
	first_ms = pace_next(&pace, 0, 0, POLL_MS, MIDDLE);
	assert_in_range(first_ms, 35000, 60000);
	assert_true(pace_next(&pace, first_ms, 1, POLL_MS, MIDDLE) - first_ms < 15000);
}

static void test_intervals_grow_in_the_end(void **state)
{
	struct pace pace = { { 0 } };
	int64_t age_ms = 120000, last_ms = 0;

	(void)state;
	for (int i = 0; i < 20; i++)
		pace_learn(&pace, 30000, 1000);
	for (int i = 0; i < 20; i++) {
		int64_t next_ms = pace_next(&pace, age_ms, 20, POLL_MS, MIDDLE);

		assert_true(next_ms - age_ms >= last_ms);
		if (last_ms && last_ms < ASK_MS_MAX / 2)
			assert_in_range(100 * (next_ms - age_ms) / last_ms, 125, 135);
		last_ms = next_ms - age_ms;
		age_ms = next_ms;
	}
	assert_int_equal(last_ms, ASK_MS_MAX);
}

/* Whatever the histogram, the age and the chance. */
static void test_limits(void **state)
{
	(void)state;
	seed = 1234567;
	for (int i = 0; i < 20000; i++) {
		struct pace pace = { { 0 } };
		int64_t age_ms = any() % 2 ? any() % 100000 : any();
		int64_t next_ms;

		for (unsigned job = any() % 4; job > 0; job--)
			pace_learn(&pace, any() >> (any() % 31), any() >> (any() % 31));
		next_ms = pace_next(&pace, age_ms, any() % 3, POLL_MS, any());
		assert_in_range(next_ms - age_ms, POLL_MS, ASK_MS_MAX);
	}
}

static void test_jitter(void **state)
{
	static const struct pace pace = { { 0 } };

	(void)state;
	assert_in_range(pace_next(&pace, 80000, 1, 1000, 0), 88999, 89001);
	assert_in_range(pace_next(&pace, 80000, 1, 1000, UINT32_MAX), 90999, 91001);
	assert_int_equal(pace_next(&pace, 1000, 1, 1000, 0), 2000);
}

static void test_after_failures(void **state)
{
	static const struct {
		unsigned n;
		int64_t want_ms;
	} cases[] = {
		{ 1, 1000 },          { 2, 2000 },
		{ 3, 4000 },          { 9, 256000 },
		{ 10, 512000 },       { 11, ASK_MS_MAX },
		{ 1000, ASK_MS_MAX }, { UINT32_MAX, ASK_MS_MAX },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		int64_t got_ms = pace_after_failures(cases[i].n, 1000, MIDDLE);

		assert_in_range(got_ms, cases[i].want_ms - 1, cases[i].want_ms + 1);
	}
	assert_int_equal(pace_after_failures(1, 1000, 0), 1000);
	assert_true(pace_after_failures(3, 1000, 0) < pace_after_failures(3, 1000, UINT32_MAX));
}

static void test_older_jobs_count_less(void **state)
{
	struct pace pace = { { 0 } };
	float first = 0, sum = 0;

	(void)state;
	pace_learn(&pace, 1000, 0);
	for (int i = 0; i < PACE_BUCKETS; i++)
		first += pace.weight[i];
	assert_true(first > 0.99F && first < 1.01F);
	for (int i = 0; i < 1000; i++)
		pace_learn(&pace, 60000, 0);
	for (int i = 0; i < PACE_BUCKETS; i++)
		sum += pace.weight[i];
	assert_true(sum > 19 && sum < 21);
	assert_true(pace.weight[17] < 0.001F); /* the bucket of 1000 ms */
}

/* What we did not see for long is not taken for what it took. */
static void test_unseen_time_is_spread(void **state)
{
	struct pace pace = { { 0 } };
	double early = 0;

	(void)state;
	pace_learn(&pace, 60000, 60000);
	for (int i = 0; i < 37; i++) /* up to 30 s */
		early += pace.weight[i];
	assert_true(early > 0.4 && early < 0.6);
}

static void test_text(void **state)
{
	struct pace pace = { { 0 } }, again;
	char text[PACE_TEXT_ROOM];

	(void)state;
	pace_to_text(&pace, text, sizeof(text));
	assert_string_equal(text, "pace-1");
	for (int i = 0; i < 300; i++)
		pace_learn(&pace, 100 << (i % 16), 5000);
	pace_to_text(&pace, text, sizeof(text));
	assert_null(strchr(text, '\n'));
	assert_int_equal(pace_from_text(text, &again), 0);
	for (int i = 0; i < PACE_BUCKETS; i++)
		assert_true(fabsf(pace.weight[i] - again.weight[i]) <= 0.0006F);
	for (int i = 0; i < PACE_BUCKETS; i++)
		pace.weight[i] = 1e30F;
	pace_to_text(&pace, text, sizeof(text));
	assert_true(strlen(text) < PACE_TEXT_ROOM - 1);
	assert_int_equal(pace_from_text(text, &again), 0);
}

static void test_other_texts(void **state)
{
	static const char *const texts[] = {
		"",           "pace-2 1",      "pace-1 x",
		"pace-1 -1",  "pace-1  1",     "pace-1 1 ",
		"pace-1 1.5", "pace-1 nan",    "pace-1 99999999999999999999",
		"pace-1 1,2", "pace-1 1 2 3x", "pace-1\n1",
		"pace-11",
	};
	char many[PACE_TEXT_ROOM] = "pace-1";

	(void)state;
	for (int i = 0; i <= PACE_BUCKETS; i++)
		snprintf(many + strlen(many), sizeof(many) - strlen(many), " 1");
	for (size_t i = 0; i <= LENGTH(texts); i++) {
		const char *text = i < LENGTH(texts) ? texts[i] : many;
		struct pace pace;

		memset(&pace, 1, sizeof(pace));
		if (pace_from_text(text, &pace) != -EINVAL)
			fail_msg("taken: '%s'", text);
		for (int bucket = 0; bucket < PACE_BUCKETS; bucket++)
			assert_true(pace.weight[bucket] == 0);
	}
}

static void test_late(void **state)
{
	struct pace pace = { { 0 } };

	(void)state;
	assert_int_equal(pace_late(&pace), 60 * 1000);
	for (int i = 0; i < 20; i++)
		pace_learn(&pace, 8000, 0);
	assert_in_range(pace_late(&pace), 8000, 16000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_beats_a_fixed_interval),
		cmocka_unit_test(test_learns_a_change),
		cmocka_unit_test(test_unknown_pace),
		cmocka_unit_test(test_first_question),
		cmocka_unit_test(test_intervals_grow_in_the_end),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_jitter),
		cmocka_unit_test(test_after_failures),
		cmocka_unit_test(test_older_jobs_count_less),
		cmocka_unit_test(test_unseen_time_is_spread),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_other_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
