/* What a call may cost is counted before it is sent, and a limit holds, however many come
 * at once. */
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
#include "io/store_providers.h"
#include "io/store_spend.h"
#include "job/news.h"
#include "money_stage.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

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
	money_rule(estimates[row].config);
	job = money_ask(name, estimates[row].provider, estimates[row].count);
	money_send(job);
	call = stage_call(job, 1);
	if (call.hold != estimates[row].hold || call.spent_micro != estimates[row].spent)
		fail_msg("row %zu: hold %d, spent %lld", row, (int)call.hold,
			 (long long)call.spent_micro);
	if (estimates[row].hold != HOLD_NONE)
		money_assert_held(job, estimates[row].hold, estimates[row].says);
	else
		assert_int_equal(call.state, STATE_SUBMITTING);
	if (money_usd_on(money_today()) != estimates[row].usd)
		fail_msg("row %zu: %lld micro-USD", row, (long long)money_usd_on(money_today()));
	/* Out of the next row's way. */
	if (estimates[row].hold == HOLD_NONE)
		money_tell(call.id, EVENT_REFUSED, HOLD_NONE, -1);
	else
		money_tell(call.id, EVENT_CANCELLED, HOLD_NONE, -1);
	assert_int_equal(money_usd_on(money_today()), 0);
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

static void test_models(void **state)
{
	(void)state;
	money_tell_catalogues();
	for (size_t i = 0; i < LENGTH(models); i++) {
		char name[32], config[200];
		struct call call;
		int64_t job;

		snprintf(name, sizeof(name), "%zu.txt", i);
		snprintf(config, sizeof(config), "[limits]\nspend_per_day = 9\n%s",
			 models[i].config);
		money_rule(config);
		job = ask_model(name, models[i].provider, models[i].model);
		money_send(job);
		call = stage_call(job, 1);
		if (call.hold != models[i].hold || call.spent_micro != models[i].spent)
			fail_msg("row %zu: hold %d, spent %lld", i, (int)call.hold,
				 (long long)call.spent_micro);
		if (call.hold == HOLD_PRICE)
			money_assert_held(job, HOLD_PRICE, "set price in [provider ");
		money_tell(call.id, call.hold ? EVENT_CANCELLED : EVENT_REFUSED, HOLD_NONE, -1);
	}
}

/* The provider's word for this very call comes before his list of models, and after what
 * profile and configuration say. */
/* clang-format off */
static const struct {
	const char *config, *provider, *model;
	int64_t told; /* for both pictures of the call */
	enum hold hold;
	int64_t spent;
} words[] = {
	{ "", "told", "a/own", 7 * CENT, HOLD_NONE, 7 * CENT },
	{ "", "told", "a/own", 0, HOLD_NONE, 0 },
	{ "", "told", "a/unknown", 7 * CENT, HOLD_NONE, 7 * CENT },
	{ "", "told", "a/unknown", -1, HOLD_PRICE, 0 },
	{ "", "dollars", "", 7 * CENT, HOLD_NONE, 6 * CENT },
	{ "[provider told]\nprice = 0.02\n", "told", "a/own", 7 * CENT, HOLD_NONE, 4 * CENT },
	{ "", "told", "a/own", 10 * USD, HOLD_LIMIT, 0 },
	{ "", "told", "a/own", INT64_MAX, HOLD_LIMIT, 0 },
};
/* clang-format on */

static void test_words(void **state)
{
	(void)state;
	money_tell_catalogues();
	for (size_t i = 0; i < LENGTH(words); i++) {
		struct call_news sent = CALL_NEWS(EVENT_SENT);
		char name[32], text[200];
		struct call call;
		int64_t job;

		snprintf(name, sizeof(name), "%zu.txt", i);
		snprintf(text, sizeof(text), "[limits]\nspend_per_day = 9\n%s", words[i].config);
		money_rule(text);
		snprintf(text, sizeof(text), "---\nprovider: %s\ncount: 2\n%s%s\n---\na heron\n",
			 words[i].provider, *words[i].model ? "model: " : "", words[i].model);
		job = stage_job_of(stage_request(FOLDER_REQUESTS, name, text));
		sent.estimate_micro = words[i].told;
		assert_int_equal(catalog_call(stage.catalog, money_call(job), &sent), 0);
		call = stage_call(job, 1);
		if (call.hold != words[i].hold || call.spent_micro != words[i].spent)
			fail_msg("row %zu: hold %d, spent %lld", i, (int)call.hold,
				 (long long)call.spent_micro);
		money_tell(call.id, call.hold ? EVENT_CANCELLED : EVENT_REFUSED, HOLD_NONE, -1);
	}
}

/* What a service gives away for nothing may cost something all the same. */
static void test_nothing_beyond_the_limit(void **state)
{
	int64_t job, call;

	(void)state;
	money_rule("[limits]\nspend_per_day = 0.1\n[provider dollars]\nprice = 0\n");
	for (int i = 0; i < 3; i++) {
		char name[16];

		snprintf(name, sizeof(name), "%d.txt", i);
		job = money_ask(name, "dollars", 1);
		call = money_call(job);
		money_send(job);
		if (i < 2)
			money_tell(call, EVENT_ACCEPTED, HOLD_NONE, 6 * CENT);
	}
	money_assert_held(job, HOLD_LIMIT, "0.12 USD are spent");
}

/* Where nobody says what came, the pictures cost what their model does. */
static void test_pictures_of_models(void **state)
{
	int64_t dear, unknown;

	(void)state;
	money_tell_catalogues();
	dear = ask_model("a.txt", "named", "a/dear");
	unknown = ask_model("b.txt", "named", "a/unknown");
	money_send(dear);
	money_tell(money_call(dear), EVENT_PICTURES, HOLD_NONE, -1);
	stage_pictures(money_call(dear), 1);
	assert_int_equal(stage_call(dear, 1).cost_micro, 50 * CENT);
	money_send(unknown);
	money_tell(money_call(unknown), EVENT_PICTURES, HOLD_NONE, -1);
	stage_pictures(money_call(unknown), 1);
	assert_int_equal(stage_call(unknown, 1).cost_micro, -1);
	assert_int_equal(money_usd_on(money_today()), 50 * CENT);
}

/* Many at once: what was promised to some is not there for others. */
static void test_promised(void **state)
{
	enum { ASKED = 20, AFFORDED = 7 };
	int64_t jobs[ASKED];
	int sent = 0;
	char name[32];

	(void)state;
	money_rule("[limits]\nspend_per_day = 0.23\n");
	for (int i = 0; i < ASKED; i++) {
		snprintf(name, sizeof(name), "%d.txt", i);
		jobs[i] = money_ask(name, "dollars", 1);
	}
	for (int i = 0; i < ASKED; i++) {
		money_send(jobs[i]);
		sent += stage_state(jobs[i]) == STATE_SUBMITTING;
	}
	assert_int_equal(sent, AFFORDED);
	assert_int_equal(money_usd_on(money_today()), AFFORDED * 3 * CENT);
	money_assert_held(
		jobs[ASKED - 1], HOLD_LIMIT,
		"0.21 USD are spent, this costs 0.03 USD; it goes on by itself tomorrow (UTC), "
		"or after a reload with a higher spend_per_day\n");
	/* What was given back may be spent by another. */
	money_tell(money_call(jobs[0]), EVENT_REFUSED, HOLD_NONE, -1);
	assert_int_equal(catalog_command(stage.catalog, jobs[ASKED - 1], COMMAND_RETRY), 0);
	money_send(jobs[ASKED - 1]);
	assert_int_equal(stage_state(jobs[ASKED - 1]), STATE_SUBMITTING);
}

/* All providers count for the day, each in what its unit is worth. */
static void test_together(void **state)
{
	int64_t job;

	(void)state;
	money_rule("[limits]\nspend_per_day = 0.15\n");
	money_send(money_ask("a.txt", "worth", 1)); /* 0.10 */
	money_send(money_ask("b.txt", "dollars", 1));
	assert_int_equal(money_usd_on(money_today()), 13 * CENT);
	job = money_ask("c.txt", "dollars", 1);
	money_send(job);
	money_assert_held(job, HOLD_LIMIT, "0.13 USD are spent");
	/* Amounts do not wrap around. */
	money_rule("[limits]\nspend_per_day = 999999999\n"
		   "[provider credits]\nprice = 999999999\nusd = 999999999\n");
	job = money_ask("d.txt", "credits", 4);
	money_send(job);
	money_assert_held(job, HOLD_LIMIT, "the limit of 999999999 USD a day");
}

/* A run's calls together; the next run begins anew. */
static void test_job(void **state)
{
	int64_t job;

	(void)state;
	money_rule("[limits]\nspend_per_job = 0.2\n");
	job = money_ask("a.txt", "dollars", 8);
	assert_int_equal(stage_call_count(job), 2);
	money_send(job);
	assert_int_equal(stage_event(stage_call(job, 2).id, EVENT_SENT), 0);
	assert_int_equal(stage_call(job, 1).state, STATE_SUBMITTING);
	assert_int_equal(stage_call(job, 2).hold, HOLD_LIMIT);
	assert_int_equal(money_usd_on(money_today()), 12 * CENT);
	money_tell(money_call(job), EVENT_ACCEPTED, HOLD_NONE, -1);
	money_tell(money_call(job), EVENT_FAILED, HOLD_NONE, -1);
	money_tell(stage_call(job, 2).id, EVENT_CANCELLED, HOLD_NONE, -1);
	assert_int_equal(catalog_command(stage.catalog, job, COMMAND_AGAIN), 0);
	money_send(job);
	assert_int_equal(stage_call(job, 1).state, STATE_SUBMITTING);
	assert_int_equal(money_usd_on(money_today()), 24 * CENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MONEY_ROW(test_estimates),
		MONEY_ROW(test_models),
		MONEY_ROW(test_words),
		MONEY_ROW(test_nothing_beyond_the_limit),
		MONEY_ROW(test_pictures_of_models),
		MONEY_ROW(test_promised),
		MONEY_ROW(test_together),
		MONEY_ROW(test_job),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
