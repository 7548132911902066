/* How long to wait, and the steps around a job: assets, downloads, cancels, balances. */
#include "job/protocol.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "protocol_stage.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* ---- waiting ---- */

static void test_a_time_to_wait(void **state)
{
	static const struct {
		int status;
		const char *body, *text;
		int64_t ms, wait_ms;
	} rows[] = {
		{ 429, "{\"remainingSeconds\":2.5}", "", -1, 2500 },
		{ 429, "{\"remainingSeconds\":\"7\"}", "", -1, 7000 },
		{ 429, "{\"remainingSeconds\":-7}", "", -1, -1 },
		{ 429, "{\"remainingSeconds\":315360000}", "", -1, WAIT_MS_MAX },
		{ 429, "{\"remainingSeconds\":9}", "4", -1, 4000 },
		{ 429, "", "4", 1500, 1500 },
		{ 503, "", "0", -1, 0 },
		{ 200, "{\"remainingSeconds\":9}", "", -1, -1 },
		{ 202, "{}", "4", -1, 4000 },
	};
	CLEANUP(stage) struct protocol_stage stage;

	(void)state;
	stage_jobs(&stage);
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct reply reply = stage_reply(rows[i].status, rows[i].body);
		CLEANUP(reading) struct reading reading;

		reply.wait_text = rows[i].text;
		reply.wait_ms = rows[i].ms;
		stage_read(&stage, EXCHANGE_POLL, &reply, &reading);
		if (reading.wait_ms != rows[i].wait_ms)
			fail_msg("row %zu: %lld", i, (long long)reading.wait_ms);
	}
}

/* ---- the other steps ---- */

static void test_an_asset(void **state)
{
	static const struct stage_row rows[] = {
		{ 200, "{\"asset\":{\"url\":\"https://i.test/1\",\"status\":\"ready\"}}",
		  READING_FINISHED },
		{ 200, "{\"asset\":{\"url\":\"https://i.test/1\"}}", READING_FINISHED },
		{ 200, "{\"asset\":{\"url\":\"https://i.test/1\",\"status\":\"pending\"}}",
		  READING_RUNNING },
		{ 200, "{\"asset\":{\"url\":\"https://i.test/1\",\"status\":\"odd\"}}",
		  READING_RUNNING },
		{ 200, "{\"asset\":{\"status\":\"ready\"}}", READING_BROKEN },
		{ 200, "{\"asset\":{}}", READING_RUNNING },
		{ 200, "{\"asset\":{\"status\":\"error\"}}", READING_FAILED },
		{ 200, "{\"asset\":{\"url\":\"gopher://x/\"}}", READING_FAILED },
		{ 200, "nonsense", READING_BROKEN },
		{ 404, "", READING_GONE },
		{ 429, "", READING_BUSY },
		{ 500, "", READING_BROKEN },
	};
	CLEANUP(stage) struct protocol_stage stage;
	CLEANUP(reading) struct reading told, untold;

	(void)state;
	stage_jobs(&stage);
	stage_check(&stage, EXCHANGE_ASSET, rows, LENGTH(rows));
	stage_read_json(&stage, EXCHANGE_ASSET, 200,
			"{\"asset\":{\"url\":\"https://i.test/1?Sig=a~b\",\"status\":\"ready\","
			"\"index\":3,\"nsfw\":[\"\",\"blood\"]}}",
			&told);
	assert_int_equal(told.reference_count, 1);
	assert_int_equal(told.references[0].kind, REFERENCE_URL);
	assert_string_equal(told.references[0].text, "https://i.test/1?Sig=a~b");
	assert_int_equal(told.references[0].order, 3);
	assert_true(told.references[0].unsafe);
	stage_read_json(&stage, EXCHANGE_ASSET, 200,
			"{\"asset\":{\"url\":\"https://i.test/1\",\"nsfw\":[],\"bad\":false}}",
			&untold);
	assert_int_equal(untold.references[0].order, -1);
	assert_false(untold.references[0].unsafe);
	stage.http.asset.state = NULL;
	stage_check(&stage, EXCHANGE_ASSET,
		    (struct stage_row[]){ { 200, "{\"asset\":{}}", READING_BROKEN } }, 1);
}

static void test_a_download(void **state)
{
	static const struct {
		int status;
		const char *wait;
		enum reading_kind kind;
	} rows[] = {
		{ 200, "", READING_FINISHED }, { 206, "", READING_FINISHED },
		{ 302, "", READING_REFUSED },  { 400, "", READING_STALE },
		{ 401, "", READING_STALE },    { 403, "", READING_STALE },
		{ 404, "", READING_GONE },     { 410, "", READING_GONE },
		{ 408, "", READING_BROKEN },   { 429, "", READING_BROKEN },
		{ 429, "3", READING_BUSY },    { 500, "", READING_BROKEN },
		{ 503, "3", READING_BUSY },    { 416, "", READING_STALE },
	};
	CLEANUP(stage) struct protocol_stage stage;

	(void)state;
	stage_jobs(&stage);
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct reply reply = stage_reply(rows[i].status, "");
		CLEANUP(reading) struct reading reading;

		reply.wait_text = rows[i].wait;
		stage_read(&stage, EXCHANGE_DOWNLOAD, &reply, &reading);
		if (reading.kind != rows[i].kind)
			fail_msg("%d: %d", rows[i].status, (int)reading.kind);
		assert_null(reading.shown);
		assert_int_equal(reading.error == NULL, reading.kind == READING_FINISHED);
	}
}

static void test_a_cancel(void **state)
{
	static const struct stage_row rows[] = {
		{ 200, "{\"job\":{\"status\":\"works\"}}", READING_OK },
		{ 202, "", READING_OK },
		{ 204, "", READING_OK },
		{ 200, "fine", READING_OK },
		{ 400, "{\"reason\":\"Cannot cancel this type of job\"}", READING_REFUSED },
		{ 401, "", READING_NO_KEY },
		{ 403, "{\"code\":\"bad_key\"}", READING_NO_KEY },
		{ 403, "", READING_REFUSED },
		{ 404, "", READING_REFUSED },
		{ 409, "", READING_REFUSED },
		{ 429, "", READING_BROKEN },
		{ 500, "", READING_BROKEN },
		{ 302, "", READING_BROKEN },
	};
	CLEANUP(stage) struct protocol_stage stage;
	CLEANUP(reading) struct reading reading;

	(void)state;
	stage_jobs(&stage);
	stage_check(&stage, EXCHANGE_CANCEL, rows, LENGTH(rows));
	stage_read_json(&stage, EXCHANGE_CANCEL, 400, rows[4].body, &reading);
	assert_string_equal(reading.error,
			    "it cannot be cancelled: Cannot cancel this type of job\nHTTP 400");
	stage.http.ok_pointer = stage_copy(&stage, "/ok");
	stage.http.ok_value = stage_copy(&stage, "true");
	stage_check(&stage, EXCHANGE_CANCEL,
		    (struct stage_row[]){ { 200, "{\"ok\":false}", READING_REFUSED },
					  { 200, "{\"ok\":true}", READING_OK },
					  { 200, "{}", READING_OK } },
		    3);
}

static void test_a_balance(void **state)
{
	static const struct stage_row rows[] = {
		{ 200, "{}", READING_OK },
		{ 200, "?", READING_BROKEN },
		{ 401, "", READING_NO_KEY },
		{ 403, "{\"code\":\"bad_key\"}", READING_NO_KEY },
	};
	CLEANUP(stage) struct protocol_stage stage;
	CLEANUP(reading) struct reading reading;

	(void)state;
	stage_jobs(&stage);
	stage_check(&stage, EXCHANGE_BALANCE, rows, LENGTH(rows));
	stage_read_json(&stage, EXCHANGE_BALANCE, 200, "{\"balance\":12.5}", &reading);
	assert_int_equal(reading.remaining_micro, 12500000);
}

static void test_a_price(void **state)
{
	static const struct stage_row rows[] = {
		{ 269, "{\"cost\":7.25}", READING_OK },
		{ 200, "{\"prices\":[{\"each\":1,\"unit\":\"second\"}]}", READING_REFUSED },
		{ 200, "{\"prices\":[{\"each\":1}]}", READING_REFUSED },
		{ 200, "{\"cost\":-1}", READING_REFUSED },
		{ 200, "{\"cost\":\"dear\"}", READING_REFUSED },
		{ 200, "{}", READING_REFUSED },
		{ 200, "<html>", READING_BROKEN },
		{ 401, "", READING_NO_KEY },
		{ 404, "{}", READING_GONE },
		{ 429, "{}", READING_BUSY },
		{ 503, "{}", READING_BROKEN },
	};
	CLEANUP(stage) struct protocol_stage stage;
	char three[] = "3";
	struct params sent = { .value = { [PARAM_COUNT] = three } };

	(void)state;
	stage_jobs(&stage);
	stage_check(&stage, EXCHANGE_PRICE, rows, LENGTH(rows));
	for (int i = 0; i < 3; i++) {
		static const char *const replies[] = {
			"{\"cost\":0.5,\"prices\":[{\"each\":9,\"unit\":\"image\"}]}",
			"{\"prices\":[{\"each\":0.25,\"unit\":\"Picture\"}]}",
			"{\"prices\":[{\"each\":0.25,\"unit\":\"image\"}]}",
		};
		static const int64_t costs[] = { 500000, 250000, 750000 };
		CLEANUP(reading) struct reading reading;

		stage.asking.sent = i == 2 ? &sent : NULL; /* of the call, not of a picture */
		stage_read_json(&stage, EXCHANGE_PRICE, 200, replies[i], &reading);
		assert_int_equal(reading.cost_micro, costs[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_time_to_wait), cmocka_unit_test(test_an_asset),
		cmocka_unit_test(test_a_download),     cmocka_unit_test(test_a_cancel),
		cmocka_unit_test(test_a_balance),      cmocka_unit_test(test_a_price),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
