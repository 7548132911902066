/* The generator must never change: every picture ever made depends on it. */
#include "preview/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>

static void test_known_numbers(void **state)
{
	/* xoshiro256** from splitmix64(0), as published by its authors. */
	static const uint64_t want[] = { 0x99ec5f36cb75f2b4, 0xbf6e1f784956452a,
					 0x1a5f849d4933e6e0 };
	struct rng rng = rng_new(0);

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++)
		assert_int_equal(rng_next(&rng), want[i]);
}

static void test_same_seed_same_numbers(void **state)
{
	struct rng a = rng_new(17), b = rng_new(17), c = rng_new(18);
	int same = 0;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		uint64_t number = rng_next(&a);

		assert_int_equal(number, rng_next(&b));
		same += number == rng_next(&c);
	}
	assert_int_equal(same, 0);
}

static void test_fork_shields_later_layers(void **state)
{
	struct rng a = rng_new(5), b = rng_new(5);
	struct rng layer = rng_fork(&a);

	(void)state;
	rng_fork(&b);
	for (int i = 0; i < 100; i++)
		rng_next(&layer);
	assert_int_equal(rng_next(&a), rng_next(&b));
}

static void test_ranges(void **state)
{
	struct rng rng = rng_new(3);
	double sum = 0;

	(void)state;
	for (int i = 0; i < 10000; i++) {
		double unit = rng_unit(&rng), bell = rng_bell(&rng);
		double range = rng_range(&rng, -2, 3);

		assert_true(unit >= 0 && unit < 1);
		assert_true(bell >= -1 && bell < 1);
		assert_true(range >= -2 && range < 3);
		assert_true(rng_below(&rng, 7) < 7);
		sum += unit;
	}
	assert_true(sum > 4850 && sum < 5150);
	assert_int_equal(rng_below(&rng, 1), 0);
}

static void test_hash(void **state)
{
	const char *text = "a lighthouse in a storm";

	(void)state;
	assert_int_equal(rng_hash(1, text, strlen(text)), rng_hash(1, text, strlen(text)));
	assert_int_not_equal(rng_hash(1, text, strlen(text)), rng_hash(2, text, strlen(text)));
	assert_int_not_equal(rng_hash(1, text, 5), rng_hash(1, text, 6));
	assert_int_not_equal(rng_hash(1, "", 0), rng_hash(1, "\0", 1));
	assert_int_not_equal(rng_hash_place(1, 2, 0), rng_hash_place(2, 1, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_numbers),
		cmocka_unit_test(test_same_seed_same_numbers),
		cmocka_unit_test(test_fork_shields_later_layers),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_hash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
