/* URLs as far as the daemon needs them: whether a text is one, whose it is, what
 * a relative one means, and the encoding of what is put into one. Strict, because
 * what two parsers read differently sends a key to the wrong host: only http and
 * https, no user part, a host of letters, digits, dots and hyphens or an IP
 * address in brackets, printable ASCII. Pure. */
#ifndef EASELFS_JOB_URL_H
#define EASELFS_JOB_URL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strbuf.h"

enum { URL_BYTES_MAX = 8192 };

enum url_scheme { URL_HTTP, URL_HTTPS };

struct url {
	enum url_scheme scheme;
	char host[256]; /* lower case, an IPv6 address without its brackets */
	unsigned port;  /* the scheme's own where none is written */
	size_t path;    /* where in the text the path begins (its end: none) */
};

/* 0, or -EINVAL for anything but an absolute http(s) URL as above. */
int url_parse(const char *text, struct url *ret_url);
/* Whether both are of one origin: scheme, host, port. False when one is no URL. */
bool url_same_origin(const char *a, const char *b);
/* Whether the host is by its text a loopback, link-local, private or other address
 * that no stranger's URL should lead to ("localhost" too); a name says nothing. */
bool url_host_is_private(const char *host);
/* What `reference` means in the reply to `base`, allocated in *ret_url: itself when
 * absolute, else resolved as RFC 3986, 5.2 ("//host/x", "/x", "x", "?x"). 0, -EINVAL,
 * -ENOMEM. */
int url_resolve(const char *base, const char *reference, char **ret_url);
/* Appends `text` percent-encoded but for RFC 3986's unreserved characters. */
void url_add_encoded(struct strbuf *url, const char *text, size_t size);

#endif
