/* Templates: which are refused, and what the others become. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/strbuf.h"
#include "job/template.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const struct values values = {
	.param = {
		[PARAM_PROMPT] = "a {seed} in \"50%\" & \xC3\xA9/..",
		[PARAM_NEGATIVE_PROMPT] = "",
		[PARAM_MODEL] = "maker/painter:v1.2",
		[PARAM_ASPECT_RATIO] = "16:9",
		[PARAM_WIDTH] = "1024",
		[PARAM_RESOLUTION] = "2K",
		[PARAM_SEED] = "2147483647",
		[PARAM_ENHANCE] = "no",
	},
	.name = {
		[TEMPLATE_ID] = "j/1 2",
		[TEMPLATE_ASSET] = "",
		[TEMPLATE_POLL_URL] = "https://a.example/x?y=z/../w",
		[TEMPLATE_NEXT] = "https://a.example/models?page=2",
	},
};

/* ---- checking ---- */

#define P(name) TEMPLATE_PARAM_BIT(PARAM_##name)
#define N(name) TEMPLATE_NAME_BIT(TEMPLATE_##name)
#define ALL     ((1u << (PARAMS + TEMPLATE_NAMES)) - 1)

static const struct {
	const char *text;
	unsigned allowed, named;
	const char *says; /* NULL: it is well */
} checks[] = {
	{ "", 0, 0, NULL },
	{ "/jobs", 0, 0, NULL },
	{ "/jobs/{id}", N(ID), N(ID), NULL },
	{ "{prompt}{seed} {prompt}", ALL, P(PROMPT) | P(SEED), NULL },
	{ "{ratio}", P(ASPECT_RATIO), P(ASPECT_RATIO), NULL },
	{ "{aspect_ratio}", P(ASPECT_RATIO), P(ASPECT_RATIO), NULL },
	{ "{poll_url}{result_url}{cancel_url}{next}{asset}", ALL,
	  N(POLL_URL) | N(RESULT_URL) | N(CANCEL_URL) | N(NEXT) | N(ASSET), NULL },
	{ "/jobs/{id", ALL, 0, "\"{id\": '{' without '}'" },
	{ "{", ALL, 0, "'{' without '}'" },
	{ "id}", ALL, 0, "\"id}\": '}' without '{'" },
	{ "{id}}", ALL, 0, "\"}\": '}' without '{'" },
	{ "{}", N(ID) | P(SEED), 0, "\"{}\": not known here; it can be {seed}, {id}" },
	{ "{promt}", P(PROMPT), 0, "\"{promt}\": not known here; it can be {prompt}" },
	{ "{ID}", N(ID), 0, "\"{ID}\": not known here" },
	{ "{id }", N(ID), 0, "not known here" },
	{ "{a{id}", N(ID), 0, "\"{a{id}\": not known here" },
	{ "{asset}", N(ID), 0, "\"{asset}\": not known here; it can be {id}" },
	{ "{prompt}", N(ID), 0, "not known here; it can be {id}" },
	{ "{id}", 0, 0, "no name is known here" },
	{ "{\x1B[2J}", N(ID), 0, "\"{\\x1b[2J}\"" },
};

static void test_check(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(checks); i++) {
		struct diag diag = { .text = "" };
		unsigned named = 77;
		int r = template_check(checks[i].text, checks[i].allowed, &named, &diag);

		if (r != (checks[i].says ? -EINVAL : 0) ||
		    named != (checks[i].says ? 77 : checks[i].named) ||
		    !strstr(diag.text, checks[i].says ? checks[i].says : ""))
			fail_msg("%s: %d, %x, %s", checks[i].text, r, named, diag.text);
	}
}

static const struct {
	const char *text;
	unsigned named;
	const char *says;
} json_checks[] = {
	{ "true", 0, NULL },
	{ "-1.5e3", 0, NULL },
	{ "\"{id} and {nothing}\"", 0, NULL },
	{ "\"\"", 0, NULL },
	{ "{id}", N(ID), NULL },
	{ "{id}, \"{id}\" ", N(ID), NULL },
	{ "\"", 0, NULL },
	{ "\"{id}\" or \"{id}\"", 0, "the end of the text is expected" },
	{ "\"\\x\"", 0, "after a \\" },
	{ "9007199254740993", 0, "write it in quotes" },
	{ "{none}", 0, "not known here; it can be {id}" },
	{ "{\"a\":1}", 0, "not known here" },
};

static void test_check_json(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(json_checks); i++) {
		struct diag diag = { .text = "" };
		unsigned named = 77;
		int r = template_check_json(json_checks[i].text, N(ID), &named, &diag);

		if (r != (json_checks[i].says ? -EINVAL : 0) ||
		    named != (json_checks[i].says ? 77 : json_checks[i].named) ||
		    !strstr(diag.text, json_checks[i].says ? json_checks[i].says : ""))
			fail_msg("%s: %d, %x, %s", json_checks[i].text, r, named, diag.text);
	}
}

/* ---- filling ---- */

static const struct {
	const char *text;
	enum filling filling;
	int want;
	const char *filled;
} fills[] = {
	{ "", FILL_PLAIN, 1, "" },
	{ "a}b", FILL_PLAIN, 1, "a}b" },
	{ "{prompt}", FILL_PLAIN, 1, "a {seed} in \"50%\" & \xC3\xA9/.." },
	{ "x{seed}y{seed}", FILL_PLAIN, 1, "x2147483647y2147483647" },
	{ "{ratio} {aspect_ratio}", FILL_PLAIN, 1, "16:9 16:9" },
	{ "[{negative_prompt}]", FILL_PLAIN, 1, "[]" },
	{ "{enhance}", FILL_PLAIN, 1, "no" },
	{ "{poll_url}", FILL_PLAIN, 1, "https://a.example/x?y=z/../w" },
	{ "{height}", FILL_PLAIN, 0, "" },
	{ "x{asset}", FILL_PLAIN, 0, "" },
	{ "{cancel_url}", FILL_URL, 0, "" },
	{ "/p?q={prompt}", FILL_URL, 1,
	  "/p?q=a%20%7Bseed%7D%20in%20%2250%25%22%20%26%20%C3%A9%2F.." },
	{ "/m/{model}/run", FILL_URL, 1, "/m/maker/painter%3Av1.2/run" },
	{ "/jobs/{id}", FILL_URL, 1, "/jobs/j%2F1%202" },
	{ "{id}", FILL_URL, 1, "j%2F1%202" },
	{ "{poll_url}", FILL_URL, 1, "https://a.example/x?y=z/../w" },
	{ "{next}", FILL_URL, 1, "https://a.example/models?page=2" },
	{ "/x?u={poll_url}", FILL_URL, 1, "/x?u=https%3A%2F%2Fa.example%2Fx%3Fy%3Dz%2F..%2Fw" },
	{ "{nobody}", FILL_PLAIN, -EINVAL, "\"{nobody}\": not known here" },
	{ "{seed", FILL_PLAIN, -EINVAL, "'{' without '}'" },
};

static void test_fill(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(fills); i++) {
		struct strbuf filled = STRBUF_EMPTY;
		struct diag diag = { .text = "" };
		int r = template_fill(fills[i].text, &values, fills[i].filling, &filled, &diag);

		if (r != fills[i].want ||
		    (r == 1 && strcmp(strbuf_text(&filled), fills[i].filled) != 0) ||
		    (r < 0 && !strstr(diag.text, fills[i].filled)))
			fail_msg("%s: %d, %s, %s", fills[i].text, r, strbuf_text(&filled),
				 diag.text);
		strbuf_done(&filled);
	}
}

/* What would climb out of the path, or turn "/{model}" into another host. */
static const struct {
	const char *text, *value;
	int want;
} climbs[] = {
	{ "/{model}", "..", -EINVAL },
	{ "/{model}", ".", -EINVAL },
	{ "/{model}", "a/../b", -EINVAL },
	{ "/{model}", "a/..", -EINVAL },
	{ "/{model}", "../a", -EINVAL },
	{ "/{model}", "a/./b", -EINVAL },
	{ "/{model}", "/evil.example/a", -EINVAL },
	{ "/{model}", "a//b", -EINVAL },
	{ "/{model}", "a/", -EINVAL },
	{ "/{model}", "", 0 },
	{ "/{model}", "a/..b/c../...", 1 },
	{ "/{id}", "..", -EINVAL },
	{ "/{id}", ".", -EINVAL },
	{ "/{id}", "", 0 },
	{ "/{id}", "../a", 1 },
	{ "/{id}", "...", 1 },
	{ "/{id}", "\r\nX: 1", 1 },
	{ "?{prompt}", "..", 1 },
	{ "?{prompt}", "", 1 },
};

static void test_climbing(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(climbs); i++) {
		struct values hostile = { .name = { [TEMPLATE_ID] = climbs[i].value },
					  .param = { [PARAM_MODEL] = climbs[i].value,
						     [PARAM_PROMPT] = climbs[i].value } };
		struct strbuf filled = STRBUF_EMPTY;
		struct diag diag = { .text = "" };
		int r = template_fill(climbs[i].text, &hostile, FILL_URL, &filled, &diag);

		if (r != climbs[i].want)
			fail_msg("%s with %s: %d", climbs[i].text, climbs[i].value, r);
		if (r < 0 &&
		    (!strstr(diag.text, climbs[i].value) || !strstr(diag.text, "in a URL")))
			fail_msg("%s: %s", climbs[i].value, diag.text);
		if (r == 1 &&
		    (strstr(strbuf_text(&filled), "/../") || strpbrk(filled.bytes, "\r\n ")))
			fail_msg("%s", filled.bytes);
		strbuf_done(&filled);
	}
}

/* ---- JSON ---- */

static const struct {
	const char *text;
	int want;
	const char *json;
} jsons[] = {
	{ "{seed}", 1, "2147483647" },
	{ "{width}", 1, "1024" },
	{ "{enhance}", 1, "false" },
	{ "{ratio}", 1, "\"16:9\"" },
	{ "{resolution}", 1, "\"2K\"" },
	{ "{prompt}", 1, "\"a {seed} in \\\"50%\\\" & \xC3\xA9/..\"" },
	{ "{negative_prompt}", 1, "\"\"" },
	{ "{id}", 1, "\"j/1 2\"" },
	{ "{seed}{seed}", 1, "\"21474836472147483647\"" },
	{ " {seed}", 1, "\" 2147483647\"" },
	{ "{width}*{width}", 1, "\"1024*1024\"" },
	{ "{enhance}!", 1, "\"no!\"" },
	{ "true", 1, "true" },
	{ "false", 1, "false" },
	{ "null", 1, "null" },
	{ "True", 1, "\"True\"" },
	{ "0", 1, "0" },
	{ "-1", 1, "-1" },
	{ "2.5", 1, "2.5" },
	{ "007", 1, "\"007\"" },
	{ "1 2", 1, "\"1 2\"" },
	{ "-", 1, "\"-\"" },
	{ "\"true\"", 1, "\"true\"" },
	{ "\"7\"", 1, "\"7\"" },
	{ "\"\"", 1, "\"\"" },
	{ "\"{seed}\\n\"", 1, "\"{seed}\\n\"" },
	{ "\"", 1, "\"\\\"\"" },
	{ "cancel", 1, "\"cancel\"" },
	{ "", 1, "\"\"" },
	{ "{height}", 0, NULL },
	{ "{width}x{height}", 0, NULL },
	{ "{asset}", 0, NULL },
	{ "\"a\"b\"", -EINVAL, NULL },
	{ "{nobody}", -EINVAL, NULL },
	{ "{", -EINVAL, NULL },
	{ "{\"a\":1}", -EINVAL, NULL },
};

static void test_json(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(jsons); i++) {
		cJSON *value = NULL;
		int r = template_json(jsons[i].text, &values, &value);
		char *text = value ? cJSON_PrintUnformatted(value) : NULL;

		if (r != jsons[i].want || !text != !jsons[i].json ||
		    (text && strcmp(text, jsons[i].json) != 0))
			fail_msg("%s: %d, %s", jsons[i].text, r, text ? text : "nothing");
		cJSON_free(text);
		cJSON_Delete(value);
	}
}

/* What a provider calls a size may be a word where we have a number. */
static void test_json_words(void **state)
{
	const struct values words = {
		.param = { [PARAM_WIDTH] = "auto", [PARAM_ENHANCE] = "on", [PARAM_COUNT] = "" }
	};
	static const char *const rows[][2] = { { "{width}", "auto" },
					       { "{enhance}", "on" },
					       { "{count}", "" } };

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		cJSON *value = NULL;

		assert_int_equal(template_json(rows[i][0], &words, &value), 1);
		assert_string_equal(cJSON_GetStringValue(value), rows[i][1]);
		cJSON_Delete(value);
	}
}

/* ---- one name ---- */

static void test_is_name(void **state)
{
	(void)state;
	assert_true(template_is_name("{a}"));
	assert_true(template_is_name("{}"));
	assert_false(template_is_name(""));
	assert_false(template_is_name("a"));
	assert_false(template_is_name("{a"));
	assert_false(template_is_name("{a}{b}"));
	assert_false(template_is_name(" {a}"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check),   cmocka_unit_test(test_check_json),
		cmocka_unit_test(test_fill),    cmocka_unit_test(test_climbing),
		cmocka_unit_test(test_json),    cmocka_unit_test(test_json_words),
		cmocka_unit_test(test_is_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
