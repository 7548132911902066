#include "simulator/exchange_key.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "simulator/base64.h"

bool exchange_key_is_right(const struct exchange *x)
{
	const char *sent = request_header(&x->request, "authorization");
	const char *scheme = x->provider->scheme;
	CLEANUP(strbuf) struct strbuf wanted = STRBUF_EMPTY;

	if (!scheme || !sent || strncasecmp(sent, scheme, strlen(scheme)) != 0)
		return false;
	if (strcmp(scheme, "Basic") == 0)
		base64_add(&wanted, x->world->options->keys[x->number],
			   strlen(x->world->options->keys[x->number]));
	else
		strbuf_add_text(&wanted, x->world->options->keys[x->number]);
	return sent[strlen(scheme)] == ' ' &&
	       strcmp(sent + strlen(scheme) + 1, strbuf_text(&wanted)) == 0;
}

/* Only known schemes are named: what stands there without one may be the key. */
static const char *scheme_of(const char *sent)
{
	static const char *const known[] = { "Basic", "Bearer", "Key", "Token" };
	size_t size = sent ? strcspn(sent, " ") : 0;

	for (size_t i = 0; sent && i < sizeof(known) / sizeof(known[0]); i++) {
		if (strlen(known[i]) == size && strncasecmp(sent, known[i], size) == 0)
			return known[i];
	}
	return sent ? "other" : NULL;
}

static void add_body(cJSON *line, const struct strbuf *body)
{
	const char *text = strbuf_text(body);

	if (!body->size)
		cJSON_AddNullToObject(line, "body");
	else if (utf8_valid(text, body->size, NULL) && !memchr(text, '\0', body->size))
		cJSON_AddStringToObject(line, "body", text);
	else
		cJSON_AddNumberToObject(line, "body_bytes", (double)body->size);
}

void exchange_record(const struct exchange *x)
{
	const struct request *request = &x->request;
	const char *scheme = scheme_of(request_header(request, "authorization"));
	const char *secret = request_secret_header(request);
	CLEANUP(strbuf) struct strbuf path = STRBUF_EMPTY;
	cJSON *line = cJSON_CreateObject(), *names, *key;

	strbuf_add_text(&path, request->path);
	if (request->query)
		strbuf_addf(&path, "?%s", request->query);
	cJSON_AddNumberToObject(line, "time_ms", (double)x->now_ms);
	cJSON_AddStringToObject(line, "listener", x->provider->name);
	cJSON_AddStringToObject(line, "method", request->method);
	cJSON_AddStringToObject(line, "path", strbuf_text(&path));
	key = cJSON_AddObjectToObject(line, "key");
	cJSON_AddItemToObject(key, "header",
			      secret ? cJSON_CreateString(secret) : cJSON_CreateNull());
	cJSON_AddItemToObject(key, "scheme",
			      scheme ? cJSON_CreateString(scheme) : cJSON_CreateNull());
	cJSON_AddBoolToObject(key, "right", exchange_key_is_right(x));
	names = cJSON_AddArrayToObject(line, "headers");
	for (size_t i = 0; i < request->header_count; i++)
		cJSON_AddItemToArray(names, cJSON_CreateString(request->headers[i].name));
	add_body(line, &request->body);
	record_add(x->world->requests, line);
}
