/* Messages and replies as request.json and response.json show them: JSON that a
 * person can read and a terminal can show. Pictures in the text are cut to their
 * beginning, what a member's name calls a secret is left out, and characters that
 * would move a terminal's cursor or turn the text around are escaped. */
#include "job/protocol.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "job/protocol_private.h"

enum {
	DATA_BYTES_MAX = 256, /* of text that is data */
	DATA_BYTES_KEPT = 40,
	TEXT_BYTES_MAX = 4096, /* of other text */
	RAW_BYTES_MAX = 1024,  /* of a body that is no JSON */
	SHOWN_BYTES_MAX = 64 * 1024,
};

/* ---- shortening ---- */

/* No spaces and nothing that URLs have but base64 has not. */
static bool is_data(const char *text, size_t size)
{
	if (size <= DATA_BYTES_MAX)
		return false;
	return strncasecmp(text, "data:", 5) == 0 ||
	       strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			    "0123456789+/=\r\n_-") == size;
}

static bool is_secret(const char *name)
{
	static const char *const words[] = { "secret",  "password", "authorization",
					     "api_key", "apikey",   "access_token" };

	for (size_t i = 0; name && i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasestr(name, words[i]))
			return true;
	return false;
}

static bool set_text(cJSON *value, const char *text)
{
	return cJSON_SetValuestring(value, text);
}

static bool cut_text(cJSON *value, size_t max)
{
	CLEANUP(strbuf) struct strbuf cut = STRBUF_EMPTY;
	size_t size = strlen(value->valuestring);

	strbuf_add(&cut, value->valuestring, utf8_cut(value->valuestring, size, max));
	strbuf_addf(&cut, "… (%zu bytes)", size);
	return !strbuf_failed(&cut) && set_text(value, strbuf_text(&cut));
}

/* False when out of memory. Depth is bounded by the reader's. */
static bool shorten(cJSON *value, size_t text_max)
{
	if (cJSON_IsString(value)) {
		size_t size = strlen(value->valuestring);

		if (is_secret(value->string) && size > 0)
			return set_text(value, "(not shown)");
		if (is_data(value->valuestring, size))
			return cut_text(value, DATA_BYTES_KEPT);
		return size <= text_max || cut_text(value, text_max);
	}
	for (cJSON *child = value ? value->child : NULL; child; child = child->next)
		if (!shorten(child, text_max))
			return false;
	return true;
}

/* ---- text ---- */

/* How many bytes at `text` are a character that must not reach a terminal, with its
 * code. JSON's own escapes cover those below a space. */
static size_t hidden_at(const unsigned char *text, unsigned *ret_code)
{
	if (text[0] == 0x7f) {
		*ret_code = 0x7f;
		return 1;
	}
	if (text[0] == 0xc2 && text[1] >= 0x80 && text[1] <= 0x9f) {
		*ret_code = text[1];
		return 2;
	}
	if (text[0] == 0xe2 && ((text[1] == 0x80 && text[2] >= 0xaa && text[2] <= 0xae) ||
				(text[1] == 0x81 && text[2] >= 0xa6 && text[2] <= 0xa9))) {
		*ret_code = 0x2000u | (text[1] & 0x3fu) << 6 | (text[2] & 0x3fu);
		return 3;
	}
	return 0;
}

static char *escaped(const char *json)
{
	CLEANUP(strbuf) struct strbuf text = STRBUF_EMPTY;

	while (*json) {
		unsigned code;
		size_t size = hidden_at((const unsigned char *)json, &code);

		if (size > 0)
			strbuf_addf(&text, "\\u%04x", code);
		else
			strbuf_add_char(&text, *json);
		json += size ? size : 1;
	}
	return strbuf_take(&text, NULL);
}

/* Prints the object, which is freed. */
static char *print(cJSON *object)
{
	char *json = cJSON_PrintUnformatted(object), *text = json ? escaped(json) : NULL;

	cJSON_free(json);
	cJSON_Delete(object);
	return text;
}

static bool add_raw_text(cJSON *object, const char *name, const char *bytes, size_t size)
{
	CLEANUP(strbuf) struct strbuf text = STRBUF_EMPTY;

	utf8_add_printable(&text, bytes, utf8_cut(bytes, size, RAW_BYTES_MAX), PRINTABLE_TEXT);
	if (size > RAW_BYTES_MAX)
		strbuf_addf(&text, "… (%zu bytes)", size);
	return !strbuf_failed(&text) && cJSON_AddStringToObject(object, name, strbuf_text(&text));
}

/* ---- messages and replies ---- */

char *protocol_show(const struct message *message)
{
	cJSON *object = cJSON_CreateObject(), *body = NULL;
	bool made = object && cJSON_AddStringToObject(object, "method", message->verb) &&
		    cJSON_AddStringToObject(object, "url", message->url);

	if (made && message->body) {
		/* A prompt is shown whole. */
		body = cJSON_Parse(message->body);
		made = body && shorten(body, SIZE_MAX) &&
		       cJSON_AddItemToObject(object, "body", body);
		if (!made)
			cJSON_Delete(body);
	}
	if (made)
		return print(object);
	cJSON_Delete(object);
	return NULL;
}

/* A body of many values is shown as the beginning of its text. */
static bool add_json(cJSON *object, cJSON *root)
{
	char *text;
	size_t size;
	bool added;

	if (!shorten(root, TEXT_BYTES_MAX))
		return false;
	text = cJSON_PrintUnformatted(root);
	size = text ? strlen(text) : 0;
	if (size > SHOWN_BYTES_MAX)
		added = add_raw_text(object, "body", text, size);
	else
		added = text && cJSON_AddRawToObject(object, "body", text);
	cJSON_free(text);
	return added;
}

static bool add_reply(cJSON *object, const struct reply *reply, cJSON *root)
{
	CLEANUP(strbuf) struct strbuf size = STRBUF_EMPTY;

	if (reply->delivery != DELIVERY_REPLIED && reply->error &&
	    !add_raw_text(object, "error", reply->error, strlen(reply->error)))
		return false;
	if (reply->status > 0 && !cJSON_AddNumberToObject(object, "status", reply->status))
		return false;
	if (root)
		return add_json(object, root);
	if (reply->body_size == 0)
		return true;
	if (!add_raw_text(object, "type", reply->type, strlen(reply->type)))
		return false;
	if (!protocol_is_picture(reply))
		return add_raw_text(object, "body", reply->body, reply->body_size);
	strbuf_addf(&size, "(a picture of %zu bytes)", reply->body_size);
	return !strbuf_failed(&size) && cJSON_AddStringToObject(object, "body", strbuf_text(&size));
}

int protocol_show_reply(const struct look *look, cJSON *root, struct reading *reading)
{
	cJSON *object = cJSON_CreateObject();

	if (!object || !add_reply(object, look->reply, root)) {
		cJSON_Delete(object);
		return -ENOMEM;
	}
	reading->shown = print(object);
	return reading->shown ? 0 : -ENOMEM;
}
