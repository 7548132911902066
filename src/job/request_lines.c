/* Front matter and defaults.ini: a name and a value on each line. One reader, so
 * that a line can be carried from one to the other; they differ in what separates
 * name and value, in comments, and in how they end.
 *
 * What a person might mean by an indented line (a list, a continuation, something
 * below the line before) is none of our business: it is refused, not guessed. */
#include "job/request_draft.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/strbuf.h"
#include "base/utf8.h"

enum { SHOWN_BYTES_MAX = 60 };

static const char fence[] = "---";

struct span {
	const char *begin, *end;
};

struct lines {
	const char *next, *end;
	unsigned line; /* the one handed out last */
	const char *separators, *comments, *shape;
	struct diag *diag;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct span trimmed(struct span span)
{
	while (span.begin < span.end && is_blank(*span.begin))
		span.begin++;
	while (span.begin < span.end && is_blank(span.end[-1]))
		span.end--;
	return span;
}

static size_t size_of(struct span span)
{
	return (size_t)(span.end - span.begin);
}

static bool is(struct span span, const char *text)
{
	return size_of(span) == strlen(text) && memcmp(span.begin, text, strlen(text)) == 0;
}

static int fail(const struct lines *lines, const char *why)
{
	diag_set(lines->diag, lines->line, "%s", why);
	return -EINVAL;
}

static int fail_shape(const struct lines *lines, struct span line)
{
	CLEANUP(strbuf) struct strbuf shown = STRBUF_EMPTY;

	utf8_add_printable(&shown, line.begin, utf8_cut(line.begin, size_of(line), SHOWN_BYTES_MAX),
			   PRINTABLE_LINE);
	diag_set(lines->diag, lines->line, "%s is expected where \"%s\" is", lines->shape,
		 strbuf_text(&shown));
	return -EINVAL;
}

static bool next_line(struct lines *lines, struct span *ret_line)
{
	const char *newline;

	if (lines->next >= lines->end)
		return false;
	newline = memchr(lines->next, '\n', (size_t)(lines->end - lines->next));
	*ret_line = (struct span){ lines->next, newline ? newline : lines->end };
	lines->next = newline ? newline + 1 : lines->end;
	lines->line++;
	return true;
}

static bool is_fence(struct span line)
{
	while (line.end > line.begin && is_blank(line.end[-1]))
		line.end--;
	return is(line, fence);
}

/* Where the text ends that begins with a quote; NULL when it is not closed. */
static const char *end_of_quoted(struct span value)
{
	for (const char *c = value.begin + 1; c < value.end; c++) {
		if (*c == '"')
			return c + 1;
		c += *c == '\\';
	}
	return NULL;
}

/* What lies between the quotes, as in JSON, allocated in `json`. */
static int unquote(const struct lines *lines, struct span *value, struct json *json)
{
	const char *end = end_of_quoted(*value);
	struct span rest;
	int r;

	if (!end)
		return fail(lines, "a value in quotes that are not closed");
	rest = trimmed((struct span){ end, value->end });
	if (size_of(rest) > 0 &&
	    (*rest.begin != ';' || rest.begin == end || !strchr(lines->comments, ';')))
		return fail(lines, "text after a value in quotes");
	value->end = end;
	r = json_read(value->begin, size_of(*value), size_of(*value), json, NULL);
	if (r == -EINVAL)
		return fail(lines, "a value in quotes is as in JSON: \\\" for a quote, \\\\ for a "
				   "backslash");
	if (r < 0)
		return r;
	value->begin = json->root->valuestring;
	value->end = value->begin + strlen(value->begin);
	return 0;
}

/* INI files allow a comment after a value, behind a blank. */
static void cut_comment(const struct lines *lines, struct span *value)
{
	if (!strchr(lines->comments, ';'))
		return;
	for (const char *c = value->begin; c < value->end; c++) {
		if (*c == ';' && (c == value->begin || is_blank(c[-1]))) {
			value->end = c;
			break;
		}
	}
	*value = trimmed(*value);
}

static int take_line(struct lines *lines, struct span line, struct request_draft *draft)
{
	CLEANUP(json) struct json json = { NULL, NULL };
	struct request_setting setting = { .line = lines->line };
	const char *separator = line.begin;
	struct span name, value;
	int r = 0;

	while (separator < line.end && !strchr(lines->separators, *separator))
		separator++;
	if (separator == line.end)
		return fail_shape(lines, line);
	name = trimmed((struct span){ line.begin, separator });
	value = trimmed((struct span){ separator + 1, line.end });
	if (size_of(name) == 0)
		return fail_shape(lines, line);
	setting.quoted = value.begin < value.end && *value.begin == '"';
	if (setting.quoted)
		r = unquote(lines, &value, &json);
	else
		cut_comment(lines, &value);
	if (r < 0)
		return r;
	setting.name = name.begin;
	setting.name_size = size_of(name);
	setting.value = value.begin;
	setting.value_size = size_of(value);
	return request_draft_take(draft, &setting, lines->diag);
}

/* 1: a setting, 0: nothing to take, or -EINVAL. */
static int check_line(const struct lines *lines, struct span line)
{
	struct span text = trimmed(line);

	for (const char *c = line.begin; c < line.end; c++) {
		if ((unsigned char)*c < ' ' && *c != '\t') {
			diag_set(lines->diag, lines->line, "a control character (0x%02X)",
				 (unsigned char)*c);
			return -EINVAL;
		}
	}
	if (size_of(text) == 0 || strchr(lines->comments, *text.begin))
		return 0;
	if (text.begin > line.begin)
		return fail(lines, "an indented line; begin it at the left, and write "
				   "extra.NAME for what is below extra");
	return 1;
}

int request_lines_front(struct request_draft *draft, const char *text, size_t size,
			size_t *ret_body, struct diag *reterr_diag)
{
	struct lines lines = {
		.next = text,
		.end = text + size,
		.separators = ":",
		.comments = "#",
		.shape = "NAME: VALUE",
		.diag = reterr_diag,
	};
	struct lines ahead;
	struct span line;
	int r;

	*ret_body = 0;
	if (!next_line(&lines, &line) || !is_fence(line))
		return 0;
	ahead = lines;
	do {
		if (!next_line(&ahead, &line))
			return fail(&lines, "front matter begins here and is never closed: "
					    "the line --- is missing");
	} while (!is_fence(line));

	while (next_line(&lines, &line) && !is_fence(line)) {
		r = check_line(&lines, line);
		if (r > 0)
			r = take_line(&lines, line, draft);
		if (r < 0)
			return r;
	}
	*ret_body = (size_t)(lines.next - text);
	return 0;
}

int request_lines_defaults(struct request_draft *draft, const char *text, size_t size,
			   struct diag *reterr_diag)
{
	struct lines lines = {
		.next = text,
		.end = text + size,
		.separators = "=:",
		.comments = ";#",
		.shape = "NAME = VALUE",
		.diag = reterr_diag,
	};
	struct span line;

	while (next_line(&lines, &line)) {
		int r = check_line(&lines, line);

		if (r > 0 && *line.begin == '[') {
			cut_comment(&lines, &line);
			r = is(trimmed(line), "[defaults]")
				    ? 0
				    : fail(&lines, "the only section here is [defaults], and it "
						   "may be left out");
		} else if (r > 0) {
			r = take_line(&lines, line, draft);
		}
		if (r < 0)
			return r;
	}
	return 0;
}
