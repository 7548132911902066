/* What became of a transfer, and how to say it. The line between "surely never sent" and
 * "lost" decides whether a paid message may be sent again. It is drawn where libcurl
 * asks us before it sends a request on a connection: before, nothing of it left us. The
 * texts name the host and nothing else of the URL, which may hold a signature. */
#include "io/http_private.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

static bool is_refused(const struct http_transfer *transfer)
{
	return *transfer->refused && !transfer->has_begun && transfer->result != CURLE_OK;
}

/* After a repetition (never of a paid message) the first attempt still counts: has_begun
 * and the size stay. */
static bool was_sent(const struct http_transfer *transfer)
{
	long request_bytes = 0;

	if (!transfer->has_begun)
		return false;
	curl_easy_getinfo(transfer->easy, CURLINFO_REQUEST_SIZE, &request_bytes);
	return request_bytes > 0;
}

static bool is_too_large(const struct http_transfer *transfer)
{
	return transfer->stop == HTTP_STOP_BODY || transfer->stop == HTTP_STOP_HEADERS ||
	       transfer->result == CURLE_FILESIZE_EXCEEDED;
}

enum delivery http_outcome_delivery(const struct http_transfer *transfer)
{
	/* An API call was done all the same, so that it is not for us to have refused it. */
	if (is_too_large(transfer))
		return transfer->saves ? DELIVERY_REFUSED : DELIVERY_LOST;
	switch (transfer->stop) {
	case HTTP_STOP_DISK:
	case HTTP_STOP_SCHEME:
	case HTTP_STOP_REDIRECT:
	case HTTP_STOP_REDIRECTS:
		return DELIVERY_REFUSED;
	case HTTP_STOP_MEMORY:
		return DELIVERY_LOST;
	default:
		break;
	}
	if (transfer->result == CURLE_OK)
		return DELIVERY_REPLIED;
	if (is_refused(transfer))
		return DELIVERY_REFUSED;
	return was_sent(transfer) ? DELIVERY_LOST : DELIVERY_UNSENT;
}

enum http_error http_outcome_error(const struct http_transfer *transfer)
{
	if (transfer->stop == HTTP_STOP_DISK)
		return HTTP_DISK_ERROR;
	return is_too_large(transfer) ? HTTP_TOO_LARGE : HTTP_OK;
}

/* ---- texts ---- */

static void say_stop(const struct http_transfer *transfer, char *text)
{
	const char *host = transfer->url.host;

	switch (transfer->stop) {
	case HTTP_STOP_HEADERS:
		snprintf(text, HTTP_ERROR_ROOM, "%s replies with more than %d bytes of headers",
			 host, HTTP_HEADER_BYTES_MAX);
		break;
	case HTTP_STOP_DISK:
		snprintf(text, HTTP_ERROR_ROOM, "what %s sends cannot be written: %s", host,
			 strerror(transfer->disk_error));
		break;
	case HTTP_STOP_SCHEME:
		snprintf(text, HTTP_ERROR_ROOM,
			 "%s is to be reached by http:, where only https: is allowed", host);
		break;
	case HTTP_STOP_REDIRECT:
		snprintf(text, HTTP_ERROR_ROOM, "%s redirects to what is no http: or https: URL",
			 host);
		break;
	case HTTP_STOP_REDIRECTS:
		snprintf(text, HTTP_ERROR_ROOM, "%s redirects once more after %d redirects", host,
			 HTTP_REDIRECTS_MAX);
		break;
	case HTTP_STOP_MEMORY:
		snprintf(text, HTTP_ERROR_ROOM, "out of memory");
		break;
	default: /* HTTP_STOP_BODY */
		snprintf(text, HTTP_ERROR_ROOM, "%s sends more than %llu bytes", host,
			 (unsigned long long)transfer->bytes_max);
	}
}

static void say_timeout(const struct http_transfer *transfer, char *text)
{
	const char *host = transfer->url.host;
	int64_t taken_ms = clock_steady_ms() - transfer->started_ms;

	if (!transfer->has_begun)
		snprintf(text, HTTP_ERROR_ROOM, "no connection to %s within %.3g s", host,
			 (double)(transfer->connect_ms < transfer->total_ms ? transfer->connect_ms
									    : transfer->total_ms) /
				 1000);
	else if (taken_ms >= transfer->total_ms)
		snprintf(text, HTTP_ERROR_ROOM, "%s was not done within %.3g s", host,
			 (double)transfer->total_ms / 1000);
	else
		snprintf(text, HTTP_ERROR_ROOM, "nothing came from %s for %.3g s", host,
			 (double)transfer->stall_ms / 1000);
}

/* Before the request was sent. */
static void say_unsent(const struct http_transfer *transfer, char *text)
{
	const char *host = transfer->url.host,
		   *proxy = transfer->is_proxied ? "the proxy for " : "";
	long error = 0, proxy_status = 0;

	curl_easy_getinfo(transfer->easy, CURLINFO_OS_ERRNO, &error);
	curl_easy_getinfo(transfer->easy, CURLINFO_HTTP_CONNECTCODE, &proxy_status);
	if (transfer->socket_error)
		error = transfer->socket_error;
	switch (transfer->result) {
	case CURLE_COULDNT_RESOLVE_HOST:
		snprintf(text, HTTP_ERROR_ROOM, "the address of %s cannot be found", host);
		return;
	case CURLE_COULDNT_RESOLVE_PROXY:
		snprintf(text, HTTP_ERROR_ROOM, "the address of the proxy cannot be found");
		return;
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
		snprintf(text, HTTP_ERROR_ROOM, "no secure connection to %s: %s", host,
			 *transfer->detail ? transfer->detail
					   : curl_easy_strerror(transfer->result));
		return;
	default:
		break;
	}
	if (proxy_status >= 300)
		snprintf(text, HTTP_ERROR_ROOM, "the proxy does not connect to %s: status %ld",
			 host, proxy_status);
	else
		snprintf(text, HTTP_ERROR_ROOM, "cannot connect to %s%s: %s", proxy, host,
			 error > 0 ? strerror((int)error) : curl_easy_strerror(transfer->result));
}

/* After it. */
static void say_lost(const struct http_transfer *transfer, char *text)
{
	const char *host = transfer->url.host;

	switch (transfer->result) {
	case CURLE_GOT_NOTHING:
		snprintf(text, HTTP_ERROR_ROOM, "%s closed the connection without a reply", host);
		break;
	case CURLE_BAD_CONTENT_ENCODING:
		snprintf(text, HTTP_ERROR_ROOM, "the reply of %s cannot be decoded", host);
		break;
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_WEIRD_SERVER_REPLY:
		snprintf(text, HTTP_ERROR_ROOM, "what %s replies is not HTTP", host);
		break;
	case CURLE_OUT_OF_MEMORY: /* also of a header line beyond libcurl's own limit */
		snprintf(text, HTTP_ERROR_ROOM, "the reply of %s cannot be read", host);
		break;
	case CURLE_PARTIAL_FILE:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
		snprintf(text, HTTP_ERROR_ROOM, "the connection to %s broke after %llu bytes", host,
			 (unsigned long long)transfer->bytes);
		break;
	default:
		snprintf(text, HTTP_ERROR_ROOM, "the connection to %s broke after %llu bytes: %s",
			 host, (unsigned long long)transfer->bytes,
			 curl_easy_strerror(transfer->result));
	}
}

void http_outcome_text(const struct http_transfer *transfer, char *text)
{
	if (transfer->stop || is_too_large(transfer))
		say_stop(transfer, text);
	else if (is_refused(transfer))
		snprintf(text, HTTP_ERROR_ROOM, "%s leads to a private address (%s)",
			 transfer->url.host, transfer->refused);
	else if (transfer->result == CURLE_OPERATION_TIMEDOUT)
		say_timeout(transfer, text);
	else if (!transfer->has_begun)
		say_unsent(transfer, text);
	else
		say_lost(transfer, text);
}
