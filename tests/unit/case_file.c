/* One pass over the lines. A line at the margin begins something; lines behind a tab
 * belong to what began last, verbatim: a request's text, the headers and the body of a
 * request or of a reply. */
#include "case_file.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "case_words.h"
#include "job/journal.h"

/* What lines behind a tab are added to. */
enum block { BLOCK_NONE, BLOCK_REQUEST, BLOCK_ASKED, BLOCK_REPLY };

struct lines {
	struct case_file *file;
	enum block block;
	bool in_body;     /* the headers of the block are over */
	bool wants_reply; /* a request was read, its reply was not */
	bool has_end;
	int64_t from_ms, to_ms; /* of the next request */
	unsigned line;
	struct diag *diag;
};

static int refuse(const struct lines *lines, const char *why, const char *what)
{
	diag_set(lines->diag, lines->line, "%s: \"%.80s\"", why, what);
	return -EINVAL;
}

static struct case_step *last_step(const struct lines *lines)
{
	return &lines->file->steps[lines->file->step_count - 1];
}

static int add_step(struct lines *lines, enum case_step_kind kind)
{
	struct case_step *step = &lines->file->steps[lines->file->step_count];

	if (lines->file->step_count == CASE_STEPS_MAX)
		return refuse(lines, "too many steps", "");
	if (lines->wants_reply)
		return refuse(lines, "a request without a reply comes before", "");
	memset(step, 0, sizeof(*step));
	step->kind = kind;
	step->line = lines->line;
	step->times = 1;
	step->from_ms = lines->from_ms;
	step->to_ms = lines->to_ms;
	step->reply.cut = -1;
	lines->from_ms = lines->to_ms = -1;
	lines->file->step_count++;
	return 0;
}

static int set_text(char **text, const char *value)
{
	char *copy = strdup(value);

	if (!copy)
		return -ENOMEM;
	free(*text);
	*text = copy;
	return 0;
}

static int read_provider(struct lines *lines, char *value)
{
	return set_text(&lines->file->provider, value);
}

static int read_key(struct lines *lines, char *value)
{
	return set_text(&lines->file->key, value);
}

static int read_authorization(struct lines *lines, char *value)
{
	return set_text(&lines->file->authorization, value);
}

static int read_only(struct lines *lines, char *value)
{
	if (strcmp(value, "in-process") == 0)
		lines->file->players = PLAYED_IN_PROCESS;
	else if (strcmp(value, "over-http") == 0)
		lines->file->players = PLAYED_OVER_HTTP;
	else
		return refuse(lines, "only in-process, only over-http; not", value);
	return 0;
}

static int read_image_bytes(struct lines *lines, char *value)
{
	if (case_read_number(value, &lines->file->image_bytes) < 0)
		return refuse(lines, "not a number", value);
	return 0;
}

static int read_request(struct lines *lines, char *value)
{
	lines->block = BLOCK_REQUEST;
	free(lines->file->request); /* the defaults may have one */
	lines->file->request = NULL;
	return set_text(&lines->file->request_name, value);
}

/* "2s..10s" */
static int read_wait(struct lines *lines, char *value)
{
	char *dots = strstr(value, "..");

	if (!dots)
		return refuse(lines, "not A..B", value);
	*dots = '\0';
	if (case_read_duration(value, &lines->from_ms) < 0 ||
	    case_read_duration(dots + 2, &lines->to_ms) < 0)
		return refuse(lines, "not a time such as 500ms, 2s, 10m, 25h", value);
	return 0;
}

static int read_passes(struct lines *lines, char *value)
{
	int r = add_step(lines, STEP_PASSES);

	if (r == 0 && case_read_duration(value, &last_step(lines)->passes_ms) < 0)
		r = refuse(lines, "not a time such as 500ms, 2s, 10m, 25h", value);
	return r;
}

static int read_act(struct lines *lines, char *value)
{
	if (strcmp(value, "cancel") == 0)
		return add_step(lines, STEP_CANCEL);
	if (strcmp(value, "restart") == 0)
		return add_step(lines, STEP_RESTART);
	return refuse(lines, "! cancel, ! restart; not", value);
}

/* "VERB TARGET", "VERB TARGET xN" (N times), "VERB TARGET x" (once or more), "VERB TARGET
 * any" (in any order with the next ones that say so) */
static int read_asked(struct lines *lines, char *value)
{
	char *save, *verb = strtok_r(value, " ", &save), *target = strtok_r(NULL, " ", &save);
	char *times = strtok_r(NULL, " ", &save);
	bool any_order = times && strcmp(times, "any") == 0;
	struct case_step *step;
	int64_t count = 1;
	int r = add_step(lines, STEP_EXCHANGE);

	if (r < 0)
		return r;
	step = last_step(lines);
	if (!verb || !target || strlen(verb) >= sizeof(step->verb))
		return refuse(lines, "not VERB TARGET", value);
	if (times && strcmp(times, "x") == 0)
		count = 0;
	else if (times && !any_order && (*times != 'x' || case_read_number(times + 1, &count) < 0))
		return refuse(lines, "not xN, x or any", times);
	snprintf(step->verb, sizeof(step->verb), "%s", verb);
	step->times = (unsigned)count;
	step->any_order = any_order;
	lines->block = BLOCK_ASKED;
	lines->in_body = false;
	lines->wants_reply = true;
	return set_text(&step->target, target);
}

/* "200", or one of the words, or "200 cut N" */
static int read_reply(struct lines *lines, char *value)
{
	static const char *const forms[FORMS] = { "",      "raw",    "none",   "reset",
						  "stall", "unsent", "refused" };
	char *save, *first = strtok_r(value, " ", &save), *cut = strtok_r(NULL, " ", &save);
	char *size = strtok_r(NULL, " ", &save);
	struct case_reply *reply;
	int64_t status = 0;
	int form = 0;

	if (!lines->wants_reply)
		return refuse(lines, "no request is before it", value);
	if (!first)
		return refuse(lines, "not a status", value);
	reply = &last_step(lines)->reply;
	while (form < FORMS && strcmp(first, forms[form]) != 0)
		form++;
	if (form == FORMS && (case_read_number(first, &status) < 0 || status < 100 || status > 999))
		return refuse(lines, "not a status", first);
	if (cut && (strcmp(cut, "cut") != 0 || !size || case_read_number(size, &reply->cut) < 0))
		return refuse(lines, "not cut N", cut);
	reply->form = form == FORMS ? FORM_REPLY : (enum case_form)form;
	reply->status = (int)status;
	lines->block = BLOCK_REPLY;
	lines->in_body = reply->form != FORM_REPLY;
	lines->wants_reply = false;
	return 0;
}

/* The end: "done", "held doubt" */
static int read_end(struct lines *lines, char *value)
{
	struct case_end *end = &lines->file->end;
	char *hold = strchr(value, ' ');

	if (hold)
		*hold++ = '\0';
	for (int state = STATE_NONE + 1; state < STATES; state++)
		if (strcmp(state_word((enum state)state), value) == 0)
			end->state = (enum state)state;
	for (int i = HOLD_NONE + 1; hold && i < HOLDS; i++)
		if (strcmp(hold_word((enum hold)i), hold) == 0)
			end->hold = (enum hold)i;
	if (!end->state || (end->state == STATE_HELD) != (end->hold != HOLD_NONE))
		return refuse(lines, "not a state (a reason where it is held)", value);
	lines->has_end = true;
	return 0;
}

/* "2", "1 64x48", "2 64x48 32x32" */
static int read_pictures(struct lines *lines, char *value)
{
	struct case_end *end = &lines->file->end;
	char *save, *word = strtok_r(value, " ", &save);

	if (!word || case_read_number(word, &end->pictures) < 0)
		return refuse(lines, "not a number", value);
	while ((word = strtok_r(NULL, " ", &save))) {
		size_t i = end->size_count;

		if (i == CASE_TEXTS_MAX ||
		    case_read_size(word, &end->width[i], &end->height[i]) != strlen(word))
			return refuse(lines, "not WxH", word);
		end->size_count++;
	}
	return 0;
}

static int read_cost(struct lines *lines, char *value)
{
	char *end;
	double cost = strtod(value, &end);

	if (end == value || *end || cost < 0)
		return refuse(lines, "not a cost", value);
	lines->file->end.cost_micro = (int64_t)(cost * 1e6 + 0.5);
	return 0;
}

static int read_seed(struct lines *lines, char *value)
{
	return case_read_number(value, &lines->file->end.seed) < 0
		       ? refuse(lines, "not a number", value)
		       : 0;
}

static int read_submissions(struct lines *lines, char *value)
{
	return case_read_number(value, &lines->file->end.submissions) < 0
		       ? refuse(lines, "not a number", value)
		       : 0;
}

static int read_unsafe(struct lines *lines, char *value)
{
	int64_t count;

	if (case_read_number(value, &count) < 0)
		return refuse(lines, "not a number", value);
	lines->file->end.unsafe = (unsigned)count;
	return 0;
}

static int add_text(struct lines *lines, char **texts, size_t *count, const char *value)
{
	if (*count == CASE_TEXTS_MAX)
		return refuse(lines, "too many", value);
	texts[*count] = strdup(value);
	return texts[*count] ? (void)++*count, 0 : -ENOMEM;
}

static int read_error(struct lines *lines, char *value)
{
	struct case_end *end = &lines->file->end;

	return add_text(lines, end->errors, &end->error_count, value);
}

static int read_log(struct lines *lines, char *value)
{
	struct case_end *end = &lines->file->end;

	return add_text(lines, end->logs, &end->log_count, value);
}

static int read_unsaid(struct lines *lines, char *value)
{
	struct case_end *end = &lines->file->end;

	return add_text(lines, end->unsaid, &end->unsaid_count, value);
}

static int read_progress(struct lines *lines, char *value)
{
	struct case_end *end = &lines->file->end;
	char *save;
	int64_t percent;

	if (strcmp(value, "-") == 0) {
		end->no_progress = true;
		return 0;
	}
	for (char *word = strtok_r(value, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		if (end->progress_count == CASE_TEXTS_MAX || case_read_number(word, &percent) < 0)
			return refuse(lines, "not percents", word);
		end->progress[end->progress_count++] = (int)percent;
	}
	return 0;
}

static const struct {
	const char *word;
	int (*read)(struct lines *lines, char *value);
} words[] = {
	{ "provider", read_provider },
	{ "key", read_key },
	{ "authorization", read_authorization },
	{ "only", read_only },
	{ "image_bytes", read_image_bytes },
	{ "request", read_request },
	{ "wait", read_wait },
	{ "+", read_passes },
	{ "!", read_act },
	{ ">", read_asked },
	{ "<", read_reply },
	{ "end", read_end },
	{ "pictures", read_pictures },
	{ "cost", read_cost },
	{ "seed", read_seed },
	{ "submissions", read_submissions },
	{ "unsafe", read_unsafe },
	{ "error", read_error },
	{ "log", read_log },
	{ "unsaid", read_unsaid },
	{ "progress", read_progress },
};

static int begin_block(struct lines *lines, char *line)
{
	char *value = strchr(line, ' ');

	if (value)
		*value++ = '\0';
	lines->block = BLOCK_NONE;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i].word, line) == 0)
			return value ? words[i].read(lines, value)
				     : refuse(lines, "nothing behind it", line);
	return refuse(lines, "no such word", line);
}

/* "name: value", "!name". 1 if it is one, 0 if not. */
static int add_header(struct lines *lines, const char *line, struct case_header *headers,
		      size_t *count)
{
	bool absent = *line == '!';
	const char *name = line + absent;
	size_t size = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");
	struct case_header *header = &headers[*count];

	if (size == 0 || (absent ? name[size] != '\0' : strncmp(name + size, ": ", 2) != 0))
		return 0;
	if (*count == CASE_HEADERS_MAX)
		return refuse(lines, "too many headers", line);
	header->name = strndup(name, size);
	header->value = absent ? NULL : strdup(name + size + 2);
	if (!header->name || (!absent && !header->value)) {
		free(header->name);
		return -ENOMEM;
	}
	++*count;
	return 1;
}

static int add_body_line(char **body, const char *line)
{
	struct strbuf text = STRBUF_EMPTY;

	if (*body) {
		strbuf_add_text(&text, *body);
		strbuf_add_char(&text, '\n');
	}
	strbuf_add_text(&text, line);
	free(*body);
	*body = strbuf_take(&text, NULL);
	return *body ? 0 : -ENOMEM;
}

static int continue_block(struct lines *lines, const char *line)
{
	bool asked = lines->block == BLOCK_ASKED;
	struct case_step *step;
	int r;

	if (lines->block == BLOCK_REQUEST)
		return add_body_line(&lines->file->request, line);
	if (lines->block == BLOCK_NONE || lines->file->step_count == 0)
		return refuse(lines, "a line behind a tab belongs to nothing", line);
	step = last_step(lines);
	if (!lines->in_body) {
		r = asked ? add_header(lines, line, step->headers, &step->header_count)
			  : add_header(lines, line, step->reply.headers, &step->reply.header_count);
		if (r != 0)
			return r < 0 ? r : 0;
		lines->in_body = true;
		if (!*line)
			return 0;
	}
	return add_body_line(asked ? &step->body : &step->reply.body, line);
}

static int read_lines(struct lines *lines, char *text)
{
	char *next = text;
	int r = 0;

	while (r == 0 && next && *next) {
		char *line = strsep(&next, "\n");

		lines->line++;
		if (*line == '\t')
			r = continue_block(lines, line + 1);
		else if (*line && *line != '#')
			r = begin_block(lines, line);
	}
	return r;
}

/* Whether the parts make a whole. */
static int check_case(struct lines *lines)
{
	const struct case_file *file = lines->file;

	lines->line = 0;
	if (!file->provider || !file->authorization || !file->key)
		return refuse(lines, "provider, key and authorization must be said", file->name);
	if (!file->request_name || !file->request)
		return refuse(lines, "no request", file->name);
	if (lines->wants_reply || !lines->has_end)
		return refuse(lines, "no reply or no end", file->name);
	for (size_t i = 0; i < file->step_count; i++) {
		const struct case_step *step = &file->steps[i];

		lines->line = step->line;
		if (file->players != PLAYED_IN_PROCESS &&
		    (step->kind == STEP_RESTART || step->reply.form >= FORM_UNSENT))
			return refuse(lines, "can be played in-process only", file->name);
	}
	return 0;
}

static int read_part(struct lines *lines, const char *path)
{
	CLEANUP(free_ptr) char *bytes = NULL;
	size_t size;
	int r = file_read(path, CASE_BYTES_MAX, &bytes, &size);

	if (r < 0) {
		diag_set(lines->diag, 0, "%s: %s", path, strerror(-r));
		return r;
	}
	lines->line = 0;
	lines->block = BLOCK_NONE;
	return memchr(bytes, '\0', size) ? refuse(lines, "a NUL byte", "")
					 : read_lines(lines, bytes);
}

int case_load(const char *path, struct case_file *ret_case, struct diag *reterr_diag)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	CLEANUP(free_ptr) char *defaults = NULL;
	struct diag why = { .line = 0 };
	struct lines lines = { .file = ret_case, .from_ms = -1, .to_ms = -1, .diag = &why };
	int r;

	memset(ret_case, 0, sizeof(*ret_case));
	snprintf(ret_case->name, sizeof(ret_case->name), "%.*s", (int)strcspn(name, "."), name);
	ret_case->image_bytes = 64 * 1024 * 1024;
	ret_case->end.pictures = ret_case->end.cost_micro = ret_case->end.seed = -1;
	ret_case->end.submissions = 1;
	if (asprintf(&defaults, "%.*sdefaults", (int)(name - path), path) < 0) {
		defaults = NULL;
		return -ENOMEM;
	}
	r = read_part(&lines, defaults);
	if (r == 0 || r == -ENOENT)
		r = read_part(&lines, path);
	if (r == 0)
		r = check_case(&lines);
	if (r < 0) {
		diag_set(reterr_diag, lines.line, "%s:%u: %s", path, lines.line, lines.diag->text);
		case_done(ret_case);
	}
	return r;
}

static void free_headers(struct case_header *headers, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(headers[i].name);
		free(headers[i].value);
	}
}

static void free_texts(char **texts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(texts[i]);
}

void case_done(struct case_file *file)
{
	for (size_t i = 0; i < file->step_count; i++) {
		struct case_step *step = &file->steps[i];

		free(step->target);
		free(step->body);
		free(step->reply.body);
		free_headers(step->headers, step->header_count);
		free_headers(step->reply.headers, step->reply.header_count);
	}
	free_texts(file->end.errors, file->end.error_count);
	free_texts(file->end.logs, file->end.log_count);
	free_texts(file->end.unsaid, file->end.unsaid_count);
	free(file->provider);
	free(file->authorization);
	free(file->key);
	free(file->request_name);
	free(file->request);
	memset(file, 0, sizeof(*file));
}
