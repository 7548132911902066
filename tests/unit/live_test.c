/* Progress of calls: set, changed, forgotten, and asked for by many threads. */
#include "engine/live.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static void test_set_and_get(void **state)
{
	/* After each row the calls 1 to 3 have these. */
	static const struct {
		int64_t call;
		int percent;
		int want[3];
	} rows[] = {
		{ 9, -1, { -1, -1, -1 } }, { 1, 0, { 0, -1, -1 } },     { 2, 50, { 0, 50, -1 } },
		{ 3, 99, { 0, 50, 99 } },  { 2, 51, { 0, 51, 99 } },    { 1, -1, { -1, 51, 99 } },
		{ 1, -1, { -1, 51, 99 } }, { 3, 100, { -1, 51, 100 } }, { 3, -1, { -1, 51, -1 } },
		{ 2, -1, { -1, -1, -1 } }, { 3, 7, { -1, -1, 7 } },
	};
	struct live *live = live_new();

	(void)state;
	assert_non_null(live);
	assert_int_equal(live_get(live, 1), -1);
	for (size_t i = 0; i < LENGTH(rows); i++) {
		live_set(live, rows[i].call, rows[i].percent);
		for (int call = 1; call <= 3; call++)
			assert_int_equal(live_get(live, call), rows[i].want[call - 1]);
		assert_int_equal(live_get(live, 9), -1);
	}
	live_free(live);
	live_free(NULL);
}

enum { READERS = 4, CALLS = 40, TURNS = 2000 };

struct watching {
	struct live *live;
	atomic_bool over;
	atomic_int wrong, looks;
};

/* A call's progress is its own number or unknown. */
static void *look(void *arg)
{
	struct watching *watching = arg;

	do
		for (int call = 0; call < CALLS; call++) {
			int percent = live_get(watching->live, call);

			if (percent != -1 && percent != call)
				watching->wrong++;
			watching->looks++;
		}
	while (!watching->over);
	return NULL;
}

static void test_readers_beside_the_engine(void **state)
{
	struct watching watching = { .live = live_new() };
	pthread_t readers[READERS];

	(void)state;
	for (int i = 0; i < READERS; i++)
		assert_int_equal(pthread_create(&readers[i], NULL, look, &watching), 0);
	for (int turn = 0; turn < TURNS; turn++)
		live_set(watching.live, turn % CALLS, turn / CALLS % 2 ? -1 : turn % CALLS);
	watching.over = true;
	for (int i = 0; i < READERS; i++)
		pthread_join(readers[i], NULL);
	assert_int_equal(watching.wrong, 0);
	assert_true(watching.looks >= READERS * CALLS);
	live_free(watching.live);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set_and_get),
		cmocka_unit_test(test_readers_beside_the_engine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
