/* Time is a number here: nothing waits. */
#include "simulator/job.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct job *make(struct jobs *jobs, enum job_id_style style, const char *prompt)
{
	struct job *job = job_new(jobs, style);
	struct diag diag;

	assert_non_null(job);
	job->model = strdup("m");
	job->prompt = strdup(prompt);
	job->inputs = strdup("{}");
	job->w = job->h = 512;
	job->count = 3;
	job->created_ms = 1000;
	job->done_ms = 2000;
	assert_int_equal(fault_find(prompt, job->faults, &job->fault_count, &diag), 0);
	jobs_add(jobs, job);
	return job;
}

static void test_stages_come_in_order(void **state)
{
	struct jobs *jobs = jobs_new(1);
	struct job *job = make(jobs, JOB_ID_WORD, "x");
	enum job_stage last = JOB_PENDING;
	bool seen[JOB_CANCELLED + 1] = { false };
	double progress = 0;

	(void)state;
	for (int64_t now = 900; now <= 2100; now += 10) {
		struct job_view view = job_look(job, now);

		assert_true(view.stage >= last && view.progress >= progress);
		assert_int_equal(job_has_ended(&view), now >= 2000);
		last = view.stage;
		progress = view.progress;
		seen[view.stage] = true;
	}
	for (int stage = JOB_PENDING; stage <= JOB_DONE; stage++)
		assert_true(seen[stage]);
	assert_int_equal(job_look(job, 2100).rest_ms, 100);
	jobs_free(jobs);
}

static void test_faults_decide_the_end(void **state)
{
	struct jobs *jobs = jobs_new(1);

	(void)state;
	assert_int_equal(job_look(make(jobs, JOB_ID_HEX, "{sim:fail}"), 2000).stage, JOB_FAILED);
	assert_int_equal(job_look(make(jobs, JOB_ID_HEX, "{sim:moderated}"), 2000).stage,
			 JOB_FAILED);
	assert_int_equal(job_look(make(jobs, JOB_ID_HEX, "{sim:never}"), 1999).stage, JOB_WORKING);
	assert_true(job_look(make(jobs, JOB_ID_HEX, "{sim:progress=stuck}"), 1900).progress == 0);
	jobs_free(jobs);
}

static void test_cancelling_and_finishing(void **state)
{
	struct jobs *jobs = jobs_new(1);
	struct job *job = make(jobs, JOB_ID_UUID, "x");

	(void)state;
	job_finish(job, 1500);
	assert_int_equal(job_look(job, 1500).stage, JOB_DONE);
	job_cancel(job, 1600);
	assert_int_equal(job_look(job, 1700).stage, JOB_DONE);
	job = make(jobs, JOB_ID_UUID, "x");
	job_cancel(job, 1500);
	assert_int_equal(job_look(job, 1600).stage, JOB_CANCELLED);
	assert_int_equal(job_look(job, 3000).stage, JOB_CANCELLED);
	job = make(jobs, JOB_ID_UUID, "{sim:never}");
	job_finish(job, 1500);
	assert_int_equal(job_look(job, 1600).stage, JOB_WORKING);
	jobs_free(jobs);
}

static void test_jobs_and_assets_are_found(void **state)
{
	struct jobs *jobs = jobs_new(1);
	struct job *job = make(jobs, JOB_ID_WORD, "x"), *other = make(jobs, JOB_ID_WORD, "x");
	char id[JOB_ID_ROOM + 16];
	unsigned index = 9;

	(void)state;
	assert_string_not_equal(job->id, other->id);
	assert_ptr_equal(jobs_find(jobs, 0, job->id), job);
	assert_null(jobs_find(jobs, 1, job->id));
	assert_ptr_equal(jobs_newest(jobs, 0), other);
	assert_null(jobs_newest(jobs, 1));
	job_asset_id(job, 2, id, sizeof(id));
	assert_ptr_equal(jobs_find_asset(jobs, 0, id, &index), job);
	assert_int_equal(index, 2);
	id[strlen(id) - 1] = '3';
	assert_null(jobs_find_asset(jobs, 0, id, &index));
	assert_null(jobs_find_asset(jobs, 0, "asset_", &index));
	jobs_free(jobs);
}

static void test_ids_follow_from_the_seed(void **state)
{
	struct jobs *one = jobs_new(5), *same = jobs_new(5), *other = jobs_new(6);

	(void)state;
	assert_string_equal(make(one, JOB_ID_UUID, "x")->id, make(same, JOB_ID_UUID, "y")->id);
	assert_string_not_equal(jobs_newest(one, 0)->id, make(other, JOB_ID_UUID, "x")->id);
	assert_int_equal(strlen(jobs_newest(one, 0)->id), 36);
	jobs_free(one);
	jobs_free(same);
	jobs_free(other);
}

static void test_a_job_comes_back_from_its_line(void **state)
{
	struct jobs *jobs = jobs_new(1);
	struct job *job = make(jobs, JOB_ID_WORD, "a \"fox\" {sim:nsfw}"), *back;
	cJSON *json = job_to_json(job), *none = cJSON_CreateObject();

	(void)state;
	back = job_from_json(jobs, json);
	assert_non_null(back);
	assert_string_equal(back->id, job->id);
	assert_string_equal(back->prompt, job->prompt);
	assert_int_equal(back->done_ms, 2000);
	assert_int_equal(back->count, 3);
	assert_non_null(job_fault(back, FAULT_NSFW));
	assert_null(job_from_json(jobs, none));
	job_free(back);
	cJSON_Delete(json);
	cJSON_Delete(none);
	jobs_free(jobs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stages_come_in_order),
		cmocka_unit_test(test_faults_decide_the_end),
		cmocka_unit_test(test_cancelling_and_finishing),
		cmocka_unit_test(test_jobs_and_assets_are_found),
		cmocka_unit_test(test_ids_follow_from_the_seed),
		cmocka_unit_test(test_a_job_comes_back_from_its_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
