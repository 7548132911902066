/* What a submission's reply means for the call: paid, surely not taken, or in doubt. */
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

/* clang-format off */
static const struct {
	enum reading_kind kind;
	enum event event;
	enum hold hold;
	int key_refused;
	int64_t pause_ms;
	const char *error; /* has this in it; NULL: none */
} submits[] = {
	{ READING_REFUSED,   EVENT_REFUSED,   HOLD_NONE,   0, 0,     "said so\nverbatim\n" },
	{ READING_FAILED,    EVENT_FAILED,    HOLD_NONE,   0, 0,     "said so\nverbatim\n" },
	{ READING_NO_KEY,    EVENT_HELD,      HOLD_KEY,    1, 0,     "said so; set another key" },
	{ READING_NO_CREDIT, EVENT_HELD,      HOLD_CREDIT, 0, 0,     "said so; once there is some" },
	{ READING_BUSY,      EVENT_NOT_TAKEN, HOLD_NONE,   0, 10000, NULL },
	{ READING_UNSENT,    EVENT_NOT_TAKEN, HOLD_NONE,   0, 5000,  NULL },
	{ READING_BROKEN,    EVENT_HELD,      HOLD_DOUBT,  0, 0,     "echo resend > ctl" },
	{ READING_BROKEN,    EVENT_HELD,      HOLD_DOUBT,  0, 0,     "may have been paid" },
	{ READING_BROKEN,    EVENT_HELD,      HOLD_DOUBT,  0, 0,     "may pay twice" },
	{ READING_FINISHED,  EVENT_HELD,      HOLD_DOUBT,  0, 0,     "cannot be known whether" },
};
/* clang-format on */

static void test_submit(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(submits); i++) {
		struct reading reading = trip_failing_reading(submits[i].kind, "said so\nverbatim");
		struct trip trip;

		trip_begin(&trip, 0, STATE_QUEUED);
		assert_int_equal(trip_wait_ms(&trip, EXCHANGE_SUBMIT), 0);
		trip_take(&trip, EXCHANGE_SUBMIT, &reading);
		trip_assert_ends(&trip, submits[i].event);
		assert_int_equal(trip.outcome.news.hold, submits[i].hold);
		assert_int_equal(trip.outcome.key_refused, submits[i].key_refused);
		assert_int_equal(trip.outcome.pause_ms, submits[i].pause_ms);
		assert_string_equal(trip.outcome.news.response, "{}");
		assert_non_null(trip.outcome.news.log);
		assert_null(strchr(trip.outcome.news.log, '\n'));
		if (submits[i].error)
			trip_assert_says(trip.outcome.news.error, submits[i].error);
		else
			assert_null(trip.outcome.news.error);
		trip_end(&trip);
	}
}

/* Nothing that may have been paid leads to another submission. */
static void test_only_what_was_surely_not_taken_is_sent_again(void **state)
{
	(void)state;
	for (int kind = READING_TAKEN; kind <= READING_BROKEN; kind++) {
		struct reading reading = trip_reading((enum reading_kind)kind);
		struct trip trip;
		bool again;

		if (kind == READING_TAKEN)
			reading.id = strdup("job_1");
		trip_begin(&trip, 0, STATE_QUEUED);
		trip_take(&trip, EXCHANGE_SUBMIT, &reading);
		again = trip.outcome.news.event == EVENT_NOT_TAKEN;
		assert_int_equal(again, kind == READING_BUSY || kind == READING_UNSENT);
		assert_int_not_equal(trip.errand.next, EXCHANGE_SUBMIT);
		trip_end(&trip);
	}
}

static void test_doubt_says_what_happened(void **state)
{
	struct reading reading = trip_failing_reading(READING_BROKEN, "the connection broke off");
	struct trip trip;

	(void)state;
	trip_begin(&trip, 0, STATE_QUEUED);
	trip_take(&trip, EXCHANGE_SUBMIT, &reading);
	trip_assert_says(trip.outcome.news.error, "the connection broke off");
	trip_assert_says(trip.outcome.news.error, "does not send it again by itself");
	trip_assert_says(trip.outcome.news.log, "the connection broke off");
	trip_end(&trip);
}

static void test_busy_for_as_long_as_asked(void **state)
{
	static const int64_t waits[][2] = { { 0, 1000 }, { 1500, 1500 }, { 90000, 90000 } };

	(void)state;
	for (size_t i = 0; i < LENGTH(waits); i++) {
		struct reading reading = trip_reading(READING_BUSY);
		struct trip trip;

		reading.wait_ms = waits[i][0];
		trip_begin(&trip, 0, STATE_QUEUED);
		trip_take(&trip, EXCHANGE_SUBMIT, &reading);
		assert_int_equal(trip.outcome.pause_ms, waits[i][1]);
		trip_end(&trip);
	}
}

static void test_taken(void **state)
{
	struct reading reading = trip_reading(READING_TAKEN);
	const struct call_news *news;
	struct trip trip;

	(void)state;
	reading.id = strdup("job_1");
	reading.poll_url = strdup("https://x/poll");
	reading.result_url = strdup("https://x/result");
	reading.cancel_url = strdup("https://x/cancel");
	reading.cost_micro = 30000;
	reading.remaining_micro = 95000000;
	reading.progress = 3;
	trip_begin(&trip, 0, STATE_QUEUED);
	trip.now_ms += 7000;
	trip_take(&trip, EXCHANGE_SUBMIT, &reading);
	news = &trip.outcome.news;
	assert_int_equal(news->event, EVENT_ACCEPTED);
	assert_string_equal(news->remote_id, "job_1");
	assert_string_equal(news->poll_url, "https://x/poll");
	assert_string_equal(news->result_url, "https://x/result");
	assert_string_equal(news->cancel_url, "https://x/cancel");
	trip_assert_says(news->log, "job_1");
	assert_int_equal(news->cost_micro, 30000);
	assert_string_equal(news->unit, "USD");
	assert_null(news->references);
	assert_null(news->error);
	assert_int_equal(trip.outcome.remaining_micro, 95000000);
	assert_int_equal(trip.outcome.progress, 3);
	assert_int_equal(trip_wait_ms(&trip, EXCHANGE_POLL), POLL_MS);
	trip_end(&trip);
}

/* The submission's reply tells the end already. */
static const struct {
	enum reading_kind there;
	unsigned has;
	enum exchange next;
} known_ends[] = {
	{ READING_FINISHED, HAS_RESULT, EXCHANGE_RESULT },
	{ READING_FINISHED, 0, EXCHANGE_POLL },
	{ READING_FAILED, HAS_RESULT, EXCHANGE_POLL },
	{ READING_CANCELLED, 0, EXCHANGE_POLL },
};

static void test_taken_and_ended(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(known_ends); i++) {
		struct reading reading = trip_reading(READING_TAKEN);
		struct trip trip;

		reading.id = strdup("job_1");
		reading.there = known_ends[i].there;
		trip_begin(&trip, known_ends[i].has, STATE_QUEUED);
		trip_take(&trip, EXCHANGE_SUBMIT, &reading);
		assert_int_equal(trip.outcome.news.event, EVENT_ACCEPTED);
		assert_string_equal(trip.outcome.news.remote_id, "job_1");
		assert_int_equal(trip_wait_ms(&trip, known_ends[i].next), 0);
		trip_end(&trip);
	}
}

static void test_taken_with_pictures(void **state)
{
	struct reading reading = trip_url_reading(cat, 1);
	struct trip trip;

	(void)state;
	reading.kind = READING_TAKEN;
	reading.there = READING_FINISHED;
	reading.id = strdup("job_1");
	reading.seed = 7;
	trip_begin(&trip, 0, STATE_QUEUED);
	trip_take(&trip, EXCHANGE_SUBMIT, &reading);
	assert_int_equal(trip.outcome.news.event, EVENT_PICTURES);
	assert_string_equal(trip.outcome.news.remote_id, "job_1");
	assert_int_equal(trip.outcome.news.seed, 7);
	assert_string_equal(trip.outcome.news.references,
			    "[{\"url\":\"https://x/cat.png\",\"order\":0}]");
	trip_picture(&trip, cat[0], PICTURE_SAVED);
	trip_assert_ends(&trip, EVENT_NONE);
	trip_end(&trip);
}

static void test_synchronous(void **state)
{
	struct reading reading = trip_reading(READING_FINISHED);
	struct trip trip;

	(void)state;
	trip_add_reference(&reading, REFERENCE_BYTES, "\x89PNG");
	trip_begin(&trip, 0, STATE_QUEUED);
	trip_take(&trip, EXCHANGE_SUBMIT, &reading);
	assert_int_equal(trip.outcome.news.event, EVENT_PICTURES);
	assert_null(trip.outcome.news.remote_id);
	assert_string_equal(trip.outcome.news.references, "[{\"asked\":true,\"order\":0}]");
	assert_string_equal(trip.errand.references[trip.errand.picture].bytes, "\x89PNG");
	trip_picture(&trip, NULL, PICTURE_SAVED);
	trip_assert_ends(&trip, EVENT_NONE);
	assert_true(trip.errand.saved[0]);
	trip_end(&trip);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_submit),
		cmocka_unit_test(test_only_what_was_surely_not_taken_is_sent_again),
		cmocka_unit_test(test_doubt_says_what_happened),
		cmocka_unit_test(test_busy_for_as_long_as_asked),
		cmocka_unit_test(test_taken),
		cmocka_unit_test(test_taken_and_ended),
		cmocka_unit_test(test_taken_with_pictures),
		cmocka_unit_test(test_synchronous),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
