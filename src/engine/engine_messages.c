/* A courier's messages: what they are made of, sending them, and handing their replies
 * to the protocol and the errand. */
#include "engine_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "io/store_calls.h"
#include "io/store_jobs.h"
#include "io/store_tree.h"
#include "job/resolve.h"

int engine_load_params(struct engine *engine, const struct call *call, struct params *ret_params,
		       char **ret_extra)
{
	CLEANUP(store_read) struct db *db = store_read_begin(engine->parts.store);
	CLEANUP(strbuf) struct strbuf text = STRBUF_EMPTY;
	struct resolved resolved;
	int r = db ? store_run_text(db, call->run, RUN_PARAMS, &text) : -EIO;

	if (r == 0)
		r = resolve_from_json(strbuf_text(&text), &resolved);
	if (r < 0)
		return r;
	r = resolve_set_seed(&resolved, call->seed);
	if (r == 0)
		r = resolve_set_count(&resolved, call->count);
	if (r == 0)
		r = params_copy(&resolved.sent, ret_params);
	if (r == 0 && ret_extra) {
		*ret_extra = resolved.extra;
		resolved.extra = NULL;
	}
	resolved_done(&resolved);
	return r;
}

int engine_request_path(struct engine *engine, int64_t id, struct strbuf *path)
{
	CLEANUP(store_read) struct db *db = store_read_begin(engine->parts.store);
	struct call call;
	struct run run;
	struct job job = { 0 };
	int r = db ? store_call_get(db, id, &call) : -EIO;

	if (r == 0)
		r = store_run_get(db, call.run, &run);
	if (r == 0)
		r = store_job_get(db, run.job, &job);
	return r < 0 ? r : store_path(db, job.folder, &job.name, path);
}

/* ---- what they are made of ---- */

int courier_load(struct courier *courier, const struct call *call)
{
	static const enum call_text kinds[] = { CALL_POLL_URL, CALL_RESULT_URL, CALL_CANCEL_URL };
	CLEANUP(store_read) struct db *db = store_read_begin(courier->engine->parts.store);
	struct run run;
	int r = db ? store_run_get(db, call->run, &run) : -EIO;

	if (r < 0)
		return r;
	memcpy(courier->model, run.model, sizeof(courier->model));
	memcpy(courier->remote_id, call->remote_id, sizeof(courier->remote_id));
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		CLEANUP(strbuf) struct strbuf text = STRBUF_EMPTY;

		r = store_call_text(db, call->id, kinds[i], &text);
		if (r < 0)
			return r;
		free(courier->texts[i]);
		courier->texts[i] = strbuf_take(&text, NULL);
		if (!courier->texts[i])
			return -ENOMEM;
	}
	return 0;
}

struct asking courier_asking(const struct courier *courier)
{
	const struct rules *rules = rulebook_current(courier->engine->parts.rulebook);
	struct asking asking = {
		.profile = courier->profile,
		.base_url = rules_access(rules, courier->profile)->base_url,
		.model = courier->model,
		.sent = &courier->sent,
		.extra = courier->extra,
		.remote = {
			.id = courier->remote_id,
			.poll_url = courier->texts[0],
			.result_url = courier->texts[1],
			.cancel_url = courier->texts[2],
		},
	};

	if (courier->errand.picture < courier->errand.reference_count) {
		const struct reference *reference =
			&courier->errand.references[courier->errand.picture];

		if (reference->kind == REFERENCE_ASSET)
			asking.asset = reference->text;
		else if (reference->kind == REFERENCE_URL)
			asking.url = reference->text;
	}
	return asking;
}

/* ---- replies ---- */

void engine_hide_key(const struct rules *rules, const struct profile *profile, char **text)
{
	const struct access *access = *text ? rules_access(rules, profile) : NULL;

	if (!access || !access->key || !key_is_in(access->key, *text, strlen(*text)))
		return;
	free(*text);
	*text = NULL;
}

/* What is refused for a key that was replaced meanwhile would be held until the next reload:
 * it goes with the new one. */
static void try_new_key(struct courier *courier)
{
	struct call_news *news = &courier->outcome.news;

	if (news->event != EVENT_HELD || news->hold != HOLD_KEY ||
	    courier->rules == rulebook_current(courier->engine->parts.rulebook))
		return;
	news->event = EVENT_NOT_TAKEN;
	news->error = NULL;
}

static void take(struct courier *courier, const struct reply *reply)
{
	struct asking asking = courier_asking(courier);
	int64_t now_ms = clock_steady_ms(), remaining_micro;
	struct engine *engine = courier->engine;
	struct desk *desk = courier->desk;
	struct reading reading;
	int r = protocol_read(courier->exchange, &asking, &courier->message, reply, &reading);

	if (r == 0) {
		engine_hide_key(courier->rules, courier->profile, &reading.shown);
		engine_hide_key(courier->rules, courier->profile, &reading.error);
		r = errand_take(&courier->errand, &reading, now_ms, engine_random(),
				&courier->outcome);
		reading_done(&reading);
	}
	FAILPOINT("reply-read");
	message_done(&courier->message);
	if (r < 0) {
		courier_give_up(courier, r);
		return;
	}
	try_new_key(courier);
	desk_hears(engine, desk, courier->rules, &courier->outcome, now_ms);
	/* The id first: until it is recorded, being killed makes a doubt. */
	remaining_micro = courier->outcome.remaining_micro;
	courier_apply(courier, now_ms);
	if (remaining_micro >= 0)
		catalog_remaining(engine->parts.catalog, desk->name, remaining_micro);
}

static void replied(const struct http_end *end, void *arg)
{
	struct courier *courier = arg;

	courier->transfer = NULL;
	if (courier->exchange == EXCHANGE_DOWNLOAD)
		courier_fetched(courier, end);
	else
		take(courier, &end->reply);
}

/* ---- sending ---- */

/* What cannot even be made or started never reached the provider. */
static void not_sent(struct courier *courier, const struct diag *diag, int r)
{
	struct reply reply = {
		.delivery = r == -ENOMEM ? DELIVERY_UNSENT : DELIVERY_REFUSED,
		.error = diag->text[0] ? diag->text : strerror(-r),
		.type = "",
		.wait_text = "",
		.wait_ms = -1,
		.now_ms = clock_wall_ms(),
		.body = "",
	};

	take(courier, &reply);
}

void courier_send(struct courier *courier)
{
	const struct rules *rules = rulebook_current(courier->engine->parts.rulebook);
	struct http_order order = {
		.message = &courier->message,
		.authorization = rules_access(rules, courier->profile)->header,
		.peer = courier->desk->peer,
		.done = replied,
		.arg = courier,
	};
	struct asking asking = courier_asking(courier);
	struct diag diag = { 0 };
	int r = 0;

	FAILPOINT("message-before");
	courier->exchange = courier->errand.next;
	courier->rules = rules;
	if (!courier->message.url) /* a submission's was made before its intent */
		r = protocol_message(courier->exchange, &asking, &courier->message, &diag);
	if (courier->exchange == EXCHANGE_DOWNLOAD) {
		order.save_path = courier->incoming[courier->errand.picture];
		order.bytes_max = rules->config.image_bytes;
	}
	if (r == 0)
		r = http_start(courier->engine->http, &order, &courier->transfer);
	if (r < 0)
		not_sent(courier, &diag, r);
}
