/* What a reply is taken for. A wrong word here pays twice or loses what was paid, so
 * the rows are the contract: mount.md's "Never paid twice". */
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
#include "base/strbuf.h"
#include "protocol_stage.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* ---- submissions ---- */

static void test_a_submission(void **state)
{
	static const struct stage_row rows[] = {
		{ 200, "{\"job\":{\"jobId\":\"j1\",\"status\":\"waits\"}}", READING_TAKEN },
		{ 202, "{\"job\":{\"id\":\"j1\"}}", READING_TAKEN },
		{ 269, "{\"job\":{\"jobId\":\"\",\"id\":\"j1\"}}", READING_TAKEN },
		{ 299, "{\"job\":{\"jobId\":17}}", READING_TAKEN },
		{ 200, "{\"job\":{\"jobId\":\"j1\",\"status\":\"broke\"}}", READING_TAKEN },
		/* No id: it cannot be known. */
		{ 200, "{\"cost\":7.25}", READING_BROKEN },
		{ 200, "{}", READING_BROKEN },
		{ 200, "[]", READING_BROKEN },
		{ 200, "{\"job\":{\"jobId\":null}}", READING_BROKEN },
		{ 200, "{\"job\":{\"jobId\":{}}}", READING_BROKEN },
		{ 200, "{\"job\":{\"jobId\":true}}", READING_BROKEN },
		{ 200, "{\"job\":{\"jobId\":1.5}}", READING_BROKEN },
		{ 200, "{\"job\":{\"jobId\":\"a\\nb\"}}", READING_BROKEN },
		{ 200, "{\"job\":{\"jobId\":\"a\\u0000b\"}}", READING_BROKEN },
		{ 200, "{\"job\":{\"jobId\":\"a\xff\"}}", READING_BROKEN },
		{ 200, "{\"job\":{\"jobId\":\"..\"}}", READING_BROKEN },
		{ 200, "{\"job\":{\"status\":\"waits\"}}", READING_BROKEN },
		{ 200, "", READING_BROKEN },
		{ 200, "<html><title>Welcome</title>", READING_BROKEN },
		{ 200, "{\"job\":{\"jobId\":\"j1\"", READING_BROKEN },
		{ 204, "", READING_BROKEN },
		/* Ended at once, without an id. */
		{ 200, "{\"job\":{\"status\":\"broke\",\"error\":\"no\"}}", READING_FAILED },
		{ 100, "{}", READING_BROKEN },
		{ 301, "", READING_REFUSED },
		{ 307, "{\"job\":{\"jobId\":\"j1\"}}", READING_REFUSED },
		{ 400, "{\"reason\":\"no\"}", READING_REFUSED },
		{ 401, "", READING_NO_KEY },
		{ 402, "", READING_NO_CREDIT },
		{ 403, "{\"message\":\"no\"}", READING_REFUSED },
		{ 404, "", READING_REFUSED },
		{ 408, "", READING_BROKEN },
		{ 408, "{\"code\":\"slow_down\"}", READING_BROKEN },
		{ 410, "", READING_REFUSED },
		{ 422, "{\"detail\":[{\"type\":\"indecent\"}]}", READING_REFUSED },
		{ 429, "", READING_BUSY },
		{ 429, "{\"code\":\"no_money\"}", READING_NO_CREDIT },
		{ 400, "{\"code\":\"no_money\"}", READING_NO_CREDIT },
		{ 403, "{\"code\":\"bad_key\"}", READING_NO_KEY },
		{ 403, "{\"code\":\"SLOW_DOWN\"}", READING_BUSY },
		{ 499, "{\"code\":\"unheard_of\"}", READING_REFUSED },
		{ 500, "{\"code\":\"slow_down\"}", READING_BROKEN },
		{ 500, "{\"code\":\"no_such_thing\"}", READING_BROKEN },
		{ 502, "<html>", READING_BROKEN },
		{ 503, "", READING_BROKEN },
		{ 503, "{\"remainingSeconds\":3}", READING_BUSY },
		{ 504, "{\"remainingSeconds\":3}", READING_BROKEN },
		{ 700, "{\"job\":{\"jobId\":\"j1\"}}", READING_BROKEN },
	};
	CLEANUP(stage) struct protocol_stage stage;

	(void)state;
	stage_jobs(&stage);
	stage_check(&stage, EXCHANGE_SUBMIT, rows, LENGTH(rows));
}

static void test_an_envelope_around_a_submission(void **state)
{
	static const struct stage_row rows[] = {
		{ 200, "{\"code\":200,\"job\":{\"id\":\"j\"}}", READING_TAKEN },
		{ 200, "{\"code\":\"200\",\"job\":{\"id\":\"j\"}}", READING_TAKEN },
		{ 200, "{\"code\":5004,\"job\":{\"id\":\"j\"}}", READING_TAKEN },
		{ 200, "{\"code\":200,\"job\":{}}", READING_BROKEN },
		{ 200, "{\"code\":400}", READING_REFUSED },
		{ 200, "{\"code\":401}", READING_NO_KEY },
		{ 200, "{\"code\":402}", READING_NO_CREDIT },
		{ 200, "{\"code\":408}", READING_BROKEN },
		{ 200, "{\"code\":429}", READING_BUSY },
		{ 200, "{\"code\":\"slow_down\"}", READING_BUSY },
		{ 200, "{\"code\":\"unheard_of\"}", READING_REFUSED },
		{ 200, "{\"code\":500}", READING_BROKEN },
		{ 200, "{\"code\":5004,\"job\":{\"status\":\"broke\"}}", READING_BROKEN },
		{ 200, "{\"code\":1200}", READING_REFUSED },
		{ 200, "{\"code\":1401}", READING_REFUSED },
		{ 200, "{\"message\":\"fine\"}", READING_BROKEN },
		{ 200, "{\"code\":null}", READING_BROKEN },
		{ 429, "{\"code\":429}", READING_BUSY },
	};
	CLEANUP(stage) struct protocol_stage stage;

	(void)state;
	stage_jobs(&stage);
	stage.http.ok_pointer = stage_copy(&stage, "/code");
	stage.http.ok_value = stage_copy(&stage, "200");
	stage_check(&stage, EXCHANGE_SUBMIT, rows, LENGTH(rows));
}

static void test_what_was_delivered(void **state)
{
	static const struct {
		enum delivery delivery;
		int status;
		enum reading_kind submit, poll;
	} rows[] = {
		{ DELIVERY_UNSENT, 0, READING_UNSENT, READING_UNSENT },
		{ DELIVERY_LOST, 0, READING_BROKEN, READING_BROKEN },
		{ DELIVERY_LOST, 200, READING_BROKEN, READING_BROKEN },
		{ DELIVERY_LOST, 400, READING_BROKEN, READING_BROKEN },
		{ DELIVERY_REFUSED, 0, READING_REFUSED, READING_REFUSED },
		/* Sent, and too large on the way back. */
		{ DELIVERY_REFUSED, 200, READING_BROKEN, READING_REFUSED },
	};
	CLEANUP(stage) struct protocol_stage stage;

	(void)state;
	stage_jobs(&stage);
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct reply reply = stage_reply(rows[i].status, "{\"job\":{\"jobId\":\"j1\"}}");
		CLEANUP(reading) struct reading submit, poll;

		reply.delivery = rows[i].delivery;
		reply.error = i % 2 ? "it broke" : NULL;
		stage_read(&stage, EXCHANGE_SUBMIT, &reply, &submit);
		stage_read(&stage, EXCHANGE_POLL, &reply, &poll);
		assert_int_equal(submit.kind, rows[i].submit);
		assert_int_equal(poll.kind, rows[i].poll);
		assert_null(submit.id);
		assert_non_null(submit.error);
		if (reply.error)
			assert_string_equal(submit.error, reply.status == 400 ? "it broke\nHTTP 400"
									      : "it broke");
	}
}

/* A step that nothing known makes a message for, apart from an address that is refused. */
static void test_what_could_not_be_asked(void **state)
{
	CLEANUP(stage) struct protocol_stage stage;
	CLEANUP(reading) struct reading unmade, refused, lost;
	struct message message = { .url = NULL };
	struct reply reply = stage_reply(0, "");

	(void)state;
	stage_urls(&stage);
	reply.delivery = DELIVERY_REFUSED;
	reply.error = "{poll_url} cannot be asked";
	assert_int_equal(protocol_read(EXCHANGE_POLL, &stage.asking, &message, &reply, &unmade), 0);
	assert_int_equal(unmade.kind, READING_REFUSED);
	assert_true(unmade.no_message);
	assert_string_equal(unmade.error, "{poll_url} cannot be asked");
	stage_read(&stage, EXCHANGE_POLL, &reply, &refused);
	assert_int_equal(refused.kind, READING_REFUSED);
	assert_false(refused.no_message);
	reply.delivery = DELIVERY_UNSENT; /* no memory to make it */
	assert_int_equal(protocol_read(EXCHANGE_POLL, &stage.asking, &message, &reply, &lost), 0);
	assert_int_equal(lost.kind, READING_UNSENT);
	assert_false(lost.no_message);
}

static void test_an_id_as_it_was_written(void **state)
{
	static const struct {
		const char *body, *id;
	} rows[] = {
		{ "{\"job\":{\"jobId\":\"a/b \\\"c\\\"\"}}", "a/b \"c\"" },
		{ "{\"job\":{\"jobId\":0}}", "0" },
		{ "{\"job\":{\"jobId\":9007199254740993}}", "9007199254740993" },
		{ "{\"job\":{\"jobId\":9007199254740992}}", "9007199254740992" },
		{ "{\"job\":{\"jobId\":123456789012345678901234567890}}",
		  "123456789012345678901234567890" },
		{ "{\"9007199254740993\\\"\":1,\"job\":{\"jobId\":\"\\\"12345678901234567890\"}}",
		  "\"12345678901234567890" },
	};
	CLEANUP(stage) struct protocol_stage stage;

	(void)state;
	stage_jobs(&stage);
	for (size_t i = 0; i < LENGTH(rows); i++) {
		CLEANUP(reading) struct reading reading;

		stage_read_json(&stage, EXCHANGE_SUBMIT, 200, rows[i].body, &reading);
		assert_string_equal(reading.id, rows[i].id);
	}
	for (size_t size = 255; size <= 256; size++) {
		CLEANUP(strbuf) struct strbuf body = STRBUF_EMPTY;
		CLEANUP(reading) struct reading reading;

		strbuf_add_text(&body, "{\"job\":{\"jobId\":\"");
		for (size_t i = 0; i < size; i++)
			strbuf_add_char(&body, 'x');
		strbuf_add_text(&body, "\"}}");
		stage_read_json(&stage, EXCHANGE_SUBMIT, 200, strbuf_text(&body), &reading);
		assert_int_equal(reading.kind, size == 255 ? READING_TAKEN : READING_BROKEN);
	}
}

static void test_what_a_submission_tells(void **state)
{
	CLEANUP(stage) struct protocol_stage jobs;
	CLEANUP(stage) struct protocol_stage urls;
	CLEANUP(reading) struct reading reading, told;

	(void)state;
	stage_jobs(&jobs);
	stage_urls(&urls);
	stage_read_json(&jobs, EXCHANGE_SUBMIT, 200,
			"{\"job\":{\"jobId\":\"j\",\"progress\":12.5,\"place\":4},"
			"\"cost\":\"0.0275\",\"left\":95}",
			&reading);
	assert_int_equal(reading.cost_micro, 27500);
	assert_int_equal(reading.remaining_micro, 95000000);
	assert_int_equal(reading.progress, 12);
	assert_int_equal(reading.queue, 4);
	assert_int_equal(reading.there, READING_RUNNING);
	assert_int_equal(reading.wait_ms, -1);
	assert_null(reading.error);
	stage_read_json(&urls, EXCHANGE_SUBMIT, 200,
			"{\"request_id\":\"r\",\"status\":\"IN_QUEUE\","
			"\"status_url\":\"https://queue.test/o/r/1/status\","
			"\"response_url\":\"/o/r/1\",\"cancel_url\":\"javascript:alert(1)\"}",
			&told);
	assert_int_equal(told.kind, READING_TAKEN);
	assert_string_equal(told.poll_url, "https://queue.test/o/r/1/status");
	assert_string_equal(told.result_url, "https://api.test/o/r/1");
	assert_null(told.cancel_url);
}

static void test_what_is_there_already(void **state)
{
	static const struct {
		const char *body;
		enum reading_kind there;
		size_t references;
	} rows[] = {
		{ "{\"job\":{\"id\":\"j\"}}", READING_RUNNING, 0 },
		{ "{\"job\":{\"id\":\"j\",\"status\":\"works\"}}", READING_RUNNING, 0 },
		{ "{\"job\":{\"id\":\"j\",\"status\":\"odd\"}}", READING_RUNNING, 0 },
		{ "{\"job\":{\"id\":\"j\",\"status\":\" READY\\n\"}}", READING_FINISHED, 0 },
		{ "{\"job\":{\"id\":\"j\",\"status\":\"ready\",\"assets\":[\"a\",\"b\"]}}",
		  READING_FINISHED, 2 },
		{ "{\"job\":{\"id\":\"j\",\"assets\":[\"a\"]}}", READING_FINISHED, 1 },
		/* A foretaste is not the picture. */
		{ "{\"job\":{\"id\":\"j\",\"status\":\"works\",\"assets\":[\"a\"]}}",
		  READING_RUNNING, 0 },
		{ "{\"job\":{\"id\":\"j\",\"status\":\"broke\",\"assets\":[\"a\"]}}",
		  READING_FAILED, 0 },
		{ "{\"job\":{\"id\":\"j\",\"status\":\"stopped\"}}", READING_CANCELLED, 0 },
		{ "{\"job\":{\"id\":\"j\",\"status\":\"ready\",\"images\":[\"ftp://x/y\"]}}",
		  READING_FAILED, 0 },
	};
	CLEANUP(stage) struct protocol_stage stage;

	(void)state;
	stage_jobs(&stage);
	for (size_t i = 0; i < LENGTH(rows); i++) {
		CLEANUP(reading) struct reading reading;

		stage_read_json(&stage, EXCHANGE_SUBMIT, 200, rows[i].body, &reading);
		assert_int_equal(reading.kind, READING_TAKEN);
		if (reading.there != rows[i].there || reading.reference_count != rows[i].references)
			fail_msg("%s: there %d, %zu references", rows[i].body, (int)reading.there,
				 reading.reference_count);
		assert_int_equal(reading.error != NULL, rows[i].there == READING_FAILED ||
								rows[i].there == READING_CANCELLED);
	}
}

static void test_a_provider_that_answers_with_the_pictures(void **state)
{
	static const struct stage_row rows[] = {
		{ 200, "{\"job\":{\"images\":[{\"url\":\"https://i.test/1\"}]}}",
		  READING_FINISHED },
		{ 200, "{\"job\":{\"id\":\"j\",\"images\":[\"https://i.test/1\"]}}",
		  READING_TAKEN },
		{ 200, "{\"job\":{\"id\":\"j\"}}", READING_BROKEN },
		{ 200, "{\"job\":{\"id\":\"j\",\"status\":\"broke\"}}", READING_FAILED },
		{ 200, "{\"job\":{\"id\":\"j\",\"status\":\"stopped\"}}", READING_FAILED },
		{ 200, "{\"job\":{\"images\":[]}}", READING_BROKEN },
		{ 200, "{\"job\":{\"status\":\"odd\",\"images\":[\"https://i.test/1\"]}}",
		  READING_FINISHED },
	};
	CLEANUP(stage) struct protocol_stage stage;

	(void)state;
	stage_jobs(&stage);
	stage_line(&stage, &stage.http.poll.request, "");
	stage_check(&stage, EXCHANGE_SUBMIT, rows, LENGTH(rows));
}

/* ---- polls and results ---- */

static void test_a_poll(void **state)
{
	static const struct stage_row rows[] = {
		{ 200, "{\"job\":{\"status\":\"waits\"}}", READING_RUNNING },
		{ 202, "{\"job\":{\"status\":\"WORKS\"}}", READING_RUNNING },
		{ 200, "{\"job\":{\"status\":\"never heard\"}}", READING_RUNNING },
		{ 200, "{}", READING_RUNNING },
		{ 200, "{\"job\":{\"status\":\" Ready \"}}", READING_FINISHED },
		{ 200, "{\"job\":{\"status\":\"broke\"}}", READING_FAILED },
		{ 200, "{\"job\":{\"status\":\"stopped\"}}", READING_CANCELLED },
		{ 200, "{\"job\":{\"status\":\"ready\",\"images\":[\"file:///etc/passwd\"]}}",
		  READING_FAILED },
		{ 200, "", READING_BROKEN },
		{ 200, "{\"job\":", READING_BROKEN },
		{ 301, "", READING_REFUSED },
		{ 400, "", READING_REFUSED },
		{ 401, "", READING_NO_KEY },
		{ 402, "", READING_NO_CREDIT },
		{ 403, "{\"code\":\"slow_down\"}", READING_BUSY },
		{ 404, "", READING_GONE },
		{ 404, "{\"code\":\"no_such_thing\"}", READING_GONE },
		{ 408, "", READING_BROKEN },
		{ 410, "", READING_GONE },
		{ 422, "", READING_REFUSED },
		{ 429, "", READING_BUSY },
		{ 500, "", READING_BROKEN },
		{ 503, "{\"remainingSeconds\":3}", READING_BROKEN },
	};
	CLEANUP(stage) struct protocol_stage stage;

	(void)state;
	stage_jobs(&stage);
	stage_check(&stage, EXCHANGE_POLL, rows, LENGTH(rows));
}

static void test_an_envelope_around_a_poll(void **state)
{
	static const struct stage_row rows[] = {
		{ 200, "{\"code\":200,\"job\":{\"status\":\"works\"}}", READING_RUNNING },
		{ 200, "{\"code\":500,\"job\":{\"status\":\"broke\"}}", READING_FAILED },
		{ 200, "{\"job\":{\"status\":\"stopped\"}}", READING_CANCELLED },
		{ 200, "{\"code\":500,\"job\":{\"status\":\"works\"}}", READING_BROKEN },
		{ 200, "{\"code\":500,\"job\":{\"status\":\"ready\"}}", READING_BROKEN },
		{ 200, "{\"job\":{\"status\":\"works\"}}", READING_BROKEN },
		{ 200, "{\"code\":401}", READING_NO_KEY },
		{ 200, "{\"code\":\"slow_down\"}", READING_BUSY },
		{ 200, "{\"code\":\"indecent\"}", READING_REFUSED },
		{ 200, "{\"code\":1200}", READING_BROKEN },
		{ 200, "{\"code\":400}", READING_BROKEN },
	};
	CLEANUP(stage) struct protocol_stage stage;

	(void)state;
	stage_jobs(&stage);
	stage.http.ok_pointer = stage_copy(&stage, "/code");
	stage.http.ok_value = stage_copy(&stage, "200");
	stage_check(&stage, EXCHANGE_POLL, rows, LENGTH(rows));
	stage_check(&stage, EXCHANGE_RESULT, rows + 3, 1);
}

static void test_progress(void **state)
{
	static const struct {
		const char *value;
		int64_t max;
		int progress;
	} rows[] = {
		{ "0", 1, -1 },        { "0.004", 1, 0 },      { "0.5", 1, 50 },
		{ "1", 1, 100 },       { "7", 1, 100 },        { "0", 100, 0 },
		{ "\"41\"", 100, 41 }, { "41.9", 100, 41 },    { "3", 20, 15 },
		{ "-1", 100, -1 },     { "\"41%\"", 100, -1 }, { "null", 100, -1 },
		{ "1e999", 100, -1 },  { "true", 100, -1 },    { "50", 0, 50 },
	};
	CLEANUP(stage) struct protocol_stage stage;

	(void)state;
	stage_jobs(&stage);
	for (size_t i = 0; i < LENGTH(rows); i++) {
		CLEANUP(reading) struct reading reading;
		char body[100];

		stage.http.poll.progress_max = rows[i].max;
		snprintf(body, sizeof(body), "{\"job\":{\"status\":\"works\",\"progress\":%s}}",
			 rows[i].value);
		stage_read_json(&stage, EXCHANGE_POLL, 200, body, &reading);
		if (reading.progress != rows[i].progress)
			fail_msg("%s of %d: %d", rows[i].value, (int)rows[i].max, reading.progress);
	}
}

static void test_costs(void **state)
{
	static const struct {
		const char *value;
		int64_t micro;
	} rows[] = {
		{ "0", 0 },
		{ "1", 1000000 },
		{ "0.027", 27000 },
		{ "\"0.027\"", 27000 },
		{ "0.0000005", 1 },
		{ "0.0000015", 2 },
		{ "1.0000005", 1000001 },
		{ "0.00000049", 0 },
		{ "1e3", 1000000000 },
		{ "-0.01", -1 },
		{ "1e12", -1 },
		{ "1e999", -1 },
		{ "\"free\"", -1 },
		{ "\"\"", -1 },
		{ "\"0x10\"", -1 },
		{ "true", -1 },
		{ "{}", -1 },
	};
	CLEANUP(stage) struct protocol_stage stage;

	(void)state;
	stage_jobs(&stage);
	for (size_t i = 0; i < LENGTH(rows); i++) {
		CLEANUP(reading) struct reading reading;
		char body[100];

		snprintf(body, sizeof(body), "{\"job\":{\"cost\":%s}}", rows[i].value);
		stage_read_json(&stage, EXCHANGE_POLL, 200, body, &reading);
		if (reading.cost_micro != rows[i].micro)
			fail_msg("%s: %lld", rows[i].value, (long long)reading.cost_micro);
	}
}

static void test_done_is_not_always_well(void **state)
{
	CLEANUP(stage) struct protocol_stage stage;
	CLEANUP(reading) struct reading well, failed, result, plain;

	(void)state;
	stage_urls(&stage);
	stage_read_json(&stage, EXCHANGE_POLL, 200,
			"{\"status\":\"COMPLETED\",\"error\":null,"
			"\"images\":[{\"url\":\"https://i.test/1\"}]}",
			&well);
	assert_int_equal(well.kind, READING_FINISHED);
	/* The result has them. */
	assert_int_equal(well.reference_count, 0);
	assert_false(well.ask_result);
	stage_read_json(&stage, EXCHANGE_POLL, 200,
			"{\"status\":\"COMPLETED\",\"error\":\"it burned\"}", &failed);
	assert_int_equal(failed.kind, READING_FAILED);
	assert_true(failed.ask_result);
	assert_string_equal(failed.error, "failed there: it burned");
	stage_read_json(&stage, EXCHANGE_RESULT, 422,
			"{\"detail\":[{\"loc\":[],\"msg\":\"not this\",\"type\":\"indecent\"}]}",
			&result);
	assert_int_equal(result.kind, READING_REFUSED);
	assert_true(result.moderated);
	assert_string_equal(result.error,
			    "refused for its content: not this\nHTTP 422, code indecent");
	stage_line(&stage, &stage.http.result.request, "");
	stage_read_json(&stage, EXCHANGE_POLL, 200,
			"{\"status\":\"COMPLETED\",\"error_type\":\"timeout\"}", &plain);
	assert_int_equal(plain.kind, READING_FAILED);
	assert_false(plain.ask_result);
}

static void test_a_moderated_failure(void **state)
{
	CLEANUP(stage) struct protocol_stage stage;
	CLEANUP(reading) struct reading reading;

	(void)state;
	stage_jobs(&stage);
	stage_read_json(&stage, EXCHANGE_POLL, 200,
			"{\"code\":1200,\"job\":{\"status\":\"broke\"}}", &reading);
	assert_int_equal(reading.kind, READING_FAILED);
	assert_true(reading.moderated);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_submission),
		cmocka_unit_test(test_an_envelope_around_a_submission),
		cmocka_unit_test(test_what_was_delivered),
		cmocka_unit_test(test_what_could_not_be_asked),
		cmocka_unit_test(test_an_id_as_it_was_written),
		cmocka_unit_test(test_what_a_submission_tells),
		cmocka_unit_test(test_what_is_there_already),
		cmocka_unit_test(test_a_provider_that_answers_with_the_pictures),
		cmocka_unit_test(test_a_poll),
		cmocka_unit_test(test_an_envelope_around_a_poll),
		cmocka_unit_test(test_progress),
		cmocka_unit_test(test_costs),
		cmocka_unit_test(test_done_is_not_always_well),
		cmocka_unit_test(test_a_moderated_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
