/* Paths stay as they were sent: the ids and models that we make need no percent
 * signs, so what has some is unknown anyway. */
#include "simulator/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void request_done(struct request *request)
{
	free(request->method);
	free(request->path);
	free(request->query);
	for (size_t i = 0; i < request->header_count; i++) {
		free(request->headers[i].name);
		free(request->headers[i].value);
	}
	strbuf_done(&request->body);
	*request = (struct request){ 0 };
}

bool request_begin(struct request *request, const char *method, const char *url)
{
	const char *mark = strchr(url, '?');

	request->method = strdup(method);
	request->path = mark ? strndup(url, (size_t)(mark - url)) : strdup(url);
	request->query = mark ? strdup(mark + 1) : NULL;
	return request->method && request->path && (request->query || !mark);
}

void request_add_header(struct request *request, const char *name, const char *value)
{
	size_t i = request->header_count;

	if (i == REQUEST_HEADERS_MAX)
		return;
	request->headers[i].name = strdup(name);
	request->headers[i].value = strdup(value ? value : "");
	if (request->headers[i].name && request->headers[i].value) {
		request->header_count++;
		return;
	}
	free(request->headers[i].name);
	free(request->headers[i].value);
}

const char *request_header(const struct request *request, const char *name)
{
	for (size_t i = 0; i < request->header_count; i++) {
		if (strcasecmp(request->headers[i].name, name) == 0)
			return request->headers[i].value;
	}
	return NULL;
}

bool request_query(const struct request *request, const char *name, char *value, size_t room)
{
	size_t name_size = strlen(name);
	const char *at = request->query;

	while (at && *at) {
		size_t size = strcspn(at, "&");

		if (size > name_size && strncmp(at, name, name_size) == 0 && at[name_size] == '=') {
			snprintf(value, room, "%.*s", (int)(size - name_size - 1),
				 at + name_size + 1);
			return true;
		}
		at += size;
		at += *at == '&';
	}
	return false;
}

bool request_asks(const struct request *request, const char *name)
{
	char value[8];

	return request_query(request, name, value, sizeof(value)) &&
	       (strcmp(value, "true") == 0 || strcmp(value, "1") == 0);
}

const char *request_secret_header(const struct request *request)
{
	static const char *const secret[] = { "authorization", "proxy-authorization", "cookie",
					      "x-key",         "x-api-key",           "api-key" };

	for (size_t i = 0; i < sizeof(secret) / sizeof(secret[0]); i++) {
		if (request_header(request, secret[i]))
			return secret[i];
	}
	return NULL;
}

static bool match(const char *path, const char *pattern, struct captures *captures);

/* A path that ends where the segment at `path` ends, or with one of those after it. */
static bool match_capture(const char *path, const char *rest, bool many, struct captures *captures)
{
	size_t mine = captures->count, size = 0;

	if (mine == CAPTURES_MAX)
		return false;
	do {
		size += strcspn(path + size, "/");
		if (size > 0 && size < CAPTURE_ROOM) {
			captures->count = mine + 1;
			snprintf(captures->text[mine], CAPTURE_ROOM, "%.*s", (int)size, path);
			if (match(path + size, rest, captures))
				return true;
		}
	} while (many && path[size++] == '/');
	captures->count = mine;
	return false;
}

static bool match(const char *path, const char *pattern, struct captures *captures)
{
	for (; *pattern && *pattern != '*'; pattern++, path++) {
		if (*path != *pattern)
			return false;
	}
	if (!*pattern)
		return !*path;
	return match_capture(path, pattern + (pattern[1] == '*' ? 2 : 1), pattern[1] == '*',
			     captures);
}

bool request_path_is(const char *path, const char *pattern, struct captures *ret_captures)
{
	ret_captures->count = 0;
	return match(path, pattern, ret_captures);
}
