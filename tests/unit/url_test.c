/* URLs: what is refused, whose they are, what a relative one means. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/strbuf.h"
#include "job/url.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* ---- what is one ---- */

static const struct {
	const char *text;
	enum url_scheme scheme;
	const char *host;
	unsigned port;
	const char *path;
} good[] = {
	{ "https://example.com", URL_HTTPS, "example.com", 443, "" },
	{ "http://example.com", URL_HTTP, "example.com", 80, "" },
	{ "HTTP://EXAMPLE.Com/A", URL_HTTP, "example.com", 80, "/A" },
	{ "hTTps://a:443/", URL_HTTPS, "a", 443, "/" },
	{ "http://127.0.0.1:8080/x?y#z", URL_HTTP, "127.0.0.1", 8080, "/x?y#z" },
	{ "https://a.b-c.d:65535?q", URL_HTTPS, "a.b-c.d", 65535, "?q" },
	{ "https://a#f", URL_HTTPS, "a", 443, "#f" },
	{ "https://a:1", URL_HTTPS, "a", 1, "" },
	{ "https://a/b@c:d//e", URL_HTTPS, "a", 443, "/b@c:d//e" },
	{ "https://a?u@h", URL_HTTPS, "a", 443, "?u@h" },
	{ "https://[::1]/", URL_HTTPS, "::1", 443, "/" },
	{ "https://[0:0:0:0:0:0:0:1]:8443/", URL_HTTPS, "::1", 8443, "/" },
	{ "http://[2A00:1450::00aB]", URL_HTTP, "2a00:1450::ab", 80, "" },
	{ "https://[::ffff:127.0.0.1]", URL_HTTPS, "::ffff:127.0.0.1", 443, "" },
	{ "https://1.example", URL_HTTPS, "1.example", 443, "" },
	{ "https://0xyz/", URL_HTTPS, "0xyz", 443, "/" },
	{ "https://xn--bcher-kva.example/", URL_HTTPS, "xn--bcher-kva.example", 443, "/" },
};

static void test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(good); i++) {
		struct url url;

		if (url_parse(good[i].text, &url) != 0)
			fail_msg("%s", good[i].text);
		assert_int_equal(url.scheme, good[i].scheme);
		assert_string_equal(url.host, good[i].host);
		assert_int_equal(url.port, good[i].port);
		assert_string_equal(good[i].text + url.path, good[i].path);
	}
}

static const char *const bad[] = {
	"",
	"http",
	"http:",
	"http:/",
	"http://",
	"http:///x",
	"https://?x",
	"https://#x",
	"http:/example.com",
	"http:example.com",
	"//example.com",
	"/x",
	"x",
	"example.com/x",
	" http://a",
	"http://a ",
	"http://a/b c",
	"ftp://a/",
	"file:///etc/passwd",
	"data:image/png;base64,AAAA",
	"javascript:alert(1)",
	"httpss://a",
	"ws://a",
	"http://user@a/",
	"http://user:word@a/",
	"http://@a/",
	"http://a@b@c/",
	"http://a\\@b/",
	"http://a\\b",
	"http:\\\\a",
	"https://a/\\b",
	"http://a\n.example/",
	"http://a/\r\nX-Header: 1",
	"http://a/\x7F",
	"http://a/\tb",
	"http://b\xC3\xBC.example/",
	"http://a/\xC3\xBC",
	"http://a_b/",
	"http://a%2eb/",
	"http://a,b/",
	"http://.a/",
	"http://a..b/",
	"http://a./",
	"http://./",
	"http://example.com./",
	"http://a:/",
	"http://a:0/",
	"http://a:65536/",
	"http://a:99999999999999999999/",
	"http://a:080/",
	"http://a:-1/",
	"http://a:+1/",
	"http://a:80x/",
	"http://a:80:80/",
	"http://:80/",
	"http://127.1/",
	"http://127.0.1/",
	"http://2130706433/",
	"http://0x7f000001/",
	"http://0x7F.1/",
	"http://0x7f.0.0.0x1/",
	"http://017700000001/",
	"http://0177.0.0.1/",
	"http://127.0.0.01/",
	"http://127.0.0.256/",
	"http://1.2.3.4.5/",
	"http://a.b.7/",
	"http://a.0x/",
	"http://0/",
	"http://[::1",
	"http://[]/",
	"http://[::1]x/",
	"http://[::1]:/",
	"http://[fe80::1%25eth0]/",
	"http://[fe80::1%eth0]/",
	"http://[127.0.0.1]/",
	"http://[example.com]/",
	"http://[1:2:3:4:5:6:7:8:9]/",
	"http://[v1.x]/",
	"http://::1/",
};

static void test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(bad); i++) {
		struct url url = { .port = 4711 };

		if (url_parse(bad[i], &url) != -EINVAL)
			fail_msg("%s is %s", bad[i], url.host);
		assert_int_equal(url.port, 4711);
	}
}

/* A URL of that many bytes, of `fill`s. */
static char *long_url(const char *before, char fill, size_t size, const char *after)
{
	struct strbuf text = STRBUF_EMPTY;

	strbuf_add_text(&text, before);
	while (text.size + strlen(after) < size)
		strbuf_add_char(&text, fill);
	strbuf_add_text(&text, after);
	return strbuf_take(&text, NULL);
}

static void test_long(void **state)
{
	static const struct {
		const char *before, *after;
		size_t size;
		int want;
	} rows[] = {
		{ "http://a/", "", URL_BYTES_MAX, 0 },
		{ "http://a/", "", URL_BYTES_MAX + 1, -EINVAL },
		{ "http://", "/", 7 + 63 + 1, 0 },
		{ "http://", "/", 7 + 64 + 1, -EINVAL },
		{ "http://", "/", 7 + 600 + 1, -EINVAL },
		{ "http://[", "]/", 7 + 70, -EINVAL },
	};
	struct url url;

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		char *text = long_url(rows[i].before, 'a', rows[i].size, rows[i].after);

		assert_int_equal(strlen(text), rows[i].size);
		if (url_parse(text, &url) != rows[i].want)
			fail_msg("row %zu", i);
		free(text);
	}
}

/* Of labels that are short enough each: 253 bytes are a host, 255 are not. */
static void test_long_host(void **state)
{
	struct strbuf text = STRBUF_EMPTY;
	struct url url;

	(void)state;
	strbuf_add_text(&text, "http://a");
	for (int i = 0; i < 126; i++)
		strbuf_add_text(&text, ".a");
	assert_int_equal(url_parse(text.bytes, &url), 0);
	assert_int_equal(strlen(url.host), 253);
	strbuf_add_text(&text, ".a");
	assert_int_equal(url_parse(text.bytes, &url), -EINVAL);
	strbuf_done(&text);
}

/* ---- whose it is ---- */

static const struct {
	const char *a, *b;
	bool same;
} origins[] = {
	{ "https://a/x", "https://A:443?y", true },
	{ "http://a", "http://a:80/", true },
	{ "https://[::1]/", "https://[0:0::1]:443/", true },
	{ "https://a", "http://a", false },
	{ "https://a:80", "http://a:80", false },
	{ "https://a", "https://a:444", false },
	{ "https://a", "https://b", false },
	{ "https://a", "https://www.a", false },
	{ "https://a.example", "https://a.example.evil.example", false },
	{ "https://a", "https://a@b", false },
	{ "https://b", "https://a@b", false },
	{ "https://a", "https://b#@a", false },
	{ "https://a", "https://a.", false },
	{ "nothing", "nothing", false },
	{ "", "", false },
};

static void test_same_origin(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(origins); i++) {
		if (url_same_origin(origins[i].a, origins[i].b) != origins[i].same ||
		    url_same_origin(origins[i].b, origins[i].a) != origins[i].same)
			fail_msg("%s, %s", origins[i].a, origins[i].b);
	}
}

static const char *const private_hosts[] = {
	"0.0.0.0",
	"0.255.255.255",
	"10.0.0.0",
	"10.255.255.255",
	"100.64.0.0",
	"100.127.255.255",
	"127.0.0.1",
	"127.255.255.255",
	"169.254.0.0",
	"169.254.169.254",
	"172.16.0.0",
	"172.31.255.255",
	"192.0.0.1",
	"192.0.2.1",
	"192.88.99.1",
	"192.168.0.0",
	"192.168.255.255",
	"198.18.0.1",
	"198.19.255.255",
	"198.51.100.1",
	"203.0.113.1",
	"224.0.0.0",
	"239.255.255.255",
	"240.0.0.0",
	"255.255.255.255",
	/* not plainly an address: some would make one of it */
	"127.1",
	"0x7f.1",
	"2130706433",
	"0x7f000001",
	"017700000001",
	"0177.0.0.1",
	"127.0.0.01",
	"8.8.8.08",
	"1.2.3.4.5",
	"a.7",
	"::",
	"::1",
	"::2",
	"fe80::",
	"febf:ffff::1",
	"fec0::1",
	"fc00::",
	"fdff:ffff::1",
	"ff02::1",
	"::ffff:127.0.0.1",
	"::ffff:7f00:1",
	"::ffff:10.0.0.1",
	"::ffff:169.254.169.254",
	"::127.0.0.1",
	"64:ff9b::127.0.0.1",
	"64:ff9b::a00:1",
	"64:ff9b::c0a8:101",
	"64:ff9b:1::1",
	"2002:7f00:1::",
	"2002:c0a8:101::1",
	"2001::1",
	"2001:1ff::1",
	"2001:db8::1",
	"3fff::1",
	"3fff:fff::1",
	"100::1",
	"1fff::1",
	"4000::1",
	"fe80::1%eth0",
	"fe80::1%2",
	"localhost",
	"LOCALHOST",
	"a.localhost",
	"a.b.LocalHost",
	"localhost.",
	"example.com.",
	"",
	".",
	"a b",
	"a/b",
	"[::1]",
};

static const char *const public_hosts[] = {
	"1.0.0.0",          "8.8.8.8",         "9.255.255.255",     "11.0.0.0",
	"100.63.255.255",   "100.128.0.0",     "126.255.255.255",   "128.0.0.0",
	"169.253.255.255",  "169.255.0.0",     "172.15.255.255",    "172.32.0.0",
	"192.0.1.0",        "192.167.255.255", "192.169.0.0",       "198.17.255.255",
	"198.20.0.0",       "223.255.255.255", "2000::1",           "2001:200::1",
	"2001:db7::1",      "2001:db9::1",     "2606:4700::1111",   "3ffe::1",
	"3fff:1000::1",     "::ffff:8.8.8.8",  "64:ff9b::808:808",  "2002:808:808::1",
	"example.com",      "notlocalhost",    "localhost.example", "localhost1",
	"10.0.0.1.example",
};

static void test_private(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(private_hosts); i++)
		if (!url_host_is_private(private_hosts[i]))
			fail_msg("%s is private", private_hosts[i]);
	for (size_t i = 0; i < LENGTH(public_hosts); i++)
		if (url_host_is_private(public_hosts[i]))
			fail_msg("%s is public", public_hosts[i]);
}

static void test_private_long(void **state)
{
	char *host = long_url("", 'a', 100000, "");

	(void)state;
	assert_true(url_host_is_private(host));
	free(host);
}

/* ---- what a relative one means ---- */

#define BASE "http://a/b/c/d;p?q"

/* RFC 3986, 5.4, but for "g:h" and "http:g". */
static const struct {
	const char *base, *reference, *want; /* NULL: refused */
} resolved[] = {
	{ BASE, "g", "http://a/b/c/g" },
	{ BASE, "./g", "http://a/b/c/g" },
	{ BASE, "g/", "http://a/b/c/g/" },
	{ BASE, "/g", "http://a/g" },
	{ BASE, "//g", "http://g" },
	{ BASE, "?y", "http://a/b/c/d;p?y" },
	{ BASE, "g?y", "http://a/b/c/g?y" },
	{ BASE, "#s", "http://a/b/c/d;p?q#s" },
	{ BASE, "g#s", "http://a/b/c/g#s" },
	{ BASE, "g?y#s", "http://a/b/c/g?y#s" },
	{ BASE, ";x", "http://a/b/c/;x" },
	{ BASE, "g;x", "http://a/b/c/g;x" },
	{ BASE, "g;x?y#s", "http://a/b/c/g;x?y#s" },
	{ BASE, "", "http://a/b/c/d;p?q" },
	{ BASE, ".", "http://a/b/c/" },
	{ BASE, "./", "http://a/b/c/" },
	{ BASE, "..", "http://a/b/" },
	{ BASE, "../", "http://a/b/" },
	{ BASE, "../g", "http://a/b/g" },
	{ BASE, "../..", "http://a/" },
	{ BASE, "../../", "http://a/" },
	{ BASE, "../../g", "http://a/g" },
	{ BASE, "../../../g", "http://a/g" },
	{ BASE, "../../../../g", "http://a/g" },
	{ BASE, "/./g", "http://a/g" },
	{ BASE, "/../g", "http://a/g" },
	{ BASE, "g.", "http://a/b/c/g." },
	{ BASE, ".g", "http://a/b/c/.g" },
	{ BASE, "g..", "http://a/b/c/g.." },
	{ BASE, "..g", "http://a/b/c/..g" },
	{ BASE, "./../g", "http://a/b/g" },
	{ BASE, "./g/.", "http://a/b/c/g/" },
	{ BASE, "g/./h", "http://a/b/c/g/h" },
	{ BASE, "g/../h", "http://a/b/c/h" },
	{ BASE, "g;x=1/./y", "http://a/b/c/g;x=1/y" },
	{ BASE, "g;x=1/../y", "http://a/b/c/y" },
	{ BASE, "g?y/./x", "http://a/b/c/g?y/./x" },
	{ BASE, "g?y/../x", "http://a/b/c/g?y/../x" },
	{ BASE, "g#s/../x", "http://a/b/c/g#s/../x" },
	{ BASE, "g:h", NULL },
	{ BASE, "http:g", NULL },
	{ "https://a", "x", "https://a/x" },
	{ "https://a", "?x", "https://a?x" },
	{ "https://a?q/r", "x", "https://a/x" },
	{ "https://a/b?q#f", "", "https://a/b?q" },
	{ "https://a/b?q#f", "?x", "https://a/b?x" },
	{ "https://a:8443/b", "/c", "https://a:8443/c" },
	{ "HTTPS://A/b", "//C/d/../e?f/..", "HTTPS://C/e?f/.." },
	{ "https://a/b/", "//c?d", "https://c?d" },
	{ "https://a/b//c", "../x", "https://a/b/x" },
	{ "https://a/b", "https://c/./d/../e", "https://c/./d/../e" },
	{ "https://a/b", "HTTP://c", "HTTP://c" },
	{ "http://[::1]:99/b/c", "d", "http://[::1]:99/b/d" },
	{ "https://a/b", "//u@c/d", NULL },
	{ "https://a/b", "https://u@c/d", NULL },
	{ "https://a/b", "///c", NULL },
	{ "https://a/b", "//", NULL },
	{ "https://a/b", "file:///c", NULL },
	{ "https://a/b", "data:,x", NULL },
	{ "https://a/b", "\\\\c\\d", NULL },
	{ "https://a/b", "/\\c", NULL },
	{ "https://a/b", " /c", NULL },
	{ "https://a/b", "/c\n", NULL },
	{ "https://a/b", "/\xC3\xBC", NULL },
	{ "/a", "https://b", NULL },
	{ "", "https://b", NULL },
};

static void test_resolve(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(resolved); i++) {
		char *url = NULL;
		int r = url_resolve(resolved[i].base, resolved[i].reference, &url);

		const char *want = resolved[i].want ? resolved[i].want : "";

		if (r != (resolved[i].want ? 0 : -EINVAL) || strcmp(url ? url : "", want) != 0)
			fail_msg("%s and %s: %d, %s", resolved[i].base, resolved[i].reference, r,
				 url ? url : "");
		free(url);
	}
}

static void test_resolve_long(void **state)
{
	char *path = long_url("/", 'a', URL_BYTES_MAX - 8, "");
	char *url = NULL;

	(void)state;
	assert_int_equal(url_resolve("http://a/x", path, &url), 0);
	assert_int_equal(strlen(url), URL_BYTES_MAX);
	free(url);
	url = NULL;
	assert_int_equal(url_resolve("http://ab/x", path, &url), -EINVAL);
	assert_null(url);
	free(path);
}

/* ---- encoding ---- */

static void test_encoding(void **state)
{
	static const char text[] = "aZ09-._~ /?#%&+=@:\\\"\n\xC3\xA9\0b";
	struct strbuf url = STRBUF_EMPTY;

	(void)state;
	url_add_encoded(&url, text, sizeof(text) - 1);
	assert_string_equal(strbuf_text(&url), "aZ09-._~%20%2F%3F%23%25%26%2B%3D%40%3A%5C%22%0A"
					       "%C3%A9%00b");
	strbuf_clear(&url);
	url_add_encoded(&url, "", 0);
	assert_string_equal(strbuf_text(&url), "");
	strbuf_done(&url);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),         cmocka_unit_test(test_bad),
		cmocka_unit_test(test_long),         cmocka_unit_test(test_long_host),
		cmocka_unit_test(test_same_origin),  cmocka_unit_test(test_private),
		cmocka_unit_test(test_private_long), cmocka_unit_test(test_resolve),
		cmocka_unit_test(test_resolve_long), cmocka_unit_test(test_encoding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
