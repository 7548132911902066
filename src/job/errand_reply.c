/* What a reply means for a call that has no pictures yet. Two rules are above the others: a
 * submission that may have been paid is never sent again from here, and a job the
 * provider has is asked after until the provider itself says how it ended; no trouble on
 * the way ends it. */
#include "errand_private.h"

#include <string.h>

enum {
	UNSENT_PAUSE_MS = 5 * 1000,
	BUSY_PAUSE_MS = 10 * 1000,
	BUSY_PAUSE_MIN_MS = 1000,
	EMPTY_MS = 60 * 1000,      /* finished without pictures: how long that may be a delay */
	EMPTY_SHARE = 4,           /* asked again after this part of the time it lasts */
	ABSENT_MS = 5 * 60 * 1000, /* not known there: how long that may be a delay */
	CANCEL_TIMES = 3,
	HELD_FIRST_MS = 5 * 1000, /* overdue: asked again after so long, then doubled */
};

static bool is_fetching(const struct turn *turn)
{
	return turn->errand->state == STATE_FETCHING;
}

/* The poll or the result, where pictures are asked for anew. */
static void ask_at(struct turn *turn, enum exchange step, int64_t at_ms)
{
	turn->errand->step = step;
	turn->errand->step_at_ms = at_ms;
	turn->errand->renew_at_ms = at_ms;
}

/* How often one that is held was asked after does not depend on its age: a clock that was
 * set forward makes it older than it is. */
static int64_t held_ms(struct errand *errand)
{
	int64_t wait_ms = HELD_FIRST_MS;

	for (unsigned i = 0; i < errand->held_asked && wait_ms < ASK_MS_MAX; i++)
		wait_ms *= 2;
	errand->held_asked++;
	return wait_ms < ASK_MS_MAX ? wait_ms : ASK_MS_MAX;
}

/* The same question again, after that time; one that is held is asked ever more seldom. */
static void ask_again(struct turn *turn, int64_t wait_ms)
{
	if (turn->errand->state == STATE_HELD)
		ask_at(turn, EXCHANGE_POLL, turn->now_ms + held_ms(turn->errand));
	else
		ask_at(turn, turn->errand->step, turn->now_ms + wait_ms);
}

/* Where time alone changes nothing. */
static void ask_seldom(struct turn *turn)
{
	struct errand *errand = turn->errand;

	ask_at(turn, errand->state == STATE_HELD ? EXCHANGE_POLL : errand->step,
	       turn->now_ms + ASK_MS_MAX);
}

/* ---- submit ---- */

static void doubt(struct turn *turn)
{
	turn_log(turn, "it cannot be known whether the provider took it: %.*s",
		 SAID(turn, "the reply says neither an id nor pictures"));
	turn_error(turn,
		   "it cannot be known whether the provider took it: %.*s; it may have been paid, "
		   "so easelfs does not send it again by itself: `echo resend > ctl` sends it "
		   "again and may pay twice",
		   SAID(turn, "the reply says neither an id nor pictures"));
	turn_hold(turn, HOLD_DOUBT);
	turn->errand->over = true;
}

/* A wish to end it was waiting for an id; there will be none. */
static void not_taken(struct turn *turn, int64_t pause_ms)
{
	turn->outcome->pause_ms = pause_ms;
	turn_log(turn, "not taken: %.*s", SAID(turn, "it did not reach the provider"));
	if (turn->errand->wants_cancel)
		turn_end(turn, EVENT_CANCELLED);
	else
		turn_end(turn, EVENT_NOT_TAKEN);
}

static void busy(struct turn *turn)
{
	int64_t pause_ms = turn->reading->wait_ms;

	if (pause_ms < 0)
		pause_ms = BUSY_PAUSE_MS;
	else if (pause_ms < BUSY_PAUSE_MIN_MS)
		pause_ms = BUSY_PAUSE_MIN_MS;
	not_taken(turn, pause_ms);
}

static void ended(struct turn *turn, enum event event, const char *otherwise)
{
	turn_error(turn, "%.*s", SAID(turn, otherwise));
	turn_log(turn, "%.*s", SAID(turn, otherwise));
	turn_end(turn, event);
}

static void hold_for_key(struct turn *turn)
{
	turn->outcome->key_refused = true;
	turn_error(turn,
		   "%.*s; set another key and write reload to the mount's ctl, and it is sent",
		   SAID(turn, "the provider does not accept the key"));
	turn_log(turn, "%.*s", SAID(turn, "the provider does not accept the key"));
	turn_hold(turn, HOLD_KEY);
	turn->errand->over = true;
}

static void hold_for_credit(struct turn *turn)
{
	turn_error(turn, "%.*s; once there is some, `echo retry > ctl` sends it",
		   SAID(turn, "the provider wants credit first"));
	turn_log(turn, "%.*s", SAID(turn, "the provider wants credit first"));
	turn_hold(turn, HOLD_CREDIT);
	turn->errand->over = true;
}

/* Not asked before about the time in which few are finished, unless its end is known. */
static void taken(struct turn *turn)
{
	struct errand *errand = turn->errand;
	const struct reading *reading = turn->reading;

	errand->has_id = true;
	errand->submitted_ms = errand->paced_ms = turn->now_ms;
	if (reading->there == READING_FINISHED && reading->reference_count > 0) {
		pictures_told(turn);
		return;
	}
	turn_log(turn, "the provider has it as %s", reading->id);
	turn_event(turn, EVENT_ACCEPTED);
	if (errand->wants_cancel && protocol_has(errand->profile, EXCHANGE_CANCEL))
		errand->cancel_at_ms = turn->now_ms;
	if (reading->there == READING_FINISHED && errand_asks(errand) == EXCHANGE_RESULT)
		ask_at(turn, EXCHANGE_RESULT, turn->now_ms);
	else if (reading->there == READING_FINISHED || reading->there == READING_FAILED ||
		 reading->there == READING_CANCELLED)
		ask_at(turn, EXCHANGE_POLL, turn->now_ms);
	else
		ask_at(turn, EXCHANGE_POLL,
		       turn->now_ms +
			       pace_next(errand->pace, 0, 0, errand_poll_ms(errand), turn->random));
	turn->outcome->progress = reading->progress;
}

void reply_to_submit(struct turn *turn)
{
	switch (turn->reading->kind) {
	case READING_TAKEN:
		taken(turn);
		return;
	case READING_FINISHED:
		if (turn->reading->reference_count > 0)
			pictures_told(turn);
		else
			doubt(turn);
		return;
	case READING_FAILED:
		ended(turn, EVENT_FAILED, "it failed at the provider");
		return;
	case READING_REFUSED:
		ended(turn, EVENT_REFUSED, "the provider refuses it");
		return;
	case READING_NO_KEY:
		hold_for_key(turn);
		return;
	case READING_NO_CREDIT:
		hold_for_credit(turn);
		return;
	case READING_BUSY:
		busy(turn);
		return;
	case READING_UNSENT:
		not_taken(turn, UNSENT_PAUSE_MS);
		return;
	default:
		doubt(turn);
		return;
	}
}

/* ---- trouble ---- */

static void hold_when_overdue(struct turn *turn)
{
	struct errand *errand = turn->errand;
	int64_t deadline_s = errand->profile->http->deadline_s;

	if (errand->state != STATE_RUNNING || deadline_s <= 0 ||
	    turn->now_ms - errand->submitted_ms < deadline_s * 1000)
		return;
	turn_error(turn,
		   "the provider has had it for more than %lld seconds (its deadline_s) and does "
		   "not say how it ended; it is asked after ever more seldom, at last every 10 "
		   "minutes, and at once after `echo retry > ctl`",
		   (long long)deadline_s);
	turn_log(turn, "overdue: asked after ever more seldom from now on");
	turn_hold(turn, HOLD_OVERDUE);
}

void reply_trouble(struct turn *turn)
{
	struct errand *errand = turn->errand;

	if (errand->failures++ == 0)
		turn_log(turn, "cannot be asked after: %.*s; tried again",
			 SAID(turn, "the reply says nothing of it"));
	hold_when_overdue(turn);
	ask_again(turn, turn_wait_ms(turn, errand->failures));
}

void reply_no_key(struct turn *turn)
{
	turn->outcome->key_refused = true;
	if (turn->errand->failures++ == 0)
		turn_log(turn, "cannot be asked after: %.*s; tried again",
			 SAID(turn, "the provider does not accept the key any more"));
	hold_when_overdue(turn);
	ask_seldom(turn);
}

/* Nothing that is known of it makes the next question. Waiting brings no answer; another
 * configuration might, so that it is tried again seldom, and when a person asks. */
static void nowhere_to_ask(struct turn *turn)
{
	struct errand *errand = turn->errand;

	if (errand->state == STATE_RUNNING) {
		turn_error(turn,
			   "the provider gave an id but not where to ask: %.*s; nothing is lost: "
			   "its own pages show what becomes of it, and `echo retry > ctl` asks "
			   "again",
			   SAID(turn, "its reply had no URL"));
		turn_log(turn, "the provider gave an id but not where to ask: %.*s",
			 SAID(turn, "its reply had no URL"));
		turn_hold(turn, HOLD_OVERDUE);
	}
	ask_seldom(turn);
}

/* It says something of the job again. */
static void recovered(struct turn *turn)
{
	struct errand *errand = turn->errand;

	if (errand->failures > 0)
		turn_log(turn, "the provider answers again, after %u %s", errand->failures,
			 errand->failures == 1 ? "failure" : "failures");
	errand->failures = 0;
	if (turn->reading->kind != READING_GONE)
		errand->absences = 0;
}

/* ---- how far it is ---- */

/* A line when there is a position, when it has halved, and when its turn has come. */
static void log_queue(struct turn *turn)
{
	struct errand *errand = turn->errand;
	int64_t queue = turn->reading->queue;

	if (queue > 0 && (errand->told_queue < 0 || queue <= errand->told_queue / 2)) {
		turn_log(turn, "waits in the provider's queue, position %lld", (long long)queue);
		errand->told_queue = queue;
	} else if (queue <= 0 && errand->told_queue > 0) {
		turn_log(turn, "its turn has come");
		errand->told_queue = 0;
	}
}

static void running(struct turn *turn)
{
	struct errand *errand = turn->errand;
	int64_t age_ms = turn->now_ms - errand->paced_ms;

	errand->asked_ms = turn->now_ms;
	errand->empty_since_ms = 0;
	errand->step = EXCHANGE_POLL;
	turn->outcome->progress = turn->reading->progress;
	log_queue(turn);
	hold_when_overdue(turn);
	ask_again(turn, pace_next(errand->pace, age_ms, errand->asked, errand_poll_ms(errand),
				  turn->random) -
				age_ms);
}

bool reply_empty(struct turn *turn)
{
	struct errand *errand = turn->errand;
	int64_t lasts_ms, wait_ms = errand_poll_ms(errand);

	if (!errand->empty_since_ms) {
		errand->empty_since_ms = turn->now_ms;
		turn_log(turn, "finished there, but no pictures were told; asked again");
	}
	lasts_ms = turn->now_ms - errand->empty_since_ms;
	if (wait_ms < lasts_ms / EMPTY_SHARE)
		wait_ms = lasts_ms / EMPTY_SHARE;
	ask_again(turn, wait_ms);
	return lasts_ms >= EMPTY_MS;
}

static void empty(struct turn *turn)
{
	if (!reply_empty(turn) || turn->errand->state != STATE_RUNNING)
		return;
	turn_error(turn,
		   "finished there, but no pictures were told; it is asked after ever more seldom, "
		   "at last every 10 minutes, and at once after `echo retry > ctl`");
	turn_log(turn, "no pictures were told for a minute");
	turn_hold(turn, HOLD_OVERDUE);
	ask_again(turn, 0); /* as one that is held */
}

/* Where nobody looked for a while, or only clocks know when it began, the time that was seen
 * says nothing of the job. */
static void learn(struct turn *turn)
{
	struct errand *errand = turn->errand;
	int64_t seen_ms = errand->asked_ms ? errand->asked_ms : errand->submitted_ms;

	if (errand->anew || errand->empty_since_ms)
		return;
	turn->outcome->learned = true;
	turn->outcome->took_ms = turn->now_ms - errand->submitted_ms;
	turn->outcome->unseen_ms = turn->now_ms - seen_ms;
}

/* It ended there without pictures, after the provider had taken a wish to cancel it: that
 * is what becomes of it, whatever the provider calls it. */
static void cancelled_by_wish(struct turn *turn)
{
	turn_log(turn, "cancelled at the provider: %.*s", SAID(turn, "it does not say more"));
	turn_end(turn, EVENT_CANCELLED);
}

static void failed(struct turn *turn)
{
	if (turn->errand->cancel_taken) {
		cancelled_by_wish(turn);
		return;
	}
	if (turn->reading->ask_result && protocol_has(turn->errand->profile, EXCHANGE_RESULT)) {
		turn_remember(turn, turn->reading->error);
		turn->errand->ask_why = true;
		ask_at(turn, EXCHANGE_RESULT, turn->now_ms);
		return;
	}
	ended(turn, EVENT_FAILED, "it failed at the provider");
}

static void cancelled(struct turn *turn)
{
	turn_log(turn,
		 turn->errand->wants_cancel
			 ? "cancelled at the provider"
			 : "the provider says that it was cancelled; not by a wish from here");
	turn_end(turn, EVENT_CANCELLED);
}

bool reply_absent(struct turn *turn)
{
	struct errand *errand = turn->errand;
	int64_t wait_ms = ASK_MS_MAX;

	if (++errand->absences == 1) {
		errand->absent_since_ms = turn->now_ms;
		turn_log(turn, "%.*s; asked again", SAID(turn, "the provider does not know it"));
	}
	if (errand->absences >= ABSENT_TIMES && turn->now_ms - errand->absent_since_ms >= ABSENT_MS)
		return true;
	if (errand->state != STATE_HELD)
		wait_ms = turn_wait_ms(turn, errand->absences);
	/* Not the poll of a result that is not there: it would begin the count again. */
	ask_at(turn, errand->step, turn->now_ms + wait_ms);
	return false;
}

static void absent(struct turn *turn)
{
	bool is_over = reply_absent(turn);

	if (turn->errand->cancel_taken && turn->errand->absences >= ABSENT_TIMES) {
		cancelled_by_wish(turn);
	} else if (is_over) {
		turn_error(turn, "the provider does not know it any more");
		turn_log(turn, "the provider does not know it any more");
		turn_end(turn, EVENT_FAILED);
	}
}

static void result_absent(struct turn *turn)
{
	if (!reply_absent(turn))
		return;
	turn_error(turn, "paid, and its result is gone there");
	turn_log(turn, "its result is gone there");
	turn_end(turn, EVENT_GONE);
}

static bool says_something(enum reading_kind kind)
{
	switch (kind) {
	case READING_RUNNING:
	case READING_FINISHED:
	case READING_FAILED:
	case READING_CANCELLED:
	case READING_GONE:
		return true;
	default:
		return false;
	}
}

void reply_to_poll(struct turn *turn)
{
	struct errand *errand = turn->errand;
	enum reading_kind kind = turn->reading->kind;

	if (says_something(kind)) {
		recovered(turn);
		errand->asked++;
	}
	if (is_fetching(turn)) {
		pictures_told_again(turn);
		return;
	}
	if (turn->reading->no_message) {
		nowhere_to_ask(turn);
		return;
	}
	switch (kind) {
	case READING_RUNNING:
		running(turn);
		return;
	case READING_FINISHED:
		learn(turn);
		if (turn->reading->reference_count > 0)
			pictures_told(turn);
		else if (protocol_has(errand->profile, EXCHANGE_RESULT))
			ask_at(turn, EXCHANGE_RESULT, turn->now_ms);
		else
			empty(turn);
		return;
	case READING_FAILED:
		failed(turn);
		return;
	case READING_CANCELLED:
		cancelled(turn);
		return;
	case READING_GONE:
		absent(turn);
		return;
	case READING_NO_KEY:
		reply_no_key(turn);
		return;
	default:
		reply_trouble(turn);
		return;
	}
}

/* ---- result ---- */

/* It is known to have failed; the result may say why, better than the poll did. */
static void say_why(struct turn *turn)
{
	enum reading_kind kind = turn->reading->kind;
	bool better =
		(kind == READING_FAILED || kind == READING_REFUSED) && !turn->reading->no_message;

	turn->outcome->key_refused = kind == READING_NO_KEY;
	if (!better && turn->errand->why) {
		turn_error_text(turn, turn->errand->why);
		turn_log(turn, "%.*s", (int)strcspn(turn->errand->why, "\n"), turn->errand->why);
		turn_end(turn, EVENT_FAILED);
	} else {
		ended(turn, EVENT_FAILED, "it failed at the provider");
	}
}

void reply_to_result(struct turn *turn)
{
	enum reading_kind kind = turn->reading->kind;

	if (says_something(kind) || (kind == READING_REFUSED && !turn->reading->no_message))
		recovered(turn);
	if (turn->errand->ask_why) {
		say_why(turn);
		return;
	}
	if (is_fetching(turn)) {
		pictures_told_again(turn);
		return;
	}
	if (turn->reading->no_message) {
		nowhere_to_ask(turn);
		return;
	}
	switch (kind) {
	case READING_FINISHED:
		if (turn->reading->reference_count > 0)
			pictures_told(turn);
		else
			empty(turn);
		return;
	case READING_FAILED:
	case READING_REFUSED:
		failed(turn);
		return;
	case READING_GONE:
		result_absent(turn);
		return;
	case READING_NO_KEY:
		reply_no_key(turn);
		return;
	default:
		reply_trouble(turn);
		return;
	}
}

/* ---- cancel ---- */

void reply_to_cancel(struct turn *turn)
{
	struct errand *errand = turn->errand;
	int64_t soon_ms = turn->now_ms + errand_poll_ms(errand);

	errand->cancel_at_ms = 0;
	errand->cancels++;
	if (turn->reading->no_message) {
		turn_log(turn, "it could not be cancelled: %.*s", SAID(turn, "no URL was told"));
		return;
	}
	switch (turn->reading->kind) {
	case READING_OK:
		errand->cancel_taken = true;
		turn_log(turn,
			 "the provider was asked to cancel it; it is asked after until it ends");
		if (errand->step_at_ms > soon_ms)
			errand->step_at_ms = soon_ms;
		return;
	case READING_NO_KEY:
		turn->outcome->key_refused = true;
		turn_log(turn, "it could not be cancelled: %.*s",
			 SAID(turn, "the provider does not accept the key"));
		return;
	case READING_REFUSED:
		turn_log(turn, "the provider does not cancel it: %.*s",
			 SAID(turn, "it does not say why"));
		return;
	default:
		if (errand->cancels < CANCEL_TIMES)
			errand->cancel_at_ms = turn->now_ms + turn_wait_ms(turn, errand->cancels);
		else
			turn_log(turn, "it could not be cancelled: %.*s", SAID(turn, "no reply"));
		return;
	}
}
