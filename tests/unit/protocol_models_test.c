/* A provider's catalogue, page by page. */
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

static int add_entry(const struct catalogue_entry *entry, void *arg)
{
	strbuf_addf(arg, "%s|%s|%lld\n", entry->id, entry->name ? entry->name : "-",
		    (long long)entry->price_micro);
	return 0;
}

static int stop(const struct catalogue_entry *entry, void *arg)
{
	(void)entry;
	return ++*(int *)arg == 2 ? -EIO : 0;
}

static void test_catalogues(void **state)
{
	static const struct {
		int status;
		const char *body;
		int want;
		const char *entries, *next;
	} rows[] = {
		{ 200,
		  "{\"models\":[{\"id\":\"a/b\",\"name\":\"A B\",\"price\":0.027},{\"id\":\"c\"}],"
		  "\"nextToken\":\"t1\"}",
		  0, "a/b|A B|27000\nc|-|-1\n", "t1" },
		{ 200, "{\"models\":[{\"id\":1},{\"id\":\"\"},{\"name\":\"x\"},7,{\"id\":\"z\"}]}",
		  0, "1|-|-1\nz|-|-1\n", NULL },
		{ 200, "{\"data\":[{\"id\":\"d\"}],\"nextToken\":9}", 0, "d|-|-1\n", "9" },
		{ 200,
		  "{\"models\":[{\"id\":\"a\",\"name\":\"\\u001b[2J\\n\"}],\"nextToken\":\"\"}", 0,
		  "a|\\x1b[2J\\n|-1\n", NULL },
		{ 200, "{\"models\":[]}", 0, "", NULL },
		{ 200, "{\"data\":[]}", 0, "", NULL },
		{ 200, "{}", -EINVAL, "", NULL },
		{ 200, "{\"models\":\"none\"}", -EINVAL, "", NULL },
		{ 200, "<html>", -EINVAL, "", NULL },
		{ 401, "{\"models\":[]}", -EINVAL, "", NULL },
	};
	CLEANUP(stage) struct protocol_stage stage;

	(void)state;
	stage_jobs(&stage);
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct reply reply = stage_reply(rows[i].status, rows[i].body);
		CLEANUP(strbuf) struct strbuf entries = STRBUF_EMPTY;
		char *next = NULL;
		int r = protocol_read_models(&stage.profile, &reply, add_entry, &entries, &next);

		if (r != rows[i].want)
			fail_msg("%s: %d", rows[i].body, r);
		assert_string_equal(strbuf_text(&entries), rows[i].entries);
		if (rows[i].next)
			assert_string_equal(next, rows[i].next);
		else
			assert_null(next);
		free(next);
	}
}

static void test_the_bare_list(void **state)
{
	CLEANUP(stage) struct protocol_stage stage;
	CLEANUP(strbuf) struct strbuf entries = STRBUF_EMPTY;
	struct reply reply = stage_reply(200, "[\"a\",\"b\"]");
	char nothing[] = "", *root[] = { nothing, NULL }, *next = NULL;

	(void)state;
	stage_jobs(&stage);
	stage.http.models.items = root;
	stage.http.models.id = root;
	assert_int_equal(protocol_read_models(&stage.profile, &reply, add_entry, &entries, &next),
			 0);
	assert_string_equal(strbuf_text(&entries), "a|-|-1\nb|-|-1\n");
}

static void test_who_takes_it_may_stop(void **state)
{
	CLEANUP(stage) struct protocol_stage stage;
	struct reply reply = stage_reply(
		200,
		"{\"models\":[{\"id\":\"a\"},{\"id\":\"b\"},{\"id\":\"c\"}],\"nextToken\":\"t\"}");
	char *next = NULL;
	int count = 0;

	(void)state;
	stage_jobs(&stage);
	assert_int_equal(protocol_read_models(&stage.profile, &reply, stop, &count, &next), -EIO);
	assert_int_equal(count, 2);
	assert_null(next);
}

static void test_an_envelope_that_says_no(void **state)
{
	CLEANUP(stage) struct protocol_stage stage;
	struct reply reply = stage_reply(200, "{\"code\":403,\"models\":[{\"id\":\"a\"}]}");
	CLEANUP(strbuf) struct strbuf entries = STRBUF_EMPTY;
	char *next = NULL;

	(void)state;
	stage_jobs(&stage);
	stage.http.ok_pointer = stage_copy(&stage, "/code");
	stage.http.ok_value = stage_copy(&stage, "200");
	assert_int_equal(protocol_read_models(&stage.profile, &reply, add_entry, &entries, &next),
			 -EINVAL);
	assert_int_equal(entries.size, 0);
	reply.delivery = DELIVERY_LOST;
	stage.http.ok_pointer = NULL;
	assert_int_equal(protocol_read_models(&stage.profile, &reply, add_entry, &entries, &next),
			 -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_catalogues),
		cmocka_unit_test(test_the_bare_list),
		cmocka_unit_test(test_who_takes_it_may_stop),
		cmocka_unit_test(test_an_envelope_that_says_no),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
