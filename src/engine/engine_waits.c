/* Why a queued call waits, said in its job's log: once for each time that it is in the
 * queue, and only when it is there for longer than a submission takes. Calls that are new
 * are found by their ids, which grow; others are noted when they come back. */
#include "engine_private.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/strbuf.h"
#include "io/store_calls.h"

enum {
	WAIT_TOLD_MS = 1000, /* who waits for less does not wait */
	STEP_MS = 20,        /* a thousand lines at once must not keep replies waiting */
};

/* A call in the queue, also while a try to submit it is on its way: a provider that is
 * busy for an hour makes one line, not one a try. */
struct wait {
	int64_t call;
};

static int by_call(const void *a, const void *b)
{
	const struct wait *x = a, *y = b;

	return (x->call > y->call) - (x->call < y->call);
}

static void begin(struct engine *engine, int64_t call)
{
	struct wait *wait = calloc(1, sizeof(*wait));
	struct wait *const *found;

	if (!wait)
		return; /* a line less */
	wait->call = call;
	found = tsearch(wait, &engine->waits, by_call);
	if (found && *found == wait)
		timer_add(&engine->waits_due, call, clock_steady_ms() + WAIT_TOLD_MS);
	else
		free(wait);
}

static void end(struct engine *engine, int64_t call)
{
	struct wait wanted = { .call = call };
	struct wait *const *found = tfind(&wanted, &engine->waits, by_call);
	struct wait *wait = found ? *found : NULL;

	if (!wait)
		return;
	tdelete(wait, &engine->waits, by_call);
	free(wait);
}

void waits_note(struct engine *engine, int64_t call, enum state state)
{
	if (state == STATE_QUEUED)
		begin(engine, call);
	else if (state != STATE_SUBMITTING)
		end(engine, call);
}

void waits_pass_over(struct engine *engine)
{
	CLEANUP(store_read) struct db *db = store_read_begin(engine->parts.store);
	struct call call;

	while (db && store_call_next_in(db, STATE_QUEUED, NULL, engine->waits_found, &call) == 0)
		engine->waits_found = call.id;
}

void waits_find(struct engine *engine)
{
	CLEANUP(store_read) struct db *db = store_read_begin(engine->parts.store);
	int64_t until_ms = clock_steady_ms() + STEP_MS;
	struct call call;

	while (db && store_call_next_in(db, STATE_QUEUED, NULL, engine->waits_found, &call) == 0) {
		engine->waits_found = call.id;
		begin(engine, call.id);
		if (clock_steady_ms() >= until_ms) {
			engine->work = true;
			return;
		}
	}
}

/* What it waits for just now, in the words of the page `status`. */
static void say(struct engine *engine, const struct call *call, enum pausing pausing)
{
	const struct rules *rules = rulebook_current(engine->parts.rulebook);
	CLEANUP(strbuf) struct strbuf line = STRBUF_EMPTY;
	const struct profile *profile = profile_set_find(&rules->profiles, call->provider);
	const struct desk *desk =
		profile && profile->transport == TRANSPORT_HTTP ? desk_of(engine, profile) : NULL;
	char trouble[200];

	live_get_trouble(engine->parts.live, call->provider, trouble, sizeof(trouble));
	if (pausing == PAUSE_ON)
		strbuf_add_text(&line, "waits until resume");
	else if (!profile)
		strbuf_addf(&line, "waits for a provider %s: none is known", call->provider);
	else if (*trouble)
		strbuf_addf(&line, "waits for %s: %s", call->provider, trouble);
	else if (desk && desk->asks_price)
		strbuf_addf(&line, "waits for %s to say what it costs", call->provider);
	else
		strbuf_addf(&line, "waits for a slot at %s", call->provider);
	catalog_add_log(engine->parts.catalog, call->id, strbuf_text(&line));
}

void waits_step(struct engine *engine, int64_t now_ms)
{
	int64_t id, until_ms = clock_steady_ms() + STEP_MS;

	while (clock_steady_ms() < until_ms && timer_take_due(&engine->waits_due, now_ms, &id)) {
		struct db *db = store_read_begin(engine->parts.store);
		enum pausing pausing = db && catalog_is_paused(db) ? PAUSE_ON : PAUSE_OFF;
		struct call call;
		int r = db ? store_call_get(db, id, &call) : -EIO;

		store_read_end(db);
		if (r == 0 && call.state == STATE_QUEUED)
			say(engine, &call, pausing);
		else if (r == -ENOENT || (r == 0 && call.state != STATE_SUBMITTING))
			end(engine, id);
	}
}

int64_t waits_next(const struct engine *engine, int64_t otherwise)
{
	return timers_next(&engine->waits_due, otherwise);
}

void waits_free(struct engine *engine)
{
	while (engine->waits) {
		struct wait *wait = *(struct wait **)engine->waits;

		tdelete(wait, &engine->waits, by_call);
		free(wait);
	}
	timers_done(&engine->waits_due);
}
