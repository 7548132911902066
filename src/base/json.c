/* cJSON builds the tree, but only of what a scanner has passed before: the
 * scanner knows lines, limits and the whole grammar, so cJSON sees no byte that
 * it would misread. It writes down where members are, because a tree does not
 * remember; the second pass, for members that come twice, meets them in the same
 * order. Recursion ends at JSON_DEPTH_MAX.
 *
 * Reading leniently is the same scan. What is let pass although cJSON would misread
 * it is mended: the scanner writes a text with something else in its place. A text
 * without such places is not copied. */
#include "base/json.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "base/utf8.h"

enum { FOUND_BYTES_MAX = 16, SHOWN_BYTES_MAX = 60, INTEGER_DIGITS_MAX = 16 };

static const uint64_t integer_max = UINT64_C(1) << 53;
static const char bom[] = "\xEF\xBB\xBF";
static const char replacement[] = "\xEF\xBF\xBD"; /* U+FFFD */

/* Line numbers in order. */
struct lines {
	unsigned *at;
	size_t count, room;
};

enum manner { STRICT, LENIENT };

struct scan {
	const char *next, *end;
	enum manner manner;
	const char *bad;    /* LENIENT: the next byte that is no UTF-8, or the end */
	const char *mended; /* LENIENT: up to here the text is in `mend` */
	struct strbuf mend; /* what cJSON is to read instead; empty: the text itself */
	unsigned line;
	unsigned depth;
	size_t values, values_max;
	struct lines members;      /* of all objects, in the order of the text */
	struct lines root_entries; /* of the root's members or elements */
	struct diag *diag;
};

static int add_line(struct lines *lines, unsigned line)
{
	if (lines->count == lines->room) {
		size_t room = lines->room ? lines->room * 2 : 16;
		unsigned *at = reallocarray(lines->at, room, sizeof(*at));

		if (!at)
			return -ENOMEM;
		lines->at = at;
		lines->room = room;
	}
	lines->at[lines->count++] = line;
	return 0;
}

static int fail(struct scan *scan, const char *why)
{
	diag_set(scan->diag, scan->line, "%s", why);
	return -EINVAL;
}

/* Puts `text` in the place of the bytes from `from` to `to`. */
static void mend(struct scan *scan, const char *from, const char *to, const char *text)
{
	strbuf_add(&scan->mend, scan->mended, (size_t)(from - scan->mended));
	strbuf_add_text(&scan->mend, text);
	scan->mended = to;
}

/* Says what should be here instead of what is. */
static int expected(struct scan *scan, const char *what)
{
	CLEANUP(strbuf) struct strbuf found = STRBUF_EMPTY;
	size_t left = (size_t)(scan->end - scan->next);
	size_t shown = utf8_cut(scan->next, left, FOUND_BYTES_MAX);
	const char *newline = memchr(scan->next, '\n', shown);

	if (newline)
		shown = (size_t)(newline - scan->next);
	utf8_add_printable(&found, scan->next, shown, PRINTABLE_LINE);
	if (left == 0)
		diag_set(scan->diag, scan->line, "%s is expected where the text ends", what);
	else
		diag_set(scan->diag, scan->line, "%s is expected where \"%s\" is", what,
			 strbuf_text(&found));
	return -EINVAL;
}

static void skip_space(struct scan *scan)
{
	while (scan->next < scan->end && memchr(" \t\r\n", *scan->next, 4))
		scan->line += *scan->next++ == '\n';
}

static bool at(const struct scan *scan, char c)
{
	return scan->next < scan->end && *scan->next == c;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static size_t digits(const char *bytes, size_t size)
{
	size_t count = 0;

	while (count < size && is_digit(bytes[count]))
		count++;
	return count;
}

size_t json_number_size(const char *bytes, size_t size)
{
	size_t n = size > 0 && bytes[0] == '-', more = digits(bytes + n, size - n), i;

	if (more == 0)
		return 0;
	n += bytes[n] == '0' ? 1 : more;
	if (n < size && bytes[n] == '.') {
		more = digits(bytes + n + 1, size - n - 1);
		n += more ? 1 + more : 0;
	}
	if (n < size && (bytes[n] == 'e' || bytes[n] == 'E')) {
		i = n + 1;
		i += i < size && (bytes[i] == '+' || bytes[i] == '-');
		more = digits(bytes + i, size - i);
		n = more ? i + more : n;
	}
	return n;
}

/* A number that cJSON would cut becomes shorter, one that is infinite to us null: who
 * takes a number need not think of that. */
static int mend_number(struct scan *scan, size_t size)
{
	CLEANUP(free_ptr) char *text = malloc(size + 1);
	char shorter[JSON_NUMBER_BYTES_MAX];
	double number;

	if (!text)
		return -ENOMEM;
	memcpy(text, scan->next, size);
	text[size] = '\0';
	number = strtod(text, NULL);
	snprintf(shorter, sizeof(shorter), "%.17g", number);
	if (!isfinite(number))
		mend(scan, scan->next, scan->next + size, "null");
	else if (size > JSON_NUMBER_BYTES_MAX)
		mend(scan, scan->next, scan->next + size, shorter);
	scan->next += size;
	return 0;
}

static int scan_number(struct scan *scan)
{
	size_t size = json_number_size(scan->next, (size_t)(scan->end - scan->next));
	char text[JSON_NUMBER_BYTES_MAX + 1];
	const char *number = text;

	if (size == 0)
		return expected(scan, "a value");
	if (scan->manner == LENIENT)
		return mend_number(scan, size);
	if (size > JSON_NUMBER_BYTES_MAX)
		return fail(scan, "a number of more than 60 characters");
	memcpy(text, scan->next, size);
	text[size] = '\0';
	if (!strpbrk(text, ".eE")) {
		number += *number == '-';
		if (strlen(number) > INTEGER_DIGITS_MAX || strtoull(number, NULL, 10) > integer_max)
			return fail(scan, "a whole number beyond 9007199254740992 would be "
					  "rounded; write it in quotes");
	} else if (!isfinite(strtod(text, NULL))) {
		return fail(scan, "a number that is too large");
	}
	scan->next += size;
	return 0;
}

static int hex_value(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* The code of the \uXXXX that is next, passed over; -1 when there is none. */
static long take_unit(struct scan *scan)
{
	long code = 0;

	if (scan->end - scan->next < 6 || scan->next[0] != '\\' || scan->next[1] != 'u')
		return -1;
	for (int i = 2; i < 6; i++) {
		int digit = hex_value(scan->next[i]);

		if (digit < 0)
			return -1;
		code = code * 16 + digit;
	}
	scan->next += 6;
	return code;
}

static bool is_high_surrogate(long code)
{
	return code >= 0xd800 && code <= 0xdbff;
}

static bool is_low_surrogate(long code)
{
	return code >= 0xdc00 && code <= 0xdfff;
}

/* U+0000, or half a surrogate pair; it began at `begin` and is passed over. */
static int scan_bad_unit(struct scan *scan, const char *begin, const char *why)
{
	if (scan->manner == STRICT)
		return fail(scan, why);
	mend(scan, begin, scan->next, replacement);
	return 0;
}

/* At a backslash. */
static int scan_escape(struct scan *scan)
{
	const char *begin = scan->next, *first_end;
	long code;

	if (scan->end - scan->next < 2 || !memchr("\"\\/bfnrtu", scan->next[1], 9))
		return fail(scan, "after a \\ comes one of \" \\ / b f n r t uXXXX");
	if (scan->next[1] != 'u') {
		scan->next += 2;
		return 0;
	}
	code = take_unit(scan);
	if (code < 0)
		return fail(scan, "four hexadecimal digits are expected after \\u");
	if (code == 0)
		return scan_bad_unit(scan, begin, "\\u0000 is not allowed");
	if (is_low_surrogate(code))
		return scan_bad_unit(scan, begin, "half a surrogate pair");
	first_end = scan->next;
	if (is_high_surrogate(code) && !is_low_surrogate(take_unit(scan))) {
		/* What follows stands for itself. */
		scan->next = first_end;
		return scan_bad_unit(scan, begin, "half a surrogate pair");
	}
	return 0;
}

static void find_bad(struct scan *scan, const char *from)
{
	size_t offset;

	scan->bad = scan->end;
	if (!utf8_valid(from, (size_t)(scan->end - from), &offset))
		scan->bad = from + offset;
}

/* At a byte of a string that is neither its end nor a backslash. Of control characters
 * cJSON minds the NUL alone. */
static void take_leniently(struct scan *scan)
{
	const char *at = scan->next++;

	scan->line += *at == '\n';
	if (at == scan->bad)
		find_bad(scan, scan->next);
	else if (*at)
		return;
	mend(scan, at, scan->next, replacement);
}

/* At the opening quote. */
static int scan_string(struct scan *scan)
{
	int r = 0;

	scan->next++;
	while (r == 0 && scan->next < scan->end && *scan->next != '"') {
		if (*scan->next == '\\')
			r = scan_escape(scan);
		else if (scan->manner == LENIENT)
			take_leniently(scan);
		else if (*scan->next == '\n')
			return fail(scan, "a string goes on at the end of the line; close it, or "
					  "write \\n");
		else if ((unsigned char)*scan->next < ' ')
			return fail(scan, "a control character in a string; write \\t, \\r or "
					  "\\u00XX");
		else
			scan->next++;
	}
	if (r == 0 && scan->next == scan->end)
		return fail(scan, "a string that is not closed");
	scan->next += r == 0;
	return r;
}

static int scan_value(struct scan *scan);

/* One entry of an object or array, whose depth has been counted. */
static int scan_entry(struct scan *scan, char close)
{
	int r = scan->depth == 1 ? add_line(&scan->root_entries, scan->line) : 0;

	if (r < 0 || close == ']')
		return r < 0 ? r : scan_value(scan);
	if (!at(scan, '"'))
		return expected(scan, "a name in double quotes");
	r = add_line(&scan->members, scan->line);
	if (r == 0)
		r = scan_string(scan);
	if (r < 0)
		return r;
	skip_space(scan);
	if (!at(scan, ':'))
		return expected(scan, "':' after a name");
	scan->next++;
	skip_space(scan);
	return scan_value(scan);
}

/* At the opening bracket or brace. */
static int scan_entries(struct scan *scan, char close)
{
	int r;

	if (++scan->depth > JSON_DEPTH_MAX)
		return fail(scan, "more than 64 arrays and objects in each other");
	scan->next++;
	skip_space(scan);
	while (!at(scan, close)) {
		r = scan_entry(scan, close);
		if (r < 0)
			return r;
		skip_space(scan);
		if (at(scan, close))
			break;
		if (!at(scan, ','))
			return expected(scan, close == ']' ? "',' or ']'" : "',' or '}'");
		scan->next++;
		skip_space(scan);
		if (at(scan, close))
			return fail(scan, "a comma after the last entry");
	}
	scan->next++;
	scan->depth--;
	return 0;
}

static bool scan_word(struct scan *scan, const char *word)
{
	size_t size = strlen(word);

	if ((size_t)(scan->end - scan->next) < size || memcmp(scan->next, word, size) != 0)
		return false;
	scan->next += size;
	return true;
}

/* What some write for numbers that JSON does not have. */
static bool scan_no_number(struct scan *scan)
{
	const char *begin = scan->next;

	if (!scan_word(scan, "NaN") && !scan_word(scan, "Infinity") &&
	    !scan_word(scan, "-Infinity"))
		return false;
	mend(scan, begin, scan->next, "null");
	return true;
}

static int scan_value(struct scan *scan)
{
	if (++scan->values > scan->values_max)
		return fail(scan, scan->values_max == JSON_VALUES_MAX ? "more than 65536 values"
								      : "more than 1048576 values");
	if (at(scan, '{'))
		return scan_entries(scan, '}');
	if (at(scan, '['))
		return scan_entries(scan, ']');
	if (at(scan, '"'))
		return scan_string(scan);
	if (scan_word(scan, "true") || scan_word(scan, "false") || scan_word(scan, "null"))
		return 0;
	if (scan->manner == LENIENT && scan_no_number(scan))
		return 0;
	return scan_number(scan);
}

static int check_bytes(const char *bytes, size_t size, struct diag *reterr_diag)
{
	unsigned line = 1;
	size_t offset;

	if (utf8_valid(bytes, size, &offset))
		return 0;
	for (size_t i = 0; i < offset; i++)
		line += bytes[i] == '\n';
	diag_set(reterr_diag, line, "the byte 0x%02X is no UTF-8", (unsigned char)bytes[offset]);
	return -EINVAL;
}

static int scan_all(struct scan *scan)
{
	int r;

	skip_space(scan);
	r = scan_value(scan);
	if (r < 0)
		return r;
	skip_space(scan);
	return scan->next == scan->end ? 0 : expected(scan, "the end of the text");
}

/* A member while its object is searched for one that comes twice. */
struct member {
	const char *name;
	unsigned line;
};

static int compare_members(const void *a, const void *b)
{
	const struct member *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : (x->line > y->line) - (x->line < y->line);
}

/* `members` are sorted; the diag is for the first of those that come again. */
static int check_sorted(const struct member *members, size_t count, struct diag *reterr_diag)
{
	const struct member *again = NULL;
	CLEANUP(strbuf) struct strbuf shown = STRBUF_EMPTY;

	for (size_t i = 1; i < count; i++) {
		if (strcmp(members[i - 1].name, members[i].name) == 0 &&
		    (!again || members[i].line < again->line))
			again = &members[i];
	}
	if (!again)
		return 0;
	utf8_add_printable(&shown, again->name,
			   utf8_cut(again->name, strlen(again->name), SHOWN_BYTES_MAX),
			   PRINTABLE_LINE);
	diag_set(reterr_diag, again->line, "\"%s\" is there already, in line %u",
		 strbuf_text(&shown), again[-1].line);
	return -EINVAL;
}

/* `lines` are those of the item's members and of what follows it; they are taken
 * one by one. */
static int check_members(const cJSON *item, struct lines *lines, struct diag *reterr_diag)
{
	size_t count = cJSON_IsObject(item) ? (size_t)cJSON_GetArraySize(item) : 0, i = 0;
	CLEANUP(free_ptr) struct member *members = calloc(count + 1, sizeof(*members));
	const cJSON *child;
	int r;

	if (!members)
		return -ENOMEM;
	cJSON_ArrayForEach(child, item)
	{
		if (i < count && lines->count > 0) {
			members[i++] = (struct member){ child->string, *lines->at++ };
			lines->count--;
		}
		if (!child->child)
			continue;
		r = check_members(child, lines, reterr_diag);
		if (r < 0)
			return r;
	}
	qsort(members, i, sizeof(*members), compare_members);
	return check_sorted(members, i, reterr_diag);
}

static int check_size(size_t size, size_t bytes_max, struct diag *reterr_diag)
{
	if (size <= bytes_max)
		return 0;
	diag_set(reterr_diag, 0, "more than %zu bytes", bytes_max);
	return -EINVAL;
}

/* The tree of what the scanner has passed. */
static int build(struct scan *scan, const char *bytes, size_t size, cJSON **ret_root)
{
	if (scan->mend.size > 0 || strbuf_failed(&scan->mend)) {
		mend(scan, scan->end, scan->end, "");
		if (strbuf_failed(&scan->mend))
			return -ENOMEM;
		bytes = scan->mend.bytes;
		size = scan->mend.size;
	}
	*ret_root = cJSON_ParseWithLengthOpts(bytes, size, NULL, 0);
	return *ret_root ? 0 : -ENOMEM;
}

/* Ends a reading that came to `r`. */
static int finish(struct scan *scan, int r, struct json *json, struct json *ret_json)
{
	strbuf_done(&scan->mend);
	free(scan->members.at);
	json->lines = scan->root_entries.at;
	if (r < 0)
		json_done(json);
	else
		*ret_json = *json;
	return r;
}

int json_read(const char *bytes, size_t size, size_t bytes_max, struct json *ret_json,
	      struct diag *reterr_diag)
{
	struct scan scan = { .next = bytes,
			     .end = bytes + size,
			     .line = 1,
			     .values_max = JSON_VALUES_MAX,
			     .diag = reterr_diag };
	struct json json = { NULL, NULL };
	struct lines lines;
	int r = check_size(size, bytes_max, reterr_diag);

	if (r == 0)
		r = check_bytes(bytes, size, reterr_diag);
	if (r == 0)
		r = scan_all(&scan);
	if (r == 0)
		r = build(&scan, bytes, size, &json.root);
	lines = scan.members;
	if (r == 0)
		r = check_members(json.root, &lines, reterr_diag);
	return finish(&scan, r, &json, ret_json);
}

static int read_lenient(const char *bytes, size_t size, size_t bytes_max, size_t values_max,
			struct json *ret_json, struct diag *reterr_diag)
{
	struct scan scan = { .next = bytes,
			     .end = bytes + size,
			     .line = 1,
			     .values_max = values_max,
			     .diag = reterr_diag };
	struct json json = { NULL, NULL };
	int r = check_size(size, bytes_max, reterr_diag);

	if (r == 0) {
		scan.manner = LENIENT;
		scan.mended = bytes;
		find_bad(&scan, bytes);
		/* cJSON passes over it, too. */
		if (size >= strlen(bom) && memcmp(bytes, bom, strlen(bom)) == 0)
			scan.next += strlen(bom);
		r = scan_all(&scan);
	}
	if (r == 0)
		r = build(&scan, bytes, size, &json.root);
	return finish(&scan, r, &json, ret_json);
}

int json_read_lenient(const char *bytes, size_t size, size_t bytes_max, struct json *ret_json,
		      struct diag *reterr_diag)
{
	return read_lenient(bytes, size, bytes_max, JSON_VALUES_MAX, ret_json, reterr_diag);
}

int json_read_catalogue(const char *bytes, size_t size, size_t bytes_max, struct json *ret_json,
			struct diag *reterr_diag)
{
	return read_lenient(bytes, size, bytes_max, 16 * (size_t)JSON_VALUES_MAX, ret_json,
			    reterr_diag);
}

void json_done(struct json *json)
{
	cJSON_Delete(json->root);
	free(json->lines);
	*json = (struct json){ NULL, NULL };
}
