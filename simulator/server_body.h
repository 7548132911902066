/* How a reply's body goes out. Private to server. */
#ifndef EASELFS_SIMULATOR_SERVER_BODY_H
#define EASELFS_SIMULATOR_SERVER_BODY_H

#include <stdbool.h>

#include "simulator/exchange.h"

struct MHD_Connection;
struct MHD_Response;

/* One request on a connection. Touched by one thread at a time. */
struct call {
	struct exchange x;
	struct MHD_Connection *connection;
	char *url;
	enum { CALL_HEADERS, CALL_BODY, CALL_BEGUN, CALL_RUN, CALL_FINISHED } stage;
	int64_t due_ms; /* steady clock: when to go on */
	bool delayed;
	/* Of a stream. */
	struct strbuf events;
	size_t events_sent;
	int64_t begun_ms, next_ms; /* steady clock */
	bool last;
};

/* The body of call->x.reply: whole, cut, slow, or a stream of events. NULL: out of memory. The
 * call must live until it is sent. */
struct MHD_Response *server_body(struct call *call);

#endif
