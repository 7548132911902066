/* Whether keys are good: only their providers know. All are asked at once, since one that
 * does not answer would hold up the others, and only with calls that cost nothing. What
 * a provider says of a key may quote it; then it is not shown. */
#include "check_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "app/check.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "io/http.h"
#include "job/protocol.h"

enum {
	ASK_LIMIT_MS = 10 * 1000,
	ALL_LIMIT_MS = 15 * 1000, /* whatever becomes of the limits above */
	STEP_MS = 1000,
};

/* A question under way. */
struct question {
	struct finding *finding;
	enum exchange exchange;
	struct asking asking;
	struct message message;
	struct http_peer *peer;
	struct http_transfer *transfer; /* NULL: answered, or not asked */
	size_t *pending;
	int error; /* -ENOMEM */
};

static void question_done(struct question *question)
{
	message_done(&question->message);
	http_peer_free(question->peer);
}

static void say_not_asked(struct finding *finding, const char *why)
{
	finding->ready = false;
	strbuf_clear(&finding->status);
	strbuf_addf(&finding->status, "cannot be asked: %s", why);
}

/* Its first line is for a person; the rest is what the provider said. */
static void read_error(const struct question *question, const struct reading *reading)
{
	const char *error = reading->error ? reading->error : "no error is given";
	CLEANUP(strbuf) struct strbuf line = STRBUF_EMPTY;
	struct finding *finding = question->finding;

	strbuf_add(&line, error, strcspn(error, "\n"));
	if (key_is_in(finding->access->key, error, strlen(error))) {
		strbuf_clear(&line);
		strbuf_add_text(&line, "what it says has the key in it");
	}
	say_not_asked(finding, strbuf_text(&line));
	if (reading->kind == READING_NO_KEY) {
		strbuf_clear(&finding->status);
		strbuf_add_text(&finding->status, "key refused");
	}
}

static void answered(const struct http_end *end, void *arg)
{
	struct question *question = arg;
	struct reading reading = { .kind = READING_BROKEN };

	question->transfer = NULL;
	--*question->pending;
	question->error = protocol_read(question->exchange, &question->asking, &question->message,
					&end->reply, &reading);
	if (question->error < 0)
		return;
	if (reading.kind == READING_OK)
		question->finding->remaining_micro = reading.remaining_micro;
	else
		read_error(question, &reading);
	reading_done(&reading);
}

/* The free call that proves the key: 0, or -ENOENT when there is none. */
static int choose(struct question *question)
{
	static const enum exchange free_calls[] = { EXCHANGE_BALANCE, EXCHANGE_MODELS };
	struct diag diag = { 0 };

	for (size_t i = 0; i < sizeof(free_calls) / sizeof(free_calls[0]); i++) {
		int r = -ENOENT;

		if (protocol_has(question->asking.profile, free_calls[i]))
			r = protocol_message(free_calls[i], &question->asking, &question->message,
					     &diag);
		if (r == -EINVAL)
			say_not_asked(question->finding, diag.text);
		question->exchange = free_calls[i];
		if (r == 0 && question->message.keyed)
			return 0;
		if (r == 0)
			message_done(&question->message);
		if (r < 0 && r != -ENOENT)
			return r == -EINVAL ? -ENOENT : r;
	}
	return -ENOENT;
}

static int start(struct http *http, struct question *question)
{
	struct http_order order = {
		.message = &question->message,
		.authorization = question->finding->access->header,
		.connect_ms = ASK_LIMIT_MS,
		.stall_ms = ASK_LIMIT_MS,
		.total_ms = ASK_LIMIT_MS,
		.done = answered,
		.arg = question,
	};
	int r;

	question->peer = http_peer_new(question->finding->access->base_url);
	if (!question->peer)
		return -ENOMEM;
	order.peer = question->peer;
	r = http_start(http, &order, &question->transfer);
	if (r == 0)
		++*question->pending;
	else if (r == -EINVAL)
		say_not_asked(question->finding, "its address is no URL");
	return r == -EINVAL ? 0 : r;
}

static int ask(struct http *http, struct finding *finding, struct question *question)
{
	int r;

	question->finding = finding;
	question->asking.profile = finding->profile;
	question->asking.base_url = finding->access->base_url;
	if (!finding->ready || !finding->access->key)
		return 0;
	r = choose(question);
	if (r == 0)
		r = start(http, question);
	return r == -ENOENT ? 0 : r;
}

/* Until all have answered. Each transfer has its limit; ours is for what has none. */
static int await(struct http *http, const size_t *pending)
{
	int64_t deadline_ms = clock_steady_ms() + ALL_LIMIT_MS;
	int r = 0;

	while (r == 0 && *pending > 0 && clock_steady_ms() < deadline_ms) {
		r = http_wait(http, NULL, 0, STEP_MS);
		http_step(http);
	}
	return r == -ENOMEM ? r : 0;
}

static int ask_all(struct http *http, struct finding *findings, struct question *questions,
		   size_t count)
{
	size_t pending = 0;
	int r = 0;

	for (size_t i = 0; i < count && r == 0; i++) {
		questions[i].pending = &pending;
		r = ask(http, &findings[i], &questions[i]);
	}
	if (r == 0)
		r = await(http, &pending);
	for (size_t i = 0; i < count; i++) {
		if (questions[i].transfer) {
			http_cancel(questions[i].transfer);
			say_not_asked(&findings[i], "no answer came in time");
		}
		if (questions[i].error < 0)
			r = questions[i].error;
	}
	return r;
}

int check_ask(const struct rules *rules, struct finding *findings, size_t count)
{
	struct http_settings settings = {
		.proxy = rules->config.proxy,
		.ca_file = rules->config.ca_file,
		.agent = "easelfs/" EASELFS_VERSION,
	};
	CLEANUP(free_ptr) struct question *questions = calloc(count + 1, sizeof(*questions));
	struct diag diag = { 0 };
	struct http *http;
	int r = questions ? http_new(&settings, &http, &diag) : -ENOMEM;

	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		for (size_t i = 0; i < count; i++) {
			if (findings[i].ready && findings[i].access->key)
				say_not_asked(&findings[i], diag.text);
		}
		return 0;
	}
	r = ask_all(http, findings, questions, count);
	http_free(http);
	for (size_t i = 0; i < count; i++)
		question_done(&questions[i]);
	return r;
}
