/* A client, a server of a test's own, and what was heard of an exchange between them. */
#ifndef EASELFS_TESTS_HTTP_STAGE_H
#define EASELFS_TESTS_HTTP_STAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "http_server.h"
#include "io/http.h"

struct http_stage {
	struct http *http;
	struct http_server *server;
	struct http_peer *peer; /* whose own the server is */
	char base[64];          /* "http://127.0.0.1:PORT" */
};

/* Without a proxy, whatever the environment says. */
void http_stage_open(struct http_stage *stage, const struct answer *answers, size_t count);
void http_stage_close(struct http_stage *stage);

/* What to ask. `url` may be a path at the server. */
struct question {
	const char *verb, *url, *body;
	bool keyed, paid;
	struct http_order order; /* the rest of it; peer NULL: the stage's */
};

/* What `done` was told. */
struct heard {
	unsigned times;
	enum http_error error;
	int disk_error;
	struct reply reply; /* its texts are those below */
	char why[800], type[100], wait_text[100];
	char *body; /* NULL: not heard yet */
};

/* Starts it; heard_done() after it ended. Gives what http_start() does. */
int http_stage_start(struct http_stage *stage, const struct question *question, struct heard *heard,
		     struct http_transfer **ret_transfer);
/* Goes on until that many have been told of this; 60 s at most, else the test fails. */
void http_stage_until(struct http_stage *stage, const struct heard *heard, unsigned times);
/* Both. */
void http_stage_ask(struct http_stage *stage, const struct question *question, struct heard *heard);
void heard_done(struct heard *heard);

#endif
