#include "simulator/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int parse(const char *word, struct options *options, struct diag *diag)
{
	char program[] = "easelfs-simulator", *copy = strdup(word),
	     *argv[] = { program, copy, NULL };
	int r = options_parse(2, argv, options, diag);

	/* The strings are argv's: what is tested of them lives in the number fields. */
	free(copy);
	return r;
}

static void test_values(void **state)
{
	struct options options;
	struct diag diag;

	(void)state;
	assert_int_equal(parse("--latency=5", &options, &diag), 0);
	assert_true(options.latency.a == 5 && options.balance == 1000);
	assert_string_equal(options.keys[0], "sim-key:sim-secret");
	assert_int_equal(parse("--port=images=8080", &options, &diag), 0);
	assert_int_equal(options.ports[PROVIDERS], 8080);
	assert_int_equal(parse("--url-ttl=2", &options, &diag), 0);
	assert_int_equal(options.url_ttl_ms, 2000);
	assert_int_equal(parse("--fault=5%:reset", &options, &diag), 0);
	assert_int_equal(options.fault_count, 1);
	assert_int_equal(parse("--balance=0.5", &options, &diag), 0);
	assert_true(options.balance == 0.5);
	assert_int_equal(parse("--help", &options, &diag), 0);
	assert_int_equal(options.task, OPTIONS_HELP);
}

/* Each with a word of what is said about it. */
/* clang-format off */
static const struct {
	const char *word, *said;
} wrong[] = {
	{ "--latency=fast", "fast" },	    { "--fault=boom", "boom" },
	{ "--key=fal", "PROVIDER=KEY" },    { "--key=images=x", "PROVIDER=KEY" },
	{ "--port=fal=99999", "65535" },    { "--port=mars=1", "mars" },
	{ "--balance=-1", "-1" },	    { "--balance=nan", "nan" },
	{ "--seed=x", "x" },		    { "--threads=0", "1 to 64" },
	{ "--url-ttl=", "url-ttl" },	    { "--ledger=", "not empty" },
	{ "--picture-bytes=1k", "1k" },	    { "--what", "--what" },
	{ "more", "more" },		    { "--seed", "needs a value" },
};
/* clang-format on */

static void test_what_is_not_understood_is_said(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct options options;
		struct diag diag = { 0 };

		assert_true(parse(wrong[i].word, &options, &diag) < 0);
		if (!strstr(diag.text, wrong[i].said))
			fail_msg("%s: %s", wrong[i].word, diag.text);
	}
}

/* A key that is refused must not be shown. */
static void test_keys_are_not_repeated(void **state)
{
	struct options options;
	struct diag diag;

	(void)state;
	assert_true(parse("--key=nobody=hush-hush", &options, &diag) < 0);
	assert_null(strstr(diag.text, "hush"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_what_is_not_understood_is_said),
		cmocka_unit_test(test_keys_are_not_repeated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
