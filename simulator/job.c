/* Nothing is ever taken out of the table before the end, so a job that was found
 * stays valid without a reference count: a simulator lives as long as a test, and
 * a hundred thousand jobs fit into a hundred megabytes. */
#include "simulator/job.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "simulator/chance.h"

enum { BUCKETS = 16384, QUEUE_LENGTH = 4, LIFE_BITS = 32 };

/* A job's place in its bucket and in the order of time. */
struct node {
	struct node *in_bucket, *older;
	struct job *job;
};

struct jobs {
	uint64_t seed;
	_Atomic uint64_t made;
	pthread_rwlock_t lock; /* guards what follows; a leaf */
	struct node *buckets[BUCKETS];
	struct node *newest;
};

/* Where the time until it is done is spent. */
static const double pending_until = 0.03, queued_until = 0.15, warm_until = 0.25,
		    working_until = 0.92;

static enum job_stage stage_at(double part)
{
	if (part < pending_until)
		return JOB_PENDING;
	if (part < queued_until)
		return JOB_QUEUED;
	if (part < warm_until)
		return JOB_WARMING;
	return part < working_until ? JOB_WORKING : JOB_FINALIZING;
}

struct job_view job_look(const struct job *job, int64_t now_ms)
{
	int64_t done_ms = job->done_ms, cancelled_ms = job->cancelled_ms;
	struct job_view view = { .progress = 1 };
	double part;

	if (cancelled_ms) {
		view.stage = JOB_CANCELLED;
		view.rest_ms = now_ms - cancelled_ms;
		return view;
	}
	if (now_ms >= done_ms) {
		view.stage = job_fault(job, FAULT_FAIL) || job_fault(job, FAULT_MODERATED)
				     ? JOB_FAILED
				     : JOB_DONE;
		view.rest_ms = now_ms - done_ms;
		return view;
	}
	part = (double)(now_ms - job->created_ms) / (double)(done_ms - job->created_ms);
	if (part < 0)
		part = 0;
	/* A job that never ends gets into its work all the same. */
	if (job_fault(job, FAULT_NEVER))
		part = working_until - 0.01;
	view.stage = stage_at(part);
	view.progress = part < warm_until      ? 0
			: part < working_until ? (part - warm_until) / (working_until - warm_until)
					       : 1;
	if (job_fault(job, FAULT_PROGRESS))
		view.progress = 0;
	view.position =
		part < queued_until ? (unsigned)((1 - part / queued_until) * QUEUE_LENGTH) : 0;
	return view;
}

bool job_has_ended(const struct job_view *view)
{
	return view->stage >= JOB_DONE;
}

void job_cancel(struct job *job, int64_t now_ms)
{
	int64_t none = 0;

	if (job->done_ms > now_ms)
		atomic_compare_exchange_strong(&job->cancelled_ms, &none, now_ms);
}

void job_finish(struct job *job, int64_t now_ms)
{
	int64_t done_ms = job->done_ms;

	if (done_ms > now_ms && !job_fault(job, FAULT_NEVER))
		atomic_compare_exchange_strong(&job->done_ms, &done_ms, now_ms);
}

const struct fault *job_fault(const struct job *job, enum fault_kind kind)
{
	for (size_t i = 0; i < job->fault_count; i++) {
		if (job->faults[i].kind == kind)
			return &job->faults[i];
	}
	return NULL;
}

const char *job_fault_text(const struct job *job, enum fault_kind kind, const char *otherwise)
{
	const struct fault *fault = job_fault(job, kind);

	return fault && fault->text[0] ? fault->text : otherwise;
}

bool job_fault_is(const struct job *job, enum fault_kind kind, const char *word)
{
	const struct fault *fault = job_fault(job, kind);

	return fault && strcmp(fault->text, word) == 0;
}

struct jobs *jobs_new(uint64_t seed)
{
	struct jobs *jobs = calloc(1, sizeof(*jobs));

	if (!jobs)
		return NULL;
	jobs->seed = seed;
	pthread_rwlock_init(&jobs->lock, NULL);
	return jobs;
}

void jobs_begin_anew(struct jobs *jobs, uint64_t starts)
{
	atomic_fetch_add(&jobs->made, starts << LIFE_BITS);
}

void jobs_free(struct jobs *jobs)
{
	if (!jobs)
		return;
	while (jobs->newest) {
		struct node *older = jobs->newest->older;

		job_free(jobs->newest->job);
		free(jobs->newest);
		jobs->newest = older;
	}
	pthread_rwlock_destroy(&jobs->lock);
	free(jobs);
}

static void write_id(struct job *job, enum job_id_style style, uint64_t a, uint64_t b)
{
	static const char letters[] = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
	char word[23] = "";

	switch (style) {
	case JOB_ID_WORD:
		for (int i = 0; i < 22; i++) {
			uint64_t *from = i < 11 ? &a : &b;

			word[i] = letters[*from % (sizeof(letters) - 1)];
			*from /= sizeof(letters) - 1;
		}
		snprintf(job->id, sizeof(job->id), "job_%s", word);
		return;
	case JOB_ID_HEX:
		snprintf(job->id, sizeof(job->id), "%016llx%016llx", (unsigned long long)a,
			 (unsigned long long)b);
		return;
	case JOB_ID_UUID:
		snprintf(job->id, sizeof(job->id), "%08llx-%04llx-4%03llx-8%03llx-%012llx",
			 (unsigned long long)(a >> 32), (unsigned long long)(a >> 16 & 0xffff),
			 (unsigned long long)(a & 0xfff), (unsigned long long)(b >> 52),
			 (unsigned long long)(b & 0xffffffffffffu));
		return;
	}
}

struct job *job_new(struct jobs *jobs, enum job_id_style style)
{
	struct job *job = calloc(1, sizeof(*job));

	if (!job)
		return NULL;
	job->number = atomic_fetch_add(&jobs->made, 1);
	write_id(job, style, chance_hash(&job->number, sizeof(job->number), jobs->seed),
		 chance_hash(&job->number, sizeof(job->number), jobs->seed + 1));
	return job;
}

void job_free(struct job *job)
{
	if (!job)
		return;
	free(job->model);
	free(job->prompt);
	free(job->inputs);
	free(job);
}

static struct node **bucket_of(struct jobs *jobs, const char *id)
{
	return &jobs->buckets[chance_hash(id, strlen(id), 0) % BUCKETS];
}

void jobs_add(struct jobs *jobs, struct job *job)
{
	struct node *node = calloc(1, sizeof(*node)), **bucket = bucket_of(jobs, job->id);

	/* A job that is in no table could neither be found nor freed: there is no
	 * going on from here. */
	if (!node)
		abort();
	node->job = job;
	pthread_rwlock_wrlock(&jobs->lock);
	node->in_bucket = *bucket;
	*bucket = node;
	node->older = jobs->newest;
	jobs->newest = node;
	pthread_rwlock_unlock(&jobs->lock);
}

struct job *jobs_find(struct jobs *jobs, unsigned provider, const char *id)
{
	struct job *found = NULL;

	pthread_rwlock_rdlock(&jobs->lock);
	for (struct node *node = *bucket_of(jobs, id); node && !found; node = node->in_bucket) {
		if (node->job->provider == provider && strcmp(node->job->id, id) == 0)
			found = node->job;
	}
	pthread_rwlock_unlock(&jobs->lock);
	return found;
}

static const char asset_prefix[] = "asset_";

void job_asset_id(const struct job *job, unsigned index, char *id, size_t room)
{
	snprintf(id, room, "%s%s%u", asset_prefix, job->id + strlen("job_"), index);
}

struct job *jobs_find_asset(struct jobs *jobs, unsigned provider, const char *id,
			    unsigned *ret_index)
{
	size_t size = strlen(id), prefix = strlen(asset_prefix);
	char job_id[JOB_ID_ROOM];
	struct job *job;

	if (size <= prefix || size >= sizeof(job_id) || strncmp(id, asset_prefix, prefix) != 0)
		return NULL;
	snprintf(job_id, sizeof(job_id), "job_%.*s", (int)(size - prefix - 1), id + prefix);
	job = jobs_find(jobs, provider, job_id);
	if (!job || id[size - 1] < '0' || (unsigned)(id[size - 1] - '0') >= job->count)
		return NULL;
	*ret_index = (unsigned)(id[size - 1] - '0');
	return job;
}

struct job *jobs_newest(struct jobs *jobs, unsigned provider)
{
	struct job *found = NULL;

	pthread_rwlock_rdlock(&jobs->lock);
	for (struct node *node = jobs->newest; node && !found; node = node->older) {
		if (node->job->provider == provider)
			found = node->job;
	}
	pthread_rwlock_unlock(&jobs->lock);
	return found;
}

void jobs_each(struct jobs *jobs, jobs_fn *fn, void *arg)
{
	pthread_rwlock_rdlock(&jobs->lock);
	for (struct node *node = jobs->newest; node; node = node->older) {
		if (!fn(node->job, arg))
			break;
	}
	pthread_rwlock_unlock(&jobs->lock);
}
