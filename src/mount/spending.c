/* Sums of the store's daily totals; a provider that never painted shows zeros. */
#include "mount/spending.h"

#include <errno.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "engine/rulebook.h"
#include "io/store_spend.h"
#include "job/job_json.h"

static int add_provider(struct db *db, const char *provider, int64_t day, struct strbuf *text)
{
	CLEANUP(strbuf) struct strbuf today_cost = STRBUF_EMPTY;
	CLEANUP(strbuf) struct strbuf month_cost = STRBUF_EMPTY;
	struct spent today, month;
	int r = store_spent(db, provider, day, day, &today);

	if (r == 0)
		r = store_spent(db, provider, clock_month_start(day), day, &month);
	if (r < 0)
		return r;
	cost_text(today.cost_micro, &today_cost);
	cost_text(month.cost_micro, &month_cost);
	strbuf_addf(text, "%-16s %-8s %12s %12s %10lld\n", provider, *month.unit ? month.unit : "-",
		    strbuf_text(&today_cost), strbuf_text(&month_cost), (long long)month.pictures);
	return 0;
}

int spend_text(const struct mount *mount, struct db *db, struct strbuf *text)
{
	const struct profile_set *set = &rulebook_current(mount->rulebook)->profiles;
	int64_t day = clock_day(clock_wall_ms());
	int r = 0;

	strbuf_addf(text, "%-16s %-8s %12s %12s %10s\n", "provider", "unit", "today", "month",
		    "pictures");
	for (size_t i = 0; i < set->count && r == 0; i++)
		r = add_provider(db, set->profiles[i]->name, day, text);
	return r < 0 ? r : strbuf_failed(text) ? -ENOMEM : 0;
}

int64_t spend_size(const struct mount *mount, struct db *db)
{
	CLEANUP(strbuf) struct strbuf text = STRBUF_EMPTY;
	int r = spend_text(mount, db, &text);

	return r < 0 ? r : (int64_t)text.size;
}
