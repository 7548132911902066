/* Error text: the first line says what happened, to a person; below it stands what
 * the provider said, as far as it is worth reading. Providers put it into strings,
 * objects, arrays of objects or a page of HTML, of any size, with anything in it. */
#include "job/protocol.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/json_pointer.h"
#include "base/utf8.h"
#include "job/protocol_private.h"

enum {
	MESSAGES_MAX = 3,
	LINE_BYTES = 300,
	MESSAGE_BYTES_MAX = 1200,
	COMPACT_BYTES_MAX = 500,
	SNIPPET_BYTES_MAX = 256,
	TITLE_BYTES_MAX = 120,
	CODE_BYTES_MAX = 100,
};

static void add_cut(struct strbuf *text, const char *bytes, size_t size, size_t max)
{
	strbuf_add(text, bytes, utf8_cut(bytes, size, max));
	if (size > max)
		strbuf_add_text(text, "…");
}

/* White space of any kind and length becomes one space. */
static void add_as_line(struct strbuf *line, const char *text)
{
	bool gap = false;

	for (; *text; text++) {
		if (strchr(" \t\r\n", *text)) {
			gap = line->size > 0;
			continue;
		}
		if (gap)
			strbuf_add_char(line, ' ');
		gap = false;
		strbuf_add_char(line, *text);
	}
}

/* ---- what the provider said ---- */

static void add_compact(struct strbuf *text, const cJSON *value)
{
	char *printed = cJSON_PrintUnformatted(value);

	if (printed)
		add_cut(text, printed, strlen(printed), COMPACT_BYTES_MAX);
	cJSON_free(printed);
}

static void add_value(struct strbuf *text, const cJSON *value)
{
	const cJSON *inner = value;

	if (cJSON_IsObject(value))
		inner = cJSON_GetObjectItemCaseSensitive(value, "message");
	if (!inner)
		inner = cJSON_GetObjectItemCaseSensitive(value, "msg");
	if (cJSON_IsString(inner))
		add_cut(text, inner->valuestring, strlen(inner->valuestring), MESSAGE_BYTES_MAX);
	else if (cJSON_IsNumber(inner))
		protocol_add_text(inner, text);
	else
		add_compact(text, value);
}

/* false, 0 and what says nothing are how providers write "no error". */
static bool is_message(const cJSON *value)
{
	return json_says_something(value) && protocol_is_true(value) && !cJSON_IsBool(value);
}

static bool add_messages(struct strbuf *text, const cJSON *root, char *const *pointers)
{
	size_t count = 0;

	for (; pointers && *pointers && count == 0; pointers++) {
		char *one[] = { *pointers, NULL };
		struct hits hits;

		protocol_hits(root, one, &hits);
		protocol_spread(&hits);
		for (size_t i = 0; i < hits.count && count < MESSAGES_MAX; i++) {
			if (!is_message(hits.at[i]))
				continue;
			strbuf_add_text(text, count++ ? "; " : "");
			add_value(text, hits.at[i]);
		}
	}
	return count > 0;
}

static bool is_html(const struct reply *reply)
{
	const char *body = reply->body + strspn(reply->body, " \t\r\n\xEF\xBB\xBF");

	return strcasestr(reply->type, "html") ||
	       strncasecmp(body, "<!doctype html", strlen("<!doctype html")) == 0 ||
	       strncasecmp(body, "<html", strlen("<html")) == 0;
}

static void add_html(struct strbuf *text, const char *body)
{
	const char *title = strcasestr(body, "<title"), *end;
	CLEANUP(strbuf) struct strbuf line = STRBUF_EMPTY;
	CLEANUP(free_ptr) char *inside = NULL;

	title = title ? strchr(title, '>') : NULL;
	end = title ? strcasestr(title, "</title") : NULL;
	inside = end ? strndup(title + 1, (size_t)(end - title - 1)) : NULL;
	add_as_line(&line, inside ? inside : "");
	strbuf_add_text(text, "a page of HTML");
	if (line.size == 0)
		return;
	strbuf_add_text(text, " with the title \"");
	add_cut(text, line.bytes, line.size, TITLE_BYTES_MAX);
	strbuf_add_char(text, '"');
}

/* The envelope's own message says that all is well where the job failed. */
static bool is_envelope_fine(const struct look *look)
{
	return look->http->ok_pointer && look->ok && look->root;
}

static void add_said(struct strbuf *said, const struct look *look)
{
	const struct reply *reply = look->reply;

	if (look->exchange == EXCHANGE_DOWNLOAD || reply->delivery != DELIVERY_REPLIED)
		return;
	if (look->root) {
		if (add_messages(said, look->root, look->http->poll.error) ||
		    (!is_envelope_fine(look) &&
		     add_messages(said, look->root, look->http->errors.message)))
			return;
		if (json_says_something(look->root))
			add_compact(said, look->root);
	} else if (reply->body_size > 0 && is_html(reply)) {
		add_html(said, reply->body);
	} else if (!protocol_is_picture(reply)) {
		add_cut(said, reply->body, reply->body_size, SNIPPET_BYTES_MAX);
	}
}

/* ---- the text ---- */

/* What the message says already is not said again. */
static void add_fact(struct strbuf *facts, const char *name, const cJSON *value,
		     const char *message)
{
	CLEANUP(strbuf) struct strbuf text = STRBUF_EMPTY, line = STRBUF_EMPTY;

	if (!protocol_add_text(value, &text))
		return;
	add_as_line(&line, strbuf_text(&text));
	if (strcmp(strbuf_text(&line), message) == 0)
		return;
	strbuf_addf(facts, "%s%s ", facts->size ? ", " : "", name);
	add_cut(facts, strbuf_text(&line), line.size, CODE_BYTES_MAX);
}

/* Where all is well with the envelope, its code is not the failed job's. */
static bool is_from_envelope(const struct look *look, const struct hits *codes)
{
	return is_envelope_fine(look) && strcmp(codes->pointer, look->http->ok_pointer) == 0;
}

/* "HTTP 422, code content_policy_violation, trace tr_1". */
static void add_facts(struct strbuf *facts, const struct look *look, const char *message)
{
	const struct reply *reply = look->reply;
	struct hits codes;

	if (reply->status > 0 && (reply->status < 200 || reply->status > 299))
		strbuf_addf(facts, "HTTP %d", reply->status);
	if (!look->root)
		return;
	protocol_hits(look->root, look->http->errors.code, &codes);
	protocol_spread(&codes);
	if (codes.count > 0 && !is_from_envelope(look, &codes))
		add_fact(facts, "code", codes.at[0], message);
	add_fact(facts, "trace", json_first(look->root, look->http->errors.trace), message);
}

static void add_below(struct strbuf *text, const char *more)
{
	if (!*more)
		return;
	strbuf_add_char(text, '\n');
	strbuf_add_text(text, more);
}

int protocol_explain(const struct look *look, struct reading *reading)
{
	CLEANUP(strbuf) struct strbuf said = STRBUF_EMPTY, line = STRBUF_EMPTY;
	CLEANUP(strbuf) struct strbuf facts = STRBUF_EMPTY, text = STRBUF_EMPTY;
	CLEANUP(strbuf) struct strbuf shown = STRBUF_EMPTY;

	if (!*look->headline.text)
		return 0;
	add_said(&said, look);
	add_as_line(&line, strbuf_text(&said));
	add_facts(&facts, look, strbuf_text(&line));
	strbuf_add_text(&text, look->headline.text);
	if (line.size > 0) {
		strbuf_add_text(&text, ": ");
		add_cut(&text, line.bytes, line.size, LINE_BYTES);
	}
	add_below(&text, strbuf_text(&facts));
	if (line.size > LINE_BYTES)
		add_below(&text, strbuf_text(&said));
	utf8_add_printable(&shown, strbuf_text(&text), text.size, PRINTABLE_TEXT);
	if (strbuf_failed(&said) || strbuf_failed(&line) || strbuf_failed(&facts) ||
	    strbuf_failed(&text) || strbuf_failed(&shown))
		return -ENOMEM;
	reading->error = strndup(shown.bytes, utf8_cut(shown.bytes, shown.size, ERROR_BYTES_MAX));
	return reading->error ? 0 : -ENOMEM;
}
