/* What the parts of io/http share. Engine thread, all of it. */
#ifndef EASELFS_IO_HTTP_PRIVATE_H
#define EASELFS_IO_HTTP_PRIVATE_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/diag.h"
#include "base/strbuf.h"
#include "io/http.h"
#include "job/message.h"
#include "job/url.h"

enum {
	HTTP_IDLE_MAX = 64,
	HTTP_REDIRECTS_MAX = 4,
	HTTP_HEADER_BYTES_MAX = 64 * 1024, /* of all replies to one order */
	HTTP_ADDRESS_ROOM = 48,
	HTTP_ERROR_ROOM = 768,
	HTTP_HEADERS = 4, /* that we add ourselves, at most */
};

/* ---- proxies (http_proxy.c) ---- */

struct http_proxies {
	char *http, *https; /* of which URLs; "" for none */
	char *bypass;       /* no_proxy */
};

/* From a setting ("" or NULL: the environment). 0, -ENOMEM or -EINVAL with a diag. */
int http_proxies_init(struct http_proxies *proxies, const char *setting, struct diag *reterr_diag);
void http_proxies_done(struct http_proxies *proxies);
/* The proxy for that URL, or "" for none. */
const char *http_proxies_find(const struct http_proxies *proxies, const struct url *url);
/* Whether `host` is in a list as no_proxy has it: names with all below them, addresses, and
 * networks as 10.0.0.0/8, between commas or blanks; "*" is all. */
bool http_proxies_bypassed(const char *list, const char *host);

/* ---- the lane for paid messages (http_paid.c) ---- */

struct http_paid {
	CURLM *multi;
	int epoll;      /* has the lane's sockets */
	int64_t due_ms; /* steady clock; -1: nothing is due */
};

/* 0 or -errno. */
int http_paid_open(struct http_paid *paid);
/* Of zeroes with epoll -1 too. Its transfers are gone by then. */
void http_paid_close(struct http_paid *paid);
void http_paid_step(struct http_paid *paid);
/* `timeout_ms`, or less when something is due earlier. */
int http_paid_timeout(const struct http_paid *paid, int timeout_ms);

/* ---- transfers (http_transfer.c) ---- */

/* Why we broke it off ourselves. */
enum http_stop {
	HTTP_STOP_NONE,
	HTTP_STOP_BODY,    /* beyond bytes_max */
	HTTP_STOP_HEADERS, /* beyond HTTP_HEADER_BYTES_MAX */
	HTTP_STOP_DISK,
	HTTP_STOP_MEMORY,
	HTTP_STOP_SCHEME,    /* http: where only https: may be */
	HTTP_STOP_REDIRECT,  /* to what is no http(s) URL */
	HTTP_STOP_REDIRECTS, /* too many */
};

TAILQ_HEAD(http_transfers, http_transfer);

struct http {
	CURLM *shared; /* everything but what is paid */
	struct http_paid paid;
	CURLSH *sessions; /* of TLS, for both */
	struct http_proxies proxies;
	char *ca_file, *agent; /* NULL: none */

	CURL *idle[HTTP_IDLE_MAX];
	size_t idle_count;
	struct http_transfers running, ended; /* ended: `done` is still to be called */

	struct curl_waitfd *waited; /* http_wait()'s */
	size_t waited_room;
};

struct http_peer {
	char *base_url;
	bool is_plain;   /* http: may be spoken */
	bool is_private; /* as far as we know */
};

struct http_transfer {
	TAILQ_ENTRY(http_transfer) link;
	struct http *http;
	CURL *easy;   /* NULL: not needed yet or any more */
	CURLM *multi; /* it is added to; NULL: none */

	struct message message; /* url: the last one redirected to */
	struct url url;
	struct http_peer *peer;
	struct curl_slist headers[HTTP_HEADERS]; /* a list, too */
	size_t header_count;
	http_done_fn *done;
	void *arg;
	int64_t started_ms, connect_ms, stall_ms, total_ms;
	uint64_t bytes_max;

	bool saves;
	int fd; /* saves */
	struct strbuf body;
	uint64_t bytes; /* of the body so far, decoded */
	size_t header_bytes;
	bool has_headers; /* to their end, of a reply that is not interim */
	unsigned redirects;

	bool is_proxied;
	bool has_begun; /* bytes of the request may have left */
	bool is_delivering;
	char refused[HTTP_ADDRESS_ROOM]; /* the private address it led to, or "" */
	enum http_stop stop;
	int disk_error, socket_error; /* errno values, 0: none */
	CURLcode result;
	char detail[CURL_ERROR_SIZE]; /* libcurl's words */
};

/* Copies what the order says and opens the file; -ENOMEM or -EINVAL. A file that cannot
 * be opened is not an error but a reason to stop. */
int http_transfer_new(struct http *http, const struct http_order *order,
		      struct http_transfer **ret_transfer);
/* Also one under way. */
void http_transfer_free(struct http_transfer *transfer);
/* Sends it off. 0 or -ENOMEM. */
int http_transfer_go(struct http_transfer *transfer);
/* libcurl is done with it: follows a redirect, or ends it. */
void http_transfer_ended(struct http_transfer *transfer, CURLcode result);
/* Tells its owner, and frees it. It is in no list any more. */
void http_transfer_deliver(struct http_transfer *transfer);

/* ---- guards (http_guard.c) ---- */

/* Checks transfer->url; false sets transfer->stop. */
bool http_guard_scheme(struct http_transfer *transfer, const struct url *from);
/* Whether it may connect to that address; false sets transfer->refused. */
bool http_guard_address(struct http_transfer *transfer, const char *address);
/* CURLOPT_OPENSOCKETFUNCTION and CURLOPT_PREREQFUNCTION, both with the transfer. */
curl_socket_t http_guard_open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *to);
int http_guard_before_request(void *arg, char *address, char *local, int port, int local_port);

/* ---- what became of it (http_outcome.c) ---- */

enum delivery http_outcome_delivery(const struct http_transfer *transfer);
enum http_error http_outcome_error(const struct http_transfer *transfer);
/* For a person, into HTTP_ERROR_ROOM bytes. Of what was not replied to. */
void http_outcome_text(const struct http_transfer *transfer, char *text);

#endif
