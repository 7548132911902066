/* A server of scripted bytes on 127.0.0.1, in a thread: it answers each request with the
 * next answer of its script, whatever was asked, and remembers what came. It knows just
 * enough of HTTP to see where a request ends (Content-Length). */
#ifndef EASELFS_TESTS_HTTP_SERVER_H
#define EASELFS_TESTS_HTTP_SERVER_H

#include <stddef.h>

enum then {
	THEN_KEEP,  /* goes on with the connection */
	THEN_CLOSE, /* in an orderly way */
	THEN_RESET,
	THEN_STALL, /* says nothing more */
};

struct answer {
	const char *bytes; /* borrowed; NULL: none */
	size_t size;       /* 0: a text */
	enum then then;
	size_t filler; /* so many KiB of 'x' after the bytes */
};

struct http_server;

/* The last answer is for all requests that follow, too; `answers` is borrowed. A failure
 * fails the test. */
struct http_server *http_server_start(const struct answer *answers, size_t count);
/* Ends it, with all connections. */
void http_server_stop(struct http_server *server);

unsigned http_server_port(const struct http_server *server);
/* So far. */
size_t http_server_connections(struct http_server *server);
size_t http_server_requests(struct http_server *server);
/* The request of that number, from 0: its text, and on which connection it came (from 0).
 * NULL when there was none. The text is the server's. */
const char *http_server_request(struct http_server *server, size_t number, size_t *ret_connection);

#endif
