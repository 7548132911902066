/* A request as it came. */
#ifndef EASELFS_SIMULATOR_REQUEST_H
#define EASELFS_SIMULATOR_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strbuf.h"

enum { REQUEST_HEADERS_MAX = 64, REQUEST_BODY_MAX = 16 * 1024 * 1024 };

struct request {
	char *method, *path; /* path: without the query, as sent */
	char *query;         /* after the "?", as sent; NULL: there is none */
	struct {
		char *name, *value;
	} headers[REQUEST_HEADERS_MAX];
	size_t header_count;
	struct strbuf body;
};

void request_done(struct request *request);
/* Splits `url` and copies both. false when out of memory. */
bool request_begin(struct request *request, const char *method, const char *url);
/* Copies a header; those beyond REQUEST_HEADERS_MAX are dropped. */
void request_add_header(struct request *request, const char *name, const char *value);
/* By name, whatever its case; NULL: it did not come. */
const char *request_header(const struct request *request, const char *name);
/* Copies a value of the query, as sent and cut to `room`; false: it is not there. */
bool request_query(const struct request *request, const char *name, char *value, size_t room);
/* Whether the query says name=true or name=1. */
bool request_asks(const struct request *request, const char *name);

/* The first header that carries a secret, by name: what an image host must never
 * be sent. NULL: none. */
const char *request_secret_header(const struct request *request);

/* Whether `path` is like `pattern`, in which a segment "*" stands for any segment and
 * "**" for one or more. What they stood for is copied, in order. */
enum { CAPTURES_MAX = 4, CAPTURE_ROOM = 256 };
struct captures {
	char text[CAPTURES_MAX][CAPTURE_ROOM];
	size_t count;
};
bool request_path_is(const char *path, const char *pattern, struct captures *ret_captures);

#endif
