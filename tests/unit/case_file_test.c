/* The player's own parts: a case that is not understood is refused with its line, and what
 * differs from the script is seen. A judge that lets everything pass judges nothing. */
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
#include "case_file.h"
#include "case_wire.h"
#include "scratch_dir.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define HEAD          "provider p\nkey k\nauthorization Bearer k\nrequest a.txt\n\ta cat\n"
#define STEP          "> POST /x\n\t{\"a\": 1}\n< 200\n\t{}\n"
#define HEAD_LINES    5

static const struct case_places places = { "http://api", "http://pictures", 0 };

static int load_text(void **state, const char *text, struct case_file *ret_case, struct diag *diag)
{
	char path[300];
	FILE *file;

	snprintf(path, sizeof(path), "%s/a_case.case", (const char *)*state);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
	return case_load(path, ret_case, diag);
}

static const struct {
	const char *name, *rest, *why;
	unsigned line; /* behind HEAD_LINES; 0: the whole */
} refused[] = {
	{ "no end", STEP, "no end", 0 },
	{ "a word that is none", STEP "endd done\n", "endd", 5 },
	{ "a state that is none", STEP "end finished\n", "finished", 5 },
	{ "held for nothing", STEP "end held\n", "held", 5 },
	{ "a reply to nothing", "< 200\nend done\n", "no request", 1 },
	{ "a request without a reply", "> GET /x\n> GET /y\n< 200\nend done\n", "without a reply",
	  2 },
	{ "a status that is none", "> GET /x\n< abc\nend done\n", "status", 2 },
	{ "a time that is none", "wait 1..2\n" STEP "end done\n", "not a time", 1 },
	{ "spaces for a tab", "> GET /x\n  {}\n< 200\nend done\n", "no such word", 2 },
	{ "a restart over HTTP", "! restart\n" STEP "end done\n", "in-process only", 1 },
	{ "unsent over HTTP", "> GET /x\n< unsent\nend done\n", "in-process only", 1 },
	{ "a number of times that is none", "> GET /x y\n< 200\nend done\n", "not xN", 1 },
};

static void test_refused(void **state)
{
	for (size_t i = 0; i < LENGTH(refused); i++) {
		CLEANUP(free_ptr) char *text = NULL;
		struct case_file file;
		struct diag diag = { 0 };

		assert_true(asprintf(&text, "%s%s", HEAD, refused[i].rest) > 0);
		if (load_text(state, text, &file, &diag) != -EINVAL)
			fail_msg("%s is accepted", refused[i].name);
		if (!strstr(diag.text, refused[i].why) ||
		    (refused[i].line && diag.line != HEAD_LINES + refused[i].line))
			fail_msg("%s: line %u: %s", refused[i].name, diag.line, diag.text);
	}
}

static const struct {
	const char *want, *got;
	const char *place; /* NULL: it fits */
} bodies[] = {
	{ "{\"a\":1,\"b\":[true,null]}", "{\"b\":[true,null],\"a\":1.0}", NULL },
	{ "{\"a\":\"*\"}", "{\"a\":[1,2]}", NULL },
	{ "{\"a\":1}", "{\"a\":\"1\"}", "/a" },
	{ "{\"a\":1}", "{\"a\":1,\"b\":2}", "/b" },
	{ "{\"a\":1,\"b\":2}", "{\"a\":1}", "/b" },
	{ "{\"a\":\"*\"}", "{}", "/a" },
	{ "{\"a\":{\"b\":[1,2]}}", "{\"a\":{\"b\":[1,3]}}", "/a/b/1" },
	{ "[1]", "[1,2]", "/1" },
	{ "{\"A\":1}", "{\"a\":1}", "/A" },
	{ "{}", "nonsense", "no JSON" },
};

static void test_bodies(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(bodies); i++) {
		struct diag diag = { 0 };

		assert_int_equal(case_json_fits(bodies[i].want, bodies[i].got, &diag),
				 bodies[i].place == NULL);
		if (bodies[i].place)
			assert_non_null(strstr(diag.text, bodies[i].place));
	}
}

static const struct {
	const char *verb, *url, *body;
	bool keyed, fits;
} requests[] = {
	{ "POST", "http://api/x", "{\"a\":1}", true, true },
	{ "PUT", "http://api/x", "{\"a\":1}", true, false },
	{ "POST", "http://api/x?y", "{\"a\":1}", true, false },
	{ "POST", "http://pictures/x", "{\"a\":1}", true, false },
	{ "POST", "http://api/x", "{\"a\":1}", false, false },
	{ "POST", "http://api/x", "", true, false },
};

static void test_requests(void **state)
{
	CLEANUP(case) struct case_file file = { .step_count = 0 };
	struct diag diag = { 0 };

	assert_int_equal(load_text(state, HEAD STEP "end done\n", &file, &diag), 0);
	for (size_t i = 0; i < LENGTH(requests); i++) {
		struct case_request request = { requests[i].verb, requests[i].url, requests[i].body,
						requests[i].keyed };

		if (case_step_fits(&file.steps[0], &places, &request, &diag) != requests[i].fits)
			fail_msg("row %zu: %s", i, diag.text);
	}
}

/* The key at the host of the pictures, or where the script forbids it. */
static void test_bare(void **state)
{
	CLEANUP(case) struct case_file file = { .step_count = 0 };
	struct case_request request = { "GET", "http://pictures/a", NULL, true };
	struct diag diag = { 0 };

	assert_int_equal(load_text(state,
				   HEAD "> GET {image_host}/a\n< 200\n"
					"> GET /b\n\t!authorization\n< 200\nend done\n",
				   &file, &diag),
			 0);
	assert_false(case_step_fits(&file.steps[0], &places, &request, &diag));
	request.keyed = false;
	assert_true(case_step_fits(&file.steps[0], &places, &request, &diag));
	request.url = "http://api/b";
	assert_true(case_step_fits(&file.steps[1], &places, &request, &diag));
	request.keyed = true;
	assert_false(case_step_fits(&file.steps[1], &places, &request, &diag));
}

/* The letters of what comes, one a request; upper case where the script has none for it. */
static const struct {
	const char *script, *come;
	bool through;
} orders[] = {
	{ "a b", "ab", true },      { "a b", "aX", false },       { "a b", "aA", false },
	{ "a", "aA", true },        { "a3 b", "aaab", true },     { "a3 b", "aaBab", true },
	{ "a3 b", "aa", false },    { "a* b", "aaaaab", true },   { "a* b", "Bab", true },
	{ "a~ b~ c", "bac", true }, { "a~ b~ c", "abc", true },   { "a~ b~ c", "aCbc", true },
	{ "a~ b~", "b", false },    { "c a~ b~", "cba", true },   { "a b a", "aba", true },
	{ "a* a", "aa", false },    { "a2 a~ b~", "aaba", true },
};

static void add_steps(const char *script, struct strbuf *text)
{
	for (const char *c = script; *c; c++) {
		const char *times = "";

		if (*c < 'a' || *c > 'z')
			continue;
		if (c[1] == '2' || c[1] == '3')
			times = c[1] == '2' ? " x2" : " x3";
		else if (c[1] == '*')
			times = " x";
		else if (c[1] == '~')
			times = " any";
		strbuf_addf(text, "> GET /%c%s\n< 200\n", *c, times);
	}
}

static void test_orders(void **state)
{
	for (size_t i = 0; i < LENGTH(orders); i++) {
		CLEANUP(case) struct case_file file = { .step_count = 0 };
		CLEANUP(strbuf) struct strbuf text = STRBUF_EMPTY;
		struct case_reader reader = { .file = &file };
		struct diag diag = { 0 };

		strbuf_add_text(&text, HEAD);
		add_steps(orders[i].script, &text);
		strbuf_add_text(&text, "end done\n");
		assert_int_equal(load_text(state, strbuf_text(&text), &file, &diag), 0);
		for (const char *c = orders[i].come; *c; c++) {
			bool fits = *c >= 'a';
			char url[] = "http://api/?";
			struct case_request request = { "GET", url, NULL, true };

			url[sizeof(url) - 2] = (char)(*c | 0x20);
			if ((case_reader_take(&reader, &places, &request, &diag) != NULL) != fits)
				fail_msg("\"%s\" and \"%s\" at '%c': %s", orders[i].script,
					 orders[i].come, *c, diag.text);
		}
		if (case_reader_is_through(&reader, &diag) != orders[i].through)
			fail_msg("\"%s\" and \"%s\" at the end", orders[i].script, orders[i].come);
	}
}

static void test_wire(void **state)
{
	static const char whole[] = "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n{1}";
	static const char reply[] = "HTTP/1.1 200 As Scripted\r\nx-a: http://pictures/b\r\n"
				    "content-type: application/json\r\n"
				    "content-length: 12\r\n\r\n{\"a\"";
	CLEANUP(case) struct case_file file = { .step_count = 0 };
	CLEANUP(strbuf) struct strbuf bytes = STRBUF_EMPTY;
	struct wire_request request;
	struct diag diag = { 0 };
	char copy[sizeof(whole)];

	for (size_t size = 0; size < sizeof(whole) - 1; size++)
		assert_int_equal(wire_request_size(whole, size), 0);
	assert_int_equal(wire_request_size(whole, sizeof(whole) - 1), sizeof(whole) - 1);
	memcpy(copy, whole, sizeof(whole));
	assert_int_equal(wire_request_split(copy, sizeof(whole) - 1, &request), 0);
	assert_string_equal(request.target, "/a");
	assert_string_equal(request.body, "{1}");
	assert_string_equal(wire_header(&request, "host"), "x");
	assert_null(wire_header(&request, "cookie"));

	assert_int_equal(load_text(state,
				   HEAD "> GET /a\n< 200 cut 4\n\tx-a: {image_host}/b\n"
					"\t{\"a\": [\"b\"]}\nend done\n",
				   &file, &diag),
			 0);
	assert_true(wire_add_reply(&file.steps[0].reply, &places, &bytes));
	assert_string_equal(strbuf_text(&bytes), reply);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_refused, scratch_dir_make, scratch_dir_remove),
		cmocka_unit_test(test_bodies),
		cmocka_unit_test_setup_teardown(test_requests, scratch_dir_make,
						scratch_dir_remove),
		cmocka_unit_test_setup_teardown(test_bare, scratch_dir_make, scratch_dir_remove),
		cmocka_unit_test_setup_teardown(test_orders, scratch_dir_make, scratch_dir_remove),
		cmocka_unit_test_setup_teardown(test_wire, scratch_dir_make, scratch_dir_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
