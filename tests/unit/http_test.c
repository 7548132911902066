/* HTTP as it should be: what is sent, on which connection, how often, and what is told
 * of the reply. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "http_stage.h"
#include "scratch_dir.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define OK(body_size) "HTTP/1.1 200 OK\r\nContent-Length: " #body_size "\r\n\r\n"
#define AUTHORIZATION "Authorization: Bearer k3y"

/* ---- what is sent and told ---- */

static void test_get(void **state)
{
	static const struct answer answers[] = {
		{ .bytes =
			  "HTTP/1.1 429 Slow\r\nContent-Type: application/json; charset=x\r\n"
			  "Retry-After: Fri, 31 Dec 1999 23:59:59 GMT\r\nretry-after-ms: 1500.7\r\n"
			  "Content-Length: 7\r\n\r\n{\"a\":1}" },
	};
	const struct question question = { .url = "/v1/./jobs/../x?b=c%20d",
					   .keyed = true,
					   .order.authorization = AUTHORIZATION };
	struct http_stage stage;
	struct heard heard;
	const char *sent;

	(void)state;
	http_stage_open(&stage, answers, LENGTH(answers));
	http_stage_ask(&stage, &question, &heard);
	sent = http_server_request(stage.server, 0, NULL);
	assert_ptr_equal(strstr(sent, "GET /v1/./jobs/../x?b=c%20d HTTP/1.1\r\n"), sent);
	assert_non_null(strstr(sent, "\r\nAccept: application/json\r\n"));
	assert_non_null(strstr(sent, "\r\nUser-Agent: stage/1\r\n"));
	assert_non_null(strstr(sent, "\r\nAccept-Encoding: gzip\r\n"));
	assert_non_null(strstr(sent, "\r\n" AUTHORIZATION "\r\n"));
	assert_null(strcasestr(sent, "\r\nContent-"));
	assert_int_equal(heard.reply.delivery, DELIVERY_REPLIED);
	assert_int_equal(heard.error, HTTP_OK);
	assert_null(heard.reply.error);
	assert_int_equal(heard.reply.status, 429);
	assert_string_equal(heard.type, "application/json; charset=x");
	assert_string_equal(heard.wait_text, "Fri, 31 Dec 1999 23:59:59 GMT");
	assert_int_equal(heard.reply.wait_ms, 1500);
	assert_true(llabs((long long)(heard.reply.now_ms - clock_wall_ms())) < 60 * 1000);
	assert_int_equal(heard.reply.body_size, 7);
	assert_string_equal(heard.body, "{\"a\":1}");
	heard_done(&heard);
	http_stage_close(&stage);
}

static const struct {
	const char *verb, *body, *says, *says_not;
} verbs[] = {
	{ "POST", "{\"p\":\"a dog\"}", "\r\nContent-Length: 13\r\n", "\r\nExpect:" },
	{ "POST", "{}", "\r\nContent-Type: application/json\r\n", "\r\nAuthorization:" },
	{ "POST", NULL, "\r\nContent-Length: 0\r\n", "\r\nContent-Type:" },
	{ "PUT", "{}", "\r\nContent-Length: 2\r\n", "\r\nExpect:" },
	{ "PUT", NULL, "PUT /x HTTP/1.1\r\n", "\r\nContent-Type:" },
	{ "DELETE", NULL, "DELETE /x HTTP/1.1\r\n", "\r\nContent-" },
};

static void test_verbs(void **state)
{
	static const struct answer answers[] = { { .bytes = "HTTP/1.1 204 None\r\n\r\n" } };
	struct http_stage stage;

	(void)state;
	http_stage_open(&stage, answers, LENGTH(answers));
	for (size_t i = 0; i < LENGTH(verbs); i++) {
		/* The key is there, but the message is not to carry it. */
		struct question question = { .verb = verbs[i].verb,
					     .url = "/x",
					     .body = verbs[i].body,
					     .order.authorization = AUTHORIZATION };
		struct heard heard;
		const char *sent;

		http_stage_ask(&stage, &question, &heard);
		sent = http_server_request(stage.server, i, NULL);
		if (strncmp(sent, verbs[i].verb, strlen(verbs[i].verb)) != 0 ||
		    !strstr(sent, verbs[i].says) || strcasestr(sent, verbs[i].says_not))
			fail_msg("row %zu: %s", i, sent);
		if (verbs[i].body)
			assert_string_equal(strstr(sent, "\r\n\r\n") + 4, verbs[i].body);
		assert_int_equal(heard.reply.status, 204);
		assert_string_equal(heard.type, "");
		assert_string_equal(heard.wait_text, "");
		assert_int_equal(heard.reply.wait_ms, -1);
		assert_string_equal(heard.body, "");
		heard_done(&heard);
	}
	http_stage_close(&stage);
}

/* libcurl would wait for a "100 Continue" with more than a megabyte. */
static void test_large_body(void **state)
{
	static const struct answer answers[] = { { .bytes = OK(2) "{}" } };
	enum { SIZE = 2 * 1024 * 1024 };
	char *body = malloc(SIZE + 1);
	struct question question = {
		.verb = "POST", .url = "/", .body = body, .paid = true, .keyed = true
	};
	struct http_stage stage;
	struct heard heard;
	const char *sent;

	(void)state;
	assert_non_null(body);
	memset(body, 'y', SIZE);
	body[SIZE] = '\0';
	http_stage_open(&stage, answers, LENGTH(answers));
	http_stage_ask(&stage, &question, &heard);
	assert_int_equal(heard.reply.delivery, DELIVERY_REPLIED);
	sent = http_server_request(stage.server, 0, NULL);
	assert_null(strstr(sent, "Expect:"));
	assert_true(strcmp(strstr(sent, "\r\n\r\n") + 4, body) == 0);
	free(body);
	heard_done(&heard);
	http_stage_close(&stage);
}

static void test_gzip(void **state)
{
	static const char text[] = "{\"status\":\"a text that is worth packing packing packing\"}";
	unsigned char packed[200];
	char reply[400];
	z_stream z = { .next_in = (unsigned char *)text,
		       .avail_in = sizeof(text) - 1,
		       .next_out = packed,
		       .avail_out = sizeof(packed) };
	struct answer answer = { .bytes = reply };
	struct http_stage stage;
	struct heard heard;
	int head;

	(void)state;
	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY),
			 Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	head = snprintf(reply, sizeof(reply),
			"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %lu\r\n\r\n",
			z.total_out);
	memcpy(reply + head, packed, z.total_out);
	answer.size = (size_t)head + z.total_out;
	http_stage_open(&stage, &answer, 1);
	http_stage_ask(&stage, &(struct question){ .url = "/" }, &heard);
	assert_int_equal(heard.reply.delivery, DELIVERY_REPLIED);
	assert_string_equal(heard.body, text);
	heard_done(&heard);
	http_stage_close(&stage);
}

/* ---- connections ---- */

static void test_kept_connection(void **state)
{
	static const struct answer answers[] = { { .bytes = OK(2) "{}" } };
	enum { TIMES = 1000 };
	struct http_stage stage;

	(void)state;
	http_stage_open(&stage, answers, LENGTH(answers));
	for (size_t i = 0; i < TIMES; i++) {
		struct heard heard;

		http_stage_ask(&stage, &(struct question){ .url = "/" }, &heard);
		assert_int_equal(heard.reply.delivery, DELIVERY_REPLIED);
		heard_done(&heard);
	}
	assert_int_equal(http_server_requests(stage.server), TIMES);
	assert_int_equal(http_server_connections(stage.server), 1);
	http_stage_close(&stage);
}

/* Neither is a kept connection used for what is paid, nor is its own kept. */
static void test_paid_connection(void **state)
{
	static const struct answer answers[] = { { .bytes = OK(2) "{}" } };
	static const size_t want[] = { 0, 1, 2, 0, 3, 0 };
	struct http_stage stage;

	(void)state;
	http_stage_open(&stage, answers, LENGTH(answers));
	for (size_t i = 0; i < LENGTH(want); i++) {
		struct question question = {
			.verb = "POST", .url = "/", .body = "{}", .paid = want[i] > 0
		};
		struct heard heard;
		size_t connection = 99;

		http_stage_ask(&stage, &question, &heard);
		assert_int_equal(heard.reply.delivery, DELIVERY_REPLIED);
		http_server_request(stage.server, i, &connection);
		assert_int_equal(connection, want[i]);
		heard_done(&heard);
	}
	http_stage_close(&stage);
}

/* The server closes the connection when it has read the second request on it. What went
 * out there may have been done, but libcurl sends it again: so it was here, with a
 * message that is not paid; the paid one arrives once. */
static void test_paid_once(void **state)
{
	static const struct answer answers[] = {
		{ .bytes = OK(2) "{}" },
		{ .then = THEN_CLOSE },
		{ .bytes = OK(2) "{}" },
	};

	(void)state;
	for (int paid = 0; paid <= 1; paid++) {
		struct question question = {
			.verb = "POST", .url = "/submit", .body = "{}", .paid = paid
		};
		struct http_stage stage;
		struct heard heard;
		size_t connection = 99;

		http_stage_open(&stage, answers, LENGTH(answers));
		http_stage_ask(&stage, &(struct question){ .url = "/" }, &heard);
		heard_done(&heard);
		http_stage_ask(&stage, &question, &heard);
		http_server_request(stage.server, 1, &connection);
		assert_int_equal(connection, paid ? 1 : 0);
		if (paid) {
			assert_int_equal(heard.reply.delivery, DELIVERY_LOST);
			assert_int_equal(heard.reply.status, 0);
			assert_non_null(strstr(heard.why, "without a reply"));
			assert_int_equal(http_server_requests(stage.server), 2);
		} else {
			/* That libcurl does so is why the above is needed. */
			assert_int_equal(heard.reply.delivery, DELIVERY_REPLIED);
			assert_int_equal(http_server_requests(stage.server), 3);
		}
		heard_done(&heard);
		http_stage_close(&stage);
	}
}

static void test_many_at_once(void **state)
{
	static const struct answer answers[] = { { .bytes = OK(2) "{}" } };
	enum { COUNT = 24 };
	struct heard heard[COUNT] = { 0 };
	struct http_stage stage;

	(void)state;
	http_stage_open(&stage, answers, LENGTH(answers));
	for (size_t i = 0; i < COUNT; i++) {
		struct question question = { .verb = "POST", .url = "/", .paid = i % 2 };
		struct http_transfer *transfer;

		assert_int_equal(http_stage_start(&stage, &question, &heard[i], &transfer), 0);
	}
	for (size_t i = 0; i < COUNT; i++) {
		http_stage_until(&stage, &heard[i], 1);
		assert_int_equal(heard[i].reply.delivery, DELIVERY_REPLIED);
		heard_done(&heard[i]);
	}
	assert_int_equal(http_server_requests(stage.server), COUNT);
	http_stage_close(&stage);
}

/* ---- pictures ---- */

static void assert_saved(const char *path, const char *want)
{
	char *bytes = NULL;
	size_t size;

	assert_int_equal(file_read(path, 1024 * 1024, &bytes, &size), 0);
	assert_string_equal(bytes, want);
	free(bytes);
}

static void test_save(void **state)
{
	static const struct answer answers[] = {
		{ .bytes = "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 4\r\n\r\n"
			   "\x89PNG" },
		{ .bytes = OK(2) "ab" },
	};
	struct question question = { .url = "/a.png?signature=x", .keyed = true };
	struct http_stage stage;
	struct heard heard;
	struct stat st;
	char *path = file_join(*state, "picture");
	const char *sent;

	http_stage_open(&stage, answers, LENGTH(answers));
	question.order.save_path = path;
	question.order.authorization = AUTHORIZATION;
	http_stage_ask(&stage, &question, &heard);
	assert_int_equal(heard.reply.delivery, DELIVERY_REPLIED);
	assert_int_equal(heard.reply.status, 200);
	assert_string_equal(heard.type, "image/png");
	assert_int_equal(heard.reply.body_size, 0);
	assert_saved(path, "\x89PNG");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	sent = http_server_request(stage.server, 0, NULL);
	assert_null(strcasestr(sent, "Authorization"));
	assert_null(strcasestr(sent, "Accept-Encoding"));
	heard_done(&heard);

	http_stage_ask(&stage, &question, &heard); /* over what is there */
	assert_saved(path, "ab");
	heard_done(&heard);
	free(path);
	http_stage_close(&stage);
}

static void test_redirects(void **state)
{
	static const struct answer answers[] = {
		{ .bytes =
			  "HTTP/1.1 302 There\r\nLocation: /b?c\r\nContent-Length: 4\r\n\r\npage" },
		{ .bytes = "HTTP/1.1 307 There\r\nLocation: d\r\nContent-Length: 4\r\n\r\npage" },
		{ .bytes = OK(7) "picture" },
		{ .bytes = "HTTP/1.1 302 There\r\nLocation: /b\r\nContent-Length: 2\r\n\r\n{}" },
	};
	struct question question = { .url = "/a" };
	struct http_stage stage;
	struct heard heard;
	char *path = file_join(*state, "picture");

	http_stage_open(&stage, answers, LENGTH(answers));
	question.order.save_path = path;
	http_stage_ask(&stage, &question, &heard);
	assert_int_equal(heard.reply.delivery, DELIVERY_REPLIED);
	assert_int_equal(heard.reply.status, 200);
	assert_saved(path, "picture");
	assert_ptr_equal(strstr(http_server_request(stage.server, 1, NULL), "GET /b?c "),
			 http_server_request(stage.server, 1, NULL));
	assert_ptr_equal(strstr(http_server_request(stage.server, 2, NULL), "GET /d "),
			 http_server_request(stage.server, 2, NULL));
	heard_done(&heard);

	question.order.save_path = NULL; /* an API call: told as it is */
	http_stage_ask(&stage, &question, &heard);
	assert_int_equal(heard.reply.delivery, DELIVERY_REPLIED);
	assert_int_equal(heard.reply.status, 302);
	assert_string_equal(heard.body, "{}");
	assert_int_equal(http_server_requests(stage.server), 4);
	heard_done(&heard);

	question.order.save_path = path; /* now for ever: 4 are followed */
	http_stage_ask(&stage, &question, &heard);
	assert_int_equal(heard.reply.delivery, DELIVERY_REFUSED);
	assert_int_equal(heard.reply.status, 302);
	assert_non_null(strstr(heard.why, "after 4 redirects"));
	assert_int_equal(http_server_requests(stage.server), 4 + 5);
	heard_done(&heard);
	free(path);
	http_stage_close(&stage);
}

/* ---- starting, breaking off, waiting ---- */

struct chain {
	struct http_stage *stage;
	struct http_transfer *own, *other;
	struct heard *next;
};

static void cancel_and_go_on(const struct http_end *end, void *arg)
{
	struct chain *chain = arg;
	const struct question question = { .url = "/next" };
	struct http_transfer *transfer;

	assert_int_equal(end->reply.delivery, DELIVERY_REPLIED);
	http_cancel(chain->own);
	http_cancel(chain->other);
	assert_int_equal(http_stage_start(chain->stage, &question, chain->next, &transfer), 0);
	assert_int_equal(chain->next->times, 0);
	assert_string_equal(end->reply.body, "{}"); /* valid until we return */
}

/* From `done`: itself, another one that waits, and a new one. */
static void test_from_done(void **state)
{
	static const struct answer answers[] = {
		{ .then = THEN_STALL },
		{ .bytes = OK(2) "{}" },
	};
	struct http_stage stage;
	struct heard other = { 0 }, next = { 0 };
	struct chain chain = { .stage = &stage, .next = &next };
	struct question question = { .url = "/", .paid = true };

	(void)state;
	http_stage_open(&stage, answers, LENGTH(answers));
	assert_int_equal(http_stage_start(&stage, &question, &other, &chain.other), 0);
	while (http_server_requests(stage.server) < 1) { /* so that the stalled one is this */
		assert_int_equal(http_wait(stage.http, NULL, 0, 10), 0);
		http_step(stage.http);
	}
	question.order.done = cancel_and_go_on;
	question.order.arg = &chain;
	assert_int_equal(http_stage_start(&stage, &question, NULL, &chain.own), 0);
	http_stage_until(&stage, &next, 1);
	assert_int_equal(next.reply.delivery, DELIVERY_REPLIED);
	assert_int_equal(other.times, 0);
	heard_done(&next);
	http_stage_close(&stage);
}

static void cancel_other(const struct http_end *end, void *arg)
{
	struct chain *chain = arg;

	(void)end;
	if (chain->other)
		http_cancel(chain->other);
	chain->other = NULL;
}

/* Both end in the same step, since both are refused at once. The first cancels the other
 * before that one is told. */
static void test_cancel_ended(void **state)
{
	static const struct answer answers[] = { { .bytes = OK(0) } };
	struct http_peer *peer = http_peer_new("https://example.com");
	struct question question = { .url = "/", .order.peer = peer };
	struct http_stage stage;
	struct heard other = { 0 };
	struct chain chain = { 0 };

	(void)state;
	http_stage_open(&stage, answers, LENGTH(answers));
	question.order.done = cancel_other;
	question.order.arg = &chain;
	assert_int_equal(http_stage_start(&stage, &question, NULL, &chain.own), 0);
	question.order.done = NULL;
	assert_int_equal(http_stage_start(&stage, &question, &other, &chain.other), 0);
	http_step(stage.http);
	assert_null(chain.other);
	assert_int_equal(other.times, 0);
	http_step(stage.http);
	assert_int_equal(other.times, 0);
	http_peer_free(peer);
	http_stage_close(&stage);
}

static void test_free_under_way(void **state)
{
	static const struct answer answers[] = { { .then = THEN_STALL } };
	struct heard heard[4] = { 0 };
	struct http_stage stage;

	(void)state;
	http_stage_open(&stage, answers, LENGTH(answers));
	for (size_t i = 0; i < LENGTH(heard); i++) {
		struct question question = { .url = "/", .paid = i % 2, .keyed = true };
		struct http_transfer *transfer;

		question.order.authorization = AUTHORIZATION;
		assert_int_equal(http_stage_start(&stage, &question, &heard[i], &transfer), 0);
		http_step(stage.http);
	}
	http_stage_close(&stage);
	for (size_t i = 0; i < LENGTH(heard); i++)
		assert_int_equal(heard[i].times, 0);
	http_free(NULL);
	http_peer_free(NULL);
}

static void test_wait(void **state)
{
	static const struct answer answers[] = { { .then = THEN_STALL } };
	struct question question = { .url = "/", .paid = true };
	struct heard heard = { 0 };
	struct http_stage stage;
	struct http_transfer *transfer;
	struct pollfd fds[2];
	int a[2], b[2];

	(void)state;
	http_stage_open(&stage, answers, LENGTH(answers));
	assert_int_equal(http_stage_start(&stage, &question, &heard, &transfer), 0);
	assert_int_equal(pipe(a), 0);
	assert_int_equal(pipe(b), 0);
	fds[0] = (struct pollfd){ .fd = a[0], .events = POLLIN, .revents = POLLIN };
	fds[1] = (struct pollfd){ .fd = b[0], .events = POLLIN };
	assert_int_equal(http_wait(stage.http, fds, 2, 0), 0);
	assert_int_equal(fds[0].revents | fds[1].revents, 0);
	assert_int_equal(write(a[1], "x", 1), 1);
	assert_int_equal(http_wait(stage.http, fds, 2, -1), 0);
	assert_int_equal(fds[0].revents, POLLIN);
	close(b[1]); /* nothing to read, nobody to write */
	assert_int_equal(read(a[0], &(char){ 0 }, 1), 1);
	for (int turns = 0; turns < 1000 && !fds[1].revents; turns++) {
		assert_int_equal(http_wait(stage.http, fds, 2, -1), 0);
		http_step(stage.http);
	}
	assert_int_equal(fds[0].revents, 0);
	assert_int_equal(fds[1].revents, POLLHUP);
	http_cancel(transfer);
	close(a[0]);
	close(a[1]);
	close(b[0]);
	http_stage_close(&stage);
	assert_int_equal(heard.times, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_get),
		cmocka_unit_test(test_verbs),
		cmocka_unit_test(test_large_body),
		cmocka_unit_test(test_gzip),
		cmocka_unit_test(test_kept_connection),
		cmocka_unit_test(test_paid_connection),
		cmocka_unit_test(test_paid_once),
		cmocka_unit_test(test_many_at_once),
		cmocka_unit_test_setup_teardown(test_save, scratch_dir_make, scratch_dir_remove),
		cmocka_unit_test_setup_teardown(test_redirects, scratch_dir_make,
						scratch_dir_remove),
		cmocka_unit_test(test_from_done),
		cmocka_unit_test(test_cancel_ended),
		cmocka_unit_test(test_free_under_way),
		cmocka_unit_test(test_wait),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
