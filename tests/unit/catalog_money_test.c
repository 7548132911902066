/* What a call may cost is counted before it is sent, and a limit holds whatever happens
 * afterwards. Providers exist on paper only; amounts are millionths. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "catalog_stage.h"
#include "io/store_providers.h"
#include "io/store_spend.h"
#include "job/news.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

enum { CENT = 10000, USD = 1000000 };

/* Four pictures a call at most, of models that may be asked for by an id. */
static const char protocol_ini[] = "[accepts]\ncount = 1..4\n"
				   "[body]\n/prompt = {prompt}\n/count = {count}\n"
				   "/model = {model}\n"
				   "[submit]\nrequest = POST /a\nid = /id\n"
				   "[poll]\nrequest = GET /a/{id}\nstate = /state\n"
				   "[states]\ndone = done\n"
				   "[result]\nimages = /images/*\n"
				   "[cancel]\nrequest = DELETE /a/{id}\n";

static const struct {
	const char *name, *money;
} profiles[] = {
	{ "dollars", "unit = USD\nprice = 0.03\n" },
	{ "unpriced", "unit = USD\n" },
	{ "credits", "unit = credit\nprice = 2\n" },
	{ "worth", "unit = credit\nprice = 2\nusd = 0.05\n" },
	{ "named", "unit = USD\nprice = 0.03\n[model own]\nid = a/own\n"
		   "[model other]\nid = a/other\n" },
	{ "told", "unit = USD\n[model own]\nid = a/own\n" },
};

static void write_file(const char *name, const char *text)
{
	CLEANUP(free_ptr) char *path = file_join(stage.base->dir, name);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void load_rules(const char *config, struct rules *ret_rules)
{
	CLEANUP(free_ptr) char *path = file_join(stage.base->dir, "configuration");
	const char *folders[] = { stage.base->dir };
	struct diag diag = { 0 };

	write_file("configuration", config);
	if (config_load(path, &ret_rules->config, &diag) < 0)
		fail_msg("line %u: %s", diag.line, diag.text);
	assert_int_equal(profile_set_load(folders, 1, &ret_rules->profiles), 0);
	if (ret_rules->profiles.fault_count)
		fail_msg("%s: %s", ret_rules->profiles.faults[0].path,
			 ret_rules->profiles.faults[0].diag.text);
}

/* As a reload does. */
static void rule(const char *config)
{
	struct rules rules = { .profiles = { .count = 0 } };

	load_rules(config, &rules);
	assert_int_equal(rulebook_replace(stage.rulebook, &rules), 0);
	assert_int_equal(catalog_reloaded(stage.catalog), 0);
}

static int set_up(void **state)
{
	int r = stage_set_up(state);

	for (size_t i = 0; r == 0 && i < LENGTH(profiles); i++) {
		char name[32], text[1024];

		snprintf(name, sizeof(name), "%s.ini", profiles[i].name);
		snprintf(text, sizeof(text),
			 "[provider]\nbase_url = https://a.example.com\nauth = none\n%s%s",
			 profiles[i].money, protocol_ini);
		write_file(name, text);
	}
	if (r == 0)
		rule("[easelfs]\nprovider = dollars\n");
	return r;
}

#define ROW(name) cmocka_unit_test_setup_teardown(name, set_up, stage_tear_down)

/* ---- the user and the engine ---- */

/* A request for `count` pictures, judged; its job. */
static int64_t ask(const char *name, const char *provider, int count)
{
	char text[200];

	snprintf(text, sizeof(text), "---\nprovider: %s\ncount: %d\n---\na heron, %s\n", provider,
		 count, name);
	return stage_job_of(stage_request(FOLDER_REQUESTS, name, text));
}

static int64_t first_call(int64_t job)
{
	return stage_call(job, 1).id;
}

static void send_first(int64_t job)
{
	assert_int_equal(stage_event(first_call(job), EVENT_SENT), 0);
}

static void tell(int64_t call, enum event event, enum hold hold, int64_t cost_micro)
{
	struct call_news news = CALL_NEWS(event);

	news.hold = hold;
	news.cost_micro = cost_micro;
	assert_int_equal(catalog_call(stage.catalog, call, &news), 0);
}

static int64_t usd_on(int64_t day)
{
	CLEANUP(store_read) struct db *db = store_read_begin(stage.base->store);
	int64_t micro = -1;

	assert_non_null(db);
	assert_int_equal(catalog_day_usd(db, rulebook_current(stage.rulebook), day, &micro), 0);
	return micro;
}

static int64_t today(void)
{
	return clock_day(clock_wall_ms());
}

static void assert_held(int64_t job, enum hold hold, const char *says)
{
	assert_int_equal(stage_state(job), STATE_HELD);
	assert_int_equal(stage_run(job).hold, hold);
	assert_int_equal(stage_call(job, 1).attempt, 0);
	if (!strstr(stage_text(job, RUN_ERROR), says))
		fail_msg("%s", stage_text(job, RUN_ERROR));
	assert_non_null(strstr(stage_log(job), says));
}

/* ---- before an intent ---- */

/* The first call of a request for `count` is to be sent. hold HOLD_NONE: it is. */
/* clang-format off */
static const struct {
	const char *config, *provider;
	int count;
	enum hold hold;
	const char *says;
	int64_t spent, usd; /* of the call, in its unit; of the day */
} estimates[] = {
	{ "", "dollars", 1, HOLD_NONE, "", 3 * CENT, 3 * CENT },
	{ "", "dollars", 4, HOLD_NONE, "", 12 * CENT, 12 * CENT },
	{ "", "dollars", 6, HOLD_NONE, "", 12 * CENT, 12 * CENT }, /* of two calls */
	{ "", "unpriced", 1, HOLD_NONE, "", 0, 0 },
	{ "", "credits", 2, HOLD_NONE, "", 4 * USD, 0 },
	{ "", "worth", 2, HOLD_NONE, "", 4 * USD, 20 * CENT },
	{ "[limits]\nspend_per_day = 0\nspend_per_job = 0\n", "unpriced", 1, HOLD_NONE, "", 0, 0 },
	/* the configuration's word comes first */
	{ "[provider dollars]\nprice = 0.5\n", "dollars", 2, HOLD_NONE, "", USD, USD },
	{ "[provider dollars]\nprice = 0\n", "dollars", 2, HOLD_NONE, "", 0, 0 },
	{ "[provider credits]\nusd = 0.01\n", "credits", 1, HOLD_NONE, "", 2 * USD, 2 * CENT },
	{ "[provider worth]\nusd = 0.1\n", "worth", 1, HOLD_NONE, "", 2 * USD, 20 * CENT },
	/* up to the limit, not beyond */
	{ "[limits]\nspend_per_day = 0.03\n", "dollars", 1, HOLD_NONE, "", 3 * CENT, 3 * CENT },
	{ "[limits]\nspend_per_day = 0.12\n", "dollars", 4, HOLD_NONE, "", 12 * CENT, 12 * CENT },
	{ "[limits]\nspend_per_job = 0.12\n", "dollars", 4, HOLD_NONE, "", 12 * CENT, 12 * CENT },
	{ "[limits]\nspend_per_day = 0.029999\n", "dollars", 1, HOLD_LIMIT,
	  "the limit of 0.029999 USD a day would be passed: 0 USD are spent, this costs 0.03 USD; "
	  "it goes on after a reload with a higher spend_per_day\n", 0, 0 },
	{ "[limits]\nspend_per_day = 0.119999\n", "dollars", 4, HOLD_LIMIT, "0.12 USD", 0, 0 },
	{ "[limits]\nspend_per_job = 0.119999\n", "dollars", 4, HOLD_LIMIT,
	  "USD a job would be passed: 0 USD are spent, this costs 0.12 USD; it goes on after a "
	  "reload with a higher spend_per_job\n", 0, 0 },
	{ "[limits]\nspend_per_day = 0.1\n", "worth", 1, HOLD_NONE, "", 2 * USD, 10 * CENT },
	{ "[limits]\nspend_per_day = 0.1\n", "worth", 2, HOLD_LIMIT, "0.2 USD", 0, 0 },
	/* what cannot be compared is not sent */
	{ "[limits]\nspend_per_day = 9\n", "unpriced", 1, HOLD_PRICE,
	  "set price in [provider unpriced]\n", 0, 0 },
	{ "[limits]\nspend_per_job = 9\n", "unpriced", 1, HOLD_PRICE,
	  "set price in [provider unpriced]\n", 0, 0 },
	{ "[limits]\nspend_per_day = 9\n", "credits", 1, HOLD_PRICE,
	  "set usd in [provider credits]\n", 0, 0 },
	{ "[limits]\nspend_per_day = 9\n[provider credits]\nusd = 0\n", "credits", 1, HOLD_NONE, "",
	  2 * USD, 0 },
	{ "[limits]\nspend_per_day = 9\n[provider unpriced]\nprice = 0\n", "unpriced", 1, HOLD_NONE,
	  "", 0, 0 },
	/* a program of this machine is free */
	{ "[limits]\nspend_per_day = 0.01\n", "painter", 2, HOLD_NONE, "", 0, 0 },
};
/* clang-format on */

static void check_estimate(size_t row)
{
	char name[32];
	struct call call;
	int64_t job;

	snprintf(name, sizeof(name), "%zu.txt", row);
	rule(estimates[row].config);
	job = ask(name, estimates[row].provider, estimates[row].count);
	send_first(job);
	call = stage_call(job, 1);
	if (call.hold != estimates[row].hold || call.spent_micro != estimates[row].spent)
		fail_msg("row %zu: hold %d, spent %lld", row, (int)call.hold,
			 (long long)call.spent_micro);
	if (estimates[row].hold != HOLD_NONE)
		assert_held(job, estimates[row].hold, estimates[row].says);
	else
		assert_int_equal(call.state, STATE_SUBMITTING);
	if (usd_on(today()) != estimates[row].usd)
		fail_msg("row %zu: %lld micro-USD", row, (long long)usd_on(today()));
	/* Out of the next row's way. */
	if (estimates[row].hold == HOLD_NONE)
		tell(call.id, EVENT_REFUSED, HOLD_NONE, -1);
	else
		tell(call.id, EVENT_CANCELLED, HOLD_NONE, -1);
	assert_int_equal(usd_on(today()), 0);
}

static void test_estimates(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(estimates); i++)
		check_estimate(i);
}

/* The price of a profile is about the models that it names: another, asked for by its id,
 * may cost anything. */
/* clang-format off */
static const struct {
	const char *config, *provider, *model;
	enum hold hold;
	int64_t spent;
} models[] = {
	{ "", "named", "own", HOLD_NONE, 3 * CENT },
	{ "", "named", "other", HOLD_NONE, 3 * CENT },
	{ "", "named", "a/own", HOLD_NONE, 3 * CENT },
	{ "", "named", "a/dear", HOLD_NONE, 50 * CENT },
	{ "", "named", "a/free", HOLD_NONE, 0 },
	{ "", "named", "a/unknown", HOLD_PRICE, 0 },
	{ "", "named", "a/silent", HOLD_PRICE, 0 },
	{ "", "named", "a/odd", HOLD_PRICE, 0 },
	{ "", "named", "a/de", HOLD_PRICE, 0 },
	{ "", "named", "dear", HOLD_PRICE, 0 },
	{ "", "dollars", "a/dear", HOLD_PRICE, 0 },
	{ "", "dollars", "", HOLD_NONE, 3 * CENT },
	/* what a profile leaves open, the list may say */
	{ "", "told", "own", HOLD_NONE, 7 * CENT },
	{ "", "told", "a/own", HOLD_NONE, 7 * CENT },
	{ "", "told", "a/unknown", HOLD_PRICE, 0 },
	/* the configuration's word is about all */
	{ "[provider named]\nprice = 0.2\n", "named", "own", HOLD_NONE, 20 * CENT },
	{ "[provider named]\nprice = 0.2\n", "named", "a/dear", HOLD_NONE, 20 * CENT },
	{ "[provider named]\nprice = 0.2\n", "named", "a/unknown", HOLD_NONE, 20 * CENT },
};
/* clang-format on */

/* The job of a request for a picture of that model. */
static int64_t ask_model(const char *name, const char *provider, const char *model)
{
	char text[200];

	snprintf(text, sizeof(text), "---\nprovider: %s\n%s%s\n---\na heron, %s\n", provider,
		 *model ? "model: " : "", model, name);
	return stage_job_of(stage_request(FOLDER_REQUESTS, name, text));
}

static void tell_catalogues(void)
{
	assert_int_equal(catalog_models(stage.catalog, "named",
					"a/own\tOwn\t9\na/silent\tSilent\t\na/dear\tDear\t0.5\n"
					"a/free\t\t0\na/odd\tOdd\t0.5 or more\n",
					""),
			 0);
	assert_int_equal(catalog_models(stage.catalog, "told", "a/own\tOwn\t0.07\n", ""), 0);
}

static void test_models(void **state)
{
	(void)state;
	tell_catalogues();
	for (size_t i = 0; i < LENGTH(models); i++) {
		char name[32], config[200];
		struct call call;
		int64_t job;

		snprintf(name, sizeof(name), "%zu.txt", i);
		snprintf(config, sizeof(config), "[limits]\nspend_per_day = 9\n%s",
			 models[i].config);
		rule(config);
		job = ask_model(name, models[i].provider, models[i].model);
		send_first(job);
		call = stage_call(job, 1);
		if (call.hold != models[i].hold || call.spent_micro != models[i].spent)
			fail_msg("row %zu: hold %d, spent %lld", i, (int)call.hold,
				 (long long)call.spent_micro);
		if (call.hold == HOLD_PRICE)
			assert_held(job, HOLD_PRICE, "set price in [provider ");
		tell(call.id, call.hold ? EVENT_CANCELLED : EVENT_REFUSED, HOLD_NONE, -1);
	}
}

/* Where nobody says what came, the pictures cost what their model does. */
static void test_pictures_of_models(void **state)
{
	int64_t dear, unknown;

	(void)state;
	tell_catalogues();
	dear = ask_model("a.txt", "named", "a/dear");
	unknown = ask_model("b.txt", "named", "a/unknown");
	send_first(dear);
	tell(first_call(dear), EVENT_PICTURES, HOLD_NONE, -1);
	stage_pictures(first_call(dear), 1);
	assert_int_equal(stage_call(dear, 1).cost_micro, 50 * CENT);
	send_first(unknown);
	tell(first_call(unknown), EVENT_PICTURES, HOLD_NONE, -1);
	stage_pictures(first_call(unknown), 1);
	assert_int_equal(stage_call(unknown, 1).cost_micro, -1);
	assert_int_equal(usd_on(today()), 50 * CENT);
}

/* Many at once: what was promised to some is not there for others. */
static void test_promised(void **state)
{
	enum { ASKED = 20, AFFORDED = 7 };
	int64_t jobs[ASKED];
	int sent = 0;
	char name[32];

	(void)state;
	rule("[limits]\nspend_per_day = 0.23\n");
	for (int i = 0; i < ASKED; i++) {
		snprintf(name, sizeof(name), "%d.txt", i);
		jobs[i] = ask(name, "dollars", 1);
	}
	for (int i = 0; i < ASKED; i++) {
		send_first(jobs[i]);
		sent += stage_state(jobs[i]) == STATE_SUBMITTING;
	}
	assert_int_equal(sent, AFFORDED);
	assert_int_equal(usd_on(today()), AFFORDED * 3 * CENT);
	assert_held(jobs[ASKED - 1], HOLD_LIMIT,
		    "0.21 USD are spent, this costs 0.03 USD; it goes on by itself tomorrow (UTC), "
		    "or after a reload with a higher spend_per_day\n");
	/* What was given back may be spent by another. */
	tell(first_call(jobs[0]), EVENT_REFUSED, HOLD_NONE, -1);
	assert_int_equal(catalog_command(stage.catalog, jobs[ASKED - 1], COMMAND_RETRY), 0);
	send_first(jobs[ASKED - 1]);
	assert_int_equal(stage_state(jobs[ASKED - 1]), STATE_SUBMITTING);
}

/* All providers count for the day, each in what its unit is worth. */
static void test_together(void **state)
{
	int64_t job;

	(void)state;
	rule("[limits]\nspend_per_day = 0.15\n");
	send_first(ask("a.txt", "worth", 1)); /* 0.10 */
	send_first(ask("b.txt", "dollars", 1));
	assert_int_equal(usd_on(today()), 13 * CENT);
	job = ask("c.txt", "dollars", 1);
	send_first(job);
	assert_held(job, HOLD_LIMIT, "0.13 USD are spent");
	/* Amounts do not wrap around. */
	rule("[limits]\nspend_per_day = 999999999\n"
	     "[provider credits]\nprice = 999999999\nusd = 999999999\n");
	job = ask("d.txt", "credits", 4);
	send_first(job);
	assert_held(job, HOLD_LIMIT, "the limit of 999999999 USD a day");
}

/* A run's calls together; the next run begins anew. */
static void test_job(void **state)
{
	int64_t job;

	(void)state;
	rule("[limits]\nspend_per_job = 0.2\n");
	job = ask("a.txt", "dollars", 8);
	assert_int_equal(stage_call_count(job), 2);
	send_first(job);
	assert_int_equal(stage_event(stage_call(job, 2).id, EVENT_SENT), 0);
	assert_int_equal(stage_call(job, 1).state, STATE_SUBMITTING);
	assert_int_equal(stage_call(job, 2).hold, HOLD_LIMIT);
	assert_int_equal(usd_on(today()), 12 * CENT);
	tell(first_call(job), EVENT_ACCEPTED, HOLD_NONE, -1);
	tell(first_call(job), EVENT_FAILED, HOLD_NONE, -1);
	tell(stage_call(job, 2).id, EVENT_CANCELLED, HOLD_NONE, -1);
	assert_int_equal(catalog_command(stage.catalog, job, COMMAND_AGAIN), 0);
	send_first(job);
	assert_int_equal(stage_call(job, 1).state, STATE_SUBMITTING);
	assert_int_equal(usd_on(today()), 24 * CENT);
}

/* ---- after it ---- */

/* A call of two pictures, 0.06 USD, was sent; then this happens. */
/* clang-format off */
static const struct {
	enum event events[3]; /* to EVENT_NONE */
	enum hold hold;
	int64_t cost, spent; /* told with the last event, -1: not; counted afterwards */
} ends[] = {
	/* surely not taken */
	{ { EVENT_NOT_TAKEN }, HOLD_NONE, -1, 0 },
	{ { EVENT_REFUSED }, HOLD_NONE, -1, 0 },
	{ { EVENT_HELD }, HOLD_KEY, -1, 0 },
	{ { EVENT_HELD }, HOLD_CREDIT, -1, 0 },
	{ { EVENT_REFUSED }, HOLD_NONE, 5 * CENT, 0 },
	/* perhaps taken */
	{ { EVENT_HELD }, HOLD_DOUBT, -1, 6 * CENT },
	{ { EVENT_HELD, EVENT_CANCELLED }, HOLD_DOUBT, -1, 6 * CENT },
	{ { EVENT_HELD, EVENT_ACCEPTED }, HOLD_DOUBT, 4 * CENT, 4 * CENT },
	/* taken */
	{ { EVENT_ACCEPTED }, HOLD_NONE, -1, 6 * CENT },
	{ { EVENT_ACCEPTED }, HOLD_NONE, 9 * CENT, 9 * CENT },
	{ { EVENT_ACCEPTED }, HOLD_NONE, 2 * CENT, 2 * CENT },
	{ { EVENT_ACCEPTED }, HOLD_NONE, 0, 0 },
	{ { EVENT_PICTURES }, HOLD_NONE, 7 * CENT, 7 * CENT },
	{ { EVENT_ACCEPTED, EVENT_NONE }, HOLD_NONE, -1, 6 * CENT },
	{ { EVENT_ACCEPTED, EVENT_FAILED }, HOLD_NONE, -1, 6 * CENT },
	{ { EVENT_ACCEPTED, EVENT_FAILED }, HOLD_NONE, 0, 0 }, /* the provider gave it back */
	{ { EVENT_ACCEPTED, EVENT_CANCELLED }, HOLD_NONE, -1, 6 * CENT },
	{ { EVENT_ACCEPTED, EVENT_HELD }, HOLD_OVERDUE, -1, 6 * CENT },
	{ { EVENT_ACCEPTED, EVENT_PICTURES, EVENT_GONE }, HOLD_NONE, -1, 6 * CENT },
};
/* clang-format on */

static void test_ends(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(ends); i++) {
		int64_t before = usd_on(today()), job, call;
		char name[32];

		snprintf(name, sizeof(name), "%zu.txt", i);
		job = ask(name, "dollars", 2);
		call = first_call(job);
		send_first(job);
		for (size_t k = 0; k < 3 && ends[i].events[k] != EVENT_NONE; k++) {
			bool last = k == 2 || ends[i].events[k + 1] == EVENT_NONE;

			tell(call, ends[i].events[k], ends[i].hold, last ? ends[i].cost : -1);
		}
		if (stage_call(job, 1).spent_micro != ends[i].spent ||
		    usd_on(today()) - before != ends[i].spent)
			fail_msg("row %zu: %lld, the day %lld", i,
				 (long long)stage_call(job, 1).spent_micro,
				 (long long)(usd_on(today()) - before));
	}
}

/* What has an id was taken, also where the profile does not say how to ask after it. */
static void test_nobody_to_ask(void **state)
{
	int64_t job = ask("a.txt", "dollars", 2);
	struct call_news news = CALL_NEWS(EVENT_HELD);

	(void)state;
	send_first(job);
	news.hold = HOLD_OVERDUE;
	news.remote_id = "id-1";
	assert_int_equal(catalog_call(stage.catalog, first_call(job), &news), 0);
	assert_int_equal(usd_on(today()), 6 * CENT);
	assert_int_equal(stage_call(job, 1).attempt, 1);
	/* No pictures came, and so they have no price. */
	assert_int_equal(catalog_add_images(stage.catalog, first_call(job), NULL, 0, NULL), 0);
	assert_int_equal(usd_on(today()), 6 * CENT);
	assert_int_equal(stage_run(job).hold, HOLD_OVERDUE);
}

/* A cost that is told again, and one that is told when nothing else happens. */
static void test_told_again(void **state)
{
	int64_t job = ask("a.txt", "dollars", 1), call = first_call(job);

	(void)state;
	send_first(job);
	tell(call, EVENT_ACCEPTED, HOLD_NONE, 4 * CENT);
	tell(call, EVENT_NONE, HOLD_NONE, 5 * CENT);
	tell(call, EVENT_PICTURES, HOLD_NONE, 5 * CENT);
	assert_int_equal(usd_on(today()), 5 * CENT);
	assert_int_equal(stage_call(job, 1).cost_micro, 5 * CENT);
}

/* Where the provider does not say, the pictures that came cost what a picture costs. */
static void test_pictures(void **state)
{
	int64_t job = ask("a.txt", "dollars", 2), told = ask("b.txt", "dollars", 2);

	(void)state;
	send_first(job);
	tell(first_call(job), EVENT_PICTURES, HOLD_NONE, -1);
	stage_pictures(first_call(job), 1);
	assert_int_equal(stage_call(job, 1).cost_micro, 3 * CENT);
	assert_int_equal(usd_on(today()), 3 * CENT);
	send_first(told);
	tell(first_call(told), EVENT_PICTURES, HOLD_NONE, 8 * CENT);
	stage_pictures(first_call(told), 2);
	assert_int_equal(stage_call(told, 1).cost_micro, 8 * CENT);
	assert_int_equal(usd_on(today()), 11 * CENT);
}

static void test_resend(void **state)
{
	int64_t job = ask("a.txt", "dollars", 1);

	(void)state;
	rule("[limits]\nspend_per_day = 0.06\n");
	for (int i = 1; i <= 2; i++) {
		send_first(job);
		tell(first_call(job), EVENT_HELD, HOLD_DOUBT, -1);
		assert_int_equal(usd_on(today()), i * 3 * CENT);
		assert_int_equal(catalog_command(stage.catalog, job, COMMAND_RESEND), 0);
	}
	send_first(job);
	assert_int_equal(stage_run(job).hold, HOLD_LIMIT);
	assert_int_equal(usd_on(today()), 6 * CENT);
	assert_int_equal(stage_call(job, 1).sunk_micro, 3 * CENT);
	/* What is sure not to have been taken gives back its own part alone. */
	rule("");
	send_first(job);
	tell(first_call(job), EVENT_NOT_TAKEN, HOLD_NONE, -1);
	assert_int_equal(usd_on(today()), 6 * CENT);
}

/* A wish that comes true because it was not taken: nothing that goes on by itself later
 * sends it. */
static void test_cancelled_on_the_way(void **state)
{
	static const struct {
		enum event event;
		enum hold hold;
	} rows[] = {
		{ EVENT_NOT_TAKEN, HOLD_NONE },
		{ EVENT_HELD, HOLD_KEY },
		{ EVENT_HELD, HOLD_CREDIT },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		char name[16];
		int64_t job;

		snprintf(name, sizeof(name), "%zu.txt", i);
		job = ask(name, "dollars", 1);
		send_first(job);
		assert_int_equal(catalog_command(stage.catalog, job, COMMAND_CANCEL), 0);
		tell(first_call(job), rows[i].event, rows[i].hold, -1);
		assert_int_equal(stage_state(job), STATE_CANCELLED);
		assert_int_equal(usd_on(today()), 0);
		assert_int_equal(catalog_reloaded(stage.catalog), 0);
		assert_int_equal(catalog_new_day(stage.catalog), 0);
		stage_restart();
		assert_int_equal(stage_state(job), STATE_CANCELLED);
	}
}

/* It is counted before it is sent, and by whoever looks after a crash. */
static void test_restart(void **state)
{
	int64_t job = ask("a.txt", "dollars", 1), held;

	(void)state;
	rule("[limits]\nspend_per_day = 0.05\n");
	send_first(job);
	held = ask("b.txt", "dollars", 1);
	send_first(held);
	assert_held(held, HOLD_LIMIT, "0.03 USD are spent");
	stage_restart();
	assert_int_equal(usd_on(today()), 3 * CENT);
	assert_int_equal(stage_state(held), STATE_QUEUED); /* judged again */
	send_first(held);
	assert_held(held, HOLD_LIMIT, "0.03 USD are spent");
	tell(first_call(job), EVENT_HELD, HOLD_DOUBT, -1);
	assert_int_equal(usd_on(today()), 3 * CENT);
}

/* A resent call and its siblings stay within the job's limit, the doubtful attempt counted. */
static void test_job_resend(void **state)
{
	int64_t job;

	(void)state;
	rule("[limits]\nspend_per_job = 0.3\n");
	job = ask("a.txt", "dollars", 8);
	send_first(job);
	tell(first_call(job), EVENT_HELD, HOLD_DOUBT, -1);
	tell(stage_call(job, 2).id, EVENT_CANCELLED, HOLD_NONE, -1);
	assert_int_equal(catalog_command(stage.catalog, job, COMMAND_RESEND), 0);
	send_first(job);
	tell(first_call(job), EVENT_ACCEPTED, HOLD_NONE, -1);
	tell(first_call(job), EVENT_FAILED, HOLD_NONE, -1);
	assert_int_equal(catalog_command(stage.catalog, job, COMMAND_RETRY), 0);
	assert_int_equal(stage_event(stage_call(job, 2).id, EVENT_SENT), 0);
	assert_int_equal(stage_call(job, 2).hold, HOLD_LIMIT);
	assert_int_equal(usd_on(today()), 24 * CENT);
}

static int spend_otherwise(struct db *db, void *arg)
{
	const struct spent *spent = arg;

	return store_spend(db, today(), "gone", spent);
}

/* Units are kept apart, and what was spent stays spent when its provider goes. */
static void test_units(void **state)
{
	struct spent usd = { .unit = "USD", .cost_micro = 2 * CENT };
	struct spent credits = { .unit = "credit", .cost_micro = USD };

	(void)state;
	store_stage_write(stage.base, spend_otherwise, &usd);
	store_stage_write(stage.base, spend_otherwise, &credits);
	send_first(ask("a.txt", "dollars", 1));
	assert_int_equal(usd_on(today()), 5 * CENT);
	/* A USD is a USD. */
	rule("[provider dollars]\nusd = 7\n");
	assert_int_equal(usd_on(today()), 5 * CENT);
	send_first(ask("b.txt", "dollars", 1));
	assert_int_equal(usd_on(today()), 8 * CENT);
}

/* A program of this machine that has a price. */
static void test_program(void **state)
{
	int64_t job, held;

	(void)state;
	rule("[limits]\nspend_per_day = 0.05\n[provider painter]\nprice = 0.03\nusd = 1\n");
	job = ask("a.txt", "painter", 1);
	held = ask("b.txt", "painter", 1);
	send_first(job);
	assert_int_equal(stage_call(job, 1).spent_micro, 3 * CENT);
	tell(first_call(job), EVENT_PICTURES, HOLD_NONE, -1);
	stage_pictures(first_call(job), 1);
	assert_int_equal(usd_on(today()), 3 * CENT);
	send_first(held);
	assert_held(held, HOLD_LIMIT, "0.03 USD are spent");
}

/* ---- what lets it go on ---- */

static void test_reload(void **state)
{
	int64_t job, unpriced;

	(void)state;
	rule("[limits]\nspend_per_day = 0.01\n");
	job = ask("a.txt", "dollars", 1);
	unpriced = ask("b.txt", "unpriced", 1);
	send_first(job);
	send_first(unpriced);
	assert_held(job, HOLD_LIMIT, "0.01");
	assert_held(unpriced, HOLD_PRICE, "price");
	rule("[limits]\nspend_per_day = 0.07\n[provider unpriced]\nprice = 0.04\n");
	assert_int_equal(stage_state(job), STATE_QUEUED);
	send_first(job);
	send_first(unpriced);
	assert_int_equal(stage_state(job), STATE_SUBMITTING);
	assert_int_equal(stage_state(unpriced), STATE_SUBMITTING);
	assert_string_equal(stage_text(job, RUN_ERROR), "");
	assert_int_equal(usd_on(today()), 7 * CENT);
}

static int move_to_yesterday(struct db *db, void *arg)
{
	struct spent spent = { .unit = "USD", .cost_micro = *(int64_t *)arg };
	int r = store_spend(db, today() - 1, "dollars", &spent);

	spent.cost_micro = -spent.cost_micro;
	return r < 0 ? r : store_spend(db, today(), "dollars", &spent);
}

static void test_new_day(void **state)
{
	int64_t spent = 3 * CENT, job = ask("a.txt", "dollars", 1), held;

	(void)state;
	rule("[limits]\nspend_per_day = 0.05\n");
	send_first(job);
	tell(first_call(job), EVENT_ACCEPTED, HOLD_NONE, -1);
	held = ask("b.txt", "dollars", 1);
	send_first(held);
	assert_held(held, HOLD_LIMIT, "tomorrow");
	store_stage_write(stage.base, move_to_yesterday, &spent);
	assert_int_equal(stage_state(held), STATE_HELD);
	assert_int_equal(catalog_new_day(stage.catalog), 0);
	assert_int_equal(stage_state(held), STATE_QUEUED);
	send_first(held);
	assert_int_equal(stage_state(held), STATE_SUBMITTING);
	assert_int_equal(usd_on(today()), 3 * CENT);
	assert_int_equal(usd_on(today() - 1), 3 * CENT);
}

/* ---- refusing ---- */

static int create(const char *name)
{
	static const struct owner owner = { .mode = 0600, .uid = -1, .gid = -1 };
	struct name its_name = named(name);
	struct file file;

	return catalog_create(stage.catalog, FOLDER_REQUESTS, &its_name, &owner, &file);
}

static int rename_to(const char *from, const char *to)
{
	return stage_move(FOLDER_REQUESTS, from, FOLDER_REQUESTS, to);
}

static void test_refuse(void **state)
{
	static const char limits[] = "[easelfs]\nprovider = dollars\n[limits]\n"
				     "spend_per_day = 0.05\nover = ";
	char config[200];
	int64_t file, job;

	(void)state;
	snprintf(config, sizeof(config), "%srefuse\n", limits);
	rule(config);
	file = stage_request(FOLDER_REQUESTS, "a.txt", "a heron");
	job = stage_job_of(file);
	assert_int_equal(create("early"), 0);
	send_first(job);
	/* 0.03 of 0.05 are spent: another picture is too much. */
	assert_int_equal(create("b.txt"), -EDQUOT);
	assert_int_equal(stage_job_at(FOLDER_REQUESTS, "b.txt"), 0);
	assert_int_equal(create("scratch"), 0);
	assert_int_equal(create(".c.txt.swp"), 0);
	assert_int_equal(create("defaults.ini"), 0);
	assert_int_equal(rename_to("early", "early.txt"), -EDQUOT);
	assert_int_equal(rename_to("early", "later"), 0);
	/* A request that is there is saved, and waits as with `hold`. */
	assert_int_equal(rename_to("a.txt", "z.txt"), 0);
	stage_write(file, "another heron");
	stage_settle(file);
	send_first(stage_job_of(file));
	assert_held(stage_job_of(file), HOLD_LIMIT, "0.03 USD are spent");
	/* An editor's way of saving it: by another file, or anew. */
	stage_settle(stage_create(FOLDER_REQUESTS, "new"));
	assert_int_equal(rename_to("new", "z.txt"), 0);
	assert_int_equal(stage_unlink(FOLDER_REQUESTS, "z.txt"), 0);
	assert_int_equal(create("z.txt"), 0);
	assert_int_equal(create("y.txt"), -EDQUOT);
	/* Enough again. */
	snprintf(config, sizeof(config), "%shold\n", limits);
	rule(config);
	assert_int_equal(create("b.txt"), 0);
	rule("[easelfs]\nprovider = dollars\n[limits]\nspend_per_day = 0.06\nover = refuse\n");
	assert_int_equal(create("c.txt"), 0);
	rule("[limits]\nspend_per_job = 0.01\nover = refuse\n");
	assert_int_equal(create("d.txt"), 0);
}

/* What `[defaults]` asks for is what a picture by default costs. */
static void test_refuse_model(void **state)
{
	(void)state;
	tell_catalogues();
	rule("[easelfs]\nprovider = named\n[limits]\nspend_per_day = 0.4\nover = refuse\n");
	assert_int_equal(create("a.txt"), 0);
	rule("[easelfs]\nprovider = named\n[limits]\nspend_per_day = 0.4\nover = refuse\n"
	     "[defaults]\nmodel = a/dear\n");
	assert_int_equal(create("b.txt"), -EDQUOT);
}

/* What the provider by default costs is not known: the limit itself decides. */
static void test_refuse_unpriced(void **state)
{
	int64_t job = ask("a.txt", "dollars", 1);

	(void)state;
	rule("[easelfs]\nprovider = unpriced\n[limits]\nspend_per_day = 0.03\nover = refuse\n");
	assert_int_equal(create("b.txt"), 0);
	send_first(job);
	assert_int_equal(create("c.txt"), -EDQUOT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(test_estimates), ROW(test_models),        ROW(test_pictures_of_models),
		ROW(test_promised),  ROW(test_together),      ROW(test_job_resend),
		ROW(test_units),     ROW(test_program),       ROW(test_job),
		ROW(test_ends),      ROW(test_nobody_to_ask), ROW(test_told_again),
		ROW(test_pictures),  ROW(test_resend),        ROW(test_cancelled_on_the_way),
		ROW(test_restart),   ROW(test_reload),        ROW(test_new_day),
		ROW(test_refuse),    ROW(test_refuse_model),  ROW(test_refuse_unpriced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
