/* Calls at providers spoken to over HTTP. job/errand decides what is next and what a
 * reply means; here it is done: messages, pictures, and the record of what came of it.
 * What could not be recorded because the disk is full is kept and tried again before
 * anything else happens to the call: an id that is known is never lost to that. */
#include "engine_private.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "io/store_calls.h"

enum { COURIERS_STEP = 64 };

/* ---- the table ---- */

static int by_call(const void *a, const void *b)
{
	const struct courier *x = a, *y = b;

	return (x->call > y->call) - (x->call < y->call);
}

static struct courier *find(const struct engine *engine, int64_t call)
{
	struct courier wanted = { .call = call };
	struct courier *const *found = tfind(&wanted, &engine->couriers_by_call, by_call);

	return found ? *found : NULL;
}

static int make_room(struct engine *engine)
{
	size_t room = engine->courier_room + COURIERS_STEP;
	struct courier **couriers;

	if (engine->courier_count < engine->courier_room)
		return 0;
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): a list of pointers. */
	couriers = reallocarray(engine->couriers, room, sizeof(*couriers));
	if (!couriers)
		return -ENOMEM;
	engine->couriers = couriers;
	engine->courier_room = room;
	return 0;
}

static struct courier *make_courier(struct engine *engine, const struct call *call,
				    const struct profile *profile)
{
	struct desk *desk = desk_of(engine, profile);
	struct courier *courier;

	if (!desk || make_room(engine) < 0)
		return NULL;
	courier = calloc(1, sizeof(*courier));
	if (!courier)
		return NULL;
	courier->engine = engine;
	courier->call = call->id;
	courier->desk = desk;
	courier->profile = profile;
	if (!tsearch(courier, &engine->couriers_by_call, by_call)) {
		free(courier);
		return NULL;
	}
	courier->place = engine->courier_count;
	engine->couriers[engine->courier_count++] = courier;
	if (courier_load(courier, call) < 0) {
		courier_release(courier);
		return NULL;
	}
	return courier;
}

/* NULL: out of memory, and then the call is planned for again. */
static struct courier *new_courier(struct engine *engine, const struct call *call,
				   const struct profile *profile)
{
	struct courier *courier = make_courier(engine, call, profile);

	if (!courier)
		engine_plan_later(engine);
	return courier;
}

static void take_slot(struct courier *courier, bool takes)
{
	if (courier->takes_slot == takes)
		return;
	courier->takes_slot = takes;
	if (takes)
		courier->desk->in_flight++;
	else
		courier->desk->in_flight--;
	courier->engine->work |= !takes;
}

void courier_release(struct courier *courier)
{
	struct engine *engine = courier->engine;

	take_slot(courier, false);
	if (courier->transfer)
		http_cancel(courier->transfer);
	tdelete(courier, &engine->couriers_by_call, by_call);
	engine->couriers[courier->place] = engine->couriers[--engine->courier_count];
	engine->couriers[courier->place]->place = courier->place;
	live_set(engine->parts.live, courier->call, -1);
	courier_drop_pictures(courier);
	errand_done(&courier->errand);
	outcome_done(&courier->outcome);
	message_done(&courier->message);
	params_done(&courier->sent);
	for (size_t i = 0; i < sizeof(courier->texts) / sizeof(courier->texts[0]); i++)
		free(courier->texts[i]);
	free(courier->extra);
	free(courier);
}

void courier_give_up(struct courier *courier, int r)
{
	log_write(LOG_ERROR, "a call cannot be gone on with: %s; trying again", strerror(-r));
	engine_plan_later(courier->engine);
	courier_release(courier);
}

bool couriers_have(const struct engine *engine, int64_t call)
{
	return find(engine, call);
}

bool couriers_submitting(const struct engine *engine)
{
	for (size_t i = 0; i < engine->courier_count; i++)
		if (engine->couriers[i]->exchange == EXCHANGE_SUBMIT &&
		    (engine->couriers[i]->transfer || engine->couriers[i]->unrecorded))
			return true;
	return false;
}

void couriers_free(struct engine *engine)
{
	while (engine->courier_count)
		courier_release(engine->couriers[engine->courier_count - 1]);
	free(engine->couriers);
	engine->couriers = NULL;
	engine->courier_room = 0;
}

/* ---- taking up ---- */

static int begin(struct courier *courier, const struct call *call)
{
	CLEANUP(store_read) struct db *db = store_read_begin(courier->engine->parts.store);
	CLEANUP(strbuf) struct strbuf references = STRBUF_EMPTY;
	struct errand_call facts = {
		.profile = courier->profile,
		.state = call->state,
		.has_id = *call->remote_id,
		.wants_cancel = call->wish == WISH_CANCEL,
		.count = (unsigned)call->count,
	};
	int r = db ? store_call_text(db, call->id, CALL_REFERENCES, &references) : -EIO;

	if (r < 0)
		return r;
	courier->pace = desk_pace(courier->engine, courier->desk, courier->model);
	if (!courier->pace)
		return -ENOMEM;
	facts.pace = &courier->pace->pace;
	facts.references = strbuf_text(&references);
	if (call->submitted_ms)
		facts.age_ms = clock_wall_ms() - call->submitted_ms;
	if (facts.age_ms < 0) /* the clock was set back */
		facts.age_ms = 0;
	return errand_begin(&courier->errand, &facts, clock_steady_ms(), engine_random());
}

/* It is not sent: refused, or held for want of a key. */
static void turn_down(struct engine *engine, const struct call *call, enum event event,
		      const struct diag *why)
{
	struct call_news news = CALL_NEWS(event);
	CLEANUP(strbuf) struct strbuf error = STRBUF_EMPTY;

	strbuf_addf(&error, "%s\n", why->text);
	news.hold = event == EVENT_HELD ? HOLD_KEY : HOLD_NONE;
	news.error = strbuf_text(&error);
	news.log = why->text;
	engine_tell(engine, call->id, &news);
}

/* The message is made first: one that cannot be made is refused without an intent. */
static int prepare(struct courier *courier, const struct call *call, struct diag *diag)
{
	struct asking asking;
	int r = engine_load_params(courier->engine, call, &courier->sent, &courier->extra);

	if (r < 0) {
		diag_set(diag, 0, "the request's parameters cannot be read: %s", strerror(-r));
		return r;
	}
	asking = courier_asking(courier);
	r = protocol_message(EXCHANGE_SUBMIT, &asking, &courier->message, diag);
	if (r < 0 && !diag->text[0])
		diag_set(diag, 0, "the request cannot be made: %s", strerror(-r));
	return r < 0 ? r : begin(courier, call);
}

/* Whether its intent is on record cannot be read: nothing was sent, and if it is, it must not
 * become a doubt. */
static void take_back(struct courier *courier)
{
	outcome_done(&courier->outcome); /* says nothing then */
	courier->outcome.news.event = EVENT_NOT_TAKEN;
	courier->outcome.news.log = "not sent: the store cannot be read";
	courier_apply(courier, clock_steady_ms());
}

/* Whether anybody wants to know beforehand what it costs, and only the provider can say. */
static bool wants_price(const struct courier *courier)
{
	const struct rules *rules = rulebook_current(courier->engine->parts.rulebook);
	const struct http_profile *http = courier->profile->http;
	bool told_later = http->submit.cost || http->poll.cost;

	return protocol_has(courier->profile, EXCHANGE_PRICE) &&
	       rules_price_micro(rules, courier->profile, courier->model) < 0 &&
	       (rules_have_limit(rules) || !told_later);
}

/* False: it is being asked for. */
static bool estimate(struct courier *courier, struct call_news *sent)
{
	struct asking asking = courier_asking(courier);
	CLEANUP(strbuf) struct strbuf line = STRBUF_EMPTY;
	struct diag why = { 0 };

	if (!wants_price(courier))
		return true;
	switch (prices_find(courier->engine, courier->desk, &asking, &sent->estimate_micro, &why)) {
	case PRICE_ASKED:
		return false;
	case PRICE_UNKNOWN:
		strbuf_addf(&line, "%s was asked in vain what it costs: %s",
			    courier->profile->title, why.text);
		catalog_add_log(courier->engine->parts.catalog, courier->call, strbuf_text(&line));
		break;
	case PRICE_TOLD:
		break;
	}
	return true;
}

void couriers_submit(struct engine *engine, const struct call *call, const struct profile *profile)
{
	struct call_news sent = CALL_NEWS(EVENT_SENT);
	CLEANUP(free_ptr) char *shown = NULL;
	struct courier *courier = find(engine, call->id);
	struct diag diag = { 0 };
	int r;

	if (courier)
		return;
	courier = new_courier(engine, call, profile);
	if (!courier)
		return;
	if (desk_is_closed(engine, courier->desk, profile, &diag)) {
		turn_down(engine, call, EVENT_HELD, &diag);
		courier_release(courier);
		return;
	}
	r = prepare(courier, call, &diag);
	if (r == -ENOMEM || r == -EIO) {
		courier_give_up(courier, r);
		return;
	}
	if (r < 0)
		turn_down(engine, call, EVENT_REFUSED, &diag);
	if (r == 0 && !estimate(courier, &sent)) {
		courier_release(courier);
		return;
	}
	shown = r < 0 ? NULL : protocol_show(&courier->message);
	sent.request = shown;
	FAILPOINT("intent-before");
	if (r == 0)
		r = engine_tell(engine, call->id, &sent);
	if (r == 0) {
		r = engine_is_submitting(engine, call->id);
		if (r < 0) {
			take_back(courier);
			return;
		}
	}
	if (r <= 0) {
		courier_release(courier);
		return;
	}
	take_slot(courier, true);
	FAILPOINT("send-before");
	courier_send(courier);
	FAILPOINT("send-after");
}

void couriers_follow(struct engine *engine, const struct call *call, const struct profile *profile)
{
	struct courier *courier = find(engine, call->id);
	int r;

	if (courier)
		return;
	courier = new_courier(engine, call, profile);
	if (!courier)
		return;
	r = begin(courier, call);
	if (r == 0) {
		take_slot(courier, call->state != STATE_HELD);
		r = errand_outset(&courier->errand, &courier->outcome);
	}
	if (r < 0)
		courier_give_up(courier, r);
	else
		courier_apply(courier, clock_steady_ms());
}

/* ---- what becomes of it ---- */

void courier_wake(struct courier *courier, int64_t at_ms)
{
	timer_add(&courier->engine->errands, courier->call, at_ms);
}

static bool goes_on(const struct call *call)
{
	return call->state == STATE_SUBMITTING || call->state == STATE_RUNNING ||
	       call->state == STATE_FETCHING ||
	       (call->state == STATE_HELD && call->hold == HOLD_OVERDUE);
}

/* What is recorded decides, not what was said: a person or another rule may have been
 * faster, and an errand that is in another state than its call is begun anew from the
 * record. False when the courier is gone, or has to wait until it can be read: what it was
 * told, pictures even, may be nowhere else. */
static bool follow_record(struct courier *courier, int64_t now_ms)
{
	struct db *db = store_read_begin(courier->engine->parts.store);
	struct call call;
	int r = db ? store_call_get(db, courier->call, &call) : -EIO;

	store_read_end(db);
	if (r == -ENOENT || (r == 0 && !goes_on(&call))) {
		courier_release(courier);
		return false;
	}
	if (r == 0 && call.state != courier->errand.state) {
		timer_add(&courier->engine->calls, call.id, 0);
		courier_release(courier);
		return false;
	}
	if (r == 0)
		r = courier_load(courier, &call);
	courier->unread = r < 0;
	if (r < 0) {
		log_write(LOG_ERROR, "what is recorded of a call cannot be read: %s; trying again",
			  strerror(-r));
		courier_wake(courier, now_ms + RETRY_DISK_MS);
		return false;
	}
	take_slot(courier, call.state != STATE_HELD);
	return true;
}

static void go_on(struct courier *courier, int64_t now_ms)
{
	if (courier->errand.over)
		courier_keep(courier, now_ms);
	else
		courier_wake(courier, courier->errand.at_ms);
}

static void learn(struct courier *courier)
{
	char text[PACE_TEXT_ROOM];

	pace_learn(&courier->pace->pace, courier->outcome.took_ms, courier->outcome.unseen_ms);
	pace_to_text(&courier->pace->pace, text, sizeof(text));
	catalog_pace(courier->engine->parts.catalog, courier->desk->name, courier->model, text);
}

static bool says_something(const struct call_news *news)
{
	return news->event != EVENT_NONE || news->log || news->cost_micro >= 0;
}

static bool has_pictures(const struct courier *courier)
{
	bool any = false;

	for (size_t i = 0; i < courier->errand.reference_count; i++)
		any |= courier->errand.saved[i];
	return courier->errand.over && any;
}

/* Records courier->outcome and goes on. The courier may be gone afterwards. */
void courier_apply(struct courier *courier, int64_t now_ms)
{
	struct call_news *news = &courier->outcome.news;
	bool changed;
	int r = 0;

	if (news->cost_micro >= 0 && !news->unit)
		news->unit = courier->profile->unit;
	if (has_pictures(courier)) { /* they are kept, also where others cannot be had */
		if (news->event == EVENT_NONE && news->log)
			catalog_add_log(courier->engine->parts.catalog, courier->call, news->log);
		courier_keep(courier, now_ms);
		return;
	}
	FAILPOINT(news->remote_id ? "id-before" : "news-before");
	if (says_something(news))
		r = engine_tell(courier->engine, courier->call, news);
	FAILPOINT(news->remote_id ? "id-after" : "news-after");
	courier->unrecorded = r < 0 && r != -EBUSY && r != -ENOENT;
	if (courier->unrecorded) {
		courier_wake(courier, now_ms + RETRY_DISK_MS);
		return;
	}
	if (courier->outcome.learned)
		learn(courier);
	live_set(courier->engine->parts.live, courier->call, courier->outcome.progress);
	changed = says_something(news);
	outcome_done(&courier->outcome);
	if (!changed || follow_record(courier, now_ms))
		go_on(courier, now_ms);
}

static void step(struct courier *courier, int64_t now_ms)
{
	if (courier->unrecorded) {
		courier_apply(courier, now_ms);
		return;
	}
	if (courier->unread) {
		if (follow_record(courier, now_ms))
			go_on(courier, now_ms);
		return;
	}
	if (courier->transfer)
		return;
	if (courier->errand.over) {
		courier_keep(courier, now_ms);
		return;
	}
	if (courier->errand.at_ms > now_ms)
		return; /* a later timer is set */
	if (courier->errand.next == EXCHANGE_DOWNLOAD)
		courier_fetch(courier, now_ms);
	else if (courier->errand.next != EXCHANGES)
		courier_send(courier);
}

void couriers_step(struct engine *engine, int64_t now_ms)
{
	int64_t call;

	while (timer_take_due(&engine->errands, now_ms, &call)) {
		struct courier *courier = find(engine, call);

		if (courier)
			step(courier, now_ms);
	}
}

int64_t couriers_next(const struct engine *engine, int64_t otherwise)
{
	return timers_next(&engine->errands, otherwise);
}

void couriers_cancel(struct engine *engine, int64_t call)
{
	struct courier *courier = find(engine, call);

	if (!courier)
		return;
	errand_cancel(&courier->errand, clock_steady_ms());
	if (!courier->transfer && !courier->unrecorded)
		courier_wake(courier, courier->errand.at_ms);
}

static void hurry(struct courier *courier)
{
	errand_hurry(&courier->errand, clock_steady_ms());
	if (!courier->transfer && !courier->unrecorded)
		courier_wake(courier, courier->errand.at_ms);
}

void couriers_hurry(struct engine *engine, int64_t call)
{
	struct courier *courier = find(engine, call);

	if (courier && (courier->takes_slot || courier->unrecorded || courier->unread)) {
		hurry(courier);
	} else if (courier) { /* it was overdue, and runs again: from its record */
		courier_release(courier);
		timer_add(&engine->calls, call, 0);
	}
}

void couriers_hurry_all(struct engine *engine)
{
	for (size_t i = 0; i < engine->courier_count; i++)
		hurry(engine->couriers[i]);
}
