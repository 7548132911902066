/* What comes next for a call, in every situation that the engine can be in. */
#include "job/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

enum { ANY = -1 };

static char list_url[] = "/jobs";

enum { NO_PROFILE, PROGRAM, HTTP, HTTP_THAT_LISTS, PROFILES };

/* The first row that fits is the answer; ANY fits all. */
/* clang-format off */
static const struct {
	enum state state;
	int hold, wish, profile, under_way, pictures;
	enum step want;
} rules[] = {
	{ STATE_QUEUED,     ANY, ANY, NO_PROFILE, ANY, ANY, STEP_REST },
	{ STATE_QUEUED,     ANY, ANY, ANY,        ANY, ANY, STEP_SUBMIT },
	{ STATE_SUBMITTING, ANY, WISH_NONE,   ANY, 1,  ANY, STEP_WATCH },
	{ STATE_SUBMITTING, ANY, WISH_CANCEL, ANY, 1,  ANY, STEP_CANCEL },
	/* An intent without an answer: what costs nothing is painted again, what may have
	 * been paid for is not. */
	{ STATE_SUBMITTING, ANY, ANY, PROGRAM,    0,   ANY, STEP_SUBMIT_AGAIN },
	{ STATE_SUBMITTING, ANY, ANY, ANY,        0,   ANY, STEP_DOUBT },
	{ STATE_RUNNING,    ANY, WISH_NONE,   ANY, 1,  ANY, STEP_WATCH },
	{ STATE_RUNNING,    ANY, WISH_CANCEL, ANY, 1,  ANY, STEP_CANCEL },
	{ STATE_RUNNING,    ANY, ANY, NO_PROFILE, 0,   ANY, STEP_REST },
	{ STATE_RUNNING,    ANY, ANY, PROGRAM,    0,   ANY, STEP_SUBMIT_AGAIN },
	{ STATE_RUNNING,    ANY, ANY, HTTP,       0,   ANY, STEP_FOLLOW },
	/* It is finished: a wish to end it comes too late. */
	{ STATE_FETCHING,   ANY, ANY, ANY,        ANY, 1,   STEP_ANNOUNCE },
	{ STATE_FETCHING,   ANY, ANY, ANY,        1,   0,   STEP_WATCH },
	{ STATE_FETCHING,   ANY, ANY, NO_PROFILE, 0,   0,   STEP_REST },
	{ STATE_FETCHING,   ANY, ANY, PROGRAM,    0,   0,   STEP_SUBMIT_AGAIN },
	{ STATE_FETCHING,   ANY, ANY, HTTP,       0,   0,   STEP_FOLLOW },
	{ STATE_DONE,       ANY, ANY, ANY,        ANY, ANY, STEP_REST },
	{ STATE_FAILED,     ANY, ANY, ANY,        ANY, ANY, STEP_REST },
	{ STATE_CANCELLED,  ANY, ANY, ANY,        ANY, ANY, STEP_REST },
	/* Overdue: asked seldom, but asked. */
	{ STATE_HELD, HOLD_OVERDUE, WISH_NONE,   ANY, 1, ANY, STEP_WATCH },
	{ STATE_HELD, HOLD_OVERDUE, WISH_CANCEL, ANY, 1, ANY, STEP_CANCEL },
	{ STATE_HELD, HOLD_OVERDUE, ANY, HTTP,       0, ANY, STEP_FOLLOW },
	{ STATE_HELD, HOLD_OVERDUE, ANY, NO_PROFILE, 0, ANY, STEP_REST },
	{ STATE_HELD, HOLD_OVERDUE, ANY, PROGRAM,    0, ANY, STEP_SUBMIT_AGAIN },
	{ STATE_HELD, HOLD_DOUBT, ANY, HTTP_THAT_LISTS, ANY, ANY, STEP_LOOK },
	{ STATE_HELD, ANY, ANY, ANY, ANY, ANY, STEP_REST },
};
/* clang-format on */

/* A rule for HTTP is for all that are spoken to so. */
static bool fits(int rule, int value)
{
	return rule == ANY || rule == value;
}

static bool fits_profile(int rule, int value)
{
	return fits(rule, value) || (rule == HTTP && value == HTTP_THAT_LISTS);
}

struct given {
	enum state state;
	int hold, wish, profile, under_way, pictures;
};

static enum step wanted(const struct given *given)
{
	for (size_t i = 0; i < LENGTH(rules); i++)
		if (rules[i].state == given->state && fits(rules[i].hold, given->hold) &&
		    fits(rules[i].wish, given->wish) &&
		    fits_profile(rules[i].profile, given->profile) &&
		    fits(rules[i].under_way, given->under_way) &&
		    fits(rules[i].pictures, given->pictures))
			return rules[i].want;
	fail_msg("no rule for %s, wish %d", state_word(given->state), given->wish);
	return STEP_REST;
}

static void check(const struct given *given)
{
	struct http_profile http = { .base_url = NULL };
	const struct profile profile = {
		.transport = given->profile == PROGRAM ? TRANSPORT_PROGRAM : TRANSPORT_HTTP,
		.http = &http,
	};
	const struct call call = {
		.state = given->state,
		.hold = (enum hold)given->hold,
		.wish = (enum wish)given->wish,
	};
	const struct situation situation = {
		.call = &call,
		.profile = given->profile == NO_PROFILE ? NULL : &profile,
		.under_way = given->under_way,
		.pictures = given->pictures,
	};
	enum step want = wanted(given);

	if (given->profile == HTTP_THAT_LISTS)
		http.list.request = (struct request_line){ .verb = "GET", .url = list_url };

	if (plan_next(&situation) != want)
		fail_msg("%s, hold %d, wish %d, profile %d, under way %d, pictures %d: step %d, "
			 "not %d",
			 state_word(given->state), given->hold, given->wish, given->profile,
			 given->under_way, given->pictures, plan_next(&situation), want);
}

static void check_holds(struct given given)
{
	int holds = given.state == STATE_HELD ? HOLDS : HOLD_NONE + 1;

	for (int hold = 0; hold < holds; hold++)
		for (int wish = WISH_NONE; wish <= WISH_CANCEL; wish++) {
			given.hold = hold;
			given.wish = wish;
			check(&given);
		}
}

static void test_every_situation(void **state)
{
	(void)state;
	for (enum state each = STATE_QUEUED; each < STATES; each++)
		for (int profile = NO_PROFILE; profile < PROFILES; profile++)
			for (int bits = 0; bits < 4 && each != STATE_REJECTED; bits++)
				check_holds((struct given){ .state = each,
							    .profile = profile,
							    .under_way = bits & 1,
							    .pictures = bits >> 1 });
}

/* What a service has under way is not painted again by a program that took its name. */
static void test_another_profile(void **state)
{
	static const enum state states[] = { STATE_RUNNING, STATE_FETCHING, STATE_HELD };
	const struct profile program = { .transport = TRANSPORT_PROGRAM };

	(void)state;
	for (size_t i = 0; i < LENGTH(states); i++) {
		const struct call call = { .state = states[i],
					   .hold = states[i] == STATE_HELD ? HOLD_OVERDUE
									   : HOLD_NONE,
					   .remote_id = "there" };
		const struct situation situation = { .call = &call, .profile = &program };

		assert_int_equal(plan_next(&situation), STEP_REST);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_another_profile),
		cmocka_unit_test(test_every_situation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
