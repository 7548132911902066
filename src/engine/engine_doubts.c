/* Submissions in doubt at providers that list their jobs: looked for there, and taken up
 * when it is certain which job they have become (job/adopt). A list that does not show one
 * means nothing; it is looked for a few times, ever later, and then left to a person. */
#include "engine_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "io/store_calls.h"
#include "io/store_jobs.h"
#include "job/adopt.h"

enum { LOOKS_MAX = 4 };

/* A submission that is looked for. */
struct doubt {
	struct doubt *next;
	struct engine *engine;
	const struct profile *profile;
	int64_t call;
	int64_t since_ms, asked_ms; /* wall */
	unsigned looks;
	char model[128];
	struct params sent;
	char *extra;
	struct adoption adoption;
	struct message message;
	struct http_transfer *transfer;
};

static struct doubt *find(const struct engine *engine, int64_t call)
{
	struct doubt *doubt = engine->doubts;

	while (doubt && doubt->call != call)
		doubt = doubt->next;
	return doubt;
}

static void release(struct doubt *doubt)
{
	struct doubt **link = &doubt->engine->doubts;

	while (*link != doubt)
		link = &(*link)->next;
	*link = doubt->next;
	if (doubt->transfer)
		http_cancel(doubt->transfer);
	message_done(&doubt->message);
	adopt_done(&doubt->adoption);
	params_done(&doubt->sent);
	free(doubt->extra);
	free(doubt);
}

static struct asking asking_of(const struct doubt *doubt)
{
	const struct rules *rules = rulebook_current(doubt->engine->parts.rulebook);

	return (struct asking){
		.profile = doubt->profile,
		.base_url = rules_access(rules, doubt->profile)->base_url,
		.model = doubt->model,
		.sent = &doubt->sent,
		.extra = doubt->extra,
	};
}

/* ---- who else it may be ---- */

static bool is_in_doubt(const struct call *call)
{
	return call->state == STATE_SUBMITTING ||
	       (call->state == STATE_HELD && call->hold == HOLD_DOUBT);
}

static int match_of(const struct doubt *doubt, const struct call *call, char **ret_text)
{
	CLEANUP(params) struct params sent = { { NULL } };
	CLEANUP(free_ptr) char *extra = NULL;
	struct asking asking = asking_of(doubt);
	int r = engine_load_params(doubt->engine, call, &sent, &extra);

	asking.sent = &sent;
	asking.extra = extra;
	return r < 0 ? r : protocol_match(&asking, ret_text);
}

/* Counts the calls in `state` that could be what matches as well. */
static size_t rivals_in(const struct doubt *doubt, enum state state, const char *match)
{
	struct engine *engine = doubt->engine;
	size_t rivals = 0;
	struct call call = { 0 };

	for (;;) {
		struct db *db = store_read_begin(engine->parts.store);
		CLEANUP(free_ptr) char *text = NULL;
		int r = db ? store_call_next_in(db, state, doubt->profile->name, call.id, &call)
			   : -EIO;

		store_read_end(db);
		if (r == -ENOENT)
			return rivals;
		if (r < 0)
			return rivals + 1; /* not known: somebody may be */
		if (call.id == doubt->call || !is_in_doubt(&call))
			continue;
		r = match_of(doubt, &call, &text);
		rivals += r < 0 || (r > 0 && strcmp(text, match) == 0);
	}
}

static size_t count_rivals(const struct doubt *doubt)
{
	struct asking asking = asking_of(doubt);
	CLEANUP(free_ptr) char *match = NULL;

	if (protocol_match(&asking, &match) <= 0)
		return 1;
	return rivals_in(doubt, STATE_SUBMITTING, match) + rivals_in(doubt, STATE_HELD, match);
}

/* ---- looking ---- */

static int see(const struct list_entry *entry, void *arg)
{
	struct doubt *doubt = arg;
	CLEANUP(store_read) struct db *db = store_read_begin(doubt->engine->parts.store);
	struct call call;
	int r = -ENOENT;

	if (!db)
		return -EIO;
	if (entry->id)
		r = store_call_find_remote(db, doubt->profile->name, entry->id, &call);
	if (r < 0 && r != -ENOENT)
		return r;
	return adopt_see(&doubt->adoption, entry, r == 0 ? OWNER_OURS : OWNER_UNKNOWN);
}

static void look_again(struct doubt *doubt)
{
	int64_t lag_ms = (doubt->profile->http->list.lag_s + 1) * 1000;

	if (++doubt->looks >= LOOKS_MAX) {
		release(doubt);
		return;
	}
	timer_add(&doubt->engine->looks, doubt->call, clock_steady_ms() + lag_ms * doubt->looks);
}

/* Whether the call is still in doubt, and for the same submission: a person may have sent
 * it again, and what is listed is no answer to that. */
static bool lasts(const struct doubt *doubt)
{
	CLEANUP(store_read) struct db *db = store_read_begin(doubt->engine->parts.store);
	struct call call;

	return db && store_call_get(db, doubt->call, &call) == 0 && call.state == STATE_HELD &&
	       call.hold == HOLD_DOUBT && call.changed_ms == doubt->since_ms;
}

/* What has become of the call is looked at anew. */
static void leave(struct doubt *doubt)
{
	timer_add(&doubt->engine->calls, doubt->call, 0);
	release(doubt);
}

static void take_up(struct doubt *doubt, const char *id)
{
	struct call_news found = CALL_NEWS(EVENT_ACCEPTED);

	found.remote_id = id;
	found.log = "the provider has it after all: it is in its list of jobs";
	engine_tell(doubt->engine, doubt->call, &found);
	release(doubt);
}

static void listed(const struct http_end *end, void *arg)
{
	struct doubt *doubt = arg;
	struct adopt_facts facts = {
		.since_ms = doubt->since_ms,
		.asked_ms = doubt->asked_ms,
		.lag_s = doubt->profile->http->list.lag_s,
	};
	struct asking asking = asking_of(doubt);
	const char *id = NULL;
	int r = -EIO;

	doubt->transfer = NULL;
	if (end->reply.delivery == DELIVERY_REPLIED && end->reply.status / 100 == 2)
		r = protocol_read_list(&asking, &end->reply, see, doubt);
	message_done(&doubt->message);
	if (!lasts(doubt)) {
		leave(doubt);
		return;
	}
	if (r == 0) {
		facts.rivals = count_rivals(doubt);
		id = adopt_choice(&doubt->adoption, &facts);
	}
	if (id)
		take_up(doubt, id);
	else
		look_again(doubt);
}

static void ask(struct doubt *doubt)
{
	const struct rules *rules = rulebook_current(doubt->engine->parts.rulebook);
	struct desk *desk = desk_of(doubt->engine, doubt->profile);
	struct http_order order = {
		.message = &doubt->message,
		.authorization = rules_access(rules, doubt->profile)->header,
		.done = listed,
		.arg = doubt,
	};
	struct asking asking = asking_of(doubt);
	struct diag diag;

	doubt->asked_ms = clock_wall_ms();
	if (!desk || protocol_message(EXCHANGE_LIST, &asking, &doubt->message, &diag) < 0) {
		release(doubt);
		return;
	}
	order.peer = desk->peer;
	if (http_start(doubt->engine->http, &order, &doubt->transfer) < 0) {
		message_done(&doubt->message);
		look_again(doubt);
	}
}

/* ---- beginning ---- */

static int load(struct doubt *doubt, const struct call *call)
{
	struct db *db = store_read_begin(doubt->engine->parts.store);
	struct run run;
	int r = db ? store_run_get(db, call->run, &run) : -EIO;

	store_read_end(db);
	if (r < 0)
		return r;
	memcpy(doubt->model, run.model, sizeof(doubt->model));
	return engine_load_params(doubt->engine, call, &doubt->sent, &doubt->extra);
}

void doubts_begin(struct engine *engine, const struct call *call, const struct profile *profile)
{
	struct doubt *doubt = find(engine, call->id);
	int64_t lag_ms = profile->http->list.lag_s * 1000, ago_ms;

	if (doubt)
		return;
	doubt = calloc(1, sizeof(*doubt));
	if (!doubt)
		return; /* a person decides */
	doubt->engine = engine;
	doubt->profile = profile;
	doubt->call = call->id;
	doubt->since_ms = call->changed_ms;
	doubt->next = engine->doubts;
	engine->doubts = doubt;
	if (load(doubt, call) < 0) {
		release(doubt);
		return;
	}
	ago_ms = clock_wall_ms() - call->changed_ms;
	if (ago_ms < 0)
		ago_ms = 0;
	timer_add(&engine->looks, call->id,
		  clock_steady_ms() + (ago_ms > lag_ms ? 0 : lag_ms - ago_ms + 1000));
}

void doubts_step(struct engine *engine, int64_t now_ms)
{
	int64_t id;

	while (timer_take_due(&engine->looks, now_ms, &id)) {
		struct doubt *doubt = find(engine, id);

		if (doubt && !lasts(doubt))
			leave(doubt);
		else if (doubt && !doubt->transfer)
			ask(doubt);
	}
}

int64_t doubts_next(const struct engine *engine, int64_t otherwise)
{
	return timers_next(&engine->looks, otherwise);
}

void doubts_free(struct engine *engine)
{
	while (engine->doubts)
		release(engine->doubts);
}
