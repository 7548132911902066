/* Which names are requests, and what their bytes say. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/strbuf.h"
#include "job/request.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *name;
	bool request, scratch_folder;
} names[] = {
	{ "cat.txt", true, true },
	{ "cat.md", true, true },
	{ "cat.prompt", true, true },
	{ "cat.json", true, true },
	{ "cat.jsonl", true, true },
	{ "a b.c.txt", true, true },
	{ "\xFF.txt", true, true },
	{ "README", false, false },
	{ "README.txt", false, false },
	{ "README.md", false, false },
	{ "README.de.md", false, false },
	{ "LICENSE.txt", false, false },
	{ "readme.md", true, true },
	{ "READMEs.md", true, true },
	{ "MY-README.md", true, true },
	{ "txt", false, false },
	{ ".txt", false, true },
	{ ".cat.txt", false, true },
	{ ".cat.txt.dTe8Dr", false, true },
	{ ".git", false, true },
	{ "cat.txt~", false, false },
	{ "~$cat.txt", false, false },
	{ "~cat.txt", true, true },
	{ "cat.txt.swp", false, false },
	{ "sedIMyGKn", false, false },
	{ "4913", false, false },
	{ "#cat.txt#", false, false },
	{ "cat.sync-conflict-20260101-000000-ABCDEFG.txt", false, false },
	{ "cat.TXT", false, false },
	{ "cat.ini", false, false },
	{ "defaults.ini", false, false },
	{ "album", false, false },
	{ "", false, false },
};

static void test_names(void **state)
{
	char name[NAME_BYTES_MAX + 2];

	(void)state;
	for (size_t i = 0; i < LENGTH(names); i++) {
		size_t size = strlen(names[i].name);

		if (request_name(names[i].name, size) != names[i].request)
			fail_msg("request_name(%s)", names[i].name);
		if (request_folder_is_scratch(names[i].name, size) != names[i].scratch_folder)
			fail_msg("request_folder_is_scratch(%s)", names[i].name);
	}
	assert_false(request_name("cat.txt", 3));
	memset(name, 'x', sizeof(name));
	memcpy(name + NAME_BYTES_MAX - 4, ".txt", 4);
	assert_true(request_name(name, NAME_BYTES_MAX));
	memcpy(name + NAME_BYTES_MAX + 1 - 4, ".txt", 4);
	assert_false(request_name(name, NAME_BYTES_MAX + 1));
}

static const struct {
	const char *name;
	enum request_form form;
} forms[] = {
	{ "a.txt", REQUEST_TEXT },  { "a.md", REQUEST_TEXT },     { "a.prompt", REQUEST_TEXT },
	{ "a.json", REQUEST_JSON }, { "a.jsonl", REQUEST_BATCH }, { "a.json.txt", REQUEST_TEXT },
};

static void test_forms(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(forms); i++)
		assert_int_equal(request_form(forms[i].name, strlen(forms[i].name)), forms[i].form);
}

#define BYTES(text) text, sizeof(text) - 1

/* A copy of the exact size, so that a sanitizer sees a read beyond it. */
static int parse(enum request_form form, const char *bytes, size_t size,
		 struct request *ret_request, struct diag *reterr_diag)
{
	char *copy = malloc(size ? size : 1);
	int r;

	assert_non_null(copy);
	memcpy(copy, bytes, size);
	r = request_parse(form, copy, size, ret_request, reterr_diag);
	free(copy);
	return r;
}

/* "name=value;" for each parameter but the prompt, then "extra" and its text. */
static void tell(const struct request *request, struct strbuf *told)
{
	for (int i = PARAM_PROMPT + 1; i < PARAMS; i++) {
		if (request->params.value[i])
			strbuf_addf(told, "%s=%s;", param_name((enum param)i),
				    request->params.value[i]);
	}
	strbuf_add_text(told, request->extra);
}

static const struct {
	const char *bytes;
	size_t size;
	int want;
	const char *prompt;
	unsigned line;
} texts[] = {
	{ BYTES("a cat"), 0, "a cat", 0 },
	{ BYTES("a cat\n"), 0, "a cat", 0 },
	{ BYTES("\n\t a cat \v\f\r\n\n"), 0, "a cat", 0 },
	{ BYTES("\xEF\xBB\xBF a cat"), 0, "a cat", 0 },
	{ BYTES("one\r\ntwo\nthree"), 0, "one\ntwo\nthree", 0 },
	{ BYTES("one\r\r\ntwo\rx"), 0, "one\r\ntwo\rx", 0 },
	{ BYTES("one  \n\n  two"), 0, "one  \n\n  two", 0 },
	{ BYTES("\xE7\x8C\xAB"), 0, "\xE7\x8C\xAB", 0 },
	{ BYTES("seed: 7\na cat"), 0, "seed: 7\na cat", 0 },
	{ BYTES("{\"prompt\":\"a\"}"), 0, "{\"prompt\":\"a\"}", 0 },
	{ BYTES("a cat\n---\nseed: 7\n---\n"), 0, "a cat\n---\nseed: 7\n---", 0 },
	{ BYTES("\n---\na cat"), 0, "---\na cat", 0 },
	{ BYTES("----\na cat"), 0, "----\na cat", 0 },
	{ BYTES("--- a cat"), 0, "--- a cat", 0 },
	{ BYTES("---\n---\na cat"), 0, "a cat", 0 },
	{ BYTES("---\n---\n---\na cat"), 0, "---\na cat", 0 },
	{ BYTES("---\nprompt: a cat\n---\n"), 0, "a cat", 0 },
	{ BYTES("---\nprompt: a cat\n---"), 0, "a cat", 0 },
	{ BYTES(""), -ENODATA, NULL, 0 },
	{ BYTES(" \r\n\t\n"), -ENODATA, NULL, 0 },
	{ BYTES("\xEF\xBB\xBF"), -ENODATA, NULL, 0 },
	{ BYTES("\xEF\xBB\xBF\n"), -ENODATA, NULL, 0 },
	{ BYTES("one\ntwo\xFF"), -EINVAL, NULL, 2 },
	{ BYTES("\xED\xA0\x80"), -EINVAL, NULL, 1 },
	{ BYTES("one\n\ntwo\0"), -EINVAL, NULL, 3 },
	{ BYTES("one\0\n\xFF"), -EINVAL, NULL, 1 },
	{ BYTES("one\xFF\n\0"), -EINVAL, NULL, 1 },
	{ BYTES("\xFF\xFE"
		"a\0"),
	  -EINVAL, NULL, 1 },
	{ BYTES("\0"), -EINVAL, NULL, 1 },
};

static void test_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(texts); i++) {
		struct request request;
		struct diag diag = { 0 };
		int r;

		memset(&request, 0x5A, sizeof(request));
		r = parse(REQUEST_TEXT, texts[i].bytes, texts[i].size, &request, &diag);
		if (r != texts[i].want)
			fail_msg("row %zu: %d %s", i, r, diag.text);
		assert_int_equal(diag.line, texts[i].line);
		assert_int_equal(diag.text[0] != '\0', r == -EINVAL);
		if (r < 0)
			continue;
		assert_string_equal(request.params.value[PARAM_PROMPT], texts[i].prompt);
		for (int other = PARAM_PROMPT + 1; other < PARAMS; other++)
			assert_null(request.params.value[other]);
		assert_null(request.extra);
		request_done(&request);
	}
}

#define FRONT(lines) "---\n" lines "---\na cat\n"

/* What parameters and extra the request `a cat` has. */
static const struct {
	const char *bytes, *told;
} fronts[] = {
	{ FRONT("aspect_ratio: 16:9\nseed: 7\n"), "aspect_ratio=16:9;seed=7;" },
	{ FRONT("aspect_ratio:16:9\nseed :\t7 \t\n"), "aspect_ratio=16:9;seed=7;" },
	{ "---\r\nseed: 7\r\n---\r\na cat\r\n", "seed=7;" },
	{ "\xEF\xBB\xBF---\nseed: 7\n---\na cat", "seed=7;" },
	{ "--- \t\nseed: 7\n---\t\na cat", "seed=7;" },
	{ FRONT("\n \t\n# a comment\n  # another: 1\nseed: 7\n\n"), "seed=7;" },
	{ FRONT("negative_prompt: \"a: \\\"b\\\" \\\\ \\u00e9 \"\n"),
	  "negative_prompt=a: \"b\" \\ \xC3\xA9 ;" },
	{ FRONT("negative_prompt: a \"b\" # c ; d\n"), "negative_prompt=a \"b\" # c ; d;" },
	{ FRONT("negative_prompt:\n"), "negative_prompt=;" },
	{ FRONT("negative_prompt: \"\"\n"), "negative_prompt=;" },
	{ FRONT("seed: \"7\"\nenhance: true\n"), "seed=7;enhance=yes;" },
	{ FRONT("aspect_ratio: 1920:1080\nresolution: 4K\nmodel: a/b\nprovider: x\n"),
	  "provider=x;model=a/b;aspect_ratio=16:9;resolution=4K;" },
	{ FRONT("width: 1024\nheight: 768\ncount: 2\nformat: jpeg\n"),
	  "width=1024;height=768;count=2;format=jpeg;" },
	{ FRONT("extra.steps: 30\n"), "{\"steps\":30}" },
	{ FRONT("extra.a: 1.5\nextra.b: -2\nextra.c: 1e3\nextra.d: true\nextra.e: false\n"
		"extra.f: null\n"),
	  "{\"a\":1.5,\"b\":-2,\"c\":1000,\"d\":true,\"e\":false,\"f\":null}" },
	{ FRONT("extra.a: 007\nextra.b: +1\nextra.c: .5\nextra.d: yes\nextra.e: True\n"
		"extra.f: 1 2\nextra.g: 16:9\n"),
	  "{\"a\":\"007\",\"b\":\"+1\",\"c\":\".5\",\"d\":\"yes\",\"e\":\"True\",\"f\":\"1 2\","
	  "\"g\":\"16:9\"}" },
	{ FRONT("extra.a: \"30\"\nextra.b: \"true\"\nextra.c:\nextra.d: [1]\n"),
	  "{\"a\":\"30\",\"b\":\"true\",\"c\":\"\",\"d\":\"[1]\"}" },
	{ FRONT("extra.a: \"9007199254740993\"\n"), "{\"a\":\"9007199254740993\"}" },
	{ FRONT("extra.a: 999999999999999\nextra.b: 1e300\n"),
	  "{\"a\":999999999999999,\"b\":1e+300}" },
	{ FRONT("extra.a.b: x\nextra.a.c.d: 1\nextra.e: 2\nextra.a.f: 3\n"),
	  "{\"a\":{\"b\":\"x\",\"c\":{\"d\":1},\"f\":3},\"e\":2}" },
	{ FRONT("extra.prompt: x\nextra.\xC3\xA9: 1\n"), "{\"prompt\":\"x\",\"\xC3\xA9\":1}" },
};

static void test_fronts(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(fronts); i++) {
		struct strbuf told = STRBUF_EMPTY;
		struct request request;
		struct diag diag = { 0 };

		if (parse(REQUEST_TEXT, fronts[i].bytes, strlen(fronts[i].bytes), &request, &diag))
			fail_msg("row %zu: line %u: %s", i, diag.line, diag.text);
		assert_string_equal(request.params.value[PARAM_PROMPT], "a cat");
		tell(&request, &told);
		assert_string_equal(strbuf_text(&told), fronts[i].told);
		strbuf_done(&told);
		request_done(&request);
	}
}

static const struct {
	const char *bytes, *told;
} objects[] = {
	{ "{\"prompt\":\"a cat\"}", "" },
	{ "\xEF\xBB\xBF \r\n{\"prompt\":\r\n\"a cat\"}\r\n", "" },
	{ "{\"seed\":7,\"prompt\":\"a cat\",\"width\":1024,\"height\":768}",
	  "width=1024;height=768;seed=7;" },
	{ "{\"seed\":\"7\",\"prompt\":\"a cat\",\"count\":2.0,\"width\":1e3}",
	  "width=1000;seed=7;count=2;" },
	{ "{\"prompt\":\"a cat\",\"enhance\":true}", "enhance=yes;" },
	{ "{\"prompt\":\"a cat\",\"enhance\":false}", "enhance=no;" },
	{ "{\"prompt\":\"a cat\",\"enhance\":\"yes\"}", "enhance=yes;" },
	{ "{\"prompt\":\"a cat\",\"seed\":null,\"model\":null,\"extra\":null}", "" },
	{ "{\"prompt\":\"a cat\",\"extra\":{}}", "" },
	{ "{\"prompt\":\"a cat\",\"negative_prompt\":\"\",\"aspect_ratio\":\"4:2\"}",
	  "negative_prompt=;aspect_ratio=2:1;" },
	{ "{\"prompt\":\"a cat\",\"extra\":{\"a\":[1,{\"b\":null}],\n\"steps\":30,\"x.y\":\"z\"}}",
	  "{\"a\":[1,{\"b\":null}],\"steps\":30,\"x.y\":\"z\"}" },
	{ "{\"\\u0070rompt\":\"a\\u0020cat\"}", "" },
};

static void test_objects(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(objects); i++) {
		struct strbuf told = STRBUF_EMPTY;
		struct request request;
		struct diag diag = { 0 };

		if (parse(REQUEST_JSON, objects[i].bytes, strlen(objects[i].bytes), &request,
			  &diag))
			fail_msg("row %zu: line %u: %s", i, diag.line, diag.text);
		assert_string_equal(request.params.value[PARAM_PROMPT], "a cat");
		tell(&request, &told);
		assert_string_equal(strbuf_text(&told), objects[i].told);
		strbuf_done(&told);
		request_done(&request);
	}
}

/* -EINVAL all */
static const struct {
	enum request_form form;
	const char *bytes;
	size_t size;
	unsigned line;
	const char *says;
} mistakes[] = {
	{ REQUEST_BATCH, BYTES("{\"prompt\":\"a\"}"), 0, "a batch" },
	{ REQUEST_TEXT, BYTES("---"), 1, "never closed" },
	{ REQUEST_TEXT, BYTES("---\nseed: 7\na cat"), 1, "never closed" },
	{ REQUEST_TEXT, BYTES("---\nsed: 7\n--- \r\n--\n ---\n"), 2, "did you mean seed?" },
	{ REQUEST_TEXT, BYTES("---\nseed: 7\n ---\n----\na cat"), 1, "never closed" },
	{ REQUEST_TEXT, BYTES("---\nseed: 7\n---\n"), 0, "prompt is missing" },
	{ REQUEST_TEXT, BYTES("---\nseed: 7\n---"), 0, "prompt is missing" },
	{ REQUEST_TEXT, BYTES("---\n---\n \n"), 0, "prompt is missing" },
	{ REQUEST_TEXT, BYTES(FRONT("prompt: a dog\n")), 2, "prompt: there is another" },
	{ REQUEST_TEXT, BYTES("---\nprompt:\n---\n"), 2, "prompt: \"\" is not" },
	{ REQUEST_TEXT, BYTES(FRONT("sed: 7\n")), 2, "\"sed\" is not known; did you mean seed?" },
	{ REQUEST_TEXT, BYTES(FRONT("steps: 7\n")), 2,
	  "\"steps\" is not known; allowed: prompt, negative_prompt, provider, model, "
	  "aspect_ratio, resolution, width, height, seed, count, enhance, format, and extra.NAME "
	  "for what only the provider knows" },
	{ REQUEST_TEXT, BYTES(FRONT("Seed: 7\n")), 2, "did you mean seed?" },
	{ REQUEST_TEXT, BYTES(FRONT("extra: 7\n")), 2, "extra.NAME" },
	{ REQUEST_TEXT, BYTES(FRONT("\"seed\": 7\n")), 2, "not known" },
	{ REQUEST_TEXT, BYTES(FRONT("\n#\nseed: -1\n")), 4,
	  "seed: \"-1\" is not a whole number from 0 to 2147483647" },
	{ REQUEST_TEXT, BYTES(FRONT("seed:\n")), 2, "seed: \"\" is not" },
	{ REQUEST_TEXT, BYTES(FRONT("seed: 7 # lucky\n")), 2, "\"7 # lucky\" is not" },
	{ REQUEST_TEXT, BYTES(FRONT("seed: 7\n\nseed: 7\n")), 4,
	  "seed is there already, in line 2" },
	{ REQUEST_TEXT, BYTES(FRONT("seed\n")), 2, "NAME: VALUE is expected where \"seed\" is" },
	{ REQUEST_TEXT, BYTES(FRONT("seed = 7\n")), 2, "NAME: VALUE" },
	{ REQUEST_TEXT, BYTES(FRONT(": 7\n")), 2, "NAME: VALUE" },
	{ REQUEST_TEXT, BYTES(FRONT("; a\n")), 2, "NAME: VALUE" },
	{ REQUEST_TEXT, BYTES(FRONT(" seed: 7\n")), 2, "indented" },
	{ REQUEST_TEXT, BYTES(FRONT("extra:\n  steps: 7\n")), 2, "extra.NAME" },
	{ REQUEST_TEXT, BYTES(FRONT("seed: \"7\n")), 2, "quotes that are not closed" },
	{ REQUEST_TEXT, BYTES(FRONT("seed: \"\n")), 2, "quotes that are not closed" },
	{ REQUEST_TEXT, BYTES(FRONT("seed: \"7\\\"\n")), 2, "quotes that are not closed" },
	{ REQUEST_TEXT, BYTES(FRONT("seed: \"7\\\n")), 2, "quotes that are not closed" },
	{ REQUEST_TEXT, BYTES(FRONT("seed: \"7\" 8\n")), 2, "text after a value" },
	{ REQUEST_TEXT, BYTES(FRONT("seed: \"7\" ; eight\n")), 2, "text after a value" },
	{ REQUEST_TEXT, BYTES(FRONT("negative_prompt: \"C:\\x\"\n")), 2, "as in JSON" },
	{ REQUEST_TEXT, BYTES(FRONT("negative_prompt: \"\\u0000\"\n")), 2, "as in JSON" },
	{ REQUEST_TEXT, BYTES(FRONT("negative_prompt: a\x1B[2J\n")), 2,
	  "control character (0x1B)" },
	{ REQUEST_TEXT, BYTES("---\nseed: 7\r\r\n---\na"), 2, "control character (0x0D)" },
	{ REQUEST_TEXT, BYTES(FRONT("extra.a: 1\nextra.b: 2\nextra.a: 1\n")), 4,
	  "extra.a: it is there already" },
	{ REQUEST_TEXT, BYTES(FRONT("extra.a: 1\nextra.a.b: 2\n")), 3, "has a value already" },
	{ REQUEST_TEXT, BYTES(FRONT("extra.a.b: 1\nextra.a: 2\n")), 3, "it is there already" },
	{ REQUEST_TEXT, BYTES(FRONT("extra.: 1\n")), 2, "extra.NAME" },
	{ REQUEST_TEXT, BYTES(FRONT("extra.a.: 1\n")), 2, "extra.NAME" },
	{ REQUEST_TEXT, BYTES(FRONT("extra..a: 1\n")), 2, "extra.NAME" },
	{ REQUEST_TEXT, BYTES(FRONT("extra.a b: 1\n")), 2, "without spaces" },
	{ REQUEST_TEXT, BYTES(FRONT("extra.a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q: 1\n")), 2,
	  "extra.NAME" },
	{ REQUEST_TEXT, BYTES(FRONT("extra.a: 9007199254740993\n")), 2, "write it in quotes" },
	{ REQUEST_TEXT, BYTES(FRONT("extra.a: 1000000000000001\n")), 2, "write it in quotes" },
	{ REQUEST_TEXT, BYTES(FRONT("extra.a: 1e999\n")), 2, "too large" },

	{ REQUEST_JSON, BYTES("{}"), 0, "prompt is missing" },
	{ REQUEST_JSON, BYTES("{\"prompt\":null}"), 0, "prompt is missing" },
	{ REQUEST_JSON, BYTES("{\"seed\":7}"), 0, "prompt is missing" },
	{ REQUEST_JSON, BYTES("{\"prompt\":\n\"\"}"), 1, "prompt: \"\" is not" },
	{ REQUEST_JSON, BYTES("{\"prompt\":\" \\n\"}"), 1, "prompt: \" \\n\" is not" },
	{ REQUEST_JSON, BYTES("\n\"a cat\""), 1, "one object" },
	{ REQUEST_JSON, BYTES("[{\"prompt\":\"a\"}]"), 1, "one object" },
	{ REQUEST_JSON, BYTES("a cat"), 1, "a value is expected" },
	{ REQUEST_JSON, BYTES("{\"prompt\":\"a\"}{}"), 1, "the end of the text" },
	{ REQUEST_JSON, BYTES("{\"prompt\":\"a\"}\v"), 1, "the end of the text" },
	{ REQUEST_JSON, BYTES("{\"prompt\":\"a\",\n\"sed\":7}"), 2, "did you mean seed?" },
	{ REQUEST_JSON, BYTES("{\"prompt\":\"a\",\n\"steps\":null}"), 2, "extra (an object)" },
	{ REQUEST_JSON, BYTES("{\"prompt\":\"a\",\n\"extra.steps\":7}"), 2, "extra (an object)" },
	{ REQUEST_JSON, BYTES("{\"prompt\":\"a\",\"prompt\":\"b\"}"), 1, "already, in line 1" },
	{ REQUEST_JSON, BYTES("{\"prompt\":7}"), 1, "prompt: 7 is not UTF-8 text" },
	{ REQUEST_JSON, BYTES("{\"prompt\":[\"a\"]}"), 1, "prompt: […] is not" },
	{ REQUEST_JSON, BYTES("{\"prompt\":{\"a\":1}}"), 1, "prompt: {…} is not" },
	{ REQUEST_JSON, BYTES("{\"prompt\":\"a\",\n\"seed\":7.5}"), 2, "seed: \"7.5\" is not" },
	{ REQUEST_JSON, BYTES("{\"prompt\":\"a\",\"seed\":1e300}"), 1, "seed: \"1e+300\" is not" },
	{ REQUEST_JSON, BYTES("{\"prompt\":\"a\",\"seed\":-1}"), 1, "seed: \"-1\" is not" },
	{ REQUEST_JSON, BYTES("{\"prompt\":\"a\",\"seed\":true}"), 1,
	  "seed: true is not a whole number from 0 to 2147483647" },
	{ REQUEST_JSON, BYTES("{\"prompt\":\"a\",\"seed\":\" 7\"}"), 1, "seed: \" 7\" is not" },
	{ REQUEST_JSON, BYTES("{\"prompt\":\"a\",\"enhance\":1}"), 1,
	  "enhance: 1 is not yes or no" },
	{ REQUEST_JSON, BYTES("{\"prompt\":\"a\",\"model\":3.5}"), 1,
	  "model: 3.5 is not a name without spaces, in quotes" },
	{ REQUEST_JSON, BYTES("{\"prompt\":\"a\",\"aspect_ratio\":1.5}"), 1, "aspect_ratio: 1.5" },
	{ REQUEST_JSON, BYTES("{\"prompt\":\"a\",\"extra\":[1]}"), 1, "extra: an object" },
	{ REQUEST_JSON, BYTES("{\"prompt\":\"a\",\"extra\":\"x\"}"), 1, "extra: an object" },
	{ REQUEST_JSON, BYTES("{\"prompt\":\"a\",\n\"extra\":{\"a\":[1000000000000001]}}"), 2,
	  "write it in quotes" },
	{ REQUEST_JSON, BYTES("{\"prompt\":\"a\",\"extra\":{\"a\":1,\n\"a\":2}}"), 2, "already" },
	{ REQUEST_JSON, BYTES("{\n\"prompt\":\"a\\u0000b\"}"), 2, "\\u0000" },
	{ REQUEST_JSON, BYTES("{\n\"prompt\":\"a\\uD800b\"}"), 2, "surrogate" },
	{ REQUEST_JSON, BYTES("{\n\"prompt\":\"a\xFF\"}"), 2, "0xFF is no UTF-8" },
	{ REQUEST_JSON, BYTES("{\n\"prompt\":\"a\0\"}"), 2, "NUL" },
	{ REQUEST_JSON, BYTES("\xEF\xBB\xBF\xEF\xBB\xBF{}"), 1, "a value is expected" },
};

static void test_mistakes(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(mistakes); i++) {
		struct request request;
		struct diag diag = { 0 };
		int r = parse(mistakes[i].form, mistakes[i].bytes, mistakes[i].size, &request,
			      &diag);

		if (r != -EINVAL || diag.line != mistakes[i].line ||
		    !strstr(diag.text, mistakes[i].says))
			fail_msg("row %zu, %s: %d line %u: %s", i, mistakes[i].bytes, r, diag.line,
				 diag.text);
		assert_int_equal(parse(mistakes[i].form, mistakes[i].bytes, mistakes[i].size,
				       &request, NULL),
				 -EINVAL);
	}
}

static void test_empty_objects(void **state)
{
	static const char *const blanks[] = { "", " \n", "\xEF\xBB\xBF", "\r\n\v" };
	struct request request;

	(void)state;
	for (size_t i = 0; i < LENGTH(blanks); i++)
		assert_int_equal(parse(REQUEST_JSON, blanks[i], strlen(blanks[i]), &request, NULL),
				 -ENODATA);
}

static int parse_buf(enum request_form form, const struct strbuf *text, struct diag *reterr_diag)
{
	struct request request;
	int r = parse(form, text->bytes, text->size, &request, reterr_diag);

	if (r == 0)
		request_done(&request);
	return r;
}

static void fill(struct strbuf *text, size_t size)
{
	while (text->size < size)
		strbuf_add_char(text, 'x');
}

static void test_sizes(void **state)
{
	struct strbuf text = STRBUF_EMPTY;
	struct diag diag = { 0 };

	(void)state;
	fill(&text, REQUEST_BYTES_MAX);
	assert_int_equal(parse_buf(REQUEST_TEXT, &text, &diag), 0);
	strbuf_add_char(&text, 'x');
	assert_int_equal(parse_buf(REQUEST_TEXT, &text, &diag), -EINVAL);
	assert_non_null(strstr(diag.text, "1048576"));

	strbuf_clear(&text);
	strbuf_add_text(&text, "{\"prompt\":\"");
	fill(&text, REQUEST_BYTES_MAX - 2);
	strbuf_add_text(&text, "\"}");
	assert_int_equal(parse_buf(REQUEST_JSON, &text, &diag), 0);

	strbuf_clear(&text);
	strbuf_add_text(&text, "{\"prompt\":\"a\",\"extra\":{\"a\":[0");
	while (text.size < REQUEST_BYTES_MAX - 8)
		strbuf_add_text(&text, ",0");
	strbuf_add_text(&text, "]}}");
	assert_int_equal(parse_buf(REQUEST_JSON, &text, &diag), -EINVAL);
	assert_non_null(strstr(diag.text, "65536 values"));

	strbuf_clear(&text);
	strbuf_add_text(&text, "{\"prompt\":\"a\",\"extra\":");
	for (int i = 0; i < 10000; i++)
		strbuf_add_text(&text, "{\"a\":");
	assert_int_equal(parse_buf(REQUEST_JSON, &text, &diag), -EINVAL);
	assert_non_null(strstr(diag.text, "more than 64"));
	strbuf_done(&text);
}

static void test_many_names(void **state)
{
	struct strbuf text = STRBUF_EMPTY;
	struct diag diag = { 0 };

	(void)state;
	for (int count = 1000; count <= 1001; count++) {
		strbuf_clear(&text);
		strbuf_add_text(&text, "---\n");
		for (int i = 0; i < count; i++)
			strbuf_addf(&text, "extra.a%d: 1\n", i);
		strbuf_add_text(&text, "---\na cat");
		assert_int_equal(parse_buf(REQUEST_TEXT, &text, &diag), count > 1000 ? -EINVAL : 0);
	}
	assert_int_equal(diag.line, 1002);

	/* However long a name or a value: a message is a line. */
	strbuf_clear(&text);
	strbuf_add_text(&text, "---\n");
	fill(&text, 100000);
	strbuf_add_text(&text, "\xC3\xA9: 1\n---\n");
	assert_int_equal(parse_buf(REQUEST_TEXT, &text, &diag), -EINVAL);
	assert_non_null(strstr(diag.text, "…\" is not known; allowed: prompt, "));
	strbuf_done(&text);
}

/* told NULL: -EINVAL */
static const struct {
	const char *bytes, *told;
	unsigned line;
	const char *says;
} defaults[] = {
	{ "", "", 0, NULL },
	{ " \n", "", 0, NULL },
	{ "seed = 7\n", "seed=7;", 0, NULL },
	{ "[defaults]\nseed = 7", "seed=7;", 0, NULL },
	{ "\xEF\xBB\xBF[defaults] ; mine\r\nseed=7\r\n", "seed=7;", 0, NULL },
	{ "; a\n# b\n  ; c\n\nwidth = 64 ; d\nheight = 64\t; e\n", "width=64;height=64;", 0, NULL },
	{ "aspect_ratio: 32:18\nextra.steps: 30 ; x\n", "aspect_ratio=16:9;{\"steps\":30}", 0,
	  NULL },
	{ "negative_prompt = a;b #c ; d\n", "negative_prompt=a;b #c;", 0, NULL },
	{ "negative_prompt = \"a ; b = c\" ; d\n", "negative_prompt=a ; b = c;", 0, NULL },
	{ "negative_prompt = ; d\n", "negative_prompt=;", 0, NULL },
	{ "extra.a = 1\nextra.b.c = \"2\"\n", "{\"a\":1,\"b\":{\"c\":\"2\"}}", 0, NULL },
	{ "seed = 7\n[limits]\n", NULL, 2, "[defaults]" },
	{ "[defaults\n", NULL, 1, "[defaults]" },
	{ "[defaults] x\n", NULL, 1, "[defaults]" },
	{ "\nprompt = a cat\n", NULL, 2, "prompt" },
	{ "steps = 1\n", NULL, 1, "\"steps\" is not known; allowed: negative_prompt, " },
	{ "sede = 1\n", NULL, 1, "did you mean seed?" },
	{ "seed\n", NULL, 1, "NAME = VALUE" },
	{ "= 7\n", NULL, 1, "NAME = VALUE" },
	{ " seed = 7\n", NULL, 1, "indented" },
	{ "seed = 7\nseed = 8\n", NULL, 2, "already, in line 1" },
	{ "seed =\n", NULL, 1, "seed: \"\"" },
	{ "seed = \"7\";x\n", NULL, 1, "text after" },
	{ "seed = 7\x01\n", NULL, 1, "0x01" },
	{ "seed = 7\n\xFF\n", NULL, 2, "0xFF" },
	{ "---\nseed: 7\n---\n", NULL, 1, "NAME = VALUE" },
};

static void test_defaults(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(defaults); i++) {
		struct strbuf told = STRBUF_EMPTY;
		struct request request;
		struct diag diag = { 0 };
		int r = request_parse_defaults(defaults[i].bytes, strlen(defaults[i].bytes),
					       &request, &diag);

		if (r != (defaults[i].told ? 0 : -EINVAL) || diag.line != defaults[i].line)
			fail_msg("row %zu, %s: %d line %u: %s", i, defaults[i].bytes, r, diag.line,
				 diag.text);
		if (r < 0) {
			if (!strstr(diag.text, defaults[i].says))
				fail_msg("row %zu: %s", i, diag.text);
			continue;
		}
		tell(&request, &told);
		assert_string_equal(strbuf_text(&told), defaults[i].told);
		assert_null(request.params.value[PARAM_PROMPT]);
		strbuf_done(&told);
		request_done(&request);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),         cmocka_unit_test(test_forms),
		cmocka_unit_test(test_texts),         cmocka_unit_test(test_fronts),
		cmocka_unit_test(test_objects),       cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_empty_objects), cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_many_names),    cmocka_unit_test(test_defaults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
