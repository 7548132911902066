/* Paid messages have a multi handle of their own. libcurl 7.88 may put a request that
 * could share an HTTP/2 connection onto a busy HTTP/1.1 connection to the same host
 * (ConnectionExists() does not ask whether that one can be shared), and then whose reply
 * is whose is anybody's guess. Connections of different multi handles never meet.
 *
 * curl_multi_poll() waits for one multi handle only. This one therefore keeps its
 * sockets in an epoll descriptor, which the other waits for with the engine's. */
#include "io/http_private.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"

enum { EVENTS_MAX = 64 };

/* CURLMOPT_SOCKETFUNCTION */
static int watch_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *unused)
{
	const struct http_paid *paid = arg;
	struct epoll_event event = { .data.fd = fd };

	(void)easy;
	(void)unused;
	if (what == CURL_POLL_REMOVE) {
		epoll_ctl(paid->epoll, EPOLL_CTL_DEL, fd, NULL);
		return 0;
	}
	if (what & CURL_POLL_IN)
		event.events |= EPOLLIN;
	if (what & CURL_POLL_OUT)
		event.events |= EPOLLOUT;
	if (epoll_ctl(paid->epoll, EPOLL_CTL_MOD, fd, &event) == 0)
		return 0;
	return epoll_ctl(paid->epoll, EPOLL_CTL_ADD, fd, &event) < 0 ? -1 : 0;
}

/* CURLMOPT_TIMERFUNCTION */
static int set_timer(CURLM *multi, long timeout_ms, void *arg)
{
	struct http_paid *paid = arg;

	(void)multi;
	paid->due_ms = timeout_ms < 0 ? -1 : clock_steady_ms() + timeout_ms;
	return 0;
}

int http_paid_open(struct http_paid *paid)
{
	int bad = 0;

	paid->due_ms = -1;
	paid->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (paid->epoll < 0)
		return -errno;
	paid->multi = curl_multi_init();
	if (!paid->multi)
		return -ENOMEM;
	bad |= curl_multi_setopt(paid->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
	bad |= curl_multi_setopt(paid->multi, CURLMOPT_SOCKETDATA, paid);
	bad |= curl_multi_setopt(paid->multi, CURLMOPT_TIMERFUNCTION, set_timer);
	bad |= curl_multi_setopt(paid->multi, CURLMOPT_TIMERDATA, paid);
	return bad ? -ENOMEM : 0;
}

void http_paid_close(struct http_paid *paid)
{
	if (paid->multi)
		curl_multi_cleanup(paid->multi);
	if (paid->epoll >= 0)
		close(paid->epoll);
}

void http_paid_step(struct http_paid *paid)
{
	struct epoll_event events[EVENTS_MAX];
	int count = epoll_wait(paid->epoll, events, EVENTS_MAX, 0), running;

	for (int i = 0; i < count; i++) {
		int what = 0;

		if (events[i].events & EPOLLIN)
			what |= CURL_CSELECT_IN;
		if (events[i].events & EPOLLOUT)
			what |= CURL_CSELECT_OUT;
		if (events[i].events & (EPOLLERR | EPOLLHUP))
			what |= CURL_CSELECT_ERR;
		curl_multi_socket_action(paid->multi, events[i].data.fd, what, &running);
	}
	if (paid->due_ms >= 0 && clock_steady_ms() >= paid->due_ms) {
		paid->due_ms = -1; /* before the call, which may set it anew */
		curl_multi_socket_action(paid->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	}
}

int http_paid_timeout(const struct http_paid *paid, int timeout_ms)
{
	int64_t left_ms;

	if (paid->due_ms < 0)
		return timeout_ms;
	left_ms = paid->due_ms - clock_steady_ms();
	if (left_ms < 0)
		left_ms = 0;
	return left_ms < timeout_ms ? (int)left_ms : timeout_ms;
}
