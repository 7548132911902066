#include "trip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Jitter is ±10 %: this is none. */
enum { MIDDLE = INT32_MAX };

static char *order_pointers[] = { (char *)"/order", NULL };

static void set_verb(struct request_line *line, const char *verb)
{
	snprintf(line->verb, sizeof(line->verb), "%s", verb);
}

void trip_begin_call(struct trip *trip, unsigned has, const struct errand_call *call)
{
	struct errand_call with_trip = *call;

	*trip = (struct trip){ .now_ms = 1000000000, .profile = { .unit = (char *)"USD" } };
	trip->profile.transport = TRANSPORT_HTTP;
	trip->profile.http = &trip->http;
	trip->http.poll_ms = POLL_MS;
	trip->http.deadline_s = DEADLINE_S;
	set_verb(&trip->http.submit.request, "POST");
	set_verb(&trip->http.poll.request, "GET");
	set_verb(&trip->http.asset.request, "GET");
	set_verb(&trip->http.result.request, has & HAS_RESULT ? "GET" : "");
	set_verb(&trip->http.cancel.request, has & HAS_CANCEL ? "PUT" : "");
	trip->http.asset.order = has & HAS_ASSET_ORDER ? order_pointers : NULL;
	with_trip.profile = &trip->profile;
	with_trip.pace = &trip->pace;
	assert_int_equal(errand_begin(&trip->errand, &with_trip, trip->now_ms, 0), 0);
}

void trip_begin(struct trip *trip, unsigned has, enum state state)
{
	const struct errand_call call = { .state = state, .has_id = state != STATE_QUEUED };

	trip_begin_call(trip, has, &call);
}

void trip_begin_running(struct trip *trip, unsigned has)
{
	struct reading taken = trip_reading(READING_TAKEN);

	taken.id = strdup("job_1");
	trip_begin(trip, has, STATE_QUEUED);
	trip_take(trip, EXCHANGE_SUBMIT, &taken);
	assert_int_equal(trip->outcome.news.event, EVENT_ACCEPTED);
}

void trip_begin_fetching(struct trip *trip, unsigned has, struct reading *told)
{
	trip_begin(trip, has, STATE_RUNNING);
	if (has & HAS_RESULT)
		trip_take_kind(trip, EXCHANGE_POLL, READING_FINISHED);
	trip_take(trip, has & HAS_RESULT ? EXCHANGE_RESULT : EXCHANGE_POLL, told);
	assert_int_equal(trip->outcome.news.event, EVENT_PICTURES);
}

void trip_begin_assets(struct trip *trip, unsigned has, size_t count)
{
	static const char *const ids[] = { "asset_a", "asset_b", "asset_c" };
	struct reading told = trip_reading(READING_FINISHED);

	for (size_t i = 0; i < count; i++)
		trip_add_reference(&told, REFERENCE_ASSET, ids[i]);
	trip_begin_fetching(trip, has, &told);
}

void trip_begin_without_id(struct trip *trip, enum reference_kind kind, const char *text)
{
	struct reading told = trip_reading(READING_FINISHED);

	trip_add_reference(&told, kind, text);
	trip_begin(trip, HAS_RESULT, STATE_QUEUED);
	trip_take(trip, EXCHANGE_SUBMIT, &told);
}

void trip_end(struct trip *trip)
{
	outcome_done(&trip->outcome);
	errand_done(&trip->errand);
}

/* ---- readings ---- */

struct reading trip_reading(enum reading_kind kind)
{
	return (struct reading){ .kind = kind,
				 .there = READING_RUNNING,
				 .cost_micro = -1,
				 .remaining_micro = -1,
				 .progress = -1,
				 .queue = -1,
				 .seed = -1,
				 .wait_ms = -1,
				 .shown = strdup("{}") };
}

struct reading trip_failing_reading(enum reading_kind kind, const char *error)
{
	struct reading reading = trip_reading(kind);

	reading.error = strdup(error);
	return reading;
}

void trip_add_reference(struct reading *reading, enum reference_kind kind, const char *text)
{
	struct reference *reference = &reading->references[reading->reference_count];

	reference->kind = kind;
	reference->order = (int64_t)reading->reference_count++;
	if (kind == REFERENCE_BYTES) {
		reference->bytes = strdup(text);
		reference->size = strlen(text);
	} else {
		reference->text = strdup(text);
	}
}

struct reading trip_url_reading(const char *const *urls, size_t count)
{
	struct reading reading = trip_reading(READING_FINISHED);

	for (size_t i = 0; i < count; i++)
		trip_add_reference(&reading, REFERENCE_URL, urls[i]);
	return reading;
}

/* ---- what happens ---- */

int64_t trip_wait_ms(const struct trip *trip, enum exchange exchange)
{
	assert_int_equal(trip->errand.next, exchange);
	return trip->errand.at_ms > trip->now_ms ? trip->errand.at_ms - trip->now_ms : 0;
}

void trip_take(struct trip *trip, enum exchange exchange, struct reading *reading)
{
	trip->now_ms += trip_wait_ms(trip, exchange);
	outcome_done(&trip->outcome);
	assert_int_equal(errand_take(&trip->errand, reading, trip->now_ms, MIDDLE, &trip->outcome),
			 0);
	reading_done(reading);
}

void trip_take_kind(struct trip *trip, enum exchange exchange, enum reading_kind kind)
{
	struct reading reading = trip_reading(kind);

	trip_take(trip, exchange, &reading);
}

void trip_take_urls(struct trip *trip, enum exchange exchange, const char *const *urls,
		    size_t count)
{
	struct reading told = trip_url_reading(urls, count);

	trip_take(trip, exchange, &told);
}

void trip_take_asset(struct trip *trip, const char *id, const char *url, int64_t order)
{
	struct reading told = trip_url_reading(&url, 1);

	told.references[0].order = order;
	assert_int_equal(trip->errand.next, EXCHANGE_ASSET);
	assert_string_equal(trip->errand.references[trip->errand.picture].text, id);
	trip_take(trip, EXCHANGE_ASSET, &told);
}

void trip_picture(struct trip *trip, const char *url, enum picture_end end)
{
	const struct errand *errand = &trip->errand;

	trip->now_ms += trip_wait_ms(trip, EXCHANGE_DOWNLOAD);
	assert_true(errand->picture < errand->reference_count);
	if (url)
		assert_string_equal(errand->references[errand->picture].text, url);
	else
		assert_int_equal(errand->references[errand->picture].kind, REFERENCE_BYTES);
	outcome_done(&trip->outcome);
	assert_int_equal(errand_picture(&trip->errand, end, "it begins like HTML", trip->now_ms,
					MIDDLE, &trip->outcome),
			 0);
}

/* ---- what is expected ---- */

void trip_assert_ends(const struct trip *trip, enum event event)
{
	assert_int_equal(trip->outcome.news.event, event);
	assert_true(trip->errand.over);
	assert_int_equal(trip->errand.next, EXCHANGES);
}

void trip_assert_says(const char *text, const char *what)
{
	if (!text || !strstr(text, what))
		fail_msg("no '%s' in '%s'", what, text ? text : "(nothing)");
}
