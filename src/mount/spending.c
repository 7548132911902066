/* Sums of the store's daily totals; a provider that never painted shows zeros. */
#include "mount/spending.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "engine/catalog.h"
#include "engine/rulebook.h"
#include "io/store_spend.h"
#include "job/job_json.h"

static int add_place(struct db *db, const char *provider, const char *unit, int64_t day,
		     struct strbuf *text)
{
	CLEANUP(strbuf) struct strbuf today_cost = STRBUF_EMPTY;
	CLEANUP(strbuf) struct strbuf month_cost = STRBUF_EMPTY;
	struct spent today, month;
	int r = store_spent(db, provider, unit, day, day, &today);

	if (r == 0)
		r = store_spent(db, provider, unit, clock_month_start(day), day, &month);
	if (r < 0)
		return r;
	cost_text(today.cost_micro, &today_cost);
	cost_text(month.cost_micro, &month_cost);
	strbuf_addf(text, "%-16s %-8s %12s %12s %10lld\n", provider, *unit ? unit : "-",
		    strbuf_text(&today_cost), strbuf_text(&month_cost), (long long)month.pictures);
	return 0;
}

/* What was spent by providers that are known no more, or in another unit than now. */
static int add_others(const struct profile_set *set, struct db *db, int64_t day,
		      struct strbuf *text)
{
	struct spent_place place = { .provider = "" };
	int r;

	while ((r = store_spent_next(db, clock_month_start(day), day, &place)) == 0) {
		const struct profile *profile = profile_set_find(set, place.provider);

		if (profile && strcmp(profile->unit, place.unit) == 0)
			continue;
		r = add_place(db, place.provider, place.unit, day, text);
		if (r < 0)
			return r;
	}
	return r == -ENOENT ? 0 : r;
}

static void add_limit(const char *name, int64_t micro, struct strbuf *text)
{
	if (micro <= 0)
		return;
	strbuf_addf(text, "%s ", name);
	cost_text(micro, text);
	strbuf_add_text(text, " USD\n");
}

static int add_limits(const struct rules *rules, struct db *db, int64_t day, struct strbuf *text)
{
	const struct config *config = &rules->config;
	int64_t today;
	int r = catalog_day_usd(db, rules, day, &today);

	if (r < 0 || (config->day_micro <= 0 && config->job_micro <= 0))
		return r;
	strbuf_add_text(text, "\ntoday, as far as it is known in USD: ");
	cost_text(today, text);
	strbuf_add_text(text, " USD\n");
	add_limit("spend_per_day", config->day_micro, text);
	add_limit("spend_per_job", config->job_micro, text);
	strbuf_addf(text, "over = %s\n", config->over == OVER_REFUSE ? "refuse" : "hold");
	return 0;
}

int spend_text(const struct mount *mount, struct db *db, struct strbuf *text)
{
	const struct rules *rules = rulebook_current(mount->rulebook);
	const struct profile_set *set = &rules->profiles;
	int64_t day = clock_day(clock_wall_ms());
	int r = 0;

	strbuf_addf(text, "%-16s %-8s %12s %12s %10s\n", "provider", "unit", "today", "month",
		    "pictures");
	for (size_t i = 0; i < set->count && r == 0; i++)
		r = add_place(db, set->profiles[i]->name, set->profiles[i]->unit, day, text);
	if (r == 0)
		r = add_others(set, db, day, text);
	if (r == 0)
		r = add_limits(rules, db, day, text);
	return r < 0 ? r : strbuf_failed(text) ? -ENOMEM : 0;
}
