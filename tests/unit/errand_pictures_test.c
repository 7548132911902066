/* What is done about the pictures of a call that is finished at the provider. */
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

/* ---- downloads ---- */

static void test_in_order(void **state)
{
	struct reading told = trip_url_reading(old, 3);
	struct trip trip;

	(void)state;
	told.references[0].order = 2;
	told.references[2].order = 0;
	told.references[2].unsafe = true;
	trip_begin_fetching(&trip, 0, &told);
	assert_string_equal(trip.outcome.news.log, "finished there: 3 pictures");
	assert_string_equal(trip.outcome.news.references,
			    "[{\"url\":\"https://x/3?old\",\"order\":0,\"unsafe\":true},"
			    "{\"url\":\"https://x/2?old\",\"order\":1},"
			    "{\"url\":\"https://x/1?old\",\"order\":2}]");
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(trip_wait_ms(&trip, EXCHANGE_DOWNLOAD), 0);
		assert_int_equal(trip.errand.picture, i);
		trip_picture(&trip, old[2 - i], PICTURE_SAVED);
		assert_true(trip.errand.saved[i]);
		assert_int_equal(trip.errand.over, i == 2);
	}
	trip_assert_ends(&trip, EVENT_NONE);
	assert_true(trip.errand.references[0].unsafe);
	trip_end(&trip);
}

/* A paid picture is fetched until it is here. */
static void test_trouble_ends_nothing(void **state)
{
	static const enum reading_kind kinds[] = { READING_BUSY, READING_UNSENT, READING_BROKEN };
	struct trip trip;

	(void)state;
	trip_begin_without_id(&trip, REFERENCE_URL, old[0]);
	for (int n = 0; n < 200; n++) {
		trip_take_kind(&trip, EXCHANGE_DOWNLOAD, kinds[n % LENGTH(kinds)]);
		assert_int_equal(trip.outcome.news.event, EVENT_NONE);
		assert_true((trip.outcome.news.log != NULL) == (n == 0));
	}
	assert_int_equal(trip_wait_ms(&trip, EXCHANGE_DOWNLOAD), ASK_MS_MAX);
	errand_hurry(&trip.errand, trip.now_ms);
	assert_int_equal(trip_wait_ms(&trip, EXCHANGE_DOWNLOAD), 0);
	trip_picture(&trip, old[0], PICTURE_SAVED);
	trip_assert_ends(&trip, EVENT_NONE);
	trip_end(&trip);
}

/* One that is in trouble does not keep the others waiting. */
static void test_the_others_go_on(void **state)
{
	struct reading busy = trip_reading(READING_BUSY);
	struct trip trip;

	(void)state;
	begin_with_urls(&trip, 0, 3);
	busy.wait_ms = 90000;
	trip_take(&trip, EXCHANGE_DOWNLOAD, &busy);
	for (int i = 1; i < 3; i++) {
		assert_int_equal(trip_wait_ms(&trip, EXCHANGE_DOWNLOAD), 0);
		trip_picture(&trip, old[i], PICTURE_SAVED);
	}
	assert_int_equal(trip_wait_ms(&trip, EXCHANGE_DOWNLOAD), 90000);
	trip_picture(&trip, old[0], PICTURE_SAVED);
	trip_assert_ends(&trip, EVENT_NONE);
	trip_end(&trip);
}

static void take_refused(struct trip *trip)
{
	struct reading refused =
		trip_failing_reading(READING_REFUSED, "x leads to a private address\n10.0.0.1");

	trip_take(trip, EXCHANGE_DOWNLOAD, &refused);
}

/* Where a name leads may change, for some minutes. */
static void test_forbidden_address(void **state)
{
	struct trip trip;
	int64_t begun_ms;

	(void)state;
	begin_with_urls(&trip, HAS_RESULT, 1);
	begun_ms = trip.now_ms;
	for (int n = 1; n < 8; n++) {
		take_refused(&trip);
		assert_int_equal(trip.outcome.news.event, EVENT_NONE);
		assert_true((trip.outcome.news.log != NULL) == (n == 1));
	}
	take_refused(&trip);
	trip_assert_ends(&trip, EVENT_FAILED);
	assert_string_equal(trip.outcome.news.error, "x leads to a private address\n10.0.0.1\n");
	assert_in_range(trip.now_ms - begun_ms, MINUTE_MS, 5 * MINUTE_MS);
	trip_end(&trip);

	begin_with_urls(&trip, HAS_RESULT, 1);
	take_refused(&trip);
	trip_picture(&trip, old[0], PICTURE_SAVED);
	trip_assert_ends(&trip, EVENT_NONE);
	trip_end(&trip);
}

/* What the URL says itself does not change. */
static void test_forbidden_address_in_the_url(void **state)
{
	static const char *const urls[] = { "https://10.0.0.1/a", "https://[::1]/a",
					    "https://localhost/a" };

	(void)state;
	for (size_t i = 0; i < LENGTH(urls); i++) {
		struct reading told = trip_url_reading(&urls[i], 1);
		struct trip trip;

		trip_begin_fetching(&trip, HAS_RESULT, &told);
		take_refused(&trip);
		trip_assert_ends(&trip, EVENT_FAILED);
		trip_end(&trip);
	}
}

/* A reply that is a picture is told by errand_picture() alone. */
static void test_download_changes_nothing_itself(void **state)
{
	struct trip trip;

	(void)state;
	begin_with_urls(&trip, 0, 1);
	trip_take_kind(&trip, EXCHANGE_DOWNLOAD, READING_FINISHED);
	assert_null(trip.outcome.news.log);
	trip_picture(&trip, old[0], PICTURE_SAVED);
	trip_assert_ends(&trip, EVENT_NONE);
	trip_end(&trip);
}

/* ---- assets ---- */

static void test_assets(void **state)
{
	struct trip trip;

	(void)state;
	trip_begin_assets(&trip, HAS_ASSET_ORDER, 3);
	assert_string_equal(
		trip.outcome.news.references,
		"[{\"asset\":\"asset_a\",\"order\":0},{\"asset\":\"asset_b\",\"order\":1},"
		"{\"asset\":\"asset_c\",\"order\":2}]");
	trip_take_asset(&trip, "asset_a", old[0], 2);
	trip_take_asset(&trip, "asset_b", old[1], 0);
	trip_take_asset(&trip, "asset_c", old[2], 1);
	trip_picture(&trip, old[1], PICTURE_SAVED);
	trip_picture(&trip, old[2], PICTURE_SAVED);
	trip_picture(&trip, old[0], PICTURE_SAVED);
	trip_assert_ends(&trip, EVENT_NONE);
	trip_end(&trip);
}

/* Without a word on it, the order is that of the list. */
static void test_assets_without_order(void **state)
{
	struct trip trip;

	(void)state;
	trip_begin_assets(&trip, 0, 2);
	trip_take_asset(&trip, "asset_a", old[0], -1);
	trip_take_asset(&trip, "asset_b", old[1], -1);
	trip_picture(&trip, old[0], PICTURE_SAVED);
	trip_picture(&trip, old[1], PICTURE_SAVED);
	trip_assert_ends(&trip, EVENT_NONE);
	trip_end(&trip);
}

/* One that does not say which it is stays where its id was. */
static void test_asset_that_tells_no_order(void **state)
{
	struct trip trip;

	(void)state;
	trip_begin_assets(&trip, HAS_ASSET_ORDER, 3);
	trip_take_asset(&trip, "asset_a", old[0], 0);
	trip_take_asset(&trip, "asset_b", old[1], -1);
	trip_take_asset(&trip, "asset_c", old[2], -1);
	for (size_t i = 0; i < 3; i++)
		trip_picture(&trip, old[i], PICTURE_SAVED);
	trip_assert_ends(&trip, EVENT_NONE);
	trip_end(&trip);
}

static void test_asset_not_ready(void **state)
{
	struct trip trip;
	int64_t before_ms = 0;

	(void)state;
	trip_begin_assets(&trip, 0, 1);
	for (int i = 0; i < 5; i++) {
		int64_t wait_ms;

		trip_take_kind(&trip, EXCHANGE_ASSET, READING_RUNNING);
		assert_null(trip.outcome.news.log);
		wait_ms = trip_wait_ms(&trip, EXCHANGE_ASSET);
		assert_true(wait_ms >= POLL_MS && wait_ms > before_ms);
		before_ms = wait_ms;
	}
	trip_take_asset(&trip, "asset_a", old[0], 0);
	assert_int_equal(trip_wait_ms(&trip, EXCHANGE_DOWNLOAD), 0);
	trip_end(&trip);
}

static void test_asset_failed(void **state)
{
	struct reading failed = trip_failing_reading(READING_FAILED, "no paint");
	struct trip trip;

	(void)state;
	trip_begin_assets(&trip, 0, 2);
	trip_take(&trip, EXCHANGE_ASSET, &failed);
	assert_int_equal(trip.outcome.news.event, EVENT_NONE);
	assert_string_equal(trip.outcome.news.log, "picture 1 of 2: no paint");
	trip_take_asset(&trip, "asset_b", old[1], 0);
	trip_picture(&trip, old[1], PICTURE_SAVED);
	trip_assert_ends(&trip, EVENT_FAILED);
	trip_assert_says(trip.outcome.news.error, "no paint");
	assert_false(trip.errand.saved[0]);
	assert_true(trip.errand.saved[1]);
	trip_end(&trip);
}

static void test_all_assets_failed(void **state)
{
	struct trip trip;

	(void)state;
	trip_begin_assets(&trip, 0, 2);
	for (int i = 0; i < 2; i++) {
		struct reading failed = trip_failing_reading(READING_FAILED, "no paint");

		trip_take(&trip, EXCHANGE_ASSET, &failed);
	}
	trip_assert_ends(&trip, EVENT_FAILED);
	assert_string_equal(trip.outcome.news.error, "no paint\n");
	trip_end(&trip);
}

static void test_asset_in_trouble(void **state)
{
	static const enum reading_kind kinds[] = { READING_BUSY, READING_UNSENT, READING_BROKEN,
						   READING_REFUSED, READING_NO_KEY };

	(void)state;
	for (size_t i = 0; i < LENGTH(kinds); i++) {
		struct trip trip;

		trip_begin_assets(&trip, 0, 1);
		for (int n = 0; n < 20; n++) {
			trip_take_kind(&trip, EXCHANGE_ASSET, kinds[i]);
			assert_int_equal(trip.outcome.news.event, EVENT_NONE);
			assert_int_equal(trip.outcome.key_refused, kinds[i] == READING_NO_KEY);
			assert_true((trip.outcome.news.log != NULL) == (n == 0));
		}
		assert_int_equal(trip_wait_ms(&trip, EXCHANGE_ASSET), ASK_MS_MAX);
		trip_end(&trip);
	}
}

static void test_asset_gone(void **state)
{
	struct trip trip;
	int tries = 0;

	(void)state;
	trip_begin_assets(&trip, 0, 1);
	while (!trip.errand.over && tries++ < 20)
		trip_take_kind(&trip, EXCHANGE_ASSET, READING_GONE);
	trip_assert_ends(&trip, EVENT_GONE);
	assert_int_equal(tries, 5);
	trip_end(&trip);
}

/* Its own step tells the address, so that is repeated; twice, for the trouble between. */
static void test_asset_renewed(void **state)
{
	struct trip trip;

	(void)state;
	trip_begin_assets(&trip, HAS_RESULT | HAS_ASSET_ORDER, 2);
	trip_take_asset(&trip, "asset_a", old[0], 1);
	trip_take_asset(&trip, "asset_b", old[1], 0);
	trip_take_kind(&trip, EXCHANGE_DOWNLOAD, READING_GONE);
	trip_take_asset(&trip, "asset_b", fresh[1], 5);
	trip_take_kind(&trip, EXCHANGE_DOWNLOAD, READING_BROKEN);
	/* The indexes stay, whatever is told now. */
	trip_picture(&trip, old[0], PICTURE_SAVED);
	assert_true(trip.errand.saved[1]);
	trip_take_kind(&trip, EXCHANGE_DOWNLOAD, READING_GONE);
	trip_take_asset(&trip, "asset_b", fresh[2], 0);
	assert_int_equal(trip.errand.picture, 0);
	trip_take_kind(&trip, EXCHANGE_DOWNLOAD, READING_GONE);
	trip_assert_ends(&trip, EVENT_GONE);
	trip_end(&trip);
}

/* ---- what came ---- */

static void test_not_a_picture(void **state)
{
	struct trip trip;

	(void)state;
	begin_with_urls(&trip, HAS_RESULT, 1);
	for (int i = 0; i < 7; i++) {
		trip_picture(&trip, old[0], PICTURE_BAD);
		assert_int_equal(trip.outcome.news.event, EVENT_NONE);
		assert_true(trip_wait_ms(&trip, EXCHANGE_DOWNLOAD) >= POLL_MS);
	}
	trip_picture(&trip, old[0], PICTURE_BAD);
	trip_assert_ends(&trip, EVENT_FAILED);
	assert_string_equal(trip.outcome.news.error,
			    "what came is not a picture: it begins like HTML\n");
	trip_end(&trip);
}

static void test_too_large(void **state)
{
	struct trip trip;

	(void)state;
	begin_with_urls(&trip, 0, 1);
	trip_picture(&trip, old[0], PICTURE_TOO_LARGE);
	trip_assert_ends(&trip, EVENT_FAILED);
	trip_assert_says(trip.outcome.news.error, "image_bytes in [limits]");
	trip_assert_says(trip.outcome.news.error, "echo retry > ctl");
	trip_end(&trip);

	/* Without an id, retry would pay again: no word of it. */
	trip_begin_without_id(&trip, REFERENCE_URL, old[0]);
	trip_picture(&trip, old[0], PICTURE_TOO_LARGE);
	trip_assert_ends(&trip, EVENT_FAILED);
	assert_null(strstr(trip.outcome.news.error, "retry"));
	trip_end(&trip);
}

/* The same bytes would be no better: the reply that had them is asked for again. */
static void test_bytes_that_are_no_picture(void **state)
{
	struct reading told = trip_reading(READING_FINISHED);
	struct trip trip;

	(void)state;
	trip_add_reference(&told, REFERENCE_BYTES, "<html>");
	trip_begin_fetching(&trip, HAS_RESULT, &told);
	trip_picture(&trip, NULL, PICTURE_BAD);
	assert_true(trip_wait_ms(&trip, EXCHANGE_RESULT) >= POLL_MS);
	told = trip_reading(READING_FINISHED);
	trip_add_reference(&told, REFERENCE_BYTES, "\x89PNG");
	trip_take(&trip, EXCHANGE_RESULT, &told);
	assert_string_equal(trip.errand.references[0].bytes, "\x89PNG");
	trip_picture(&trip, NULL, PICTURE_SAVED);
	trip_assert_ends(&trip, EVENT_NONE);
	assert_null(trip.errand.references[0].bytes); /* not kept for nothing */
	trip_end(&trip);

	trip_begin_without_id(&trip, REFERENCE_BYTES, old[0]);
	trip_picture(&trip, NULL, PICTURE_BAD);
	trip_assert_ends(&trip, EVENT_FAILED);
	trip_end(&trip);
}

/* What is gone is worse than what is bad. How many came is the run's to say. */
static void test_the_worst_is_told(void **state)
{
	struct trip trip;

	(void)state;
	begin_with_urls(&trip, HAS_RESULT, 3);
	trip_take_kind(&trip, EXCHANGE_DOWNLOAD, READING_GONE);
	trip_take_urls(&trip, EXCHANGE_RESULT, fresh, 3);
	trip_take_kind(&trip, EXCHANGE_DOWNLOAD, READING_GONE);
	trip_picture(&trip, fresh[1], PICTURE_TOO_LARGE);
	trip_picture(&trip, fresh[2], PICTURE_SAVED);
	trip_assert_ends(&trip, EVENT_GONE);
	assert_string_equal(trip.outcome.news.error, "paid, and its picture is gone there\n");
	trip_end(&trip);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_in_order),
		cmocka_unit_test(test_trouble_ends_nothing),
		cmocka_unit_test(test_the_others_go_on),
		cmocka_unit_test(test_forbidden_address),
		cmocka_unit_test(test_forbidden_address_in_the_url),
		cmocka_unit_test(test_download_changes_nothing_itself),
		cmocka_unit_test(test_assets),
		cmocka_unit_test(test_assets_without_order),
		cmocka_unit_test(test_asset_that_tells_no_order),
		cmocka_unit_test(test_asset_not_ready),
		cmocka_unit_test(test_asset_failed),
		cmocka_unit_test(test_all_assets_failed),
		cmocka_unit_test(test_asset_in_trouble),
		cmocka_unit_test(test_asset_gone),
		cmocka_unit_test(test_asset_renewed),
		cmocka_unit_test(test_not_a_picture),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_bytes_that_are_no_picture),
		cmocka_unit_test(test_the_worst_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
