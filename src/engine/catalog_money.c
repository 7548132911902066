/* Money: what a call may cost is counted as spent in the transaction of its intent, and
 * replaced by what the provider says it took. What surely was not taken is given back;
 * what is in doubt stays counted. A limit is in USD; another unit is compared with it only
 * through its worth, and what cannot be compared is held rather than guessed. What could
 * not be paid for, or kept, is refused before it is a request. */
#include "engine/catalog.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "catalog_tx.h"
#include "io/store_calls.h"
#include "io/store_jobs.h"
#include "io/store_providers.h"
#include "job/job_json.h"

enum {
	MICRO = 1000000,
	SMALL_DISK_PICTURES = 16, /* a disk is small that has no room for so many of the largest */
};

/* Nobody passes a limit by being too expensive to be counted. */
static int64_t add(int64_t a, int64_t b)
{
	int64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

static int64_t in_usd(int64_t amount_micro, int64_t usd_micro)
{
	__extension__ typedef __int128 wide;
	wide usd = (wide)amount_micro * usd_micro / MICRO;

	return usd > INT64_MAX ? INT64_MAX : (int64_t)usd;
}

static const struct rules *rules_of(const struct tx *tx)
{
	return rulebook_current(tx->catalog->rulebook);
}

/* What was spent in another unit than the provider's present one, or by one that is known
 * no more, can be told in USD only if it is that. */
int64_t catalog_worth(const struct rules *rules, const struct spent_place *place)
{
	const struct profile *profile = profile_set_find(&rules->profiles, place->provider);

	if (strcmp(place->unit, "USD") == 0)
		return MICRO;
	if (!profile || strcmp(profile->unit, place->unit) != 0)
		return -1;
	return rules_usd_micro(rules, profile);
}

int catalog_day_usd(struct db *db, const struct rules *rules, int64_t day, int64_t *ret_micro)
{
	struct spent_place place = { .provider = "" };
	struct spent spent;
	int64_t sum = 0, worth;
	int r;

	while ((r = store_spent_next(db, day, day, &place)) == 0) {
		r = store_spent(db, place.provider, place.unit, day, day, &spent);
		if (r < 0)
			return r;
		worth = catalog_worth(rules, &place);
		if (worth > 0 && spent.cost_micro > 0)
			sum = add(sum, in_usd(spent.cost_micro, worth));
	}
	if (r != -ENOENT)
		return r;
	*ret_micro = sum;
	return 0;
}

/* What the run's calls have cost so far. */
static int run_usd(struct tx *tx, int64_t run, int64_t worth, int64_t *ret_micro)
{
	struct call call;
	int64_t number = 0, sum = 0;
	int r;

	while ((r = store_call_next(tx->db, run, number, &call)) == 0) {
		number = call.number;
		sum = add(sum, in_usd(call.sunk_micro + call.spent_micro, worth));
	}
	*ret_micro = sum;
	return r == -ENOENT ? 0 : r;
}

/* ---- reserving ---- */

struct estimate {
	int64_t micro; /* in the provider's unit, -1: not known */
	int64_t usd;   /* the same in USD, -1: not known */
	int64_t worth; /* of the unit */
};

/* What a picture of the model costs, -1: not known. What neither configuration nor profile
 * says, the provider's own list of models may. 0 or -errno. */
static int price_of(struct tx *tx, const struct profile *profile, const char *model,
		    int64_t *ret_micro)
{
	const struct profile_model *known = profile_model(profile, model);
	int64_t price = rules_price_micro(rules_of(tx), profile, model);
	int r = 0;

	if (price < 0 && (known || *model))
		r = store_provider_price(tx->db, profile->name, known ? known->id : model, &price);
	if (r < 0 && r != -ENOENT)
		return r;
	*ret_micro = price;
	return 0;
}

/* `micro`: in the provider's unit, -1: not known. */
static struct estimate estimate(const struct rules *rules, const struct profile *profile,
				int64_t micro)
{
	struct estimate estimate = { .micro = micro, .usd = -1 };

	if (profile->transport == TRANSPORT_PROGRAM && micro < 0)
		estimate.micro = 0;
	estimate.worth = rules_usd_micro(rules, profile);
	if (estimate.micro == 0)
		estimate.usd = 0;
	else if (estimate.micro > 0 && estimate.worth >= 0)
		estimate.usd = in_usd(estimate.micro, estimate.worth);
	return estimate;
}

enum renewal { RENEWS_NEVER, RENEWS_DAILY };

struct limit {
	int64_t micro, spent; /* USD */
	const char *per, *key;
	enum renewal renewal;
};

/* What costs more than the whole limit has nothing to hope of tomorrow. */
static void say_limit(const struct limit *limit, int64_t cost, char *why, size_t room)
{
	CLEANUP(strbuf) struct strbuf text = STRBUF_EMPTY;
	bool waits = limit->renewal == RENEWS_DAILY && cost <= limit->micro;

	strbuf_add_text(&text, "the limit of ");
	cost_text(limit->micro, &text);
	strbuf_addf(&text, " USD a %s would be passed: ", limit->per);
	cost_text(limit->spent, &text);
	strbuf_add_text(&text, " USD are spent, this costs ");
	cost_text(cost, &text);
	strbuf_addf(&text, " USD; it goes on %safter a reload with a higher %s",
		    waits ? "by itself tomorrow (UTC), or " : "", limit->key);
	snprintf(why, room, "%s", strbuf_text(&text));
}

/* Whether the limits allow it: HOLD_NONE, or why not; -errno. */
static int check_limits(struct tx *tx, const struct call *call, const struct estimate *estimate,
			char *why, size_t room)
{
	const struct config *config = &rules_of(tx)->config;
	struct limit limits[2];
	int64_t today = 0, so_far = 0;
	int r = catalog_day_usd(tx->db, rules_of(tx), clock_day(tx->now_ms), &today);

	if (r == 0)
		r = run_usd(tx, call->run, estimate->worth, &so_far);
	if (r < 0)
		return r;
	limits[0] =
		(struct limit){ config->day_micro, today, "day", "spend_per_day", RENEWS_DAILY };
	limits[1] =
		(struct limit){ config->job_micro, so_far, "job", "spend_per_job", RENEWS_NEVER };
	for (size_t i = 0; i < 2; i++)
		if (limits[i].micro > 0 && add(limits[i].spent, estimate->usd) > limits[i].micro) {
			say_limit(&limits[i], estimate->usd, why, room);
			return HOLD_LIMIT;
		}
	return HOLD_NONE;
}

/* What the call may cost, in the provider's unit, -1: not known. The provider's word for
 * this very call is better than his list. 0 or -errno. */
static int cost_of(struct tx *tx, const struct call *call, const struct call_news *sent,
		   const struct profile *profile, int64_t *ret_micro)
{
	int64_t price = -1;
	struct run run;
	int r = store_run_get(tx->db, call->run, &run);

	if (r < 0)
		return r;
	*ret_micro = sent->estimate_micro;
	if (*ret_micro >= 0 && rules_price_micro(rules_of(tx), profile, run.model) < 0)
		return 0;
	r = price_of(tx, profile, run.model, &price);
	*ret_micro = price < 0 ? -1 : price * call->count;
	return r;
}

int tx_reserve(struct tx *tx, struct call *call, const struct call_news *sent, char *why,
	       size_t room)
{
	const struct rules *rules = rules_of(tx);
	const struct profile *profile = profile_set_find(&rules->profiles, call->provider);
	struct spent spent = { .pictures = 0 };
	struct estimate cost;
	int64_t micro = -1;
	int hold = HOLD_NONE, r;

	if (!profile)
		return HOLD_NONE;
	r = cost_of(tx, call, sent, profile, &micro);
	if (r < 0)
		return r;
	cost = estimate(rules, profile, micro);
	if (rules_have_limit(rules) && cost.usd < 0) {
		snprintf(why, room,
			 cost.micro < 0
				 ? "what it costs is not known, and there is a limit: set price in "
				   "[provider %s]"
				 : "what its unit is worth is not known, and there is a limit in "
				   "USD: set usd in [provider %s]",
			 profile->name);
		return HOLD_PRICE;
	}
	/* What a service gives away may turn out to cost something: not beyond the limit. */
	if (rules_have_limit(rules) && (cost.usd > 0 || profile->transport == TRANSPORT_HTTP))
		hold = check_limits(tx, call, &cost, why, room);
	if (hold != HOLD_NONE)
		return hold;
	call->sunk_micro += call->spent_micro; /* an earlier attempt may have been paid */
	call->spent_micro = spent.cost_micro = cost.micro > 0 ? cost.micro : 0;
	call->spent_day = clock_day(tx->now_ms);
	snprintf(call->unit, sizeof(call->unit), "%s", profile->unit ? profile->unit : "");
	snprintf(spent.unit, sizeof(spent.unit), "%s", call->unit);
	return spent.cost_micro ? store_spend(tx->db, call->spent_day, call->provider, &spent) : 0;
}

int tx_spend_in(struct tx *tx, struct call *call, const char *unit)
{
	int r = strcmp(call->unit, unit) != 0 ? tx_spend(tx, call, 0) : 0;

	if (r == 0)
		snprintf(call->unit, sizeof(call->unit), "%s", unit);
	return r;
}

int tx_spend(struct tx *tx, struct call *call, int64_t cost_micro)
{
	struct spent difference = { .cost_micro = cost_micro - call->spent_micro };

	if (!difference.cost_micro)
		return 0;
	if (!call->spent_day)
		call->spent_day = clock_day(tx->now_ms);
	call->spent_micro = cost_micro;
	snprintf(difference.unit, sizeof(difference.unit), "%s", call->unit);
	return store_spend(tx->db, call->spent_day, call->provider, &difference);
}

int tx_count_pictures(struct tx *tx, struct call *call, int64_t pictures)
{
	const struct profile *profile = profile_set_find(&rules_of(tx)->profiles, call->provider);
	struct spent spent = { .pictures = pictures };
	int64_t price = -1;
	struct run run;
	int r = 0;

	/* He does not say: what was reserved stays, also where not all came; else the price. */
	if (call->cost_micro < 0 && call->spent_micro > 0) {
		call->cost_micro = call->spent_micro;
	} else if (call->cost_micro < 0 && profile) {
		r = store_run_get(tx->db, call->run, &run);
		if (r == 0)
			r = price_of(tx, profile, run.model, &price);
		if (price >= 0)
			call->cost_micro = price * pictures;
	}
	if (r == 0 && call->cost_micro >= 0)
		r = tx_spend(tx, call, call->cost_micro);
	if (r == 0)
		r = store_call_update(tx->db, call);
	snprintf(spent.unit, sizeof(spent.unit), "%s", call->unit);
	return r < 0 ? r : store_spend(tx->db, clock_day(tx->now_ms), call->provider, &spent);
}

/* ---- refusing ---- */

/* A picture that is paid for needs a place. On a small disk the largest that is allowed
 * is not what is to be expected. */
static int check_room(struct tx *tx)
{
	uint64_t wanted = rules_of(tx)->config.image_bytes;
	struct disk_room room;
	int r = store_disk_room(tx->catalog->store, &room);

	if (r < 0)
		return r;
	if (wanted > room.whole / SMALL_DISK_PICTURES)
		wanted = room.whole / SMALL_DISK_PICTURES;
	return room.free < wanted ? -ENOSPC : 0;
}

static int check_spending(struct tx *tx)
{
	const struct rules *rules = rules_of(tx);
	const struct profile *profile;
	const char *model = rules->config.defaults.value[PARAM_MODEL];
	int64_t today = 0, price = 0;
	int r;

	if (rules->config.over != OVER_REFUSE || rules->config.day_micro <= 0)
		return 0;
	r = catalog_day_usd(tx->db, rules, clock_day(tx->now_ms), &today);
	if (r < 0)
		return r;
	profile = profile_set_find(&rules->profiles, rules->config.provider);
	if (profile) {
		r = price_of(tx, profile, model ? model : "", &price);
		if (r < 0)
			return r;
		price = estimate(rules, profile, price).usd;
	}
	if (today >= rules->config.day_micro ||
	    (price > 0 && add(today, price) > rules->config.day_micro))
		return -EDQUOT;
	return 0;
}

int tx_refuses_request(struct tx *tx, int64_t folder, const struct name *name)
{
	struct job job;
	int r = store_job_find(tx->db, folder, name, &job);

	if (r != -ENOENT) /* editors save by another file of the same name */
		return r;
	r = check_room(tx);
	return r < 0 ? r : check_spending(tx);
}
