/* HTTP as it should not be: broken connections, and what may be said of the message then;
 * replies beyond every limit. */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <cmocka.h>

#include "base/file.h"
#include "http_stage.h"
#include "scratch_dir.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define BYTES(text)   text, sizeof(text) - 1
#define STATUS_200    "HTTP/1.1 200 OK\r\n"

/* ---- broken connections ---- */

static const struct {
	struct answer answer;
	int status;
	const char *says;
} broken[] = {
	{ { .then = THEN_CLOSE }, 0, "127.0.0.1 closed the connection without a reply" },
	{ { .then = THEN_RESET }, 0, "the connection to 127.0.0.1 broke after 0 bytes" },
	{ { .bytes = STATUS_200, .then = THEN_CLOSE }, 200, "127.0.0.1" },
	{ { .bytes = STATUS_200 "Content-Length: 10\r\n\r\n1234", .then = THEN_CLOSE },
	  200,
	  "the connection to 127.0.0.1 broke after 4 bytes" },
	{ { .bytes = STATUS_200 "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
	    .then = THEN_CLOSE },
	  200,
	  "broke after 3 bytes" },
	{ { .bytes = "HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
	    .then = THEN_CLOSE },
	  500,
	  "broke after 0 bytes" },
	{ { .bytes = "HTTP/1.1 100 Continue\r\n\r\n", .then = THEN_CLOSE }, 0, "127.0.0.1" },
	{ { .bytes = "SSH-2.0-x\r\n", .then = THEN_CLOSE }, 0, "not HTTP" },
	{ { .bytes = "HTTP/1.1 abc\r\n\r\n", .then = THEN_CLOSE }, 0, "not HTTP" },
	{ { .bytes = "\r\n\r\n\r\n\r\n", .then = THEN_CLOSE }, 0, "not HTTP" },
	{ { BYTES(STATUS_200 "Content-Length: 3\r\nX: \0\r\n\r\nabc"), THEN_CLOSE, 0 },
	  200,
	  "127.0.0.1" },
	{ { .bytes = STATUS_200 "Content-Encoding: gzip\r\nContent-Length: 12\r\n\r\nnot gzip at ",
	    .then = THEN_CLOSE },
	  200,
	  "cannot be decoded" },
};

/* Paid or not, one request arrives, and nobody says that it did not. */
static void test_broken(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * LENGTH(broken); i++) {
		struct question question = {
			.verb = "POST", .url = "/?secret", .body = "{}", .paid = i % 2
		};
		struct http_stage stage;
		struct heard heard;

		http_stage_open(&stage, &broken[i / 2].answer, 1);
		http_stage_ask(&stage, &question, &heard);
		if (heard.reply.delivery != DELIVERY_LOST || heard.error != HTTP_OK ||
		    heard.reply.status != broken[i / 2].status ||
		    !strstr(heard.why, broken[i / 2].says) || strstr(heard.why, "secret"))
			fail_msg("row %zu: delivery %d, status %d: %s", i / 2, heard.reply.delivery,
				 heard.reply.status, heard.why);
		assert_int_equal(http_server_requests(stage.server), 1);
		heard_done(&heard);
		http_stage_close(&stage);
	}
}

/* A port that nobody listens on. */
static unsigned free_port(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	close(fd);
	return ntohs(address.sin_port);
}

/* Nothing of the message left: no connection, no TLS. */
static void test_unsent(void **state)
{
	static const struct answer answers[] = {
		{ .bytes = "HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n", .then = THEN_CLOSE },
		{ .then = THEN_STALL }, /* the handshake of the second */
	};
	const char *const want[] = { "cannot connect to 127.0.0.1: Connection refused",
				     "no secure connection to 127.0.0.1: ",
				     "no connection to 127.0.0.1 within 0.3 s" };
	struct http_stage stage;
	char urls[3][128];

	(void)state;
	http_stage_open(&stage, answers, LENGTH(answers));
	snprintf(urls[0], sizeof(urls[0]), "http://127.0.0.1:%u/?secret", free_port());
	snprintf(urls[1], sizeof(urls[1]), "https%s/?secret", stage.base + strlen("http"));
	snprintf(urls[2], sizeof(urls[2]), "%s", urls[1]);
	for (size_t i = 0; i < LENGTH(want); i++) {
		struct question question = { .verb = "POST",
					     .url = urls[i],
					     .body = "{}",
					     .paid = true,
					     .order.connect_ms = i == 2 ? 300 : 0 };
		struct heard heard;

		http_stage_ask(&stage, &question, &heard);
		assert_int_equal(heard.reply.delivery, DELIVERY_UNSENT);
		assert_int_equal(heard.reply.status, 0);
		if (!strstr(heard.why, want[i]) || strstr(heard.why, "secret"))
			fail_msg("row %zu: %s", i, heard.why);
		heard_done(&heard);
	}
	http_stage_close(&stage);
}

static const struct {
	struct answer answer;
	int64_t stall_ms, total_ms;
	const char *says;
} slow[] = {
	{ { .then = THEN_STALL }, 0, 2000, "127.0.0.1 was not done within 2 s" },
	{ { .then = THEN_STALL }, 1000, 60000, "nothing came from 127.0.0.1 for 1 s" },
	{ { .bytes = STATUS_200 "Content-Length: 9\r\n\r\nab", .then = THEN_STALL },
	  1000,
	  60000,
	  "nothing came from 127.0.0.1 for 1 s" },
};

static void test_deadlines(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(slow); i++) {
		struct question question = { .verb = "POST",
					     .url = "/",
					     .paid = i % 2,
					     .order.stall_ms = slow[i].stall_ms,
					     .order.total_ms = slow[i].total_ms };
		struct http_stage stage;
		struct heard heard;

		http_stage_open(&stage, &slow[i].answer, 1);
		http_stage_ask(&stage, &question, &heard);
		assert_int_equal(heard.reply.delivery, DELIVERY_LOST);
		assert_int_equal(heard.reply.status, slow[i].answer.bytes ? 200 : 0);
		if (!strstr(heard.why, slow[i].says))
			fail_msg("row %zu: %s", i, heard.why);
		assert_int_equal(http_server_requests(stage.server), 1);
		heard_done(&heard);
		http_stage_close(&stage);
	}
}

/* ---- limits ---- */

/* A reply of `kib` KiB of zeroes, packed. */
static struct answer make_bomb(size_t kib)
{
	static char reply[64 * 1024], zeroes[1024];
	static const char head[] =
		STATUS_200 "Content-Encoding: gzip\r\nTransfer-Encoding: identity\r\n\r\n";
	z_stream z = { .next_out = (unsigned char *)reply + sizeof(head) - 1,
		       .avail_out = sizeof(reply) - sizeof(head) };

	memcpy(reply, head, sizeof(head));
	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY),
			 Z_OK);
	for (size_t i = 0; i < kib; i++) {
		z.next_in = (unsigned char *)zeroes;
		z.avail_in = sizeof(zeroes);
		assert_int_equal(deflate(&z, Z_NO_FLUSH), Z_OK);
	}
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	return (struct answer){ .bytes = reply,
				.size = sizeof(head) - 1 + z.total_out,
				.then = THEN_CLOSE };
}

static const struct {
	struct answer answer; /* without bytes: a bomb */
	const char *says;
} large[] = {
	{ { .bytes = STATUS_200 "\r\n", .filler = 20 * 1024 }, "sends more than 65536 bytes" },
	{ { .bytes = STATUS_200 "Content-Length: 99999999999999\r\n\r\n", .filler = 1 },
	  "sends more than 65536 bytes" },
	{ { .bytes = STATUS_200 "Transfer-Encoding: chunked\r\n\r\nFFFFFF\r\n", .filler = 1024 },
	  "sends more than 65536 bytes" },
	{ { .bytes = STATUS_200 "Content-Length: 65537\r\n\r\n", .filler = 65 },
	  "sends more than 65536 bytes" },
	{ { .then = THEN_CLOSE }, "sends more than 65536 bytes" },
};

static void test_too_large(void **state)
{
	char *path = file_join(*state, "picture");

	/* Twice: as an API call that was paid, and as a picture, which is not unpacked. */
	for (size_t i = 0; i < 2 * LENGTH(large); i++) {
		struct answer answer = large[i / 2].answer;
		struct question question = { .url = "/", .order.bytes_max = 64 * 1024 };
		struct http_stage stage;
		struct heard heard;
		struct stat st;

		if (!answer.bytes && i % 2)
			continue;
		if (!answer.bytes)
			answer = make_bomb(8 * 1024);
		question.paid = i % 2 == 0;
		question.order.save_path = i % 2 ? path : NULL;
		http_stage_open(&stage, &answer, 1);
		http_stage_ask(&stage, &question, &heard);
		if (!strstr(heard.why, large[i / 2].says))
			fail_msg("row %zu: %d %s", i / 2, heard.reply.delivery, heard.why);
		assert_int_equal(heard.error, HTTP_TOO_LARGE);
		assert_int_equal(heard.reply.delivery, i % 2 ? DELIVERY_REFUSED : DELIVERY_LOST);
		assert_int_equal(heard.reply.status, 200);
		assert_true(heard.reply.body_size <= 64 * 1024);
		if (i % 2) {
			assert_int_equal(stat(path, &st), 0);
			assert_true(st.st_size <= 64 * 1024);
		}
		heard_done(&heard);
		http_stage_close(&stage);
	}
	free(path);
}

/* What is just within. */
static void test_not_too_large(void **state)
{
	struct answer answer = { .bytes = STATUS_200 "Content-Length: 65536\r\n\r\n",
				 .filler = 64 };
	struct question question = { .url = "/", .order.bytes_max = 64 * 1024 };
	struct http_stage stage;
	struct heard heard;

	(void)state;
	http_stage_open(&stage, &answer, 1);
	http_stage_ask(&stage, &question, &heard);
	assert_int_equal(heard.reply.delivery, DELIVERY_REPLIED);
	assert_int_equal(heard.reply.body_size, 64 * 1024);
	heard_done(&heard);
	http_stage_close(&stage);
}

/* Headers without an end: many, one, and interim replies. */
static void test_headers(void **state)
{
	enum { TIMES = 12000 };
	static const char *const lines[] = { "X-Header: 0123456789\r\n",
					     "HTTP/1.1 100 Continue\r\n\r\n", "0123456789" };
	char *bytes = malloc(TIMES * 40);

	(void)state;
	assert_non_null(bytes);
	for (size_t i = 0; i < LENGTH(lines); i++) {
		struct answer answer = { .bytes = bytes, .then = THEN_STALL };
		size_t size = strlen(lines[i]);
		struct http_stage stage;
		struct heard heard;

		answer.size = (size_t)sprintf(bytes, "%s", i == 1 ? "" : STATUS_200);
		for (size_t n = 0; n < TIMES; n++, answer.size += size)
			memcpy(bytes + answer.size, lines[i], size + 1);
		if (i == 2)
			memcpy(bytes + strlen(STATUS_200), "X:", 2);
		http_stage_open(&stage, &answer, 1);
		http_stage_ask(&stage, &(struct question){ .url = "/", .paid = true }, &heard);
		assert_int_equal(heard.reply.delivery, DELIVERY_LOST);
		assert_int_equal(heard.reply.status, i == 1 ? 0 : 200);
		if (i < 2) {
			assert_int_equal(heard.error, HTTP_TOO_LARGE);
			assert_non_null(strstr(heard.why, "more than 65536 bytes of headers"));
		}
		heard_done(&heard);
		http_stage_close(&stage);
	}
	free(bytes);
}

static void test_disk(void **state)
{
	static const struct answer answers[] = { { .bytes = STATUS_200
						   "Content-Length: 3\r\n\r\nabc" } };
	static const struct {
		const char *path;
		int want;
		size_t requests;
	} rows[] = {
		{ "/dev/full", -ENOSPC, 1 },
		{ "/dev/null/picture", -ENOTDIR, 0 },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct question question = { .url = "/", .order.save_path = rows[i].path };
		struct http_stage stage;
		struct heard heard;

		http_stage_open(&stage, answers, LENGTH(answers));
		http_stage_ask(&stage, &question, &heard);
		assert_int_equal(heard.error, HTTP_DISK_ERROR);
		assert_int_equal(heard.disk_error, rows[i].want);
		assert_int_equal(heard.reply.delivery, DELIVERY_REFUSED);
		assert_non_null(strstr(heard.why, strerror(-rows[i].want)));
		assert_int_equal(http_server_requests(stage.server), rows[i].requests);
		heard_done(&heard);
		http_stage_close(&stage);
	}
}

/* ---- orders that are none ---- */

static void test_bad_orders(void **state)
{
	static const struct answer answers[] = { { .bytes = STATUS_200 } };
	static const struct {
		const char *verb, *url, *header;
	} rows[] = {
		{ "GET", "", NULL },
		{ "GET", "ftp://127.0.0.1/", NULL },
		{ "GET", "file:///etc/passwd", NULL },
		{ "GET", "http://user@127.0.0.1/", NULL },
		{ "GET", "http://127.0.0.1/a b", NULL },
		{ "GET", "http://127.0.0.1/\r\nX: y", NULL },
		{ "get", "http://127.0.0.1/", NULL },
		{ "", "http://127.0.0.1/", NULL },
		{ "G T", "http://127.0.0.1/", NULL },
		{ "GET", "http://127.0.0.1/", "nonsense" },
		{ "GET", "http://127.0.0.1/", "X: y\r\nZ: y" },
	};
	struct http_stage stage;

	(void)state;
	http_stage_open(&stage, answers, LENGTH(answers));
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct question question = { .verb = rows[i].verb, .url = rows[i].url };
		struct heard heard = { 0 };
		struct http_transfer *transfer;

		question.order.authorization = rows[i].header;
		if (http_stage_start(&stage, &question, &heard, &transfer) != -EINVAL)
			fail_msg("row %zu", i);
		http_step(stage.http);
		assert_int_equal(heard.times, 0);
	}
	http_stage_close(&stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_unsent),
		cmocka_unit_test(test_deadlines),
		cmocka_unit_test_setup_teardown(test_too_large, scratch_dir_make,
						scratch_dir_remove),
		cmocka_unit_test(test_not_too_large),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_disk),
		cmocka_unit_test(test_bad_orders),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
