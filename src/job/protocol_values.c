/* What a reply's JSON says, one value at a time. Providers write numbers as texts,
 * texts as numbers and lists as single values, so every question here takes
 * whatever can be meant, and what cannot is "not told", never an error. */
#include "job/protocol.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/json_pointer.h"
#include "job/protocol_private.h"

enum { ID_BYTES_MAX = 255, UNITS_MAX = 1000000000 };

static const double whole_max = 9007199254740992.0; /* 2^53 */

/* ---- reading ---- */

static size_t digits_at(const char *bytes, size_t size)
{
	size_t count = 0;

	while (count < size && bytes[count] >= '0' && bytes[count] <= '9')
		count++;
	return count;
}

/* Whether a number as JSON has it would come out as another one. */
static bool is_rounded(const char *number, size_t size)
{
	size_t sign = *number == '-';
	char digits[24];

	if (digits_at(number + sign, size - sign) != size - sign || size - sign < 16)
		return false;
	if (size - sign > 19)
		return true;
	memcpy(digits, number + sign, size - sign);
	digits[size - sign] = '\0';
	return strtoull(digits, NULL, 10) > (uint64_t)whole_max;
}

static size_t string_size(const char *bytes, size_t size)
{
	size_t at = 1;

	while (at < size && bytes[at] != '"')
		at += bytes[at] == '\\' ? 2 : 1;
	return at < size ? at + 1 : size;
}

static size_t token_size(const char *bytes, size_t size)
{
	size_t number = *bytes == '"' ? string_size(bytes, size) : json_number_size(bytes, size);

	return number ? number : 1;
}

/* The text with quotes around each integer that would be rounded. What is no JSON
 * stays none. */
static void quote_integers(const char *bytes, size_t size, struct strbuf *text)
{
	size_t at = 0, token;

	for (; at < size; at += token) {
		token = token_size(bytes + at, size - at);
		if (bytes[at] != '"' && token > 1 && is_rounded(bytes + at, token)) {
			strbuf_add_char(text, '"');
			strbuf_add(text, bytes + at, token);
			strbuf_add_char(text, '"');
		} else {
			strbuf_add(text, bytes + at, token);
		}
	}
}

static bool has_long_number(const char *bytes, size_t size)
{
	size_t run = 0;

	for (size_t i = 0; i < size && run < 16; i++)
		run = bytes[i] >= '0' && bytes[i] <= '9' ? run + 1 : 0;
	return run >= 16;
}

typedef int json_reader(const char *bytes, size_t size, size_t bytes_max, struct json *ret_json,
			struct diag *reterr_diag);

static int parse(const struct reply *reply, json_reader *read, struct json *ret_json,
		 struct diag *reterr_diag)
{
	CLEANUP(strbuf) struct strbuf text = STRBUF_EMPTY;

	if (reply->body_size == 0) {
		diag_set(reterr_diag, 0, "it is empty");
		return -EINVAL;
	}
	if (!has_long_number(reply->body, reply->body_size))
		return read(reply->body, reply->body_size, REPLY_BYTES_MAX, ret_json, reterr_diag);
	quote_integers(reply->body, reply->body_size, &text);
	if (strbuf_failed(&text))
		return -ENOMEM;
	return read(text.bytes, text.size, 2 * (size_t)REPLY_BYTES_MAX, ret_json, reterr_diag);
}

int protocol_parse(const struct reply *reply, struct json *ret_json, struct diag *reterr_diag)
{
	return parse(reply, json_read_lenient, ret_json, reterr_diag);
}

int protocol_parse_catalogue(const struct reply *reply, struct json *ret_json)
{
	return parse(reply, json_read_catalogue, ret_json, NULL);
}

/* ---- hits ---- */

static bool add_hit(const cJSON *value, void *arg)
{
	struct hits *hits = arg;

	hits->at[hits->count++] = value;
	return hits->count < HITS_MAX;
}

void protocol_hits(const cJSON *root, char *const *pointers, struct hits *ret_hits)
{
	for (; pointers && *pointers; pointers++) {
		*ret_hits = (struct hits){ .count = 0, .pointer = *pointers };
		json_pointer_each(root, *pointers, add_hit, ret_hits);
		for (size_t i = 0; i < ret_hits->count; i++)
			if (json_says_something(ret_hits->at[i]))
				return;
	}
	*ret_hits = (struct hits){ .count = 0 };
}

void protocol_spread(struct hits *hits)
{
	struct hits spread = { .count = 0, .pointer = hits->pointer };
	bool more = true;

	for (size_t i = 0; i < hits->count && more; i++) {
		const cJSON *element = hits->at[i];

		if (!cJSON_IsArray(element)) {
			more = add_hit(element, &spread);
			continue;
		}
		for (element = element->child; element && more; element = element->next)
			more = add_hit(element, &spread);
	}
	*hits = spread;
}

/* ---- texts and numbers ---- */

bool protocol_add_text(const cJSON *value, struct strbuf *text)
{
	if (cJSON_IsString(value))
		strbuf_add_text(text, value->valuestring);
	else if (cJSON_IsBool(value))
		strbuf_add_text(text, cJSON_IsTrue(value) ? "true" : "false");
	else if (cJSON_IsNumber(value))
		strbuf_addf(text, "%.15g", value->valuedouble);
	else
		return false;
	return true;
}

static bool is_same_word(const char *word, const char *text, size_t size)
{
	return strlen(word) == size && strncasecmp(word, text, size) == 0;
}

bool protocol_is_word(char *const *words, const char *text)
{
	size_t size;

	text += strspn(text, " \t\r\n");
	size = strlen(text);
	while (size > 0 && strchr(" \t\r\n", text[size - 1]))
		size--;
	for (; words && *words; words++)
		if (is_same_word(*words, text, size))
			return true;
	return false;
}

bool protocol_number(const cJSON *value, double *ret_number)
{
	double number;
	size_t size;

	if (cJSON_IsNumber(value)) {
		number = value->valuedouble;
	} else if (cJSON_IsString(value)) {
		size = strlen(value->valuestring);
		if (size == 0 || size > JSON_NUMBER_BYTES_MAX ||
		    json_number_size(value->valuestring, size) != size)
			return false;
		number = strtod(value->valuestring, NULL);
	} else {
		return false;
	}
	if (!isfinite(number))
		return false;
	*ret_number = number;
	return true;
}

int64_t protocol_whole(const cJSON *root, char *const *pointers)
{
	double number;

	if (!protocol_number(json_first(root, pointers), &number))
		return -1;
	return number >= 0 && number <= whole_max && number == floor(number) ? (int64_t)number : -1;
}

/* A half as it was written may lie a hair below it as a double. */
int64_t protocol_micro(const cJSON *root, char *const *pointers)
{
	double number;

	if (!protocol_number(json_first(root, pointers), &number))
		return -1;
	if (number < 0 || number > UNITS_MAX)
		return -1;
	return (int64_t)floor(number * 1e6 + 0.5 + 1e-7);
}

bool protocol_is_true(const cJSON *value)
{
	if (cJSON_IsBool(value))
		return cJSON_IsTrue(value);
	if (cJSON_IsNumber(value))
		return value->valuedouble != 0;
	return json_says_something(value);
}

/* ---- the envelope ---- */

const cJSON *protocol_envelope(const struct http_profile *http, const cJSON *root)
{
	return http->ok_pointer ? json_pointer_first(root, http->ok_pointer) : NULL;
}

bool protocol_is_ok(const struct http_profile *http, const cJSON *root)
{
	CLEANUP(strbuf) struct strbuf text = STRBUF_EMPTY;

	if (!http->ok_pointer)
		return true;
	return protocol_add_text(protocol_envelope(http, root), &text) && http->ok_value &&
	       strcmp(strbuf_text(&text), http->ok_value) == 0;
}

/* ---- ids and codes ---- */

bool protocol_is_id(const char *text)
{
	size_t size = strlen(text);

	if (size == 0 || size > ID_BYTES_MAX || !strcmp(text, ".") || !strcmp(text, ".."))
		return false;
	for (size_t i = 0; i < size; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return false;
	/* The lenient reader put U+FFFD for what cannot be in a text: the id that the
	 * provider knows is another one. */
	return !strstr(text, "\xEF\xBF\xBD");
}

static bool is_whole(const cJSON *value)
{
	return cJSON_IsNumber(value) && fabs(value->valuedouble) <= whole_max &&
	       value->valuedouble == floor(value->valuedouble);
}

int protocol_id(const cJSON *root, char *const *pointers, char **ret_id)
{
	for (; pointers && *pointers; pointers++) {
		char *one[] = { *pointers, NULL };
		const cJSON *value = json_first(root, one);
		char number[32], *id;

		if (is_whole(value))
			snprintf(number, sizeof(number), "%.0f", value->valuedouble);
		else if (!cJSON_IsString(value) || !protocol_is_id(value->valuestring))
			continue;
		id = strdup(cJSON_IsString(value) ? value->valuestring : number);
		if (!id)
			return -ENOMEM;
		*ret_id = id;
		return 1;
	}
	return 0;
}

static enum kind_of_error kind_of_code(const struct http_profile *http, const cJSON *code)
{
	CLEANUP(strbuf) struct strbuf text = STRBUF_EMPTY;

	if (!protocol_add_text(code, &text))
		return ERROR_OTHER;
	for (enum kind_of_error kind = ERROR_OTHER + 1; kind < ERROR_KINDS; kind++)
		if (protocol_is_word(http->kinds[kind], strbuf_text(&text)))
			return kind;
	return ERROR_OTHER;
}

enum kind_of_error protocol_kind(const struct look *look)
{
	char *const *pointer = look->http->errors.code;

	for (; pointer && *pointer; pointer++) {
		char *one[] = { *pointer, NULL };
		struct hits hits;

		protocol_hits(look->root, one, &hits);
		protocol_spread(&hits);
		for (size_t i = 0; i < hits.count; i++) {
			enum kind_of_error kind = kind_of_code(look->http, hits.at[i]);

			if (kind != ERROR_OTHER)
				return kind;
		}
	}
	return ERROR_OTHER;
}
