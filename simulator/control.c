#include "simulator/control.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "simulator/alarm.h"

static const char prefix[] = "/_sim/";
static const char lines_type[] = "application/x-ndjson", text_type[] = "text/plain; charset=utf-8";

static void complain(struct exchange *x, unsigned status, const char *text)
{
	reply_text(&x->reply, status, text_type, text);
	strbuf_add_char(&x->reply.body, '\n');
}

static void show_ledger(struct exchange *x)
{
	reply_text(&x->reply, 200, lines_type, "");
	ledger_read(x->world->ledger, &x->reply.body);
}

static void show_requests(struct exchange *x)
{
	reply_text(&x->reply, 200, lines_type, "");
	record_read(x->world->requests, &x->reply.body);
}

static bool add_job(struct job *job, void *arg)
{
	static const char *const words[] = { "pending",    "queued", "warming", "working",
					     "finalizing", "done",   "failed",  "cancelled" };
	struct exchange *x = arg;
	struct job_view view = job_look(job, x->now_ms);
	cJSON *line = job_to_json(job);
	char *text;

	cJSON_ReplaceItemInObjectCaseSensitive(line, "provider",
					       cJSON_CreateString(providers[job->provider]->name));
	cJSON_AddStringToObject(line, "stage", words[view.stage]);
	text = cJSON_PrintUnformatted(line);
	strbuf_add_text(&x->reply.body, text);
	strbuf_add_char(&x->reply.body, '\n');
	cJSON_free(text);
	cJSON_Delete(line);
	return true;
}

static void show_jobs(struct exchange *x)
{
	reply_text(&x->reply, 200, lines_type, "");
	jobs_each(x->world->jobs, add_job, x);
}

static void show_balance(struct exchange *x)
{
	reply_text(&x->reply, 200, text_type, "");
	for (unsigned i = 0; i < PROVIDERS; i++)
		strbuf_addf(&x->reply.body, "%s %.10g %s\n", providers[i]->name,
			    ledger_balance(x->world->ledger, i), providers[i]->unit);
}

static void set_balance(struct exchange *x)
{
	const char *body = strbuf_text(&x->request.body);
	size_t size = strcspn(body, " ");
	char name[32], *end;
	double balance = strtod(body + size, &end);
	int provider;

	snprintf(name, sizeof(name), "%.*s", (int)size, body);
	if (end == body + size || end[strspn(end, "\r\n")] ||
	    !(balance >= 0 && balance <= OPTIONS_BALANCE_MAX)) {
		complain(x, 400, "the body must be: PROVIDER AMOUNT");
		return;
	}
	provider = provider_number(name);
	if (provider < 0) {
		complain(x, 400, "no such provider");
		return;
	}
	ledger_set_balance(x->world->ledger, (unsigned)provider, balance);
	show_balance(x);
}

static void add_fault(struct exchange *x)
{
	const struct strbuf *body = &x->request.body;
	size_t size = strcspn(strbuf_text(body), "\r\n");
	struct fault fault;
	struct diag diag;

	if (fault_parse(strbuf_text(body), size, &fault, &diag) < 0 ||
	    faults_add_rule(x->world->faults, &fault, &diag) < 0)
		complain(x, 400, diag.text);
	else
		complain(x, 200, "in force");
}

static void clear_faults(struct exchange *x)
{
	faults_clear_rules(x->world->faults);
	complain(x, 200, "none in force");
}

static bool finish(struct job *job, void *arg)
{
	struct exchange *x = arg;
	struct job_view view = job_look(job, x->now_ms);

	if (!job_has_ended(&view)) {
		job_finish(job, x->now_ms);
		state_end_job(x->world->state, job);
	}
	return true;
}

static void finish_jobs(struct exchange *x)
{
	jobs_each(x->world->jobs, finish, x);
	alarm_wake_all(x->world->alarm);
	complain(x, 200, "finished");
}

/* clang-format off */
static const struct {
	const char *method, *name;
	void (*run)(struct exchange *x);
} controls[] = {
	{ "GET", "ledger", show_ledger },   { "GET", "requests", show_requests },
	{ "GET", "jobs", show_jobs }, { "GET", "balance", show_balance },
	{ "POST", "balance", set_balance }, { "POST", "fault", add_fault },
	{ "DELETE", "fault", clear_faults }, { "POST", "finish", finish_jobs },
};
/* clang-format on */

bool control_is_meant(const struct request *request)
{
	return strncmp(request->path, prefix, strlen(prefix)) == 0;
}

void control_run(struct exchange *x)
{
	const char *name = x->request.path + strlen(prefix);

	x->now_ms = clock_wall_ms();
	x->answered = true;
	for (size_t i = 0; i < sizeof(controls) / sizeof(controls[0]); i++) {
		if (strcmp(controls[i].name, name) == 0 &&
		    strcmp(controls[i].method, x->request.method) == 0) {
			controls[i].run(x);
			return;
		}
	}
	complain(x, 404,
		 "GET ledger, requests, jobs, balance; POST fault, finish, balance; DELETE fault");
}
