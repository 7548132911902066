/* Providers spoken to over HTTP, as far as they are known while the daemon runs: whether
 * submissions wait, how long jobs take, what models there are. All of it may be lost. */
#include "engine_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/utf8.h"
#include "io/store_providers.h"
#include "job/job_json.h"

enum {
	UNSENT_PAUSE_MS = 1000,    /* doubled for each submission that did not get there */
	DAY_MS = 24 * 3600 * 1000, /* catalogues are asked for so seldom */
	HOUR_MS = 3600 * 1000,     /* and so soon again where that failed */
	FIRST_ASK_MS = 3000,       /* not before what people wait for */
	PAGES_MAX = 50,
	MODELS_BYTES_MAX = 4 * 1024 * 1024,
};

uint32_t engine_random(void)
{
	uint32_t random = 0;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return 0;
	return random;
}

/* ---- finding ---- */

static struct desk *new_desk(struct engine *engine, const char *name)
{
	struct desk *desk = calloc(1, sizeof(*desk));

	if (!desk)
		return NULL;
	desk->name = strdup(name);
	desk->engine = engine;
	desk->ask_ms = clock_steady_ms() + FIRST_ASK_MS;
	if (!desk->name) {
		free(desk);
		return NULL;
	}
	desk->next = engine->desks;
	engine->desks = desk;
	return desk;
}

/* The peer of an earlier base URL may still be in use by transfers: it is kept. */
static int set_base_url(struct desk *desk, const char *base_url)
{
	struct desk *old;

	if (desk->base_url && !strcmp(desk->base_url, base_url))
		return 0;
	old = desk->base_url ? new_desk(desk->engine, "") : NULL;
	if (desk->base_url && !old)
		return -ENOMEM;
	if (old) {
		old->base_url = desk->base_url;
		old->peer = desk->peer;
	}
	desk->base_url = strdup(base_url);
	desk->peer = desk->base_url ? http_peer_new(base_url) : NULL;
	return desk->peer ? 0 : -ENOMEM;
}

struct desk *desk_of(struct engine *engine, const struct profile *profile)
{
	const struct rules *rules = rulebook_current(engine->parts.rulebook);
	const char *base_url = rules_access(rules, profile)->base_url;
	struct desk *desk = engine->desks;

	while (desk && strcmp(desk->name, profile->name) != 0)
		desk = desk->next;
	if (!desk)
		desk = new_desk(engine, profile->name);
	if (!base_url) /* the rules do not know it any more, a call at it does */
		base_url = profile->http->base_url;
	if (!desk || set_base_url(desk, base_url) < 0)
		return NULL;
	return desk;
}

struct desk_pace *desk_pace(struct engine *engine, struct desk *desk, const char *model)
{
	CLEANUP(store_read) struct db *db = NULL;
	struct desk_pace *pace = desk->paces;
	char text[PACE_TEXT_ROOM];

	while (pace && strcmp(pace->model, model) != 0)
		pace = pace->next;
	if (pace)
		return pace;
	pace = calloc(1, sizeof(*pace));
	if (!pace)
		return NULL;
	snprintf(pace->model, sizeof(pace->model), "%s", model);
	db = store_read_begin(engine->parts.store);
	if (db && store_pace_get(db, desk->name, model, text, sizeof(text)) == 0 &&
	    pace_from_text(text, &pace->pace) < 0)
		log_write(LOG_NOTE, "how long jobs of %s take is to be learned anew", desk->name);
	pace->next = desk->paces;
	desk->paces = pace;
	return pace;
}

bool desk_is_closed(struct engine *engine, struct desk *desk, const struct profile *profile,
		    struct diag *ret_why)
{
	const struct rules *rules = rulebook_current(engine->parts.rulebook);
	const struct access *access = rules_access(rules, profile);

	if (access->fault.text[0]) {
		*ret_why = access->fault;
		return true;
	}
	if (desk->refused != rules)
		return false;
	diag_set(ret_why, 0,
		 "%s refuses the key%s%s; put a good one in place, then: echo reload > ctl",
		 profile->title, desk->refused_with ? ": " : "",
		 desk->refused_with ? desk->refused_with : "");
	return true;
}

void desk_hears(struct engine *engine, struct desk *desk, const struct rules *rules,
		const struct outcome *outcome, int64_t now_ms)
{
	int64_t pause_ms = outcome->pause_ms;

	/* Of a key that was replaced meanwhile it says nothing of the new one. */
	if (outcome->key_refused && rules == rulebook_current(engine->parts.rulebook)) {
		desk->refused = rules;
		free(desk->refused_with);
		desk->refused_with = outcome->news.log ? strdup(outcome->news.log) : NULL;
		live_set_trouble(engine->parts.live, desk->name, "key refused");
	}
	if (outcome->news.event == EVENT_ACCEPTED || outcome->news.event == EVENT_PICTURES) {
		desk->unsent = 0;
		live_set_trouble(engine->parts.live, desk->name, NULL);
	}
	if (pause_ms <= 0)
		return;
	if (desk->paused_ms <= now_ms && desk->unsent < 16) /* those sent together count once */
		desk->unsent++;
	if (pause_ms < (int64_t)UNSENT_PAUSE_MS << desk->unsent)
		pause_ms = (int64_t)UNSENT_PAUSE_MS << desk->unsent;
	if (pause_ms > WAIT_MS_MAX)
		pause_ms = WAIT_MS_MAX;
	if (outcome->pause_ms > pause_ms)
		pause_ms = outcome->pause_ms;
	if (now_ms + pause_ms > desk->paused_ms)
		desk->paused_ms = now_ms + pause_ms;
	live_set_trouble(engine->parts.live, desk->name, outcome->news.log);
}

/* ---- catalogues and balances ---- */

/* The profile in force; NULL: a reload took it away, or made a program of it. */
static const struct profile *profile_of(const struct desk *desk)
{
	const struct rules *rules = rulebook_current(desk->engine->parts.rulebook);
	const struct profile *profile = profile_set_find(&rules->profiles, desk->name);

	return profile && profile->transport == TRANSPORT_HTTP ? profile : NULL;
}

static void desk_asked(const struct http_end *end, void *arg);

static void forget_question(struct desk *desk)
{
	message_done(&desk->message);
	desk->transfer = NULL;
}

static int ask(struct desk *desk, enum exchange exchange)
{
	const struct rules *rules = rulebook_current(desk->engine->parts.rulebook);
	const struct profile *profile = profile_of(desk);
	const struct access *access = profile ? rules_access(rules, profile) : NULL;
	struct http_order order = { .message = &desk->message, .peer = desk->peer };
	struct asking asking = { .profile = profile, .next = desk->page };
	struct diag diag = { 0 };
	int r;

	if (!profile)
		return -ENOENT;
	asking.base_url = access->base_url;
	r = protocol_message(exchange, &asking, &desk->message, &diag);
	if (r < 0)
		return r;
	desk->asking = exchange;
	desk->sent = rules;
	order.authorization = access->header;
	order.done = desk_asked;
	order.arg = desk;
	r = http_start(desk->engine->http, &order, &desk->transfer);
	if (r < 0)
		forget_question(desk);
	return r;
}

static int add_model(const struct catalogue_entry *entry, void *arg)
{
	struct strbuf *models = arg;

	if (models->size > MODELS_BYTES_MAX)
		return 0;
	utf8_add_printable(models, entry->id, strlen(entry->id), PRINTABLE_LINE);
	strbuf_add_char(models, '\t');
	if (entry->name)
		utf8_add_printable(models, entry->name, strlen(entry->name), PRINTABLE_LINE);
	strbuf_add_char(models, '\t');
	if (entry->price_micro >= 0)
		cost_text(entry->price_micro, models);
	strbuf_add_char(models, '\n');
	return strbuf_failed(models) ? -ENOMEM : 0;
}

static void end_catalogue(struct desk *desk, const char *error)
{
	CLEANUP(free_ptr) char *models = *error ? NULL : strbuf_take(&desk->models, NULL);
	const struct profile *profile = profile_of(desk);
	int r;

	if (profile)
		engine_hide_key(desk->sent, profile, &models);
	if (!*error && !models)
		error = "what it sends cannot be kept";
	r = catalog_models(desk->engine->parts.catalog, desk->name, models, error);
	if (r < 0)
		log_write(LOG_WARN, "the models of %s cannot be kept: %s", desk->name,
			  strerror(-r));
	desk->ask_ms = clock_steady_ms() + (*error ? HOUR_MS : DAY_MS);
	strbuf_done(&desk->models);
	free(desk->page);
	desk->page = NULL;
	desk->pages = 0;
}

static void ask_models(struct desk *desk)
{
	int r = ask(desk, EXCHANGE_MODELS);

	if (r == -ENOENT)
		desk->ask_ms = clock_steady_ms() + DAY_MS;
	else if (r < 0)
		end_catalogue(desk, "they cannot be asked for");
}

static void take_models(struct desk *desk, const struct http_end *end)
{
	const struct profile *profile = profile_of(desk);
	struct reading reading;
	char *next = NULL;
	int r;

	if (end->reply.delivery != DELIVERY_REPLIED || end->reply.status / 100 != 2 || !profile) {
		struct asking asking = { .profile = profile };

		if (!profile || protocol_read(EXCHANGE_MODELS, &asking, &desk->message, &end->reply,
					      &reading) < 0) {
			end_catalogue(desk, "they cannot be asked for");
			return;
		}
		engine_hide_key(desk->sent, profile, &reading.error);
		if (reading.error)
			reading.error[strcspn(reading.error, "\n")] = '\0';
		end_catalogue(desk, reading.error ? reading.error : "they cannot be read");
		reading_done(&reading);
		return;
	}
	r = protocol_read_models(profile, &end->reply, add_model, &desk->models, &next);
	free(desk->page);
	desk->page = next;
	if (r < 0) {
		end_catalogue(desk, "what it sends is no list of models");
		return;
	}
	forget_question(desk);
	if (next && ++desk->pages < PAGES_MAX)
		ask_models(desk);
	else
		end_catalogue(desk, "");
}

static void take_balance(struct desk *desk, const struct http_end *end)
{
	const struct profile *profile = profile_of(desk);
	struct asking asking = { .profile = profile };
	struct reading reading;

	if (!profile ||
	    protocol_read(EXCHANGE_BALANCE, &asking, &desk->message, &end->reply, &reading) < 0)
		return;
	if (reading.remaining_micro >= 0)
		catalog_remaining(desk->engine->parts.catalog, desk->name, reading.remaining_micro);
	reading_done(&reading);
}

static void desk_asked(const struct http_end *end, void *arg)
{
	struct desk *desk = arg;

	desk->transfer = NULL;
	if (desk->asking == EXCHANGE_BALANCE) {
		take_balance(desk, end);
		forget_question(desk);
		ask_models(desk);
		return;
	}
	take_models(desk, end);
	if (!desk->transfer)
		forget_question(desk);
}

/* The store remembers when it was asked: restarts do not ask again. */
static bool was_asked_lately(struct desk *desk)
{
	CLEANUP(store_read) struct db *db = store_read_begin(desk->engine->parts.store);
	struct provider_record record;
	int64_t ago, lasts_ms;

	if (!db || store_provider_get(db, desk->name, &record) < 0 || !record.catalogue_ms)
		return false;
	ago = clock_wall_ms() - record.catalogue_ms;
	lasts_ms = record.catalogue_error[0] ? HOUR_MS : DAY_MS;
	if (ago < 0 || ago >= lasts_ms)
		return false;
	desk->ask_ms = clock_steady_ms() + lasts_ms - ago;
	return true;
}

/* Nobody is asked whom no key was given for: without one easelfs speaks to nobody. */
static void ask_desk(struct desk *desk, const struct rules *rules, const struct profile *profile)
{
	const struct rules *before = desk->asked;
	struct diag why;

	desk->asked = rules;
	if (before && before != rules && desk->refused != rules)
		live_set_trouble(desk->engine->parts.live, desk->name, NULL);
	if (!rules_access(rules, profile)->key ||
	    desk_is_closed(desk->engine, desk, profile, &why) ||
	    (!before && was_asked_lately(desk))) {
		if (desk->ask_ms <= clock_steady_ms())
			desk->ask_ms = clock_steady_ms() + DAY_MS;
		return;
	}
	if (ask(desk, EXCHANGE_BALANCE) < 0)
		ask_models(desk);
}

void desks_step(struct engine *engine, int64_t now_ms)
{
	const struct rules *rules = rulebook_current(engine->parts.rulebook);

	for (size_t i = 0; i < rules->profiles.count; i++) {
		const struct profile *profile = rules->profiles.profiles[i];
		struct desk *desk;

		if (profile->transport != TRANSPORT_HTTP)
			continue;
		desk = desk_of(engine, profile);
		if (!desk)
			continue;
		if (!desk->transfer &&
		    (now_ms >= desk->ask_ms || (desk->asked && desk->asked != rules)))
			ask_desk(desk, rules, profile);
		if (desk->paused_ms && now_ms >= desk->paused_ms) {
			desk->paused_ms = 0;
			engine->work = true;
		}
	}
}

/* Only what desks_step() looks after may be due: anything else would be due for ever. */
int64_t desks_next(const struct engine *engine, int64_t otherwise)
{
	for (const struct desk *desk = engine->desks; desk; desk = desk->next) {
		if (!profile_of(desk))
			continue;
		if (!desk->transfer && desk->ask_ms < otherwise)
			otherwise = desk->ask_ms;
		if (desk->paused_ms && desk->paused_ms < otherwise)
			otherwise = desk->paused_ms;
	}
	return otherwise;
}

void desks_free(struct engine *engine)
{
	while (engine->desks) {
		struct desk *desk = engine->desks;

		engine->desks = desk->next;
		while (desk->paces) {
			struct desk_pace *pace = desk->paces;

			desk->paces = pace->next;
			free(pace);
		}
		if (desk->transfer)
			http_cancel(desk->transfer);
		message_done(&desk->message);
		strbuf_done(&desk->models);
		http_peer_free(desk->peer);
		free(desk->page);
		free(desk->refused_with);
		free(desk->base_url);
		free(desk->name);
		free(desk);
	}
}
