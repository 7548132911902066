/* Resolved parameters there and back, and what a store of another version or a
 * damaged one may hold. */
#include "job/params_json.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static void set(struct params *params, enum param param, const char *value)
{
	params->value[param] = strdup(value);
	assert_non_null(params->value[param]);
}

static void assert_same(const struct params *a, const struct params *b)
{
	for (enum param param = 0; param < PARAMS; param++) {
		if (!a->value[param]) {
			assert_null(b->value[param]);
			continue;
		}
		assert_non_null(b->value[param]);
		assert_string_equal(a->value[param], b->value[param]);
	}
}

static void test_there_and_back(void **state)
{
	static const char *const values[] = {
		"x",
		"",
		"16:9",
		"2147483647",
		"\xC3\xA4\n\t\"\\/",
		"\x01\x1f\x7f",
		"\xF0\x9F\x90\x88",
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(values); i++)
		/* None, each alone, all. */
		for (int which = -1; which <= PARAMS; which++) {
			CLEANUP(params) struct params params = { 0 }, back = { 0 };
			CLEANUP(strbuf) struct strbuf json = STRBUF_EMPTY;

			for (enum param param = 0; param < PARAMS; param++)
				if (which == (int)param || which == PARAMS)
					set(&params, param, values[i]);
			assert_int_equal(params_json(&params, &json), 0);
			assert_int_equal(params_from_json(strbuf_text(&json), &back), 0);
			assert_same(&params, &back);
		}
}

static void test_the_text(void **state)
{
	CLEANUP(params) struct params params = { 0 };
	CLEANUP(strbuf) struct strbuf json = STRBUF_EMPTY;

	(void)state;
	assert_int_equal(params_json(&params, &json), 0);
	assert_string_equal(strbuf_text(&json), "{}");
	set(&params, PARAM_PROMPT, "a cat");
	set(&params, PARAM_SEED, "7");
	strbuf_clear(&json);
	strbuf_add_char(&json, '>');
	assert_int_equal(params_json(&params, &json), 0);
	assert_string_equal(strbuf_text(&json), ">{\"prompt\":\"a cat\",\"seed\":\"7\"}");
}

static void test_what_a_store_may_hold(void **state)
{
	static const struct {
		const char *json;
		int want;
		const char *prompt; /* NULL: unset */
	} rows[] = {
		{ "{}", 0, NULL },
		{ "{\"prompt\":\"p\"}", 0, "p" },
		{ "{\"later\":\"x\",\"prompt\":\"p\",\"extra\":{\"a\":1}}", 0, "p" },
		{ "{\"prompt\":7}", 0, "7" },
		{ "{\"prompt\":[7]}", 0, NULL },
		{ "{\"prompt\":null}", 0, NULL },
		{ "{\"Prompt\":\"p\"}", 0, NULL },
		{ "{\"prompt\":\"first\",\"prompt\":\"second\"}", 0, "second" },
		{ "", -EBADMSG, NULL },
		{ "[]", -EBADMSG, NULL },
		{ "\"prompt\"", -EBADMSG, NULL },
		{ "null", -EBADMSG, NULL },
		{ "{\"prompt\":\"p\"", -EBADMSG, NULL },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		CLEANUP(params) struct params params = { 0 };

		set(&params, PARAM_MODEL, "kept");
		if (rows[i].want == 0)
			params_done(&params);
		assert_int_equal(params_from_json(rows[i].json, &params), rows[i].want);
		if (rows[i].want < 0) {
			assert_string_equal(params.value[PARAM_MODEL], "kept");
			continue;
		}
		for (enum param param = 0; param < PARAMS; param++)
			if (param != PARAM_PROMPT)
				assert_null(params.value[param]);
		if (rows[i].prompt)
			assert_string_equal(params.value[PARAM_PROMPT], rows[i].prompt);
		else
			assert_null(params.value[PARAM_PROMPT]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_the_text),
		cmocka_unit_test(test_what_a_store_may_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
