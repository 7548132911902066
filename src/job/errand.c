/* What is next, and when. A call has at most three things to do at a time: the step it
 * has come to, a cancel in between, and, while it is fetched, each picture at a time of its
 * own; errand_arrange() picks the first. What replies mean is in errand_reply.c, what
 * becomes of pictures in errand_pictures.c. */
#include "errand_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Calls that were held when the daemon ended are not all asked after in the moment it
 * starts. */
enum { HELD_SPREAD_MS = 60 * 1000 };

int64_t errand_poll_ms(const struct errand *errand)
{
	int64_t poll_ms = errand->profile->http->poll_ms;

	return poll_ms > 0 ? poll_ms : 1;
}

enum exchange errand_asks(const struct errand *errand)
{
	if (!errand->has_id)
		return EXCHANGES;
	if (protocol_has(errand->profile, EXCHANGE_RESULT))
		return EXCHANGE_RESULT;
	return protocol_has(errand->profile, EXCHANGE_POLL) ? EXCHANGE_POLL : EXCHANGES;
}

void errand_arrange(struct errand *errand)
{
	if (!errand->over && errand->state == STATE_FETCHING)
		pictures_arrange(errand);
	errand->next = errand->over ? EXCHANGES : errand->step;
	errand->at_ms = errand->step_at_ms;
	/* Once it is finished there, a cancel could only lose what is paid. */
	if (errand->next == EXCHANGE_POLL && errand->state != STATE_FETCHING &&
	    errand->cancel_at_ms && errand->cancel_at_ms <= errand->step_at_ms) {
		errand->next = EXCHANGE_CANCEL;
		errand->at_ms = errand->cancel_at_ms;
	}
}

/* ---- begin and end ---- */

/* What its record says of its age is the difference of two clocks, one of which may have been
 * wrong: it counts as late at most, so that what is asked then is asked soon. */
static int64_t paced_ms(const struct errand_call *call, int64_t now_ms)
{
	int64_t late_ms = call->state == STATE_QUEUED ? 0 : pace_late(call->pace);

	return now_ms - (call->age_ms < late_ms ? call->age_ms : late_ms);
}

static int begin_step(struct errand *errand, const struct errand_call *call, int64_t now_ms,
		      uint32_t random)
{
	errand->step = EXCHANGE_POLL;
	errand->step_at_ms = now_ms;
	switch (call->state) {
	case STATE_QUEUED:
		errand->state = STATE_SUBMITTING;
		errand->step = EXCHANGE_SUBMIT;
		return 0;
	case STATE_FETCHING:
		errand->renew_at_ms = now_ms;
		return pictures_begin(errand, call->references ? call->references : "");
	case STATE_HELD:
		errand->step_at_ms += random % HELD_SPREAD_MS;
		break;
	default:
		errand->step_at_ms += (int64_t)(random % (uint64_t)(errand_poll_ms(errand) + 1));
		break;
	}
	if (call->wants_cancel && protocol_has(call->profile, EXCHANGE_CANCEL))
		errand->cancel_at_ms = now_ms;
	return 0;
}

int errand_begin(struct errand *errand, const struct errand_call *call, int64_t now_ms,
		 uint32_t random)
{
	int r;

	*errand = (struct errand){
		.profile = call->profile,
		.pace = call->pace,
		.state = call->state,
		.submitted_ms = now_ms - call->age_ms,
		.paced_ms = paced_ms(call, now_ms),
		.told_micro = -1,
		.told_queue = -1,
		.has_id = call->has_id,
		.count = call->count,
		.wants_cancel = call->wants_cancel,
		.anew = call->state != STATE_QUEUED,
		.loss = EVENT_NONE,
	};
	r = begin_step(errand, call, now_ms, random);
	if (r < 0) {
		errand_done(errand);
		return r;
	}
	errand_arrange(errand);
	return 0;
}

void errand_done(struct errand *errand)
{
	for (size_t i = 0; i < errand->reference_count; i++) {
		free(errand->references[i].text);
		free(errand->references[i].bytes);
		free(errand->fetches[i].other);
	}
	free(errand->references);
	free(errand->fetches);
	free(errand->why);
	*errand = (struct errand){ .next = EXCHANGES, .over = true };
}

int errand_outset(const struct errand *errand, struct outcome *ret_outcome)
{
	struct outcome outcome = { .news = CALL_NEWS(EVENT_NONE),
				   .progress = -1,
				   .remaining_micro = -1 };

	if (errand->over && errand->loss != EVENT_NONE) {
		outcome.texts[0] = strdup(errand->why);
		if (!outcome.texts[0])
			return -ENOMEM;
		outcome.news.event = errand->loss;
		outcome.news.error = outcome.texts[0];
		outcome.news.log = "its picture was not saved before easelfs ended";
	}
	*ret_outcome = outcome;
	return 0;
}

/* ---- what happens ---- */

int errand_take(struct errand *errand, struct reading *reading, int64_t now_ms, uint32_t random,
		struct outcome *ret_outcome)
{
	static void (*const replies[EXCHANGES])(struct turn *) = {
		[EXCHANGE_SUBMIT] = reply_to_submit,     [EXCHANGE_POLL] = reply_to_poll,
		[EXCHANGE_RESULT] = reply_to_result,     [EXCHANGE_ASSET] = reply_to_asset,
		[EXCHANGE_DOWNLOAD] = reply_to_download, [EXCHANGE_CANCEL] = reply_to_cancel,
	};
	struct turn turn;
	int r = turn_open(&turn, errand, reading, now_ms, random, ret_outcome);

	if (r < 0)
		return r;
	if (errand->next < EXCHANGES && replies[errand->next])
		replies[errand->next](&turn);
	return turn_close(&turn);
}

int errand_picture(struct errand *errand, enum picture_end end, const char *why, int64_t now_ms,
		   uint32_t random, struct outcome *ret_outcome)
{
	struct turn turn;
	int r = turn_open(&turn, errand, NULL, now_ms, random, ret_outcome);

	if (r < 0)
		return r;
	if (errand->next == EXCHANGE_DOWNLOAD)
		pictures_ended(&turn, end, why);
	return turn_close(&turn);
}

/* What is not due yet cannot be on its way, so that it may be changed. */
static bool is_waiting(const struct errand *errand, int64_t now_ms)
{
	return !errand->over && errand->at_ms > now_ms;
}

void errand_cancel(struct errand *errand, int64_t now_ms)
{
	bool waiting = is_waiting(errand, now_ms);

	/* A wish that was refused may be told again. */
	if (errand->wants_cancel &&
	    (!errand->cancels || errand->cancel_at_ms || errand->cancel_taken))
		return;
	errand->wants_cancel = true;
	errand->cancels = 0;
	if (errand->over || (errand->state != STATE_RUNNING && errand->state != STATE_HELD) ||
	    !protocol_has(errand->profile, EXCHANGE_CANCEL))
		return;
	errand->cancel_at_ms = now_ms;
	if (waiting)
		errand_arrange(errand);
}

static void no_later(int64_t *at_ms, int64_t now_ms)
{
	if (*at_ms > now_ms)
		*at_ms = now_ms;
}

void errand_hurry(struct errand *errand, int64_t now_ms)
{
	bool waiting = is_waiting(errand, now_ms);

	no_later(&errand->step_at_ms, now_ms);
	no_later(&errand->renew_at_ms, now_ms);
	for (size_t i = 0; i < errand->reference_count; i++)
		no_later(&errand->fetches[i].at_ms, now_ms);
	if (waiting)
		errand_arrange(errand);
}
