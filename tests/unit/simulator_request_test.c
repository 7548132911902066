#include "simulator/request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* clang-format off */
static const struct {
	const char *path, *pattern;
	const char *captures[3]; /* { NULL }: it is not like the pattern */
} paths[] = {
	{ "/v1/jobs/job_1", "/v1/jobs/*", { "job_1" } },
	{ "/v1/jobs/job_1/action", "/v1/jobs/*", { NULL } },
	{ "/v1/jobs/", "/v1/jobs/*", { NULL } },
	{ "/v1/jobs/a/action", "/v1/jobs/*/action", { "a" } },
	{ "/a/b/requests/r/status", "/**/requests/*/status", { "a/b", "r" } },
	{ "/a/b/c/d/requests/r/status", "/**/requests/*/status", { "a/b/c/d", "r" } },
	{ "/requests/r/status", "/**/requests/*/status", { NULL } },
	{ "/a/requests/b/requests/r", "/**/requests/*", { "a/requests/b", "r" } },
	{ "/api/v3/x/y/z", "/api/v3/**", { "x/y/z" } },
	{ "/api/v3/", "/api/v3/**", { NULL } },
};
/* clang-format on */

static void test_paths(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct captures captures;
		bool like = request_path_is(paths[i].path, paths[i].pattern, &captures);

		if (like != (paths[i].captures[0] != NULL))
			fail_msg("%s, %s", paths[i].path, paths[i].pattern);
		for (size_t j = 0; like && j < captures.count; j++)
			assert_string_equal(captures.text[j], paths[i].captures[j]);
	}
}

static void test_queries(void **state)
{
	struct request request = { 0 };
	char value[8];

	(void)state;
	assert_true(request_begin(&request, "GET", "/x?a=1&dryRun=true&b=&long=123456789"));
	assert_string_equal(request.path, "/x");
	assert_true(request_query(&request, "a", value, sizeof(value)));
	assert_string_equal(value, "1");
	assert_true(request_query(&request, "b", value, sizeof(value)));
	assert_string_equal(value, "");
	assert_true(request_query(&request, "long", value, sizeof(value)));
	assert_string_equal(value, "1234567");
	assert_false(request_query(&request, "Run", value, sizeof(value)));
	assert_true(request_asks(&request, "dryRun"));
	assert_false(request_asks(&request, "b"));
	request_done(&request);
	assert_true(request_begin(&request, "GET", "/x"));
	assert_false(request_query(&request, "a", value, sizeof(value)));
	request_done(&request);
}

static void test_headers(void **state)
{
	struct request request = { 0 };

	(void)state;
	assert_true(request_begin(&request, "GET", "/"));
	request_add_header(&request, "Accept", "*/*");
	assert_null(request_secret_header(&request));
	request_add_header(&request, "AUTHORIZATION", "Key k");
	assert_string_equal(request_header(&request, "Authorization"), "Key k");
	assert_string_equal(request_secret_header(&request), "authorization");
	for (int i = 0; i < 2 * REQUEST_HEADERS_MAX; i++)
		request_add_header(&request, "X", NULL);
	assert_int_equal(request.header_count, REQUEST_HEADERS_MAX);
	request_done(&request);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_queries),
		cmocka_unit_test(test_headers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
