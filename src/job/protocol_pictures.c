/* Where the pictures of a reply are. A provider writes URLs, data: URIs, base64,
 * ids or objects around them, and which it is can only be told by looking: bare
 * base64 must decode to something that begins like a picture, because an id may
 * consist of the same letters and a JPEG's base64 begins with a slash, as a relative
 * URL does. */
#include "job/protocol.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <nettle/base64.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/json_pointer.h"
#include "base/utf8.h"
#include "job/picture.h"
#include "job/protocol_private.h"
#include "job/url.h"

enum { BARE_BASE64_MIN = 64, HEAD_BYTES = 12, HEAD_CHARS = 16, SHOWN_BYTES = 80 };

/* ---- bytes ---- */

static bool begins_like_picture(const void *bytes, size_t size)
{
	return picture_type_of(bytes, size) != PICTURE_TYPES;
}

static bool begins(const char *text, const char *with)
{
	return strncasecmp(text, with, strlen(with)) == 0;
}

bool protocol_is_picture(const struct reply *reply)
{
	return reply->body_size > 0 && (begins(reply->type, "image/") ||
					begins_like_picture(reply->body, reply->body_size));
}

static bool is_base64(const char *text)
{
	size_t size = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				   "0123456789+/\r\n");

	return text[size + strspn(text + size, "=\r\n")] == '\0';
}

/* Decodes; what the padding at the end says is not asked, many leave it out, and
 * whether a picture is whole is seen in the picture. 1, 0 for no base64, -ENOMEM. */
static int decode(const char *text, size_t size, void **ret_bytes, size_t *ret_size)
{
	struct base64_decode_ctx context;
	size_t room = BASE64_DECODE_LENGTH(size);
	uint8_t *bytes = malloc(room + 1);

	if (!bytes)
		return -ENOMEM;
	base64_decode_init(&context);
	if (!base64_decode_update(&context, &room, bytes, size, text) || room == 0) {
		free(bytes);
		return 0;
	}
	*ret_bytes = bytes;
	*ret_size = room;
	return 1;
}

static int take_bytes(struct reference *reference, const char *text)
{
	int r = decode(text, strlen(text), &reference->bytes, &reference->size);

	reference->kind = REFERENCE_BYTES;
	return r;
}

/* data:image/png;base64,…; without a type, the bytes decide. */
static int take_data(struct reference *reference, const char *text)
{
	const char *comma = strchr(text, ',');
	size_t mark = strlen(";base64");
	int r;

	if (!comma || (size_t)(comma - text) < mark ||
	    strncasecmp(comma - mark, ";base64", mark) != 0)
		return 0;
	r = take_bytes(reference, comma + 1);
	if (r > 0 && !begins(text, "data:image/") &&
	    !begins_like_picture(reference->bytes, reference->size)) {
		free(reference->bytes);
		reference->bytes = NULL;
		return 0;
	}
	return r;
}

/* Looks at the first bytes before all is decoded. */
static bool is_bare_picture(const char *text)
{
	size_t size;
	void *head;
	bool is = false;

	if (strlen(text) < BARE_BASE64_MIN || !is_base64(text))
		return false;
	if (decode(text, HEAD_CHARS, &head, &size) > 0) {
		is = size >= HEAD_BYTES - 1 && begins_like_picture(head, size);
		free(head);
	}
	return is;
}

/* ---- one picture ---- */

/* "file:/…", "ftp://…", "javascript:…": what begins like a URL of any kind. */
static bool has_scheme(const char *text)
{
	size_t size = 0;

	while (isalnum((unsigned char)text[size]) ||
	       (size > 0 && strchr("+.-", text[size]) && text[size] != '\0'))
		size++;
	return size > 1 && text[size] == ':' && (text[size + 1] == '/' || begins(text, "http"));
}

/* 1, 0 when it must not be followed, -ENOMEM. */
static int take_url(const struct look *look, struct reference *reference, const char *url)
{
	if (protocol_check_url(look->asking, url, NULL) < 0)
		return 0;
	reference->kind = REFERENCE_URL;
	reference->text = strdup(url);
	return reference->text ? 1 : -ENOMEM;
}

static int take_relative(const struct look *look, struct reference *reference, const char *text)
{
	char *url = NULL;
	int r = url_resolve(look->message->url, text, &url);

	if (r == 0)
		r = take_url(look, reference, url);
	free(url);
	return r == -EINVAL ? 0 : r;
}

static int take_id(struct reference *reference, const char *text)
{
	if (!protocol_is_id(text))
		return 0;
	reference->kind = REFERENCE_ASSET;
	reference->text = strdup(text);
	return reference->text ? 1 : -ENOMEM;
}

static int take_text(const struct look *look, struct reference *reference, const char *text,
		     enum reference_kind otherwise)
{
	text += strspn(text, " \t\r\n");
	if (begins(text, "data:"))
		return take_data(reference, text);
	if (is_bare_picture(text))
		return take_bytes(reference, text);
	if (has_scheme(text))
		return take_url(look, reference, text);
	if (*text == '/')
		return take_relative(look, reference, text);
	return otherwise == REFERENCE_ASSET ? take_id(reference, text) : 0;
}

/* `otherwise`: what a text is that is nothing else; REFERENCE_ASSET, or REFERENCE_URL
 * for nothing. 1 with *ret_reference, 0 for nothing of use, -ENOMEM. */
static int take(const struct look *look, const cJSON *value, enum reference_kind otherwise,
		struct reference *ret_reference)
{
	struct reference reference = { .order = -1 };
	int r = 0;

	if (cJSON_IsObject(value))
		value = cJSON_GetObjectItemCaseSensitive(value, "url");
	if (cJSON_IsString(value))
		r = take_text(look, &reference, value->valuestring, otherwise);
	if (r > 0)
		*ret_reference = reference;
	return r;
}

/* ---- all pictures ---- */

/* A flag is of the picture at the same place, where there is a flag for each. */
static bool is_flagged(const struct hits *flags, size_t picture)
{
	if (flags->count == 1 && flags->pointer && !strchr(flags->pointer, '*'))
		return protocol_is_true(flags->at[0]);
	return picture < flags->count && protocol_is_true(flags->at[picture]);
}

static void find_flags(const struct look *look, struct hits *flags)
{
	protocol_hits(look->root, look->http->result.unsafe, flags);
	if (flags->count == 1 && cJSON_IsArray(flags->at[0])) {
		protocol_spread(flags);
		flags->pointer = NULL;
	}
}

static int take_hits(const struct look *look, const struct hits *hits,
		     enum reference_kind otherwise, struct reading *reading)
{
	struct hits flags;

	find_flags(look, &flags);
	for (size_t i = 0; i < hits->count; i++) {
		struct reference *reference = &reading->references[reading->reference_count];
		int r = take(look, hits->at[i], otherwise, reference);

		if (r < 0)
			return r;
		if (r == 0)
			continue;
		reference->order = (int64_t)i;
		reference->unsafe = is_flagged(&flags, i);
		reading->reference_count++;
	}
	return 0;
}

/* What came instead, as text for a line. */
static void name_useless(struct look *look, const cJSON *value)
{
	CLEANUP(strbuf) struct strbuf text = STRBUF_EMPTY, shown = STRBUF_EMPTY;
	char *printed = NULL;

	if (cJSON_IsObject(value) && cJSON_GetObjectItemCaseSensitive(value, "url"))
		value = cJSON_GetObjectItemCaseSensitive(value, "url");
	if (!protocol_add_text(value, &text)) {
		printed = cJSON_PrintUnformatted(value);
		strbuf_add_text(&text, printed);
		cJSON_free(printed);
	}
	utf8_add_printable(&shown, strbuf_text(&text),
			   utf8_cut(strbuf_text(&text), text.size, SHOWN_BYTES), PRINTABLE_LINE);
	diag_set(&look->headline, 0,
		 "finished there, but what it tells as a picture cannot be used: %s%s",
		 strbuf_text(&shown), text.size > SHOWN_BYTES ? "…" : "");
}

static bool says(const struct hits *hits, const cJSON **ret_value)
{
	for (size_t i = 0; i < hits->count; i++)
		if (json_says_something(hits->at[i])) {
			*ret_value = hits->at[i];
			return true;
		}
	return false;
}

int protocol_take_pictures(struct look *look, struct reading *reading)
{
	static const enum reference_kind otherwise[] = { REFERENCE_ASSET, REFERENCE_URL };
	char *const *pointers[] = { look->http->result.assets, look->http->result.images };
	const cJSON *useless = NULL, *value;

	for (size_t i = 0; i < 2 && reading->reference_count == 0; i++) {
		struct hits hits;
		int r;

		protocol_hits(look->root, pointers[i], &hits);
		protocol_spread(&hits);
		r = take_hits(look, &hits, otherwise[i], reading);
		if (r < 0)
			return r;
		if (!useless && says(&hits, &value))
			useless = value;
	}
	reading->seed = protocol_whole(look->root, look->http->result.seed);
	if (reading->reference_count == 0 && useless) {
		reading->kind = READING_FAILED;
		name_useless(look, useless);
	}
	return 0;
}

int protocol_take_reply(const struct look *look, struct reading *reading)
{
	struct reference *reference = &reading->references[0];
	void *bytes = malloc(look->reply->body_size);

	if (!bytes)
		return -ENOMEM;
	memcpy(bytes, look->reply->body, look->reply->body_size);
	*reference = (struct reference){ .kind = REFERENCE_BYTES,
					 .bytes = bytes,
					 .size = look->reply->body_size };
	reading->reference_count = 1;
	return 0;
}

int protocol_take_asset(struct look *look, struct reading *reading)
{
	struct reference *reference = &reading->references[0];
	const cJSON *url = json_first(look->root, look->http->asset.url);
	struct hits flags;
	int r;

	if (!url)
		return 0;
	r = take(look, url, REFERENCE_URL, reference);
	if (r < 0)
		return r;
	if (r == 0) {
		reading->kind = READING_FAILED;
		name_useless(look, url);
		return 1;
	}
	reference->order = protocol_whole(look->root, look->http->asset.order);
	protocol_hits(look->root, look->http->asset.unsafe, &flags);
	protocol_spread(&flags);
	for (size_t i = 0; i < flags.count; i++)
		reference->unsafe |= protocol_is_true(flags.at[i]);
	reading->reference_count = 1;
	return 1;
}
