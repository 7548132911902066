/* A person's wish that a call end, and what the provider makes of it. */
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

static void test_cancel(void **state)
{
	struct trip trip;

	(void)state;
	trip_begin_running(&trip, HAS_CANCEL);
	for (int i = 0; i < 12; i++)
		trip_take_kind(&trip, EXCHANGE_POLL, READING_RUNNING);
	assert_true(trip_wait_ms(&trip, EXCHANGE_POLL) > POLL_MS);
	errand_cancel(&trip.errand, trip.now_ms);
	assert_int_equal(trip_wait_ms(&trip, EXCHANGE_CANCEL), 0);
	trip_take_kind(&trip, EXCHANGE_CANCEL, READING_OK);
	assert_int_equal(trip.outcome.news.event, EVENT_NONE);
	assert_int_equal(trip_wait_ms(&trip, EXCHANGE_POLL), POLL_MS);
	trip_take_kind(&trip, EXCHANGE_POLL, READING_RUNNING);
	errand_cancel(&trip.errand, trip.now_ms); /* once is enough */
	trip_take_kind(&trip, EXCHANGE_POLL, READING_CANCELLED);
	trip_assert_ends(&trip, EVENT_CANCELLED);
	assert_null(trip.outcome.news.error);
	trip_end(&trip);
}

/* A poll on its way is not mistaken for the cancel. */
static void test_cancel_under_way(void **state)
{
	struct trip trip;

	(void)state;
	trip_begin_running(&trip, HAS_CANCEL);
	trip.now_ms += trip_wait_ms(&trip, EXCHANGE_POLL);
	errand_cancel(&trip.errand, trip.now_ms + 50);
	errand_hurry(&trip.errand, trip.now_ms + 60);
	trip_take_kind(&trip, EXCHANGE_POLL, READING_RUNNING);
	trip.now_ms += 100;
	assert_int_equal(trip_wait_ms(&trip, EXCHANGE_CANCEL), 0);
	trip_end(&trip);
}

/* A wish that was refused may be told again; one that was taken need not. */
static void test_cancel_again(void **state)
{
	struct trip trip;

	(void)state;
	trip_begin_running(&trip, HAS_CANCEL);
	errand_cancel(&trip.errand, trip.now_ms);
	trip_take_kind(&trip, EXCHANGE_CANCEL, READING_REFUSED);
	trip_wait_ms(&trip, EXCHANGE_POLL);
	errand_cancel(&trip.errand, trip.now_ms);
	assert_int_equal(trip_wait_ms(&trip, EXCHANGE_CANCEL), 0);
	trip_take_kind(&trip, EXCHANGE_CANCEL, READING_OK);
	errand_cancel(&trip.errand, trip.now_ms);
	assert_int_equal(trip_wait_ms(&trip, EXCHANGE_POLL), POLL_MS);
	trip_end(&trip);
}

static void test_cancel_before_the_id(void **state)
{
	struct reading taken = trip_reading(READING_TAKEN);
	struct trip trip;

	(void)state;
	taken.id = strdup("job_1");
	trip_begin(&trip, HAS_CANCEL, STATE_QUEUED);
	errand_cancel(&trip.errand, trip.now_ms);
	trip_take(&trip, EXCHANGE_SUBMIT, &taken);
	assert_int_equal(trip.outcome.news.event, EVENT_ACCEPTED);
	assert_int_equal(trip_wait_ms(&trip, EXCHANGE_CANCEL), 0);
	trip_end(&trip);

	trip_begin(&trip, HAS_CANCEL, STATE_QUEUED);
	errand_cancel(&trip.errand, trip.now_ms);
	trip_take_kind(&trip, EXCHANGE_SUBMIT, READING_BUSY);
	trip_assert_ends(&trip, EVENT_CANCELLED);
	trip_end(&trip);

	trip_begin(&trip, HAS_CANCEL, STATE_QUEUED);
	errand_cancel(&trip.errand, trip.now_ms);
	trip_take_kind(&trip, EXCHANGE_SUBMIT, READING_BROKEN);
	trip_assert_ends(&trip, EVENT_HELD);
	assert_int_equal(trip.outcome.news.hold, HOLD_DOUBT);
	trip_end(&trip);
}

static void test_cancel_is_refused(void **state)
{
	struct reading refused = trip_failing_reading(READING_REFUSED, "not this kind of job\n400");
	struct trip trip;
	int64_t poll_at_ms;

	(void)state;
	trip_begin_running(&trip, HAS_CANCEL);
	poll_at_ms = trip.errand.at_ms;
	errand_cancel(&trip.errand, trip.now_ms);
	trip_take(&trip, EXCHANGE_CANCEL, &refused);
	assert_string_equal(trip.outcome.news.log,
			    "the provider does not cancel it: not this kind of job");
	assert_int_equal(trip.errand.next, EXCHANGE_POLL);
	assert_int_equal(trip.errand.at_ms, poll_at_ms);
	trip_end(&trip);
}

static void test_cancel_is_tried_three_times(void **state)
{
	struct trip trip;
	int cancels = 0, polls = 0;

	(void)state;
	trip_begin_running(&trip, HAS_CANCEL);
	errand_cancel(&trip.errand, trip.now_ms);
	while (polls < 8) {
		enum exchange next = trip.errand.next;

		trip_take_kind(&trip, next,
			       next == EXCHANGE_POLL ? READING_RUNNING : READING_UNSENT);
		polls += next == EXCHANGE_POLL;
		cancels += next == EXCHANGE_CANCEL;
		if (next == EXCHANGE_CANCEL && cancels == 3)
			trip_assert_says(trip.outcome.news.log, "could not be cancelled");
		else
			assert_null(trip.outcome.news.log);
	}
	assert_int_equal(cancels, 3);
	trip_end(&trip);
}

/* A wish from before a restart; one that the provider does not understand; one too late. */
static void test_cancel_elsewhere(void **state)
{
	const struct errand_call call = { .state = STATE_HELD,
					  .has_id = true,
					  .wants_cancel = true };
	struct trip trip;

	(void)state;
	trip_begin_call(&trip, HAS_CANCEL, &call);
	assert_int_equal(trip_wait_ms(&trip, EXCHANGE_CANCEL), 0);
	trip_end(&trip);

	trip_begin_running(&trip, 0);
	errand_cancel(&trip.errand, trip.now_ms);
	trip_take_kind(&trip, EXCHANGE_POLL, READING_RUNNING);
	assert_int_equal(trip.errand.next, EXCHANGE_POLL);
	trip_end(&trip);

	trip_begin_running(&trip, HAS_CANCEL | HAS_RESULT);
	trip_take_kind(&trip, EXCHANGE_POLL, READING_FINISHED);
	errand_cancel(&trip.errand, trip.now_ms);
	trip_take_kind(&trip, EXCHANGE_RESULT, READING_BROKEN);
	assert_int_equal(trip.errand.next, EXCHANGE_RESULT);
	trip_end(&trip);
}

/* A poll or a result that ends a job which the provider was asked to cancel. */
static const struct {
	enum exchange exchange;
	enum reading_kind answer; /* to the cancel */
	enum reading_kind kind;
	bool ask_result;
	enum event event;
} ends[] = {
	{ EXCHANGE_POLL, READING_OK, READING_FAILED, true, EVENT_CANCELLED },
	{ EXCHANGE_POLL, READING_OK, READING_FAILED, false, EVENT_CANCELLED },
	{ EXCHANGE_RESULT, READING_OK, READING_FAILED, false, EVENT_CANCELLED },
	{ EXCHANGE_RESULT, READING_OK, READING_REFUSED, false, EVENT_CANCELLED },
	{ EXCHANGE_POLL, READING_REFUSED, READING_FAILED, false, EVENT_FAILED },
	{ EXCHANGE_RESULT, READING_REFUSED, READING_REFUSED, false, EVENT_FAILED },
	{ EXCHANGE_POLL, READING_NO_KEY, READING_FAILED, false, EVENT_FAILED },
};

static void test_failed_after_a_cancel(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(ends); i++) {
		struct reading end = trip_failing_reading(ends[i].kind, "client_cancelled\n499");
		struct trip trip;

		end.ask_result = ends[i].ask_result;
		trip_begin_running(&trip, HAS_CANCEL | HAS_RESULT);
		errand_cancel(&trip.errand, trip.now_ms);
		trip_take_kind(&trip, EXCHANGE_CANCEL, ends[i].answer);
		if (ends[i].exchange == EXCHANGE_RESULT)
			trip_take_kind(&trip, EXCHANGE_POLL, READING_FINISHED);
		trip_take(&trip, ends[i].exchange, &end);
		trip_assert_ends(&trip, ends[i].event);
		if (ends[i].event == EVENT_CANCELLED) {
			assert_null(trip.outcome.news.error);
			assert_string_equal(trip.outcome.news.log,
					    "cancelled at the provider: client_cancelled");
		}
		trip_end(&trip);
	}
}

/* Pictures that came all the same are taken. */
static void test_finished_after_a_cancel(void **state)
{
	static const char *const cat[] = { "https://x/cat.png" };
	struct trip trip;

	(void)state;
	trip_begin_running(&trip, HAS_CANCEL);
	errand_cancel(&trip.errand, trip.now_ms);
	trip_take_kind(&trip, EXCHANGE_CANCEL, READING_OK);
	trip_take_urls(&trip, EXCHANGE_POLL, cat, 1);
	assert_int_equal(trip.outcome.news.event, EVENT_PICTURES);
	trip_end(&trip);
}

/* Some providers forget what they cancelled. */
static void test_not_known_after_a_cancel(void **state)
{
	struct trip trip;
	int polls = 0;

	(void)state;
	trip_begin_running(&trip, HAS_CANCEL);
	errand_cancel(&trip.errand, trip.now_ms);
	trip_take_kind(&trip, EXCHANGE_CANCEL, READING_OK);
	while (!trip.errand.over) {
		trip_take_kind(&trip, EXCHANGE_POLL, READING_GONE);
		polls++;
	}
	trip_assert_ends(&trip, EVENT_CANCELLED);
	assert_int_equal(polls, 5);
	trip_end(&trip);

	/* What was finished is paid, whatever was wished. */
	trip_begin_running(&trip, HAS_CANCEL | HAS_RESULT);
	errand_cancel(&trip.errand, trip.now_ms);
	trip_take_kind(&trip, EXCHANGE_CANCEL, READING_OK);
	trip_take_kind(&trip, EXCHANGE_POLL, READING_FINISHED);
	while (!trip.errand.over)
		trip_take_kind(&trip, EXCHANGE_RESULT, READING_GONE);
	trip_assert_ends(&trip, EVENT_GONE);
	trip_end(&trip);
}

static void test_cancelled_by_somebody_else(void **state)
{
	struct trip trip;

	(void)state;
	trip_begin_running(&trip, HAS_CANCEL);
	trip_take_kind(&trip, EXCHANGE_POLL, READING_CANCELLED);
	trip_assert_ends(&trip, EVENT_CANCELLED);
	trip_assert_says(trip.outcome.news.log, "not by a wish from here");
	trip_end(&trip);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_cancel_under_way),
		cmocka_unit_test(test_cancel_again),
		cmocka_unit_test(test_cancel_before_the_id),
		cmocka_unit_test(test_cancel_is_refused),
		cmocka_unit_test(test_cancel_is_tried_three_times),
		cmocka_unit_test(test_cancel_elsewhere),
		cmocka_unit_test(test_failed_after_a_cancel),
		cmocka_unit_test(test_finished_after_a_cancel),
		cmocka_unit_test(test_not_known_after_a_cancel),
		cmocka_unit_test(test_cancelled_by_somebody_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
