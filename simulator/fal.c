/* fal.ai: a queue whose status is told by the HTTP status, too, and whose URLs lack
 * the model's subpath. The addresses of the synchronous and of the platform's hosts
 * are the first segment of a path here, as for clients that can only be given one
 * base URL: /fal.run/…, /queue.fal.run/…, /api.fal.ai/…. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "simulator/image_host.h"
#include "simulator/submit.h"

enum { SIDE_MIN = 512, SIDE_MAX = 2048, SMALL_RESULT_BYTES = 10000, EVENT_MS = 100 };
enum { TTL_LARGE_PART = 10 }; /* an hour, six minutes */

/* clang-format off */
static const struct field dreamina[] = {
	{ "prompt", FIELD_TEXT, 0, 0, NULL, FIELD_REQUIRED },
	{ "image_size", FIELD_ANY, 0, 0, NULL, FIELD_OPTIONAL },
	{ "enhance_prompt", FIELD_BOOLEAN, 0, 0, NULL, FIELD_OPTIONAL },
	{ "num_images", FIELD_INTEGER, 1, 4, NULL, FIELD_OPTIONAL },
	{ "seed", FIELD_INTEGER, 0, 2147483647, NULL, FIELD_OPTIONAL },
	{ "sync_mode", FIELD_BOOLEAN, 0, 0, NULL, FIELD_OPTIONAL },
};
/* clang-format on */

/* clang-format off */
static const struct model models[] = {
	{ "fal-ai/bytedance/dreamina/v3.1/text-to-image", "Bytedance Dreamina V3.1", 0.03, dreamina,
	  sizeof(dreamina) / sizeof(dreamina[0]) },
};
/* clang-format on */

/* clang-format off */
static const struct {
	const char *name;
	unsigned w, h;
} sizes[] = {
	{ "square_hd", 1024, 1024 }, { "square", 512, 512 },
	{ "portrait_4_3", 768, 1024 }, { "portrait_16_9", 576, 1024 },
	{ "landscape_4_3", 1024, 768 }, { "landscape_16_9", 1024, 576 },
};
/* clang-format on */

static const char *type_of(unsigned status)
{
	switch (status) {
	case 401:
	case 403:
		return "unauthorized";
	case 402:
		return "insufficient_balance";
	case 404:
		return "not_found";
	case 429:
		return "rate_limited";
	case 504:
		return "request_timeout";
	default:
		return status < 500 ? "bad_request" : "internal_error";
	}
}

/* Infrastructure: `detail` is a string. */
static void fail_as(struct exchange *x, unsigned status, const char *type, const char *text)
{
	cJSON *body = cJSON_CreateObject();

	cJSON_AddStringToObject(body, "detail", text);
	cJSON_AddStringToObject(body, "error_type", type);
	reply_json(&x->reply, status, body);
	reply_header(&x->reply, "X-Fal-Error-Type", "%s", type);
}

/* The model: `detail` is an array. */
static void fail_model(struct exchange *x, const char *field, const char *type, const char *text)
{
	cJSON *body = cJSON_CreateObject(), *item = cJSON_CreateObject(), *loc;

	cJSON_AddItemToArray(cJSON_AddArrayToObject(body, "detail"), item);
	loc = cJSON_AddArrayToObject(item, "loc");
	cJSON_AddItemToArray(loc, cJSON_CreateString("body"));
	if (field)
		cJSON_AddItemToArray(loc, cJSON_CreateString(field));
	cJSON_AddStringToObject(item, "msg", text);
	cJSON_AddStringToObject(item, "type", type);
	reply_json(&x->reply, 422, body);
	reply_header(&x->reply, "X-Fal-Retryable", "false");
}

static void fail(struct exchange *x, const struct trouble *trouble)
{
	if (trouble->status == 422)
		fail_model(x, trouble->field,
			   trouble->kind == TROUBLE_MISSING ? "missing" : "value_error",
			   trouble->text);
	else
		fail_as(x, trouble->status, type_of(trouble->status), trouble->text);
}

static bool take_size(const cJSON *body, struct order *order)
{
	const cJSON *size = cJSON_GetObjectItemCaseSensitive(body, "image_size");
	double w, h;

	order->w = 2048;
	order->h = 1536;
	if (!size || cJSON_IsNull(size))
		return true;
	if (cJSON_IsObject(size)) {
		w = field_number(size, "width", 0);
		h = field_number(size, "height", 0);
		if (w < SIDE_MIN || w > SIDE_MAX || h < SIDE_MIN || h > SIDE_MAX)
			return false;
		order->w = (unsigned)w;
		order->h = (unsigned)h;
		return true;
	}
	for (size_t i = 0; cJSON_IsString(size) && i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		if (strcmp(size->valuestring, sizes[i].name) == 0) {
			order->w = sizes[i].w;
			order->h = sizes[i].h;
			return true;
		}
	}
	return false;
}

static const char *status_word(const struct job *job, const struct job_view *view)
{
	if (job_has_ended(view))
		return "COMPLETED";
	return job_fault_text(job, FAULT_UNKNOWN_STATUS,
			      view->stage <= JOB_QUEUED ? "IN_QUEUE" : "IN_PROGRESS");
}

/* Owner and application, without what follows them in the model's id. */
static int app_size(const char *model)
{
	size_t owner = strcspn(model, "/");

	return (int)(owner + 1 + strcspn(model + owner + 1, "/"));
}

static void add_urls(const struct exchange *x, const char *id, cJSON *body)
{
	static const char *const names[][2] = { { "response_url", "" },
						{ "status_url", "/status" },
						{ "cancel_url", "/cancel" } };
	const char *model = x->job->model;
	char url[300];

	for (size_t i = 0; i < 3; i++) {
		snprintf(url, sizeof(url), "%s/%.*s/requests/%s%s", x->origin, app_size(model),
			 model, id, names[i][1]);
		cJSON_AddStringToObject(body, names[i][0], url);
	}
}

static const char *error_text(const struct job *job)
{
	return job_fault(job, FAULT_MODERATED)
		       ? job_fault_text(job, FAULT_MODERATED,
					"The content could not be processed because it contained "
					"material flagged by a content checker.")
		       : job_fault_text(job, FAULT_FAIL, "Simulated failure");
}

static cJSON *status_object(const struct exchange *x, const struct job_view *view)
{
	const struct job *job = x->job;
	cJSON *body = cJSON_CreateObject(), *logs, *line;
	char now[REPLY_TIME_ROOM];

	cJSON_AddStringToObject(body, "status", status_word(job, view));
	cJSON_AddStringToObject(body, "request_id", job->id);
	add_urls(x, job->id, body);
	if (view->stage <= JOB_QUEUED) {
		cJSON_AddNumberToObject(body, "queue_position", view->position);
		return body;
	}
	if (request_asks(&x->request, "logs")) {
		logs = cJSON_AddArrayToObject(body, "logs");
		line = cJSON_CreateObject();
		cJSON_AddStringToObject(line, "message", "painting");
		cJSON_AddStringToObject(line, "level", "INFO");
		cJSON_AddStringToObject(line, "source", "USER");
		cJSON_AddStringToObject(line, "timestamp", reply_time(x->now_ms, now));
		cJSON_AddItemToArray(logs, line);
	}
	if (!job_has_ended(view))
		return body;
	cJSON_AddNumberToObject(cJSON_AddObjectToObject(body, "metrics"), "inference_time",
				(double)(job->done_ms - job->created_ms) / 1000);
	if (view->stage == JOB_FAILED) {
		cJSON_AddStringToObject(body, "error", error_text(job));
		cJSON_AddStringToObject(body, "error_type",
					job_fault(job, FAULT_MODERATED) ? "content_policy_violation"
									: "runner_server_error");
	} else if (view->stage == JOB_CANCELLED) {
		cJSON_AddStringToObject(body, "error", "Request was cancelled");
		cJSON_AddStringToObject(body, "error_type", "client_cancelled");
	}
	return body;
}

static void reply_status(struct exchange *x)
{
	struct job_view view;

	if (!x->job) {
		exchange_fail(x, 404, "Request not found");
		return;
	}
	view = job_look(x->job, x->now_ms);
	reply_json(&x->reply, job_has_ended(&view) ? 200 : 202, status_object(x, &view));
}

static int64_t next_event(const struct exchange *x, struct strbuf *text)
{
	struct job_view view = job_look(x->job, x->now_ms);
	cJSON *body = status_object(x, &view);
	char *json = cJSON_PrintUnformatted(body);

	strbuf_addf(text, "data: %s\n\n", json ? json : "{}");
	cJSON_free(json);
	cJSON_Delete(body);
	return job_has_ended(&view) ? -1 : EVENT_MS;
}

static void stream_status(struct exchange *x)
{
	if (!x->job) {
		exchange_fail(x, 404, "Request not found");
		return;
	}
	reply_text(&x->reply, 200, "text/event-stream", "");
	x->event = next_event;
}

static cJSON *result_object(const struct exchange *x)
{
	const struct job *job = x->job;
	cJSON *body = cJSON_CreateObject(), *images = cJSON_AddArrayToObject(body, "images"),
	      *unsafe;
	char name[32];

	for (unsigned i = 0; i < job->count && !job_fault_is(job, FAULT_OUTPUTS, "none"); i++) {
		cJSON *image = cJSON_CreateObject();

		snprintf(name, sizeof(name), "%u.png", i);
		cJSON_AddItemToObject(image, "url", image_item(x, job, i, URL_PLAIN));
		cJSON_AddStringToObject(image, "content_type", "image/png");
		cJSON_AddStringToObject(image, "file_name", name);
		cJSON_AddNumberToObject(image, "width", job->w);
		cJSON_AddNumberToObject(image, "height", job->h);
		cJSON_AddItemToArray(images, image);
	}
	cJSON_AddNumberToObject(body, "seed", (double)job->seed);
	if (job_fault(job, FAULT_NSFW)) {
		unsafe = cJSON_AddArrayToObject(body, "has_nsfw_concepts");
		for (unsigned i = 0; i < job->count; i++)
			cJSON_AddItemToArray(unsafe, cJSON_CreateTrue());
	}
	return body;
}

/* The result of a job that has ended: also the reply of the synchronous host. */
static void reply_ended(struct exchange *x)
{
	struct job_view view = job_look(x->job, x->now_ms);
	int64_t ttl_ms = x->world->options->result_ttl_ms;

	if (view.stage == JOB_CANCELLED) {
		fail_as(x, 499, "client_cancelled", "Request was cancelled");
	} else if (view.stage == JOB_FAILED && job_fault(x->job, FAULT_MODERATED)) {
		fail_model(x, "prompt", "content_policy_violation", error_text(x->job));
	} else if (view.stage == JOB_FAILED && job_fault_is(x->job, FAULT_ERROR, "string")) {
		fail_as(x, 500, "runner_server_error", error_text(x->job));
	} else if (view.stage == JOB_FAILED) {
		fail_model(x, NULL, "generation_error", error_text(x->job));
	} else if (view.stage != JOB_DONE) {
		exchange_fail(x, 400, "Request is still in progress");
	} else {
		reply_json(&x->reply, 200, result_object(x));
		if (x->reply.body.size >= SMALL_RESULT_BYTES)
			ttl_ms /= TTL_LARGE_PART;
		if (view.rest_ms > ttl_ms)
			exchange_fail(x, 404, "Request not found");
	}
	reply_header(&x->reply, "X-Fal-Request-Id", "%s", x->job->id);
}

static void reply_result(struct exchange *x)
{
	if (x->job)
		reply_ended(x);
	else
		exchange_fail(x, 404, "Request not found");
}

static void reply_accepted(struct exchange *x)
{
	const char *id = submit_id(x);
	struct job_view view = job_look(x->job, x->now_ms);
	cJSON *body = cJSON_CreateObject();

	cJSON_AddStringToObject(body, "status", "IN_QUEUE");
	if (id) {
		cJSON_AddStringToObject(body, "request_id", id);
		add_urls(x, id, body);
	}
	cJSON_AddNumberToObject(body, "queue_position", view.position);
	reply_json(&x->reply, 200, body);
}

static bool accept(struct exchange *x, int mode)
{
	struct order order = { .model = submit_check(x, x->captures.text[0], FIELDS_LENIENT, 422),
			       .mode = mode };

	if (!order.model)
		return false;
	if (!take_size(x->body, &order)) {
		submit_refuse(
			x, "image_size", 422,
			"image_size must be square_hd, square, portrait_4_3, portrait_16_9, "
			"landscape_4_3, landscape_16_9, or width and height from 512 to 2048");
		return false;
	}
	order.count = (unsigned)field_number(x->body, "num_images", 1);
	if (field_true(x->body, "sync_mode", 0))
		order.outputs = JOB_DATA_URIS;
	return submit_accept(x, &order);
}

static void submit(struct exchange *x)
{
	if (accept(x, JOB_QUEUE))
		reply_accepted(x);
}

static void submit_and_wait(struct exchange *x)
{
	if (accept(x, JOB_SYNC))
		x->again = reply_ended;
}

static void cancel(struct exchange *x)
{
	struct job_view view;
	cJSON *body = cJSON_CreateObject();
	unsigned status = 202;
	const char *word = "CANCELLATION_REQUESTED";

	if (x->job)
		view = job_look(x->job, x->now_ms);
	if (!x->job) {
		status = 404;
		word = "NOT_FOUND";
	} else if (job_has_ended(&view) || job_fault_is(x->job, FAULT_CANCEL, "refused")) {
		status = 400;
		word = "ALREADY_COMPLETED";
	} else {
		job_cancel(x->job, x->now_ms);
		state_end_job(x->world->state, x->job);
	}
	cJSON_AddStringToObject(body, "status", word);
	reply_json(&x->reply, status, body);
}

static void list_models(struct exchange *x)
{
	cJSON *body = cJSON_CreateObject(), *list = cJSON_AddArrayToObject(body, "models");

	for (size_t i = 0; i < x->provider->model_count; i++) {
		cJSON *object = cJSON_CreateObject(), *metadata;

		cJSON_AddStringToObject(object, "endpoint_id", x->provider->models[i].id);
		metadata = cJSON_AddObjectToObject(object, "metadata");
		cJSON_AddStringToObject(metadata, "display_name", x->provider->models[i].name);
		cJSON_AddStringToObject(metadata, "category", "text-to-image");
		cJSON_AddStringToObject(metadata, "status", "active");
		cJSON_AddItemToArray(list, object);
	}
	cJSON_AddNullToObject(body, "next_cursor");
	cJSON_AddBoolToObject(body, "has_more", false);
	reply_json(&x->reply, 200, body);
}

/* A slash may come as %2F. */
static bool is_same_model(const char *sent, const char *id)
{
	for (; *sent && *id; id++) {
		if (*id == '/' && strncasecmp(sent, "%2F", 3) == 0)
			sent += 3;
		else if (*sent++ != *id)
			return false;
	}
	return !*sent && !*id;
}

static void list_prices(struct exchange *x)
{
	cJSON *body = cJSON_CreateObject(), *list = cJSON_AddArrayToObject(body, "prices");
	char wanted[CAPTURE_ROOM];
	bool all = !request_query(&x->request, "endpoint_id", wanted, sizeof(wanted));

	for (size_t i = 0; i < x->provider->model_count; i++) {
		const struct model *model = &x->provider->models[i];
		cJSON *price;

		if (!all && !is_same_model(wanted, model->id))
			continue;
		price = cJSON_CreateObject();
		cJSON_AddStringToObject(price, "endpoint_id", model->id);
		cJSON_AddNumberToObject(price, "unit_price", model->price);
		cJSON_AddStringToObject(price, "unit", "image");
		cJSON_AddStringToObject(price, "currency", "USD");
		cJSON_AddItemToArray(list, price);
	}
	reply_json(&x->reply, 200, body);
}

/* Whatever stands before /requests/ID is taken: a client may leave the subpath in. */
/* clang-format off */
static const struct route routes[] = {
	{ "GET", "/**/requests/*/status/stream", STEP_POLL, ROUTE_KEY, stream_status },
	{ "GET", "/**/requests/*/status", STEP_POLL, ROUTE_KEY, reply_status },
	{ "PUT", "/**/requests/*/cancel", STEP_CANCEL, ROUTE_KEY, cancel },
	{ "GET", "/**/requests/*", STEP_RESULT, ROUTE_KEY, reply_result },
	{ "GET", "/v1/models", STEP_OTHER, ROUTE_KEY, list_models },
	{ "GET", "/v1/models/pricing", STEP_OTHER, ROUTE_KEY, list_prices },
	{ "GET", "/api.fal.ai/v1/models", STEP_OTHER, ROUTE_KEY, list_models },
	{ "GET", "/api.fal.ai/v1/models/pricing", STEP_OTHER, ROUTE_KEY, list_prices },
	{ "POST", "/queue.fal.run/**", STEP_SUBMIT, ROUTE_KEY, submit },
	{ "POST", "/fal.run/**", STEP_SUBMIT, ROUTE_KEY, submit_and_wait },
	{ "POST", "/**", STEP_SUBMIT, ROUTE_KEY, submit },
};
/* clang-format on */

const struct provider provider_fal = {
	.name = "fal",
	.base_path = "",
	.scheme = "Key",
	.key = "sim-key",
	.unit = "USD",
	.id_style = JOB_ID_UUID,
	.models = models,
	.model_count = sizeof(models) / sizeof(models[0]),
	.routes = routes,
	.route_count = sizeof(routes) / sizeof(routes[0]),
	.fail = fail,
};
