/* HTTP/1.1 as bytes, for the server that plays cases: what came, and what is sent. */
#ifndef EASELFS_TESTS_CASE_WIRE_H
#define EASELFS_TESTS_CASE_WIRE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strbuf.h"
#include "case_file.h"

enum { WIRE_HEADERS_MAX = 32, WIRE_BYTES_MAX = 4 * 1024 * 1024 };

/* Texts are inside `bytes`, which was changed for that. */
struct wire_request {
	const char *verb, *target;
	const char *names[WIRE_HEADERS_MAX]; /* lower case */
	const char *values[WIRE_HEADERS_MAX];
	size_t header_count;
	const char *body; /* "": none */
};

/* Whether the bytes are a whole request: its size, 0 for not yet, or -EBADMSG. */
long wire_request_size(const char *bytes, size_t size);
/* Splits a whole request; `bytes` has a NUL after `size`. 0 or -EBADMSG. */
int wire_request_split(char *bytes, size_t size, struct wire_request *ret_request);
/* The header's value, or NULL. */
const char *wire_header(const struct wire_request *request, const char *name);

/* Appends the bytes of the scripted reply. True when the connection ends with them. */
bool wire_add_reply(const struct case_reply *reply, const struct case_places *places,
		    struct strbuf *bytes);

#endif
