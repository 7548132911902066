/* The charge comes first and the job second, both before the reply: an answer
 * that is lost afterwards has cost what it cost. */
#include "simulator/submit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEEDS = 0x7fffffff, SIDE_STEP = 8 };

void submit_refuse(struct exchange *x, const char *field, unsigned status, const char *text)
{
	struct trouble trouble = {
		.status = status, .field = field, .kind = TROUBLE_VALUE, .retry_s = -1
	};

	snprintf(trouble.text, sizeof(trouble.text), "%s", text);
	x->provider->fail(x, &trouble);
}

const struct model *submit_check(struct exchange *x, const char *model_id,
				 enum fields_others others, unsigned invalid_status)
{
	const struct model *model = provider_model(x->provider, model_id);
	struct trouble trouble = { .retry_s = -1 };

	if (!model) {
		exchange_fail(x, 404, "Model not found: %.100s", model_id);
		return NULL;
	}
	if (fields_check(x->body, model->fields, model->field_count, others, &trouble) == 0)
		return model;
	trouble.status = invalid_status;
	x->provider->fail(x, &trouble);
	return NULL;
}

static void set_end(struct exchange *x, struct job *job)
{
	const struct fault *latency = job_fault(job, FAULT_LATENCY);
	int64_t ms = latency ? latency->number
			     : latency_draw(&x->world->options->latency, &x->world->chance);

	if (job_fault(job, FAULT_NEVER))
		ms = INT64_C(1000) * JOB_NEVER_MS;
	job->done_ms = job->created_ms + ms;
}

static struct job *make_job(struct exchange *x, const struct order *order)
{
	struct job *job = job_new(x->world->jobs, x->provider->id_style);
	double seed = field_number(x->body, "seed", -1);

	if (!job)
		return NULL;
	job->provider = x->number;
	job->model = strdup(order->model->id);
	job->prompt = strdup(field_text(x->body, "prompt", ""));
	job->inputs = cJSON_PrintUnformatted(x->body);
	job->seed = seed >= 0 ? (int64_t)seed : (int64_t)(chance_next(&x->world->chance) % SEEDS);
	job->w = order->w;
	job->h = order->h;
	job->count = order->count;
	job->amount = order->model->price * order->count;
	job->outputs = order->outputs;
	job->mode = order->mode;
	job->created_ms = x->now_ms;
	memcpy(job->faults, x->of_job, x->of_job_count * sizeof(*job->faults));
	job->fault_count = x->of_job_count;
	set_end(x, job);
	if (job->model && job->prompt && job->inputs)
		return job;
	job_free(job);
	return NULL;
}

struct job *submit_accept(struct exchange *x, const struct order *order)
{
	struct job *job = make_job(x, order);
	struct charge charge = { .account = x->number,
				 .provider = x->provider->name,
				 .unit = x->provider->unit,
				 .time_ms = x->now_ms };

	if (!job) {
		exchange_fail(x, 500, "Out of memory");
		return NULL;
	}
	charge.id = job->id;
	charge.prompt = job->prompt;
	charge.seed = job->seed;
	charge.amount = job->amount;
	charge.pictures = job->count;
	if (!ledger_charge(x->world->ledger, &charge)) {
		exchange_fail(x, 402, "Insufficient balance: this costs %g %s", job->amount,
			      x->provider->unit);
		job_free(job);
		return NULL;
	}
	if (job_fault(job, FAULT_DUPID))
		x->earlier = jobs_newest(x->world->jobs, x->number);
	state_add_job(x->world->state, job);
	jobs_add(x->world->jobs, job);
	x->job = job;
	x->accepted = true;
	return job;
}

const char *submit_id(const struct exchange *x)
{
	if (job_fault(x->job, FAULT_NOID))
		return NULL;
	return x->earlier ? x->earlier->id : x->job->id;
}

static unsigned scaled(unsigned long longer, unsigned long part, unsigned long whole)
{
	unsigned long side = (longer * part / whole + SIDE_STEP / 2) / SIDE_STEP * SIDE_STEP;

	return side ? (unsigned)side : SIDE_STEP;
}

void submit_size(const char *ratio, const char *resolution, unsigned *ret_w, unsigned *ret_h)
{
	unsigned longer = 2048;
	unsigned long w, h;
	char *end;

	if (strcmp(resolution, "HD") == 0)
		longer = 1280;
	else if (strcmp(resolution, "4K") == 0)
		longer = 4096;
	w = strtoul(ratio, &end, 10);
	h = *end == ':' ? strtoul(end + 1, NULL, 10) : 0;
	if (!w || !h || w > 64 || h > 64)
		w = h = 1;
	*ret_w = w >= h ? longer : scaled(longer, w, h);
	*ret_h = h >= w ? longer : scaled(longer, h, w);
}
