/* Steps that no message can be made for, because the provider did not tell where to ask. */
#include "job/errand.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "trip.h"

static const char *const cat[] = { "https://x/cat.png" };

static struct reading unaskable(void)
{
	struct reading reading =
		trip_failing_reading(READING_REFUSED, "{poll_url} cannot be asked");

	reading.no_message = true;
	return reading;
}

static void assert_held(const struct trip *trip)
{
	const struct call_news *news = &trip->outcome.news;

	assert_int_equal(news->event, EVENT_HELD);
	assert_int_equal(news->hold, HOLD_OVERDUE);
	trip_assert_says(news->error, "an id but not where to ask: {poll_url} cannot be asked;");
	trip_assert_says(news->error, "nothing is lost");
	trip_assert_says(news->error, "`echo retry > ctl` asks again");
	trip_assert_says(news->log, "not where to ask");
	assert_false(trip->errand.over);
}

/* Held with the first poll, then quiet; a person, or other settings, may help. */
static void test_the_poll(void **state)
{
	struct reading first = unaskable(), second = unaskable();
	struct trip trip;

	(void)state;
	trip_begin_running(&trip, HAS_RESULT);
	assert_int_equal(trip_wait_ms(&trip, EXCHANGE_POLL), POLL_MS);
	trip_take(&trip, EXCHANGE_POLL, &first);
	assert_held(&trip);
	assert_int_equal(trip_wait_ms(&trip, EXCHANGE_POLL), ASK_MS_MAX);
	trip_take(&trip, EXCHANGE_POLL, &second);
	assert_int_equal(trip.outcome.news.event, EVENT_NONE);
	assert_null(trip.outcome.news.log);
	errand_hurry(&trip.errand, trip.now_ms);
	assert_int_equal(trip_wait_ms(&trip, EXCHANGE_POLL), 0);
	trip_take_kind(&trip, EXCHANGE_POLL, READING_FINISHED);
	trip_take_urls(&trip, EXCHANGE_RESULT, cat, 1);
	assert_int_equal(trip.outcome.news.event, EVENT_PICTURES);
	trip_end(&trip);
}

/* An address that may not be asked is a trouble, as it was. */
static void test_a_refused_address(void **state)
{
	struct reading refused = trip_failing_reading(READING_REFUSED, "a private address");
	struct trip trip;

	(void)state;
	trip_begin_running(&trip, 0);
	trip_take(&trip, EXCHANGE_POLL, &refused);
	assert_int_equal(trip.outcome.news.event, EVENT_NONE);
	trip_assert_says(trip.outcome.news.log, "a private address");
	trip_end(&trip);
}

/* Finished there is not failed there. */
static void test_the_result(void **state)
{
	struct reading result = unaskable();
	struct trip trip;

	(void)state;
	trip_begin_running(&trip, HAS_RESULT);
	trip_take_kind(&trip, EXCHANGE_POLL, READING_FINISHED);
	trip_take(&trip, EXCHANGE_RESULT, &result);
	assert_held(&trip);
	assert_int_equal(trip_wait_ms(&trip, EXCHANGE_POLL), ASK_MS_MAX);
	trip_end(&trip);
}

static void test_why_it_failed(void **state)
{
	struct reading failed = trip_failing_reading(READING_FAILED, "no luck"),
		       result = unaskable();
	struct trip trip;

	(void)state;
	failed.ask_result = true;
	trip_begin_running(&trip, HAS_RESULT);
	trip_take(&trip, EXCHANGE_POLL, &failed);
	trip_take(&trip, EXCHANGE_RESULT, &result);
	trip_assert_ends(&trip, EVENT_FAILED);
	assert_string_equal(trip.outcome.news.error, "no luck\n");
	trip_end(&trip);
}

static void test_the_cancel(void **state)
{
	struct reading cancel = unaskable();
	struct trip trip;

	(void)state;
	trip_begin_running(&trip, HAS_CANCEL);
	errand_cancel(&trip.errand, trip.now_ms);
	trip_take(&trip, EXCHANGE_CANCEL, &cancel);
	trip_assert_says(trip.outcome.news.log, "could not be cancelled: {poll_url}");
	assert_int_equal(trip.errand.next, EXCHANGE_POLL);
	trip_take_kind(&trip, EXCHANGE_POLL, READING_FAILED);
	trip_assert_ends(&trip, EVENT_FAILED);
	trip_end(&trip);
}

/* The submission's reply had the pictures, their URLs are old, and that is all there is. */
static void test_a_renewal(void **state)
{
	struct reading told = trip_url_reading(cat, 1), poll = unaskable();
	struct trip trip;

	(void)state;
	told.kind = READING_TAKEN;
	told.there = READING_FINISHED;
	told.id = strdup("job_1");
	trip_begin(&trip, 0, STATE_QUEUED);
	trip_take(&trip, EXCHANGE_SUBMIT, &told);
	trip_take_kind(&trip, EXCHANGE_DOWNLOAD, READING_GONE);
	trip_take(&trip, EXCHANGE_POLL, &poll);
	trip_assert_ends(&trip, EVENT_GONE);
	trip_assert_says(trip.outcome.news.error, "gone there");
	trip_end(&trip);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_poll),   cmocka_unit_test(test_a_refused_address),
		cmocka_unit_test(test_the_result), cmocka_unit_test(test_why_it_failed),
		cmocka_unit_test(test_the_cancel), cmocka_unit_test(test_a_renewal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
