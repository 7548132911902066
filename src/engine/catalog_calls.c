/* What happens to a call becomes its record: state, id, costs, where its pictures are,
 * and the run that shows it. A provider's id belongs to one call: a second call that is
 * given it would fetch the first one's pictures, so it is held instead. */
#include "engine/catalog.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/failpoint.h"
#include "catalog_tx.h"
#include "io/store_calls.h"
#include "io/store_jobs.h"

static int log_call(struct tx *tx, const struct call *call, const struct call_news *news)
{
	struct run run;
	int r = store_run_get(tx->db, call->run, &run);

	if (r < 0)
		return r;
	if (news->event == EVENT_NONE)
		return news->log ? tx_log(tx, run.job, run.id, "%s", news->log) : 0;
	if (news->log)
		return tx_log(tx, run.job, run.id, "%s: %s", state_word(call->state), news->log);
	return tx_log(tx, run.job, run.id, "%s", state_word(call->state));
}

static int set_text(struct tx *tx, int64_t id, enum call_text text, const char *bytes)
{
	return bytes ? store_call_set_text(tx->db, id, text, bytes) : 0;
}

static int set_texts(struct tx *tx, int64_t id, const struct call_news *news)
{
	int r = 0;

	if (news->event != EVENT_NONE)
		r = set_text(tx, id, CALL_ERROR, news->error ? news->error : "");
	if (r == 0)
		r = set_text(tx, id, CALL_REQUEST, news->request);
	if (r == 0)
		r = set_text(tx, id, CALL_RESPONSE, news->response);
	if (r == 0)
		r = set_text(tx, id, CALL_POLL_URL, news->poll_url);
	if (r == 0)
		r = set_text(tx, id, CALL_RESULT_URL, news->result_url);
	if (r == 0)
		r = set_text(tx, id, CALL_CANCEL_URL, news->cancel_url);
	return r < 0 ? r : set_text(tx, id, CALL_REFERENCES, news->references);
}

/* It is asked for anew: what an earlier attempt was called there is of no use. */
static int forget_attempt(struct tx *tx, struct call *call)
{
	static const struct call_news nothing = {
		.poll_url = "", .result_url = "", .cancel_url = "", .references = ""
	};

	call->remote_id[0] = '\0';
	call->submitted_ms = 0;
	call->loss = EVENT_NONE;
	if (*call->unit) /* what was told of that one; what has none is free */
		call->cost_micro = -1;
	return set_texts(tx, call->id, &nothing);
}

static void take_facts(struct tx *tx, struct call *call, const struct call_news *news)
{
	if (news->remote_id)
		snprintf(call->remote_id, sizeof(call->remote_id), "%s", news->remote_id);
	if (news->cost_micro >= 0)
		call->cost_micro = news->cost_micro;
	if (news->seed >= 0)
		call->seed = news->seed;
	if (news->event == EVENT_ACCEPTED)
		call->loss = EVENT_NONE;
	if (!call->submitted_ms && (news->event == EVENT_ACCEPTED || news->event == EVENT_PICTURES))
		call->submitted_ms = tx->now_ms;
}

/* Whether the provider calls another call by this id: 1, 0 or -errno. */
static int is_other_call(struct tx *tx, const struct call *call, const char *remote_id)
{
	struct call other;
	int r = store_call_find_remote(tx->db, call->provider, remote_id, &other);

	return r == -ENOENT ? 0 : r < 0 ? r : other.id != call->id;
}

static int move_call(struct tx *tx, struct call *call, const struct call_news *news)
{
	int r = 0;

	call->hold = news->event == EVENT_HELD ? news->hold : HOLD_NONE;
	call->changed_ms = tx->now_ms;
	call->process = news->event == EVENT_ACCEPTED ? news->process : 0;
	if (news->event == EVENT_SENT)
		call->attempt++;
	/* What is held there may still be found, and is then cancelled. */
	if (state_ends(call->state) || news->event == EVENT_RETRIED)
		call->wish = WISH_NONE;
	if (call->state == STATE_QUEUED)
		r = forget_attempt(tx, call);
	return r;
}

/* A submission that surely was not taken cost nothing. What got an id was taken. */
static bool was_not_taken(enum state before, const struct call_news *news)
{
	return before == STATE_SUBMITTING && !news->remote_id &&
	       (news->event == EVENT_NOT_TAKEN || news->event == EVENT_REFUSED ||
		news->event == EVENT_CANCELLED ||
		(news->event == EVENT_HELD && news->hold != HOLD_DOUBT));
}

/* A run's seed is its first call's: what the provider really used counts. */
static int tell_seed(struct tx *tx, const struct call *call, const struct call_news *news)
{
	struct run run;
	int r;

	if (news->seed < 0 || call->number != 1)
		return 0;
	r = store_run_get(tx->db, call->run, &run);
	run.seed = news->seed;
	return r < 0 ? r : store_run_update(tx->db, &run);
}

static int record(struct tx *tx, struct call *call, enum state before, const struct call_news *news)
{
	int r = news->cost_micro >= 0 && news->unit ? tx_spend_in(tx, call, news->unit) : 0;

	if (r < 0)
		return r;
	take_facts(tx, call, news);
	if (was_not_taken(before, news)) {
		call->attempt--;
		r = tx_spend(tx, call, 0);
	} else if (news->cost_micro >= 0) {
		r = tx_spend(tx, call, news->cost_micro);
	}
	if (r < 0)
		return r;
	if (news->event != EVENT_NONE)
		r = move_call(tx, call, news);
	if (r == 0)
		r = store_call_update(tx->db, call);
	if (r == 0)
		r = set_texts(tx, call->id, news);
	if (r == 0)
		r = tell_seed(tx, call, news);
	if (r == 0)
		r = log_call(tx, call, news);
	if (r == 0 && (news->event != EVENT_NONE || news->cost_micro >= 0))
		r = tx_refresh_run(tx, call->run);
	FAILPOINT("call-within");
	if (r < 0 || news->event == EVENT_NONE)
		return r;
	return tx_note(tx, (struct note){ .kind = NOTE_WORK, .call = call->id });
}

/* Whether a reload, a start or the next day sends it. */
static bool is_released(enum hold hold)
{
	return hold == HOLD_KEY || hold == HOLD_CREDIT || hold == HOLD_PRICE || hold == HOLD_LIMIT;
}

/* Whether it would be sent again although a person wished that it ends. */
static bool is_in_vain(const struct call *call, enum state next, const struct call_news *news)
{
	if (call->wish != WISH_CANCEL || news->event == EVENT_RETRIED)
		return false;
	return next == STATE_QUEUED || (next == STATE_HELD && is_released(news->hold));
}

int tx_call(struct tx *tx, int64_t id, const struct call_news *news)
{
	static const struct call_news cancelled = CALL_NEWS(EVENT_CANCELLED);
	static const struct call_news repeated = {
		.event = EVENT_HELD,
		.hold = HOLD_DOUBT,
		.error = "the provider gave this request the id of another one: whether it paints "
			 "it cannot be known; it may have been paid, so easelfs does not send it "
			 "again by itself: `echo resend > ctl` sends it again and may pay twice\n",
		.log = "the provider gave it the id of another request",
		.cost_micro = -1,
		.seed = -1,
	};
	struct call_news held = CALL_NEWS(EVENT_HELD);
	char why[DIAG_TEXT_MAX] = "", error[DIAG_TEXT_MAX + 1];
	enum state before;
	struct call call;
	int r = store_call_get(tx->db, id, &call);

	if (r == 0 && news->remote_id)
		r = is_other_call(tx, &call, news->remote_id);
	if (r < 0)
		return r;
	if (r > 0)
		news = &repeated;
	before = call.state;
	if (news->event == EVENT_SENT && before == STATE_QUEUED) {
		r = tx_reserve(tx, &call, news, why, sizeof(why));
		if (r < 0)
			return r;
		if (r != HOLD_NONE) {
			snprintf(error, sizeof(error), "%s\n", why);
			held.hold = (enum hold)r;
			held.log = why;
			held.error = error;
			news = &held;
		}
	}
	if (news->event != EVENT_NONE) {
		enum state next = state_after(call.state, news->event);

		if (next == STATE_NONE)
			return -EBUSY;
		/* What was wished while it was away comes true instead of being sent again. */
		if (is_in_vain(&call, next, news)) {
			next = STATE_CANCELLED;
			news = &cancelled;
		}
		call.state = next;
	}
	return record(tx, &call, before, news);
}

struct call_arguments {
	int64_t call;
	const struct call_news *news;
};

static int body_call(struct tx *tx)
{
	const struct call_arguments *arguments = tx->arg;

	return tx_call(tx, arguments->call, arguments->news);
}

/* An intent is on disk before it is sent, and an id before anything depends on it. */
static enum store_sync sync_of(const struct call_news *news)
{
	return news->event == EVENT_SENT || news->remote_id ? STORE_SYNCED : STORE_LAZY;
}

int catalog_call(struct catalog *catalog, int64_t call, const struct call_news *news)
{
	struct call_arguments arguments = { call, news };

	return tx_run(catalog, sync_of(news), body_call, &arguments);
}

int tx_release_held(struct tx *tx, enum hold hold)
{
	static const struct call_news retried = {
		.event = EVENT_RETRIED,
		.log = "looked at again",
		.cost_micro = -1,
		.seed = -1,
	};
	struct call call;
	int64_t after = 0;
	int r;

	while ((r = store_call_next_in(tx->db, STATE_HELD, NULL, after, &call)) == 0) {
		after = call.id;
		if (!is_released(call.hold) || (hold != HOLD_NONE && call.hold != hold))
			continue;
		r = tx_call(tx, call.id, &retried);
		if (r < 0)
			return r;
	}
	return r == -ENOENT ? 0 : r;
}
