/* Plays case files as a provider over HTTP: case_server
 *
 * Two listeners on free ports of 127.0.0.1, the API and the host of the pictures, which
 * the first line of its output names: "BASE IMAGE_HOST". Replies are written byte by byte
 * as the script has them, so that they can be broken. One thread, one loop. Commands come
 * on standard input, a line each:
 *
 *     play FILE MNT    loads the case and writes its request below MNT/requests/.
 *                      Says "job PATH", "skip" for what is not played over HTTP, or
 *                      "fault WHY".
 *     end              the job rests: says what was not as the script has it, a line
 *                      "# …" each, then "fine" or "wrong". */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "tests/unit/case_file.h"
#include "tests/unit/case_mounted.h"
#include "tests/unit/case_wire.h"

enum { CONNECTIONS_MAX = 64, READ_BYTES = 65536, COMMAND_BYTES_MAX = 4096, PLACE_BYTES = 64 };

enum listener { LISTENER_API, LISTENER_IMAGES, LISTENERS };

struct connection {
	int fd; /* -1: free */
	enum listener listener;
	struct strbuf in, out;
	size_t sent;
	enum { THEN_GO_ON, THEN_CLOSE, THEN_RESET, THEN_STALL } then; /* when `out` is sent */
};

struct server {
	int listeners[LISTENERS];
	char origins[LISTENERS][PLACE_BYTES];
	struct connection connections[CONNECTIONS_MAX];
	struct case_file file;
	bool plays;
	struct case_places places;
	struct case_reader reader;
	char *mnt, *job;
	int64_t submissions;
	struct strbuf complaints;
	struct strbuf command;
};

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "case_server: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void complain(struct server *server, const char *text)
{
	strbuf_addf(&server->complaints, "%s\n", text);
}

/* ---- sockets ---- */

static void listen_at(struct server *server, enum listener listener)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(fd, CONNECTIONS_MAX) < 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &size) < 0)
		die("no listener");
	server->listeners[listener] = fd;
	snprintf(server->origins[listener], PLACE_BYTES, "http://127.0.0.1:%u",
		 ntohs(address.sin_port));
}

static void forget(struct connection *connection)
{
	if (connection->then == THEN_RESET) {
		struct linger linger = { .l_onoff = 1, .l_linger = 0 };

		setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	}
	close(connection->fd);
	strbuf_done(&connection->in);
	strbuf_done(&connection->out);
	*connection = (struct connection){ .fd = -1 };
}

static void accept_one(struct server *server, enum listener listener)
{
	int fd = accept4(server->listeners[listener], NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	for (size_t i = 0; i < CONNECTIONS_MAX; i++)
		if (server->connections[i].fd < 0) {
			server->connections[i] =
				(struct connection){ .fd = fd, .listener = listener };
			return;
		}
	complain(server, "too many connections");
	close(fd);
}

/* ---- requests ---- */

static void check_headers(struct server *server, const struct case_step *step,
			  const struct wire_request *request)
{
	char text[400];

	for (size_t i = 0; i < step->header_count; i++) {
		const struct case_header *want = &step->headers[i];
		const char *got = wire_header(request, want->name);

		if (want->value ? !got || strcmp(got, want->value) != 0 : got != NULL) {
			snprintf(text, sizeof(text), "line %u: the header %s is %.200s", step->line,
				 want->name, got ? got : "missing");
			complain(server, text);
		}
	}
}

/* What holds for every request, whatever the script says. */
static void check_manners(struct server *server, const struct wire_request *request)
{
	static const char *const unwanted[] = { "cookie", "x-key", "proxy-authorization", "expect",
						"referer" };
	const char *authorization = wire_header(request, "authorization");
	const char *type = wire_header(request, "content-type");

	for (size_t i = 0; i < sizeof(unwanted) / sizeof(unwanted[0]); i++)
		if (wire_header(request, unwanted[i]))
			complain(server, unwanted[i]);
	if (authorization && strcmp(authorization, server->file.authorization) != 0)
		complain(server, "the authorization is not the key's");
	if (*request->body && (!type || strncmp(type, "application/json", 16) != 0))
		complain(server, "a body that is not called JSON");
}

static bool is_submission(const struct server *server, const struct case_request *request)
{
	const struct case_reader beginning = { .file = &server->file };
	const struct case_step *first = case_reader_next(&beginning);

	return first && case_step_fits(first, &server->places, request, NULL);
}

static const struct case_step *find_step(struct server *server, enum listener listener,
					 const struct wire_request *wire)
{
	CLEANUP(strbuf) struct strbuf url = STRBUF_EMPTY;
	struct case_request request = {
		.verb = wire->verb,
		.body = wire->body,
		.keyed = wire_header(wire, "authorization") != NULL,
	};
	const struct case_step *step, *act;
	struct diag diag = { 0 };

	strbuf_addf(&url, "%s%s", server->origins[listener], wire->target);
	request.url = strbuf_text(&url);
	if (is_submission(server, &request))
		server->submissions++;
	step = case_reader_take(&server->reader, &server->places, &request, &diag);
	if (!step) {
		complain(server, diag.text);
		return NULL;
	}
	check_headers(server, step, wire);
	/* Before the reply, so that it is known when the reply is taken. */
	while ((act = case_reader_act(&server->reader)))
		if (act->kind == STEP_CANCEL &&
		    case_mounted_tell(server->mnt, server->job, "cancel\n") < 0)
			complain(server, "cancel cannot be written to ctl");
	return step;
}

static void answer(struct server *server, struct connection *connection, size_t size)
{
	CLEANUP(free_ptr) char *bytes = strndup(connection->in.bytes, size);
	struct wire_request request;
	const struct case_step *step = NULL;
	bool closes;

	if (!bytes || wire_request_split(bytes, size, &request) < 0) {
		complain(server, "what came is no request");
		connection->then = THEN_CLOSE;
		return;
	}
	if (server->plays) {
		check_manners(server, &request);
		step = find_step(server, connection->listener, &request);
	}
	if (!step) { /* said already; a permanent error ends the job soonest */
		strbuf_add_text(&connection->out, "HTTP/1.1 400 Not In The Script\r\n"
						  "content-length: 0\r\n\r\n");
		return;
	}
	server->places.now_ms = clock_wall_ms();
	closes = wire_add_reply(&step->reply, &server->places, &connection->out);
	if (step->reply.form == FORM_RESET)
		connection->then = THEN_RESET;
	else if (step->reply.form == FORM_STALL)
		connection->then = THEN_STALL;
	else if (closes)
		connection->then = THEN_CLOSE;
}

static void look_at_input(struct server *server, struct connection *connection)
{
	long size = wire_request_size(connection->in.bytes, connection->in.size);
	struct strbuf rest = STRBUF_EMPTY;

	if (size < 0) {
		complain(server, "an enormous request");
		forget(connection);
	}
	if (size <= 0)
		return;
	answer(server, connection, (size_t)size);
	strbuf_add(&rest, connection->in.bytes + size, connection->in.size - (size_t)size);
	strbuf_done(&connection->in);
	connection->in = rest;
}

static void read_some(struct server *server, struct connection *connection)
{
	char bytes[READ_BYTES];
	ssize_t size = recv(connection->fd, bytes, sizeof(bytes), 0);

	if (size < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (size <= 0) {
		forget(connection);
		return;
	}
	strbuf_add(&connection->in, bytes, (size_t)size);
	look_at_input(server, connection);
}

static void write_some(struct connection *connection)
{
	ssize_t size = send(connection->fd, connection->out.bytes + connection->sent,
			    connection->out.size - connection->sent, MSG_NOSIGNAL);

	if (size < 0 && errno != EAGAIN && errno != EINTR) {
		forget(connection);
		return;
	}
	if (size > 0)
		connection->sent += (size_t)size;
}

/* Called when nothing more waits to be sent. */
static void end_reply(struct connection *connection)
{
	strbuf_clear(&connection->out);
	connection->sent = 0;
	if (connection->then == THEN_CLOSE || connection->then == THEN_RESET)
		forget(connection);
}

/* ---- commands ---- */

static void stop_playing(struct server *server)
{
	case_done(&server->file);
	free(server->mnt);
	free(server->job);
	server->mnt = server->job = NULL;
	server->plays = false;
	for (size_t i = 0; i < CONNECTIONS_MAX; i++)
		if (server->connections[i].fd >= 0 && server->connections[i].then == THEN_STALL)
			forget(&server->connections[i]);
}

static void command_play(struct server *server, const char *path, const char *mnt)
{
	struct diag diag = { 0 };
	int r;

	stop_playing(server);
	strbuf_clear(&server->complaints);
	server->submissions = 0;
	if (case_load(path, &server->file, &diag) < 0) {
		printf("fault %s\n", diag.text);
		return;
	}
	if (server->file.players == PLAYED_IN_PROCESS) {
		printf("skip\n");
		return;
	}
	server->reader = (struct case_reader){ .file = &server->file };
	server->mnt = strdup(mnt);
	server->plays = true;
	r = server->mnt ? case_mounted_send(&server->file, mnt, &server->job) : -ENOMEM;
	if (r < 0)
		printf("fault the request cannot be written: %s\n", strerror(-r));
	else
		printf("job %s\n", server->job);
}

static void command_end(struct server *server)
{
	char *text, *line;
	struct diag diag = { 0 };

	if (!server->plays || !server->job) {
		printf("fault nothing is played\n");
		return;
	}
	if (!case_reader_is_through(&server->reader, &diag))
		complain(server, diag.text);
	if (server->submissions != server->file.end.submissions)
		strbuf_addf(&server->complaints, "%" PRId64 " submissions came\n",
			    server->submissions);
	case_mounted_check(&server->file, &server->places, server->mnt, server->job,
			   &server->complaints);
	text = (char *)strbuf_text(&server->complaints);
	while (*text && (line = strsep(&text, "\n")) && text)
		printf("# %s\n", line);
	printf(server->complaints.size ? "wrong\n" : "fine\n");
	stop_playing(server);
}

static void obey(struct server *server, char *line)
{
	char *save, *word = strtok_r(line, " ", &save);
	char *path = strtok_r(NULL, " ", &save), *mnt = strtok_r(NULL, " ", &save);

	if (word && strcmp(word, "play") == 0 && path && mnt)
		command_play(server, path, mnt);
	else if (word && strcmp(word, "end") == 0)
		command_end(server);
	else
		printf("fault no such command\n");
	fflush(stdout);
}

/* False at the end of the commands. */
static bool read_commands(struct server *server)
{
	char bytes[COMMAND_BYTES_MAX], *end;
	ssize_t size = read(STDIN_FILENO, bytes, sizeof(bytes));

	if (size <= 0)
		return size < 0 && errno == EINTR;
	strbuf_add(&server->command, bytes, (size_t)size);
	while ((end = memchr(server->command.bytes, '\n', server->command.size))) {
		struct strbuf rest = STRBUF_EMPTY;

		strbuf_add_text(&rest, end + 1);
		*end = '\0';
		obey(server, server->command.bytes);
		strbuf_done(&server->command);
		server->command = rest;
		if (!rest.size)
			break;
	}
	return true;
}

/* ---- the loop ---- */

static bool waits_to_send(const struct connection *connection)
{
	return connection->sent < connection->out.size;
}

static short events_of(const struct connection *connection)
{
	if (waits_to_send(connection))
		return POLLOUT;
	return connection->then == THEN_GO_ON ? POLLIN : 0;
}

static void serve(struct server *server, struct connection *connection, short events)
{
	if (events & POLLOUT)
		write_some(connection);
	else if (events)
		read_some(server, connection);
	if (connection->fd >= 0 && !waits_to_send(connection))
		end_reply(connection);
}

static bool step(struct server *server)
{
	struct pollfd fds[1 + LISTENERS + CONNECTIONS_MAX] = { { STDIN_FILENO, POLLIN, 0 } };
	struct pollfd *of_connections = fds + 1 + LISTENERS;

	for (size_t i = 0; i < LISTENERS; i++)
		fds[1 + i] = (struct pollfd){ server->listeners[i], POLLIN, 0 };
	for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
		struct connection *connection = &server->connections[i];

		of_connections[i] = (struct pollfd){ connection->fd, 0, 0 };
		if (connection->fd >= 0)
			of_connections[i].events = events_of(connection);
	}
	if (poll(fds, sizeof(fds) / sizeof(fds[0]), -1) < 0)
		return errno == EINTR;
	for (size_t i = 0; i < CONNECTIONS_MAX; i++)
		if (of_connections[i].revents)
			serve(server, &server->connections[i], of_connections[i].revents);
	for (size_t i = 0; i < LISTENERS; i++)
		if (fds[1 + i].revents)
			accept_one(server, (enum listener)i);
	return !fds[0].revents || read_commands(server);
}

int main(void)
{
	static struct server server;

	for (size_t i = 0; i < CONNECTIONS_MAX; i++)
		server.connections[i].fd = -1;
	for (size_t i = 0; i < LISTENERS; i++)
		listen_at(&server, (enum listener)i);
	server.places.base = server.origins[LISTENER_API];
	server.places.image_host = server.origins[LISTENER_IMAGES];
	printf("%s %s\n", server.places.base, server.places.image_host);
	fflush(stdout);
	while (step(&server))
		;
	stop_playing(&server);
	for (size_t i = 0; i < CONNECTIONS_MAX; i++)
		if (server.connections[i].fd >= 0)
			forget(&server.connections[i]);
	for (size_t i = 0; i < LISTENERS; i++)
		close(server.listeners[i]);
	strbuf_done(&server.complaints);
	strbuf_done(&server.command);
	return 0;
}
