/* Only what an HTTP client of ours sends: a request line, headers, a Content-Length. */
#include "case_wire.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"

long wire_request_size(const char *bytes, size_t size)
{
	static const char length[] = "\r\nContent-Length:";
	const char *end = memmem(bytes, size, "\r\n\r\n", 4);
	size_t head, body = 0;

	if (!end)
		return size > WIRE_BYTES_MAX ? -EBADMSG : 0;
	head = (size_t)(end - bytes) + 4;
	for (const char *p = bytes; p < end; p++)
		if (strncasecmp(p, length, sizeof(length) - 1) == 0)
			body = strtoul(p + sizeof(length) - 1, NULL, 10);
	if (body > WIRE_BYTES_MAX)
		return -EBADMSG;
	return size < head + body ? 0 : (long)(head + body);
}

static int split_header(char *line, struct wire_request *request)
{
	char *colon = strchr(line, ':');
	size_t i = request->header_count;

	if (!colon || i == WIRE_HEADERS_MAX)
		return -EBADMSG;
	*colon = '\0';
	for (char *c = line; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	request->names[i] = line;
	request->values[i] = colon + 1 + strspn(colon + 1, " \t");
	request->header_count++;
	return 0;
}

int wire_request_split(char *bytes, size_t size, struct wire_request *ret_request)
{
	struct wire_request request = { .header_count = 0 };
	char *body = memmem(bytes, size, "\r\n\r\n", 4), *save, *line;
	int r = 0;

	if (!body || memchr(bytes, '\0', size))
		return -EBADMSG;
	body[2] = '\0';
	request.body = body + 4;
	line = strsep(&bytes, "\r");
	request.verb = strtok_r(line, " ", &save);
	request.target = strtok_r(NULL, " ", &save);
	if (!request.verb || !request.target)
		return -EBADMSG;
	while (r == 0 && bytes && *bytes == '\n' && bytes[1]) {
		bytes++;
		line = strsep(&bytes, "\r");
		r = split_header(line, &request);
	}
	if (r == 0)
		*ret_request = request;
	return r;
}

const char *wire_header(const struct wire_request *request, const char *name)
{
	for (size_t i = 0; i < request->header_count; i++)
		if (strcmp(request->names[i], name) == 0)
			return request->values[i];
	return NULL;
}

static const char *type_of(const struct strbuf *body)
{
	const char *text = strbuf_text(body);

	return body->size && (*text == '{' || *text == '[') ? "application/json"
							    : "application/octet-stream";
}

bool wire_add_reply(const struct case_reply *reply, const struct case_places *places,
		    struct strbuf *bytes)
{
	CLEANUP(strbuf) struct strbuf body = STRBUF_EMPTY;
	bool has_type = false, cut;

	if (reply->body)
		case_fill(reply->body, places, &body);
	if (reply->form == FORM_RAW)
		strbuf_add(bytes, body.bytes, body.size);
	if (reply->form != FORM_REPLY)
		return true;
	cut = reply->cut >= 0 && (size_t)reply->cut < body.size;
	strbuf_addf(bytes, "HTTP/1.1 %d As Scripted\r\n", reply->status);
	for (size_t i = 0; i < reply->header_count; i++) {
		strbuf_addf(bytes, "%s: ", reply->headers[i].name);
		case_fill(reply->headers[i].value, places, bytes);
		strbuf_add_text(bytes, "\r\n");
		has_type |= strcmp(reply->headers[i].name, "content-type") == 0;
	}
	if (!has_type && body.size)
		strbuf_addf(bytes, "content-type: %s\r\n", type_of(&body));
	strbuf_addf(bytes, "content-length: %zu\r\n\r\n", body.size);
	strbuf_add(bytes, body.bytes, cut ? (size_t)reply->cut : body.size);
	return cut;
}
