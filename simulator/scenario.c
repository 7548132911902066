/* Scenario: jobs with assets, which are looked up one by one or in bulk. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "simulator/image_host.h"
#include "simulator/submit.h"

enum { STATUS_DRY_RUN = 269, PAGE_MAX = 200, SIDE_DEFAULT = 1328 };

#define RATIOS        " 1:1 16:9 9:16 4:3 3:4 3:2 2:3 21:9 "

/* clang-format off */
static const struct field dreamina[] = {
	{ "prompt", FIELD_TEXT, 0, 0, NULL, FIELD_REQUIRED },
	{ "aspectRatio", FIELD_WORD, 0, 0, RATIOS "custom ", FIELD_OPTIONAL },
	{ "resolution", FIELD_WORD, 0, 0, " HD 2K 4K ", FIELD_OPTIONAL },
	{ "width", FIELD_NUMBER, 512, 2048, NULL, FIELD_OPTIONAL },
	{ "height", FIELD_NUMBER, 512, 2048, NULL, FIELD_OPTIONAL },
	{ "seed", FIELD_NUMBER, 0, 2147483647, NULL, FIELD_OPTIONAL },
};
/* clang-format on */

/* clang-format off */
static const struct field flux[] = {
	{ "prompt", FIELD_TEXT, 0, 0, NULL, FIELD_REQUIRED },
	{ "aspectRatio", FIELD_WORD, 0, 0, RATIOS, FIELD_OPTIONAL },
	{ "numOutputs", FIELD_INTEGER, 1, 4, NULL, FIELD_OPTIONAL },
	{ "seed", FIELD_NUMBER, 0, 2147483647, NULL, FIELD_OPTIONAL },
};
/* clang-format on */

#define FIELDS(table) table, sizeof(table) / sizeof((table)[0])

/* clang-format off */
static const struct model models[] = {
	{ "model_bytedance-dreamina-3-1", "Dreamina 3.1", 5, FIELDS(dreamina) },
	{ "model_flux-1-dev", "Flux.1 Dev", 4, FIELDS(flux) },
	{ "model_imagen4-ultra", "Imagen 4 Ultra", 12, FIELDS(flux) },
};
/* clang-format on */

static void fail(struct exchange *x, const struct trouble *trouble)
{
	cJSON *body = cJSON_CreateObject();

	cJSON_AddStringToObject(body, trouble->status == 403 ? "message" : "reason", trouble->text);
	cJSON_AddStringToObject(body, "trace_id", "tr_simulator");
	if (trouble->retry_s >= 0)
		cJSON_AddNumberToObject(body, "remainingSeconds", (double)trouble->retry_s);
	reply_json(&x->reply, trouble->status, body);
}

static const char *status_word(const struct job *job, const struct job_view *view)
{
	static const char *const words[] = {
		[JOB_PENDING] = "pending",       [JOB_QUEUED] = "queued",
		[JOB_WARMING] = "warming-up",    [JOB_WORKING] = "in-progress",
		[JOB_FINALIZING] = "finalizing", [JOB_DONE] = "success",
		[JOB_FAILED] = "failure",        [JOB_CANCELLED] = "canceled",
	};

	return job_has_ended(view) ? words[view->stage]
				   : job_fault_text(job, FAULT_UNKNOWN_STATUS, words[view->stage]);
}

/* The assets come out of order: their outputIndex tells. */
static void add_assets(cJSON *metadata, const struct job *job)
{
	cJSON *ids = cJSON_AddArrayToObject(metadata, "assetIds");
	char id[JOB_ID_ROOM + 16];

	if (job_fault_is(job, FAULT_OUTPUTS, "none"))
		return;
	for (unsigned i = job->count; i-- > 0;) {
		job_asset_id(job, i, id, sizeof(id));
		cJSON_AddItemToArray(ids, cJSON_CreateString(id));
	}
}

/* Accepted a moment ago it is queued, whatever its state is a moment later. */
static cJSON *job_object(const struct exchange *x, const struct job *job)
{
	struct job_view view = job_look(job, x->now_ms);
	const char *status = x->accepted ? "queued" : status_word(job, &view);
	cJSON *object = cJSON_CreateObject(), *metadata, *history, *entry, *billing;
	char created[REPLY_TIME_ROOM], updated[REPLY_TIME_ROOM];

	reply_time(job->created_ms, created);
	reply_time(x->now_ms - view.rest_ms, updated);
	cJSON_AddStringToObject(object, "jobId", job->id);
	cJSON_AddStringToObject(object, "jobType", "custom");
	cJSON_AddStringToObject(object, "status", status);
	cJSON_AddNumberToObject(object, "progress", round(view.progress * 100) / 100);
	metadata = cJSON_AddObjectToObject(object, "metadata");
	if (view.stage == JOB_DONE)
		add_assets(metadata, job);
	if (view.stage == JOB_FAILED && job_fault(job, FAULT_MODERATED)) {
		cJSON_AddStringToObject(metadata, "error",
					job_fault_text(job, FAULT_MODERATED,
						       "The content was flagged by moderation"));
		cJSON_AddStringToObject(metadata, "hint", "Change the prompt");
	} else if (view.stage == JOB_FAILED) {
		cJSON_AddStringToObject(metadata, "error",
					job_fault_text(job, FAULT_FAIL, "Simulated failure"));
	}
	history = cJSON_AddArrayToObject(object, "statusHistory");
	entry = cJSON_CreateObject();
	cJSON_AddStringToObject(entry, "date", updated);
	cJSON_AddStringToObject(entry, "status", status);
	cJSON_AddItemToArray(history, entry);
	cJSON_AddStringToObject(object, "createdAt", created);
	cJSON_AddStringToObject(object, "updatedAt", updated);
	billing = cJSON_AddObjectToObject(object, "billing");
	cJSON_AddNumberToObject(billing, "cuCost", job->amount);
	cJSON_AddNumberToObject(billing, "cuDiscount", 0);
	return object;
}

static void reply_job(struct exchange *x)
{
	cJSON *body;

	if (!x->job) {
		exchange_fail(x, 404, "Job not found");
		return;
	}
	body = cJSON_CreateObject();
	cJSON_AddItemToObject(body, "job", job_object(x, x->job));
	reply_json(&x->reply, 200, body);
}

static void set_size(const cJSON *body, struct order *order)
{
	const char *ratio = field_text(body, "aspectRatio", "4:3");

	order->count = (unsigned)field_number(body, "numOutputs", 1);
	if (strcmp(ratio, "custom") == 0) {
		order->w = (unsigned)field_number(body, "width", SIDE_DEFAULT);
		order->h = (unsigned)field_number(body, "height", SIDE_DEFAULT);
	} else {
		submit_size(ratio, field_text(body, "resolution", "2K"), &order->w, &order->h);
	}
}

static void submit(struct exchange *x)
{
	struct order order = { .model = submit_check(x, x->captures.text[0], FIELDS_LENIENT, 400) };
	cJSON *body, *job;
	const char *id;

	if (!order.model)
		return;
	set_size(x->body, &order);
	if (request_asks(&x->request, "dryRun")) {
		body = cJSON_CreateObject();
		cJSON_AddNumberToObject(body, "creativeUnitsCost",
					order.model->price * order.count);
		reply_json(&x->reply, STATUS_DRY_RUN, body);
		return;
	}
	if (!submit_accept(x, &order))
		return;
	id = submit_id(x);
	body = cJSON_CreateObject();
	job = job_object(x, x->job);
	if (id)
		cJSON_ReplaceItemInObjectCaseSensitive(job, "jobId", cJSON_CreateString(id));
	else
		cJSON_DeleteItemFromObjectCaseSensitive(job, "jobId");
	cJSON_AddItemToObject(body, "job", job);
	cJSON_AddNumberToObject(body, "creativeUnitsCost", x->job->amount);
	reply_json(&x->reply, 200, body);
}

/* NULL: the job has no such asset yet. */
static cJSON *asset_object(const struct exchange *x, const struct job *job, unsigned index)
{
	struct job_view view = job_look(job, x->now_ms);
	char id[JOB_ID_ROOM + 16], url[IMAGE_URL_ROOM];
	const char *status = "success";
	cJSON *asset, *labels, *properties;

	if (view.stage != JOB_DONE)
		return NULL;
	if (job_fault_is(job, FAULT_ASSET, "error"))
		status = "error";
	else if (view.rest_ms < x->world->options->asset_delay_ms ||
		 job_fault_is(job, FAULT_ASSET, "pending"))
		status = "pending";
	job_asset_id(job, index, id, sizeof(id));
	asset = cJSON_CreateObject();
	cJSON_AddStringToObject(asset, "id", id);
	if (strcmp(status, "success") == 0)
		cJSON_AddStringToObject(asset, "url", image_url(x, job, index, URL_SIGNED, url));
	cJSON_AddStringToObject(asset, "mimeType", "image/png");
	cJSON_AddStringToObject(asset, "status", status);
	cJSON_AddStringToObject(asset, "kind", "image");
	labels = cJSON_AddArrayToObject(asset, "nsfw");
	if (job_fault(job, FAULT_NSFW))
		cJSON_AddItemToArray(labels, cJSON_CreateString("Explicit Nudity"));
	cJSON_AddNumberToObject(asset, "outputIndex", index);
	properties = cJSON_AddObjectToObject(asset, "properties");
	cJSON_AddNumberToObject(properties, "width", job->w);
	cJSON_AddNumberToObject(properties, "height", job->h);
	return asset;
}

static void reply_asset(struct exchange *x)
{
	cJSON *asset = x->job ? asset_object(x, x->job, x->index) : NULL, *body;

	if (!asset) {
		exchange_fail(x, 404, "Asset not found");
		return;
	}
	body = cJSON_CreateObject();
	cJSON_AddItemToObject(body, "asset", asset);
	reply_json(&x->reply, 200, body);
}

static void reply_assets(struct exchange *x)
{
	const cJSON *ids = cJSON_GetObjectItemCaseSensitive(x->body, "assetIds"), *id;
	cJSON *body, *list;

	if (!cJSON_IsArray(ids) || cJSON_GetArraySize(ids) > PAGE_MAX) {
		exchange_fail(x, 400, "assetIds must be an array of at most 200 ids");
		return;
	}
	body = cJSON_CreateObject();
	list = cJSON_AddArrayToObject(body, "assets");
	cJSON_ArrayForEach(id, ids)
	{
		unsigned index = 0;
		struct job *job = cJSON_IsString(id) ? jobs_find_asset(x->world->jobs, x->number,
								       id->valuestring, &index)
						     : NULL;
		cJSON *asset = job ? asset_object(x, job, index) : NULL;

		if (asset)
			cJSON_AddItemToArray(list, asset);
	}
	reply_json(&x->reply, 200, body);
}

static void act(struct exchange *x)
{
	if (!x->job) {
		exchange_fail(x, 404, "Job not found");
	} else if (strcmp(field_text(x->body, "action", ""), "cancel") != 0) {
		exchange_fail(x, 400, "Unknown action");
	} else if (!job_fault_is(x->job, FAULT_CANCEL, "ok")) {
		exchange_fail(x, 400, "Cannot cancel this type of job");
	} else {
		/* The reply still says what it was: the next poll knows. */
		reply_job(x);
		job_cancel(x->job, x->now_ms);
		state_end_job(x->world->state, x->job);
	}
}

struct page {
	struct exchange *x;
	cJSON *list;
	const char *status;
	unsigned left;
};

static bool add_to_page(struct job *job, void *arg)
{
	struct page *page = arg;
	struct job_view view = job_look(job, page->x->now_ms);

	if (job->provider != page->x->number ||
	    (page->status && strcmp(page->status, status_word(job, &view)) != 0))
		return true;
	cJSON_AddItemToArray(page->list, job_object(page->x, job));
	return --page->left > 0;
}

static void list_jobs(struct exchange *x)
{
	char size[16] = "50", status[32];
	cJSON *body = cJSON_CreateObject();
	struct page page = { .x = x, .list = cJSON_AddArrayToObject(body, "jobs"), .left = 0 };

	request_query(&x->request, "pageSize", size, sizeof(size));
	if (request_query(&x->request, "status", status, sizeof(status)))
		page.status = status;
	page.left = (unsigned)strtoul(size, NULL, 10);
	if (page.left < 1 || page.left > PAGE_MAX) {
		cJSON_Delete(body);
		exchange_fail(x, 400, "pageSize must be from 1 to 200");
		return;
	}
	jobs_each(x->world->jobs, add_to_page, &page);
	reply_json(&x->reply, 200, body);
}

static cJSON *model_object(const struct model *model)
{
	cJSON *object = cJSON_CreateObject();

	cJSON_AddStringToObject(object, "id", model->id);
	cJSON_AddStringToObject(object, "name", model->name);
	cJSON_AddStringToObject(object, "type", "custom");
	cJSON_AddItemToArray(cJSON_AddArrayToObject(object, "capabilities"),
			     cJSON_CreateString("txt2img"));
	return object;
}

static void list_models(struct exchange *x)
{
	cJSON *body = cJSON_CreateObject(), *list = cJSON_AddArrayToObject(body, "models");

	for (size_t i = 0; i < x->provider->model_count; i++)
		cJSON_AddItemToArray(list, model_object(&x->provider->models[i]));
	reply_json(&x->reply, 200, body);
}

static cJSON *input_object(const struct field *field)
{
	static const char *const types[] = {
		[FIELD_TEXT] = "string",    [FIELD_WORD] = "string",     [FIELD_NUMBER] = "number",
		[FIELD_INTEGER] = "number", [FIELD_BOOLEAN] = "boolean", [FIELD_ANY] = "object",
	};
	cJSON *input = cJSON_CreateObject();

	cJSON_AddStringToObject(input, "name", field->name);
	cJSON_AddStringToObject(input, "type", types[field->type]);
	cJSON_AddBoolToObject(cJSON_AddObjectToObject(input, "required"), "always",
			      field->need == FIELD_REQUIRED);
	if (field->type == FIELD_NUMBER || field->type == FIELD_INTEGER) {
		cJSON_AddNumberToObject(input, "min", field->min);
		cJSON_AddNumberToObject(input, "max", field->max);
	}
	if (field->words)
		cJSON_AddItemToObject(input, "allowedValues", field_words(field));
	return input;
}

static void show_model(struct exchange *x)
{
	const struct model *model = provider_model(x->provider, x->captures.text[0]);
	cJSON *body, *object, *inputs;

	if (!model) {
		exchange_fail(x, 404, "Model not found");
		return;
	}
	body = cJSON_CreateObject();
	object = model_object(model);
	inputs = cJSON_AddArrayToObject(object, "inputs");
	for (size_t i = 0; i < model->field_count; i++)
		cJSON_AddItemToArray(inputs, input_object(&model->fields[i]));
	cJSON_AddItemToObject(body, "model", object);
	reply_json(&x->reply, 200, body);
}

/* clang-format off */
static const struct route routes[] = {
	{ "POST", "/v1/generate/custom/*", STEP_SUBMIT, ROUTE_KEY, submit },
	{ "GET", "/v1/jobs/*", STEP_POLL, ROUTE_KEY, reply_job },
	{ "GET", "/v1/assets/*", STEP_ASSET, ROUTE_KEY, reply_asset },
	{ "POST", "/v1/assets/get-bulk", STEP_OTHER, ROUTE_KEY, reply_assets },
	{ "POST", "/v1/jobs/*/action", STEP_CANCEL, ROUTE_KEY, act },
	{ "GET", "/v1/jobs", STEP_OTHER, ROUTE_KEY, list_jobs },
	{ "GET", "/v1/models", STEP_OTHER, ROUTE_KEY, list_models },
	{ "GET", "/v1/models/*", STEP_OTHER, ROUTE_KEY, show_model },
};
/* clang-format on */

const struct provider provider_scenario = {
	.name = "scenario",
	.base_path = "/v1",
	.scheme = "Basic",
	.key = "sim-key:sim-secret",
	.unit = "CU",
	.id_style = JOB_ID_WORD,
	.models = models,
	.model_count = sizeof(models) / sizeof(models[0]),
	.routes = routes,
	.route_count = sizeof(routes) / sizeof(routes[0]),
	.wait = WAIT_IN_BODY,
	.fail = fail,
};
