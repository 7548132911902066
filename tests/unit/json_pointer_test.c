/* JSON pointers: what is one, what it reaches, and what is put there. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/json.h"
#include "base/json_pointer.h"
#include "base/strbuf.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static cJSON *parse(const char *text)
{
	cJSON *root = cJSON_Parse(text);

	if (!root)
		fail_msg("no JSON: %s", text);
	return root;
}

static void assert_prints(const cJSON *value, const char *want)
{
	char *text = cJSON_PrintUnformatted(value);

	assert_non_null(text);
	assert_string_equal(text, want);
	cJSON_free(text);
}

/* ---- what is one ---- */

static const struct {
	const char *pointer, *says; /* NULL: it is one */
} pointers[] = {
	{ "", NULL },
	{ "/", NULL },
	{ "/a/0/b~1c~0/*", NULL },
	{ "/a b/\xC3\xA9", NULL },
	{ "a", "\"a\" is no JSON pointer: it must begin with '/'" },
	{ "*", "must begin with '/'" },
	{ " /a", "must begin with '/'" },
	{ "#/a", "must begin with '/'" },
	{ "/a~", "after a '~' comes 0" },
	{ "/a~/b", "after a '~' comes 0" },
	{ "/~2", "after a '~' comes 0" },
	{ "\x1B[2J", "\"\\x1b[2J\"" },
};

static void test_check(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(pointers); i++) {
		struct diag diag = { .text = "" };
		int r = json_pointer_check(pointers[i].pointer, &diag);

		if (r != (pointers[i].says ? -EINVAL : 0) ||
		    !strstr(diag.text, pointers[i].says ? pointers[i].says : ""))
			fail_msg("%s: %d, %s", pointers[i].pointer, r, diag.text);
		assert_int_equal(json_pointer_check(pointers[i].pointer, NULL), r);
	}
}

static void test_check_depth(void **state)
{
	struct strbuf pointer = STRBUF_EMPTY;
	struct diag diag = { 0 };

	(void)state;
	for (int i = 0; i < JSON_DEPTH_MAX; i++)
		strbuf_add_text(&pointer, "/a");
	assert_int_equal(json_pointer_check(pointer.bytes, &diag), 0);
	strbuf_add_text(&pointer, "/a");
	assert_int_equal(json_pointer_check(pointer.bytes, &diag), -EINVAL);
	assert_non_null(strstr(diag.text, "64 parts"));
	strbuf_done(&pointer);
}

/* ---- what it reaches ---- */

static const char tree[] =
	"{\"a\":[10,[20,21],{\"x\":30}],\"b\":{\"x\":1,\"y\":2,\"\":3},\"\":4,\"m/n\":5,\"m~n\":6,"
	"\"~1\":7,\"0\":8,\"*\":9,\"t\":\"text\",\"A\":11}";

static const struct {
	const char *pointer, *want; /* the values with a blank after each */
} reached[] = {
	{ "/a/0", "10 " },     { "/a/1", "[20,21] " },  { "/a/1/1", "21 " },
	{ "/a/2/x", "30 " },   { "/a/3", "" },          { "/a/-", "" },
	{ "/a/-1", "" },       { "/a/00", "" },         { "/a/01", "" },
	{ "/a/1x", "" },       { "/a/4294967296", "" }, { "/a/99999999999999999999999999", "" },
	{ "/a/", "" },         { "/a/x", "" },          { "/A", "11 " },
	{ "/B", "" },          { "/b/x", "1 " },        { "/b/", "3 " },
	{ "/", "4 " },         { "/m~1n", "5 " },       { "/m~0n", "6 " },
	{ "/~01", "7 " },      { "/m/n", "" },          { "/0", "8 " },
	{ "/t", "\"text\" " }, { "/t/0", "" },          { "/t/*", "" },
	{ "/tex", "" },        { "/textual", "" },      { "/a/*", "10 [20,21] {\"x\":30} " },
	{ "/b/*", "1 2 3 " },  { "/a/*/x", "30 " },     { "/a/*/*", "20 21 30 " },
	{ "/*/x", "1 " },      { "/*/*/0", "20 " },     { "a", "" },
	{ "x/a", "" },
};

static bool collect(const cJSON *value, void *arg)
{
	char *text = cJSON_PrintUnformatted(value);

	strbuf_addf(arg, "%s ", text);
	cJSON_free(text);
	return true;
}

static void test_each(void **state)
{
	cJSON *root = parse(tree);

	(void)state;
	for (size_t i = 0; i < LENGTH(reached); i++) {
		struct strbuf hits = STRBUF_EMPTY;

		json_pointer_each(root, reached[i].pointer, collect, &hits);
		if (strcmp(strbuf_text(&hits), reached[i].want) != 0)
			fail_msg("%s reaches %s", reached[i].pointer, strbuf_text(&hits));
		strbuf_done(&hits);
	}
	cJSON_Delete(root);
}

static bool count_two(const cJSON *value, void *arg)
{
	int *count = arg;

	(void)value;
	return ++*count < 2;
}

static void test_each_ends(void **state)
{
	cJSON *root = parse("[[1,2],[3,4]]");
	struct strbuf hits = STRBUF_EMPTY;
	int count = 0;

	(void)state;
	json_pointer_each(root, "/*/*", count_two, &count);
	assert_int_equal(count, 2);
	count = 0;
	json_pointer_each(root, "/0/*", count_two, &count);
	assert_int_equal(count, 2);
	json_pointer_each(root, "", collect, &hits);
	assert_string_equal(strbuf_text(&hits), "[[1,2],[3,4]] ");
	strbuf_clear(&hits);
	json_pointer_each(NULL, "/a", collect, &hits);
	json_pointer_each(NULL, "", collect, &hits);
	assert_string_equal(strbuf_text(&hits), "");
	strbuf_done(&hits);
	cJSON_Delete(root);
}

static const struct {
	const char *value;
	bool says;
} says[] = {
	{ "null", false }, { "\"\"", false }, { "[]", false },   { "{}", false },
	{ "false", true }, { "0", true },     { "\" \"", true }, { "[null]", true },
	{ "true", true },  { "-1", true },    { "\"0\"", true }, { "{\"\":null}", true },
};

static void test_says_something(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(says); i++) {
		cJSON *value = parse(says[i].value);

		if (json_says_something(value) != says[i].says)
			fail_msg("%s", says[i].value);
		cJSON_Delete(value);
	}
	assert_false(json_says_something(NULL));
}

static const struct {
	const char *pointers[4];
	const char *want; /* NULL: none */
} firsts[] = {
	{ { "/none", "/empty/*", "/b" }, "2" }, { { "/b", "/a" }, "2" },
	{ { "/list/*/id", "/a" }, "\"x\"" },    { { "/none", "/empty" }, "[null,\"\",[],{}]" },
	{ { "/none", "/empty/*" }, NULL },      { { NULL }, NULL },
};

static void test_first(void **state)
{
	cJSON *root =
		parse("{\"a\":1,\"b\":2,\"empty\":[null,\"\",[],{}],"
		      "\"list\":[{\"id\":null},{\"id\":\"\"},{\"id\":\"x\"},{\"id\":\"y\"}]}");

	(void)state;
	for (size_t i = 0; i < LENGTH(firsts); i++) {
		char *const *list = (char *const *)firsts[i].pointers;
		const cJSON *hit = json_first(root, list);

		if (firsts[i].want)
			assert_prints(hit, firsts[i].want);
		else
			assert_null(hit);
		assert_null(json_first(NULL, list));
	}
	assert_null(json_first(root, NULL));
	/* of one pointer, what says nothing too */
	assert_prints(json_pointer_first(root, "/list/*/id"), "null");
	assert_ptr_equal(json_pointer_first(root, ""), root);
	assert_null(json_pointer_first(root, "/none"));
	assert_null(json_pointer_first(NULL, "/a"));
	cJSON_Delete(root);
}

/* ---- what is put there ---- */

static const struct {
	const char *before, *pointer;
	int want;
	const char *after;
} places[] = {
	{ "{}", "/a", 0, "{\"a\":7}" },
	{ "{}", "/a/b/c", 0, "{\"a\":{\"b\":{\"c\":7}}}" },
	{ "{\"a\":{\"x\":1}}", "/a/b", 0, "{\"a\":{\"x\":1,\"b\":7}}" },
	{ "{\"a\":1,\"b\":2}", "/a", 0, "{\"a\":7,\"b\":2}" },
	{ "{\"a\":{\"b\":[1]}}", "/a/b", 0, "{\"a\":{\"b\":7}}" },
	{ "{\"A\":1}", "/a", 0, "{\"A\":1,\"a\":7}" },
	{ "{}", "/a~1b/~01", 0, "{\"a/b\":{\"~1\":7}}" },
	{ "{}", "/", 0, "{\"\":7}" },
	{ "{}", "/0/1", 0, "{\"0\":{\"1\":7}}" },
	{ "{\"a\":1}", "", -EINVAL, "{\"a\":1}" },
	{ "{}", "a", -EINVAL, "{}" },
	{ "{}", "/a~", -EINVAL, "{}" },
	{ "{}", "/a/*", -EINVAL, "{}" },
	{ "{}", "/*/a", -EINVAL, "{}" },
	{ "{\"a\":[1]}", "/a/0", -EINVAL, "{\"a\":[1]}" },
	{ "{\"a\":\"x\"}", "/a/b", -EINVAL, "{\"a\":\"x\"}" },
	{ "{\"a\":null}", "/a/b/c", -EINVAL, "{\"a\":null}" },
	{ "[1]", "/0", -EINVAL, "[1]" },
};

static void test_put(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(places); i++) {
		cJSON *root = parse(places[i].before);
		int r = json_pointer_put(root, places[i].pointer, cJSON_CreateNumber(7));
		char *text = cJSON_PrintUnformatted(root);

		if (r != places[i].want || strcmp(text, places[i].after) != 0)
			fail_msg("%s at %s: %d, %s", places[i].before, places[i].pointer, r, text);
		cJSON_free(text);
		cJSON_Delete(root);
	}
}

static void test_put_nothing(void **state)
{
	cJSON *root = parse("{}");

	(void)state;
	assert_int_equal(json_pointer_put(root, "/a/b", NULL), -ENOMEM);
	assert_prints(root, "{}");
	cJSON_Delete(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_check_depth),
		cmocka_unit_test(test_each),
		cmocka_unit_test(test_each_ends),
		cmocka_unit_test(test_says_something),
		cmocka_unit_test(test_first),
		cmocka_unit_test(test_put),
		cmocka_unit_test(test_put_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
