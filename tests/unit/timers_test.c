/* The heap of deadlines against the plainest model there is: a sorted array. */
#include "base/timers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static void test_none(void **state)
{
	struct timers timers = { 0 };
	int64_t id = 77;

	(void)state;
	assert_false(timer_take_due(&timers, INT64_MAX, &id));
	assert_int_equal(id, 77);
	assert_int_equal(timers_next(&timers, 5), 5);
	timers_done(&timers);
}

static void test_due_at_its_time(void **state)
{
	static const struct {
		int64_t at_ms, now_ms;
		bool due;
	} rows[] = {
		{ 100, 99, false },
		{ 100, 100, true },
		{ 100, 101, true },
		{ -5, -6, false },
		{ -5, -5, true },
		{ 0, INT64_MAX, true },
		{ INT64_MAX, INT64_MAX - 1, false },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct timers timers = { 0 };
		int64_t id = 0;

		assert_int_equal(timer_add(&timers, 9, rows[i].at_ms), 0);
		assert_int_equal(timer_take_due(&timers, rows[i].now_ms, &id), rows[i].due);
		assert_int_equal(id, rows[i].due ? 9 : 0);
		assert_int_equal(timers.count, rows[i].due ? 0 : 1);
		timers_done(&timers);
		assert_null(timers.heap);
	}
}

static void test_next(void **state)
{
	struct timers timers = { 0 };

	(void)state;
	assert_int_equal(timer_add(&timers, 1, 50), 0);
	assert_int_equal(timer_add(&timers, 2, 40), 0);
	assert_int_equal(timers_next(&timers, 100), 40);
	assert_int_equal(timers_next(&timers, 40), 40);
	assert_int_equal(timers_next(&timers, 39), 39);
	timers_done(&timers);
}

static int by_time(const void *a, const void *b)
{
	const struct timer *x = a, *y = b;

	return (x->at_ms > y->at_ms) - (x->at_ms < y->at_ms);
}

enum { COUNT = 1000 };

/* The time is a function of the id, so that a swapped pair shows. */
static void fill(struct timers *timers, struct timer *model, unsigned seed)
{
	for (int i = 0; i < COUNT; i++) {
		model[i] = (struct timer){ rand_r(&seed) % 300, i };
		assert_int_equal(timer_add(timers, i, model[i].at_ms), 0);
	}
}

static void take_all(struct timers *timers, struct timer *model)
{
	int64_t at_of[COUNT], id;
	bool taken[COUNT] = { false };

	for (int i = 0; i < COUNT; i++)
		at_of[model[i].id] = model[i].at_ms;
	qsort(model, COUNT, sizeof(*model), by_time);
	for (int i = 0; i < COUNT; i++) {
		assert_int_equal(timers_next(timers, INT64_MAX), model[i].at_ms);
		assert_false(timer_take_due(timers, model[i].at_ms - 1, &id));
		assert_true(timer_take_due(timers, model[i].at_ms, &id));
		assert_int_equal(at_of[id], model[i].at_ms);
		assert_false(taken[id]);
		taken[id] = true;
	}
	assert_int_equal(timers->count, 0);
}

static void test_many_come_in_order(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= 20; seed++) {
		struct timers timers = { 0 };
		struct timer model[COUNT];

		fill(&timers, model, seed);
		take_all(&timers, model);
		timers_done(&timers);
	}
}

static void test_moved_ones_are_all_there(void **state)
{
	struct timers from = { 0 }, to = { 0 };
	struct timer model[COUNT];

	(void)state;
	fill(&from, model, 4);
	timers_move(&from, &to);
	assert_int_equal(from.count, 0);
	assert_int_equal(to.count, COUNT);
	take_all(&to, model);
	timers_move(&from, &to);
	assert_int_equal(to.count, 0);
	timers_done(&from);
	timers_done(&to);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_due_at_its_time),
		cmocka_unit_test(test_next),
		cmocka_unit_test(test_many_come_in_order),
		cmocka_unit_test(test_moved_ones_are_all_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
