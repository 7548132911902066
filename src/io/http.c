/* The owner of all transfers. libcurl is driven from http_step() alone, and `done` is
 * called after libcurl was left, from a list of ours: whatever `done` starts or breaks
 * off, no loop of libcurl's is under way. */
#include "io/http.h"

#include <curl/curl.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/http_private.h"

enum { KEPT_CONNECTIONS = 64 };

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;
static CURLcode curl_ready;

static void start_curl(void)
{
	curl_ready = curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* ---- the whole ---- */

/* The bundle that libcurl was built for, unless another was chosen. NULL when that is not
 * there: libcurl then looks where it may be, too. */
static int choose_ca_file(const char *chosen, char **ret_file, struct diag *reterr_diag)
{
	const char *built_in = curl_version_info(CURLVERSION_NOW)->cainfo;

	if (chosen && *chosen && access(chosen, R_OK) < 0) {
		diag_set(reterr_diag, 0, "the certificates in %s cannot be read: %s", chosen,
			 strerror(errno));
		return -EINVAL;
	}
	if (!chosen || !*chosen)
		chosen = built_in && access(built_in, R_OK) == 0 ? built_in : NULL;
	if (!chosen)
		return 0;
	*ret_file = strdup(chosen);
	return *ret_file ? 0 : -ENOMEM;
}

static int open_curl(struct http *http)
{
	int bad = 0, r = http_paid_open(&http->paid);

	if (r < 0)
		return r;
	http->shared = curl_multi_init();
	http->sessions = curl_share_init();
	if (!http->shared || !http->sessions)
		return -ENOMEM;
	bad |= curl_multi_setopt(http->shared, CURLMOPT_MAXCONNECTS, (long)KEPT_CONNECTIONS);
	bad |= curl_share_setopt(http->sessions, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
	return bad ? -ENOMEM : 0;
}

int http_new(const struct http_settings *settings, struct http **ret_http, struct diag *reterr_diag)
{
	struct http *http = calloc(1, sizeof(*http));
	int r;

	pthread_once(&curl_once, start_curl);
	if (!http || curl_ready != CURLE_OK) {
		free(http);
		return -ENOMEM;
	}
	http->paid.epoll = -1;
	TAILQ_INIT(&http->running);
	TAILQ_INIT(&http->ended);
	r = http_proxies_init(&http->proxies, settings->proxy, reterr_diag);
	if (r == 0)
		r = choose_ca_file(settings->ca_file, &http->ca_file, reterr_diag);
	if (r == 0 && settings->agent) {
		http->agent = strdup(settings->agent);
		r = http->agent ? 0 : -ENOMEM;
	}
	if (r == 0)
		r = open_curl(http);
	if (r < 0) {
		http_free(http);
		return r;
	}
	*ret_http = http;
	return 0;
}

static void free_all(struct http_transfers *transfers)
{
	struct http_transfer *transfer;

	while ((transfer = TAILQ_FIRST(transfers))) {
		TAILQ_REMOVE(transfers, transfer, link);
		http_transfer_free(transfer);
	}
}

void http_free(struct http *http)
{
	if (!http)
		return;
	free_all(&http->running);
	free_all(&http->ended);
	while (http->idle_count > 0)
		curl_easy_cleanup(http->idle[--http->idle_count]);
	if (http->shared)
		curl_multi_cleanup(http->shared);
	http_paid_close(&http->paid);
	if (http->sessions)
		curl_share_cleanup(http->sessions);
	http_proxies_done(&http->proxies);
	free(http->ca_file);
	free(http->agent);
	free(http->waited);
	free(http);
}

/* ---- transfers ---- */

int http_start(struct http *http, const struct http_order *order,
	       struct http_transfer **ret_transfer)
{
	struct http_transfer *transfer;
	int r = http_transfer_new(http, order, &transfer);

	if (r < 0)
		return r;
	/* What must not go out ends like everything else, in http_step(). */
	if (!transfer->stop) {
		r = http_transfer_go(transfer);
		if (r < 0) {
			http_transfer_free(transfer);
			return r;
		}
	}
	if (transfer->stop)
		TAILQ_INSERT_TAIL(&http->ended, transfer, link);
	else
		TAILQ_INSERT_TAIL(&http->running, transfer, link);
	*ret_transfer = transfer;
	return 0;
}

void http_cancel(struct http_transfer *transfer)
{
	struct http *http = transfer->http;

	if (transfer->is_delivering)
		return; /* from its own `done`: it is forgotten next */
	if (transfer->multi)
		TAILQ_REMOVE(&http->running, transfer, link);
	else
		TAILQ_REMOVE(&http->ended, transfer, link);
	http_transfer_free(transfer);
}

static void collect(CURLM *multi)
{
	struct http_transfer *transfer;
	const CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(multi, &left))) {
		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
		http_transfer_ended(transfer, message->data.result);
	}
}

void http_step(struct http *http)
{
	struct http_transfer *transfer;
	size_t count = 0;
	int running;

	curl_multi_perform(http->shared, &running);
	http_paid_step(&http->paid);
	collect(http->shared);
	collect(http->paid.multi);
	/* No more than there are now: what `done` starts may end at once. */
	TAILQ_FOREACH(transfer, &http->ended, link)
	count++;
	while (count-- > 0 && (transfer = TAILQ_FIRST(&http->ended))) {
		TAILQ_REMOVE(&http->ended, transfer, link);
		http_transfer_deliver(transfer);
	}
}

/* ---- waiting ---- */

static int make_room(struct http *http, size_t count)
{
	struct curl_waitfd *waited;

	if (count <= http->waited_room)
		return 0;
	waited = realloc(http->waited, count * sizeof(*waited));
	if (!waited)
		return -ENOMEM;
	http->waited = waited;
	http->waited_room = count;
	return 0;
}

static short wait_events(short events)
{
	return (short)((events & POLLIN ? CURL_WAIT_POLLIN : 0) |
		       (events & POLLPRI ? CURL_WAIT_POLLPRI : 0) |
		       (events & POLLOUT ? CURL_WAIT_POLLOUT : 0));
}

int http_wait(struct http *http, struct pollfd *fds, size_t count, int timeout_ms)
{
	int r = make_room(http, count + 1);
	CURLMcode code;

	if (r < 0)
		return r;
	for (size_t i = 0; i < count; i++)
		http->waited[i] = (struct curl_waitfd){ .fd = fds[i].fd,
							.events = wait_events(fds[i].events) };
	http->waited[count] =
		(struct curl_waitfd){ .fd = http->paid.epoll, .events = CURL_WAIT_POLLIN };
	if (timeout_ms < 0)
		timeout_ms = INT_MAX;
	if (!TAILQ_EMPTY(&http->ended))
		timeout_ms = 0;
	timeout_ms = http_paid_timeout(&http->paid, timeout_ms);
	code = curl_multi_poll(http->shared, http->waited, (unsigned)count + 1, timeout_ms, NULL);
	if (code != CURLM_OK)
		return code == CURLM_OUT_OF_MEMORY ? -ENOMEM : -EIO;
	/* curl_waitfd cannot say that the other end hung up. */
	for (size_t i = 0; i < count; i++)
		fds[i].revents = 0;
	if (count > 0 && poll(fds, count, 0) < 0 && errno != EINTR)
		return -errno;
	return 0;
}
