/* What comes next for a call, in every situation that the engine can be in. */
#include "job/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

enum { ANY = -1 };

/* The first row that fits is the answer; ANY fits all. */
static const struct {
	enum state state;
	int wish, profile, under_way, pictures;
	enum step want;
} rules[] = {
	{ STATE_QUEUED, ANY, 1, ANY, ANY, STEP_SUBMIT },
	{ STATE_QUEUED, ANY, 0, ANY, ANY, STEP_REST },
	{ STATE_SUBMITTING, ANY, ANY, 0, ANY, STEP_SUBMIT_AGAIN },
	{ STATE_SUBMITTING, WISH_NONE, ANY, 1, ANY, STEP_WATCH },
	{ STATE_SUBMITTING, WISH_CANCEL, ANY, 1, ANY, STEP_CANCEL },
	{ STATE_RUNNING, ANY, ANY, 0, ANY, STEP_SUBMIT_AGAIN },
	{ STATE_RUNNING, WISH_NONE, ANY, 1, ANY, STEP_WATCH },
	{ STATE_RUNNING, WISH_CANCEL, ANY, 1, ANY, STEP_CANCEL },
	/* It is finished: a wish to end it comes too late. */
	{ STATE_FETCHING, ANY, ANY, ANY, 1, STEP_ANNOUNCE },
	{ STATE_FETCHING, ANY, ANY, 1, 0, STEP_WATCH },
	{ STATE_FETCHING, ANY, ANY, 0, 0, STEP_SUBMIT_AGAIN },
	{ STATE_DONE, ANY, ANY, ANY, ANY, STEP_REST },
	{ STATE_FAILED, ANY, ANY, ANY, ANY, STEP_REST },
	{ STATE_CANCELLED, ANY, ANY, ANY, ANY, STEP_REST },
	{ STATE_HELD, ANY, ANY, ANY, ANY, STEP_REST },
};

static int fits(int rule, int value)
{
	return rule == ANY || rule == value;
}

static enum step wanted(enum state state, int wish, const int given[3])
{
	for (size_t i = 0; i < LENGTH(rules); i++)
		if (rules[i].state == state && fits(rules[i].wish, wish) &&
		    fits(rules[i].profile, given[0]) && fits(rules[i].under_way, given[1]) &&
		    fits(rules[i].pictures, given[2]))
			return rules[i].want;
	fail_msg("no rule for %s, wish %d", state_word(state), wish);
	return STEP_REST;
}

static void check(enum state state, int wish, const int given[3])
{
	static const struct profile profile = { .name = NULL };
	const struct call call = { .state = state, .wish = (enum wish)wish };
	const struct situation situation = {
		.call = &call,
		.profile = given[0] ? &profile : NULL,
		.under_way = given[1],
		.pictures = given[2],
	};
	enum step want = wanted(state, wish, given);

	if (plan_next(&situation) != want)
		fail_msg("%s, wish %d, profile %d, under way %d, pictures %d: step %d, not %d",
			 state_word(state), wish, given[0], given[1], given[2],
			 plan_next(&situation), want);
}

static void test_every_situation(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(rules); i++)
		for (int wish = WISH_NONE; wish <= WISH_CANCEL; wish++)
			for (int bits = 0; bits < 8; bits++) {
				const int given[3] = { bits & 1, bits >> 1 & 1, bits >> 2 };

				check(rules[i].state, wish, given);
			}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_situation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
