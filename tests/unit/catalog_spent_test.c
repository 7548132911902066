/* What was counted is corrected by what the provider says, given back only where nothing was
 * taken, and lets others go on or be refused. */
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
		int64_t before = money_usd_on(money_today()), job, call;
		char name[32];

		snprintf(name, sizeof(name), "%zu.txt", i);
		job = money_ask(name, "dollars", 2);
		call = money_call(job);
		money_send(job);
		for (size_t k = 0; k < 3 && ends[i].events[k] != EVENT_NONE; k++) {
			bool last = k == 2 || ends[i].events[k + 1] == EVENT_NONE;

			money_tell(call, ends[i].events[k], ends[i].hold, last ? ends[i].cost : -1);
		}
		if (stage_call(job, 1).spent_micro != ends[i].spent ||
		    money_usd_on(money_today()) - before != ends[i].spent)
			fail_msg("row %zu: %lld, the day %lld", i,
				 (long long)stage_call(job, 1).spent_micro,
				 (long long)(money_usd_on(money_today()) - before));
	}
}

/* What has an id was taken, also where the profile does not say how to ask after it. */
static void test_nobody_to_ask(void **state)
{
	int64_t job = money_ask("a.txt", "dollars", 2);
	struct call_news news = CALL_NEWS(EVENT_HELD);

	(void)state;
	money_send(job);
	news.hold = HOLD_OVERDUE;
	news.remote_id = "id-1";
	assert_int_equal(catalog_call(stage.catalog, money_call(job), &news), 0);
	assert_int_equal(money_usd_on(money_today()), 6 * CENT);
	assert_int_equal(stage_call(job, 1).attempt, 1);
	/* No pictures came, and so they have no price. */
	assert_int_equal(catalog_add_images(stage.catalog, money_call(job), NULL, 0, NULL), 0);
	assert_int_equal(money_usd_on(money_today()), 6 * CENT);
	assert_int_equal(stage_run(job).hold, HOLD_OVERDUE);
}

/* A cost that is told again, and one that is told when nothing else happens. */
static void test_told_again(void **state)
{
	int64_t job = money_ask("a.txt", "dollars", 1), call = money_call(job);

	(void)state;
	money_send(job);
	money_tell(call, EVENT_ACCEPTED, HOLD_NONE, 4 * CENT);
	money_tell(call, EVENT_NONE, HOLD_NONE, 5 * CENT);
	money_tell(call, EVENT_PICTURES, HOLD_NONE, 5 * CENT);
	assert_int_equal(money_usd_on(money_today()), 5 * CENT);
	assert_int_equal(stage_call(job, 1).cost_micro, 5 * CENT);
}

/* Where the provider does not say, what was reserved stays: also for what did not come, which
 * may have been paid all the same. */
static void test_pictures(void **state)
{
	int64_t job = money_ask("a.txt", "dollars", 2), told = money_ask("b.txt", "dollars", 2);

	(void)state;
	money_send(job);
	money_tell(money_call(job), EVENT_PICTURES, HOLD_NONE, -1);
	stage_pictures(money_call(job), 1);
	assert_int_equal(stage_call(job, 1).cost_micro, 6 * CENT);
	assert_int_equal(money_usd_on(money_today()), 6 * CENT);
	money_send(told);
	money_tell(money_call(told), EVENT_PICTURES, HOLD_NONE, 8 * CENT);
	stage_pictures(money_call(told), 2);
	assert_int_equal(stage_call(told, 1).cost_micro, 8 * CENT);
	assert_int_equal(money_usd_on(money_today()), 14 * CENT);
}

/* A price that is another one meanwhile is for what is sent then. */
static void test_another_price(void **state)
{
	int64_t job = money_ask("a.txt", "dollars", 2);

	(void)state;
	money_send(job);
	money_rule("[provider dollars]\nprice = 0.001\n");
	money_tell(money_call(job), EVENT_PICTURES, HOLD_NONE, -1);
	stage_pictures(money_call(job), 2);
	assert_int_equal(stage_call(job, 1).cost_micro, 6 * CENT);
	assert_int_equal(money_usd_on(money_today()), 6 * CENT);
}

/* Another unit is for what is sent then, and what is told in it takes the place of what was
 * reserved in the one before. */
static void test_another_unit(void **state)
{
	int64_t before = money_ask("a.txt", "credits", 1), job = money_ask("b.txt", "credits", 1);
	struct call_news told = CALL_NEWS(EVENT_PICTURES);

	(void)state;
	money_send(before); /* 2 credits */
	money_profile("credits", "unit = USD\nprice = 3\n");
	money_rule("[limits]\nspend_per_day = 4\n");
	money_send(job);
	assert_string_equal(stage_call(job, 1).unit, "USD");
	assert_int_equal(money_usd_on(money_today()), 3 * USD);
	told.cost_micro = USD;
	told.unit = "USD";
	assert_int_equal(catalog_call(stage.catalog, money_call(before), &told), 0);
	assert_string_equal(stage_call(before, 1).unit, "USD");
	assert_int_equal(money_usd_on(money_today()), 4 * USD);
	job = money_ask("c.txt", "credits", 1);
	money_send(job);
	money_assert_held(job, HOLD_LIMIT, "4 USD are spent");
}

/* What an earlier attempt was told says nothing of the next one. */
static void test_told_before(void **state)
{
	int64_t job = money_ask("a.txt", "dollars", 1), call = money_call(job);

	(void)state;
	money_send(job);
	money_tell(call, EVENT_HELD, HOLD_DOUBT, CENT);
	money_tell(call, EVENT_RETRIED, HOLD_NONE, -1);
	money_send(job);
	money_tell(call, EVENT_PICTURES, HOLD_NONE, -1);
	stage_pictures(call, 1);
	assert_int_equal(stage_call(job, 1).cost_micro, 3 * CENT);
	assert_int_equal(money_usd_on(money_today()), 4 * CENT);
}

/* What the provider said beforehand is reserved as a price is. */
static void test_pictures_of_a_word(void **state)
{
	struct call_news sent = CALL_NEWS(EVENT_SENT);
	int64_t job = money_ask("a.txt", "unpriced", 2);

	(void)state;
	sent.estimate_micro = 10 * CENT;
	assert_int_equal(catalog_call(stage.catalog, money_call(job), &sent), 0);
	money_tell(money_call(job), EVENT_PICTURES, HOLD_NONE, -1);
	stage_pictures(money_call(job), 1);
	assert_int_equal(stage_call(job, 1).cost_micro, 10 * CENT);
	assert_int_equal(money_usd_on(money_today()), 10 * CENT);
}

static void test_resend(void **state)
{
	int64_t job = money_ask("a.txt", "dollars", 1);

	(void)state;
	money_rule("[limits]\nspend_per_day = 0.06\n");
	for (int i = 1; i <= 2; i++) {
		money_send(job);
		money_tell(money_call(job), EVENT_HELD, HOLD_DOUBT, -1);
		assert_int_equal(money_usd_on(money_today()), i * 3 * CENT);
		assert_int_equal(catalog_command(stage.catalog, job, COMMAND_RESEND), 0);
	}
	money_send(job);
	assert_int_equal(stage_run(job).hold, HOLD_LIMIT);
	assert_int_equal(money_usd_on(money_today()), 6 * CENT);
	assert_int_equal(stage_call(job, 1).sunk_micro, 3 * CENT);
	/* What is sure not to have been taken gives back its own part alone. */
	money_rule("");
	money_send(job);
	money_tell(money_call(job), EVENT_NOT_TAKEN, HOLD_NONE, -1);
	assert_int_equal(money_usd_on(money_today()), 6 * CENT);
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
		job = money_ask(name, "dollars", 1);
		money_send(job);
		assert_int_equal(catalog_command(stage.catalog, job, COMMAND_CANCEL), 0);
		money_tell(money_call(job), rows[i].event, rows[i].hold, -1);
		assert_int_equal(stage_state(job), STATE_CANCELLED);
		assert_int_equal(money_usd_on(money_today()), 0);
		assert_int_equal(catalog_reloaded(stage.catalog), 0);
		assert_int_equal(catalog_new_day(stage.catalog), 0);
		stage_restart();
		assert_int_equal(stage_state(job), STATE_CANCELLED);
	}
}

/* It is counted before it is sent, and by whoever looks after a crash. */
static void test_restart(void **state)
{
	int64_t job = money_ask("a.txt", "dollars", 1), held;

	(void)state;
	money_rule("[limits]\nspend_per_day = 0.05\n");
	money_send(job);
	held = money_ask("b.txt", "dollars", 1);
	money_send(held);
	money_assert_held(held, HOLD_LIMIT, "0.03 USD are spent");
	stage_restart();
	assert_int_equal(money_usd_on(money_today()), 3 * CENT);
	assert_int_equal(stage_state(held), STATE_QUEUED); /* judged again */
	money_send(held);
	money_assert_held(held, HOLD_LIMIT, "0.03 USD are spent");
	money_tell(money_call(job), EVENT_HELD, HOLD_DOUBT, -1);
	assert_int_equal(money_usd_on(money_today()), 3 * CENT);
}

/* A resent call and its siblings stay within the job's limit, the doubtful attempt counted. */
static void test_job_resend(void **state)
{
	int64_t job;

	(void)state;
	money_rule("[limits]\nspend_per_job = 0.3\n");
	job = money_ask("a.txt", "dollars", 8);
	money_send(job);
	money_tell(money_call(job), EVENT_HELD, HOLD_DOUBT, -1);
	money_tell(stage_call(job, 2).id, EVENT_CANCELLED, HOLD_NONE, -1);
	assert_int_equal(catalog_command(stage.catalog, job, COMMAND_RESEND), 0);
	money_send(job);
	money_tell(money_call(job), EVENT_ACCEPTED, HOLD_NONE, -1);
	money_tell(money_call(job), EVENT_FAILED, HOLD_NONE, -1);
	assert_int_equal(catalog_command(stage.catalog, job, COMMAND_RETRY), 0);
	assert_int_equal(stage_event(stage_call(job, 2).id, EVENT_SENT), 0);
	assert_int_equal(stage_call(job, 2).hold, HOLD_LIMIT);
	assert_int_equal(money_usd_on(money_today()), 24 * CENT);
}

static int spend_otherwise(struct db *db, void *arg)
{
	const struct spent *spent = arg;

	return store_spend(db, money_today(), "gone", spent);
}

/* Units are kept apart, and what was spent stays spent when its provider goes. */
static void test_units(void **state)
{
	struct spent usd = { .unit = "USD", .cost_micro = 2 * CENT };
	struct spent credits = { .unit = "credit", .cost_micro = USD };

	(void)state;
	store_stage_write(stage.base, spend_otherwise, &usd);
	store_stage_write(stage.base, spend_otherwise, &credits);
	money_send(money_ask("a.txt", "dollars", 1));
	assert_int_equal(money_usd_on(money_today()), 5 * CENT);
	/* A USD is a USD. */
	money_rule("[provider dollars]\nusd = 7\n");
	assert_int_equal(money_usd_on(money_today()), 5 * CENT);
	money_send(money_ask("b.txt", "dollars", 1));
	assert_int_equal(money_usd_on(money_today()), 8 * CENT);
}

/* A program of this machine that has a price. */
static void test_program(void **state)
{
	int64_t job, held;

	(void)state;
	money_rule("[limits]\nspend_per_day = 0.05\n[provider painter]\nprice = 0.03\nusd = 1\n");
	job = money_ask("a.txt", "painter", 1);
	held = money_ask("b.txt", "painter", 1);
	money_send(job);
	assert_int_equal(stage_call(job, 1).spent_micro, 3 * CENT);
	money_tell(money_call(job), EVENT_PICTURES, HOLD_NONE, -1);
	stage_pictures(money_call(job), 1);
	assert_int_equal(money_usd_on(money_today()), 3 * CENT);
	money_send(held);
	money_assert_held(held, HOLD_LIMIT, "0.03 USD are spent");
}

/* ---- what lets it go on ---- */

static void test_reload(void **state)
{
	int64_t job, unpriced;

	(void)state;
	money_rule("[limits]\nspend_per_day = 0.01\n");
	job = money_ask("a.txt", "dollars", 1);
	unpriced = money_ask("b.txt", "unpriced", 1);
	money_send(job);
	money_send(unpriced);
	money_assert_held(job, HOLD_LIMIT, "0.01");
	money_assert_held(unpriced, HOLD_PRICE, "price");
	money_rule("[limits]\nspend_per_day = 0.07\n[provider unpriced]\nprice = 0.04\n");
	assert_int_equal(stage_state(job), STATE_QUEUED);
	money_send(job);
	money_send(unpriced);
	assert_int_equal(stage_state(job), STATE_SUBMITTING);
	assert_int_equal(stage_state(unpriced), STATE_SUBMITTING);
	assert_string_equal(stage_text(job, RUN_ERROR), "");
	assert_int_equal(money_usd_on(money_today()), 7 * CENT);
}

static int move_to_yesterday(struct db *db, void *arg)
{
	struct spent spent = { .unit = "USD", .cost_micro = *(int64_t *)arg };
	int r = store_spend(db, money_today() - 1, "dollars", &spent);

	spent.cost_micro = -spent.cost_micro;
	return r < 0 ? r : store_spend(db, money_today(), "dollars", &spent);
}

static void test_new_day(void **state)
{
	int64_t spent = 3 * CENT, job = money_ask("a.txt", "dollars", 1), held;

	(void)state;
	money_rule("[limits]\nspend_per_day = 0.05\n");
	money_send(job);
	money_tell(money_call(job), EVENT_ACCEPTED, HOLD_NONE, -1);
	held = money_ask("b.txt", "dollars", 1);
	money_send(held);
	money_assert_held(held, HOLD_LIMIT, "tomorrow");
	store_stage_write(stage.base, move_to_yesterday, &spent);
	assert_int_equal(stage_state(held), STATE_HELD);
	assert_int_equal(catalog_new_day(stage.catalog), 0);
	assert_int_equal(stage_state(held), STATE_QUEUED);
	money_send(held);
	assert_int_equal(stage_state(held), STATE_SUBMITTING);
	assert_int_equal(money_usd_on(money_today()), 3 * CENT);
	assert_int_equal(money_usd_on(money_today() - 1), 3 * CENT);
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
	money_rule(config);
	file = stage_request(FOLDER_REQUESTS, "a.txt", "a heron");
	job = stage_job_of(file);
	assert_int_equal(create("early"), 0);
	money_send(job);
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
	money_send(stage_job_of(file));
	money_assert_held(stage_job_of(file), HOLD_LIMIT, "0.03 USD are spent");
	/* An editor's way of saving it: by another file, or anew. */
	stage_settle(stage_create(FOLDER_REQUESTS, "new"));
	assert_int_equal(rename_to("new", "z.txt"), 0);
	assert_int_equal(stage_unlink(FOLDER_REQUESTS, "z.txt"), 0);
	assert_int_equal(create("z.txt"), 0);
	assert_int_equal(create("y.txt"), -EDQUOT);
	/* Enough again. */
	snprintf(config, sizeof(config), "%shold\n", limits);
	money_rule(config);
	assert_int_equal(create("b.txt"), 0);
	money_rule(
		"[easelfs]\nprovider = dollars\n[limits]\nspend_per_day = 0.06\nover = refuse\n");
	assert_int_equal(create("c.txt"), 0);
	money_rule("[limits]\nspend_per_job = 0.01\nover = refuse\n");
	assert_int_equal(create("d.txt"), 0);
}

/* What `[defaults]` asks for is what a picture by default costs. */
static void test_refuse_model(void **state)
{
	(void)state;
	money_tell_catalogues();
	money_rule("[easelfs]\nprovider = named\n[limits]\nspend_per_day = 0.4\nover = refuse\n");
	assert_int_equal(create("a.txt"), 0);
	money_rule("[easelfs]\nprovider = named\n[limits]\nspend_per_day = 0.4\nover = refuse\n"
		   "[defaults]\nmodel = a/dear\n");
	assert_int_equal(create("b.txt"), -EDQUOT);
}

/* What the provider by default costs is not known: the limit itself decides. */
static void test_refuse_unpriced(void **state)
{
	int64_t job = money_ask("a.txt", "dollars", 1);

	(void)state;
	money_rule(
		"[easelfs]\nprovider = unpriced\n[limits]\nspend_per_day = 0.03\nover = refuse\n");
	assert_int_equal(create("b.txt"), 0);
	money_send(job);
	assert_int_equal(create("c.txt"), -EDQUOT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MONEY_ROW(test_ends),
		MONEY_ROW(test_nobody_to_ask),
		MONEY_ROW(test_told_again),
		MONEY_ROW(test_pictures),
		MONEY_ROW(test_another_price),
		MONEY_ROW(test_another_unit),
		MONEY_ROW(test_told_before),
		MONEY_ROW(test_pictures_of_a_word),
		MONEY_ROW(test_resend),
		MONEY_ROW(test_cancelled_on_the_way),
		MONEY_ROW(test_restart),
		MONEY_ROW(test_job_resend),
		MONEY_ROW(test_units),
		MONEY_ROW(test_program),
		MONEY_ROW(test_reload),
		MONEY_ROW(test_new_day),
		MONEY_ROW(test_refuse),
		MONEY_ROW(test_refuse_model),
		MONEY_ROW(test_refuse_unpriced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
