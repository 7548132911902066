#include "simulator/latency.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct latency parse(const char *text)
{
	struct latency latency;
	struct diag diag;

	assert_int_equal(latency_parse(text, &latency, &diag), 0);
	return latency;
}

static void test_each_form(void **state)
{
	struct chance chance = { 1 };
	struct latency latency;

	(void)state;
	latency = parse("500");
	assert_int_equal(latency_draw(&latency, &chance), 500);
	latency = parse("fixed:7");
	assert_int_equal(latency_draw(&latency, &chance), 7);
	latency = parse("0..0");
	assert_int_equal(latency_draw(&latency, &chance), 0);
	latency = parse("uniform:100..200");
	for (int i = 0; i < 200; i++)
		assert_in_range(latency_draw(&latency, &chance), 100, 200);
}

static void test_lognormal_has_its_median(void **state)
{
	struct latency latency = parse("lognormal:2000,0.5");
	struct chance chance = { 5 };
	int below = 0;

	(void)state;
	for (int i = 0; i < 2000; i++) {
		int64_t ms = latency_draw(&latency, &chance);

		assert_in_range(ms, 1, LATENCY_MS_MAX);
		below += ms < 2000;
	}
	assert_in_range(below, 900, 1100);
}

static void test_what_is_none(void **state)
{
	static const char *const wrong[] = { "",
					     "fast",
					     "-1",
					     "300..",
					     "..300",
					     "9..8",
					     "fixed:",
					     "uniform:",
					     "fixed:1..2",
					     "1 ",
					     "lognormal:5",
					     "lognormal:5,9",
					     "99999999999",
					     "nan" };
	struct latency latency;
	struct diag diag;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (!latency_parse(wrong[i], &latency, &diag))
			fail_msg("\"%s\" was taken", wrong[i]);
		assert_non_null(strstr(diag.text, "lognormal:MEDIAN,SIGMA"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_form),
		cmocka_unit_test(test_lognormal_has_its_median),
		cmocka_unit_test(test_what_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
