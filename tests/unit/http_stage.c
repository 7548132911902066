/* What `done` is told is copied, because it is gone after the call. */
#include "http_stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/clock.h"

enum { PATIENCE_MS = 60 * 1000, TURN_MS = 1000 };

void http_stage_open(struct http_stage *stage, const struct answer *answers, size_t count)
{
	static const char *const variables[] = { "http_proxy", "https_proxy", "HTTPS_PROXY",
						 "all_proxy",  "ALL_PROXY",   "no_proxy",
						 "NO_PROXY" };
	const struct http_settings settings = { .agent = "stage/1" };
	struct diag diag;

	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
		unsetenv(variables[i]);
	stage->server = http_server_start(answers, count);
	snprintf(stage->base, sizeof(stage->base), "http://127.0.0.1:%u",
		 http_server_port(stage->server));
	stage->peer = http_peer_new(stage->base);
	assert_non_null(stage->peer);
	assert_int_equal(http_new(&settings, &stage->http, &diag), 0);
}

void http_stage_close(struct http_stage *stage)
{
	http_free(stage->http);
	http_peer_free(stage->peer);
	http_server_stop(stage->server);
}

static void hear(const struct http_end *end, void *arg)
{
	struct heard *heard = arg;
	const struct reply *reply = &end->reply;

	heard->times++;
	heard->error = end->error;
	heard->disk_error = end->disk_error;
	heard->reply = *reply;
	snprintf(heard->why, sizeof(heard->why), "%s", reply->error ? reply->error : "");
	snprintf(heard->type, sizeof(heard->type), "%s", reply->type);
	snprintf(heard->wait_text, sizeof(heard->wait_text), "%s", reply->wait_text);
	free(heard->body);
	heard->body = malloc(reply->body_size + 1);
	assert_non_null(heard->body);
	memcpy(heard->body, reply->body, reply->body_size + 1); /* with its NUL */
}

int http_stage_start(struct http_stage *stage, const struct question *question, struct heard *heard,
		     struct http_transfer **ret_transfer)
{
	struct http_order order = question->order;
	struct message message = { .keyed = question->keyed, .paid = question->paid };
	char url[4096];
	int r;

	snprintf(message.verb, sizeof(message.verb), "%s", question->verb ? question->verb : "GET");
	snprintf(url, sizeof(url), "%s%s", *question->url == '/' ? stage->base : "", question->url);
	/* Copies, gone at the return, as the contract has it. */
	message.url = strdup(url);
	message.body = question->body ? strdup(question->body) : NULL;
	order.message = &message;
	if (!order.peer)
		order.peer = stage->peer;
	if (!order.done) {
		order.done = hear;
		order.arg = heard;
	}
	r = http_start(stage->http, &order, ret_transfer);
	message_done(&message);
	return r;
}

void http_stage_until(struct http_stage *stage, const struct heard *heard, unsigned times)
{
	int64_t end_ms = clock_steady_ms() + PATIENCE_MS;

	while (heard->times < times) {
		if (clock_steady_ms() > end_ms)
			fail_msg("nothing was heard for %d ms", PATIENCE_MS);
		assert_int_equal(http_wait(stage->http, NULL, 0, TURN_MS), 0);
		http_step(stage->http);
	}
}

void http_stage_ask(struct http_stage *stage, const struct question *question, struct heard *heard)
{
	struct http_transfer *transfer;

	*heard = (struct heard){ 0 };
	assert_int_equal(http_stage_start(stage, question, heard, &transfer), 0);
	assert_int_equal(heard->times, 0);
	http_stage_until(stage, heard, 1);
	assert_int_equal(heard->times, 1);
}

void heard_done(struct heard *heard)
{
	free(heard->body);
	heard->body = NULL;
}
