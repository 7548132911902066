#include "protocol_stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void *keep(struct protocol_stage *stage, void *part)
{
	assert_non_null(part);
	assert_true(stage->part_count < STAGE_PARTS);
	stage->parts[stage->part_count++] = part;
	return part;
}

char *stage_copy(struct protocol_stage *stage, const char *text)
{
	return keep(stage, strdup(text));
}

char **stage_list(struct protocol_stage *stage, const char *words)
{
	char **list = keep(stage, calloc(16, sizeof(*list)));
	char *next, *word = strtok_r(stage_copy(stage, words), " ", &next);

	for (size_t i = 0; word; word = strtok_r(NULL, " ", &next)) {
		assert_true(i < 15);
		list[i++] = word;
	}
	return list;
}

void stage_line(struct protocol_stage *stage, struct request_line *line, const char *text)
{
	size_t verb = strcspn(text, " ");

	*line = (struct request_line){ .url = NULL };
	if (!*text)
		return;
	snprintf(line->verb, sizeof(line->verb), "%.*s", (int)verb, text);
	line->url = stage_copy(stage, text + verb + 1);
}

/* "POINTER = VALUE" lines. */
void stage_body(struct protocol_stage *stage, struct body *body, const char *lines)
{
	char *next, *line = strtok_r(stage_copy(stage, lines), "\n", &next);

	body->members = keep(stage, calloc(16, sizeof(*body->members)));
	for (body->count = 0; line; line = strtok_r(NULL, "\n", &next)) {
		char *value = strstr(line, " = ");

		assert_non_null(value);
		*value = '\0';
		body->members[body->count++] = (struct body_member){ line, value + 3 };
	}
}

static void begin(struct protocol_stage *stage, const char *base_url)
{
	*stage = (struct protocol_stage){ .part_count = 0 };
	stage->profile = (struct profile){ .name = stage_copy(stage, "place"),
					   .transport = TRANSPORT_HTTP,
					   .http = &stage->http,
					   .price_micro = -1,
					   .usd_micro = -1,
					   .models = stage->models,
					   .model_count = 2 };
	stage->http.base_url = stage_copy(stage, base_url);
	stage->http.poll.progress_max = 100;
	stage->models[0].name = stage_copy(stage, "one");
	stage->models[0].id = stage_copy(stage, "model_one");
	stage->models[1].name = stage_copy(stage, "two");
	stage->models[1].id = stage_copy(stage, "maker/two/v2");
	stage->asking.profile = &stage->profile;
	stage->http.errors.message = stage_list(stage, "/reason /message /detail/*/msg /detail");
	stage->http.errors.code = stage_list(stage, "/detail/*/type /code");
	stage->http.errors.trace = stage_list(stage, "/trace");
	stage->http.errors.wait = stage_list(stage, "/remainingSeconds");
	stage->http.kinds[ERROR_BUSY] = stage_list(stage, "slow_down");
	stage->http.kinds[ERROR_CREDIT] = stage_list(stage, "no_money");
	stage->http.kinds[ERROR_KEY] = stage_list(stage, "bad_key");
	stage->http.kinds[ERROR_REFUSED] = stage_list(stage, "no_such_thing 1401");
	stage->http.kinds[ERROR_MODERATED] = stage_list(stage, "indecent 1200");
}

static void set_job_steps(struct protocol_stage *stage)
{
	struct http_profile *http = &stage->http;

	stage_line(stage, &http->submit.request, "POST /run/{model}");
	http->submit.id = stage_list(stage, "/job/jobId /job/id");
	http->submit.cost = stage_list(stage, "/job/cost /cost");
	http->submit.remaining = stage_list(stage, "/left");
	stage_line(stage, &http->poll.request, "GET /jobs/{id}");
	http->poll.state = stage_list(stage, "/job/status");
	http->poll.progress = stage_list(stage, "/job/progress");
	http->poll.queue = stage_list(stage, "/job/place");
	http->poll.cost = stage_list(stage, "/job/cost");
	http->poll.error = stage_list(stage, "/job/error");
	http->states.words[THERE_RUNNING] = stage_list(stage, "waits works");
	http->states.words[THERE_DONE] = stage_list(stage, "ready");
	http->states.words[THERE_FAILED] = stage_list(stage, "broke");
	http->states.words[THERE_CANCELLED] = stage_list(stage, "stopped");
	http->result.assets = stage_list(stage, "/job/assets/*");
	http->result.images = stage_list(stage, "/job/images/*/url /job/images/* /job/output");
	http->result.seed = stage_list(stage, "/job/seed");
	http->result.unsafe = stage_list(stage, "/job/nsfw/*");
}

void stage_jobs(struct protocol_stage *stage)
{
	struct http_profile *http = &stage->http;

	begin(stage, "https://api.test/v1");
	for (int i = 0; i < 2; i++)
		stage_body(stage, &stage->models[i].body,
			   "/prompt = {prompt}\n/size/w = {width}\n/size/h = {height}\n"
			   "/seed = {seed}\n/enhance = {enhance}\n/mode = \"fast\"\n/sync = false");
	set_job_steps(stage);
	stage_line(stage, &http->asset.request, "GET /assets/{asset}");
	http->asset.url = stage_list(stage, "/asset/url");
	http->asset.state = stage_list(stage, "/asset/status");
	http->asset.order = stage_list(stage, "/asset/index");
	http->asset.unsafe = stage_list(stage, "/asset/nsfw/* /asset/bad");
	http->asset.states.words[THERE_RUNNING] = stage_list(stage, "pending");
	http->asset.states.words[THERE_DONE] = stage_list(stage, "ready");
	http->asset.states.words[THERE_FAILED] = stage_list(stage, "error");
	stage_line(stage, &http->cancel.request, "POST /jobs/{id}/action");
	stage_body(stage, &http->cancel.request.body, "/action = cancel");
	stage_line(stage, &http->models.request, "GET /models?size=100&token={next}&all=1");
	http->models.items = stage_list(stage, "/models/* /data");
	http->models.id = stage_list(stage, "/id");
	http->models.name = stage_list(stage, "/name");
	http->models.price = stage_list(stage, "/price");
	http->models.next = stage_list(stage, "/nextToken");
	stage_line(stage, &http->balance.request, "GET https://accounts.test/balance?of={model}");
	http->balance.remaining = stage_list(stage, "/balance");
	stage_line(stage, &http->price.request, "POST /run/{model}?dry=true");
	http->price.request.body.submission = stage_copy(stage, "");
	http->price.cost = stage_list(stage, "/cost");
	http->price.each = stage_list(stage, "/prices/*/each");
	http->price.per = stage_list(stage, "/prices/*/unit image picture");
}

void stage_urls(struct protocol_stage *stage)
{
	struct http_profile *http = &stage->http;

	begin(stage, "https://queue.test");
	for (int i = 0; i < 2; i++)
		stage_body(stage, &stage->models[i].body, "/input/prompt = {prompt}");
	stage_line(stage, &http->submit.request, "POST /{model}");
	http->submit.id = stage_list(stage, "/request_id");
	http->submit.poll_url = stage_list(stage, "/status_url");
	http->submit.result_url = stage_list(stage, "/response_url");
	http->submit.cancel_url = stage_list(stage, "/cancel_url");
	stage_line(stage, &http->poll.request, "GET {poll_url}");
	http->poll.state = stage_list(stage, "/status");
	http->poll.queue = stage_list(stage, "/queue_position");
	http->poll.error = stage_list(stage, "/error");
	http->poll.failed_if = stage_list(stage, "/error /error_type");
	http->states.words[THERE_RUNNING] = stage_list(stage, "IN_QUEUE IN_PROGRESS");
	http->states.words[THERE_DONE] = stage_list(stage, "COMPLETED");
	stage_line(stage, &http->result.request, "GET {result_url}");
	http->result.images = stage_list(stage, "/images/*/url /image/url");
	http->result.seed = stage_list(stage, "/seed");
	http->result.unsafe = stage_list(stage, "/nsfw/*");
	stage_line(stage, &http->cancel.request, "PUT {cancel_url}");
}

void stage_done(struct protocol_stage *stage)
{
	for (size_t i = 0; i < stage->part_count; i++)
		free(stage->parts[i]);
	stage->part_count = 0;
}

struct reply stage_reply(int status, const char *body)
{
	return (struct reply){ .delivery = DELIVERY_REPLIED,
			       .status = status,
			       .type = "application/json",
			       .wait_text = "",
			       .wait_ms = -1,
			       .body = body,
			       .body_size = strlen(body) };
}

void stage_read(struct protocol_stage *stage, enum exchange exchange, const struct reply *reply,
		struct reading *ret_reading)
{
	char url[] = "https://api.test/v1/run/model_one?x=1";
	struct message message = { .verb = "POST", .url = url };

	assert_int_equal(protocol_read(exchange, &stage->asking, &message, reply, ret_reading), 0);
}

void stage_read_json(struct protocol_stage *stage, enum exchange exchange, int status,
		     const char *body, struct reading *ret_reading)
{
	struct reply reply = stage_reply(status, body);

	stage_read(stage, exchange, &reply, ret_reading);
}

void stage_check(struct protocol_stage *stage, enum exchange exchange, const struct stage_row *rows,
		 size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct reading reading;

		stage_read_json(stage, exchange, rows[i].status, rows[i].body, &reading);
		if (reading.kind != rows[i].kind)
			fail_msg("%d %s: kind %d, not %d (%s)", rows[i].status, rows[i].body,
				 (int)reading.kind, (int)rows[i].kind,
				 reading.error ? reading.error : "no error");
		if (reading.kind >= READING_GONE)
			assert_non_null(reading.error);
		assert_non_null(reading.shown);
		reading_done(&reading);
	}
}
