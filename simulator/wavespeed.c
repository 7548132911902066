/* WaveSpeedAI: every reply in an envelope, and a synchronous mode that may give up
 * waiting. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "simulator/image_host.h"
#include "simulator/submit.h"

enum {
	CODE_MODERATED = 1200,
	CODE_MISSING = 1400,
	CODE_INVALID = 1401,
	CODE_FAILED = 1403,
	CODE_SYNC_TIMEOUT = 5004,
	SIDE_MIN = 512,
	SIDE_MAX = 2048,
	IDS_MAX = 100,
	PAGE_MAX = 100,
	PAGE_NUMBER_MAX = 1000000
};

/* clang-format off */
static const struct field dreamina[] = {
	{ "prompt", FIELD_TEXT, 0, 0, NULL, FIELD_REQUIRED },
	{ "size", FIELD_TEXT, 0, 0, NULL, FIELD_OPTIONAL },
	{ "seed", FIELD_INTEGER, -1, 2147483647, NULL, FIELD_OPTIONAL },
	{ "enable_prompt_expansion", FIELD_BOOLEAN, 0, 0, NULL, FIELD_OPTIONAL },
	{ "enable_base64_output", FIELD_BOOLEAN, 0, 0, NULL, FIELD_OPTIONAL },
	{ "enable_sync_mode", FIELD_BOOLEAN, 0, 0, NULL, FIELD_OPTIONAL },
};
/* clang-format on */

/* clang-format off */
static const struct model models[] = {
	{ "bytedance/dreamina-v3.1/text-to-image", "bytedance/dreamina-v3.1/text-to-image", 0.027,
	  dreamina, sizeof(dreamina) / sizeof(dreamina[0]) },
};
/* clang-format on */

static void fail(struct exchange *x, const struct trouble *trouble)
{
	cJSON *body = cJSON_CreateObject();

	cJSON_AddNumberToObject(body, "code", trouble->status);
	cJSON_AddStringToObject(body, "message", trouble->text);
	if (trouble->kind != TROUBLE_OTHER)
		cJSON_AddNumberToObject(body, "error_code",
					trouble->kind == TROUBLE_MISSING ? CODE_MISSING
									 : CODE_INVALID);
	reply_json(&x->reply, trouble->status, body);
}

/* Takes `data`. */
static void reply_data(struct exchange *x, cJSON *data)
{
	cJSON *body = cJSON_CreateObject();

	cJSON_AddNumberToObject(body, "code", 200);
	cJSON_AddStringToObject(body, "message", "success");
	cJSON_AddItemToObject(body, "data", data);
	reply_json(&x->reply, 200, body);
}

static const char *status_word(const struct job *job, const struct job_view *view)
{
	if (job->deleted)
		return "deleted";
	switch (view->stage) {
	case JOB_DONE:
		return "completed";
	case JOB_FAILED:
		return "failed";
	case JOB_CANCELLED:
		return "cancelled";
	case JOB_PENDING:
	case JOB_QUEUED:
		return job_fault_text(job, FAULT_UNKNOWN_STATUS, "created");
	default:
		return job_fault_text(job, FAULT_UNKNOWN_STATUS, "processing");
	}
}

static void add_outputs(const struct exchange *x, const struct job *job, cJSON *data, bool there)
{
	cJSON *outputs = cJSON_AddArrayToObject(data, "outputs"), *item, *object;
	cJSON *unsafe = cJSON_AddArrayToObject(data, "has_nsfw_contents");

	if (!there || job_fault_is(job, FAULT_OUTPUTS, "none"))
		return;
	for (unsigned i = 0; i < job->count; i++) {
		item = image_item(x, job, i, URL_PLAIN);
		if (job_fault_is(job, FAULT_OUTPUTS, "objects")) {
			object = cJSON_CreateObject();
			cJSON_AddItemToObject(object, "url", item);
			item = object;
		}
		cJSON_AddItemToArray(outputs, item);
		cJSON_AddItemToArray(unsafe, cJSON_CreateBool(job_fault(job, FAULT_NSFW) != NULL));
	}
}

static cJSON *prediction(const struct exchange *x, const struct job *job, const char *id)
{
	struct job_view view = job_look(job, x->now_ms);
	bool moderated = job_fault(job, FAULT_MODERATED);
	cJSON *data = cJSON_CreateObject();
	char url[200], created[REPLY_TIME_ROOM];
	const char *error = "";

	if (view.stage == JOB_FAILED) {
		cJSON_AddNumberToObject(data, "code", moderated ? CODE_MODERATED : CODE_FAILED);
		error = moderated ? job_fault_text(job, FAULT_MODERATED,
						   "Content flagged as potentially sensitive")
				  : job_fault_text(job, FAULT_FAIL, "Simulated failure");
	}
	if (id)
		cJSON_AddStringToObject(data, "id", id);
	cJSON_AddStringToObject(data, "model", job->model);
	cJSON_AddStringToObject(data, "status", status_word(job, &view));
	add_outputs(x, job, data, view.stage == JOB_DONE && !job->deleted);
	if (id) {
		snprintf(url, sizeof(url), "%s/api/v3/predictions/%s/result", x->origin, id);
		cJSON_AddStringToObject(cJSON_AddObjectToObject(data, "urls"), "get", url);
	}
	cJSON_AddStringToObject(data, "created_at", reply_time(job->created_ms, created));
	cJSON_AddStringToObject(data, "error", error);
	cJSON_AddNumberToObject(cJSON_AddObjectToObject(data, "timings"), "inference",
				job_has_ended(&view) ? (double)(job->done_ms - job->created_ms)
						     : 0);
	return data;
}

static void reply_job(struct exchange *x)
{
	if (x->job)
		reply_data(x, prediction(x, x->job, x->job->id));
	else
		exchange_fail(x, 404, "Prediction not found");
}

/* "1328*1328". */
static bool read_size(const char *text, struct order *order)
{
	char *end;

	if (strspn(text, "0123456789") == 0 || strlen(text) > 9)
		return false;
	order->w = (unsigned)strtoul(text, &end, 10);
	if (*end != '*' || strspn(end + 1, "0123456789") == 0)
		return false;
	order->h = (unsigned)strtoul(end + 1, &end, 10);
	return !*end && order->w >= SIDE_MIN && order->w <= SIDE_MAX && order->h >= SIDE_MIN &&
	       order->h <= SIDE_MAX;
}

/* The wait is over, or the provider's patience is: the job goes on, and the client
 * has to poll. */
static void reply_in_time(struct exchange *x)
{
	cJSON *data = prediction(x, x->job, submit_id(x));

	if (job_fault_is(x->job, FAULT_SYNC, "code")) {
		cJSON_AddNumberToObject(data, "code", CODE_SYNC_TIMEOUT);
	} else if (job_fault_is(x->job, FAULT_SYNC, "timeout")) {
		cJSON_ReplaceItemInObjectCaseSensitive(data, "status",
						       cJSON_CreateString("processing"));
		cJSON_ReplaceItemInObjectCaseSensitive(data, "error",
						       cJSON_CreateString("Sync mode timed out"));
	}
	reply_data(x, data);
}

static void submit(struct exchange *x)
{
	struct order order = { .count = 1,
			       .model = submit_check(x, x->captures.text[0], FIELDS_LENIENT, 400) };

	if (!order.model)
		return;
	if (!read_size(field_text(x->body, "size", "1328*1328"), &order)) {
		submit_refuse(x, "size", 400, "size must be WIDTH*HEIGHT, each from 512 to 2048");
		return;
	}
	if (field_true(x->body, "enable_base64_output", 0))
		order.outputs = JOB_BASE64;
	if (field_true(x->body, "enable_sync_mode", 0))
		order.mode = JOB_SYNC;
	if (!submit_accept(x, &order))
		return;
	if (order.mode == JOB_SYNC && !job_fault(x->job, FAULT_SYNC))
		x->again = reply_in_time;
	else if (order.mode == JOB_SYNC)
		reply_in_time(x);
	else
		reply_data(x, prediction(x, x->job, submit_id(x)));
}

static void delete_jobs(struct exchange *x)
{
	const cJSON *ids = cJSON_GetObjectItemCaseSensitive(x->body, "ids"), *id;

	if (!cJSON_IsArray(ids) || cJSON_GetArraySize(ids) > IDS_MAX) {
		exchange_fail(x, 400, "ids must be an array of at most 100 ids");
		return;
	}
	cJSON_ArrayForEach(id, ids)
	{
		struct job *job = cJSON_IsString(id)
					  ? jobs_find(x->world->jobs, x->number, id->valuestring)
					  : NULL;

		if (!job)
			continue;
		job->deleted = true;
		state_end_job(x->world->state, job);
	}
	reply_data(x, cJSON_CreateObject());
}

struct page {
	struct exchange *x;
	cJSON *items;
	const char *model, *status, *after, *before; /* "": any */
	unsigned skip, left;
};

static bool is_listed(const struct page *page, const struct job *job)
{
	struct job_view view = job_look(job, page->x->now_ms);
	char created[REPLY_TIME_ROOM];

	reply_time(job->created_ms, created);
	return job->provider == page->x->number && !job->deleted &&
	       (!*page->model || strcmp(page->model, job->model) == 0) &&
	       (!*page->status || strcmp(page->status, status_word(job, &view)) == 0) &&
	       (!*page->after || strcmp(created, page->after) >= 0) &&
	       (!*page->before || strcmp(created, page->before) <= 0);
}

static bool add_to_page(struct job *job, void *arg)
{
	struct page *page = arg;
	cJSON *item;

	if (!is_listed(page, job))
		return true;
	if (page->skip) {
		page->skip--;
		return true;
	}
	item = prediction(page->x, job, job->id);
	if (field_true(page->x->body, "include_inputs", 0))
		cJSON_AddItemToObject(item, "inputs", cJSON_Parse(job->inputs));
	cJSON_AddItemToArray(page->items, item);
	return --page->left > 0;
}

static void list_jobs(struct exchange *x)
{
	double number = field_number(x->body, "page", 1);
	double size = field_number(x->body, "page_size", 20);
	cJSON *data;
	struct page page = {
		.x = x,
		.model = field_text(x->body, "model", ""),
		.status = field_text(x->body, "status", ""),
		.after = field_text(x->body, "created_after", ""),
		.before = field_text(x->body, "created_before", ""),
	};

	if (!(number >= 1 && number <= PAGE_NUMBER_MAX && size >= 1 && size <= PAGE_MAX)) {
		exchange_fail(x, 400, "page must be from 1 and page_size from 1 to 100");
		return;
	}
	page.left = (unsigned)size;
	page.skip = ((unsigned)number - 1) * page.left;
	data = cJSON_CreateObject();
	cJSON_AddNumberToObject(data, "page", number);
	page.items = cJSON_AddArrayToObject(data, "items");
	jobs_each(x->world->jobs, add_to_page, &page);
	reply_data(x, data);
}

static void show_balance(struct exchange *x)
{
	cJSON *data = cJSON_CreateObject();

	cJSON_AddNumberToObject(data, "balance", ledger_balance(x->world->ledger, x->number));
	reply_data(x, data);
}

static void list_models(struct exchange *x)
{
	cJSON *list = cJSON_CreateArray();

	for (size_t i = 0; i < x->provider->model_count; i++) {
		const struct model *model = &x->provider->models[i];
		cJSON *object = cJSON_CreateObject(), *schemas, *schema;

		cJSON_AddStringToObject(object, "model_id", model->id);
		cJSON_AddStringToObject(object, "name", model->name);
		cJSON_AddNumberToObject(object, "base_price", model->price);
		schemas = cJSON_AddArrayToObject(cJSON_AddObjectToObject(object, "api_schema"),
						 "api_schemas");
		schema = cJSON_CreateObject();
		fields_schema(cJSON_AddObjectToObject(schema, "request_schema"), model->fields,
			      model->field_count);
		cJSON_AddItemToArray(schemas, schema);
		cJSON_AddItemToArray(list, object);
	}
	reply_data(x, list);
}

static void show_price(struct exchange *x)
{
	const struct model *model =
		provider_model(x->provider, field_text(x->body, "model_id", ""));
	cJSON *data;

	if (!model) {
		exchange_fail(x, 404, "Model not found");
		return;
	}
	data = cJSON_CreateObject();
	cJSON_AddStringToObject(data, "model_id", model->id);
	cJSON_AddNumberToObject(data, "unit_price", model->price);
	cJSON_AddNumberToObject(data, "discounted_price", model->price);
	cJSON_AddStringToObject(data, "currency", "USD");
	reply_data(x, data);
}

/* A model's id is a path: its route comes last. Clients differ in what they ask for a
 * price, and in which member of the reply they take for it. */
/* clang-format off */
static const struct route routes[] = {
	{ "GET", "/api/v3/predictions/*/result", STEP_POLL, ROUTE_KEY, reply_job },
	{ "GET", "/api/v3/predictions/*", STEP_POLL, ROUTE_KEY, reply_job },
	{ "POST", "/api/v3/predictions/delete", STEP_OTHER, ROUTE_KEY, delete_jobs },
	{ "POST", "/api/v3/predictions", STEP_OTHER, ROUTE_KEY, list_jobs },
	{ "GET", "/api/v3/balance", STEP_OTHER, ROUTE_KEY, show_balance },
	{ "GET", "/api/v3/models", STEP_OTHER, ROUTE_KEY, list_models },
	{ "POST", "/api/v3/model/price", STEP_OTHER, ROUTE_KEY, show_price },
	{ "POST", "/api/v3/model/pricing", STEP_OTHER, ROUTE_KEY, show_price },
	{ "POST", "/api/v3/**", STEP_SUBMIT, ROUTE_KEY, submit },
};
/* clang-format on */

const struct provider provider_wavespeed = {
	.name = "wavespeed",
	.base_path = "",
	.scheme = "Bearer",
	.key = "sim-key",
	.unit = "USD",
	.id_style = JOB_ID_HEX,
	.models = models,
	.model_count = sizeof(models) / sizeof(models[0]),
	.routes = routes,
	.route_count = sizeof(routes) / sizeof(routes[0]),
	.fail = fail,
};
