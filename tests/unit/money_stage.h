/* A catalog with providers that take money, in several units. The test plays the user and
 * the engine; amounts are millionths. */
#ifndef EASELFS_TESTS_MONEY_STAGE_H
#define EASELFS_TESTS_MONEY_STAGE_H

#include "catalog_stage.h"

enum { CENT = 10000, USD = 1000000 };

int money_set_up(void **state);
#define MONEY_ROW(name) cmocka_unit_test_setup_teardown(name, money_set_up, stage_tear_down)

/* Writes the profile of that name, with these lines of money, for the next reload. */
void money_profile(const char *name, const char *money);
/* That configuration is in force, as after a reload. */
void money_rule(const char *config);
/* A request for `count` pictures, judged; its job. */
int64_t money_ask(const char *name, const char *provider, int count);
/* The first call of the job's newest run. */
int64_t money_call(int64_t job);
/* Its intent is recorded, or it is held instead. */
void money_send(int64_t job);
void money_tell(int64_t call, enum event event, enum hold hold, int64_t cost_micro);
/* What counts as spent on that day, in USD. */
int64_t money_usd_on(int64_t day);
int64_t money_today(void);
/* The job is held for that and was never sent; error and log say so. */
void money_assert_held(int64_t job, enum hold hold, const char *says);
/* Some of the providers tell of models and what they cost. */
void money_tell_catalogues(void);

#endif
