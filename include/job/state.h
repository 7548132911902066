/* The states of a call and of the run made of calls, what moves them, and what
 * a person may ask for in each: two tables. Pure. The words and rules are the
 * contract of docs/mount.md, "Status words". */
#ifndef EASELFS_JOB_STATE_H
#define EASELFS_JOB_STATE_H

#include <stdbool.h>
#include <stddef.h>

/* Kept in the store by number: never renumber. */
enum state {
	STATE_NONE,
	STATE_EMPTY,   /* closed without content; a job's only, never a call's */
	STATE_WRITING, /* changed, not yet closed and settled; a job's only */
	STATE_QUEUED,
	STATE_SUBMITTING,
	STATE_RUNNING,
	STATE_FETCHING,
	STATE_DONE,
	STATE_REJECTED, /* a run's only: nothing was sent, there are no calls */
	STATE_FAILED,
	STATE_CANCELLED,
	STATE_HELD,
	STATES
};

/* Why a call or run is held. Kept in the store by number. */
enum hold {
	HOLD_NONE,
	HOLD_INTERRUPTED, /* the daemon stopped while the request was being written */
	HOLD_KEY,
	HOLD_CREDIT,
	HOLD_PRICE,
	HOLD_LIMIT,
	HOLD_OVERDUE,
	HOLD_DOUBT,
	HOLDS
};

/* What happens to a call. Kept in the store by number, as what a call has lost: never
 * renumber. */
enum event {
	EVENT_NONE,      /* nothing that moves it */
	EVENT_SENT,      /* the intent is on disk, the request is on its way */
	EVENT_ACCEPTED,  /* the provider (or the painter) has it */
	EVENT_PICTURES,  /* finished there; the pictures can be fetched */
	EVENT_PUBLISHED, /* every picture is under images/ */
	EVENT_REFUSED,   /* the provider will not do it */
	EVENT_NOT_TAKEN, /* surely not taken: it may be sent again */
	EVENT_FAILED,    /* failed there */
	EVENT_GONE,      /* paid, and the pictures are gone there */
	EVENT_HELD,      /* needs a person, a reload or the next day */
	EVENT_CANCELLED, /* ended by a wish of a person */
	EVENT_RETRIED,   /* a person asked to try again */
	EVENTS
};

/* The state after `event` in `state`, or STATE_NONE when that cannot happen. */
enum state state_after(enum state state, enum event event);

/* What a person writes to jobs/P/ctl. */
enum command { COMMAND_CANCEL, COMMAND_RETRY, COMMAND_RESEND, COMMAND_AGAIN, COMMANDS };

/* The command of that word, or COMMANDS. */
enum command command_find(const char *word, size_t size);

enum verdict {
	VERDICT_BUSY,    /* EBUSY: not in this state */
	VERDICT_CALLS,   /* the calls of the run are told */
	VERDICT_JUDGE,   /* the request's bytes are judged again */
	VERDICT_NEW_RUN, /* another run of the same content */
};

/* What `command` does to a run in `state` (held for `hold`). */
enum verdict command_verdict(enum command command, enum state state, enum hold hold);

/* "queued"; "" for STATE_NONE. */
const char *state_word(enum state state);

/* Whether `wait` returns in this state. */
bool state_rests(enum state state);

/* Whether a run in this state is over, but for a person's wish: it rests, and does
 * not wait for anything. */
bool state_ends(enum state state);

/* Whether the same bytes, closed again, start a new run. */
bool state_sends_again(enum state state);

/* What a run shows when its calls are in these states: the first of submitting,
 * running, fetching, queued, held, failed, cancelled, done that any call is in. */
enum state state_of_calls(const enum state *states, size_t count);

#endif
