/* What a submission would cost by the provider's own word, asked for where nobody else
 * says it and somebody wants to know. One question is for all submissions that differ in
 * prompt and seed alone, and its answer is remembered for a while. Meanwhile the provider's
 * queue waits. Memory only. */
#include "engine_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/strbuf.h"

enum {
	TOLD_MS = 3600 * 1000,  /* how long an answer counts */
	IN_VAIN_MS = 60 * 1000, /* and that there was none */
	IN_VAIN_TIMES = 5,      /* in a row, until it counts that there is none */
	PAUSE_MS = 5 * 1000,
	PRICES_MAX = 256,
	STALL_MS = 15 * 1000,
	TOTAL_MS = 30 * 1000,
};

struct price {
	struct price *next;
	struct desk *desk;
	const struct profile *profile;
	char *key;                 /* the question, but for prompt and seed */
	int64_t micro;             /* -1: not known */
	char *why;                 /* why it is not; NULL: nobody has answered yet */
	int64_t until_ms;          /* steady: how long that counts */
	const struct rules *rules; /* under which it was asked */
	unsigned failures;         /* in a row */
	struct params sent;
	struct message message;
	struct http_transfer *transfer; /* NULL: none is under way */
};

/* ---- remembering ---- */

static void end_question(struct price *price)
{
	message_done(&price->message);
	params_done(&price->sent);
	if (price->transfer)
		price->desk->asks_price = false;
	price->transfer = NULL;
}

static void free_price(struct price *price)
{
	if (price->transfer)
		http_cancel(price->transfer);
	end_question(price);
	free(price->key);
	free(price->why);
	free(price);
}

/* What counts no longer goes, and so does the oldest where there are too many. */
static void forget_some(struct engine *engine)
{
	int64_t now_ms = clock_steady_ms();
	struct price **at = &engine->prices;
	size_t count = 0;

	while (*at) {
		struct price *price = *at;

		if (price->transfer || (price->until_ms > now_ms && ++count < PRICES_MAX)) {
			at = &price->next;
			continue;
		}
		*at = price->next;
		free_price(price);
	}
}

/* The message as it would be for any prompt and seed. NULL: it cannot be made. */
static char *make_key(const struct asking *asking, struct diag *reterr_diag)
{
	char any_prompt[] = "any", any_seed[] = "0";
	struct params sent = *asking->sent;
	struct asking any = *asking;
	struct strbuf key = STRBUF_EMPTY;
	struct message message = { .url = NULL };

	sent.value[PARAM_PROMPT] = any_prompt;
	if (sent.value[PARAM_SEED])
		sent.value[PARAM_SEED] = any_seed;
	any.sent = &sent;
	if (protocol_message(EXCHANGE_PRICE, &any, &message, reterr_diag) < 0)
		return NULL;
	strbuf_addf(&key, "%lld %s\n%s", (long long)params_number(&sent, PARAM_COUNT), message.url,
		    message.body ? message.body : "");
	message_done(&message);
	return strbuf_take(&key, NULL);
}

static struct price *find_price(const struct engine *engine, const struct desk *desk,
				const char *key)
{
	struct price *price = engine->prices;

	while (price && (price->desk != desk || strcmp(price->key, key) != 0))
		price = price->next;
	return price;
}

/* A new one takes the key. */
static struct price *new_price(struct engine *engine, struct desk *desk, char *key)
{
	struct price *price = calloc(1, sizeof(*price));

	if (!price) {
		free(key);
		return NULL;
	}
	price->desk = desk;
	price->key = key;
	price->micro = -1;
	price->next = engine->prices;
	engine->prices = price;
	return price;
}

/* ---- asking ---- */

/* Where it did not get there or the provider has a fault, a submission would not do better:
 * the provider is given a pause. Without a limit nobody waits for a price. */
static void in_vain(struct price *price, struct reading *reading, int64_t now_ms)
{
	const char *error = reading->error ? reading->error : "it does not say";
	struct outcome outcome = { .news = CALL_NEWS(EVENT_NONE), .remaining_micro = -1 };
	bool passes = reading->kind == READING_BUSY || reading->kind == READING_UNSENT ||
		      reading->kind == READING_BROKEN;

	free(price->why);
	price->why = strndup(error, strcspn(error, "\n"));
	price->until_ms = now_ms + IN_VAIN_MS;
	outcome.key_refused = reading->kind == READING_NO_KEY;
	outcome.news.log = price->why;
	if (passes && rules_have_limit(price->rules) && ++price->failures < IN_VAIN_TIMES) {
		outcome.pause_ms = reading->wait_ms > PAUSE_MS ? reading->wait_ms : PAUSE_MS;
		price->until_ms = now_ms; /* asked again after the pause */
	}
	desk_hears(price->desk->engine, price->desk, price->rules, &outcome, now_ms);
}

static void answered(const struct http_end *end, void *arg)
{
	struct price *price = arg;
	int64_t now_ms = clock_steady_ms();
	struct asking asking = {
		.profile = price->profile,
		.base_url = price->desk->base_url,
		.sent = &price->sent,
	};
	struct reading reading;

	price->until_ms = now_ms + IN_VAIN_MS;
	if (protocol_read(EXCHANGE_PRICE, &asking, &price->message, &end->reply, &reading) == 0) {
		engine_hide_key(price->rules, price->profile, &reading.error);
		if (reading.kind == READING_OK) {
			price->micro = reading.cost_micro;
			price->until_ms = now_ms + TOLD_MS;
			price->failures = 0;
		} else {
			in_vain(price, &reading, now_ms);
		}
		reading_done(&reading);
	}
	end_question(price);
	price->desk->engine->work = true;
}

static int ask(struct price *price, const struct asking *asking, struct diag *diag)
{
	struct engine *engine = price->desk->engine;
	const struct rules *rules = rulebook_current(engine->parts.rulebook);
	struct http_order order = {
		.message = &price->message,
		.authorization = rules_access(rules, asking->profile)->header,
		.peer = price->desk->peer,
		.stall_ms = STALL_MS,
		.total_ms = TOTAL_MS,
		.done = answered,
		.arg = price,
	};
	int r = params_copy(asking->sent, &price->sent);

	price->profile = asking->profile;
	price->rules = rules;
	price->micro = -1;
	if (r == 0)
		r = protocol_message(EXCHANGE_PRICE, asking, &price->message, diag);
	if (r == 0)
		r = http_start(engine->http, &order, &price->transfer);
	if (r < 0)
		end_question(price);
	else
		price->desk->asks_price = true;
	return r;
}

static bool counts(const struct engine *engine, const struct price *price, int64_t now_ms)
{
	return (price->micro >= 0 || price->why) && price->until_ms > now_ms &&
	       price->rules == rulebook_current(engine->parts.rulebook);
}

enum price_answer prices_find(struct engine *engine, struct desk *desk, const struct asking *asking,
			      int64_t *ret_micro, struct diag *ret_why)
{
	struct price *price;
	char *key = make_key(asking, ret_why);

	if (!key)
		return PRICE_UNKNOWN;
	price = find_price(engine, desk, key);
	if (!price) {
		forget_some(engine);
		price = new_price(engine, desk, key);
	} else {
		free(key);
	}
	if (!price)
		return PRICE_UNKNOWN;
	if (price->transfer)
		return PRICE_ASKED;
	if (!counts(engine, price, clock_steady_ms()))
		return ask(price, asking, ret_why) < 0 ? PRICE_UNKNOWN : PRICE_ASKED;
	if (price->micro < 0) {
		diag_set(ret_why, 0, "%s", price->why);
		return PRICE_UNKNOWN;
	}
	*ret_micro = price->micro;
	return PRICE_TOLD;
}

void prices_free(struct engine *engine)
{
	while (engine->prices) {
		struct price *price = engine->prices;

		engine->prices = price->next;
		free_price(price);
	}
}
