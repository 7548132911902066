/* A provider's list of jobs, and which of them is like what was sent. */
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

static void set_list(struct protocol_stage *stage, const char *match_pointer, const char *match)
{
	stage_jobs(stage);
	stage_line(stage, &stage->http.list.request, "GET /jobs");
	stage->http.list.items = stage_list(stage, "/jobs/* /data");
	stage->http.list.id = stage_list(stage, "/jobId /id");
	stage->http.list.match_pointer = stage_copy(stage, match_pointer);
	stage->http.list.match_value = stage_copy(stage, match);
}

static void set_params(struct protocol_stage *stage, struct params *params)
{
	*params = (struct params){ { NULL } };
	params->value[PARAM_PROMPT] = stage_copy(stage, "a \"cat\"");
	params->value[PARAM_SEED] = stage_copy(stage, "7");
	params->value[PARAM_ENHANCE] = stage_copy(stage, "yes");
	stage->asking.sent = params;
}

static int add_entry(const struct list_entry *entry, void *arg)
{
	strbuf_addf(arg, "%s%s ", entry->id ? entry->id : "-", entry->matches ? "!" : "");
	return 0;
}

static void test_lists(void **state)
{
	static const struct {
		int status;
		const char *body;
		int want;
		const char *entries;
	} rows[] = {
		{ 200,
		  "{\"jobs\":[{\"id\":\"a\",\"in\":{\"seed\":8}},{\"id\":\"b\",\"in\":{\"seed\":7}}"
		  ","
		  "{\"jobId\":\"c\",\"in\":{}}]}",
		  0, "a b! c " },
		{ 200, "{\"data\":[{\"id\":1,\"in\":{\"seed\":7.0}}]}", 0, "1! " },
		/* Equal is equal. */
		{ 200,
		  "{\"jobs\":[{\"id\":\"a\",\"in\":{\"seed\":\"7\"}},"
		  "{\"id\":\"b\",\"in\":{\"seed\":7.5}},{\"id\":\"c\",\"in\":{\"seed\":[7]}},"
		  "{\"id\":\"d\",\"in\":{\"seed\":null}},{\"id\":\"e\",\"in\":7},7]}",
		  0, "a b c d e - " },
		/* Those that cannot be named are told, too. */
		{ 200,
		  "{\"jobs\":[{\"in\":{\"seed\":7}},{\"id\":\"\",\"in\":{\"seed\":7}},"
		  "{\"id\":\"a\\nb\",\"in\":{\"seed\":7}}]}",
		  0, "-! -! -! " },
		{ 200, "{\"jobs\":[]}", 0, "" },
		{ 200, "{}", -EINVAL, "" },
		{ 200, "{\"jobs\":\"none\"}", -EINVAL, "" },
		{ 200, "<html>", -EINVAL, "" },
		{ 503, "{\"jobs\":[]}", -EINVAL, "" },
	};
	CLEANUP(stage) struct protocol_stage stage;
	struct params params;

	(void)state;
	set_list(&stage, "/in/seed", "{seed}");
	set_params(&stage, &params);
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct reply reply = stage_reply(rows[i].status, rows[i].body);
		CLEANUP(strbuf) struct strbuf entries = STRBUF_EMPTY;
		int r = protocol_read_list(&stage.asking, &reply, add_entry, &entries);

		if (r != rows[i].want)
			fail_msg("%s: %d", rows[i].body, r);
		assert_string_equal(strbuf_text(&entries), rows[i].entries);
	}
}

static void test_matches(void **state)
{
	static const struct {
		const char *pointer, *match, *item, *text; /* NULL: it does not match, is not set */
	} rows[] = {
		{ "/p", "{prompt}", "{\"id\":\"a\",\"p\":\"a \\\"cat\\\"\"}", "\"a \\\"cat\\\"\"" },
		{ "/p", "{prompt}, {seed}", "{\"id\":\"a\",\"p\":\"a \\\"cat\\\", 7\"}",
		  "\"a \\\"cat\\\", 7\"" },
		{ "/e", "{enhance}", "{\"id\":\"a\",\"e\":true}", "true" },
		{ "/in/*/seed", "{seed}", "{\"id\":\"a\",\"in\":[{\"seed\":6},{\"seed\":7}]}",
		  "7" },
		{ "/m", "{model}", "{\"id\":\"a\",\"m\":\"model_one\"}", "\"model_one\"" },
		{ "/h", "{height}", "{\"id\":\"a\",\"h\":null}", NULL },
	};
	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		CLEANUP(stage) struct protocol_stage stage;
		CLEANUP(strbuf) struct strbuf body = STRBUF_EMPTY, entries = STRBUF_EMPTY;
		CLEANUP(free_ptr) char *text = NULL;
		struct params params;
		struct reply reply;

		set_list(&stage, rows[i].pointer, rows[i].match);
		set_params(&stage, &params);
		strbuf_addf(&body, "{\"jobs\":[%s]}", rows[i].item);
		reply = stage_reply(200, strbuf_text(&body));
		assert_int_equal(protocol_read_list(&stage.asking, &reply, add_entry, &entries), 0);
		assert_string_equal(strbuf_text(&entries), rows[i].text ? "a! " : "a ");
		assert_int_equal(protocol_match(&stage.asking, &text), rows[i].text ? 1 : 0);
		if (rows[i].text)
			assert_string_equal(text, rows[i].text);
	}
}

/* Neighbours that doubles hold but a comparison with some tolerance takes for one. */
static void test_large_seeds_are_told_apart(void **state)
{
	CLEANUP(stage) struct protocol_stage stage;
	CLEANUP(strbuf) struct strbuf entries = STRBUF_EMPTY;
	struct params params;
	struct reply reply =
		stage_reply(200, "{\"jobs\":[{\"id\":\"a\",\"in\":{\"seed\":9007199254740990}},"
				 "{\"id\":\"b\",\"in\":{\"seed\":9007199254740991}}]}");

	(void)state;
	set_list(&stage, "/in/seed", "{seed}");
	set_params(&stage, &params);
	params.value[PARAM_SEED] = stage_copy(&stage, "9007199254740991");
	assert_int_equal(protocol_read_list(&stage.asking, &reply, add_entry, &entries), 0);
	assert_string_equal(strbuf_text(&entries), "a b! ");
}

static int stop(const struct list_entry *entry, void *arg)
{
	(void)entry;
	return ++*(int *)arg == 2 ? -EIO : 0;
}

static void test_what_ends_it(void **state)
{
	CLEANUP(stage) struct protocol_stage stage;
	struct reply reply = stage_reply(
		200, "{\"code\":500,\"jobs\":[{\"id\":\"a\"},{\"id\":\"b\"},{\"id\":\"c\"}]}");
	struct params params;
	char *text = NULL;
	int count = 0;

	(void)state;
	set_list(&stage, "/in/seed", "{seed}");
	set_params(&stage, &params);
	assert_int_equal(protocol_read_list(&stage.asking, &reply, stop, &count), -EIO);
	assert_int_equal(count, 2);
	stage.http.ok_pointer = stage_copy(&stage, "/code");
	stage.http.ok_value = stage_copy(&stage, "200");
	assert_int_equal(protocol_read_list(&stage.asking, &reply, stop, &count), -EINVAL);
	assert_int_equal(count, 2);
	stage.http.ok_pointer = NULL;
	stage.http.list.match_value = NULL;
	assert_int_equal(protocol_read_list(&stage.asking, &reply, stop, &count), -EINVAL);
	assert_int_equal(protocol_match(&stage.asking, &text), -EINVAL);
	assert_null(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_matches),
		cmocka_unit_test(test_large_seeds_are_told_apart),
		cmocka_unit_test(test_what_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
