/* The decisions of the engine, without the engine. A local painter's work dies
 * with the daemon and costs nothing, so what was lost is simply painted again. What may
 * have been paid for is never sent twice: an intent without an answer is doubt, an id is
 * followed until the job ends. */
#include "job/plan.h"

#include "job/protocol.h"

static enum step lost_step(const struct situation *situation)
{
	/* A program that has a service's name now knows nothing of what was paid for there. */
	if (!situation->profile ||
	    (situation->profile->transport == TRANSPORT_PROGRAM && *situation->call->remote_id))
		return STEP_REST;
	return situation->profile->transport == TRANSPORT_PROGRAM ? STEP_SUBMIT_AGAIN : STEP_FOLLOW;
}

static enum step step_of_submitting(const struct situation *situation)
{
	/* Whose intent it was says whether there is doubt, not what the profile says now. */
	if (!situation->profile || situation->profile->transport == TRANSPORT_HTTP)
		return STEP_DOUBT;
	return STEP_SUBMIT_AGAIN;
}

static bool can_look(const struct profile *profile)
{
	return profile && profile->transport == TRANSPORT_HTTP &&
	       protocol_has(profile, EXCHANGE_LIST);
}

enum step plan_next(const struct situation *situation)
{
	const struct call *call = situation->call;
	bool cancel = call->wish == WISH_CANCEL;

	switch (call->state) {
	case STATE_QUEUED:
		return situation->profile ? STEP_SUBMIT : STEP_REST;
	case STATE_SUBMITTING:
		if (situation->under_way)
			return cancel ? STEP_CANCEL : STEP_WATCH;
		return step_of_submitting(situation);
	case STATE_RUNNING:
		if (situation->under_way)
			return cancel ? STEP_CANCEL : STEP_WATCH;
		return lost_step(situation);
	case STATE_FETCHING:
		if (situation->pictures)
			return STEP_ANNOUNCE;
		return situation->under_way ? STEP_WATCH : lost_step(situation);
	case STATE_HELD:
		if (call->hold == HOLD_DOUBT)
			return can_look(situation->profile) ? STEP_LOOK : STEP_REST;
		if (call->hold != HOLD_OVERDUE)
			return STEP_REST;
		if (situation->under_way)
			return cancel ? STEP_CANCEL : STEP_WATCH;
		return lost_step(situation);
	default:
		return STEP_REST;
	}
}
