/* The state machine as data. Zero means "cannot happen" in both tables, so a
 * transition that nobody thought of is refused instead of invented. A run has
 * no machine of its own: it shows what its calls are in. */
#include "job/state.h"

#include <string.h>

/* clang-format off */
static const enum state after[STATES][EVENTS] = {
	[STATE_QUEUED] = {
		[EVENT_SENT]      = STATE_SUBMITTING,
		[EVENT_REFUSED]   = STATE_FAILED,
		[EVENT_HELD]      = STATE_HELD,
		[EVENT_CANCELLED] = STATE_CANCELLED,
	},
	[STATE_SUBMITTING] = {
		[EVENT_ACCEPTED]  = STATE_RUNNING,
		[EVENT_PICTURES]  = STATE_FETCHING,
		[EVENT_REFUSED]   = STATE_FAILED,
		[EVENT_NOT_TAKEN] = STATE_QUEUED,
		[EVENT_FAILED]    = STATE_FAILED,
		[EVENT_HELD]      = STATE_HELD,
		[EVENT_CANCELLED] = STATE_CANCELLED,
	},
	[STATE_RUNNING] = {
		[EVENT_PICTURES]  = STATE_FETCHING,
		[EVENT_NOT_TAKEN] = STATE_QUEUED,
		[EVENT_FAILED]    = STATE_FAILED,
		[EVENT_GONE]      = STATE_FAILED,
		[EVENT_HELD]      = STATE_HELD,
		[EVENT_CANCELLED] = STATE_CANCELLED,
	},
	[STATE_FETCHING] = {
		[EVENT_PUBLISHED] = STATE_DONE,
		[EVENT_FAILED]    = STATE_FAILED,
		[EVENT_GONE]      = STATE_FAILED,
		[EVENT_NOT_TAKEN] = STATE_QUEUED,
	},
	[STATE_FAILED] = {
		[EVENT_ACCEPTED]  = STATE_RUNNING, /* it has an id: polled and fetched only */
		[EVENT_RETRIED]   = STATE_QUEUED,
	},
	[STATE_CANCELLED] = { [EVENT_RETRIED] = STATE_QUEUED },
	[STATE_HELD] = {
		[EVENT_ACCEPTED]  = STATE_RUNNING,
		[EVENT_PICTURES]  = STATE_FETCHING,
		[EVENT_FAILED]    = STATE_FAILED,
		[EVENT_GONE]      = STATE_FAILED,
		[EVENT_CANCELLED] = STATE_CANCELLED,
		[EVENT_RETRIED]   = STATE_QUEUED,
	},
};
/* clang-format on */

/* clang-format off */
static const enum verdict verdicts[STATES][COMMANDS] = {
	[STATE_QUEUED]     = { [COMMAND_CANCEL] = VERDICT_CALLS },
	[STATE_SUBMITTING] = { [COMMAND_CANCEL] = VERDICT_CALLS },
	[STATE_RUNNING]    = { [COMMAND_CANCEL] = VERDICT_CALLS, [COMMAND_RETRY] = VERDICT_CALLS,
			       [COMMAND_AGAIN] = VERDICT_NEW_RUN },
	[STATE_FETCHING]   = { [COMMAND_RETRY] = VERDICT_CALLS, [COMMAND_AGAIN] = VERDICT_NEW_RUN },
	[STATE_DONE]       = { [COMMAND_AGAIN] = VERDICT_NEW_RUN },
	[STATE_REJECTED]   = { [COMMAND_RETRY] = VERDICT_JUDGE },
	[STATE_FAILED]     = { [COMMAND_RETRY] = VERDICT_CALLS, [COMMAND_AGAIN] = VERDICT_NEW_RUN },
	[STATE_CANCELLED]  = { [COMMAND_RETRY] = VERDICT_CALLS, [COMMAND_AGAIN] = VERDICT_NEW_RUN },
	[STATE_HELD]       = { [COMMAND_CANCEL] = VERDICT_CALLS, [COMMAND_RETRY] = VERDICT_CALLS },
};
/* clang-format on */

/* clang-format off */
static const char *const state_words[STATES] = {
	[STATE_NONE] = "",
	[STATE_EMPTY] = "empty",
	[STATE_WRITING] = "writing",
	[STATE_QUEUED] = "queued",
	[STATE_SUBMITTING] = "submitting",
	[STATE_RUNNING] = "running",
	[STATE_FETCHING] = "fetching",
	[STATE_DONE] = "done",
	[STATE_REJECTED] = "rejected",
	[STATE_FAILED] = "failed",
	[STATE_CANCELLED] = "cancelled",
	[STATE_HELD] = "held",
};
/* clang-format on */

static const char *const command_words[COMMANDS] = {
	[COMMAND_CANCEL] = "cancel",
	[COMMAND_RETRY] = "retry",
	[COMMAND_RESEND] = "resend",
	[COMMAND_AGAIN] = "again",
};

enum state state_after(enum state state, enum event event)
{
	return after[state][event];
}

enum command command_find(const char *word, size_t size)
{
	for (enum command command = 0; command < COMMANDS; command++)
		if (strlen(command_words[command]) == size &&
		    !memcmp(command_words[command], word, size))
			return command;
	return COMMANDS;
}

enum verdict command_verdict(enum command command, enum state state, enum hold hold)
{
	if (state == STATE_HELD) {
		if (hold == HOLD_INTERRUPTED && command == COMMAND_RETRY)
			return VERDICT_JUDGE;
		if (hold == HOLD_DOUBT && command == COMMAND_RESEND)
			return VERDICT_CALLS;
		if (hold == HOLD_OVERDUE && command == COMMAND_AGAIN)
			return VERDICT_NEW_RUN;
	}
	return verdicts[state][command];
}

const char *state_word(enum state state)
{
	return state_words[state];
}

bool state_rests(enum state state)
{
	switch (state) {
	case STATE_EMPTY:
	case STATE_DONE:
	case STATE_REJECTED:
	case STATE_FAILED:
	case STATE_CANCELLED:
	case STATE_HELD:
		return true;
	default:
		return false;
	}
}

bool state_ends(enum state state)
{
	return state_rests(state) && state != STATE_HELD && state != STATE_EMPTY;
}

bool state_sends_again(enum state state)
{
	return state == STATE_REJECTED || state == STATE_FAILED || state == STATE_CANCELLED;
}

enum state state_of_calls(const enum state *states, size_t count)
{
	static const enum state first_to_show[] = {
		STATE_SUBMITTING, STATE_RUNNING, STATE_FETCHING,  STATE_QUEUED,
		STATE_HELD,       STATE_FAILED,  STATE_CANCELLED, STATE_DONE,
	};

	for (size_t i = 0; i < sizeof(first_to_show) / sizeof(first_to_show[0]); i++)
		for (size_t call = 0; call < count; call++)
			if (states[call] == first_to_show[i])
				return first_to_show[i];
	return STATE_NONE;
}
