/* An errand with its surroundings for tests: a profile, a clock that is set by hand, and
 * readings as replies would give them. */
#ifndef EASELFS_TESTS_TRIP_H
#define EASELFS_TESTS_TRIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "job/errand.h"

enum { POLL_MS = 1000, DEADLINE_S = 3600, SECOND_MS = 1000, MINUTE_MS = 60 * 1000 };

/* What a profile may have beside submit and poll. */
enum { HAS_RESULT = 1, HAS_CANCEL = 2, HAS_ASSET_ORDER = 4 };

struct trip {
	struct http_profile http;
	struct profile profile;
	struct pace pace; /* nothing known: the first poll after POLL_MS */
	struct errand errand;
	int64_t now_ms;
	struct outcome outcome; /* of what happened last */
};

/* In that state (QUEUED: nothing sent yet) with an id, submitted just now. */
void trip_begin(struct trip *trip, unsigned has, enum state state);
/* With all that can be said. */
void trip_begin_call(struct trip *trip, unsigned has, const struct errand_call *call);
/* A job that the provider has just taken. */
void trip_begin_running(struct trip *trip, unsigned has);
/* One with an id whose pictures were just told, by the poll or the result. */
void trip_begin_fetching(struct trip *trip, unsigned has, struct reading *told);
/* The same, with asset_a, asset_b, … */
void trip_begin_assets(struct trip *trip, unsigned has, size_t count);
/* A synchronous provider's: its picture came with the reply, there is nothing to ask. */
void trip_begin_without_id(struct trip *trip, enum reference_kind kind, const char *text);
void trip_end(struct trip *trip);

/* A reading of that kind that says nothing else; texts are added as copies. */
struct reading trip_reading(enum reading_kind kind);
struct reading trip_failing_reading(enum reading_kind kind, const char *error);
/* FINISHED, with a URL for each text, in this order. */
struct reading trip_url_reading(const char *const *urls, size_t count);
void trip_add_reference(struct reading *reading, enum reference_kind kind, const char *text);

/* The time comes and the reply to `exchange`, which must be next, is taken; the reading is
 * freed. The outcome is in the trip. */
void trip_take(struct trip *trip, enum exchange exchange, struct reading *reading);
void trip_take_kind(struct trip *trip, enum exchange exchange, enum reading_kind kind);
void trip_take_urls(struct trip *trip, enum exchange exchange, const char *const *urls,
		    size_t count);
/* The asset that is next must have that id. */
void trip_take_asset(struct trip *trip, const char *id, const char *url, int64_t order);
/* The same for the file that was fetched, which must be that of this URL (NULL: came
 * with a reply). */
void trip_picture(struct trip *trip, const char *url, enum picture_end end);

/* After how many ms that exchange is next; fails when another one is. */
int64_t trip_wait_ms(const struct trip *trip, enum exchange exchange);
/* The outcome's event, and nothing to be done after it. */
void trip_assert_ends(const struct trip *trip, enum event event);
/* The text is there and has this in it. */
void trip_assert_says(const char *text, const char *what);

#endif
