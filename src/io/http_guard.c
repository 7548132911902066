/* Where a URL may lead. A provider's reply says which URLs we fetch, so it must not be
 * able to point us into the networks around us. Names are checked where they have become
 * addresses, when a socket is opened, so that no second answer of the name server can
 * slip past; and again before a request is sent, because a connection that was opened
 * for another provider may be used again. */
#include "io/http_private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct http_peer *http_peer_new(const char *base_url)
{
	struct http_peer *peer = calloc(1, sizeof(*peer));
	struct url url;

	if (!peer)
		return NULL;
	peer->base_url = strdup(base_url);
	if (!peer->base_url) {
		free(peer);
		return NULL;
	}
	if (url_parse(base_url, &url) == 0) {
		peer->is_plain = url.scheme == URL_HTTP;
		peer->is_private = url_host_is_private(url.host);
	}
	return peer;
}

void http_peer_free(struct http_peer *peer)
{
	if (!peer)
		return;
	free(peer->base_url);
	free(peer);
}

/* His own address was given by the user, who may have a painter in the cellar. */
static bool is_own(const struct http_transfer *transfer)
{
	return url_same_origin(transfer->message.url, transfer->peer->base_url);
}

bool http_guard_scheme(struct http_transfer *transfer, const struct url *from)
{
	if (transfer->url.scheme == URL_HTTPS)
		return true;
	if (transfer->peer->is_plain && (!from || from->scheme == URL_HTTP))
		return true;
	transfer->stop = HTTP_STOP_SCHEME;
	return false;
}

bool http_guard_address(struct http_transfer *transfer, const char *address)
{
	if (transfer->is_proxied || transfer->peer->is_private || !url_host_is_private(address) ||
	    is_own(transfer))
		return true;
	snprintf(transfer->refused, sizeof(transfer->refused), "%s", address);
	return false;
}

static const void *address_of(const struct curl_sockaddr *to)
{
	const void *addr = &to->addr; /* room for more than a struct sockaddr */

	if (to->family == AF_INET)
		return &((const struct sockaddr_in *)addr)->sin_addr;
	if (to->family == AF_INET6)
		return &((const struct sockaddr_in6 *)addr)->sin6_addr;
	return NULL;
}

curl_socket_t http_guard_open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct http_transfer *transfer = arg;
	const void *bytes = address_of(to);
	char address[INET6_ADDRSTRLEN] = "";
	int fd;

	(void)purpose;
	if (bytes)
		inet_ntop(to->family, bytes, address, sizeof(address));
	if (!http_guard_address(transfer, address))
		return CURL_SOCKET_BAD;
	fd = socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
	transfer->socket_error = fd < 0 ? errno : 0;
	return fd;
}

int http_guard_before_request(void *arg, char *address, char *local, int port, int local_port)
{
	struct http_transfer *transfer = arg;

	(void)local;
	(void)port;
	(void)local_port;
	if (!http_guard_address(transfer, address))
		return CURL_PREREQFUNC_ABORT;
	if (!transfer->is_proxied && is_own(transfer))
		transfer->peer->is_private = url_host_is_private(address);
	transfer->has_begun = true;
	return CURL_PREREQFUNC_OK;
}
