/* The decisions of the engine, without the engine. A local painter's work dies
 * with the daemon and costs nothing, so what was lost is simply painted again;
 * nothing here sends anything twice to somebody who takes money. */
#include "job/plan.h"

enum step plan_next(const struct situation *situation)
{
	const struct call *call = situation->call;

	switch (call->state) {
	case STATE_QUEUED:
		return situation->profile ? STEP_SUBMIT : STEP_REST;
	case STATE_SUBMITTING:
	case STATE_RUNNING:
		if (!situation->under_way)
			return STEP_SUBMIT_AGAIN;
		return call->wish == WISH_CANCEL ? STEP_CANCEL : STEP_WATCH;
	case STATE_FETCHING:
		if (situation->pictures)
			return STEP_ANNOUNCE;
		return situation->under_way ? STEP_WATCH : STEP_SUBMIT_AGAIN;
	default:
		return STEP_REST;
	}
}
