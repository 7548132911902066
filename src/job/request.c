/* What makes a name a request, as data, and what is a request's text: the two
 * notations inside it are request_lines.c's and request_json.c's.
 *
 * The name rules decide over money: whatever a tool may leave beside a request
 * for a moment (swap files, sync conflicts, office locks) must not match. They
 * are compared byte for byte, so a name means the same in every locale. */
#include "job/request.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "job/request_draft.h"

static const struct {
	const char *ending;
	enum request_form form;
} endings[] = {
	{ ".txt", REQUEST_TEXT },  { ".md", REQUEST_TEXT },     { ".prompt", REQUEST_TEXT },
	{ ".json", REQUEST_JSON }, { ".jsonl", REQUEST_BATCH },
};

static const char *const never_beginnings[] = { ".", "~$", "README.", "LICENSE." };
static const char *const never_parts[] = { ".sync-conflict-" };

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const char utf8_bom[] = "\xEF\xBB\xBF";
static const char white_space[] = " \t\n\v\f\r";

static bool begins_with(const char *name, size_t size, const char *text)
{
	return size >= strlen(text) && memcmp(name, text, strlen(text)) == 0;
}

static bool ends_with(const char *name, size_t size, const char *text)
{
	size_t length = strlen(text);

	return size >= length && memcmp(name + size - length, text, length) == 0;
}

bool request_name(const char *name, size_t size)
{
	bool found = false;

	if (size > NAME_BYTES_MAX)
		return false;
	for (size_t i = 0; i < LENGTH(endings) && !found; i++)
		found = ends_with(name, size, endings[i].ending);
	if (!found)
		return false;
	for (size_t i = 0; i < LENGTH(never_beginnings); i++) {
		if (begins_with(name, size, never_beginnings[i]))
			return false;
	}
	for (size_t i = 0; i < LENGTH(never_parts); i++) {
		if (memmem(name, size, never_parts[i], strlen(never_parts[i])))
			return false;
	}
	return true;
}

bool request_folder_is_scratch(const char *name, size_t size)
{
	return begins_with(name, size, ".") || request_name(name, size);
}

enum request_form request_form(const char *name, size_t size)
{
	for (size_t i = 0; i < LENGTH(endings); i++) {
		if (ends_with(name, size, endings[i].ending))
			return endings[i].form;
	}
	return REQUEST_TEXT;
}

static unsigned line_of(const char *bytes, size_t offset)
{
	unsigned line = 1;

	for (size_t i = 0; i < offset; i++)
		line += bytes[i] == '\n';
	return line;
}

static int check_bytes(const char *bytes, size_t size, struct diag *reterr_diag)
{
	const char *nul = memchr(bytes, '\0', size);
	size_t offset;

	if (!utf8_valid(bytes, size, &offset) && (!nul || offset < (size_t)(nul - bytes))) {
		diag_set(reterr_diag, line_of(bytes, offset),
			 "the byte 0x%02X is no UTF-8; save the file as UTF-8",
			 (unsigned char)bytes[offset]);
		return -EINVAL;
	}
	if (nul) {
		diag_set(reterr_diag, line_of(bytes, (size_t)(nul - bytes)),
			 "a NUL byte; a request is text");
		return -EINVAL;
	}
	return 0;
}

static size_t drop_returns(const char *bytes, size_t size, char *text)
{
	size_t end = 0;

	for (size_t i = 0; i < size; i++) {
		if (bytes[i] != '\r' || i + 1 == size || bytes[i + 1] != '\n')
			text[end++] = bytes[i];
	}
	return end;
}

/* The bytes as LF-terminated lines without a BOM, allocated. 0, -EINVAL with a
 * diag for what is no text, or -ENOMEM. */
static int clean(const char *bytes, size_t size, char **ret_text, size_t *ret_size,
		 struct diag *reterr_diag)
{
	char *text;
	int r = 0;

	if (size > REQUEST_BYTES_MAX) {
		diag_set(reterr_diag, 0, "more than %d bytes", REQUEST_BYTES_MAX);
		return -EINVAL;
	}
	if (size > 0)
		r = check_bytes(bytes, size, reterr_diag);
	if (r < 0)
		return r;
	if (begins_with(bytes, size, utf8_bom)) {
		bytes += strlen(utf8_bom);
		size -= strlen(utf8_bom);
	}
	text = malloc(size + 1);
	if (!text)
		return -ENOMEM;
	*ret_size = drop_returns(bytes, size, text);
	*ret_text = text;
	return 0;
}

/* Narrows the text to what lies between white space; false: there is nothing. */
static bool trim(const char **text, size_t *size)
{
	while (*size > 0 && memchr(white_space, (*text)[*size - 1], strlen(white_space)))
		--*size;
	while (*size > 0 && memchr(white_space, **text, strlen(white_space))) {
		++*text;
		--*size;
	}
	return *size > 0;
}

static int parse_text(struct request_draft *draft, const char *text, size_t size,
		      struct diag *reterr_diag)
{
	size_t body;
	int r = request_lines_front(draft, text, size, &body, reterr_diag);

	if (r < 0)
		return r;
	text += body;
	size -= body;
	if (!trim(&text, &size)) {
		if (draft->params.value[PARAM_PROMPT])
			return 0;
		diag_set(reterr_diag, 0, "prompt is missing: write it below the front matter");
		return -EINVAL;
	}
	if (draft->params.value[PARAM_PROMPT]) {
		diag_set(reterr_diag, draft->lines[PARAM_PROMPT],
			 "prompt: there is another one below the front matter");
		return -EINVAL;
	}
	return params_set(&draft->params, PARAM_PROMPT, text, size, reterr_diag);
}

int request_parse(enum request_form form, const char *bytes, size_t size,
		  struct request *ret_request, struct diag *reterr_diag)
{
	CLEANUP(request_draft)
	struct request_draft draft = { .place = form == REQUEST_JSON ? REQUEST_IN_JSON
								     : REQUEST_IN_FRONT };
	CLEANUP(free_ptr) char *text = NULL;
	const char *content;
	size_t text_size, content_size;
	int r;

	if (form == REQUEST_BATCH) {
		diag_set(reterr_diag, 0,
			 "a batch (.jsonl) is not part of this version: write a file for each "
			 "picture");
		return -EINVAL;
	}
	r = clean(bytes, size, &text, &text_size, reterr_diag);
	if (r < 0)
		return r;
	content = text;
	content_size = text_size;
	if (!trim(&content, &content_size))
		return -ENODATA;
	if (form == REQUEST_JSON)
		r = request_json_object(&draft, text, text_size, reterr_diag);
	else
		r = parse_text(&draft, text, text_size, reterr_diag);
	return r < 0 ? r : request_draft_finish(&draft, ret_request);
}

int request_parse_defaults(const char *bytes, size_t size, struct request *ret_request,
			   struct diag *reterr_diag)
{
	CLEANUP(request_draft) struct request_draft draft = { .place = REQUEST_IN_DEFAULTS };
	CLEANUP(free_ptr) char *text = NULL;
	size_t text_size;
	int r = clean(bytes, size, &text, &text_size, reterr_diag);

	if (r == 0)
		r = request_lines_defaults(&draft, text, text_size, reterr_diag);
	return r < 0 ? r : request_draft_finish(&draft, ret_request);
}

void request_done(struct request *request)
{
	params_done(&request->params);
	free(request->extra);
	request->extra = NULL;
}
