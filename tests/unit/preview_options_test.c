/* The command line, a row each. */
#include "preview/options.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>

enum { ARGS_MAX = 6 };

static const struct {
	const char *args[ARGS_MAX];
	struct options want;
} good[] = {
	{ { "--output=a.png", "cat" },
	  { .output = "a.png", .prompt = "cat", .w = 1024, .h = 1024 } },
	{ { "cat", "--output", "-" }, { .output = "-", .prompt = "cat", .w = 1024, .h = 1024 } },
	{ { "--output=a", "--prompt=-cat" },
	  { .output = "a", .prompt = "-cat", .w = 1024, .h = 1024 } },
	{ { "--output=a", "--", "--help" },
	  { .output = "a", .prompt = "--help", .w = 1024, .h = 1024 } },
	{ { "--output=a", "--prompt=" }, { .output = "a", .prompt = "", .w = 1024, .h = 1024 } },
	{ { "--output=a", "--width=256", "--height=4096", "--seed=2147483647", "x" },
	  { .output = "a", .prompt = "x", .w = 256, .h = 4096, .seed = 2147483647 } },
};

static const struct {
	const char *args[ARGS_MAX];
	const char *says; /* part of the message */
} bad[] = {
	{ { "cat" }, "--output=FILE" },
	{ { "--output=", "cat" }, "--output=FILE" },
	{ { "--output=a" }, "no prompt" },
	{ { "--output=a", "cat", "dog" }, "\"dog\"" },
	{ { "--output=a", "--prompt=cat", "dog" }, "\"dog\"" },
	{ { "--output=a", "--width=255", "cat" },
	  "width \"255\" is not a number from 256 to 4096" },
	{ { "--output=a", "--height=4097", "cat" }, "height \"4097\"" },
	{ { "--output=a", "--width=", "cat" }, "width \"\"" },
	{ { "--output=a", "--width=+300", "cat" }, "width \"+300\"" },
	{ { "--output=a", "--width=300x", "cat" }, "width \"300x\"" },
	{ { "--output=a", "--width=99999999999999999999", "cat" }, "width" },
	{ { "--output=a", "--seed=-1", "cat" },
	  "seed \"-1\" is not a number from 0 to 2147483647" },
	{ { "--output=a", "--seed=2147483648", "cat" }, "seed" },
	{ { "--output=a", "--seed=\n", "cat" }, "seed \"\\n\"" },
	{ { "--output=a", "--colour", "cat" }, "\"--colour\"" },
	{ { "--output=a", "cat", "--width" }, "\"--width\" needs a value" },
	{ { "--output=a", "-x", "cat" }, "unknown" },
};

static int parse(const char *const args[ARGS_MAX], struct options *options, struct diag *diag)
{
	char *argv[ARGS_MAX + 2] = { (char *)"easelfs-preview" };
	int argc = 1;

	while (argc <= ARGS_MAX && args[argc - 1]) {
		argv[argc] = (char *)args[argc - 1];
		argc++;
	}
	return options_parse(argc, argv, options, diag);
}

static void test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		struct options options;
		struct diag diag = { 0 };

		if (parse(good[i].args, &options, &diag) != 0)
			fail_msg("row %zu: %s", i, diag.text);
		assert_string_equal(options.output, good[i].want.output);
		assert_string_equal(options.prompt, good[i].want.prompt);
		assert_int_equal(options.w, good[i].want.w);
		assert_int_equal(options.h, good[i].want.h);
		assert_int_equal(options.seed, good[i].want.seed);
		assert_int_equal(options.task, OPTIONS_PAINT);
	}
}

static void test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct options options;
		struct diag diag = { 0 };

		assert_int_equal(parse(bad[i].args, &options, &diag), -EINVAL);
		if (!strstr(diag.text, bad[i].says))
			fail_msg("row %zu: \"%s\" does not say \"%s\"", i, diag.text, bad[i].says);
		assert_null(strchr(diag.text, '\n'));
	}
}

static void test_help_and_version_need_nothing(void **state)
{
	const char *const help[ARGS_MAX] = { "--help" }, *const version[ARGS_MAX] = { "--version" };
	struct options options;
	struct diag diag;

	(void)state;
	assert_int_equal(parse(help, &options, &diag), 0);
	assert_int_equal(options.task, OPTIONS_HELP);
	assert_int_equal(parse(version, &options, &diag), 0);
	assert_int_equal(options.task, OPTIONS_VERSION);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_help_and_version_need_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
