/* Pictures whose place must be told anew: old addresses, and what a restart left. */
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

static const char *const old[] = { "https://x/1?old", "https://x/2?old", "https://x/3?old" };
static const char *const fresh[] = { "https://x/1?new", "https://x/2?new", "https://x/3?new" };

/* A job with an id whose pictures were just told. */
static void begin_with_urls(struct trip *trip, unsigned has, size_t count)
{
	struct reading told = trip_url_reading(old, count);

	trip_begin_fetching(trip, has, &told);
}

/* ---- renewed ---- */

static const struct {
	unsigned has;
	enum exchange renew;
} renewals[] = {
	{ 0, EXCHANGE_POLL },
	{ HAS_RESULT, EXCHANGE_RESULT },
};

static void test_renewed(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(renewals); i++) {
		struct trip trip;

		begin_with_urls(&trip, renewals[i].has, 3);
		trip_picture(&trip, old[0], PICTURE_SAVED);
		trip_take_kind(&trip, EXCHANGE_DOWNLOAD, READING_GONE);
		assert_int_equal(trip_wait_ms(&trip, renewals[i].renew), 0);
		trip_take_urls(&trip, renewals[i].renew, fresh, 3);
		assert_int_equal(trip.outcome.news.event, EVENT_NONE);
		trip_picture(&trip, fresh[1], PICTURE_SAVED);
		trip_picture(&trip, fresh[2], PICTURE_SAVED);
		trip_assert_ends(&trip, EVENT_NONE);
		trip_end(&trip);
	}
}

static void test_renewed_and_gone(void **state)
{
	struct trip trip;

	(void)state;
	begin_with_urls(&trip, HAS_RESULT, 1);
	trip_take_kind(&trip, EXCHANGE_DOWNLOAD, READING_GONE);
	trip_take_urls(&trip, EXCHANGE_RESULT, fresh, 1);
	trip_take_kind(&trip, EXCHANGE_DOWNLOAD, READING_GONE);
	trip_assert_ends(&trip, EVENT_GONE);
	assert_string_equal(trip.outcome.news.error, "paid, and its picture is gone there\n");
	trip_end(&trip);
}

/* What was renewed long ago, and could not be fetched since, may be old again. */
/* Not accepted is not gone: others are asked for, ever more seldom, until one is good. */
static void test_stale_again_and_again(void **state)
{
	struct trip trip;
	int64_t wait_ms = 0;

	(void)state;
	begin_with_urls(&trip, HAS_RESULT, 1);
	for (int i = 0; i < 20; i++) {
		trip_take_kind(&trip, EXCHANGE_DOWNLOAD, READING_STALE);
		assert_int_equal(trip.outcome.news.event, EVENT_NONE);
		assert_true(trip_wait_ms(&trip, EXCHANGE_RESULT) >= wait_ms * 8 / 10);
		wait_ms = trip_wait_ms(&trip, EXCHANGE_RESULT);
		trip_take_urls(&trip, EXCHANGE_RESULT, fresh, 1);
	}
	assert_int_equal(wait_ms, ASK_MS_MAX);
	trip_picture(&trip, fresh[0], PICTURE_SAVED);
	trip_assert_ends(&trip, EVENT_NONE);
	trip_end(&trip);
}

static void test_renewed_again_after_trouble(void **state)
{
	struct trip trip;

	(void)state;
	begin_with_urls(&trip, HAS_RESULT, 1);
	for (int i = 0; i < 5; i++) {
		trip_take_kind(&trip, EXCHANGE_DOWNLOAD, READING_GONE);
		trip_take_urls(&trip, EXCHANGE_RESULT, fresh, 1);
		trip_take_kind(&trip, EXCHANGE_DOWNLOAD, READING_BROKEN);
	}
	trip_picture(&trip, fresh[0], PICTURE_SAVED);
	trip_assert_ends(&trip, EVENT_NONE);
	trip_end(&trip);
}

/* The reply to the question for new addresses. */
/* clang-format off */
static const struct {
	enum exchange exchange;
	enum reading_kind kind;
	enum event event; /* EVENT_NONE: asked again */
} renewal_replies[] = {
	{ EXCHANGE_RESULT, READING_GONE,      EVENT_NONE },
	{ EXCHANGE_RESULT, READING_FAILED,    EVENT_GONE },
	{ EXCHANGE_POLL,   READING_CANCELLED, EVENT_GONE },
	{ EXCHANGE_RESULT, READING_REFUSED,   EVENT_GONE },
	{ EXCHANGE_RESULT, READING_BROKEN,    EVENT_NONE },
	{ EXCHANGE_RESULT, READING_UNSENT,    EVENT_NONE },
	{ EXCHANGE_RESULT, READING_BUSY,      EVENT_NONE },
	{ EXCHANGE_RESULT, READING_NO_KEY,    EVENT_NONE },
	{ EXCHANGE_POLL,   READING_RUNNING,   EVENT_NONE },
	{ EXCHANGE_RESULT, READING_FINISHED,  EVENT_NONE },
};
/* clang-format on */

static void test_renewal_replies(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(renewal_replies); i++) {
		enum exchange renew = renewal_replies[i].exchange;
		struct trip trip;

		begin_with_urls(&trip, renew == EXCHANGE_RESULT ? HAS_RESULT : 0, 1);
		trip_take_kind(&trip, EXCHANGE_DOWNLOAD, READING_GONE);
		trip_take_kind(&trip, renew, renewal_replies[i].kind);
		assert_int_equal(trip.outcome.news.event, renewal_replies[i].event);
		assert_int_equal(trip.outcome.key_refused,
				 renewal_replies[i].kind == READING_NO_KEY);
		if (!trip.errand.over) {
			assert_true(trip_wait_ms(&trip, renew) >= POLL_MS);
			trip_take_urls(&trip, renew, fresh, 1);
			trip_picture(&trip, fresh[0], PICTURE_SAVED);
			trip_assert_ends(&trip, EVENT_NONE);
		}
		trip_end(&trip);
	}
}

static void test_not_known_any_more(void **state)
{
	struct trip trip;
	int64_t begun_ms;
	int tries = 0;

	(void)state;
	begin_with_urls(&trip, HAS_RESULT, 1);
	begun_ms = trip.now_ms;
	trip_take_kind(&trip, EXCHANGE_DOWNLOAD, READING_GONE);
	for (; !trip.errand.over; tries++)
		trip_take_kind(&trip, EXCHANGE_RESULT, READING_GONE);
	trip_assert_ends(&trip, EVENT_GONE);
	assert_true(tries >= 5 && trip.now_ms - begun_ms >= 5 * MINUTE_MS - POLL_MS);
	trip_end(&trip);
}

static void test_not_told_any_more(void **state)
{
	struct trip trip;
	int64_t since_ms, before_ms = 0;

	(void)state;
	begin_with_urls(&trip, HAS_RESULT, 1);
	trip_take_kind(&trip, EXCHANGE_DOWNLOAD, READING_GONE);
	since_ms = trip.now_ms;
	for (int n = 0; !trip.errand.over; n++) {
		int64_t wait_ms = trip_wait_ms(&trip, EXCHANGE_RESULT);

		assert_true(wait_ms >= before_ms);
		before_ms = wait_ms;
		trip_take_kind(&trip, EXCHANGE_RESULT, READING_FINISHED);
		if (!trip.errand.over)
			assert_true((trip.outcome.news.log != NULL) == (n == 0));
	}
	trip_assert_ends(&trip, EVENT_GONE);
	assert_in_range(trip.now_ms - since_ms, MINUTE_MS, 2 * MINUTE_MS);
	assert_true(before_ms >= 10 * POLL_MS);
	trip_assert_says(trip.outcome.news.error, "is not told any more");
	trip_end(&trip);
}

static void test_gone_without_id(void **state)
{
	struct trip trip;

	(void)state;
	trip_begin_without_id(&trip, REFERENCE_URL, old[0]);
	trip_take_kind(&trip, EXCHANGE_DOWNLOAD, READING_GONE);
	trip_assert_ends(&trip, EVENT_GONE);
	trip_end(&trip);
}

/* The others are paid, too. */
static void test_one_of_three_is_gone(void **state)
{
	struct trip trip;

	(void)state;
	begin_with_urls(&trip, HAS_RESULT, 3);
	trip_take_kind(&trip, EXCHANGE_DOWNLOAD, READING_GONE);
	trip_take_urls(&trip, EXCHANGE_RESULT, fresh, 3);
	trip_take_kind(&trip, EXCHANGE_DOWNLOAD, READING_GONE);
	assert_int_equal(trip.outcome.news.event, EVENT_NONE);
	assert_string_equal(trip.outcome.news.log,
			    "picture 1 of 3: paid, and its picture is gone there");
	trip_picture(&trip, fresh[1], PICTURE_SAVED);
	trip_picture(&trip, fresh[2], PICTURE_SAVED);
	trip_assert_ends(&trip, EVENT_GONE);
	assert_string_equal(trip.outcome.news.error, "paid, and its picture is gone there\n");
	assert_false(trip.errand.saved[0]);
	assert_true(trip.errand.saved[1] && trip.errand.saved[2]);
	trip_end(&trip);
}

static void test_fewer_are_told_anew(void **state)
{
	struct trip trip;

	(void)state;
	begin_with_urls(&trip, HAS_RESULT, 2);
	trip_picture(&trip, old[0], PICTURE_SAVED);
	trip_take_kind(&trip, EXCHANGE_DOWNLOAD, READING_GONE);
	trip_take_urls(&trip, EXCHANGE_RESULT, fresh, 1);
	trip_assert_ends(&trip, EVENT_GONE);
	trip_end(&trip);
}

/* ---- begun anew ---- */

static void begin_anew(struct trip *trip, const char *references, bool has_id)
{
	const struct errand_call call = { .state = STATE_FETCHING,
					  .has_id = has_id,
					  .references = references };

	trip_begin_call(trip, HAS_RESULT, &call);
}

static void test_begun_anew(void **state)
{
	struct trip trip;

	(void)state;
	begin_anew(&trip,
		   "[{\"url\":\"https://x/2?old\",\"order\":3,\"unsafe\":true},"
		   "{\"url\":\"https://x/1?old\",\"order\":2}]",
		   true);
	trip_picture(&trip, old[0], PICTURE_SAVED);
	trip_picture(&trip, old[1], PICTURE_SAVED);
	trip_assert_ends(&trip, EVENT_NONE);
	assert_true(trip.errand.references[1].unsafe);
	trip_end(&trip);

	begin_anew(&trip, "[{\"asset\":\"asset_a\",\"order\":0}]", true);
	trip_take_asset(&trip, "asset_a", fresh[0], 0);
	trip_picture(&trip, fresh[0], PICTURE_SAVED);
	trip_assert_ends(&trip, EVENT_NONE);
	trip_end(&trip);
}

/* What came in the reply itself, and what cannot be read, is asked for again. */
static void test_begun_anew_and_asked(void **state)
{
	static const char *const texts[] = {
		"[{\"asked\":true},{\"asked\":true}]", "", "[]", "{}", "[1,{},{\"url\":5}]", "[{",
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(texts); i++) {
		struct trip trip;

		begin_anew(&trip, texts[i], true);
		assert_int_equal(trip_wait_ms(&trip, EXCHANGE_RESULT), 0);
		trip_take_kind(&trip, EXCHANGE_RESULT, READING_BROKEN);
		trip_take_urls(&trip, EXCHANGE_RESULT, fresh, 2);
		assert_int_equal(trip.outcome.news.event, EVENT_NONE);
		trip_picture(&trip, fresh[0], PICTURE_SAVED);
		trip_picture(&trip, fresh[1], PICTURE_SAVED);
		trip_assert_ends(&trip, EVENT_NONE);
		trip_end(&trip);

		begin_anew(&trip, texts[i], true);
		while (!trip.errand.over)
			trip_take_kind(&trip, EXCHANGE_RESULT, READING_GONE);
		trip_assert_ends(&trip, EVENT_GONE);
		trip_end(&trip);
	}
}

static void test_begun_anew_and_lost(void **state)
{
	static const char *const texts[] = { "[{\"asked\":true}]", "", "[{" };

	(void)state;
	for (size_t i = 0; i < LENGTH(texts); i++) {
		struct trip trip;

		begin_anew(&trip, texts[i], false);
		assert_int_equal(errand_outset(&trip.errand, &trip.outcome), 0);
		trip_assert_ends(&trip, EVENT_GONE);
		trip_assert_says(trip.outcome.news.error,
				 "paid, but its picture came with the reply");
		trip_end(&trip);
	}
}

static void test_begun_anew_and_partly_lost(void **state)
{
	struct trip trip;

	(void)state;
	begin_anew(&trip,
		   "[{\"asked\":true,\"order\":0},{\"url\":\"https://x/2?old\",\"order\":1}]",
		   false);
	assert_int_equal(errand_outset(&trip.errand, &trip.outcome), 0);
	assert_int_equal(trip.outcome.news.event, EVENT_NONE);
	trip_picture(&trip, old[1], PICTURE_SAVED);
	trip_assert_ends(&trip, EVENT_GONE);
	assert_memory_equal(trip.outcome.news.error, "paid, but", strlen("paid, but"));
	trip_end(&trip);
}

/* What the news give is what a restart can do with. */
static void test_references_come_back(void **state)
{
	struct reading told = trip_reading(READING_FINISHED);
	struct trip trip, anew;

	(void)state;
	trip_add_reference(&told, REFERENCE_URL, "https://x/\"quoted\"\\");
	trip_add_reference(&told, REFERENCE_BYTES, "\x89PNG");
	trip_add_reference(&told, REFERENCE_ASSET, "asset \xc3\xa9");
	told.references[0].unsafe = true;
	trip_begin_fetching(&trip, HAS_RESULT, &told);
	begin_anew(&anew, trip.outcome.news.references, true);
	assert_int_equal(anew.errand.reference_count, 3);
	for (size_t i = 0; i < 3; i++) {
		const struct reference *was = &trip.errand.references[i];
		const struct reference *is = &anew.errand.references[i];

		assert_int_equal(is->kind, was->kind);
		assert_int_equal(is->order, was->order);
		assert_int_equal(is->unsafe, was->unsafe);
		if (was->text)
			assert_string_equal(is->text, was->text);
	}
	trip_end(&anew);
	trip_end(&trip);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_renewed),
		cmocka_unit_test(test_renewed_and_gone),
		cmocka_unit_test(test_stale_again_and_again),
		cmocka_unit_test(test_renewed_again_after_trouble),
		cmocka_unit_test(test_renewal_replies),
		cmocka_unit_test(test_not_known_any_more),
		cmocka_unit_test(test_not_told_any_more),
		cmocka_unit_test(test_gone_without_id),
		cmocka_unit_test(test_one_of_three_is_gone),
		cmocka_unit_test(test_fewer_are_told_anew),
		cmocka_unit_test(test_begun_anew),
		cmocka_unit_test(test_begun_anew_and_asked),
		cmocka_unit_test(test_begun_anew_and_lost),
		cmocka_unit_test(test_begun_anew_and_partly_lost),
		cmocka_unit_test(test_references_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
