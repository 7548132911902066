/* job.json as it is stored, completed and measured. */
#include "job/job_json.h"

#include <cjson/cJSON.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static void test_costs(void **state)
{
	static const struct {
		int64_t micro;
		const char *want;
	} rows[] = {
		{ -1, "" },
		{ 0, "0" },
		{ 1, "0.000001" },
		{ 30000, "0.03" },
		{ 100000, "0.1" },
		{ 999999, "0.999999" },
		{ 1000000, "1" },
		{ 10000000, "10" },
		{ 1500000, "1.5" },
		{ 123456789, "123.456789" },
		{ INT64_MAX, "9223372036854.775807" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		CLEANUP(strbuf) struct strbuf text = STRBUF_EMPTY;

		cost_text(rows[i].micro, &text);
		assert_string_equal(strbuf_text(&text), rows[i].want);
	}
}

static void test_read_costs(void **state)
{
	static const struct {
		const char *text;
		int64_t want;
	} rows[] = {
		{ "0", 0 },
		{ "7", 7000000 },
		{ "0.03", 30000 },
		{ "007.5", 7500000 },
		{ "0.000001", 1 },
		{ "123.456789", 123456789 },
		{ "1000000000", 1000000000000000 },
		{ "1000000000.000000", 1000000000000000 },
		{ "1000000000.000001", -1 },
		{ "1000000001", -1 },
		{ "99999999999999999999999999", -1 },
		{ "", -1 },
		{ ".", -1 },
		{ ".5", -1 },
		{ "1.", -1 },
		{ "1.0000000", -1 },
		{ "0.1234567", -1 },
		{ "1.2.3", -1 },
		{ "-1", -1 },
		{ "+1", -1 },
		{ "1e3", -1 },
		{ " 1", -1 },
		{ "1 ", -1 },
		{ "0,03", -1 },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		if (cost_read(rows[i].text, strlen(rows[i].text)) != rows[i].want)
			fail_msg("\"%s\": %lld", rows[i].text,
				 (long long)cost_read(rows[i].text, strlen(rows[i].text)));
	}
	assert_int_equal(cost_read("0.03\n", 4), 30000); /* no further than told */
	assert_int_equal(cost_read("12345", 2), 12000000);
}

static const struct run plain_run = {
	.number = 2,
	.state = STATE_QUEUED,
	.created_ms = 1000,
	.seed = 7,
	.provider = "preview",
	.model = "sketch",
};

static void test_without_calls(void **state)
{
	static const struct run run = { .number = 1, .seed = -1, .provider = "", .model = "" };
	const struct job_story story = {
		.run = &run, .prompt = "", .error = "line 1: bad\n", .params = ""
	};
	CLEANUP(strbuf) struct strbuf json = STRBUF_EMPTY;

	(void)state;
	assert_int_equal(job_json_build(&story, &json), 0);
	assert_string_equal(strbuf_text(&json), "{\n"
						"  \"run\": 1,\n"
						"  \"error\": \"line 1: bad\\n\",\n"
						"  \"prompt\": \"\",\n"
						"  \"provider\": \"\",\n"
						"  \"model\": \"\",\n"
						"  \"seed\": null,\n"
						"  \"cost\": null,\n"
						"  \"id\": [],\n"
						"  \"created\": null,\n"
						"  \"finished\": null,\n"
						"  \"params\": null,\n"
						"  \"calls\": [],\n"
						"  \"images\": []\n"
						"}\n");
}

static const struct call three_calls[] = {
	{ .number = 1,
	  .state = STATE_DONE,
	  .seed = 7,
	  .count = 1,
	  .cost_micro = 30000,
	  .unit = "USD",
	  .remote_id = "abc" },
	{ .number = 2, .state = STATE_QUEUED, .seed = 8, .count = 2, .cost_micro = -1 },
	{ .number = 3, .state = STATE_DONE, .cost_micro = 5, .remote_id = "d\"f" },
};

static const struct image one_image[] = {
	{ .link = { 7, "cat.png" },
	  .type = PICTURE_PNG,
	  .width = 3,
	  .height = 4,
	  .size = 1234567890123,
	  .sha256 = "beef" },
};

static void test_with_all(void **state)
{
	const struct job_story story = {
		.run = &plain_run,
		.prompt = "a \"cat\"\n\tand: \x01\xFF",
		.error = "",
		.params = "{\n  \"ignored\": {\n    \"width\": \"no\"\n  }\n}\n",
		.calls = three_calls,
		.call_count = 3,
		.images = one_image,
		.image_count = 1,
	};
	CLEANUP(strbuf) struct strbuf json = STRBUF_EMPTY;
	cJSON *object, *item;

	(void)state;
	assert_int_equal(job_json_build(&story, &json), 0);
	assert_null(strchr(strbuf_text(&json), '\t'));
	assert_non_null(strstr(strbuf_text(&json), "\"cost\": 0.03"));
	assert_non_null(strstr(strbuf_text(&json), "\"size\": 1234567890123"));
	object = cJSON_Parse(strbuf_text(&json));
	assert_non_null(object);
	assert_string_equal(cJSON_GetObjectItem(object, "prompt")->valuestring,
			    "a \"cat\"\n\tand: \\x01\\xff");
	assert_string_equal(cJSON_GetObjectItem(object, "created")->valuestring,
			    "1970-01-01T00:00:01Z");
	assert_non_null(strstr(strbuf_text(&json), "\n  \"cost\": 0.030005,\n"));
	assert_non_null(strstr(strbuf_text(&json), "\n  \"id\": [\"abc\", \"d\\\"f\"],\n"));
	assert_non_null(strstr(strbuf_text(&json), "\n  \"params\": {\n"
						   "    \"ignored\": {\n"
						   "      \"width\": \"no\"\n"
						   "    }\n"
						   "  },\n"));
	item = cJSON_GetArrayItem(cJSON_GetObjectItem(object, "calls"), 0);
	assert_string_equal(cJSON_GetObjectItem(item, "id")->valuestring, "abc");
	assert_string_equal(cJSON_GetObjectItem(item, "unit")->valuestring, "USD");
	assert_string_equal(cJSON_GetObjectItem(item, "status")->valuestring, "done");
	item = cJSON_GetArrayItem(cJSON_GetObjectItem(object, "calls"), 1);
	assert_true(cJSON_IsNull(cJSON_GetObjectItem(item, "id")));
	assert_true(cJSON_IsNull(cJSON_GetObjectItem(item, "cost")));
	assert_int_equal(cJSON_GetObjectItem(item, "count")->valueint, 2);
	item = cJSON_GetArrayItem(cJSON_GetObjectItem(object, "images"), 0);
	assert_string_equal(cJSON_GetObjectItem(item, "name")->valuestring, "cat.png");
	assert_string_equal(cJSON_GetObjectItem(item, "type")->valuestring, "image/png");
	assert_int_equal(cJSON_GetObjectItem(item, "height")->valueint, 4);
	assert_int_equal(cJSON_GetArraySize(object), 13);
	cJSON_Delete(object);
}

static void check_complete(enum state state, int progress, const char *stored, size_t stored_size)
{
	CLEANUP(strbuf) struct strbuf json = STRBUF_EMPTY;
	cJSON *object, *number;

	job_json_complete(state, progress, stored, &json);
	assert_int_equal(job_json_size(state, progress, stored_size), json.size);
	assert_int_equal(json.bytes[json.size - 1], '\n');
	object = cJSON_Parse(strbuf_text(&json));
	assert_non_null(object);
	assert_string_equal(cJSON_GetObjectItem(object, "status")->valuestring, state_word(state));
	number = cJSON_GetObjectItem(object, "progress");
	if (progress < 0)
		assert_true(cJSON_IsNull(number));
	else
		assert_int_equal(number->valueint, progress);
	assert_int_equal(cJSON_GetArraySize(object), stored_size ? 15 : 2);
	cJSON_Delete(object);
}

/* As a damaged store may have it. */
static void test_params_that_are_no_json(void **state)
{
	const struct job_story story = {
		.run = &plain_run, .prompt = "", .error = "", .params = "{\"model\": "
	};
	CLEANUP(strbuf) struct strbuf json = STRBUF_EMPTY;

	(void)state;
	assert_int_equal(job_json_build(&story, &json), 0);
	assert_non_null(strstr(strbuf_text(&json), "\"params\": null"));
}

/* stat tells the size before anything is rendered: it must be right. */
static void test_completed_and_measured(void **state)
{
	static const int progress[] = { -1, 0, 7, 10, 99, 100 };
	const struct job_story story = {
		.run = &plain_run, .prompt = "p", .error = "", .params = ""
	};
	CLEANUP(strbuf) struct strbuf stored = STRBUF_EMPTY;

	(void)state;
	assert_int_equal(job_json_build(&story, &stored), 0);
	for (enum state each = STATE_EMPTY; each < STATES; each++)
		for (size_t i = 0; i < LENGTH(progress); i++) {
			check_complete(each, progress[i], NULL, 0);
			check_complete(each, progress[i], "", 0);
			check_complete(each, progress[i], strbuf_text(&stored), stored.size);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_costs),
		cmocka_unit_test(test_read_costs),
		cmocka_unit_test(test_without_calls),
		cmocka_unit_test(test_with_all),
		cmocka_unit_test(test_params_that_are_no_json),
		cmocka_unit_test(test_completed_and_measured),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
