/* Which proxy. libcurl could decide that itself, but does not say how it did, and the
 * guard of addresses has to know: with a proxy, the address we connect to is the
 * proxy's. So we read the variables that libcurl would, once, and tell it. */
#include "io/http_private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { ENTRY_ROOM = 256, ADDRESS_BYTES = 16 };

/* ---- no_proxy ---- */

static bool same_bits(const unsigned char *a, const unsigned char *b, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	if (memcmp(a, b, whole) != 0)
		return false;
	return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

/* "10.0.0.0/8", "fe80::/10" or a whole address. */
static bool network_has(char *entry, int family, const unsigned char *address)
{
	unsigned bits = family == AF_INET ? 32 : 128;
	unsigned char network[ADDRESS_BYTES];
	char *slash = strchr(entry, '/'), *end;

	if (slash) {
		unsigned long number = strtoul(slash + 1, &end, 10);

		if (end == slash + 1 || *end || number > bits)
			return false;
		bits = (unsigned)number;
		*slash = '\0';
	}
	return inet_pton(family, entry, network) == 1 && same_bits(address, network, bits);
}

static bool name_has(const char *entry, const char *host)
{
	size_t size = strlen(entry), host_size = strlen(host);

	if (size == 0 || size > host_size || strcasecmp(host + host_size - size, entry) != 0)
		return false;
	return size == host_size || host[host_size - size - 1] == '.';
}

static bool entry_has(const char *text, size_t size, const char *host)
{
	unsigned char address[ADDRESS_BYTES];
	char entry[ENTRY_ROOM];
	int family = strchr(host, ':') ? AF_INET6 : AF_INET;

	while (size > 0 && *text == '.') {
		text++;
		size--;
	}
	if (size > 2 && text[0] == '[' && text[size - 1] == ']') {
		text++;
		size -= 2;
	}
	if (size == 0 || size >= sizeof(entry))
		return false;
	memcpy(entry, text, size);
	entry[size] = '\0';
	if (inet_pton(family, host, address) == 1)
		return network_has(entry, family, address);
	if (entry[size - 1] == '.')
		entry[size - 1] = '\0';
	return name_has(entry, host);
}

bool http_proxies_bypassed(const char *list, const char *host)
{
	if (strcmp(list, "*") == 0)
		return true;
	while (*list) {
		size_t size = strcspn(list, ", \t");

		if (entry_has(list, size, host))
			return true;
		list += size;
		list += strspn(list, ", \t");
	}
	return false;
}

/* ---- settings ---- */

/* The first of the variables that is set, or "". */
static const char *from_environment(const char *const *names)
{
	for (; *names; names++) {
		const char *value = getenv(*names);

		if (value && *value)
			return value;
	}
	return "";
}

/* The message has nothing of the URL: there may be a password in it. */
static int check_proxy(const char *proxy, const char *where, struct diag *reterr_diag)
{
	static const char *const known[] = { "http",    "https",  "socks4",
					     "socks4a", "socks5", "socks5h" };
	CURLU *url;
	char *scheme = NULL;
	bool is_known = false;

	if (!*proxy)
		return 0;
	url = curl_url();
	if (!url)
		return -ENOMEM;
	if (curl_url_set(url, CURLUPART_URL, proxy,
			 CURLU_GUESS_SCHEME | CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK &&
	    curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK)
		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			is_known = is_known || strcasecmp(scheme, known[i]) == 0;
	curl_free(scheme);
	curl_url_cleanup(url);
	if (is_known)
		return 0;
	diag_set(reterr_diag, 0,
		 "%s is no URL of a proxy, as http://HOST:PORT or socks5://HOST:PORT", where);
	return -EINVAL;
}

int http_proxies_init(struct http_proxies *proxies, const char *setting, struct diag *reterr_diag)
{
	/* HTTP_PROXY is not read: web servers set it from a header of that name. */
	static const char *const http_names[] = { "http_proxy", "all_proxy", "ALL_PROXY", NULL };
	static const char *const https_names[] = { "https_proxy", "HTTPS_PROXY", "all_proxy",
						   "ALL_PROXY", NULL };
	static const char *const bypass_names[] = { "no_proxy", "NO_PROXY", NULL };
	bool is_set = setting && *setting;
	const char *http = is_set ? setting : from_environment(http_names);
	const char *https = is_set ? setting : from_environment(https_names);
	int r = check_proxy(http, is_set ? "proxy" : "$http_proxy", reterr_diag);

	if (r == 0)
		r = check_proxy(https, is_set ? "proxy" : "$https_proxy", reterr_diag);
	if (r < 0)
		return r;
	proxies->http = strdup(http);
	proxies->https = strdup(https);
	proxies->bypass = strdup(from_environment(bypass_names));
	return proxies->http && proxies->https && proxies->bypass ? 0 : -ENOMEM;
}

void http_proxies_done(struct http_proxies *proxies)
{
	free(proxies->http);
	free(proxies->https);
	free(proxies->bypass);
	*proxies = (struct http_proxies){ 0 };
}

const char *http_proxies_find(const struct http_proxies *proxies, const struct url *url)
{
	if (http_proxies_bypassed(proxies->bypass, url->host))
		return "";
	return url->scheme == URL_HTTPS ? proxies->https : proxies->http;
}
