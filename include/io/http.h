/* HTTP, with libcurl, on one thread (the engine's). A paid submission goes out once, on a
 * connection of its own that was never used before and is never used again (libcurl
 * repeats a POST by itself when a reused connection dies); everything else shares
 * connections, HTTP/2 where it is offered. docs/mount.md and docs/providers.md, "Safety
 * on the wire". */
#ifndef EASELFS_IO_HTTP_H
#define EASELFS_IO_HTTP_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "job/message.h"

struct http;
struct http_transfer;

struct http_settings {
	const char *proxy;   /* a URL; NULL or "": https_proxy, http_proxy and all_proxy of the
			      * environment. Its no_proxy holds for both. */
	const char *ca_file; /* NULL or "": the system's bundle */
	const char *agent;   /* User-Agent */
};

/* 0, -ENOMEM, or -EINVAL with a diag. Copies the settings. Engine thread, as all below. */
int http_new(const struct http_settings *settings, struct http **ret_http,
	     struct diag *reterr_diag);
/* Ends what is under way without calling anybody. NULL is a no-op. */
void http_free(struct http *http);

/* Who is spoken to. His own origin, that of base_url, may be anywhere; whether it turned
 * out to be at a private address is remembered, since only then his other URLs may lead to
 * one. They may be http: only if base_url is. Borrowed by transfers; freed after them. */
struct http_peer;
struct http_peer *http_peer_new(const char *base_url); /* NULL: out of memory */
void http_peer_free(struct http_peer *peer);           /* NULL is a no-op */

enum http_error {
	HTTP_OK,
	HTTP_DISK_ERROR, /* what came could not be written: see disk_error */
	HTTP_TOO_LARGE,  /* more than bytes_max */
};

/* A reply beyond a limit is DELIVERY_LOST of an API call, which was done all the same, and
 * DELIVERY_REFUSED of a picture, as is a disk error. */
struct http_end {
	struct reply reply; /* valid during the call of `done` only */
	enum http_error error;
	int disk_error; /* a -errno, HTTP_DISK_ERROR */
};

typedef void http_done_fn(const struct http_end *end, void *arg);

struct http_order {
	const struct message *message; /* copied */
	const char *authorization;     /* "Name: value", sent when message->keyed and nothing is
					* saved; borrowed, so that it stays in its key's
					* memory, until `done` returns, http_cancel() or
					* http_free(); NULL: none */
	struct http_peer *peer;
	const char *save_path; /* a picture: created, truncated, streamed there whatever the
				* status, and left there; redirects are followed (4 at most,
				* same scheme or better, checked anew); no reply body then.
				* NULL: an API call, no redirects */
	uint64_t bytes_max;    /* of the body, decoded; 0: REPLY_BYTES_MAX */
	int64_t connect_ms, stall_ms, total_ms; /* 0: 15 s, 60 s, 300 s. stall: nothing comes,
						 * the time until a reply included; counted
						 * in whole seconds */
	http_done_fn *done; /* once, from http_step() only, and never after http_cancel() */
	void *arg;
};

/* Starts it; also from `done`. 0, -EINVAL (a URL, verb or header that is none) or -ENOMEM;
 * then `done` is not called. */
int http_start(struct http *http, const struct http_order *order,
	       struct http_transfer **ret_transfer);
/* Breaks it off and forgets it; also from `done`, where one's own is over anyway. */
void http_cancel(struct http_transfer *transfer);

/* Waits for transfers, for `fds` (as poll(2): revents are set) or until timeout_ms (< 0:
 * for ever). 0 or -errno. */
int http_wait(struct http *http, struct pollfd *fds, size_t count, int timeout_ms);
/* Moves transfers on and calls `done` of those that ended. Never blocks. */
void http_step(struct http *http);

#endif
