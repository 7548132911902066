/* Hides libmicrohttpd. Each listener has a few threads that never wait: what has to
 * wait is parked with the alarm, and its handler is called again later. A call is
 * therefore a little state machine. */
#include "simulator/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "simulator/alarm.h"
#include "simulator/control.h"
#include "simulator/server_body.h"

enum { BACKLOG = 1024, CONNECTIONS_MAX = 4000, IDLE_SECONDS = 300 };

struct server {
	struct world *world;
	unsigned number;
	char origin[ORIGIN_ROOM];
	struct MHD_Daemon *daemon;
};

static void *begin_call(void *arg, const char *url, struct MHD_Connection *connection)
{
	struct server *server = arg;
	struct call *call = calloc(1, sizeof(*call));

	if (!call)
		return NULL;
	call->connection = connection;
	call->url = strdup(url);
	call->x.world = server->world;
	call->x.number = server->number;
	call->x.provider = server->number < PROVIDERS ? providers[server->number] : &image_host;
	call->x.origin = server->origin;
	return call;
}

static void end_call(void *arg, struct MHD_Connection *connection, void **context,
		     enum MHD_RequestTerminationCode code)
{
	struct call *call = *context;

	(void)arg;
	(void)connection;
	(void)code;
	*context = NULL;
	if (!call)
		return;
	exchange_done(&call->x);
	strbuf_done(&call->events);
	free(call->url);
	free(call);
}

static enum MHD_Result take_header(void *arg, enum MHD_ValueKind kind, const char *name,
				   const char *value)
{
	(void)kind;
	request_add_header(arg, name, value);
	return MHD_YES;
}

/* A client that left while its request was held up has not asked for anything, unless a
 * fault says that it came through. */
static bool has_left(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	char byte;

	return info && recv(info->connect_fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

/* A TCP reset, whatever was sent before: disconnecting a socket does that, while
 * closing it with SO_LINGER would come after libmicrohttpd's orderly shutdown. */
static void reset(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct sockaddr none = { .sa_family = AF_UNSPEC };

	if (info)
		(void)connect(info->connect_fd, &none, sizeof(none));
}

static enum MHD_Result send_reply(struct call *call)
{
	struct reply *reply = &call->x.reply;
	struct MHD_Response *response;
	enum MHD_Result r;

	if (reply->sending == SEND_RESET)
		reset(call->connection);
	if (reply->sending == SEND_RESET || reply->sending == SEND_NOTHING)
		return MHD_NO;
	if (!reply->status || strbuf_failed(&reply->body))
		reply_html(reply, 500);
	response = server_body(call);
	if (!response)
		return MHD_NO;
	MHD_add_response_header(response, "Content-Type", reply->type);
	for (size_t i = 0; i < reply->header_count; i++)
		MHD_add_response_header(response, reply->headers[i].name, reply->headers[i].value);
	r = MHD_queue_response(call->connection, reply->status, response);
	MHD_destroy_response(response);
	return r;
}

/* Whether the call is parked until `due_ms` (steady clock). */
static bool is_parked(struct call *call)
{
	return clock_steady_ms() < call->due_ms &&
	       alarm_park(call->x.world->alarm, call->connection, call->due_ms);
}

static void begin(struct call *call)
{
	if (control_is_meant(&call->x.request))
		control_run(&call->x);
	else
		call->due_ms = clock_steady_ms() + exchange_begin(&call->x);
	call->delayed = call->due_ms > clock_steady_ms();
}

/* Whoever waits for a job is asked again when it has ended, which may be changed
 * meanwhile: the time is looked up anew. */
static bool is_waiting(struct call *call)
{
	int64_t left_ms = exchange_again_ms(&call->x) - clock_wall_ms();

	call->due_ms = clock_steady_ms() + (left_ms > 0 ? left_ms : 0);
	return is_parked(call);
}

static enum MHD_Result go_on(struct call *call)
{
	switch (call->stage) {
	case CALL_BODY:
		call->stage = CALL_BEGUN;
		begin(call);
		/* fall through */
	case CALL_BEGUN:
		if (is_parked(call))
			return MHD_YES;
		if (call->delayed && has_left(call->connection) &&
		    !exchange_outlasts_client(&call->x))
			return MHD_NO;
		call->stage = CALL_RUN;
		exchange_run(&call->x);
		/* fall through */
	case CALL_RUN:
		while (call->x.again) {
			if (is_waiting(call))
				return MHD_YES;
			exchange_again(&call->x);
		}
		exchange_finish(&call->x);
		call->stage = CALL_FINISHED;
		call->due_ms = clock_steady_ms() + call->x.reply.delay_ms;
		/* fall through */
	default:
		if (is_parked(call))
			return MHD_YES;
		return send_reply(call);
	}
}

/* NOLINTNEXTLINE(readability-function-size): the parameters are libmicrohttpd's */
static enum MHD_Result handle(void *arg, struct MHD_Connection *connection, const char *url,
			      const char *method, const char *version, const char *upload,
			      size_t *upload_size, void **context)
{
	struct call *call = *context;
	struct strbuf *body;

	(void)arg;
	(void)url;
	(void)version;
	if (!call || !call->url)
		return MHD_NO;
	if (call->stage == CALL_HEADERS) {
		call->stage = CALL_BODY;
		if (!request_begin(&call->x.request, method, call->url))
			return MHD_NO;
		MHD_get_connection_values(connection, MHD_HEADER_KIND, take_header,
					  &call->x.request);
		return MHD_YES;
	}
	if (*upload_size) {
		body = &call->x.request.body;
		if (body->size + *upload_size > REQUEST_BODY_MAX)
			return MHD_NO;
		strbuf_add(body, upload, *upload_size);
		*upload_size = 0;
		return MHD_YES;
	}
	return go_on(call);
}

/* A listening socket on 127.0.0.1; *ret_port is its port. -errno. */
static int listen_at(unsigned port, unsigned *ret_port)
{
	CLEANUP(close_fd) int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_port = htons((uint16_t)port),
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	int yes = 1, kept;

	if (fd < 0)
		return -errno;
	/* So that a port can be had again at once after a restart. */
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, BACKLOG) ||
	    getsockname(fd, (struct sockaddr *)&address, &size))
		return -errno;
	*ret_port = ntohs(address.sin_port);
	kept = fd;
	fd = -1;
	return kept;
}

struct server *server_start(struct world *world, unsigned number, struct diag *reterr_diag)
{
	struct server *server = calloc(1, sizeof(*server));
	unsigned port = world->options->ports[number];
	int fd = server ? listen_at(port, &port) : -ENOMEM;

	if (fd < 0) {
		diag_set(reterr_diag, 0, "cannot listen on 127.0.0.1 port %u: %s", port,
			 strerror(-fd));
		free(server);
		return NULL;
	}
	server->world = world;
	server->number = number;
	snprintf(server->origin, sizeof(server->origin), "http://127.0.0.1:%u", port);
	server->daemon = MHD_start_daemon(
		MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_SUSPEND_RESUME, 0, NULL, NULL, handle,
		server, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_THREAD_POOL_SIZE,
		world->options->threads, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS, MHD_OPTION_URI_LOG_CALLBACK,
		begin_call, server, MHD_OPTION_NOTIFY_COMPLETED, end_call, NULL, MHD_OPTION_END);
	if (server->daemon)
		return server;
	diag_set(reterr_diag, 0, "cannot start the HTTP server of port %u", port);
	close(fd);
	free(server);
	return NULL;
}

void server_stop(struct server *server)
{
	if (!server)
		return;
	MHD_stop_daemon(server->daemon);
	free(server);
}

const char *server_origin(const struct server *server)
{
	return server->origin;
}
