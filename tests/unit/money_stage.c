/* Providers exist on paper only. */
#include "money_stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "io/store_providers.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

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

void money_profile(const char *name, const char *money)
{
	char file[32], text[1024];

	snprintf(file, sizeof(file), "%s.ini", name);
	snprintf(text, sizeof(text),
		 "[provider]\nbase_url = https://a.example.com\nauth = none\n%s%s", money,
		 protocol_ini);
	write_file(file, text);
}

void money_rule(const char *config)
{
	struct rules rules = { .profiles = { .count = 0 } };

	load_rules(config, &rules);
	assert_int_equal(rulebook_replace(stage.rulebook, &rules), 0);
	assert_int_equal(catalog_reloaded(stage.catalog), 0);
}

int money_set_up(void **state)
{
	int r = stage_set_up(state);

	for (size_t i = 0; r == 0 && i < LENGTH(profiles); i++)
		money_profile(profiles[i].name, profiles[i].money);
	if (r == 0)
		money_rule("[easelfs]\nprovider = dollars\n");
	return r;
}

int64_t money_ask(const char *name, const char *provider, int count)
{
	char text[200];

	snprintf(text, sizeof(text), "---\nprovider: %s\ncount: %d\n---\na heron, %s\n", provider,
		 count, name);
	return stage_job_of(stage_request(FOLDER_REQUESTS, name, text));
}

int64_t money_call(int64_t job)
{
	return stage_call(job, 1).id;
}

void money_send(int64_t job)
{
	assert_int_equal(stage_event(money_call(job), EVENT_SENT), 0);
}

void money_tell(int64_t call, enum event event, enum hold hold, int64_t cost_micro)
{
	struct call_news news = CALL_NEWS(event);

	news.hold = hold;
	news.cost_micro = cost_micro;
	assert_int_equal(catalog_call(stage.catalog, call, &news), 0);
}

int64_t money_usd_on(int64_t day)
{
	CLEANUP(store_read) struct db *db = store_read_begin(stage.base->store);
	int64_t micro = -1;

	assert_non_null(db);
	assert_int_equal(catalog_day_usd(db, rulebook_current(stage.rulebook), day, &micro), 0);
	return micro;
}

int64_t money_today(void)
{
	return clock_day(clock_wall_ms());
}

void money_assert_held(int64_t job, enum hold hold, const char *says)
{
	assert_int_equal(stage_state(job), STATE_HELD);
	assert_int_equal(stage_run(job).hold, hold);
	assert_int_equal(stage_call(job, 1).attempt, 0);
	if (!strstr(stage_text(job, RUN_ERROR), says))
		fail_msg("%s", stage_text(job, RUN_ERROR));
	assert_non_null(strstr(stage_log(job), says));
}

void money_tell_catalogues(void)
{
	assert_int_equal(catalog_models(stage.catalog, "named",
					"a/own\tOwn\t9\na/silent\tSilent\t\na/dear\tDear\t0.5\n"
					"a/free\t\t0\na/odd\tOdd\t0.5 or more\n",
					""),
			 0);
	assert_int_equal(catalog_models(stage.catalog, "told", "a/own\tOwn\t0.07\n", ""), 0);
}
