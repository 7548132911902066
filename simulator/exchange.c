/* Each request goes the same way, whoever is asked: recorded, let in, understood,
 * perhaps spoilt, done, perhaps spoilt. What makes faults worth having is that
 * they can be put on either side of the charge. */
#include "simulator/exchange.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "simulator/exchange_key.h"

void exchange_fail(struct exchange *x, unsigned status, const char *format, ...)
{
	struct trouble trouble = { .status = status, .retry_s = -1 };
	va_list args;

	va_start(args, format);
	vsnprintf(trouble.text, sizeof(trouble.text), format, args);
	va_end(args);
	reply_clear(&x->reply);
	x->provider->fail(x, &trouble);
}

const struct fault *exchange_fault(const struct exchange *x, enum fault_kind kind)
{
	for (size_t i = 0; i < x->active_count; i++) {
		if (x->active[i].kind == kind)
			return &x->active[i];
	}
	return NULL;
}

/* The routes of a path differ in their methods. */
static void find_route(struct exchange *x)
{
	const struct provider *provider = x->provider;
	bool known = false;

	for (size_t i = 0; i < provider->route_count && !x->route; i++) {
		const struct route *route = &provider->routes[i];

		if (!request_path_is(x->request.path, route->path, &x->captures))
			continue;
		known = true;
		if (strcmp(x->request.method, route->method) == 0 ||
		    (strcmp(x->request.method, "HEAD") == 0 && strcmp(route->method, "GET") == 0))
			x->route = route;
	}
	if (x->route)
		return;
	if (known)
		exchange_fail(x, 405, "Method not allowed: %.20s", x->request.method);
	else
		exchange_fail(x, 404, "Not found: %.100s", x->request.path);
	x->answered = true;
}

static void find_job(struct exchange *x)
{
	const char *last = x->captures.count ? x->captures.text[x->captures.count - 1] : "";

	switch (x->route->step) {
	case STEP_POLL:
	case STEP_RESULT:
	case STEP_CANCEL:
		x->job = jobs_find(x->world->jobs, x->number, last);
		break;
	case STEP_ASSET:
		x->job = jobs_find_asset(x->world->jobs, x->number, last, &x->index);
		break;
	case STEP_IMAGE: {
		int provider = provider_number(x->captures.text[0]);

		if (provider >= 0)
			x->job = jobs_find(x->world->jobs, (unsigned)provider, x->captures.text[1]);
		break;
	}
	default:
		break;
	}
}

static void add(struct fault *faults, size_t room, size_t *count, const struct fault *fault)
{
	if (*count < room)
		faults[(*count)++] = *fault;
}

/* Of what a prompt asks, some is for this request, some for its job, and some for
 * later requests about the job. */
static void sort_prompt_faults(struct exchange *x, const char *prompt,
			       const struct fault_wish *wish)
{
	struct fault found[FAULT_SPECS_MAX];
	struct diag diag;
	size_t count = 0;

	if (fault_find(prompt, found, &count, &diag) < 0) {
		exchange_fail(x, 400, "%s", diag.text);
		x->answered = true;
		return;
	}
	for (size_t i = 0; i < count; i++) {
		uint64_t key = chance_hash(prompt, strlen(prompt), i * 16 + x->number);
		bool later = !fault_is_of_job(found[i].kind) && found[i].step != STEP_SUBMIT;

		if (later)
			add(x->of_job, FAULT_SPECS_MAX, &x->of_job_count, &found[i]);
		if (!faults_meet(x->world->faults, &found[i], wish, key))
			continue;
		if (fault_is_of_job(found[i].kind))
			add(x->of_job, FAULT_SPECS_MAX, &x->of_job_count, &found[i]);
		else
			add(x->active, ACTIVE_MAX, &x->active_count, &found[i]);
	}
}

static void sort_job_faults(struct exchange *x, const struct fault_wish *wish)
{
	const struct job *job = x->job;

	for (size_t i = 0; i < job->fault_count; i++) {
		uint64_t key = chance_hash(job->id, strlen(job->id), i + 1);

		if (!fault_is_of_job(job->faults[i].kind) &&
		    faults_meet(x->world->faults, &job->faults[i], wish, key))
			add(x->active, ACTIVE_MAX, &x->active_count, &job->faults[i]);
	}
}

static void collect_faults(struct exchange *x)
{
	struct fault_wish wish = { x->provider->name, x->route->step };
	struct fault drawn[FAULT_RULES_MAX];
	size_t count = 0;

	if (x->route->step == STEP_IMAGE && x->job)
		wish.provider = providers[x->job->provider]->name;
	if (x->route->step == STEP_SUBMIT)
		sort_prompt_faults(x, field_text(x->body, "prompt", ""), &wish);
	else if (x->job)
		sort_job_faults(x, &wish);
	faults_draw(x->world->faults, &wish, drawn, FAULT_RULES_MAX, &count);
	for (size_t i = 0; i < count; i++) {
		if (!fault_is_of_job(drawn[i].kind))
			add(x->active, ACTIVE_MAX, &x->active_count, &drawn[i]);
		else if (x->route->step == STEP_SUBMIT)
			add(x->of_job, FAULT_SPECS_MAX, &x->of_job_count, &drawn[i]);
	}
}

static int64_t delay(const struct exchange *x, int when)
{
	int64_t delay_ms = 0;

	for (size_t i = 0; i < x->active_count; i++) {
		if (x->active[i].kind == FAULT_DELAY && (int)x->active[i].when == when)
			delay_ms += x->active[i].number;
	}
	return delay_ms;
}

int64_t exchange_begin(struct exchange *x)
{
	x->now_ms = clock_wall_ms();
	if (x->request.body.size)
		x->body = cJSON_ParseWithLength(x->request.body.bytes, x->request.body.size);
	exchange_record(x);
	find_route(x);
	if (x->answered)
		return 0;
	if (x->route->access == ROUTE_KEY && !exchange_key_is_right(x)) {
		exchange_fail(x, 401, "Invalid or missing API key");
		x->answered = true;
		return 0;
	}
	find_job(x);
	collect_faults(x);
	return x->answered ? 0 : delay(x, FAULT_BEFORE);
}

bool exchange_outlasts_client(const struct exchange *x)
{
	for (size_t i = 0; i < x->active_count; i++) {
		if (x->active[i].kind == FAULT_DELAY && x->active[i].left == LEFT_CHARGED)
			return true;
	}
	return false;
}

/* What takes the place of a reply. */
static const struct fault *replacement(const struct exchange *x, int when)
{
	for (size_t i = 0; i < x->active_count; i++) {
		if (x->active[i].kind <= FAULT_DROP && (int)x->active[i].when == when)
			return &x->active[i];
	}
	return NULL;
}

static void say_when_to_retry(struct exchange *x, const struct fault *fault,
			      struct trouble *trouble)
{
	int64_t seconds = fault->retry == RETRY_DEFAULT ? 1 : fault->retry_s;
	time_t at = (x->now_ms + 999) / 1000 + 2;
	char text[64];
	struct tm tm;

	if (fault->retry == RETRY_NONE || (fault->retry == RETRY_DEFAULT && trouble->status != 429))
		return;
	if (fault->retry == RETRY_DATE) {
		gmtime_r(&at, &tm);
		strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &tm);
		reply_header(&x->reply, "Retry-After", "%s", text);
	} else if (x->provider->wait == WAIT_IN_BODY) {
		trouble->retry_s = seconds;
	} else {
		reply_header(&x->reply, "Retry-After", "%lld", (long long)seconds);
	}
}

static void replace(struct exchange *x, const struct fault *fault)
{
	struct trouble trouble = { .status = (unsigned)fault->number, .retry_s = -1 };
	cJSON *envelope;

	reply_clear(&x->reply);
	x->event = NULL;
	x->again = NULL;
	switch (fault->kind) {
	case FAULT_STATUS:
		snprintf(trouble.text, sizeof(trouble.text), "Simulated error %u", trouble.status);
		say_when_to_retry(x, fault, &trouble);
		x->provider->fail(x, &trouble);
		break;
	case FAULT_HTML:
		say_when_to_retry(x, fault, &trouble);
		reply_html(&x->reply, trouble.status);
		break;
	case FAULT_ENVELOPE:
		envelope = cJSON_CreateObject();
		cJSON_AddNumberToObject(envelope, "code", (double)fault->number);
		cJSON_AddStringToObject(envelope, "message", "Simulated error");
		cJSON_AddNullToObject(envelope, "data");
		reply_json(&x->reply, 200, envelope);
		break;
	case FAULT_RESET:
		x->reply.sending = SEND_RESET;
		break;
	default:
		x->reply.sending = SEND_NOTHING;
		break;
	}
}

void exchange_run(struct exchange *x)
{
	const struct fault *fault = replacement(x, FAULT_BEFORE);

	if (x->answered)
		return;
	x->now_ms = clock_wall_ms();
	if (fault) {
		replace(x, fault);
		x->answered = true;
		return;
	}
	x->route->run(x);
}

int64_t exchange_again_ms(const struct exchange *x)
{
	return x->job->cancelled_ms ? x->job->cancelled_ms : x->job->done_ms;
}

void exchange_again(struct exchange *x)
{
	void (*again)(struct exchange *) = x->again;

	x->again = NULL;
	x->now_ms = clock_wall_ms();
	again(x);
}

void exchange_finish(struct exchange *x)
{
	const struct fault *fault = replacement(x, FAULT_AFTER);
	bool submits = x->route && x->route->step == STEP_SUBMIT;

	if (x->answered || (submits && !x->accepted))
		return;
	if (fault)
		replace(x, fault);
	fault = exchange_fault(x, FAULT_GARBAGE);
	if (fault)
		reply_text(&x->reply, x->reply.status, x->reply.type, ")]}',\n{\"status\": \"");
	fault = exchange_fault(x, FAULT_TRUNCATE);
	if (fault && x->reply.sending == SEND_ALL) {
		x->reply.sending = SEND_PART;
		x->reply.part = (size_t)fault->number;
	}
	x->reply.delay_ms += delay(x, FAULT_AFTER);
}

void exchange_done(struct exchange *x)
{
	request_done(&x->request);
	reply_done(&x->reply);
	cJSON_Delete(x->body);
}
