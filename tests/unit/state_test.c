/* The state machine, cell by cell: what mount.md's "Status words" allows in each
 * state, and every event that can or cannot happen to a call. */
#include "job/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

#define BUSY          VERDICT_BUSY
#define CALLS         VERDICT_CALLS
#define JUDGE         VERDICT_JUDGE
#define FRESH         VERDICT_NEW_RUN

static void test_verdict_of_each_cell(void **state)
{
	/* clang-format off */
	static const struct {
		enum state state;
		enum hold hold;
		enum verdict cancel, retry, again, resend;
	} rows[] = {
		{ STATE_NONE,       HOLD_NONE,        BUSY,  BUSY,  BUSY, BUSY },
		{ STATE_EMPTY,      HOLD_NONE,        BUSY,  BUSY,  BUSY, BUSY },
		{ STATE_WRITING,    HOLD_NONE,        BUSY,  BUSY,  BUSY, BUSY },
		{ STATE_QUEUED,     HOLD_NONE,        CALLS, BUSY,  BUSY, BUSY },
		{ STATE_SUBMITTING, HOLD_NONE,        CALLS, BUSY,  BUSY, BUSY },
		{ STATE_RUNNING,    HOLD_NONE,        CALLS, CALLS, FRESH, BUSY },
		{ STATE_FETCHING,   HOLD_NONE,        BUSY,  CALLS, FRESH, BUSY },
		{ STATE_DONE,       HOLD_NONE,        BUSY,  BUSY,  FRESH, BUSY },
		{ STATE_REJECTED,   HOLD_NONE,        BUSY,  JUDGE, BUSY, BUSY },
		{ STATE_FAILED,     HOLD_NONE,        BUSY,  CALLS, FRESH, BUSY },
		{ STATE_CANCELLED,  HOLD_NONE,        BUSY,  CALLS, FRESH, BUSY },
		{ STATE_HELD,       HOLD_NONE,        CALLS, CALLS, BUSY, BUSY },
		{ STATE_HELD,       HOLD_INTERRUPTED, CALLS, JUDGE, BUSY, BUSY },
		{ STATE_HELD,       HOLD_KEY,         CALLS, CALLS, BUSY, BUSY },
		{ STATE_HELD,       HOLD_CREDIT,      CALLS, CALLS, BUSY, BUSY },
		{ STATE_HELD,       HOLD_PRICE,       CALLS, CALLS, BUSY, BUSY },
		{ STATE_HELD,       HOLD_LIMIT,       CALLS, CALLS, BUSY, BUSY },
		{ STATE_HELD,       HOLD_OVERDUE,     CALLS, CALLS, FRESH, BUSY },
		{ STATE_HELD,       HOLD_DOUBT,       CALLS, CALLS, BUSY, CALLS },
	};
	/* clang-format on */
	bool seen[STATES] = { false };

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		enum verdict got[COMMANDS];

		seen[rows[i].state] = true;
		for (enum command command = 0; command < COMMANDS; command++)
			got[command] = command_verdict(command, rows[i].state, rows[i].hold);
		if (got[COMMAND_CANCEL] != rows[i].cancel || got[COMMAND_RETRY] != rows[i].retry ||
		    got[COMMAND_AGAIN] != rows[i].again || got[COMMAND_RESEND] != rows[i].resend)
			fail_msg("%s, hold %d: cancel %d, retry %d, again %d, resend %d",
				 state_word(rows[i].state), rows[i].hold, got[COMMAND_CANCEL],
				 got[COMMAND_RETRY], got[COMMAND_AGAIN], got[COMMAND_RESEND]);
	}
	for (enum state each = 0; each < STATES; each++)
		assert_true(seen[each]);
}

/* What is not written here must be STATE_NONE. */
static const struct {
	enum state from;
	enum event event;
	enum state to;
} steps[] = {
	{ STATE_QUEUED, EVENT_SENT, STATE_SUBMITTING },
	{ STATE_QUEUED, EVENT_REFUSED, STATE_FAILED },
	{ STATE_QUEUED, EVENT_HELD, STATE_HELD },
	{ STATE_QUEUED, EVENT_CANCELLED, STATE_CANCELLED },
	{ STATE_SUBMITTING, EVENT_ACCEPTED, STATE_RUNNING },
	{ STATE_SUBMITTING, EVENT_PICTURES, STATE_FETCHING },
	{ STATE_SUBMITTING, EVENT_REFUSED, STATE_FAILED },
	{ STATE_SUBMITTING, EVENT_NOT_TAKEN, STATE_QUEUED },
	{ STATE_SUBMITTING, EVENT_FAILED, STATE_FAILED },
	{ STATE_SUBMITTING, EVENT_HELD, STATE_HELD },
	{ STATE_SUBMITTING, EVENT_CANCELLED, STATE_CANCELLED },
	{ STATE_RUNNING, EVENT_PICTURES, STATE_FETCHING },
	{ STATE_RUNNING, EVENT_NOT_TAKEN, STATE_QUEUED },
	{ STATE_RUNNING, EVENT_FAILED, STATE_FAILED },
	{ STATE_RUNNING, EVENT_GONE, STATE_FAILED },
	{ STATE_RUNNING, EVENT_HELD, STATE_HELD },
	{ STATE_RUNNING, EVENT_CANCELLED, STATE_CANCELLED },
	{ STATE_FETCHING, EVENT_PUBLISHED, STATE_DONE },
	{ STATE_FETCHING, EVENT_FAILED, STATE_FAILED },
	{ STATE_FETCHING, EVENT_GONE, STATE_FAILED },
	{ STATE_FETCHING, EVENT_NOT_TAKEN, STATE_QUEUED },
	{ STATE_FAILED, EVENT_ACCEPTED, STATE_RUNNING },
	{ STATE_FAILED, EVENT_RETRIED, STATE_QUEUED },
	{ STATE_CANCELLED, EVENT_RETRIED, STATE_QUEUED },
	{ STATE_HELD, EVENT_ACCEPTED, STATE_RUNNING },
	{ STATE_HELD, EVENT_PICTURES, STATE_FETCHING },
	{ STATE_HELD, EVENT_FAILED, STATE_FAILED },
	{ STATE_HELD, EVENT_GONE, STATE_FAILED },
	{ STATE_HELD, EVENT_CANCELLED, STATE_CANCELLED },
	{ STATE_HELD, EVENT_RETRIED, STATE_QUEUED },
};

static void test_each_event_in_each_state(void **state)
{
	size_t possible = 0;

	(void)state;
	for (enum state from = 0; from < STATES; from++)
		for (enum event event = 0; event < EVENTS; event++) {
			enum state want = STATE_NONE;

			for (size_t i = 0; i < LENGTH(steps); i++)
				if (steps[i].from == from && steps[i].event == event)
					want = steps[i].to;
			if (state_after(from, event) != want)
				fail_msg("%s, event %d: %s instead of %s", state_word(from), event,
					 state_word(state_after(from, event)), state_word(want));
			possible += want != STATE_NONE;
		}
	assert_int_equal(possible, LENGTH(steps));
}

static void test_words_and_rest(void **state)
{
	static const struct {
		enum state state;
		const char *word;
		bool rests, sends_again;
	} rows[] = {
		{ STATE_NONE, "", false, false },
		{ STATE_EMPTY, "empty", true, false },
		{ STATE_WRITING, "writing", false, false },
		{ STATE_QUEUED, "queued", false, false },
		{ STATE_SUBMITTING, "submitting", false, false },
		{ STATE_RUNNING, "running", false, false },
		{ STATE_FETCHING, "fetching", false, false },
		{ STATE_DONE, "done", true, false },
		{ STATE_REJECTED, "rejected", true, true },
		{ STATE_FAILED, "failed", true, true },
		{ STATE_CANCELLED, "cancelled", true, true },
		{ STATE_HELD, "held", true, false },
	};

	(void)state;
	assert_int_equal(LENGTH(rows), STATES);
	for (size_t i = 0; i < LENGTH(rows); i++) {
		assert_int_equal(rows[i].state, i);
		assert_string_equal(state_word(rows[i].state), rows[i].word);
		assert_int_equal(state_rests(rows[i].state), rows[i].rests);
		assert_int_equal(state_sends_again(rows[i].state), rows[i].sends_again);
	}
}

static void test_command_words(void **state)
{
	static const struct {
		const char *word;
		enum command want;
	} rows[] = {
		{ "cancel", COMMAND_CANCEL }, { "retry", COMMAND_RETRY },
		{ "again", COMMAND_AGAIN },   { "", COMMANDS },
		{ "cance", COMMANDS },        { "cancell", COMMANDS },
		{ "Cancel", COMMANDS },       { "retry ", COMMANDS },
		{ "again\n", COMMANDS },      { "pause", COMMANDS },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++)
		assert_int_equal(command_find(rows[i].word, strlen(rows[i].word)), rows[i].want);
	assert_int_equal(command_find("cancel!", 6), COMMAND_CANCEL);
	assert_int_equal(command_find("again\0", 6), COMMANDS);
}

static void test_state_of_calls(void **state)
{
	/* Each shows before all that follow it. */
	static const enum state order[] = {
		STATE_SUBMITTING, STATE_RUNNING, STATE_FETCHING,  STATE_QUEUED,
		STATE_HELD,       STATE_FAILED,  STATE_CANCELLED, STATE_DONE,
	};

	(void)state;
	assert_int_equal(state_of_calls(NULL, 0), STATE_NONE);
	for (size_t i = 0; i < LENGTH(order); i++)
		for (size_t j = i; j < LENGTH(order); j++) {
			const enum state pair[] = { order[i], order[j] };
			const enum state turned[] = { order[j], order[i], order[j] };

			assert_int_equal(state_of_calls(pair, 1), order[i]);
			assert_int_equal(state_of_calls(pair, 2), order[i]);
			assert_int_equal(state_of_calls(turned, 3), order[i]);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verdict_of_each_cell),
		cmocka_unit_test(test_each_event_in_each_state),
		cmocka_unit_test(test_words_and_rest),
		cmocka_unit_test(test_command_words),
		cmocka_unit_test(test_state_of_calls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
