/* Steps as messages: what is sent, where to, and above all who gets the key. */
#include "job/protocol.h"

#include <errno.h>
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

static void send(struct protocol_stage *stage, enum exchange exchange, struct message *ret_message)
{
	struct diag diag = { 0 };
	int r = protocol_message(exchange, &stage->asking, ret_message, &diag);

	if (r < 0)
		fail_msg("%d: %s", r, diag.text);
}

static void assert_refused(struct protocol_stage *stage, enum exchange exchange, const char *why)
{
	struct message message = { .url = NULL };
	struct diag diag = { 0 };

	assert_int_equal(protocol_message(exchange, &stage->asking, &message, &diag), -EINVAL);
	assert_null(message.url);
	if (!strstr(diag.text, why))
		fail_msg("\"%s\" is not in \"%s\"", why, diag.text);
}

/* ---- the submission ---- */

static void fill_params(struct protocol_stage *stage, struct params *params)
{
	*params = (struct params){ { NULL } };
	params->value[PARAM_PROMPT] = stage_copy(stage, "a \"cat\", {seed}");
	params->value[PARAM_MODEL] = stage_copy(stage, "model_one");
	params->value[PARAM_WIDTH] = stage_copy(stage, "1024");
	params->value[PARAM_SEED] = stage_copy(stage, "7");
	params->value[PARAM_ENHANCE] = stage_copy(stage, "no");
	stage->asking.sent = params;
}

static void test_a_submission(void **state)
{
	CLEANUP(stage) struct protocol_stage stage;
	CLEANUP(message) struct message message = { .url = NULL };
	struct params params;

	(void)state;
	stage_jobs(&stage);
	fill_params(&stage, &params);
	send(&stage, EXCHANGE_SUBMIT, &message);
	assert_string_equal(message.verb, "POST");
	assert_string_equal(message.url, "https://api.test/v1/run/model_one");
	assert_true(message.keyed);
	assert_true(message.paid);
	/* Types are kept, an unset height is left out, words stand for themselves. */
	assert_string_equal(message.body,
			    "{\"prompt\":\"a \\\"cat\\\", {seed}\",\"size\":{\"w\":1024},"
			    "\"seed\":7,\"enhance\":false,\"mode\":\"fast\","
			    "\"sync\":false}");
}

static void test_extra_goes_over_the_body(void **state)
{
	static const struct {
		const char *pointer, *extra, *body;
	} rows[] = {
		{ NULL, "{\"steps\":30}", "{\"input\":{\"prompt\":\"p\"},\"steps\":30}" },
		{ NULL, "{}", "{\"input\":{\"prompt\":\"p\"}}" },
		{ NULL, "{\"input\":{\"a\":null,\"prompt\":\"mine\"}}",
		  "{\"input\":{\"prompt\":\"mine\",\"a\":null}}" },
		{ NULL, "{\"input\":[1.5]}", "{\"input\":[1.5]}" },
		{ "/input", "{\"a\":{\"b\":true}}",
		  "{\"input\":{\"prompt\":\"p\",\"a\":{\"b\":true}}}" },
		{ "/more/here", "{\"a\":123456789012345}",
		  "{\"input\":{\"prompt\":\"p\"},\"more\":{\"here\":{\"a\":123456789012345}}}" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		CLEANUP(stage) struct protocol_stage stage;
		CLEANUP(message) struct message message = { .url = NULL };
		struct params params;

		stage_urls(&stage);
		fill_params(&stage, &params);
		params.value[PARAM_PROMPT] = stage_copy(&stage, "p");
		stage.asking.extra = rows[i].extra;
		if (rows[i].pointer)
			stage.models[0].body.extra = stage_copy(&stage, rows[i].pointer);
		send(&stage, EXCHANGE_SUBMIT, &message);
		assert_string_equal(message.body, rows[i].body);
	}
}

static void test_extra_that_cannot_be_put(void **state)
{
	CLEANUP(stage) struct protocol_stage stage;
	struct params params;

	(void)state;
	stage_urls(&stage);
	fill_params(&stage, &params);
	stage.asking.extra = "[1]";
	assert_refused(&stage, EXCHANGE_SUBMIT, "not an object");
	stage.asking.extra = "{\"a\":1}";
	stage.models[0].body.extra = stage_copy(&stage, "/input/prompt/x");
	assert_refused(&stage, EXCHANGE_SUBMIT, "/input/prompt/x");
}

/* The question what it costs has in it what would be submitted, and is not paid for. */
static void test_a_price_is_asked_for(void **state)
{
	static const struct {
		const char *pointer, *body;
	} rows[] = {
		{ "", "{\"input\":{\"prompt\":\"p\"},\"steps\":30,\"id\":\"model_one\"}" },
		{ "/in/side", "{\"in\":{\"side\":{\"input\":{\"prompt\":\"p\"},\"steps\":30}},"
			      "\"id\":\"model_one\"}" },
		{ NULL, "{\"id\":\"model_one\"}" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		CLEANUP(stage) struct protocol_stage stage;
		CLEANUP(message) struct message message = { .url = NULL };
		struct request_line *request = &stage.http.price.request;
		struct params params;

		stage_urls(&stage);
		fill_params(&stage, &params);
		params.value[PARAM_PROMPT] = stage_copy(&stage, "p");
		stage.asking.extra = "{\"steps\":30}";
		stage_line(&stage, request, "POST /price?of={model}");
		stage_body(&stage, &request->body, "/id = {model}");
		request->body.submission =
			rows[i].pointer ? stage_copy(&stage, rows[i].pointer) : NULL;
		send(&stage, EXCHANGE_PRICE, &message);
		assert_string_equal(message.url, "https://queue.test/price?of=model_one");
		assert_string_equal(message.body, rows[i].body);
		assert_true(message.keyed);
		assert_false(message.paid);
	}
}

static void test_which_model(void **state)
{
	static const struct {
		const char *model, *url;
	} rows[] = {
		{ NULL, "https://api.test/v1/run/model_one" },
		{ "", "https://api.test/v1/run/model_one" },
		{ "two", "https://api.test/v1/run/maker/two/v2" },
		{ "some/other:1", "https://api.test/v1/run/some/other%3A1" },
	};
	CLEANUP(stage) struct protocol_stage stage;

	(void)state;
	stage_jobs(&stage);
	for (size_t i = 0; i < LENGTH(rows); i++) {
		CLEANUP(message) struct message message = { .url = NULL };

		stage.asking.model = rows[i].model;
		send(&stage, EXCHANGE_SUBMIT, &message);
		assert_string_equal(message.url, rows[i].url);
	}
	stage.asking.model = "a/../../admin";
	assert_refused(&stage, EXCHANGE_SUBMIT, "..");
}

/* ---- the other steps ---- */

static void test_each_step(void **state)
{
	static const struct {
		enum exchange exchange;
		const char *verb, *url, *body;
	} rows[] = {
		{ EXCHANGE_POLL, "GET", "https://api.test/v1/jobs/j%2F1%3F", NULL },
		{ EXCHANGE_ASSET, "GET", "https://api.test/v1/assets/a%20b", NULL },
		{ EXCHANGE_CANCEL, "POST", "https://api.test/v1/jobs/j%2F1%3F/action",
		  "{\"action\":\"cancel\"}" },
		{ EXCHANGE_MODELS, "GET", "https://api.test/v1/models?size=100&token=t%26&all=1",
		  NULL },
	};
	CLEANUP(stage) struct protocol_stage stage;

	(void)state;
	stage_jobs(&stage);
	stage.asking.remote.id = "j/1?";
	stage.asking.asset = "a b";
	stage.asking.next = "t&";
	for (size_t i = 0; i < LENGTH(rows); i++) {
		CLEANUP(message) struct message message = { .url = NULL };

		assert_true(protocol_has(&stage.profile, rows[i].exchange));
		send(&stage, rows[i].exchange, &message);
		assert_string_equal(message.verb, rows[i].verb);
		assert_string_equal(message.url, rows[i].url);
		assert_true(message.keyed);
		assert_false(message.paid);
		if (rows[i].body)
			assert_string_equal(message.body, rows[i].body);
		else
			assert_null(message.body);
	}
}

static void test_a_query_without_its_value(void **state)
{
	CLEANUP(stage) struct protocol_stage stage;
	CLEANUP(message) struct message message = { .url = NULL };

	(void)state;
	stage_jobs(&stage);
	send(&stage, EXCHANGE_MODELS, &message);
	assert_string_equal(message.url, "https://api.test/v1/models?size=100&all=1");
}

static void test_what_is_not_told(void **state)
{
	CLEANUP(stage) struct protocol_stage jobs;
	CLEANUP(stage) struct protocol_stage urls;

	(void)state;
	stage_jobs(&jobs);
	stage_urls(&urls);
	assert_refused(&jobs, EXCHANGE_POLL, "/jobs/{id}");
	jobs.asking.remote.id = "";
	assert_refused(&jobs, EXCHANGE_POLL, "/jobs/{id}");
	jobs.asking.remote.id = "..";
	assert_refused(&jobs, EXCHANGE_POLL, "..");
	assert_refused(&urls, EXCHANGE_POLL, "{poll_url}");
}

/* "GET FIRST else SECOND", with what was told. */
static const struct {
	const char *first, *second, *poll_url, *id;
	const char *url; /* NULL: it cannot be asked, */
	const char *why; /* because of this */
} second_urls[] = {
	{ "{poll_url}", "/jobs/{id}", "https://queue.test/p", "j", "https://queue.test/p", NULL },
	{ "{poll_url}", "/jobs/{id}", NULL, "j", "https://queue.test/jobs/j", NULL },
	{ "{poll_url}", "/jobs/{id}", "", "j", "https://queue.test/jobs/j", NULL },
	{ "{poll_url}", "/jobs/{id}", NULL, NULL, NULL, "/jobs/{id}" },
	/* Of no use is as good as none. */
	{ "{poll_url}", "/jobs/{id}", "http://queue.test/p", "j", "https://queue.test/jobs/j",
	  NULL },
	{ "{poll_url}", "/jobs/{id}", "https://queue.test@evil.test/", "j",
	  "https://queue.test/jobs/j", NULL },
	{ "/jobs/{id}", "{poll_url}", "https://queue.test/p", NULL, "https://queue.test/p", NULL },
	/* But what would lead a path of ours astray is not got round. */
	{ "/jobs/{id}", "/jobs", NULL, "..", NULL, ".." },
	/* A query is asked without what is unset. */
	{ "/jobs?of={id}", "/{model}", NULL, NULL, "https://queue.test/jobs", NULL },
	{ "{poll_url}", "http://queue.test/{id}", NULL, "j", NULL, "https" },
};

static void test_a_second_url(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(second_urls); i++) {
		CLEANUP(stage) struct protocol_stage stage;
		CLEANUP(message) struct message message = { .url = NULL };

		stage_urls(&stage);
		stage.http.poll.request.url = stage_copy(&stage, second_urls[i].first);
		stage.http.poll.request.otherwise = stage_copy(&stage, second_urls[i].second);
		stage.asking.remote.poll_url = second_urls[i].poll_url;
		stage.asking.remote.id = second_urls[i].id;
		if (!second_urls[i].url) {
			assert_refused(&stage, EXCHANGE_POLL, second_urls[i].why);
			continue;
		}
		send(&stage, EXCHANGE_POLL, &message);
		assert_string_equal(message.verb, "GET");
		assert_string_equal(message.url, second_urls[i].url);
		assert_true(message.keyed);
	}
}

static void test_steps_that_are_not_there(void **state)
{
	static const enum exchange none[] = { EXCHANGE_RESULT, EXCHANGE_LIST };
	CLEANUP(stage) struct protocol_stage stage;
	struct profile program = { .transport = TRANSPORT_PROGRAM };
	struct message message;

	(void)state;
	stage_jobs(&stage);
	for (size_t i = 0; i < LENGTH(none); i++) {
		assert_false(protocol_has(&stage.profile, none[i]));
		assert_int_equal(protocol_message(none[i], &stage.asking, &message, NULL), -ENOENT);
	}
	assert_true(protocol_has(&stage.profile, EXCHANGE_DOWNLOAD));
	assert_false(protocol_has(&stage.profile, EXCHANGES));
	assert_false(protocol_has(&program, EXCHANGE_SUBMIT));
	assert_false(protocol_has(&program, EXCHANGE_DOWNLOAD));
}

/* ---- addresses and the key ---- */

static void test_who_gets_the_key(void **state)
{
	static const struct {
		const char *poll_url;
		int keyed; /* -1: not asked at all */
	} rows[] = {
		{ "https://queue.test/r/1/status?logs=1", 1 },
		{ "https://queue.test:443/x", 1 },
		{ "https://QUEUE.test/x", 1 },
		{ "https://more.test/x", 1 },
		{ "https://queue.test:8443/x", 0 },
		{ "https://queue.test.evil.test/x", 0 },
		{ "https://evil.test/https://queue.test/", 0 },
		{ "https://more.test:444/x", 0 },
		{ "http://queue.test/x", -1 },
		{ "https://queue.test@evil.test/x", -1 },
		{ "https://queue.test\\@evil.test/x", -1 },
		{ "ftp://queue.test/x", -1 },
		{ "file:///etc/passwd", -1 },
		{ "/x", -1 },
		{ "https://queue.test/a b", -1 },
	};
	CLEANUP(stage) struct protocol_stage stage;

	(void)state;
	stage_urls(&stage);
	stage.http.hosts = stage_list(&stage, "https://other.test https://more.test");
	for (size_t i = 0; i < LENGTH(rows); i++) {
		CLEANUP(message) struct message message = { .url = NULL };

		stage.asking.remote.poll_url = rows[i].poll_url;
		if (rows[i].keyed < 0) {
			assert_refused(&stage, EXCHANGE_POLL, "http");
			continue;
		}
		send(&stage, EXCHANGE_POLL, &message);
		/* As it was given, to the last byte. */
		assert_string_equal(message.url, rows[i].poll_url);
		if (message.keyed != rows[i].keyed)
			fail_msg("%s: keyed %d", rows[i].poll_url, message.keyed);
	}
}

static void test_a_download_has_no_key(void **state)
{
	CLEANUP(stage) struct protocol_stage stage;
	CLEANUP(message) struct message message = { .url = NULL };

	(void)state;
	stage_jobs(&stage);
	stage.asking.url = "https://api.test/v1/picture.png?Signature=a~b";
	send(&stage, EXCHANGE_DOWNLOAD, &message);
	assert_string_equal(message.verb, "GET");
	assert_string_equal(message.url, stage.asking.url);
	assert_null(message.body);
	assert_false(message.keyed);
	stage.asking.url = "http://images.test/1.png";
	assert_refused(&stage, EXCHANGE_DOWNLOAD, "https");
	stage.asking.url = NULL;
	assert_refused(&stage, EXCHANGE_DOWNLOAD, "URL");
}

static void test_another_base_url(void **state)
{
	static const struct {
		const char *base_url, *poll, *balance;
		bool balance_keyed;
	} rows[] = {
		{ NULL, "https://api.test/v1/jobs/j", "https://accounts.test/balance?of=model_one",
		  false },
		{ "https://api.test/v1/", "https://api.test/v1/jobs/j",
		  "https://accounts.test/balance?of=model_one", false },
		{ "http://127.0.0.1:8080", "http://127.0.0.1:8080/jobs/j",
		  "http://127.0.0.1:8080/balance?of=model_one", true },
		{ "http://[::1]:8080/sim/", "http://[::1]:8080/sim/jobs/j",
		  "http://[::1]:8080/balance?of=model_one", true },
	};
	CLEANUP(stage) struct protocol_stage stage;

	(void)state;
	stage_jobs(&stage);
	stage.asking.remote.id = "j";
	for (size_t i = 0; i < LENGTH(rows); i++) {
		CLEANUP(message) struct message poll = { .url = NULL }, balance = { .url = NULL };

		stage.asking.base_url = rows[i].base_url;
		send(&stage, EXCHANGE_POLL, &poll);
		assert_string_equal(poll.url, rows[i].poll);
		assert_true(poll.keyed);
		send(&stage, EXCHANGE_BALANCE, &balance);
		assert_string_equal(balance.url, rows[i].balance);
		assert_int_equal(balance.keyed, rows[i].balance_keyed);
	}
	/* Where the configuration says http:, pictures may come so too. */
	stage.asking.url = "http://127.0.0.1:9090/1.png";
	{
		CLEANUP(message) struct message message = { .url = NULL };

		send(&stage, EXCHANGE_DOWNLOAD, &message);
		assert_false(message.keyed);
	}
}

/* ---- request.json ---- */

static void test_a_message_as_shown(void **state)
{
	char url[] = "https://api.test/x", body[] = "{\"prompt\":\"\\u202e cat\",\"n\":1}";
	struct message message = { .verb = "POST", .url = url, .body = body, .keyed = true };
	char *text = protocol_show(&message);

	(void)state;
	assert_string_equal(text, "{\"method\":\"POST\",\"url\":\"https://api.test/x\","
				  "\"body\":{\"prompt\":\"\\u202e cat\",\"n\":1}}");
	free(text);
	message.body = NULL;
	text = protocol_show(&message);
	assert_string_equal(text, "{\"method\":\"POST\",\"url\":\"https://api.test/x\"}");
	free(text);
}

static void test_a_long_prompt_is_shown_whole(void **state)
{
	CLEANUP(strbuf) struct strbuf body = STRBUF_EMPTY;
	char url[] = "https://api.test/x", *text;
	struct message message = { .verb = "POST", .url = url };

	(void)state;
	strbuf_add_text(&body, "{\"prompt\":\"");
	for (size_t i = 0; i < 2000; i++)
		strbuf_add_text(&body, "a cat, ");
	strbuf_add_text(&body, "\"}");
	message.body = body.bytes;
	text = protocol_show(&message);
	assert_non_null(strstr(text, body.bytes));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_submission),
		cmocka_unit_test(test_extra_goes_over_the_body),
		cmocka_unit_test(test_extra_that_cannot_be_put),
		cmocka_unit_test(test_a_price_is_asked_for),
		cmocka_unit_test(test_which_model),
		cmocka_unit_test(test_each_step),
		cmocka_unit_test(test_a_query_without_its_value),
		cmocka_unit_test(test_what_is_not_told),
		cmocka_unit_test(test_a_second_url),
		cmocka_unit_test(test_steps_that_are_not_there),
		cmocka_unit_test(test_who_gets_the_key),
		cmocka_unit_test(test_a_download_has_no_key),
		cmocka_unit_test(test_another_base_url),
		cmocka_unit_test(test_a_message_as_shown),
		cmocka_unit_test(test_a_long_prompt_is_shown_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
