/* One line a fact, so that grep and cut can read them. */
#include "mount/provider_text.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "engine/rulebook.h"
#include "io/store_providers.h"
#include "job/job_json.h"

const struct profile *provider_of(const struct mount *mount, int64_t id)
{
	const struct profile_set *set = &rulebook_current(mount->rulebook)->profiles;

	return id >= 1 && (uint64_t)id <= set->count ? set->profiles[id - 1] : NULL;
}

static void add_accept(const struct profile *profile, enum param param, struct strbuf *text)
{
	const struct accept *accept = &profile->offer.accepts[param];

	switch (accept->kind) {
	case ACCEPT_NOTHING:
		return;
	case ACCEPT_ANY:
		strbuf_addf(text, "%s\t%s\n", param_name(param), param_allowed(param));
		return;
	case ACCEPT_RANGE:
		strbuf_addf(text, "%s\t%lld..%lld", param_name(param), (long long)accept->from,
			    (long long)accept->to);
		if (accept->step > 1)
			strbuf_addf(text, " step %lld", (long long)accept->step);
		break;
	case ACCEPT_WORDS:
		strbuf_addf(text, "%s\t", param_name(param));
		for (size_t i = 0; accept->words[i]; i++)
			strbuf_addf(text, "%s%s", i ? " " : "", accept->words[i]);
		break;
	}
	strbuf_add_char(text, '\n');
}

/* One fact a line; the first says whether it paints. */
static int add_status(const struct mount *mount, struct db *db, const struct profile *profile,
		      struct strbuf *text)
{
	const struct rules *rules = rulebook_current(mount->rulebook);
	const struct access *access = rules_access(rules, profile);
	CLEANUP(strbuf) struct strbuf amount = STRBUF_EMPTY;
	struct provider_record record;
	char when[CLOCK_TEXT_ROOM], trouble[200];
	int r = store_provider_get(db, profile->name, &record);

	live_get_trouble(mount->live, profile->name, trouble, sizeof(trouble));
	strbuf_addf(text, "%s\n",
		    access->fault.text[0] ? access->fault.text
		    : *trouble            ? trouble
					  : "ready");
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	if (record.remaining_micro >= 0) {
		cost_text(record.remaining_micro, &amount);
		strbuf_addf(text, "remaining\t%s %s\t%s\n", strbuf_text(&amount), profile->unit,
			    clock_text(record.remaining_ms, when, sizeof(when)));
	}
	if (record.catalogue_ms)
		strbuf_addf(text, "models\t%s\t%s\n",
			    *record.catalogue_error ? record.catalogue_error : "read",
			    clock_text(record.catalogue_ms, when, sizeof(when)));
	return 0;
}

/* The profile's own names: the provider's whole catalogue comes after them. */
static void add_names(const struct mount *mount, const struct profile *profile, struct strbuf *text)
{
	CLEANUP(strbuf) struct strbuf price = STRBUF_EMPTY;

	cost_text(rules_price_micro(rulebook_current(mount->rulebook), profile, NULL), &price);
	for (size_t i = 0; i < profile->model_count; i++)
		strbuf_addf(text, "%s\t%s\t%s\n", profile->models[i].name, profile->models[i].id,
			    strbuf_text(&price));
}

static int add_models(const struct mount *mount, struct db *db, const struct profile *profile,
		      struct strbuf *text)
{
	int r;

	add_names(mount, profile, text);
	r = store_provider_catalogue(db, profile->name, text);
	return r == -ENOENT ? 0 : r;
}

/* A catalogue may be megabytes. */
static int64_t models_size(const struct mount *mount, struct db *db, const struct profile *profile)
{
	CLEANUP(strbuf) struct strbuf names = STRBUF_EMPTY;
	struct provider_record record;
	int r = store_provider_get(db, profile->name, &record);

	if (r < 0 && r != -ENOENT)
		return r;
	add_names(mount, profile, &names);
	if (strbuf_failed(&names))
		return -ENOMEM;
	return (int64_t)names.size + (r == 0 ? record.catalogue_size : 0);
}

static void add_price(const struct mount *mount, const struct profile *profile, struct strbuf *text)
{
	int64_t price = rules_price_micro(rulebook_current(mount->rulebook), profile, NULL);

	if (profile->transport == TRANSPORT_PROGRAM && price < 0)
		price = 0; /* this machine's own work */
	if (price < 0)
		return;
	cost_text(price, text);
	if (*profile->unit)
		strbuf_addf(text, " %s", profile->unit);
	strbuf_add_char(text, '\n');
}

int provider_text(const struct mount *mount, struct db *db, const struct profile *profile,
		  enum kind kind, struct strbuf *text)
{
	int r = 0;

	switch (kind) {
	case KIND_PROVIDER_STATUS:
		r = add_status(mount, db, profile, text);
		break;
	case KIND_PROVIDER_MODELS:
		r = add_models(mount, db, profile, text);
		break;
	case KIND_PROVIDER_PARAMS:
		for (enum param param = 0; param < PARAMS; param++)
			add_accept(profile, param, text);
		break;
	case KIND_PROVIDER_PRICE:
		add_price(mount, profile, text);
		break;
	case KIND_PROVIDER_INI:
		strbuf_add_text(text, profile->source);
		break;
	default:
		return -ENOENT;
	}
	return r < 0 ? r : strbuf_failed(text) ? -ENOMEM : 0;
}

int64_t provider_text_size(const struct mount *mount, struct db *db, const struct profile *profile,
			   enum kind kind)
{
	CLEANUP(strbuf) struct strbuf text = STRBUF_EMPTY;
	int r;

	switch (kind) {
	case KIND_PROVIDER_MODELS:
		return models_size(mount, db, profile);
	case KIND_PROVIDER_INI:
		return (int64_t)strlen(profile->source);
	default:
		r = provider_text(mount, db, profile, kind, &text);
		return r < 0 ? r : (int64_t)text.size;
	}
}
