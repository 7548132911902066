/* A job as a line of the state file. Of its faults only those of the prompt come
 * back: a rule holds for the run it was given to. */
#include "simulator/job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

cJSON *job_to_json(const struct job *job)
{
	cJSON *json = cJSON_CreateObject();

	cJSON_AddStringToObject(json, "id", job->id);
	cJSON_AddNumberToObject(json, "provider", job->provider);
	cJSON_AddStringToObject(json, "model", job->model);
	cJSON_AddStringToObject(json, "prompt", job->prompt);
	cJSON_AddStringToObject(json, "inputs", job->inputs);
	cJSON_AddNumberToObject(json, "seed", (double)job->seed);
	cJSON_AddNumberToObject(json, "width", job->w);
	cJSON_AddNumberToObject(json, "height", job->h);
	cJSON_AddNumberToObject(json, "count", job->count);
	cJSON_AddNumberToObject(json, "amount", job->amount);
	cJSON_AddNumberToObject(json, "outputs", job->outputs);
	cJSON_AddNumberToObject(json, "created_ms", (double)job->created_ms);
	cJSON_AddNumberToObject(json, "done_ms", (double)job->done_ms);
	return json;
}

static double number(const cJSON *json, const char *name)
{
	const cJSON *value = cJSON_GetObjectItemCaseSensitive(json, name);

	return cJSON_IsNumber(value) ? value->valuedouble : 0;
}

static char *text(const cJSON *json, const char *name)
{
	const cJSON *value = cJSON_GetObjectItemCaseSensitive(json, name);

	return cJSON_IsString(value) ? strdup(value->valuestring) : NULL;
}

struct job *job_from_json(struct jobs *jobs, const cJSON *json)
{
	const cJSON *id = cJSON_GetObjectItemCaseSensitive(json, "id");
	struct job *job;
	struct diag ignored;

	if (!cJSON_IsString(id) || strlen(id->valuestring) >= JOB_ID_ROOM)
		return NULL;
	job = job_new(jobs, JOB_ID_HEX);
	if (!job)
		return NULL;
	snprintf(job->id, sizeof(job->id), "%s", id->valuestring);
	job->provider = (unsigned)number(json, "provider");
	job->model = text(json, "model");
	job->prompt = text(json, "prompt");
	job->inputs = text(json, "inputs");
	job->seed = (int64_t)number(json, "seed");
	job->w = (unsigned)number(json, "width");
	job->h = (unsigned)number(json, "height");
	job->count = (unsigned)number(json, "count");
	job->amount = number(json, "amount");
	job->outputs = number(json, "outputs");
	job->created_ms = (int64_t)number(json, "created_ms");
	job->done_ms = (int64_t)number(json, "done_ms");
	if (!job->model || !job->prompt || !job->inputs || !job->w || !job->h || !job->count ||
	    job->count > JOB_PICTURES_MAX) {
		job_free(job);
		return NULL;
	}
	if (fault_find(job->prompt, job->faults, &job->fault_count, &ignored) < 0)
		job->fault_count = 0;
	return job;
}
