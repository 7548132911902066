/* URLs that lead where none may lead, and what decides over that: addresses, schemes,
 * redirects, proxies. Also keys in memory. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/file.h"
#include "http_stage.h"
#include "io/http_private.h"
#include "scratch_dir.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define STATUS_200    "HTTP/1.1 200 OK\r\n"

/* ---- addresses and schemes ---- */

/* Whose base URL is elsewhere must not lead to 127.0.0.1, by address, by name, nor on a
 * connection that is open already. */
static void test_private(void **state)
{
	static const struct answer answers[] = { { .bytes = STATUS_200
						   "Content-Length: 0\r\n\r\n" } };
	struct http_peer *stranger = http_peer_new("http://example.com/v1");
	struct http_stage stage;
	struct heard heard;
	char urls[2][128];

	(void)state;
	http_stage_open(&stage, answers, LENGTH(answers));
	snprintf(urls[0], sizeof(urls[0]), "%s/?secret", stage.base);
	snprintf(urls[1], sizeof(urls[1]), "http://localhost:%u/?secret",
		 http_server_port(stage.server));
	for (size_t i = 0; i < 4; i++) {
		struct question question = { .url = urls[i % 2],
					     .paid = i / 2,
					     .order.peer = stranger };

		http_stage_ask(&stage, &question, &heard);
		assert_int_equal(heard.reply.delivery, DELIVERY_REFUSED);
		assert_int_equal(heard.reply.status, 0);
		assert_non_null(strstr(heard.why, " leads to a private address ("));
		assert_null(strstr(heard.why, "secret"));
		heard_done(&heard);
	}
	assert_int_equal(http_server_connections(stage.server), 0);

	http_stage_ask(&stage, &(struct question){ .url = "/" }, &heard);
	assert_int_equal(heard.reply.delivery, DELIVERY_REPLIED);
	heard_done(&heard);
	http_stage_ask(&stage, &(struct question){ .url = "/", .order.peer = stranger }, &heard);
	assert_int_equal(heard.reply.delivery, DELIVERY_REFUSED);
	assert_non_null(strstr(heard.why, "127.0.0.1 leads to a private address (127.0.0.1)"));
	heard_done(&heard);
	assert_int_equal(http_server_requests(stage.server), 1);

	http_peer_free(stranger);
	http_stage_close(&stage);
}

static const struct {
	const char *url, *address;
	bool want, private_too; /* of a peer whose own is at a private address */
} addresses[] = {
	{ "https://cdn.example.com/a", "93.184.216.34", true, true },
	{ "https://cdn.example.com/a", "2606:2800:220:1::1", true, true },
	{ "https://cdn.example.com/a", "127.0.0.1", false, true },
	{ "https://cdn.example.com/a", "10.1.2.3", false, true },
	{ "https://cdn.example.com/a", "169.254.169.254", false, true },
	{ "https://cdn.example.com/a", "100.64.0.1", false, true },
	{ "https://cdn.example.com/a", "224.0.0.1", false, true },
	{ "https://cdn.example.com/a", "::1", false, true },
	{ "https://cdn.example.com/a", "fe80::1", false, true },
	{ "https://cdn.example.com/a", "fd00::1", false, true },
	{ "https://cdn.example.com/a", "::ffff:192.168.0.1", false, true },
	{ "https://cdn.example.com/a", "64:ff9b::7f00:1", false, true },
	{ "https://cdn.example.com/a", "", false, true },
	{ "https://api.example.com:444/a", "10.1.2.3", false, true },
	{ "http://api.example.com/a", "10.1.2.3", false, true },
	{ "https://api.example.com/a", "10.1.2.3", true, true },
};

static void test_addresses(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3 * LENGTH(addresses); i++) {
		struct http_peer peer = { .base_url = (char *)"https://api.example.com/v1",
					  .is_private = i % 3 == 1 };
		struct http_transfer transfer = { .peer = &peer, .is_proxied = i % 3 == 2 };
		bool want = i % 3 == 0 ? addresses[i / 3].want : addresses[i / 3].private_too;

		transfer.message.url = (char *)addresses[i / 3].url;
		if (http_guard_address(&transfer, addresses[i / 3].address) != want)
			fail_msg("row %zu, peer %zu", i / 3, i % 3);
		assert_string_equal(transfer.refused, want ? "" : addresses[i / 3].address);
	}
}

/* A name says nothing until it is connected to; what it turns out to be is remembered. */
static void test_learned(void **state)
{
	struct http_peer *peer = http_peer_new("http://painter.example/v1");
	struct http_transfer transfer = { .peer = peer };
	char address[16] = "10.1.2.3";

	(void)state;
	transfer.message.url = (char *)"http://pictures.example/a";
	assert_int_equal(http_guard_before_request(&transfer, address, NULL, 80, 1),
			 CURL_PREREQFUNC_ABORT);
	assert_false(transfer.has_begun);
	transfer.message.url = (char *)"http://painter.example/v1/jobs";
	assert_int_equal(http_guard_before_request(&transfer, address, NULL, 80, 1),
			 CURL_PREREQFUNC_OK);
	assert_true(transfer.has_begun);
	transfer.message.url = (char *)"http://pictures.example/a";
	assert_int_equal(http_guard_before_request(&transfer, address, NULL, 80, 1),
			 CURL_PREREQFUNC_OK);
	http_peer_free(peer);
}

static const struct {
	const char *base, *url, *from; /* from: redirected */
	bool want;
} schemes[] = {
	{ "https://a.example", "https://b.example", NULL, true },
	{ "https://a.example", "http://b.example", NULL, false },
	{ "https://a.example", "http://a.example", NULL, false },
	{ "http://a.example", "http://b.example", NULL, true },
	{ "http://a.example", "https://b.example", "http://b.example", true },
	{ "http://a.example", "http://b.example", "http://c.example", true },
	{ "http://a.example", "http://b.example", "https://b.example", false },
	{ "https://a.example", "http://b.example", "https://b.example", false },
};

static void test_schemes(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(schemes); i++) {
		struct http_peer *peer = http_peer_new(schemes[i].base);
		struct http_transfer transfer = { .peer = peer };
		struct url from;

		assert_int_equal(url_parse(schemes[i].url, &transfer.url), 0);
		if (schemes[i].from)
			assert_int_equal(url_parse(schemes[i].from, &from), 0);
		if (http_guard_scheme(&transfer, schemes[i].from ? &from : NULL) != schemes[i].want)
			fail_msg("row %zu", i);
		assert_int_equal(transfer.stop,
				 schemes[i].want ? HTTP_STOP_NONE : HTTP_STOP_SCHEME);
		http_peer_free(peer);
	}
}

/* The same from outside: not even a connection. */
static void test_no_plain_http(void **state)
{
	static const struct answer answers[] = { { .bytes = STATUS_200 } };
	struct http_peer *peer = http_peer_new("https://127.0.0.1");
	struct http_stage stage;
	struct heard heard;

	(void)state;
	http_stage_open(&stage, answers, LENGTH(answers));
	http_stage_ask(&stage, &(struct question){ .url = "/?secret", .order.peer = peer }, &heard);
	assert_int_equal(heard.reply.delivery, DELIVERY_REFUSED);
	assert_non_null(strstr(heard.why, "127.0.0.1 is to be reached by http:"));
	assert_int_equal(http_server_connections(stage.server), 0);
	heard_done(&heard);
	http_peer_free(peer);
	http_stage_close(&stage);
}

/* A picture's redirects to what is no URL, or to what we do not speak. */
static void test_bad_redirects(void **state)
{
	static const char *const targets[] = { "file:///etc/passwd", "ftp://127.0.0.1/x",
					       "gopher://127.0.0.1:25/", "http://u:p@127.0.0.1/",
					       "http://127.0.0.1:99999/" };
	char *path = file_join(*state, "picture"), bytes[200];
	struct answer answer = { .bytes = bytes };

	for (size_t i = 0; i < LENGTH(targets); i++) {
		struct question question = { .url = "/", .order.save_path = path };
		struct http_stage stage;
		struct heard heard;

		snprintf(bytes, sizeof(bytes),
			 "HTTP/1.1 302 There\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n",
			 targets[i]);
		http_stage_open(&stage, &answer, 1);
		http_stage_ask(&stage, &question, &heard);
		if (heard.reply.delivery != DELIVERY_REFUSED)
			fail_msg("row %zu: %d %s", i, heard.reply.delivery, heard.why);
		assert_int_equal(heard.reply.status, 302);
		assert_non_null(strstr(heard.why, "127.0.0.1 redirects to what is no http"));
		assert_int_equal(http_server_requests(stage.server), 1);
		heard_done(&heard);
		http_stage_close(&stage);
	}
	free(path);
}

/* ---- proxies ---- */

static void open_proxied(struct http_stage *stage, const char *no_proxy)
{
	struct http_settings settings = { .proxy = stage->base };
	struct diag diag;

	http_free(stage->http);
	setenv("no_proxy", no_proxy, 1);
	assert_int_equal(http_new(&settings, &stage->http, &diag), 0);
	unsetenv("no_proxy");
}

/* The server is the proxy; where the URL leads is for it to judge. */
static void test_proxy(void **state)
{
	static const struct answer answers[] = {
		{ .bytes = STATUS_200 "Content-Length: 2\r\n\r\n{}" },
		{ .bytes = "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n", .then = THEN_CLOSE },
	};
	struct http_peer *peer = http_peer_new("http://painter.invalid");
	struct question question = {
		.verb = "POST", .url = "http://painter.invalid/x", .paid = true, .order.peer = peer
	};
	struct http_stage stage;
	struct heard heard;
	const char *sent;

	(void)state;
	http_stage_open(&stage, answers, LENGTH(answers));
	open_proxied(&stage, "");
	http_stage_ask(&stage, &question, &heard);
	assert_int_equal(heard.reply.delivery, DELIVERY_REPLIED);
	sent = http_server_request(stage.server, 0, NULL);
	assert_ptr_equal(strstr(sent, "POST http://painter.invalid/x HTTP/1.1\r\n"), sent);
	heard_done(&heard);

	question.url = "https://painter.invalid/x"; /* by a tunnel */
	http_stage_ask(&stage, &question, &heard);
	assert_int_equal(heard.reply.delivery, DELIVERY_UNSENT);
	assert_int_equal(heard.reply.status, 0);
	assert_string_equal(heard.why, "the proxy does not connect to painter.invalid: status 403");
	heard_done(&heard);

	open_proxied(&stage, "example.com, 127.0.0.0/8");
	question.url = "/"; /* where the guard is ours again */
	http_stage_ask(&stage, &question, &heard);
	assert_int_equal(heard.reply.delivery, DELIVERY_REFUSED);
	assert_int_equal(http_server_requests(stage.server), 2);
	heard_done(&heard);
	http_peer_free(peer);
	http_stage_close(&stage);
}

static const struct {
	const char *list, *host;
	bool want;
} bypasses[] = {
	{ "", "example.com", false },
	{ "*", "example.com", true },
	{ "example.com", "example.com", true },
	{ "Example.COM", "example.com", true },
	{ "example.com", "a.example.com", true },
	{ ".example.com", "a.example.com", true },
	{ "example.com.", "a.example.com", true },
	{ "example.com", "badexample.com", false },
	{ "a.example.com", "example.com", false },
	{ ",, x.org\t,example.com", "example.com", true },
	{ "x.org example.com", "example.com", true },
	{ "127.0.0.1", "127.0.0.1", true },
	{ "127.0.0.1", "127.0.0.2", false },
	{ "10.0.0.0/8", "10.200.0.1", true },
	{ "10.0.0.0/8", "11.0.0.1", false },
	{ "172.16.0.0/12", "172.31.0.1", true },
	{ "172.16.0.0/12", "172.32.0.1", false },
	{ "0.0.0.0/0", "1.2.3.4", true },
	{ "10.0.0.0/33", "10.0.0.0", false },
	{ "10.0.0.0/x", "10.0.0.0", false },
	{ "10.0.0.0/", "10.0.0.0", false },
	{ "0.1", "10.0.0.1", false },
	{ "::1", "::1", true },
	{ "[::1]", "::1", true },
	{ "fd00::/8", "fd12::1", true },
	{ "fd00::/8", "fe80::1", false },
	{ "10.0.0.0/8", "::1", false },
};

static void test_bypasses(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(bypasses); i++)
		if (http_proxies_bypassed(bypasses[i].list, bypasses[i].host) != bypasses[i].want)
			fail_msg("row %zu: %s %s", i, bypasses[i].list, bypasses[i].host);
}

static void test_proxy_variables(void **state)
{
	struct http_proxies proxies = { 0 };
	struct url plain, secure;

	(void)state;
	assert_int_equal(url_parse("http://example.com", &plain), 0);
	assert_int_equal(url_parse("https://example.com", &secure), 0);
	setenv("HTTP_PROXY", "http://from-a-header.example", 1);
	setenv("HTTPS_PROXY", "proxy.example:3128", 1);
	assert_int_equal(http_proxies_init(&proxies, "", NULL), 0);
	assert_string_equal(http_proxies_find(&proxies, &plain), "");
	assert_string_equal(http_proxies_find(&proxies, &secure), "proxy.example:3128");
	http_proxies_done(&proxies);
	assert_int_equal(http_proxies_init(&proxies, "socks5h://p.example", NULL), 0);
	assert_string_equal(http_proxies_find(&proxies, &plain), "socks5h://p.example");
	assert_string_equal(http_proxies_find(&proxies, &secure), "socks5h://p.example");
	http_proxies_done(&proxies);
	unsetenv("HTTP_PROXY");
	unsetenv("HTTPS_PROXY");
}

static const struct {
	struct http_settings settings;
	const char *says;
} bad_settings[] = {
	{ { .proxy = "gopher://u:hunter2@h" }, "proxy is no URL" },
	{ { .proxy = "http://u:hunter2@h:port" }, "proxy is no URL" },
	{ { .proxy = "http://" }, "proxy is no URL" },
	{ { .ca_file = "/dev/null/hunter" }, "/dev/null/hunter cannot be read: Not a directory" },
};

static void test_bad_settings(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(bad_settings); i++) {
		struct http *http = NULL;
		struct diag diag = { 0 };

		assert_int_equal(http_new(&bad_settings[i].settings, &http, &diag), -EINVAL);
		assert_null(http);
		if (!strstr(diag.text, bad_settings[i].says) || strstr(diag.text, "hunter2"))
			fail_msg("row %zu: %s", i, diag.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_private),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_learned),
		cmocka_unit_test(test_schemes),
		cmocka_unit_test(test_no_plain_http),
		cmocka_unit_test_setup_teardown(test_bad_redirects, scratch_dir_make,
						scratch_dir_remove),
		cmocka_unit_test(test_proxy),
		cmocka_unit_test(test_bypasses),
		cmocka_unit_test(test_proxy_variables),
		cmocka_unit_test(test_bad_settings),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
