/* The vocabulary: what each parameter takes, and as what it is kept. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/file.h"
#include "base/strbuf.h"
#include "job/params.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* want NULL: -EINVAL */
static const struct {
	enum param param;
	const char *value, *want;
} values[] = {
	{ PARAM_PROMPT, "a cat", "a cat" },
	{ PARAM_PROMPT, "a\ncat, \xC3\xA9", "a\ncat, \xC3\xA9" },
	{ PARAM_PROMPT, "-p", "-p" },
	{ PARAM_PROMPT, "", NULL },
	{ PARAM_PROMPT, " \t\r\n", NULL },
	{ PARAM_PROMPT, "a \xFF cat", NULL },
	{ PARAM_NEGATIVE_PROMPT, "", "" },
	{ PARAM_NEGATIVE_PROMPT, "dogs", "dogs" },
	{ PARAM_NEGATIVE_PROMPT, "\xC0\x80", NULL },
	{ PARAM_PROVIDER, "preview", "preview" },
	{ PARAM_PROVIDER, "my_sd-1.5", "my_sd-1.5" },
	{ PARAM_PROVIDER, "", NULL },
	{ PARAM_PROVIDER, "../etc", NULL },
	{ PARAM_PROVIDER, "..", NULL },
	{ PARAM_PROVIDER, "a/b", NULL },
	{ PARAM_PROVIDER, "-a", NULL },
	{ PARAM_PROVIDER, "a b", NULL },
	{ PARAM_MODEL, "fal-ai/flux:1", "fal-ai/flux:1" },
	{ PARAM_MODEL, "", NULL },
	{ PARAM_MODEL, "a b", NULL },
	{ PARAM_MODEL, "-x", NULL },
	{ PARAM_MODEL, "a\n", NULL },
	{ PARAM_ASPECT_RATIO, "16:9", "16:9" },
	{ PARAM_ASPECT_RATIO, "1920:1080", "16:9" },
	{ PARAM_ASPECT_RATIO, "2:2", "1:1" },
	{ PARAM_ASPECT_RATIO, "1:32768", "1:32768" },
	{ PARAM_ASPECT_RATIO, "1:32769", NULL },
	{ PARAM_ASPECT_RATIO, "0:1", NULL },
	{ PARAM_ASPECT_RATIO, "1:0", NULL },
	{ PARAM_ASPECT_RATIO, "16", NULL },
	{ PARAM_ASPECT_RATIO, "16:", NULL },
	{ PARAM_ASPECT_RATIO, ":9", NULL },
	{ PARAM_ASPECT_RATIO, "16:9:1", NULL },
	{ PARAM_ASPECT_RATIO, "16/9", NULL },
	{ PARAM_ASPECT_RATIO, "016:9", NULL },
	{ PARAM_ASPECT_RATIO, "16: 9", NULL },
	{ PARAM_ASPECT_RATIO, "1.5:1", NULL },
	{ PARAM_RESOLUTION, "2K", "2K" },
	{ PARAM_RESOLUTION, "2k", NULL },
	{ PARAM_RESOLUTION, "8K", NULL },
	{ PARAM_RESOLUTION, "", NULL },
	{ PARAM_WIDTH, "1", "1" },
	{ PARAM_WIDTH, "32768", "32768" },
	{ PARAM_WIDTH, "0", NULL },
	{ PARAM_WIDTH, "32769", NULL },
	{ PARAM_WIDTH, "01", NULL },
	{ PARAM_WIDTH, "+1", NULL },
	{ PARAM_WIDTH, "-1", NULL },
	{ PARAM_WIDTH, " 1", NULL },
	{ PARAM_WIDTH, "1 ", NULL },
	{ PARAM_WIDTH, "1.0", NULL },
	{ PARAM_WIDTH, "1e3", NULL },
	{ PARAM_WIDTH, "0x10", NULL },
	{ PARAM_WIDTH, "99999999999999999999999999", NULL },
	{ PARAM_HEIGHT, "768", "768" },
	{ PARAM_SEED, "0", "0" },
	{ PARAM_SEED, "2147483647", "2147483647" },
	{ PARAM_SEED, "2147483648", NULL },
	{ PARAM_SEED, "00", NULL },
	{ PARAM_SEED, "", NULL },
	{ PARAM_COUNT, "1", "1" },
	{ PARAM_COUNT, "16", "16" },
	{ PARAM_COUNT, "0", NULL },
	{ PARAM_COUNT, "17", NULL },
	{ PARAM_ENHANCE, "yes", "yes" },
	{ PARAM_ENHANCE, "true", "yes" },
	{ PARAM_ENHANCE, "no", "no" },
	{ PARAM_ENHANCE, "false", "no" },
	{ PARAM_ENHANCE, "1", NULL },
	{ PARAM_ENHANCE, "Yes", NULL },
	{ PARAM_FORMAT, "webp", "webp" },
	{ PARAM_FORMAT, "jpg", NULL },
};

static void test_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(values); i++) {
		struct params params = { 0 };
		struct diag diag = { .line = 77 };
		int r = params_set(&params, values[i].param, values[i].value,
				   strlen(values[i].value), &diag);

		if (r != (values[i].want ? 0 : -EINVAL))
			fail_msg("%s \"%s\": %d", param_name(values[i].param), values[i].value, r);
		if (values[i].want) {
			assert_string_equal(params.value[values[i].param], values[i].want);
			assert_int_equal(diag.line, 77); /* untouched */
		} else {
			assert_null(params.value[values[i].param]);
			assert_int_equal(diag.line, 0);
			assert_non_null(strstr(diag.text, param_name(values[i].param)));
			assert_non_null(strstr(diag.text, param_allowed(values[i].param)));
		}
		params_done(&params);
	}
}

static void test_nul_is_no_text(void **state)
{
	static const enum param params_with_text[] = { PARAM_PROMPT, PARAM_NEGATIVE_PROMPT,
						       PARAM_MODEL, PARAM_FORMAT, PARAM_SEED };
	struct params params = { 0 };

	(void)state;
	for (size_t i = 0; i < LENGTH(params_with_text); i++)
		assert_int_equal(params_set(&params, params_with_text[i], "1\0x", 3, NULL),
				 -EINVAL);
}

static void test_size_counts_not_the_terminator(void **state)
{
	struct params params = { 0 };

	(void)state;
	assert_int_equal(params_set(&params, PARAM_SEED, "123", 2, NULL), 0);
	assert_int_equal(params_number(&params, PARAM_SEED), 12);
	params_done(&params);
}

static void test_replaces_on_success_only(void **state)
{
	struct params params = { 0 };

	(void)state;
	assert_int_equal(params_number(&params, PARAM_SEED), -1);
	assert_int_equal(params_set(&params, PARAM_SEED, "7", 1, NULL), 0);
	assert_int_equal(params_set(&params, PARAM_SEED, "x", 1, NULL), -EINVAL);
	assert_int_equal(params_number(&params, PARAM_SEED), 7);
	assert_int_equal(params_set(&params, PARAM_SEED, "8", 1, NULL), 0);
	assert_int_equal(params_number(&params, PARAM_SEED), 8);
	assert_int_equal(params_set(&params, PARAM_FORMAT, "png", 3, NULL), 0);
	assert_int_equal(params_number(&params, PARAM_FORMAT), -1);
	params_done(&params);
	assert_null(params.value[PARAM_SEED]);
}

static void test_message_is_short_and_printable(void **state)
{
	struct params params = { 0 };
	struct diag diag;
	char value[5000];

	(void)state;
	assert_int_equal(params_set(&params, PARAM_WIDTH, "a\n\x1b[2J", 6, &diag), -EINVAL);
	assert_string_equal(diag.text,
			    "width: \"a\\n\\x1b[2J\" is not a whole number from 1 to 32768");
	memset(value, 'x', sizeof(value));
	assert_int_equal(params_set(&params, PARAM_WIDTH, value, sizeof(value), &diag), -EINVAL);
	assert_in_range(strlen(diag.text), 60, 130);
	assert_non_null(strstr(diag.text, "32768"));
}

static void test_names(void **state)
{
	(void)state;
	for (int i = 0; i < PARAMS; i++) {
		const char *name = param_name((enum param)i);

		assert_int_equal(param_find(name, strlen(name)), i);
		assert_int_equal(param_find(name, strlen(name) - 1), PARAMS);
	}
	assert_int_equal(param_find("steps", 5), PARAMS);
	assert_int_equal(param_find("", 0), PARAMS);
	assert_int_equal(param_find("Seed", 4), PARAMS);
}

static const struct {
	const char *name;
	enum param nearest;
} near_names[] = {
	{ "sed", PARAM_SEED },
	{ "seeds", PARAM_SEED },
	{ "esed", PARAM_SEED },
	{ "SEED", PARAM_SEED },
	{ "Aspect-Ratio", PARAM_ASPECT_RATIO },
	{ "aspect ratio", PARAM_ASPECT_RATIO },
	{ "aspectratio", PARAM_ASPECT_RATIO },
	{ "aspectRatio", PARAM_ASPECT_RATIO },
	{ "ratio", PARAM_ASPECT_RATIO },
	{ "aspect", PARAM_ASPECT_RATIO },
	{ "negative", PARAM_NEGATIVE_PROMPT },
	{ "negativ_promt", PARAM_NEGATIVE_PROMPT },
	{ "promt", PARAM_PROMPT },
	{ "witdh", PARAM_WIDTH },
	{ "heigth", PARAM_HEIGHT },
	{ "resolutoin", PARAM_RESOLUTION },
	{ "modell", PARAM_MODEL },
	{ "enhanced", PARAM_ENHANCE },
	{ "fromat", PARAM_FORMAT },
	{ "counts", PARAM_COUNT },
	{ "steps", PARAMS },
	{ "size", PARAMS },
	{ "style", PARAMS },
	{ "name", PARAMS },
	{ "n", PARAMS },
	{ "cfg", PARAMS },
	{ "guidance", PARAMS },
	{ "quality", PARAMS },
	{ "image", PARAMS },
	{ "text", PARAMS },
	{ "extra", PARAMS },
	{ "", PARAMS },
	{ "_", PARAMS },
	{ "a_very_long_name_that_is_like_nothing_that_there_is", PARAMS },
	{ "\xFF\xFE", PARAMS },
};

static void test_nearest(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(near_names); i++) {
		enum param got = param_nearest(near_names[i].name, strlen(near_names[i].name));

		if (got != near_names[i].nearest)
			fail_msg("%s: %s", near_names[i].name,
				 got == PARAMS ? "none" : param_name(got));
	}
}

static void test_types(void **state)
{
	(void)state;
	assert_int_equal(param_type(PARAM_SEED), PARAM_NUMBER);
	assert_int_equal(param_type(PARAM_ENHANCE), PARAM_YES_NO);
	assert_int_equal(param_type(PARAM_PROMPT), PARAM_TEXT);
	assert_int_equal(param_type(PARAM_ASPECT_RATIO), PARAM_TEXT);
	for (int i = 0; i < PARAMS; i++) {
		assert_true(*param_meaning((enum param)i));
		assert_null(strpbrk(param_meaning((enum param)i), ".|\n"));
	}
}

/* The table of docs/parameters.md is ours. Run from the project's root, as the
 * test runner does; else there is none. */
static void test_documentation(void **state)
{
	static const char path[] = "docs/parameters.md";
	struct strbuf table = STRBUF_EMPTY;
	char *page;
	size_t size;

	(void)state;
	if (access(path, R_OK) < 0)
		skip();
	assert_int_equal(file_read(path, 1024 * 1024, &page, &size), 0);
	strbuf_add_text(&table, "\n| name | value | meaning |\n|---|---|---|\n");
	for (int i = 0; i < PARAMS; i++)
		strbuf_addf(&table, "| `%s` | %s | %s |\n", param_name((enum param)i),
			    param_allowed((enum param)i), param_meaning((enum param)i));
	strbuf_add_char(&table, '\n');
	if (!strstr(page, strbuf_text(&table))) {
		fprintf(stderr, "%s", strbuf_text(&table));
		fail_msg("%s does not have this table", path);
	}
	strbuf_done(&table);
	free(page);
}

static void test_copy(void **state)
{
	struct params from = { 0 }, copy;

	(void)state;
	assert_int_equal(params_set(&from, PARAM_PROMPT, "cat", 3, NULL), 0);
	assert_int_equal(params_set(&from, PARAM_SEED, "5", 1, NULL), 0);
	assert_int_equal(params_copy(&from, &copy), 0);
	params_done(&from);
	assert_string_equal(copy.value[PARAM_PROMPT], "cat");
	assert_string_equal(copy.value[PARAM_SEED], "5");
	assert_null(copy.value[PARAM_MODEL]);
	params_done(&copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_nul_is_no_text),
		cmocka_unit_test(test_size_counts_not_the_terminator),
		cmocka_unit_test(test_replaces_on_success_only),
		cmocka_unit_test(test_message_is_short_and_printable),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_documentation),
		cmocka_unit_test(test_copy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
