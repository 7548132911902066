#include "simulator/fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "simulator/faults.h"

static struct fault parse(const char *spec)
{
	struct fault fault;
	struct diag diag;

	assert_int_equal(fault_parse(spec, strlen(spec), &fault, &diag), 0);
	return fault;
}

static void test_words_and_conditions(void **state)
{
	struct fault fault = parse("status=429 retry-after=7 after=charge times=2");

	(void)state;
	assert_int_equal(fault.kind, FAULT_STATUS);
	assert_int_equal(fault.number, 429);
	assert_int_equal(fault.retry, RETRY_SECONDS);
	assert_int_equal(fault.retry_s, 7);
	assert_int_equal(fault.when, FAULT_AFTER);
	assert_int_equal(fault.times, 2);
	assert_int_equal(fault.step, STEP_SUBMIT);
	assert_int_equal(fault.share, FAULT_SHARE_ALL);
	fault = parse("  fail=\"no more = GPUs\"  ");
	assert_string_equal(fault.text, "no more = GPUs");
	assert_true(fault_is_of_job(fault.kind));
	fault = parse("polls401 times=1");
	assert_int_equal(fault.kind, FAULT_STATUS);
	assert_int_equal(fault.number, 401);
	assert_int_equal(fault.step, STEP_POLL);
	assert_int_equal(parse("image=html").step, STEP_IMAGE);
	assert_int_equal(parse("on=any drop").step, STEP_ANY);
	assert_int_equal(parse("html=502 retry-after=date").retry, RETRY_DATE);
	assert_string_equal(parse("reset provider=fal").provider, "fal");
	assert_int_equal(parse("delay=5").left, LEFT_FREE);
	assert_int_equal(parse("delay=5 left=charged").left, LEFT_CHARGED);
}

static void test_shares(void **state)
{
	(void)state;
	assert_int_equal(parse("5%:reset").share, 50000);
	assert_int_equal(parse("12%:reset").share, 120000);
	assert_int_equal(parse("0.5%:reset").share, 5000);
	assert_int_equal(parse("100%:reset").share, FAULT_SHARE_ALL);
	assert_int_equal(parse("33.25%:reset").share, 332500);
}

/* Each with a word of what is said about it. */
/* clang-format off */
static const struct {
	const char *spec, *said;
} wrong[] = {
	{ "", "a fault" },
	{ "after=charge", "a fault" },
	{ "explode", "explode" },
	{ "status", "status=N" },
	{ "status=99", "99" },
	{ "status=1e2", "1e2" },
	{ "reset=1", "nothing" },
	{ "image=funny", "funny" },
	{ "image= html", "truncated" },
	{ "drop on=tuesday", "tuesday" },
	{ "drop after=lunch", "lunch" },
	{ "drop times=0", "times=N" },
	{ "drop left=charged", "delay=MS" },
	{ "delay=5 left=free", "delay=MS" },
	{ "drop reset", "reset" },
	{ "0%:drop", "share" },
	{ "101%:drop", "share" },
	{ "x%:drop", "share" },
	{ "fail=\"open", "quotes" },
	{ "drop retry-after=soon", "soon" },
	{ "drop provider=", "provider" },
};
/* clang-format on */

static void test_what_is_not_understood_is_said(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct fault fault;
		struct diag diag = { 0 };

		assert_true(fault_parse(wrong[i].spec, strlen(wrong[i].spec), &fault, &diag) < 0);
		if (!strstr(diag.text, wrong[i].said))
			fail_msg("\"%s\": %s", wrong[i].spec, diag.text);
	}
}

static void test_faults_of_a_prompt(void **state)
{
	struct fault faults[FAULT_SPECS_MAX];
	struct diag diag;
	char many[400] = "";
	size_t count = 7;

	(void)state;
	assert_int_equal(fault_find("a {fox} at noon", faults, &count, &diag), 0);
	assert_int_equal(count, 0);
	assert_int_equal(fault_find("a {sim:nsfw} fox {sim:never}", faults, &count, &diag), 0);
	assert_int_equal(count, 2);
	assert_int_equal(faults[1].kind, FAULT_NEVER);
	assert_true(fault_find("a {sim:nsfw", faults, &count, &diag) < 0);
	assert_true(fault_find("a {sim:nsfw} {sim:what}", faults, &count, &diag) < 0);
	for (int i = 0; i <= FAULT_SPECS_MAX; i++)
		strncat(many, "{sim:nsfw}", sizeof(many) - strlen(many) - 1);
	assert_true(fault_find(many, faults, &count, &diag) < 0);
}

static void test_a_fault_is_met_so_often(void **state)
{
	struct faults *faults = faults_new(1);
	struct fault twice = parse("drop times=2"), always = parse("drop");
	struct fault_wish submit = { "fal", STEP_SUBMIT }, poll = { "fal", STEP_POLL };
	struct fault other = parse("drop provider=scenario");

	(void)state;
	assert_non_null(faults);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(faults_meet(faults, &twice, &submit, 1), i < 2);
		assert_true(faults_meet(faults, &always, &submit, 1));
	}
	assert_true(faults_meet(faults, &twice, &submit, 2));
	assert_false(faults_meet(faults, &always, &poll, 1));
	assert_false(faults_meet(faults, &other, &submit, 1));
	faults_free(faults);
}

static void test_rules_hold_for_a_share(void **state)
{
	struct faults *faults = faults_new(7);
	struct fault rule = parse("25%:drop"), drawn[1];
	struct fault_wish submit = { "fal", STEP_SUBMIT };
	struct diag diag;
	size_t count, hits = 0;

	(void)state;
	assert_int_equal(faults_add_rule(faults, &rule, &diag), 0);
	for (int i = 0; i < 1000; i++) {
		count = 0;
		faults_draw(faults, &submit, drawn, 1, &count);
		hits += count;
	}
	assert_in_range(hits, 190, 310);
	faults_clear_rules(faults);
	count = 0;
	faults_draw(faults, &submit, drawn, 1, &count);
	assert_int_equal(count, 0);
	for (int i = 0; i < FAULT_RULES_MAX; i++)
		assert_int_equal(faults_add_rule(faults, &rule, &diag), 0);
	assert_true(faults_add_rule(faults, &rule, &diag) < 0);
	faults_free(faults);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words_and_conditions),
		cmocka_unit_test(test_shares),
		cmocka_unit_test(test_what_is_not_understood_is_said),
		cmocka_unit_test(test_faults_of_a_prompt),
		cmocka_unit_test(test_a_fault_is_met_so_often),
		cmocka_unit_test(test_rules_hold_for_a_share),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
