/* A reader of URLs that would rather say no. What is sent where is decided here by
 * text, and done elsewhere by a library with a reader of its own; whatever the two
 * might read differently is therefore refused: user parts, backslashes, the many
 * spellings of an IPv4 address. Nothing here asks the locale or the network. */
#include "job/url.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "base/cleanup.h"

enum { LABEL_BYTES_MAX = 63, NAME_BYTES_MAX = 253, PORT_DIGITS_MAX = 5, PORT_MAX = 65535 };
enum { PORT_HTTP = 80, PORT_HTTPS = 443, IPV6_BYTES = 16 };

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static char lower(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

/* Whether it is printable ASCII throughout, and not too long. */
static bool is_clean(const char *text)
{
	size_t size = strnlen(text, URL_BYTES_MAX + 1);

	for (size_t i = 0; i < size; i++)
		if (text[i] <= ' ' || text[i] > '~' || text[i] == '\\')
			return false;
	return size <= URL_BYTES_MAX;
}

/* `word` is in lower case. */
static bool begins_with(const char *text, const char *word)
{
	while (*word && lower(*text) == *word) {
		text++;
		word++;
	}
	return !*word;
}

/* ---- hosts ---- */

/* Whether resolvers might take it for a number: its last part is one, decimal or
 * hexadecimal. In lower case. */
static bool ends_in_number(const char *host)
{
	const char *dot = strrchr(host, '.'), *last = dot ? dot + 1 : host;

	if (last[strspn(last, "0123456789")] == '\0')
		return true;
	return begins_with(last, "0x") && last[2 + strspn(last + 2, "0123456789abcdef")] == '\0';
}

/* A name, or an IPv4 address as four decimal numbers. `host` has 256 bytes. */
static int parse_name(const char *bytes, size_t size, char *host)
{
	struct in_addr address;
	size_t label = 0;

	if (size == 0 || size > NAME_BYTES_MAX)
		return -EINVAL;
	for (size_t i = 0; i < size; i++) {
		char c = lower(bytes[i]);

		if (c == '.' && label == 0)
			return -EINVAL;
		if (c != '.' && c != '-' && !is_letter(c) && !is_digit(c))
			return -EINVAL;
		label = c == '.' ? 0 : label + 1;
		if (label > LABEL_BYTES_MAX)
			return -EINVAL;
		host[i] = c;
	}
	host[size] = '\0';
	if (label == 0) /* a dot at the end: to some the same host, to others not */
		return -EINVAL;
	/* inet_pton() takes no leading zeros, no hexadecimal, nothing but four parts. */
	if (ends_in_number(host) && inet_pton(AF_INET, host, &address) != 1)
		return -EINVAL;
	return 0;
}

/* What stands between brackets; written anew, since one address has many texts. */
static int parse_ipv6(const char *bytes, size_t size, char *host)
{
	struct in6_addr address;
	char text[INET6_ADDRSTRLEN];

	if (size >= sizeof(text))
		return -EINVAL;
	memcpy(text, bytes, size);
	text[size] = '\0';
	if (inet_pton(AF_INET6, text, &address) != 1 ||
	    !inet_ntop(AF_INET6, &address, host, INET6_ADDRSTRLEN))
		return -EINVAL;
	return 0;
}

/* ":8080", or nothing, which leaves *port as it is. */
static int parse_port(const char *bytes, size_t size, unsigned *port)
{
	unsigned number = 0;

	if (size == 0)
		return 0;
	if (bytes[0] != ':' || size < 2 || size > 1 + PORT_DIGITS_MAX || bytes[1] == '0')
		return -EINVAL;
	for (size_t i = 1; i < size; i++) {
		if (!is_digit(bytes[i]))
			return -EINVAL;
		number = number * 10 + (unsigned)(bytes[i] - '0');
	}
	if (number > PORT_MAX)
		return -EINVAL;
	*port = number;
	return 0;
}

/* A user part is refused with all else that is in no name: the '@'. */
static int parse_authority(const char *bytes, size_t size, struct url *url)
{
	const char *end;
	int r;

	if (size > 0 && bytes[0] == '[') {
		end = memchr(bytes, ']', size);
		if (!end)
			return -EINVAL;
		r = parse_ipv6(bytes + 1, (size_t)(end - bytes) - 1, url->host);
		end++;
	} else {
		end = memchr(bytes, ':', size);
		end = end ? end : bytes + size;
		r = parse_name(bytes, (size_t)(end - bytes), url->host);
	}
	return r < 0 ? r : parse_port(end, size - (size_t)(end - bytes), &url->port);
}

int url_parse(const char *text, struct url *ret_url)
{
	struct url url = { .scheme = URL_HTTPS, .port = PORT_HTTPS };
	const char *authority;
	size_t size;
	int r;

	if (!is_clean(text))
		return -EINVAL;
	if (begins_with(text, "http://")) {
		url.scheme = URL_HTTP;
		url.port = PORT_HTTP;
	} else if (!begins_with(text, "https://")) {
		return -EINVAL;
	}
	authority = strchr(text, ':') + strlen("://");
	size = strcspn(authority, "/?#");
	r = parse_authority(authority, size, &url);
	if (r < 0)
		return r;
	url.path = (size_t)(authority - text) + size;
	*ret_url = url;
	return 0;
}

bool url_same_origin(const char *a, const char *b)
{
	struct url x, y;

	return url_parse(a, &x) == 0 && url_parse(b, &y) == 0 && x.scheme == y.scheme &&
	       x.port == y.port && strcmp(x.host, y.host) == 0;
}

/* ---- addresses that are nobody's business ---- */

/* Of IANA's registry of special-purpose addresses, all that a stranger's server
 * cannot have. */
static const struct {
	unsigned char net[4];
	unsigned bits;
} nets[] = {
	{ { 0, 0, 0, 0 }, 8 },       /* "this" network: Linux takes it for itself */
	{ { 10, 0, 0, 0 }, 8 },      /* private */
	{ { 100, 64, 0, 0 }, 10 },   /* shared, behind a carrier's translation */
	{ { 127, 0, 0, 0 }, 8 },     /* loopback */
	{ { 169, 254, 0, 0 }, 16 },  /* link-local; the metadata of clouds */
	{ { 172, 16, 0, 0 }, 12 },   /* private */
	{ { 192, 0, 0, 0 }, 24 },    /* protocols */
	{ { 192, 0, 2, 0 }, 24 },    /* documentation */
	{ { 192, 88, 99, 0 }, 24 },  /* 6to4 relays */
	{ { 192, 168, 0, 0 }, 16 },  /* private */
	{ { 198, 18, 0, 0 }, 15 },   /* benchmarks */
	{ { 198, 51, 100, 0 }, 24 }, /* documentation */
	{ { 203, 0, 113, 0 }, 24 },  /* documentation */
	{ { 224, 0, 0, 0 }, 4 },     /* multicast */
	{ { 240, 0, 0, 0 }, 4 },     /* reserved; broadcast */
};

static uint32_t to_number(const unsigned char bytes[4])
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

static bool ipv4_is_private(const unsigned char address[4])
{
	for (size_t i = 0; i < sizeof(nets) / sizeof(nets[0]); i++)
		if ((to_number(address) ^ to_number(nets[i].net)) >> (32 - nets[i].bits) == 0)
			return true;
	return false;
}

static bool ipv6_is_private(const unsigned char address[IPV6_BYTES])
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	static const unsigned char translated[12] = { 0x00, 0x64, 0xff, 0x9b };
	uint32_t begin = to_number(address);

	/* What is really an IPv4 address: ::ffff:0:0/96, 64:ff9b::/96, 2002::/16. */
	if (memcmp(address, mapped, sizeof(mapped)) == 0 ||
	    memcmp(address, translated, sizeof(translated)) == 0)
		return ipv4_is_private(address + 12);
	if (begin >> 16 == 0x2002)
		return ipv4_is_private(address + 2);
	/* Only 2000::/3 is given out. Outside are loopback, link-local, private, multicast;
	 * inside, protocols (tunnels among them) and documentation. */
	return begin >> 29 != 1 || begin >> 9 == 0x20010000 >> 9 || begin == 0x20010db8 ||
	       begin >> 12 == 0x3fff0;
}

static bool is_localhost(const char *name)
{
	static const char localhost[] = "localhost";
	size_t size = strlen(name), tail = strlen(localhost);

	if (size < tail || strcmp(name + size - tail, localhost) != 0)
		return false;
	return size == tail || name[size - tail - 1] == '.';
}

bool url_host_is_private(const char *host)
{
	struct in_addr ipv4;
	struct in6_addr ipv6;
	char name[sizeof(((struct url *)NULL)->host)];

	if (inet_pton(AF_INET, host, &ipv4) == 1)
		return ipv4_is_private((const unsigned char *)&ipv4);
	if (inet_pton(AF_INET6, host, &ipv6) == 1)
		return ipv6_is_private(ipv6.s6_addr);
	/* What no URL can have for a host (127.1, 0x7f.1, an address with a zone) is left
	 * for others to make an address of; not by us. */
	return parse_name(host, strnlen(host, sizeof(name)), name) < 0 || is_localhost(name);
}

/* ---- references ---- */

static bool has_scheme(const char *reference)
{
	const char *c = reference;

	if (!is_letter(*c))
		return false;
	while (is_letter(*c) || is_digit(*c) || *c == '+' || *c == '-' || *c == '.')
		c++;
	return *c == ':';
}

static bool is_part(const char *part, size_t size, const char *text)
{
	return size == strlen(text) && memcmp(part, text, size) == 0;
}

/* Takes "." and ".." out of a path that is empty or begins with '/' (RFC 3986, 5.2.4),
 * in place. Gives the new size. */
static size_t drop_dots(char *path, size_t size)
{
	size_t kept = 0, at = 0;

	while (at < size) {
		const char *slash = memchr(path + at + 1, '/', size - at - 1);
		size_t part = slash ? (size_t)(slash - path) - at : size - at;
		bool up = is_part(path + at, part, "/..");

		while (up && kept > 0 && path[--kept] != '/')
			;
		if (up || is_part(path + at, part, "/.")) {
			/* At the end they leave their slash. */
			if (!slash)
				path[kept++] = '/';
		} else {
			memmove(path + kept, path + at, part);
			kept += part;
		}
		at += part;
	}
	return kept;
}

/* Appends the path of the reference, of `size` bytes, as it is beside `beside`. */
static void add_path(struct strbuf *url, const char *beside, const char *path, size_t size)
{
	CLEANUP(strbuf) struct strbuf merged = STRBUF_EMPTY;
	size_t folder = strcspn(beside, "?#");

	if (size > 0 && *path != '/') {
		while (folder > 0 && beside[folder - 1] != '/')
			folder--;
		strbuf_add(&merged, folder > 0 ? beside : "/", folder > 0 ? folder : 1);
	}
	strbuf_add(&merged, path, size);
	if (strbuf_failed(&merged))
		url->failed = true;
	else
		strbuf_add(url, merged.bytes, drop_dots(merged.bytes, merged.size));
}

/* A reference without a scheme; `path` is where the base's begins. */
static void add_resolved(struct strbuf *url, const char *base, size_t path, const char *reference)
{
	size_t size;

	if (begins_with(reference, "//")) {
		size = 2 + strcspn(reference + 2, "/?#");
		strbuf_add(url, base, (size_t)(strchr(base, ':') - base) + 1);
		strbuf_add(url, reference, size);
		reference += size;
		size = strcspn(reference, "?#");
		add_path(url, "", reference, size);
	} else {
		size = strcspn(reference, "?#");
		strbuf_add(url, base, path);
		if (size > 0)
			add_path(url, base + path, reference, size);
		else
			strbuf_add(url, base + path,
				   strcspn(base + path, *reference == '?' ? "?#" : "#"));
	}
	strbuf_add_text(url, reference + size);
}

int url_resolve(const char *base, const char *reference, char **ret_url)
{
	CLEANUP(strbuf) struct strbuf text = STRBUF_EMPTY;
	struct url from, to;
	char *url;

	if (url_parse(base, &from) < 0 || !is_clean(reference))
		return -EINVAL;
	if (has_scheme(reference))
		strbuf_add_text(&text, reference);
	else
		add_resolved(&text, base, from.path, reference);
	if (strbuf_failed(&text))
		return -ENOMEM;
	if (url_parse(strbuf_text(&text), &to) < 0)
		return -EINVAL;
	url = strbuf_take(&text, NULL);
	if (!url)
		return -ENOMEM;
	*ret_url = url;
	return 0;
}

void url_add_encoded(struct strbuf *url, const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		char c = text[i];

		if (is_letter(c) || is_digit(c) || (c && strchr("-._~", c)))
			strbuf_add_char(url, c);
		else
			strbuf_addf(url, "%%%02X", (unsigned)(unsigned char)c);
	}
}
