/* JSON from outside: what is taken, what is refused, and in which line. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/json.h"
#include "base/strbuf.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define BYTES(text)   text, sizeof(text) - 1

enum { BYTES_MAX = 4 * 1024 * 1024 };

/* From a copy of the exact size, so that a sanitizer sees a read beyond it. */
static int read_exactly(const char *bytes, size_t size, struct json *ret_json,
			struct diag *reterr_diag)
{
	char *copy = malloc(size ? size : 1);
	int r;

	assert_non_null(copy);
	memcpy(copy, bytes, size);
	r = json_read(copy, size, BYTES_MAX, ret_json, reterr_diag);
	free(copy);
	return r;
}

static const struct {
	const char *bytes, *printed;
} good[] = {
	{ "{}", "{}" },
	{ " \t\r\n{ } \n", "{}" },
	{ "[]", "[]" },
	{ "null", "null" },
	{ "true", "true" },
	{ "false", "false" },
	{ "\"\"", "\"\"" },
	{ "\"a\xC3\xA9\xF0\x9F\x90\x88\"", "\"a\xC3\xA9\xF0\x9F\x90\x88\"" },
	{ "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\\"\\\\/\\b\\f\\n\\r\\t\"" },
	{ "\"\\u0041\\u00e9\\uD83D\\uDC08\"", "\"A\xC3\xA9\xF0\x9F\x90\x88\"" },
	{ "\"\\uFFFF\\uE000\\uD7FF\"", "\"\xEF\xBF\xBF\xEE\x80\x80\xED\x9F\xBF\"" },
	{ "\"\x7F\"", "\"\x7F\"" },
	{ "0", "0" },
	{ "-0", "-0" },
	{ "-7", "-7" },
	{ "0.5", "0.5" },
	{ "1e3", "1000" },
	{ "1E+3", "1000" },
	{ "1.25e-2", "0.0125" },
	{ "1e300", "1e+300" },
	{ "[1,[2,[3]], {\"a\" : {\"b\":[]} }]", "[1,[2,[3]],{\"a\":{\"b\":[]}}]" },
	{ "{\"a\":1,\"A\":2,\"\":3,\"a \":4}", "{\"a\":1,\"A\":2,\"\":3,\"a \":4}" },
	{ "{\"a\":{\"a\":{\"a\":1}},\"b\":{\"a\":1}}",
	  "{\"a\":{\"a\":{\"a\":1}},\"b\":{\"a\":1}}" },
	{ "[{\"a\":1},{\"a\":1}]", "[{\"a\":1},{\"a\":1}]" },
};

static void test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(good); i++) {
		struct json json;
		struct diag diag = { .line = 77 };
		char *printed;

		if (read_exactly(good[i].bytes, strlen(good[i].bytes), &json, &diag) < 0)
			fail_msg("row %zu, %s: line %u: %s", i, good[i].bytes, diag.line,
				 diag.text);
		assert_int_equal(diag.line, 77);
		printed = cJSON_PrintUnformatted(json.root);
		assert_string_equal(printed, good[i].printed);
		cJSON_free(printed);
		json_done(&json);
		assert_null(json.root);
	}
}

static const struct {
	const char *bytes;
	size_t size;
	unsigned line;
	const char *says;
} bad[] = {
	{ BYTES(""), 1, "value is expected where the text ends" },
	{ BYTES(" \n "), 2, "value is expected where the text ends" },
	{ BYTES("\xEF\xBB\xBF{}"), 1, "value is expected" },
	{ BYTES("{} x"), 1, "the end of the text is expected where \"x\" is" },
	{ BYTES("{}\n{}"), 2, "the end of the text" },
	{ BYTES("1 2"), 1, "the end of the text" },
	{ BYTES("nul"), 1, "a value" },
	{ BYTES("nulll"), 1, "the end of the text" },
	{ BYTES("True"), 1, "a value" },
	{ BYTES("NaN"), 1, "a value" },
	{ BYTES("Infinity"), 1, "a value" },
	{ BYTES("'a'"), 1, "a value" },
	{ BYTES("// a\n{}"), 1, "a value" },
	{ BYTES("{"), 1, "a name in double quotes is expected where the text ends" },
	{ BYTES("{\n\n\"a\"\n"), 4, "':' after a name is expected where the text ends" },
	{ BYTES("{\"a\" 1}"), 1, "':' after a name is expected where \"1}\" is" },
	{ BYTES("{\"a\":}"), 1, "a value is expected where \"}\" is" },
	{ BYTES("{\"a\":1"), 1, "',' or '}' is expected where the text ends" },
	{ BYTES("{\"a\":1\n\"b\":2}"), 2, "',' or '}' is expected" },
	{ BYTES("{\"a\":1,}"), 1, "a comma after the last entry" },
	{ BYTES("{,}"), 1, "a name in double quotes" },
	{ BYTES("{a:1}"), 1, "a name in double quotes is expected where \"a:1}\" is" },
	{ BYTES("{1:1}"), 1, "a name in double quotes" },
	{ BYTES("[1,\n2,\n]"), 3, "a comma after the last entry" },
	{ BYTES("[1 2]"), 1, "',' or ']'" },
	{ BYTES("[1}"), 1, "',' or ']'" },
	{ BYTES("]"), 1, "a value" },
	{ BYTES("\"a"), 1, "a string that is not closed" },
	{ BYTES("\"a\\\""), 1, "a string that is not closed" },
	{ BYTES("\"a\\"), 1, "after a \\" },
	{ BYTES("{\"a\":\"b\nc\"}"), 1, "goes on at the end of the line" },
	{ BYTES("\"a\tb\""), 1, "a control character" },
	{ BYTES("\"a\0b\""), 1, "a control character" },
	{ BYTES("{}\0"), 1, "the end of the text is expected where \"\\x00\" is" },
	{ BYTES("\"\\x41\""), 1, "after a \\" },
	{ BYTES("\"\\'\""), 1, "after a \\" },
	{ BYTES("\"\\u12\""), 1, "four hexadecimal digits" },
	{ BYTES("\"\\u12G4\""), 1, "four hexadecimal digits" },
	{ BYTES("\"\\u123"), 1, "four hexadecimal digits" },
	{ BYTES("\n\"a\\u0000b\""), 2, "\\u0000" },
	{ BYTES("{\"\\u0000\":1}"), 1, "\\u0000" },
	{ BYTES("\"\\uD83D\""), 1, "surrogate" },
	{ BYTES("\"\\uD83Dx\""), 1, "surrogate" },
	{ BYTES("\"\\uD83D\\n\""), 1, "surrogate" },
	{ BYTES("\"\\uD83D\\u0041\""), 1, "surrogate" },
	{ BYTES("\"\\uD83D\\uD83D\""), 1, "surrogate" },
	{ BYTES("\"\\uDC08\""), 1, "surrogate" },
	{ BYTES("\"\\uDC08\\uD83D\""), 1, "surrogate" },
	{ BYTES("[\n\"\xFF\"]"), 2, "the byte 0xFF is no UTF-8" },
	{ BYTES("\"\xED\xA0\x80\""), 1, "no UTF-8" },
	{ BYTES("\"\xC0\x80\""), 1, "no UTF-8" },
	{ BYTES("-"), 1, "a value" },
	{ BYTES("+1"), 1, "a value" },
	{ BYTES(".5"), 1, "a value" },
	{ BYTES("01"), 1, "the end of the text" },
	{ BYTES("1."), 1, "the end of the text" },
	{ BYTES("1.e3"), 1, "the end of the text" },
	{ BYTES("1e"), 1, "the end of the text" },
	{ BYTES("0x10"), 1, "the end of the text" },
	{ BYTES("9007199254740993"), 1, "write it in quotes" },
	{ BYTES("-9007199254740993"), 1, "write it in quotes" },
	{ BYTES("[\n1,\n99999999999999999999999]"), 3, "write it in quotes" },
	{ BYTES("1e309"), 1, "too large" },
	{ BYTES("-1e999999999"), 1, "too large" },
	{ BYTES("0.1111111111111111111111111111111111111111111111111111111111111111"), 1,
	  "60 characters" },
	{ BYTES("{\"a\":1,\n\"b\":2,\n\"a\":3}"), 3, "\"a\" is there already, in line 1" },
	{ BYTES("{\"a\":1,\n\"\\u0061\":3}"), 2, "\"a\" is there already, in line 1" },
	{ BYTES("[{\"b\":1},\n{\"c\":{\n\"\":1,\n\"\":2}}]"), 4,
	  "\"\" is there already, in line 3" },
	{ BYTES("{\"a\":{\"x\":1},\n\"b\":1,\n\"b\":1,\"a\":1}"), 3, "is there already" },
	{ BYTES("{\"a\\n\x1B\":1}"), 1, "control character" },
	{ BYTES("{\"\\u001b\":1,\n\"\\u001B\":1}"), 2, "\"\\x1b\" is there" },
};

static void test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(bad); i++) {
		struct json json;
		struct diag diag = { 0 };
		int r = read_exactly(bad[i].bytes, bad[i].size, &json, &diag);

		if (r != -EINVAL || diag.line != bad[i].line || !strstr(diag.text, bad[i].says))
			fail_msg("row %zu, %s: %d, line %u: %s", i, bad[i].bytes, r, diag.line,
				 diag.text);
		assert_int_equal(read_exactly(bad[i].bytes, bad[i].size, &json, NULL), -EINVAL);
	}
}

/* `count` times each of the three texts. */
static void repeat(struct strbuf *text, const char *before, const char *between, size_t count,
		   const char *after)
{
	for (size_t i = 0; i < count; i++)
		strbuf_add_text(text, before);
	strbuf_add_text(text, between);
	for (size_t i = 0; i < count; i++)
		strbuf_add_text(text, after);
}

static int read_buf(const struct strbuf *text, struct diag *reterr_diag)
{
	struct json json;
	int r = read_exactly(text->bytes, text->size, &json, reterr_diag);

	if (r == 0)
		json_done(&json);
	return r;
}

static void test_limits(void **state)
{
	struct strbuf text = STRBUF_EMPTY;
	struct diag diag = { 0 };
	struct json json;

	(void)state;
	repeat(&text, "[", "", JSON_DEPTH_MAX, "]");
	assert_int_equal(read_buf(&text, &diag), 0);
	strbuf_clear(&text);
	repeat(&text, "[\n", "", JSON_DEPTH_MAX + 1, "]");
	assert_int_equal(read_buf(&text, &diag), -EINVAL);
	assert_int_equal(diag.line, JSON_DEPTH_MAX + 1);
	assert_non_null(strstr(diag.text, "more than 64"));
	strbuf_clear(&text);
	repeat(&text, "[", "", 10000, "]");
	assert_int_equal(read_buf(&text, &diag), -EINVAL);
	strbuf_clear(&text);
	repeat(&text, "{\"a\":", "1", 10000, "}");
	assert_int_equal(read_buf(&text, &diag), -EINVAL);
	strbuf_clear(&text);
	repeat(&text, "[", "", BYTES_MAX, "");
	assert_int_equal(read_buf(&text, &diag), -EINVAL);
	strbuf_add_char(&text, '[');
	assert_int_equal(read_buf(&text, &diag), -EINVAL);
	assert_non_null(strstr(diag.text, "4194304 bytes"));

	strbuf_clear(&text);
	strbuf_add_char(&text, '[');
	repeat(&text, "0,", "0]", JSON_VALUES_MAX - 2, "");
	assert_int_equal(read_buf(&text, &diag), 0);
	strbuf_clear(&text);
	strbuf_add_char(&text, '[');
	repeat(&text, "0,", "0]", JSON_VALUES_MAX - 1, "");
	assert_int_equal(read_buf(&text, &diag), -EINVAL);
	assert_non_null(strstr(diag.text, "more than 65536 values"));
	assert_int_equal(json_read("1", 1, 0, &json, NULL), -EINVAL);
	strbuf_done(&text);
}

/* Many members are compared in time, and the ones alike are still found. */
static void test_many_members(void **state)
{
	struct strbuf text = STRBUF_EMPTY;
	struct diag diag = { 0 };

	(void)state;
	strbuf_add_char(&text, '{');
	for (int i = 0; i < JSON_VALUES_MAX - 2; i++)
		strbuf_addf(&text, "\"name %d\":%d,\n", i, i);
	strbuf_add_text(&text, "\"name 7\":0}");
	assert_int_equal(read_buf(&text, &diag), -EINVAL);
	assert_int_equal(diag.line, JSON_VALUES_MAX - 1);
	assert_string_equal(diag.text, "\"name 7\" is there already, in line 8");
	strbuf_done(&text);
}

static void test_lines(void **state)
{
	static const char object[] = "\n{ \"a\": {\"x\":1,\n\"y\":[1,\n2]},\n\n \"b\"\n: 2 }";
	static const char array[] = "[1,\n[2,\n3],\n4]";
	struct json json;

	(void)state;
	assert_int_equal(read_exactly(object, strlen(object), &json, NULL), 0);
	assert_int_equal(json.lines[0], 2);
	assert_int_equal(json.lines[1], 6);
	json_done(&json);
	assert_int_equal(read_exactly(array, strlen(array), &json, NULL), 0);
	assert_int_equal(json.lines[0], 1);
	assert_int_equal(json.lines[1], 2);
	assert_int_equal(json.lines[2], 4);
	json_done(&json);
}

/* cJSON prints 15 digits; what it holds is exact. */
static void test_largest_integer(void **state)
{
	struct json json;

	(void)state;
	assert_int_equal(read_exactly(BYTES("[9007199254740992,-9007199254740992]"), &json, NULL),
			 0);
	assert_true((int64_t)json.root->child->valuedouble == INT64_C(9007199254740992));
	assert_true((int64_t)json.root->child->next->valuedouble == INT64_C(-9007199254740992));
	json_done(&json);
}

static const struct {
	const char *bytes;
	size_t want;
} numbers[] = {
	{ "", 0 },      { "x", 0 },       { "-", 0 },    { "-x", 0 },    { "0", 1 },
	{ "007", 1 },   { "12", 2 },      { "-12x", 3 }, { "1.", 1 },    { "1.5", 3 },
	{ "1.5.2", 3 }, { ".5", 0 },      { "1e", 1 },   { "1e+", 1 },   { "1e5", 3 },
	{ "1E-5", 4 },  { "1.5e+10", 7 }, { "+1", 0 },   { "1e5e5", 3 }, { "16:9", 2 },
};

static void test_numbers(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(numbers); i++) {
		size_t size = strlen(numbers[i].bytes);
		char *copy = malloc(size + 1);

		assert_non_null(copy);
		memcpy(copy, numbers[i].bytes, size);
		copy[size] = '9'; /* not looked at */
		if (json_number_size(copy, size) != numbers[i].want)
			fail_msg("%s", numbers[i].bytes);
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),    cmocka_unit_test(test_bad),
		cmocka_unit_test(test_limits),  cmocka_unit_test(test_many_members),
		cmocka_unit_test(test_lines),   cmocka_unit_test(test_largest_integer),
		cmocka_unit_test(test_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
