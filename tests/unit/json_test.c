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

typedef int read_fn(const char *bytes, size_t size, size_t bytes_max, struct json *ret_json,
		    struct diag *reterr_diag);

/* From a copy of the exact size, so that a sanitizer sees a read beyond it. */
static int read_copy(read_fn *read, const char *bytes, size_t size, struct json *ret_json,
		     struct diag *reterr_diag)
{
	char *copy = malloc(size ? size : 1);
	int r;

	assert_non_null(copy);
	memcpy(copy, bytes, size);
	r = read(copy, size, BYTES_MAX, ret_json, reterr_diag);
	free(copy);
	return r;
}

static int read_exactly(const char *bytes, size_t size, struct json *ret_json,
			struct diag *reterr_diag)
{
	return read_copy(json_read, bytes, size, ret_json, reterr_diag);
}

static int read_leniently(const char *bytes, size_t size, struct json *ret_json,
			  struct diag *reterr_diag)
{
	return read_copy(json_read_lenient, bytes, size, ret_json, reterr_diag);
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

/* ---- leniently ---- */

#define FFFD "\xEF\xBF\xBD"

static const struct {
	const char *bytes;
	size_t size;
	const char *printed;
} lenient[] = {
	{ BYTES("\xEF\xBB\xBF {}"), "{}" },
	{ BYTES("{\"a\":1,\"a\":2}"), "{\"a\":1,\"a\":2}" },
	{ BYTES("\"a\tb\nc\x01\x7F\""), "\"a\\tb\\nc\\u0001\x7F\"" },
	{ BYTES("\"a\0b\0\""), "\"a" FFFD "b" FFFD "\"" },
	{ BYTES("\"\\u0000\""), "\"" FFFD "\"" },
	{ BYTES("[\"x\\u0000y\",\"\\u00000\"]"), "[\"x" FFFD "y\",\"" FFFD "0\"]" },
	{ BYTES("{\"a\\u0000\":\"\0\"}"), "{\"a" FFFD "\":\"" FFFD "\"}" },
	{ BYTES("\"\\\\u0000\""), "\"\\\\u0000\"" },
	{ BYTES("\"\xFF\""), "\"" FFFD "\"" },
	{ BYTES("\"a\xC3\xA9\xC3\""), "\"a\xC3\xA9" FFFD "\"" },
	{ BYTES("\"\xE2\x82\",\"\""), NULL },
	{ BYTES("[\"\xE2\x82\",\"\xC3\xA9\",\"\xED\xA0\x80\"]"),
	  "[\"" FFFD FFFD "\",\"\xC3\xA9\",\"" FFFD FFFD FFFD "\"]" },
	{ BYTES("\"\xC3\\n\xA9\""), "\"" FFFD "\\n" FFFD "\"" },
	{ BYTES("\"\xC0\x80\xF5\x80\""), "\"" FFFD FFFD FFFD FFFD "\"" },
	{ BYTES("\"\\uD83D\""), "\"" FFFD "\"" },
	{ BYTES("\"\\uD83Dx\\n\""), "\"" FFFD "x\\n\"" },
	{ BYTES("\"\\uDC08\\uD83D\""), "\"" FFFD FFFD "\"" },
	{ BYTES("\"\\uD83D\\uD83D\\uDC08\""), "\"" FFFD "\xF0\x9F\x90\x88\"" },
	{ BYTES("\"\\uD83D\\u0041\\uD83D\\u0000\""), "\"" FFFD "A" FFFD FFFD "\"" },
	{ BYTES("\"\\uD83D\\uDC08\""), "\"\xF0\x9F\x90\x88\"" },
	{ BYTES("-99999999999999999999999"), "-1e+23" },
	{ BYTES("[1e999999,-1e309,1e308]"), "[null,null,1e+308]" },
	{ BYTES("1e-999999"), "0" },
	{ BYTES("0.2500000000000000000000000000000000000000000000000000000000000000000"), "0.25" },
	{ BYTES("[25000000000000000000000000000000000000000000000000000000000000000000.5]"),
	  "[2.5e+67]" },
	{ BYTES("1000000000000000000000000000000000000000000000000000000000000000000e999"),
	  "null" },
	{ BYTES("[NaN, Infinity,-Infinity ,\"NaN\"]"), "[null,null,null,\"NaN\"]" },
	{ BYTES("{\"a\":\"\xFF\",\"b\":NaN,\"c\":[\"\\u0000\",1]}"),
	  "{\"a\":\"" FFFD "\",\"b\":null,\"c\":[\"" FFFD "\",1]}" },
	/* What is no JSON at all stays so. */
	{ BYTES(""), NULL },
	{ BYTES("\xEF\xBB\xBF"), NULL },
	{ BYTES("\xEF\xBB"), NULL },
	{ BYTES("\xEF\xBB\xBF\xEF\xBB\xBF{}"), NULL },
	{ BYTES("{}\0"), NULL },
	{ BYTES("\0{}"), NULL },
	{ BYTES("\xFF{}"), NULL },
	{ BYTES("{\xFF}"), NULL },
	{ BYTES("{} x"), NULL },
	{ BYTES("[1,]"), NULL },
	{ BYTES("{'a':1}"), NULL },
	{ BYTES("<html>"), NULL },
	{ BYTES("\"\\x41\""), NULL },
	{ BYTES("\"\\u12\""), NULL },
	{ BYTES("\"\\uD83D\\u12\""), NULL },
	{ BYTES("\"a\n"), NULL },
	{ BYTES("\"\xC3"), NULL },
	{ BYTES("\"\\"), NULL },
	{ BYTES("-"), NULL },
	{ BYTES("Inf"), NULL },
	{ BYTES("-NaN"), NULL },
	{ BYTES("01"), NULL },
};

/* What both readers take means the same to both. */
static void test_lenient_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(good); i++) {
		struct json json;
		char *printed;

		assert_int_equal(read_leniently(good[i].bytes, strlen(good[i].bytes), &json, NULL),
				 0);
		printed = cJSON_PrintUnformatted(json.root);
		assert_string_equal(printed, good[i].printed);
		cJSON_free(printed);
		json_done(&json);
	}
}

static void test_lenient(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(lenient); i++) {
		struct json json = { NULL, NULL };
		struct diag diag = { .text = "" };
		int r = read_leniently(lenient[i].bytes, lenient[i].size, &json, &diag);
		char *printed = r == 0 ? cJSON_PrintUnformatted(json.root) : NULL;

		if (r != (lenient[i].printed ? 0 : -EINVAL) || (r < 0 && !*diag.text) ||
		    (printed && strcmp(printed, lenient[i].printed) != 0))
			fail_msg("row %zu, %s: %d, %s%s", i, lenient[i].bytes, r,
				 printed ? printed : "", diag.text);
		cJSON_free(printed);
		json_done(&json);
	}
}

static void test_lenient_first_counts(void **state)
{
	struct json json;

	(void)state;
	assert_int_equal(read_leniently(BYTES("{\"a\":1,\n\"a\":2}"), &json, NULL), 0);
	assert_int_equal(cJSON_GetObjectItemCaseSensitive(json.root, "a")->valueint, 1);
	assert_int_equal(json.lines[1], 2);
	json_done(&json);
}

static void test_lenient_rounds(void **state)
{
	struct json json;

	(void)state;
	assert_int_equal(read_leniently(BYTES("9007199254740993"), &json, NULL), 0);
	assert_true((int64_t)json.root->valuedouble == INT64_C(9007199254740992));
	json_done(&json);
}

/* Whatever is cut off, or put in the place of a byte, is read or refused, and what is
 * read can be printed and read strictly, but for members that come twice. */
static void test_lenient_damage(void **state)
{
	static const char whole[] = "{\"a\":[1,-2.5e3,\"\\uD83D\\uDC08\xC3\xA9\"],\"b\":null}";
	static const char put[] = "\0\x01\"\\{}[],:0-eu\xFF\xC3\xE2 ";

	(void)state;
	for (size_t i = 0; i < sizeof(whole) - 1; i++) {
		char text[sizeof(whole)];
		struct json json;

		assert_int_equal(read_leniently(whole, i, &json, NULL), -EINVAL);
		for (size_t j = 0; j < sizeof(put) - 1; j++) {
			char *printed;
			int r;

			memcpy(text, whole, sizeof(whole));
			text[i] = put[j];
			r = read_leniently(text, sizeof(whole) - 1, &json, NULL);
			if (r != -EINVAL)
				assert_int_equal(r, 0);
			if (r < 0)
				continue;
			printed = cJSON_PrintUnformatted(json.root);
			json_done(&json);
			assert_int_equal(read_exactly(printed, strlen(printed), &json, NULL), 0);
			json_done(&json);
			cJSON_free(printed);
		}
	}
}

static int read_lenient_buf(const struct strbuf *text, struct diag *reterr_diag)
{
	struct json json;
	int r = read_leniently(text->bytes, text->size, &json, reterr_diag);

	if (r == 0)
		json_done(&json);
	return r;
}

static void test_lenient_limits(void **state)
{
	struct strbuf text = STRBUF_EMPTY;
	struct diag diag = { 0 };
	struct json json;

	(void)state;
	repeat(&text, "[", "", JSON_DEPTH_MAX, "]");
	assert_int_equal(read_lenient_buf(&text, &diag), 0);
	strbuf_clear(&text);
	repeat(&text, "[", "", 10000, "]");
	assert_int_equal(read_lenient_buf(&text, &diag), -EINVAL);
	assert_non_null(strstr(diag.text, "more than 64"));
	strbuf_clear(&text);
	strbuf_add_char(&text, '[');
	repeat(&text, "0,", "0]", JSON_VALUES_MAX - 2, "");
	assert_int_equal(read_lenient_buf(&text, &diag), 0);
	strbuf_clear(&text);
	strbuf_add_char(&text, '[');
	repeat(&text, "NaN,", "0]", JSON_VALUES_MAX - 1, "");
	assert_int_equal(read_lenient_buf(&text, &diag), -EINVAL);
	assert_non_null(strstr(diag.text, "more than 65536 values"));
	assert_int_equal(json_read_catalogue(text.bytes, text.size, text.size, &json, &diag), 0);
	json_done(&json);
	strbuf_clear(&text);
	strbuf_add_char(&text, '[');
	repeat(&text, "0,", "0]", 16 * JSON_VALUES_MAX - 1, "");
	assert_int_equal(json_read_catalogue(text.bytes, text.size, text.size, &json, &diag),
			 -EINVAL);
	assert_int_equal(json_read_lenient("1", 1, 0, &json, &diag), -EINVAL);
	assert_non_null(strstr(diag.text, "more than 0 bytes"));

	/* As large as may be: of nothing but what is mended, and one long number. */
	strbuf_clear(&text);
	repeat(&text, "\xFF", "", BYTES_MAX - 2, "");
	text.bytes[0] = text.bytes[text.size - 1] = '"';
	assert_int_equal(read_lenient_buf(&text, &diag), 0);
	strbuf_clear(&text);
	repeat(&text, "7", "", BYTES_MAX, "");
	assert_int_equal(read_lenient_buf(&text, &diag), 0);
	strbuf_done(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),           cmocka_unit_test(test_bad),
		cmocka_unit_test(test_limits),         cmocka_unit_test(test_many_members),
		cmocka_unit_test(test_lines),          cmocka_unit_test(test_largest_integer),
		cmocka_unit_test(test_numbers),        cmocka_unit_test(test_lenient_good),
		cmocka_unit_test(test_lenient),        cmocka_unit_test(test_lenient_first_counts),
		cmocka_unit_test(test_lenient_rounds), cmocka_unit_test(test_lenient_damage),
		cmocka_unit_test(test_lenient_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
