/* One thread, one poll() loop. What it sends it sends blocking: a test's client always
 * reads or goes away. */
#include "http_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/cleanup.h"

enum { CONNECTIONS_MAX = 32, REQUESTS_MAX = 2048, REQUEST_BYTES_MAX = 4 * 1024 * 1024, KIB = 1024 };
enum { TLS_HANDSHAKE = 0x16 };

struct connection {
	int fd;
	size_t number;
	bool stalled;
	char bytes[REQUEST_BYTES_MAX + 1];
	size_t size;
};

struct request {
	char *text;
	size_t connection;
};

struct http_server {
	pthread_t thread;
	int listener, stop[2]; /* a pipe */
	unsigned port;
	const struct answer *answers;
	size_t answer_count, answered;
	struct connection *open[CONNECTIONS_MAX];
	size_t open_count;
	pthread_mutex_t lock; /* guards the rest */
	struct request requests[REQUESTS_MAX];
	size_t request_count, connection_count;
};

/* Drops the connection at that index. */
static void drop(struct http_server *server, size_t index, enum then how)
{
	struct connection *connection = server->open[index];
	struct linger now = { .l_onoff = 1, .l_linger = 0 };

	if (how == THEN_RESET)
		setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(connection->fd);
	free(connection);
	server->open[index] = server->open[--server->open_count];
}

static bool send_all(int fd, const char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t n = send(fd, bytes, size, MSG_NOSIGNAL);

		if (n < 0 && errno != EINTR)
			return false;
		bytes += n > 0 ? n : 0;
		size -= n > 0 ? (size_t)n : 0;
	}
	return true;
}

static bool send_answer(int fd, const struct answer *answer)
{
	static char filler[KIB];
	bool alive = true;

	memset(filler, 'x', sizeof(filler));
	if (answer->bytes)
		alive = send_all(fd, answer->bytes,
				 answer->size ? answer->size : strlen(answer->bytes));
	for (size_t i = 0; alive && i < answer->filler; i++)
		alive = send_all(fd, filler, sizeof(filler));
	return alive;
}

static void remember(struct http_server *server, const struct connection *connection, size_t size)
{
	SCOPED_LOCK(&server->lock);
	if (server->request_count == REQUESTS_MAX)
		return;
	server->requests[server->request_count++] =
		(struct request){ strndup(connection->bytes, size), connection->number };
}

/* The bytes of the first request there, 0: not whole. The first bytes of TLS are one, so
 * that they are answered, too. */
static size_t request_size(struct connection *connection)
{
	const char *end, *length;
	size_t size;

	connection->bytes[connection->size] = '\0';
	if (connection->size > 0 && connection->bytes[0] == TLS_HANDSHAKE)
		return connection->size;
	end = strstr(connection->bytes, "\r\n\r\n");
	if (!end)
		return 0;
	size = (size_t)(end - connection->bytes) + 4;
	length = strcasestr(connection->bytes, "\r\nContent-Length:");
	if (length && length < end)
		size += strtoul(length + strlen("\r\nContent-Length:"), NULL, 10);
	return size <= connection->size ? size : 0;
}

/* What came on the connection at that index. */
static void serve(struct http_server *server, size_t index)
{
	struct connection *connection = server->open[index];
	const struct answer *answer;
	ssize_t n = recv(connection->fd, connection->bytes + connection->size,
			 REQUEST_BYTES_MAX - connection->size, 0);
	size_t size;

	if (n <= 0) {
		drop(server, index, THEN_CLOSE);
		return;
	}
	connection->size += (size_t)n;
	while (!connection->stalled && (size = request_size(connection)) > 0) {
		remember(server, connection, size);
		memmove(connection->bytes, connection->bytes + size, connection->size - size);
		connection->size -= size;
		answer = &server->answers[server->answered];
		if (server->answered + 1 < server->answer_count)
			server->answered++;
		connection->stalled = answer->then == THEN_STALL;
		if (!send_answer(connection->fd, answer) || answer->then == THEN_CLOSE ||
		    answer->then == THEN_RESET) {
			drop(server, index, answer->then);
			return;
		}
	}
}

static void take_connection(struct http_server *server)
{
	struct connection *connection = calloc(1, sizeof(*connection));
	int fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC);

	if (!connection || fd < 0 || server->open_count == CONNECTIONS_MAX) {
		free(connection);
		if (fd >= 0)
			close(fd);
		return;
	}
	connection->fd = fd;
	server->open[server->open_count++] = connection;
	SCOPED_LOCK(&server->lock);
	connection->number = server->connection_count++;
}

static void *run(void *arg)
{
	struct http_server *server = arg;

	for (;;) {
		struct pollfd fds[CONNECTIONS_MAX + 2] = {
			{ .fd = server->stop[0], .events = POLLIN },
			{ .fd = server->listener, .events = POLLIN },
		};
		size_t count = server->open_count;

		for (size_t i = 0; i < count; i++)
			fds[i + 2] = (struct pollfd){ .fd = server->open[i]->fd, .events = POLLIN };
		if (poll(fds, count + 2, -1) < 0)
			continue;
		if (fds[0].revents)
			break;
		/* From the end: dropping one moves the last into its place. */
		for (size_t i = count; i-- > 0;)
			if (fds[i + 2].revents)
				serve(server, i);
		if (fds[1].revents)
			take_connection(server);
	}
	while (server->open_count > 0)
		drop(server, 0, THEN_CLOSE);
	return NULL;
}

struct http_server *http_server_start(const struct answer *answers, size_t count)
{
	struct http_server *server = calloc(1, sizeof(*server));
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);

	assert_non_null(server);
	server->answers = answers;
	server->answer_count = count;
	pthread_mutex_init(&server->lock, NULL);
	server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(server->listener >= 0);
	assert_int_equal(bind(server->listener, (struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(server->listener, CONNECTIONS_MAX), 0);
	assert_int_equal(getsockname(server->listener, (struct sockaddr *)&address, &size), 0);
	server->port = ntohs(address.sin_port);
	assert_int_equal(pipe(server->stop), 0);
	assert_int_equal(pthread_create(&server->thread, NULL, run, server), 0);
	return server;
}

void http_server_stop(struct http_server *server)
{
	assert_int_equal(write(server->stop[1], "", 1), 1);
	pthread_join(server->thread, NULL);
	close(server->stop[0]);
	close(server->stop[1]);
	close(server->listener);
	for (size_t i = 0; i < server->request_count; i++)
		free(server->requests[i].text);
	pthread_mutex_destroy(&server->lock);
	free(server);
}

unsigned http_server_port(const struct http_server *server)
{
	return server->port;
}

size_t http_server_connections(struct http_server *server)
{
	SCOPED_LOCK(&server->lock);
	return server->connection_count;
}

size_t http_server_requests(struct http_server *server)
{
	SCOPED_LOCK(&server->lock);
	return server->request_count;
}

const char *http_server_request(struct http_server *server, size_t number, size_t *ret_connection)
{
	SCOPED_LOCK(&server->lock);
	if (number >= server->request_count)
		return NULL;
	if (ret_connection)
		*ret_connection = server->requests[number].connection;
	return server->requests[number].text;
}
