/* Replies. What matters most is what a submission's reply is taken for: TAKEN and
 * FINISHED are paid, REFUSED, BUSY and UNSENT may be sent again, and everything that
 * leaves a doubt is BROKEN. So whatever is not expressly understood ends there. */
#include "job/protocol.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json_pointer.h"
#include "job/protocol_private.h"
#include "job/url.h"

static int say(struct look *look, struct reading *reading, enum reading_kind kind,
	       const char *headline)
{
	reading->kind = kind;
	diag_set(&look->headline, 0, "%s", headline);
	return 0;
}

static int say_status(struct look *look, struct reading *reading, enum reading_kind kind,
		      const char *headline)
{
	reading->kind = kind;
	diag_set(&look->headline, 0, "%s (HTTP %d)", headline, look->reply->status);
	return 0;
}

static int say_unreadable(struct look *look, struct reading *reading)
{
	reading->kind = READING_BROKEN;
	diag_set(&look->headline, 0, "the provider's reply (HTTP %d) cannot be read, %s",
		 look->reply->status, look->fault.text[0] ? look->fault.text : "it is a picture");
	return 0;
}

/* ---- refusals ---- */

static int say_kind(struct look *look, struct reading *reading, enum kind_of_error kind)
{
	switch (kind) {
	case ERROR_BUSY:
		return say(look, reading, READING_BUSY, "the provider is busy");
	case ERROR_CREDIT:
		return say(look, reading, READING_NO_CREDIT, "no credit is left there");
	case ERROR_KEY:
		return say(look, reading, READING_NO_KEY, "the provider does not take the key");
	case ERROR_MODERATED:
		reading->moderated = true;
		return say(look, reading, READING_REFUSED, "refused for its content");
	case ERROR_REFUSED:
	case ERROR_OTHER:
	case ERROR_KINDS:
		break;
	}
	return say(look, reading, READING_REFUSED, "refused");
}

/* What a status, or an envelope's code of that number, says by itself. */
static enum kind_of_error kind_of_status(int status)
{
	switch (status) {
	case 401:
		return ERROR_KEY;
	case 402:
		return ERROR_CREDIT;
	case 429:
		return ERROR_BUSY;
	default:
		return ERROR_OTHER;
	}
}

static int read_missing(struct look *look, struct reading *reading)
{
	return say(look, reading, READING_GONE, "the provider does not know it, or no more");
}

static int read_client_error(struct look *look, struct reading *reading)
{
	int status = look->reply->status;
	enum kind_of_error kind;

	if (status == 408)
		return say_status(look, reading, READING_BROKEN, "the provider timed out");
	if ((status == 404 || status == 410) && look->exchange != EXCHANGE_SUBMIT)
		return read_missing(look, reading);
	kind = protocol_kind(look);
	if (kind == ERROR_OTHER)
		kind = kind_of_status(status);
	/* A word of what stands in between, as like as not: what is paid is not given up for it. */
	if (look->exchange == EXCHANGE_RESULT && kind == ERROR_OTHER && status != 422)
		return say_status(look, reading, READING_GONE,
				  "the provider does not give its result");
	return say_kind(look, reading, kind);
}

static int read_server_error(struct look *look, struct reading *reading)
{
	/* With a time to come back, 503 says that nothing was begun. */
	if (look->exchange == EXCHANGE_SUBMIT && look->reply->status == 503 &&
	    reading->wait_ms >= 0)
		return say_status(look, reading, READING_BUSY, "the provider is busy");
	return say_status(look, reading, READING_BROKEN, "the provider has a fault");
}

static int read_refusal(struct look *look, struct reading *reading)
{
	int status = look->reply->status;

	if (status >= 500 && status <= 599)
		return read_server_error(look, reading);
	if (status >= 400 && status <= 499)
		return read_client_error(look, reading);
	if (status < 300 || status > 399)
		return say_status(look, reading, READING_BROKEN, "not an answer of HTTP");
	reading->kind = READING_REFUSED;
	diag_set(&look->headline, 0,
		 "redirected (HTTP %d), which is not followed; set base_url in [provider %s]",
		 status, look->asking->profile->name);
	return 0;
}

/* The envelope of a 2xx says no. Numbers from 500 on are the provider's own trouble:
 * a submission may have begun, unless the profile knows the code for a refusal. */
static int read_envelope(struct look *look, struct reading *reading)
{
	const cJSON *value = protocol_envelope(look->http, look->root);
	bool is_submit = look->exchange == EXCHANGE_SUBMIT;
	enum kind_of_error kind = protocol_kind(look);
	double code = 0;
	bool is_number = protocol_number(value, &code);

	if (!value || cJSON_IsNull(value))
		return say(look, reading, READING_BROKEN,
			   "the provider's reply does not say whether all is well");
	if (is_number && (code >= 500 || code == 408) &&
	    !(is_submit && (kind == ERROR_REFUSED || kind == ERROR_MODERATED)))
		return say(look, reading, READING_BROKEN, "the provider has a fault");
	if (kind == ERROR_OTHER && is_number && code >= 400)
		kind = kind_of_status((int)code);
	if (kind != ERROR_OTHER || is_submit)
		return say_kind(look, reading, kind);
	return say(look, reading, READING_BROKEN, "the provider's reply is an error");
}

static int read_undelivered(struct look *look, struct reading *reading)
{
	const struct reply *reply = look->reply;

	switch (reply->delivery) {
	case DELIVERY_UNSENT:
		return say(look, reading, READING_UNSENT,
			   reply->error ? reply->error : "the provider could not be reached");
	case DELIVERY_REFUSED:
		reading->no_message = !look->message->url;
		/* With a status it was sent, and broken off on the way back. */
		if (reply->status == 0 || look->exchange != EXCHANGE_SUBMIT)
			return say(look, reading, READING_REFUSED,
				   reply->error ? reply->error : "such an address is not asked");
		break;
	case DELIVERY_LOST:
	case DELIVERY_REPLIED:
		break;
	}
	return say(look, reading, READING_BROKEN,
		   reply->error ? reply->error : "the connection broke before the reply was whole");
}

/* ---- the state there ---- */

/* THERES when the pointers reach nothing; an unknown word counts as running. */
static enum there find_there(const cJSON *root, char *const *pointers,
			     const struct word_sets *words)
{
	const cJSON *value = json_first(root, pointers);
	CLEANUP(strbuf) struct strbuf text = STRBUF_EMPTY;

	if (!protocol_add_text(value, &text))
		return THERES;
	for (enum there there = THERE_RUNNING; there < THERES; there++)
		if (protocol_is_word(words->words[there], strbuf_text(&text)))
			return there;
	return THERE_RUNNING;
}

static bool has_failed_if(const struct look *look)
{
	char *const *pointer = look->http->poll.failed_if;

	for (; pointer && *pointer; pointer++) {
		char *one[] = { *pointer, NULL };
		const cJSON *value = json_first(look->root, one);

		if (value && protocol_is_true(value))
			return true;
	}
	return false;
}

static enum reading_kind say_failed(struct look *look, struct reading *reading)
{
	reading->moderated = protocol_kind(look) == ERROR_MODERATED;
	diag_set(&look->headline, 0, "%s",
		 reading->moderated ? "failed there, for its content" : "failed there");
	return READING_FAILED;
}

static enum reading_kind kind_of_there(struct look *look, struct reading *reading, enum there there)
{
	switch (there) {
	case THERE_DONE:
		if (!has_failed_if(look))
			return READING_FINISHED;
		reading->ask_result = protocol_has(look->asking->profile, EXCHANGE_RESULT);
		return say_failed(look, reading);
	case THERE_FAILED:
		return say_failed(look, reading);
	case THERE_CANCELLED:
		diag_set(&look->headline, 0, "cancelled there");
		return READING_CANCELLED;
	case THERE_RUNNING:
	case THERES:
		break;
	}
	return READING_RUNNING;
}

static int progress_of(const struct look *look)
{
	int64_t max = look->http->poll.progress_max > 0 ? look->http->poll.progress_max : 100;
	double progress;

	if (!protocol_number(json_first(look->root, look->http->poll.progress), &progress) ||
	    progress < 0 || (progress == 0 && max == 1))
		return -1;
	progress = progress * 100 / (double)max;
	return progress < 100 ? (int)progress : 100;
}

/* What a submission's reply and a poll's say alike. */
static void read_told(const struct look *look, struct reading *reading)
{
	reading->progress = progress_of(look);
	reading->queue = protocol_whole(look->root, look->http->poll.queue);
	reading->cost_micro = protocol_micro(look->root, look->http->poll.cost);
}

/* ---- the steps ---- */

/* A URL that cannot be used is one that was not told. */
static int take_url(const struct look *look, char *const *pointers, char **ret_url)
{
	const cJSON *value = json_first(look->root, pointers);
	int r;

	if (!cJSON_IsString(value))
		return 0;
	r = url_resolve(look->message->url, value->valuestring, ret_url);
	return r == -EINVAL ? 0 : r;
}

static int take_submit_values(const struct look *look, struct reading *reading)
{
	const struct http_profile *http = look->http;
	int64_t cost_micro = protocol_micro(look->root, http->submit.cost);
	int r = protocol_id(look->root, http->submit.id, &reading->id);

	if (cost_micro >= 0)
		reading->cost_micro = cost_micro;
	reading->remaining_micro = protocol_micro(look->root, http->submit.remaining);
	if (r >= 0)
		r = take_url(look, http->submit.poll_url, &reading->poll_url);
	if (r == 0)
		r = take_url(look, http->submit.result_url, &reading->result_url);
	if (r == 0)
		r = take_url(look, http->submit.cancel_url, &reading->cancel_url);
	return r;
}

/* Whether a submission's reply is worth a look for pictures: not while the job goes on
 * under an id, because what is there then may be a foretaste. */
static bool may_have_pictures(const struct reading *reading, enum there there)
{
	if (reading->there == READING_FINISHED)
		return true;
	return reading->there == READING_RUNNING && (there == THERES || !reading->id);
}

/* Whether anything can follow under the id. */
static bool can_go_on(const struct look *look, const struct reading *reading)
{
	const struct profile *profile = look->asking->profile;

	return protocol_has(profile, EXCHANGE_POLL) || protocol_has(profile, EXCHANGE_RESULT) ||
	       reading->reference_count > 0;
}

static int judge_submit(struct look *look, struct reading *reading)
{
	if (reading->id && can_go_on(look, reading)) {
		reading->kind = READING_TAKEN;
		return 0;
	}
	if (reading->reference_count > 0) {
		reading->kind = READING_FINISHED;
		return 0;
	}
	if (!look->ok)
		return read_envelope(look, reading);
	if (reading->there == READING_FAILED || reading->there == READING_CANCELLED) {
		reading->kind = READING_FAILED;
		return 0;
	}
	return say_status(look, reading, READING_BROKEN,
			  reading->id
				  ? "the provider's reply has no pictures, and it cannot be asked "
				    "again"
				  : "the provider's reply has neither an id nor pictures");
}

static int read_submit(struct look *look, struct reading *reading)
{
	enum there there = find_there(look->root, look->http->poll.state, &look->http->states);
	int r;

	read_told(look, reading);
	r = take_submit_values(look, reading);
	if (r < 0)
		return r;
	reading->there = kind_of_there(look, reading, there);
	if (may_have_pictures(reading, there)) {
		reading->kind = READING_FINISHED;
		r = protocol_take_pictures(look, reading);
		if (r < 0)
			return r;
		if (reading->kind == READING_FAILED)
			reading->there = READING_FAILED;
		else if (reading->reference_count > 0)
			reading->there = READING_FINISHED;
	}
	return judge_submit(look, reading);
}

static int read_poll(struct look *look, struct reading *reading)
{
	enum there there = find_there(look->root, look->http->poll.state, &look->http->states);

	read_told(look, reading);
	if (!look->ok && there != THERE_FAILED && there != THERE_CANCELLED)
		return read_envelope(look, reading);
	reading->kind = kind_of_there(look, reading, there);
	if (reading->kind != READING_FINISHED ||
	    protocol_has(look->asking->profile, EXCHANGE_RESULT))
		return 0;
	return protocol_take_pictures(look, reading);
}

static int read_result(struct look *look, struct reading *reading)
{
	if (!look->ok)
		return read_envelope(look, reading);
	reading->kind = READING_FINISHED;
	return protocol_take_pictures(look, reading);
}

static int read_asset(struct look *look, struct reading *reading)
{
	enum there there =
		find_there(look->root, look->http->asset.state, &look->http->asset.states);
	int r;

	if (!look->ok)
		return read_envelope(look, reading);
	if (there == THERE_FAILED || there == THERE_CANCELLED)
		return say(look, reading, READING_FAILED, "the picture failed there");
	reading->kind = READING_RUNNING;
	if (there == THERE_RUNNING)
		return 0;
	reading->kind = READING_FINISHED;
	r = protocol_take_asset(look, reading);
	if (r == 0 && there == THERES && look->http->asset.state)
		reading->kind = READING_RUNNING;
	else if (r == 0)
		say(look, reading, READING_BROKEN,
		    "the provider does not say where the picture is");
	return r < 0 ? r : 0;
}

/* Words that say what a price is for; "second" or "megapixel" is not what we count. */
static bool is_for_a_picture(const struct look *look)
{
	CLEANUP(strbuf) struct strbuf word = STRBUF_EMPTY;
	char *const *per = look->http->price.per;
	char *const pointer[] = { per ? per[0] : NULL, NULL };

	return !per || (protocol_add_text(json_first(look->root, pointer), &word) &&
			protocol_is_word(per + 1, strbuf_text(&word)));
}

static int read_price(struct look *look, struct reading *reading)
{
	const struct params *sent = look->asking->sent;
	int64_t count = sent ? params_number(sent, PARAM_COUNT) : -1, each;

	reading->cost_micro = protocol_micro(look->root, look->http->price.cost);
	if (reading->cost_micro >= 0)
		return 0;
	each = is_for_a_picture(look) ? protocol_micro(look->root, look->http->price.each) : -1;
	if (each < 0 || __builtin_mul_overflow(each, count > 0 ? count : 1, &reading->cost_micro))
		return say(look, reading, READING_REFUSED,
			   "the provider does not say what a picture costs");
	return 0;
}

static int read_answer(struct look *look, struct reading *reading)
{
	if (!look->ok)
		return read_envelope(look, reading);
	reading->kind = READING_OK;
	if (look->exchange == EXCHANGE_PRICE)
		return read_price(look, reading);
	if (look->exchange == EXCHANGE_BALANCE)
		reading->remaining_micro =
			protocol_micro(look->root, look->http->balance.remaining);
	return 0;
}

/* An accepted wish needs no words. */
static int read_cancel(struct look *look, struct reading *reading)
{
	int status = look->reply->status;

	if (status >= 200 && status <= 299) {
		reading->kind = READING_OK;
		if (look->root && protocol_envelope(look->http, look->root) && !look->ok)
			return say(look, reading, READING_REFUSED, "it cannot be cancelled");
		return 0;
	}
	if (status == 408 || status == 429)
		return say_status(look, reading, READING_BROKEN, "the provider is busy");
	if (status >= 400 && status <= 499) {
		if (status == 401 || protocol_kind(look) == ERROR_KEY)
			return say_kind(look, reading, ERROR_KEY);
		return say(look, reading, READING_REFUSED, "it cannot be cancelled");
	}
	read_refusal(look, reading);
	reading->kind = READING_BROKEN;
	return 0;
}

/* Hosts say by all kinds of 4xx that a URL is old or its signature is none (400, 403, 416);
 * only two of them say that what it leads to is gone. */
static int read_download(struct look *look, struct reading *reading)
{
	int status = look->reply->status;

	if (status >= 200 && status <= 299)
		reading->kind = READING_FINISHED;
	else if (status == 408 || status == 429 || (status >= 500 && status <= 599))
		say_status(look, reading, reading->wait_ms >= 0 ? READING_BUSY : READING_BROKEN,
			   "the pictures' host has a fault");
	else if (status == 404 || status == 410)
		say_status(look, reading, READING_GONE, "the picture is not there, or no more");
	else if (status >= 400 && status <= 499)
		say_status(look, reading, READING_STALE, "the picture's address is not accepted");
	else if (status >= 300 && status <= 399)
		say_status(look, reading, READING_REFUSED,
			   "the picture's URL leads on to where it is not followed");
	else
		say_status(look, reading, READING_REFUSED, "the picture is refused");
	return 0;
}

static int read_success(struct look *look, struct reading *reading)
{
	bool makes_pictures = look->exchange == EXCHANGE_SUBMIT ||
			      look->exchange == EXCHANGE_POLL ||
			      look->exchange == EXCHANGE_RESULT || look->exchange == EXCHANGE_ASSET;

	if (makes_pictures && protocol_is_picture(look->reply)) {
		reading->kind = READING_FINISHED;
		reading->there = READING_FINISHED;
		return protocol_take_reply(look, reading);
	}
	if (!look->root)
		return say_unreadable(look, reading);
	switch (look->exchange) {
	case EXCHANGE_SUBMIT:
		return read_submit(look, reading);
	case EXCHANGE_POLL:
		return read_poll(look, reading);
	case EXCHANGE_RESULT:
		return read_result(look, reading);
	case EXCHANGE_ASSET:
		return read_asset(look, reading);
	default:
		return read_answer(look, reading);
	}
}

/* ---- all ---- */

/* What the headers ask for, else what the body of an error asks for, in seconds. */
static int64_t find_wait(const struct look *look)
{
	int64_t wait_ms = reply_wait_ms(look->reply);
	double seconds;

	if (wait_ms >= 0 || (look->ok && look->reply->status < 300))
		return wait_ms;
	if (!protocol_number(json_first(look->root, look->http->errors.wait), &seconds) ||
	    seconds < 0)
		return -1;
	return seconds * 1000 < WAIT_MS_MAX ? (int64_t)(seconds * 1000) : WAIT_MS_MAX;
}

static int judge(struct look *look, struct reading *reading)
{
	int status = look->reply->status;

	reading->wait_ms = find_wait(look);
	if (look->reply->delivery != DELIVERY_REPLIED)
		return read_undelivered(look, reading);
	if (look->exchange == EXCHANGE_DOWNLOAD)
		return read_download(look, reading);
	if (look->exchange == EXCHANGE_CANCEL)
		return read_cancel(look, reading);
	return status >= 200 && status <= 299 ? read_success(look, reading)
					      : read_refusal(look, reading);
}

static int look_into(struct look *look, struct json *json)
{
	int r = 0;

	if (look->exchange != EXCHANGE_DOWNLOAD && look->reply->delivery == DELIVERY_REPLIED &&
	    !protocol_is_picture(look->reply))
		r = protocol_parse(look->reply, json, &look->fault);
	look->root = json->root;
	look->ok = look->root && protocol_is_ok(look->http, look->root);
	return r == -ENOMEM ? r : 0;
}

int protocol_read(enum exchange exchange, const struct asking *asking,
		  const struct message *message, const struct reply *reply,
		  struct reading *ret_reading)
{
	struct reading reading = {
		.kind = READING_BROKEN,
		.there = READING_RUNNING,
		.cost_micro = -1,
		.remaining_micro = -1,
		.progress = -1,
		.queue = -1,
		.seed = -1,
		.wait_ms = -1,
	};
	struct look look = { .exchange = exchange,
			     .asking = asking,
			     .http = asking->profile->http,
			     .message = message,
			     .reply = reply };
	CLEANUP(json) struct json json = { NULL, NULL };
	int r = look_into(&look, &json);

	if (r == 0)
		r = judge(&look, &reading);
	if (r == 0)
		r = protocol_explain(&look, &reading);
	/* Last, because it cuts texts in the tree. */
	if (r == 0 && exchange != EXCHANGE_DOWNLOAD)
		r = protocol_show_reply(&look, json.root, &reading);
	if (r < 0)
		reading_done(&reading);
	else
		*ret_reading = reading;
	return r;
}

void reading_done(struct reading *reading)
{
	for (size_t i = 0; i < reading->reference_count; i++) {
		free(reading->references[i].text);
		free(reading->references[i].bytes);
	}
	free(reading->id);
	free(reading->poll_url);
	free(reading->result_url);
	free(reading->cancel_url);
	free(reading->error);
	free(reading->shown);
	*reading = (struct reading){ .kind = READING_BROKEN };
}
