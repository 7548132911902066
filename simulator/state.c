/* A log that is read from its beginning: a job's line stands for its charge, too,
 * and a later line of the same id changes its end. */
#include "simulator/state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "simulator/provider.h"
#include "simulator/record.h"

enum { STATE_BYTES_MAX = 1 << 30 };

struct state {
	struct record *record;
};

static void restore_job(struct jobs *jobs, struct ledger *ledger, const cJSON *json)
{
	struct job *job = job_from_json(jobs, json);

	if (!job || job->provider >= PROVIDERS) {
		job_free(job);
		return;
	}
	ledger_restore(ledger, &(struct charge){ .account = job->provider,
						 .provider = providers[job->provider]->name,
						 .id = job->id,
						 .prompt = job->prompt,
						 .unit = providers[job->provider]->unit,
						 .time_ms = job->created_ms,
						 .seed = job->seed,
						 .amount = job->amount,
						 .pictures = job->count });
	jobs_add(jobs, job);
}

static void restore_end(struct jobs *jobs, const cJSON *json)
{
	const char *id = field_text(json, "id", "");
	struct job *job = jobs_find(jobs, (unsigned)field_number(json, "provider", PROVIDERS), id);

	if (!job)
		return;
	job->done_ms = (int64_t)field_number(json, "done_ms", (double)job->done_ms);
	job->cancelled_ms = (int64_t)field_number(json, "cancelled_ms", 0);
	job->deleted = field_true(json, "deleted", 0);
}

/* What a life before told and could not record must not be told again: each has ids of
 * its own. Returns how many lives the line tells of. */
static unsigned restore_line(struct jobs *jobs, struct ledger *ledger, const char *line,
			     size_t size)
{
	cJSON *json = cJSON_ParseWithLength(line, size);
	const cJSON *job = cJSON_GetObjectItemCaseSensitive(json, "job");
	const cJSON *end = cJSON_GetObjectItemCaseSensitive(json, "end");
	unsigned starts = cJSON_HasObjectItem(json, "start");

	if (job)
		restore_job(jobs, ledger, job);
	else if (end)
		restore_end(jobs, end);
	cJSON_Delete(json);
	return starts;
}

static int restore(const char *path, struct jobs *jobs, struct ledger *ledger)
{
	CLEANUP(free_ptr) char *bytes = NULL;
	uint64_t starts = 0;
	size_t size;
	int r = file_read(path, STATE_BYTES_MAX, &bytes, &size);
	char *line, *end;

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	line = bytes;
	for (end = strchr(line, '\n'); end; end = strchr(line, '\n')) {
		starts += restore_line(jobs, ledger, line, (size_t)(end - line));
		line = end + 1;
	}
	jobs_begin_anew(jobs, starts);
	return 0;
}

static void add_start(struct state *state)
{
	cJSON *line = cJSON_CreateObject();

	cJSON_AddNumberToObject(line, "start", (double)clock_wall_ms());
	record_add(state->record, line);
}

struct state *state_open(const char *path, struct jobs *jobs, struct ledger *ledger,
			 struct diag *reterr_diag)
{
	struct state *state = calloc(1, sizeof(*state));
	int r = state ? restore(path, jobs, ledger) : -ENOMEM;

	if (r < 0) {
		diag_set(reterr_diag, 0, "cannot read %s: %s", path, strerror(-r));
		free(state);
		return NULL;
	}
	state->record = record_open(path, 1, reterr_diag);
	if (state->record) {
		add_start(state);
		return state;
	}
	free(state);
	return NULL;
}

void state_close(struct state *state)
{
	if (!state)
		return;
	record_close(state->record);
	free(state);
}

void state_add_job(struct state *state, const struct job *job)
{
	cJSON *line;

	if (!state)
		return;
	line = cJSON_CreateObject();
	cJSON_AddItemToObject(line, "job", job_to_json(job));
	record_add(state->record, line);
}

void state_end_job(struct state *state, const struct job *job)
{
	cJSON *line, *end;

	if (!state)
		return;
	line = cJSON_CreateObject();
	end = cJSON_AddObjectToObject(line, "end");
	cJSON_AddStringToObject(end, "id", job->id);
	cJSON_AddNumberToObject(end, "provider", job->provider);
	cJSON_AddNumberToObject(end, "done_ms", (double)job->done_ms);
	cJSON_AddNumberToObject(end, "cancelled_ms", (double)job->cancelled_ms);
	cJSON_AddBoolToObject(end, "deleted", job->deleted);
	record_add(state->record, line);
}
