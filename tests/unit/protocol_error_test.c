/* What people get to read of a reply: the error text and response.json. */
#include "job/protocol.h"

#include <cjson/cJSON.h>
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
#include "base/utf8.h"
#include "protocol_stage.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* ---- errors ---- */

static const struct {
	enum exchange exchange;
	int status;
	const char *body, *error;
} errors[] = {
	{ EXCHANGE_SUBMIT, 400, "{\"reason\":\"Input prompt is required\",\"trace\":\"tr_1\"}",
	  "refused: Input prompt is required\nHTTP 400, trace tr_1" },
	{ EXCHANGE_SUBMIT, 422,
	  "{\"detail\":[{\"msg\":\"too wide\",\"type\":\"range\"},{\"msg\":\"too high\"},"
	  "{\"msg\":\"c\"},{\"msg\":\"d\"}]}",
	  "refused: too wide; too high; c\nHTTP 422, code range" },
	{ EXCHANGE_SUBMIT, 400, "{\"detail\":\"Request timed out\"}",
	  "refused: Request timed out\nHTTP 400" },
	{ EXCHANGE_SUBMIT, 400, "{\"detail\":{\"a\":1}}", "refused: {\"a\":1}\nHTTP 400" },
	{ EXCHANGE_SUBMIT, 400, "{\"message\":{\"message\":\"inner\",\"code\":4}}",
	  "refused: inner\nHTTP 400" },
	{ EXCHANGE_SUBMIT, 400, "{\"reason\":0,\"message\":false,\"detail\":\"this\"}",
	  "refused: this\nHTTP 400" },
	{ EXCHANGE_SUBMIT, 400, "{\"message\":1401,\"code\":1401}", "refused: 1401\nHTTP 400" },
	{ EXCHANGE_SUBMIT, 400, "{\"what\":\"else\"}", "refused: {\"what\":\"else\"}\nHTTP 400" },
	{ EXCHANGE_SUBMIT, 400, "", "refused\nHTTP 400" },
	{ EXCHANGE_SUBMIT, 400, "no\n\n way\t!", "refused: no way !\nHTTP 400" },
	{ EXCHANGE_SUBMIT, 401, "{\"message\":\"who?\"}",
	  "the provider does not take the key: who?\nHTTP 401" },
	{ EXCHANGE_SUBMIT, 402, "{}", "no credit is left there\nHTTP 402" },
	{ EXCHANGE_SUBMIT, 429, "{}", "the provider is busy\nHTTP 429" },
	{ EXCHANGE_SUBMIT, 403, "{\"code\":\"indecent\",\"message\":\"no\"}",
	  "refused for its content: no\nHTTP 403, code indecent" },
	{ EXCHANGE_SUBMIT, 302, "",
	  "redirected (HTTP 302), which is not followed; set base_url in [provider place]"
	  "\nHTTP 302" },
	{ EXCHANGE_SUBMIT, 502,
	  "\r\n<!DOCTYPE html><html><head><TITLE lang=en>\n 502  Bad Gateway</TITLE>"
	  "<body><h1>nginx</h1>",
	  "the provider has a fault (HTTP 502): a page of HTML with the title "
	  "\"502 Bad Gateway\"\nHTTP 502" },
	{ EXCHANGE_SUBMIT, 200, "<html><body>hi",
	  "the provider's reply (HTTP 200) cannot be read, a value is expected where "
	  "\"<html><body>hi\" is: a page of HTML" },
	{ EXCHANGE_SUBMIT, 200, "", "the provider's reply (HTTP 200) cannot be read, it is empty" },
	{ EXCHANGE_SUBMIT, 200, "{\"cost\":7.25}",
	  "the provider's reply has neither an id nor pictures (HTTP 200): "
	  "{\"cost\":7.25}" },
	{ EXCHANGE_POLL, 200,
	  "{\"job\":{\"status\":\"broke\",\"error\":\"out of \\u001b[31mpaint\\u202e\"}}",
	  "failed there: out of \\x1b[31mpaint\\xe2\\x80\\xae" },
	{ EXCHANGE_POLL, 200, "{\"job\":{\"status\":\"stopped\"},\"message\":\"bye\"}",
	  "cancelled there: bye" },
	{ EXCHANGE_POLL, 404, "{\"message\":\"no job\"}",
	  "the provider does not know it, or no more: no job\nHTTP 404" },
	{ EXCHANGE_ASSET, 200, "{\"asset\":{\"status\":\"error\"},\"reason\":\"x\"}",
	  "the picture failed there: x" },
	{ EXCHANGE_DOWNLOAD, 403, "<Error>signature</Error>",
	  "the picture's address is not accepted (HTTP 403)\nHTTP 403" },
	{ EXCHANGE_DOWNLOAD, 404, "", "the picture is not there, or no more (HTTP 404)\nHTTP 404" },
};

static void test_error_texts(void **state)
{
	CLEANUP(stage) struct protocol_stage stage;

	(void)state;
	stage_jobs(&stage);
	for (size_t i = 0; i < LENGTH(errors); i++) {
		CLEANUP(reading) struct reading reading;

		stage_read_json(&stage, errors[i].exchange, errors[i].status, errors[i].body,
				&reading);
		assert_non_null(reading.error);
		assert_string_equal(reading.error, errors[i].error);
	}
}

static void test_an_envelopes_message_is_not_the_jobs(void **state)
{
	CLEANUP(stage) struct protocol_stage stage;
	CLEANUP(reading) struct reading failed, coded, refused;

	(void)state;
	stage_jobs(&stage);
	stage.http.ok_pointer = stage_copy(&stage, "/code");
	stage.http.ok_value = stage_copy(&stage, "200");
	stage_read_json(&stage, EXCHANGE_POLL, 200,
			"{\"code\":200,\"message\":\"success\",\"job\":{\"status\":\"broke\","
			"\"error\":\"no paint\"}}",
			&failed);
	assert_string_equal(failed.error, "failed there: no paint");
	stage.http.errors.code = stage_list(&stage, "/job/code /code");
	stage_read_json(&stage, EXCHANGE_POLL, 200,
			"{\"code\":200,\"message\":\"success\",\"job\":{\"status\":\"broke\","
			"\"error\":\"no paint\",\"code\":1403}}",
			&coded);
	assert_string_equal(coded.error, "failed there: no paint\ncode 1403");
	stage_read_json(&stage, EXCHANGE_SUBMIT, 200, "{\"code\":1401,\"message\":\"bad size\"}",
			&refused);
	assert_string_equal(refused.error, "refused: bad size\ncode 1401");
}

static void test_a_long_error_is_cut(void **state)
{
	CLEANUP(stage) struct protocol_stage stage;
	CLEANUP(strbuf) struct strbuf body = STRBUF_EMPTY;
	CLEANUP(reading) struct reading reading, hostile;
	size_t line;

	(void)state;
	stage_jobs(&stage);
	strbuf_add_text(&body, "{\"reason\":\"");
	for (int i = 0; i < 3000; i++)
		strbuf_add_text(&body, "\xC3\xA4\\n");
	strbuf_add_text(&body, "\"}");
	stage_read_json(&stage, EXCHANGE_SUBMIT, 400, strbuf_text(&body), &reading);
	line = strcspn(reading.error, "\n");
	assert_true(line > 200 && line < 400);
	/* Below it, more of what was said. */
	assert_true(strlen(reading.error) > 1000);
	assert_true(strlen(reading.error) <= 2000);
	assert_true(utf8_valid(reading.error, strlen(reading.error), NULL));
	strbuf_clear(&body);
	for (int i = 0; i < 3000; i++)
		strbuf_add(&body, "\x1b\x00\xff", 3);
	{
		struct reply reply = stage_reply(400, "");

		reply.type = "text/plain";
		reply.body = body.bytes;
		reply.body_size = body.size;
		stage_read(&stage, EXCHANGE_SUBMIT, &reply, &hostile);
	}
	assert_true(strlen(hostile.error) <= 2000);
	assert_true(utf8_valid(hostile.error, strlen(hostile.error), NULL));
	assert_null(strchr(hostile.error, '\x1b'));
}

/* ---- response.json ---- */

static void assert_shown(const char *body, const char *want)
{
	CLEANUP(stage) struct protocol_stage stage;
	CLEANUP(reading) struct reading reading;

	stage_jobs(&stage);
	stage_read_json(&stage, EXCHANGE_POLL, 200, body, &reading);
	assert_string_equal(reading.shown, want);
}

static void test_a_reply_as_shown(void **state)
{
	(void)state;
	assert_shown(
		"{\"job\":{\"status\":\"waits\", \"n\":[1,null,true]}}",
		"{\"status\":200,\"body\":{\"job\":{\"status\":\"waits\",\"n\":[1,null,true]}}}");
	assert_shown("{\"clientSecret\":\"s3\",\"Authorization\":\"Bearer x\",\"secrets\":2,"
		     "\"nextToken\":\"t\"}",
		     "{\"status\":200,\"body\":{\"clientSecret\":\"(not shown)\","
		     "\"Authorization\":\"(not shown)\",\"secrets\":2,\"nextToken\":\"t\"}}");
	assert_shown("{\"a\":\"\\u001b \\u007f \\u009b \\u202e \\u2066 \xC3\xA4\"}",
		     "{\"status\":200,\"body\":{\"a\":\"\\u001b \\u007f \\u009b \\u202e \\u2066 "
		     "\xC3\xA4\"}}");
	assert_shown("<b>\x1b", "{\"status\":200,\"type\":\"application/json\","
				"\"body\":\"<b>\\\\x1b\"}");
	assert_shown("", "{\"status\":200}");
}

static void test_no_reply_as_shown(void **state)
{
	CLEANUP(stage) struct protocol_stage stage;
	CLEANUP(reading) struct reading reading;
	struct reply reply = stage_reply(0, "");

	(void)state;
	stage_jobs(&stage);
	reply.delivery = DELIVERY_UNSENT;
	reply.error = "cannot connect";
	stage_read(&stage, EXCHANGE_SUBMIT, &reply, &reading);
	assert_string_equal(reading.shown, "{\"error\":\"cannot connect\"}");
}

static void test_long_data_is_shortened(void **state)
{
	CLEANUP(stage) struct protocol_stage stage;
	CLEANUP(strbuf) struct strbuf body = STRBUF_EMPTY;
	CLEANUP(reading) struct reading reading;
	cJSON *shown;
	const cJSON *inner;

	(void)state;
	stage_jobs(&stage);
	strbuf_add_text(&body, "{\"data\":\"data:image/png;base64,");
	for (int i = 0; i < 5000; i++)
		strbuf_add_text(&body, "QUJD");
	strbuf_add_text(&body, "\",\"bare\":\"");
	for (int i = 0; i < 5000; i++)
		strbuf_add_text(&body, "QUJD");
	strbuf_add_text(&body, "\",\"url\":\"https://i.test/");
	for (int i = 0; i < 500; i++)
		strbuf_add_text(&body, "QUJD");
	strbuf_add_text(&body, "\",\"text\":\"");
	for (int i = 0; i < 5000; i++)
		strbuf_add_text(&body, "ab ");
	strbuf_add_text(&body, "\"}");
	stage_read_json(&stage, EXCHANGE_POLL, 200, strbuf_text(&body), &reading);
	shown = cJSON_Parse(reading.shown);
	inner = cJSON_GetObjectItemCaseSensitive(shown, "body");
	assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(inner, "data")),
			    "data:image/png;base64,QUJDQUJDQUJDQUJDQU… (20022 bytes)");
	assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(inner, "bare")),
			    "QUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJD… (20000 bytes)");
	assert_int_equal(strlen(cJSON_GetStringValue(cJSON_GetObjectItem(inner, "url"))), 2015);
	assert_true(strlen(cJSON_GetStringValue(cJSON_GetObjectItem(inner, "text"))) < 4200);
	cJSON_Delete(shown);
}

static void test_many_values_are_shown_as_their_beginning(void **state)
{
	CLEANUP(stage) struct protocol_stage stage;
	CLEANUP(strbuf) struct strbuf body = STRBUF_EMPTY;
	CLEANUP(reading) struct reading reading;

	(void)state;
	stage_jobs(&stage);
	strbuf_add_text(&body, "[0");
	for (int i = 1; i < 60000; i++)
		strbuf_addf(&body, ",%d", i);
	strbuf_add_text(&body, "]");
	stage_read_json(&stage, EXCHANGE_POLL, 200, strbuf_text(&body), &reading);
	assert_true(strlen(reading.shown) < 2000);
	assert_non_null(strstr(reading.shown, "\"body\":\"[0,1,2,3,"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_error_texts),
		cmocka_unit_test(test_an_envelopes_message_is_not_the_jobs),
		cmocka_unit_test(test_a_long_error_is_cut),
		cmocka_unit_test(test_a_reply_as_shown),
		cmocka_unit_test(test_no_reply_as_shown),
		cmocka_unit_test(test_long_data_is_shortened),
		cmocka_unit_test(test_many_values_are_shown_as_their_beginning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
