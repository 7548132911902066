/* PixelDojo: strict about fields, brief about jobs. */
#include <stdio.h>
#include <string.h>

#include "simulator/image_host.h"
#include "simulator/submit.h"

/* clang-format off */
static const struct field dreamina[] = {
	{ "prompt", FIELD_TEXT, 0, 0, NULL, FIELD_REQUIRED },
	{ "enhance_prompt", FIELD_BOOLEAN, 0, 0, NULL, FIELD_OPTIONAL },
	{ "aspect_ratio", FIELD_WORD, 0, 0, " 1:1 16:9 9:16 4:3 3:4 custom ", FIELD_OPTIONAL },
	{ "resolution", FIELD_WORD, 0, 0, " HD 2K 4K ", FIELD_OPTIONAL },
	{ "width", FIELD_INTEGER, 256, 2048, NULL, FIELD_OPTIONAL },
	{ "height", FIELD_INTEGER, 256, 2048, NULL, FIELD_OPTIONAL },
	{ "num_outputs", FIELD_INTEGER, 1, 4, NULL, FIELD_OPTIONAL },
	{ "seed", FIELD_INTEGER, 0, 2147483647, NULL, FIELD_OPTIONAL },
	{ "webhook_url", FIELD_TEXT, 0, 0, NULL, FIELD_OPTIONAL },
};
/* clang-format on */

/* clang-format off */
static const struct model models[] = {
	{ "dreamina", "Dreamina 3.1", 1, dreamina, sizeof(dreamina) / sizeof(dreamina[0]) },
};
/* clang-format on */

static const char *code_of(unsigned status)
{
	switch (status) {
	case 401:
		return "unauthorized";
	case 402:
		return "insufficient_credits";
	case 404:
		return "model_not_found";
	case 429:
		return "rate_limited";
	default:
		return status < 500 ? "invalid_request" : "internal_error";
	}
}

static void fail(struct exchange *x, const struct trouble *trouble)
{
	cJSON *body = cJSON_CreateObject(), *error = cJSON_AddObjectToObject(body, "error");

	cJSON_AddStringToObject(error, "code", code_of(trouble->status));
	cJSON_AddStringToObject(error, "message", trouble->text);
	cJSON_AddNumberToObject(error, "status", trouble->status);
	reply_json(&x->reply, trouble->status, body);
}

static void add_outputs(struct exchange *x, cJSON *body)
{
	cJSON *images = cJSON_AddArrayToObject(cJSON_AddObjectToObject(body, "output"), "images");

	if (job_fault_is(x->job, FAULT_OUTPUTS, "none"))
		return;
	for (unsigned i = 0; i < x->job->count; i++)
		cJSON_AddItemToArray(images, image_item(x, x->job, i, URL_PLAIN));
}

/* What failed: a string, or where that was asked for, an object. */
static void add_error(const struct exchange *x, cJSON *body)
{
	const struct job *job = x->job;
	bool moderated = job_fault(job, FAULT_MODERATED);
	const char *text = moderated ? job_fault_text(job, FAULT_MODERATED,
						      "The prompt was flagged by moderation")
				     : job_fault_text(job, FAULT_FAIL, "Simulated failure");
	cJSON *error;

	if (!job_fault_is(job, FAULT_ERROR, "object")) {
		cJSON_AddStringToObject(body, "error", text);
		return;
	}
	error = cJSON_AddObjectToObject(body, "error");
	cJSON_AddStringToObject(error, "code", moderated ? "content_moderated" : "internal_error");
	cJSON_AddStringToObject(error, "message", text);
}

static void reply_job(struct exchange *x)
{
	struct job_view view;
	cJSON *body;

	if (!x->job) {
		exchange_fail(x, 404, "Job not found");
		return;
	}
	view = job_look(x->job, x->now_ms);
	body = cJSON_CreateObject();
	cJSON_AddStringToObject(body, "jobId", x->job->id);
	cJSON_AddStringToObject(body, "status",
				view.stage == JOB_DONE ? "completed"
				: job_has_ended(&view)
					? "failed"
					: job_fault_text(x->job, FAULT_UNKNOWN_STATUS, "pending"));
	if (view.stage == JOB_DONE)
		add_outputs(x, body);
	else if (job_has_ended(&view))
		add_error(x, body);
	cJSON_AddNumberToObject(body, "creditCost", x->job->amount);
	reply_json(&x->reply, 200, body);
}

static void set_size(const cJSON *body, struct order *order)
{
	const char *ratio = field_text(body, "aspect_ratio", "1:1");

	order->count = (unsigned)field_number(body, "num_outputs", 1);
	submit_size(ratio, field_text(body, "resolution", "2K"), &order->w, &order->h);
	if (strcmp(ratio, "custom") == 0 || !cJSON_HasObjectItem(body, "aspect_ratio")) {
		order->w = (unsigned)field_number(body, "width", order->w);
		order->h = (unsigned)field_number(body, "height", order->h);
	}
}

static void submit(struct exchange *x)
{
	struct order order = { .model = submit_check(x, x->captures.text[0], FIELDS_STRICT, 400) };
	const char *id;
	cJSON *body;
	char url[200];

	if (!order.model)
		return;
	set_size(x->body, &order);
	if (!submit_accept(x, &order))
		return;
	id = submit_id(x);
	body = cJSON_CreateObject();
	if (id) {
		snprintf(url, sizeof(url), "%s/api/v1/jobs/%s", x->origin, id);
		cJSON_AddStringToObject(body, "jobId", id);
	}
	cJSON_AddStringToObject(body, "status", "pending");
	if (id)
		cJSON_AddStringToObject(body, "statusUrl", url);
	cJSON_AddNumberToObject(body, "creditCost", x->job->amount);
	cJSON_AddNumberToObject(body, "creditsRemaining",
				ledger_balance(x->world->ledger, x->number));
	reply_json(&x->reply, 202, body);
}

static cJSON *model_object(const struct model *model, bool detailed)
{
	cJSON *object = cJSON_CreateObject(), *cost;

	cJSON_AddStringToObject(object, "apiId", model->id);
	cJSON_AddStringToObject(object, "name", model->name);
	cJSON_AddStringToObject(object, "modality", "image");
	if (!detailed)
		return object;
	cost = cJSON_AddObjectToObject(object, "creditCost");
	cJSON_AddNumberToObject(cost, "default", model->price);
	cJSON_AddStringToObject(cost, "type", "per_image");
	cJSON_AddNumberToObject(cost, "amount", model->price);
	return object;
}

static void list_models(struct exchange *x)
{
	bool detailed = request_asks(&x->request, "detailed");
	cJSON *body = cJSON_CreateObject(), *list = cJSON_AddArrayToObject(body, "models");

	for (size_t i = 0; i < x->provider->model_count; i++)
		cJSON_AddItemToArray(list, model_object(&x->provider->models[i], detailed));
	cJSON_AddNumberToObject(body, "total", (double)x->provider->model_count);
	reply_json(&x->reply, 200, body);
}

static void show_model(struct exchange *x)
{
	const struct model *model = provider_model(x->provider, x->captures.text[0]);
	cJSON *object, *schema;

	if (!model) {
		exchange_fail(x, 404, "Model not found: %.100s", x->captures.text[0]);
		return;
	}
	object = model_object(model, true);
	schema = cJSON_AddObjectToObject(object, "requestSchema");
	cJSON_AddStringToObject(schema, "type", "object");
	cJSON_AddBoolToObject(schema, "additionalProperties", false);
	fields_schema(schema, model->fields, model->field_count);
	reply_json(&x->reply, 200, object);
}

/* clang-format off */
static const struct route routes[] = {
	{ "POST", "/api/v1/models/*/run", STEP_SUBMIT, ROUTE_KEY, submit },
	{ "GET", "/api/v1/jobs/*", STEP_POLL, ROUTE_KEY, reply_job },
	{ "GET", "/api/v1/models", STEP_OTHER, ROUTE_OPEN, list_models },
	{ "GET", "/api/v1/models/*", STEP_OTHER, ROUTE_OPEN, show_model },
};
/* clang-format on */

const struct provider provider_pixeldojo = {
	.name = "pixeldojo",
	.base_path = "/api/v1",
	.scheme = "Bearer",
	.key = "sim-key",
	.unit = "credit",
	.id_style = JOB_ID_WORD,
	.models = models,
	.model_count = sizeof(models) / sizeof(models[0]),
	.routes = routes,
	.route_count = sizeof(routes) / sizeof(routes[0]),
	.fail = fail,
};
