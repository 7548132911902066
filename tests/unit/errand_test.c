/* What is done about a call that the provider has, until it is told where its pictures are. */
#include "job/errand.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "trip.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const char *const cat[] = { "https://x/cat.png" };

/* ---- poll ---- */

/* No trouble ends a job that the provider has. */
static void test_trouble_ends_nothing(void **state)
{
	static const enum reading_kind kinds[] = { READING_BUSY, READING_UNSENT, READING_BROKEN,
						   READING_REFUSED, READING_NO_CREDIT };

	(void)state;
	for (size_t i = 0; i < LENGTH(kinds); i++) {
		struct trip trip;
		int64_t wait_ms = 0, before_ms;

		trip_begin_running(&trip, HAS_RESULT);
		for (int n = 1; n <= 12; n++) {
			before_ms = wait_ms;
			trip_take_kind(&trip, EXCHANGE_POLL, kinds[i]);
			assert_true(n == 1 ? trip.outcome.news.log != NULL
					   : trip.outcome.news.log == NULL ||
						     trip.outcome.news.event == EVENT_HELD);
			wait_ms = trip_wait_ms(&trip, EXCHANGE_POLL);
			assert_true(wait_ms >= before_ms && wait_ms <= ASK_MS_MAX);
		}
		assert_int_equal(wait_ms, ASK_MS_MAX);
		trip_take_kind(&trip, EXCHANGE_POLL, READING_RUNNING);
		trip_assert_says(trip.outcome.news.log, "answers again, after 12 failures");
		trip_end(&trip);
	}
}

static void test_trouble_for_as_long_as_asked(void **state)
{
	struct reading reading = trip_reading(READING_BUSY);
	struct trip trip;

	(void)state;
	trip_begin_running(&trip, 0);
	reading.wait_ms = 77000;
	trip_take(&trip, EXCHANGE_POLL, &reading);
	assert_int_equal(trip_wait_ms(&trip, EXCHANGE_POLL), 77000);
	reading = trip_reading(READING_BROKEN);
	reading.wait_ms = 1;
	trip_take(&trip, EXCHANGE_POLL, &reading);
	assert_int_equal(trip_wait_ms(&trip, EXCHANGE_POLL), POLL_MS);
	reading = trip_reading(READING_BROKEN);
	reading.wait_ms = (int64_t)10 * 365 * 86400 * 1000;
	trip_take(&trip, EXCHANGE_POLL, &reading);
	assert_int_equal(trip_wait_ms(&trip, EXCHANGE_POLL), ASK_MS_MAX);
	trip_end(&trip);
}

static void test_key_refused_while_running(void **state)
{
	struct trip trip;

	(void)state;
	trip_begin_running(&trip, 0);
	trip_take_kind(&trip, EXCHANGE_POLL, READING_NO_KEY);
	assert_int_equal(trip.outcome.news.event, EVENT_NONE);
	assert_true(trip.outcome.key_refused);
	assert_int_equal(trip_wait_ms(&trip, EXCHANGE_POLL), ASK_MS_MAX);
	errand_hurry(&trip.errand, trip.now_ms);
	assert_int_equal(trip_wait_ms(&trip, EXCHANGE_POLL), 0);
	trip_end(&trip);
}

static void test_running(void **state)
{
	struct trip trip;

	(void)state;
	trip_begin_running(&trip, 0);
	for (int i = 0; i < 20; i++) {
		struct reading reading = trip_reading(READING_RUNNING);

		reading.progress = i;
		trip_take(&trip, EXCHANGE_POLL, &reading);
		assert_int_equal(trip.outcome.news.event, EVENT_NONE);
		assert_null(trip.outcome.news.log);
		assert_null(trip.outcome.news.response);
		assert_int_equal(trip.outcome.progress, i);
		assert_true(trip_wait_ms(&trip, EXCHANGE_POLL) >= POLL_MS);
	}
	trip_end(&trip);
}

static void test_queue_is_logged_sparsely(void **state)
{
	static const struct {
		int64_t queue;
		const char *log;
	} steps[] = {
		{ 40, "position 40" }, { 39, NULL },
		{ 21, NULL },          { 20, "position 20" },
		{ 11, NULL },          { 3, "position 3" },
		{ 2, NULL },           { -1, "its turn has come" },
		{ -1, NULL },          { 0, NULL },
	};
	struct trip trip;

	(void)state;
	trip_begin_running(&trip, 0);
	for (size_t i = 0; i < LENGTH(steps); i++) {
		struct reading reading = trip_reading(READING_RUNNING);

		reading.queue = steps[i].queue;
		trip_take(&trip, EXCHANGE_POLL, &reading);
		if (steps[i].log)
			trip_assert_says(trip.outcome.news.log, steps[i].log);
		else
			assert_null(trip.outcome.news.log);
	}
	trip_end(&trip);
}

static void test_cost_is_news_when_it_changes(void **state)
{
	static const int64_t costs[][2] = { { 5, 5 }, { 5, -1 }, { -1, -1 }, { 7, 7 }, { 7, -1 } };
	struct trip trip;

	(void)state;
	trip_begin_running(&trip, 0);
	for (size_t i = 0; i < LENGTH(costs); i++) {
		struct reading reading = trip_reading(READING_RUNNING);

		reading.cost_micro = costs[i][0];
		trip_take(&trip, EXCHANGE_POLL, &reading);
		assert_int_equal(trip.outcome.news.cost_micro, costs[i][1]);
	}
	trip_end(&trip);
}

static void test_unknown_there(void **state)
{
	struct trip trip;
	int64_t begun_ms;
	int tries = 0;

	(void)state;
	trip_begin_running(&trip, 0);
	begun_ms = trip.now_ms;
	do {
		trip_take_kind(&trip, EXCHANGE_POLL, READING_GONE);
		tries++;
	} while (!trip.errand.over && tries < 50);
	trip_assert_ends(&trip, EVENT_FAILED);
	trip_assert_says(trip.outcome.news.error, "does not know it any more");
	assert_true(tries >= 5 && trip.now_ms - begun_ms >= 5 * MINUTE_MS);
	trip_end(&trip);
}

/* An old job, and a provider that knows it again at the fourth try. */
static void test_unknown_there_for_a_moment(void **state)
{
	const struct errand_call call = { .state = STATE_RUNNING,
					  .has_id = true,
					  .age_ms = 20 * MINUTE_MS };
	struct trip trip;

	(void)state;
	trip_begin_call(&trip, 0, &call);
	for (int i = 0; i < 12; i++) {
		trip_take_kind(&trip, EXCHANGE_POLL, i % 5 == 4 ? READING_RUNNING : READING_GONE);
		assert_int_equal(trip.outcome.news.event, EVENT_NONE);
	}
	trip_end(&trip);
}

static void test_overdue(void **state)
{
	struct reading late = trip_url_reading(cat, 1);
	struct trip trip;
	int64_t begun_ms;

	(void)state;
	trip_begin_running(&trip, HAS_RESULT);
	begun_ms = trip.now_ms;
	do
		trip_take_kind(&trip, EXCHANGE_POLL, READING_RUNNING);
	while (trip.outcome.news.event == EVENT_NONE);
	assert_int_equal(trip.outcome.news.event, EVENT_HELD);
	assert_int_equal(trip.outcome.news.hold, HOLD_OVERDUE);
	trip_assert_says(trip.outcome.news.error, "3600 seconds");
	assert_in_range(trip.now_ms - begun_ms, DEADLINE_S * SECOND_MS,
			DEADLINE_S * SECOND_MS + ASK_MS_MAX);
	/* Soon at first: a clock that was set forward may have made it old. */
	for (int i = 0; i < 10; i++) {
		int64_t wait_ms = 5 * SECOND_MS << i;

		assert_int_equal(trip_wait_ms(&trip, EXCHANGE_POLL),
				 wait_ms < ASK_MS_MAX ? wait_ms : ASK_MS_MAX);
		trip_take_kind(&trip, EXCHANGE_POLL, i == 1 ? READING_BROKEN : READING_RUNNING);
		assert_int_equal(trip.outcome.news.event, EVENT_NONE);
	}
	trip_take_kind(&trip, EXCHANGE_POLL, READING_FINISHED);
	trip_take(&trip, EXCHANGE_RESULT, &late);
	assert_int_equal(trip.outcome.news.event, EVENT_PICTURES);
	trip_picture(&trip, cat[0], PICTURE_SAVED);
	trip_assert_ends(&trip, EVENT_NONE);
	trip_end(&trip);
}

/* The network is what is down: the deadline holds all the same. */
static void test_overdue_in_trouble(void **state)
{
	struct trip trip;

	(void)state;
	trip_begin_running(&trip, 0);
	trip.now_ms += DEADLINE_S * SECOND_MS;
	trip_take_kind(&trip, EXCHANGE_POLL, READING_UNSENT);
	assert_int_equal(trip.outcome.news.event, EVENT_HELD);
	assert_int_equal(trip.outcome.news.hold, HOLD_OVERDUE);
	assert_int_equal(trip_wait_ms(&trip, EXCHANGE_POLL), 5 * SECOND_MS);
	trip_end(&trip);
}

static void test_ends_while_held(void **state)
{
	static const struct {
		enum reading_kind kind;
		enum event event;
	} ends[] = {
		{ READING_FAILED, EVENT_FAILED },
		{ READING_CANCELLED, EVENT_CANCELLED },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(ends); i++) {
		struct trip trip;

		trip_begin(&trip, 0, STATE_HELD);
		assert_true(trip_wait_ms(&trip, EXCHANGE_POLL) <= MINUTE_MS);
		trip_take_kind(&trip, EXCHANGE_POLL, ends[i].kind);
		trip_assert_ends(&trip, ends[i].event);
		trip_end(&trip);
	}
}

static void test_learned(void **state)
{
	struct reading finished = trip_url_reading(cat, 1);
	struct trip trip;
	int64_t begun_ms, asked_ms;

	(void)state;
	trip_begin_running(&trip, 0);
	begun_ms = trip.now_ms;
	trip_take_kind(&trip, EXCHANGE_POLL, READING_RUNNING);
	asked_ms = trip.now_ms;
	assert_false(trip.outcome.learned);
	trip.now_ms += 4000;
	trip_take_kind(&trip, EXCHANGE_POLL, READING_BROKEN); /* says nothing of the job */
	trip.now_ms += 5000;
	trip_take(&trip, EXCHANGE_POLL, &finished);
	assert_true(trip.outcome.learned);
	assert_int_equal(trip.outcome.took_ms, trip.now_ms - begun_ms);
	assert_int_equal(trip.outcome.unseen_ms, trip.now_ms - asked_ms);
	trip_end(&trip);
}

/* It may have been finished since long before easelfs was started again. */
static void test_nothing_is_learned_of_what_nobody_saw(void **state)
{
	struct reading finished = trip_url_reading(cat, 1);
	const struct errand_call call = { .state = STATE_RUNNING, .has_id = true, .age_ms = 60000 };
	struct trip trip;

	(void)state;
	trip_begin_call(&trip, 0, &call);
	trip_take(&trip, EXCHANGE_POLL, &finished);
	assert_int_equal(trip.outcome.news.event, EVENT_PICTURES);
	assert_false(trip.outcome.learned);
	trip_end(&trip);
}

/* ---- finished without pictures, failed, cancelled ---- */

static void test_finished_without_pictures(void **state)
{
	static const enum exchange asked[] = { EXCHANGE_POLL, EXCHANGE_RESULT };

	(void)state;
	for (size_t i = 0; i < LENGTH(asked); i++) {
		struct reading late = trip_url_reading(cat, 1);
		struct trip trip;
		int64_t since_ms;

		trip_begin_running(&trip, asked[i] == EXCHANGE_RESULT ? HAS_RESULT : 0);
		trip_take_kind(&trip, EXCHANGE_POLL, READING_FINISHED);
		if (asked[i] == EXCHANGE_RESULT)
			trip_take_kind(&trip, EXCHANGE_RESULT, READING_FINISHED);
		since_ms = trip.now_ms;
		trip_assert_says(trip.outcome.news.log, "no pictures were told");
		do
			trip_take_kind(&trip, asked[i], READING_FINISHED);
		while (trip.outcome.news.event == EVENT_NONE);
		assert_int_equal(trip.outcome.news.event, EVENT_HELD);
		assert_int_equal(trip.outcome.news.hold, HOLD_OVERDUE);
		trip_assert_says(trip.outcome.news.error, "no pictures were told");
		assert_in_range(trip.now_ms - since_ms, MINUTE_MS, 2 * MINUTE_MS);
		assert_int_equal(trip_wait_ms(&trip, EXCHANGE_POLL), 5 * SECOND_MS);
		trip_take(&trip, EXCHANGE_POLL, &late);
		assert_int_equal(trip.outcome.news.event, EVENT_PICTURES);
		trip_end(&trip);
	}
}

static void test_pictures_a_moment_later(void **state)
{
	struct reading late = trip_url_reading(cat, 1);
	struct trip trip;

	(void)state;
	trip_begin_running(&trip, 0);
	trip_take_kind(&trip, EXCHANGE_POLL, READING_FINISHED);
	assert_true(trip.outcome.learned);
	assert_int_equal(trip_wait_ms(&trip, EXCHANGE_POLL), POLL_MS);
	trip_take(&trip, EXCHANGE_POLL, &late);
	assert_int_equal(trip.outcome.news.event, EVENT_PICTURES);
	assert_false(trip.outcome.learned);
	trip_end(&trip);
}

/* Why it failed: the result's words where they are words of the provider. */
static const struct {
	enum reading_kind result;
	const char *said, *want;
} reasons[] = {
	{ READING_REFUSED, "422: too rude", "422: too rude\n" },
	{ READING_FAILED, "too rude", "too rude\n" },
	{ READING_BROKEN, "HTTP 502", "it says: error\n" },
	{ READING_UNSENT, "no route", "it says: error\n" },
	{ READING_GONE, "HTTP 404", "it says: error\n" },
	{ READING_NO_KEY, "HTTP 401", "it says: error\n" },
	{ READING_FINISHED, "", "it says: error\n" },
};

static void test_failed_and_why(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(reasons); i++) {
		struct reading failed = trip_failing_reading(READING_FAILED, "it says: error");
		struct reading result = trip_failing_reading(reasons[i].result, reasons[i].said);
		struct trip trip;

		failed.ask_result = true;
		trip_begin_running(&trip, HAS_RESULT);
		trip_take(&trip, EXCHANGE_POLL, &failed);
		assert_int_equal(trip.outcome.news.event, EVENT_NONE);
		assert_int_equal(trip_wait_ms(&trip, EXCHANGE_RESULT), 0);
		trip_take(&trip, EXCHANGE_RESULT, &result);
		trip_assert_ends(&trip, EVENT_FAILED);
		assert_string_equal(trip.outcome.news.error, reasons[i].want);
		trip_end(&trip);
	}
}

static void test_failed(void **state)
{
	struct reading failed = trip_failing_reading(READING_FAILED, "out of paint\ncode 5");
	struct trip trip;

	(void)state;
	failed.ask_result = true; /* but there is nothing to ask */
	trip_begin_running(&trip, 0);
	trip_take(&trip, EXCHANGE_POLL, &failed);
	trip_assert_ends(&trip, EVENT_FAILED);
	assert_string_equal(trip.outcome.news.error, "out of paint\ncode 5\n");
	assert_string_equal(trip.outcome.news.log, "out of paint");
	trip_end(&trip);
}

/* clang-format off */
static const struct {
	enum reading_kind kind;
	enum event event; /* EVENT_NONE: asked again */
	const char *error;
} results[] = {
	{ READING_GONE,      EVENT_NONE,      NULL },
	{ READING_REFUSED,   EVENT_FAILED,    "said so\n" },
	{ READING_FAILED,    EVENT_FAILED,    "said so\n" },
	{ READING_BROKEN,    EVENT_NONE,      NULL },
	{ READING_UNSENT,    EVENT_NONE,      NULL },
	{ READING_BUSY,      EVENT_NONE,      NULL },
	{ READING_NO_KEY,    EVENT_NONE,      NULL },
	{ READING_NO_CREDIT, EVENT_NONE,      NULL },
};
/* clang-format on */

static void test_result(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(results); i++) {
		struct reading reading = trip_failing_reading(results[i].kind, "said so");
		struct trip trip;

		trip_begin_running(&trip, HAS_RESULT);
		trip_take_kind(&trip, EXCHANGE_POLL, READING_FINISHED);
		trip_take(&trip, EXCHANGE_RESULT, &reading);
		if (results[i].event != EVENT_NONE) {
			trip_assert_ends(&trip, results[i].event);
			if (results[i].error)
				assert_string_equal(trip.outcome.news.error, results[i].error);
		} else {
			assert_int_equal(trip.outcome.news.event, EVENT_NONE);
			assert_true(trip_wait_ms(&trip, EXCHANGE_RESULT) >= POLL_MS);
			assert_int_equal(trip.outcome.key_refused,
					 results[i].kind == READING_NO_KEY);
		}
		trip_end(&trip);
	}
}

/* Some providers know a result only a while after they told of it. */
static void test_result_unknown_there(void **state)
{
	struct trip trip;
	int64_t begun_ms;
	int tries = 0;

	(void)state;
	trip_begin_running(&trip, HAS_RESULT);
	begun_ms = trip.now_ms;
	trip_take_kind(&trip, EXCHANGE_POLL, READING_FINISHED);
	trip_take_kind(&trip, EXCHANGE_RESULT, READING_GONE);
	trip_assert_says(trip.outcome.news.log, "does not know it; asked again");
	for (tries = 1; !trip.errand.over; tries++)
		trip_take_kind(&trip, EXCHANGE_RESULT, READING_GONE);
	trip_assert_ends(&trip, EVENT_GONE);
	assert_string_equal(trip.outcome.news.error, "paid, and its result is gone there\n");
	assert_true(tries >= 5 && trip.now_ms - begun_ms >= 5 * MINUTE_MS);
	trip_end(&trip);

	/* One that is held comes to its end as well, at its own pace. */
	trip_begin(&trip, HAS_RESULT, STATE_HELD);
	trip_take_kind(&trip, EXCHANGE_POLL, READING_FINISHED);
	for (tries = 0; !trip.errand.over; tries++)
		trip_take_kind(&trip, EXCHANGE_RESULT, READING_GONE);
	trip_assert_ends(&trip, EVENT_GONE);
	assert_int_equal(tries, 5);
	trip_end(&trip);
}

static void test_result_a_moment_later(void **state)
{
	struct trip trip;

	(void)state;
	trip_begin_running(&trip, HAS_RESULT);
	trip_take_kind(&trip, EXCHANGE_POLL, READING_FINISHED);
	trip_take_kind(&trip, EXCHANGE_RESULT, READING_GONE);
	assert_true(trip_wait_ms(&trip, EXCHANGE_RESULT) >= POLL_MS);
	trip_take_urls(&trip, EXCHANGE_RESULT, cat, 1);
	assert_int_equal(trip.outcome.news.event, EVENT_PICTURES);
	trip_end(&trip);
}

/* ---- begun anew ---- */

static void test_hurry(void **state)
{
	struct trip trip;

	(void)state;
	trip_begin(&trip, 0, STATE_HELD);
	trip_take_kind(&trip, EXCHANGE_POLL, READING_RUNNING);
	assert_int_equal(trip_wait_ms(&trip, EXCHANGE_POLL), 5 * SECOND_MS);
	errand_hurry(&trip.errand, trip.now_ms);
	assert_int_equal(trip_wait_ms(&trip, EXCHANGE_POLL), 0);
	trip_end(&trip);
}

/* A clock that was set forward makes it old; it is asked after as one that is just late, and
 * teaches nothing. */
static void test_begun_anew_by_another_clock(void **state)
{
	struct reading finished = trip_url_reading(cat, 1);
	const struct errand_call call = { .state = STATE_RUNNING,
					  .has_id = true,
					  .age_ms = (DEADLINE_S - 60) * SECOND_MS };
	struct trip trip;

	(void)state;
	trip_begin_call(&trip, 0, &call);
	trip_take_kind(&trip, EXCHANGE_POLL, READING_RUNNING);
	assert_int_equal(trip.outcome.news.event, EVENT_NONE);
	assert_in_range(trip_wait_ms(&trip, EXCHANGE_POLL), POLL_MS, 10 * SECOND_MS);
	trip_take(&trip, EXCHANGE_POLL, &finished);
	assert_int_equal(trip.outcome.news.event, EVENT_PICTURES);
	assert_false(trip.outcome.learned);
	trip_end(&trip);
}

static void test_begun_anew(void **state)
{
	const struct errand_call call = { .state = STATE_RUNNING,
					  .has_id = true,
					  .age_ms = 2 * DEADLINE_S * SECOND_MS };
	struct outcome outset;
	struct trip trip;

	(void)state;
	trip_begin_call(&trip, 0, &call);
	assert_int_equal(errand_outset(&trip.errand, &outset), 0);
	assert_int_equal(outset.news.event, EVENT_NONE);
	outcome_done(&outset);
	assert_true(trip_wait_ms(&trip, EXCHANGE_POLL) <= POLL_MS);
	trip_take_kind(&trip, EXCHANGE_POLL, READING_RUNNING);
	assert_int_equal(trip.outcome.news.hold, HOLD_OVERDUE);
	trip_end(&trip);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trouble_ends_nothing),
		cmocka_unit_test(test_trouble_for_as_long_as_asked),
		cmocka_unit_test(test_key_refused_while_running),
		cmocka_unit_test(test_running),
		cmocka_unit_test(test_queue_is_logged_sparsely),
		cmocka_unit_test(test_cost_is_news_when_it_changes),
		cmocka_unit_test(test_unknown_there),
		cmocka_unit_test(test_unknown_there_for_a_moment),
		cmocka_unit_test(test_overdue),
		cmocka_unit_test(test_overdue_in_trouble),
		cmocka_unit_test(test_ends_while_held),
		cmocka_unit_test(test_learned),
		cmocka_unit_test(test_nothing_is_learned_of_what_nobody_saw),
		cmocka_unit_test(test_finished_without_pictures),
		cmocka_unit_test(test_pictures_a_moment_later),
		cmocka_unit_test(test_failed_and_why),
		cmocka_unit_test(test_failed),
		cmocka_unit_test(test_result),
		cmocka_unit_test(test_result_unknown_there),
		cmocka_unit_test(test_result_a_moment_later),
		cmocka_unit_test(test_hurry),
		cmocka_unit_test(test_begun_anew),
		cmocka_unit_test(test_begun_anew_by_another_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
