/* One exchange: what libcurl is told, what comes in, and what its owner hears. Nothing
 * is left to libcurl's judgement that could send a message elsewhere or once more:
 * redirects are followed here, where each target is checked as a URL of a reply is. */
#include "io/http_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/failpoint.h"
#include "base/file.h"

enum { CONNECT_MS = 15 * 1000, STALL_MS = 60 * 1000, TOTAL_MS = 300 * 1000 };
enum { IDLE_PROBE_S = 30, MILLISECOND_DIGITS_MAX = 12 };

/* ---- making one ---- */

/* The verb is a word of capitals, and the header one line with a name. */
static int check_order(const struct http_order *order, struct url *ret_url)
{
	const char *verb = order->message->verb, *header = order->authorization;

	if (!*verb || verb[strspn(verb, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")])
		return -EINVAL;
	if (header && (!strchr(header, ':') || strpbrk(header, "\r\n")))
		return -EINVAL;
	return url_parse(order->message->url, ret_url);
}

static int copy_message(struct message *message, const struct message *from)
{
	*message = *from;
	message->url = strdup(from->url);
	message->body = from->body ? strdup(from->body) : NULL;
	if (!message->url || (from->body && !message->body)) {
		message_done(message);
		return -ENOMEM;
	}
	return 0;
}

/* The line stays where it is: libcurl reads it there and makes no copy but the request. */
static void add_header(struct http_transfer *transfer, const char *line)
{
	struct curl_slist *header = &transfer->headers[transfer->header_count];

	header->data = (char *)line; /* libcurl reads it only */
	if (transfer->header_count++ > 0)
		header[-1].next = header;
}

static void add_headers(struct http_transfer *transfer, const char *authorization)
{
	if (!transfer->saves)
		add_header(transfer, "Accept: application/json");
	if (transfer->message.body) {
		add_header(transfer, "Content-Type: application/json");
		/* Large bodies would wait for a leave that many servers never give. */
		add_header(transfer, "Expect:");
	} else if (strcmp(transfer->message.verb, "POST") == 0) {
		add_header(transfer, "Content-Type:"); /* libcurl's own is a form's */
	}
	/* A picture is often somebody else's, whatever the caller says. */
	if (transfer->message.keyed && !transfer->saves && authorization)
		add_header(transfer, authorization);
}

static void stop_for_disk(struct http_transfer *transfer, int error)
{
	transfer->stop = HTTP_STOP_DISK;
	transfer->disk_error = error;
}

int http_transfer_new(struct http *http, const struct http_order *order,
		      struct http_transfer **ret_transfer)
{
	struct http_transfer *transfer;
	struct url url;
	int r = check_order(order, &url);

	if (r < 0)
		return r;
	transfer = calloc(1, sizeof(*transfer));
	if (!transfer)
		return -ENOMEM;
	transfer->http = http;
	transfer->url = url;
	transfer->peer = order->peer;
	transfer->done = order->done;
	transfer->arg = order->arg;
	transfer->started_ms = clock_steady_ms();
	transfer->connect_ms = order->connect_ms > 0 ? order->connect_ms : CONNECT_MS;
	transfer->stall_ms = order->stall_ms > 0 ? order->stall_ms : STALL_MS;
	transfer->total_ms = order->total_ms > 0 ? order->total_ms : TOTAL_MS;
	transfer->bytes_max = order->bytes_max > 0 ? order->bytes_max : REPLY_BYTES_MAX;
	transfer->saves = order->save_path;
	transfer->fd = -1;
	r = copy_message(&transfer->message, order->message);
	if (r < 0) {
		http_transfer_free(transfer);
		return r;
	}
	add_headers(transfer, order->authorization);
	if (http_guard_scheme(transfer, NULL) && order->save_path) {
		transfer->fd =
			open(order->save_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		if (transfer->fd < 0)
			stop_for_disk(transfer, errno);
	}
	*ret_transfer = transfer;
	return 0;
}

/* Takes it out of libcurl. What the reply said can still be asked of the easy handle. */
static void detach(struct http_transfer *transfer)
{
	if (transfer->multi)
		curl_multi_remove_handle(transfer->multi, transfer->easy);
	transfer->multi = NULL;
}

static void release_easy(struct http_transfer *transfer)
{
	struct http *http = transfer->http;

	if (!transfer->easy)
		return;
	curl_easy_reset(transfer->easy);
	if (http->idle_count < HTTP_IDLE_MAX)
		http->idle[http->idle_count++] = transfer->easy;
	else
		curl_easy_cleanup(transfer->easy);
	transfer->easy = NULL;
}

void http_transfer_free(struct http_transfer *transfer)
{
	detach(transfer);
	release_easy(transfer);
	if (transfer->fd >= 0)
		close(transfer->fd);
	message_done(&transfer->message);
	strbuf_done(&transfer->body);
	free(transfer);
}

/* ---- what comes in ---- */

static bool is_redirect(long status)
{
	return (status >= 301 && status <= 303) || status == 307 || status == 308;
}

/* CURLOPT_HEADERFUNCTION: line by line. Counts; libcurl keeps them. */
static size_t take_header(char *bytes, size_t size, size_t count, void *arg)
{
	struct http_transfer *transfer = arg;
	long status = 0;

	size *= count;
	FAILPOINT("reply-header");
	transfer->header_bytes += size;
	if (transfer->header_bytes > HTTP_HEADER_BYTES_MAX) {
		transfer->stop = HTTP_STOP_HEADERS;
		return 0;
	}
	if (size > 0 && (bytes[0] == '\r' || bytes[0] == '\n')) {
		curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
		transfer->has_headers = status >= 200;
	}
	return size;
}

static bool save(struct http_transfer *transfer, const char *bytes, size_t size)
{
	long status = 0;
	int r;

	curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
	if (is_redirect(status)) /* a page for people, not the picture */
		return true;
	r = file_write_all(transfer->fd, bytes, size);
	if (r < 0)
		stop_for_disk(transfer, -r);
	return r == 0;
}

/* CURLOPT_WRITEFUNCTION: decoded bytes. CURLOPT_MAXFILESIZE only looks at what the
 * server announces, so the count here is the limit. */
static size_t take_body(char *bytes, size_t size, size_t count, void *arg)
{
	struct http_transfer *transfer = arg;

	size *= count;
	if (size > transfer->bytes_max - transfer->bytes) {
		transfer->stop = HTTP_STOP_BODY;
		return 0;
	}
	FAILPOINT(transfer->saves ? "picture-bytes" : "reply-bytes");
	transfer->bytes += size;
	if (transfer->saves)
		return save(transfer, bytes, size) ? size : 0;
	strbuf_add(&transfer->body, bytes, size);
	if (!strbuf_failed(&transfer->body))
		return size;
	transfer->stop = HTTP_STOP_MEMORY;
	return 0;
}

/* ---- sending it off ---- */

/* For each URL, of a redirect too. */
static bool set_url(struct http_transfer *transfer)
{
	const char *proxy = http_proxies_find(&transfer->http->proxies, &transfer->url);
	CURL *easy = transfer->easy;
	int bad = 0;

	transfer->is_proxied = *proxy;
	bad |= (int)curl_easy_setopt(easy, CURLOPT_URL, transfer->message.url);
	bad |= (int)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR,
				     transfer->url.scheme == URL_HTTPS ? "https" : "http");
	/* Both, so that libcurl asks no variable. */
	bad |= (int)curl_easy_setopt(easy, CURLOPT_PROXY, proxy);
	bad |= (int)curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
	bad |= (int)curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	bad |= (int)curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L); /* it may be signed */
	bad |= (int)curl_easy_setopt(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	bad |= (int)curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	return bad == 0;
}

static bool set_message(struct http_transfer *transfer)
{
	const struct message *message = &transfer->message;
	bool is_post = message->body || strcmp(message->verb, "POST") == 0;
	const char *body = message->body ? message->body : "";
	CURL *easy = transfer->easy;
	int bad = 0;

	if (is_post) {
		bad |= (int)curl_easy_setopt(easy, CURLOPT_POST, 1L);
		bad |= (int)curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
					     (curl_off_t)strlen(body));
		bad |= (int)curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
	}
	if (strcmp(message->verb, is_post ? "POST" : "GET") != 0)
		bad |= (int)curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, message->verb);
	if (transfer->header_count > 0)
		bad |= (int)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers);
	if (transfer->http->agent)
		bad |= (int)curl_easy_setopt(easy, CURLOPT_USERAGENT, transfer->http->agent);
	if (!transfer->saves)
		bad |= (int)curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
	return bad == 0;
}

/* A request on a connection that was used before is repeated by libcurl when that breaks
 * before the first byte of the reply; one on a refused HTTP/2 stream, too. */
static bool set_connection(struct http_transfer *transfer)
{
	CURL *easy = transfer->easy;
	int bad = 0;

	if (transfer->message.paid) {
		bad |= (int)curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
		bad |= (int)curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
		bad |= (int)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
	} else {
		bad |= (int)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS);
	}
	bad |= (int)curl_easy_setopt(easy, CURLOPT_SHARE, transfer->http->sessions);
	bad |= (int)curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, http_guard_open_socket);
	bad |= (int)curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer);
	bad |= (int)curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, http_guard_before_request);
	bad |= (int)curl_easy_setopt(easy, CURLOPT_PREREQDATA, transfer);
	bad |= (int)curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	bad |= (int)curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, (long)IDLE_PROBE_S);
	bad |= (int)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	/* Else breaking off waits for the name server's answer. */
	bad |= (int)curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
	bad |= (int)curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	bad |= (int)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	bad |= (int)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	if (transfer->http->ca_file) {
		/* With a directory beside the file, libcurl reads the whole bundle anew for
		 * each connection, which takes longer than the handshake. */
		bad |= (int)curl_easy_setopt(easy, CURLOPT_CAINFO, transfer->http->ca_file);
		bad |= (int)curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
		bad |= (int)curl_easy_setopt(easy, CURLOPT_PROXY_CAINFO, transfer->http->ca_file);
		bad |= (int)curl_easy_setopt(easy, CURLOPT_PROXY_CAPATH, NULL);
	}
	return bad == 0;
}

static bool set_limits(struct http_transfer *transfer)
{
	int64_t left_ms = transfer->total_ms - (clock_steady_ms() - transfer->started_ms);
	CURL *easy = transfer->easy;
	int bad = 0;

	bad |= (int)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)transfer->connect_ms);
	bad |= (int)curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
	bad |= (int)curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME,
				     (long)(transfer->stall_ms + 999) / 1000);
	bad |= (int)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)(left_ms > 0 ? left_ms : 1));
	bad |= (int)curl_easy_setopt(
		easy, CURLOPT_MAXFILESIZE_LARGE,
		(curl_off_t)(transfer->bytes_max < INT64_MAX ? transfer->bytes_max : INT64_MAX));
	bad |= (int)curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
	bad |= (int)curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
	bad |= (int)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
	bad |= (int)curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
	bad |= (int)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->detail);
	bad |= (int)curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
	return bad == 0;
}

int http_transfer_go(struct http_transfer *transfer)
{
	struct http *http = transfer->http;
	CURLM *multi = transfer->message.paid ? http->paid.multi : http->shared;

	if (!transfer->easy)
		transfer->easy =
			http->idle_count > 0 ? http->idle[--http->idle_count] : curl_easy_init();
	if (!transfer->easy || !set_url(transfer) || !set_message(transfer) ||
	    !set_connection(transfer) || !set_limits(transfer))
		return -ENOMEM;
	if (curl_multi_add_handle(multi, transfer->easy) != CURLM_OK)
		return -ENOMEM;
	transfer->multi = multi;
	return 0;
}

/* ---- the end ---- */

/* False when there is nothing to follow, or it must not be followed. */
static bool follow(struct http_transfer *transfer)
{
	struct url from = transfer->url;
	char *target = NULL, *copy;
	long status = 0;

	curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(transfer->easy, CURLINFO_REDIRECT_URL, &target);
	if (!transfer->saves || transfer->message.paid || !target || !is_redirect(status) ||
	    strcmp(transfer->message.verb, "GET") != 0)
		return false;
	if (transfer->redirects == HTTP_REDIRECTS_MAX) {
		transfer->stop = HTTP_STOP_REDIRECTS;
		return false;
	}
	if (url_parse(target, &transfer->url) < 0) {
		transfer->stop = HTTP_STOP_REDIRECT;
		return false;
	}
	if (!http_guard_scheme(transfer, &from))
		return false;
	copy = strdup(target);
	if (!copy) {
		transfer->stop = HTTP_STOP_MEMORY;
		return false;
	}
	free(transfer->message.url);
	transfer->message.url = copy;
	transfer->redirects++;
	transfer->bytes = 0;
	transfer->has_begun = false;
	transfer->has_headers = false;
	transfer->refused[0] = '\0';
	if (http_transfer_go(transfer) == 0)
		return true;
	transfer->stop = HTTP_STOP_MEMORY;
	return false;
}

void http_transfer_ended(struct http_transfer *transfer, CURLcode result)
{
	struct http *http = transfer->http;

	detach(transfer);
	/* To libcurl, a connection that is closed among the headers is a whole reply. */
	if (result == CURLE_OK && !transfer->has_headers)
		result = CURLE_RECV_ERROR;
	transfer->result = result;
	if (result == CURLE_OK && follow(transfer))
		return;
	/* What a full disk did not say at a write, it may say now. */
	if (transfer->fd >= 0 && close(transfer->fd) < 0 && !transfer->stop)
		stop_for_disk(transfer, errno);
	transfer->fd = -1;
	TAILQ_REMOVE(&http->running, transfer, link);
	TAILQ_INSERT_TAIL(&http->ended, transfer, link);
}

static const char *header_value(CURL *easy, const char *name)
{
	struct curl_header *header;

	if (!easy || curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
		return "";
	return header->value;
}

/* Milliseconds; a fraction of one is nothing. */
static int64_t read_wait_ms(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	if (digits == 0 || digits > MILLISECOND_DIGITS_MAX || (text[digits] && text[digits] != '.'))
		return -1;
	return strtoll(text, NULL, 10);
}

void http_transfer_deliver(struct http_transfer *transfer)
{
	char text[HTTP_ERROR_ROOM] = "";
	struct http_end end = {
		.reply = {
			.delivery = http_outcome_delivery(transfer),
			.type = header_value(transfer->easy, "Content-Type"),
			.wait_text = header_value(transfer->easy, "Retry-After"),
			.wait_ms = read_wait_ms(header_value(transfer->easy, "retry-after-ms")),
			.now_ms = clock_wall_ms(),
			.body = strbuf_text(&transfer->body),
			.body_size = transfer->body.size,
		},
		.error = http_outcome_error(transfer),
		.disk_error = -transfer->disk_error,
	};
	long status = 0;

	if (transfer->easy)
		curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status >= 200) /* below, it says that the reply is still to come */
		end.reply.status = (int)status;
	if (end.reply.delivery != DELIVERY_REPLIED) {
		http_outcome_text(transfer, text);
		end.reply.error = text;
	}
	transfer->is_delivering = true;
	transfer->done(&end, transfer->arg);
	http_transfer_free(transfer);
}
