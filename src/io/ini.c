/* inih behind a reader of our own, which hands it one line at a time. That gives
 * every diagnosis its line (inih 55 passes none to the handler), and it is the
 * place to refuse what inih would silently misread: an indented line (replaces
 * the previous value), a line beyond its buffer or a name beyond its 49 bytes
 * (cut), text after a section's ']' (dropped), bytes that are no text.
 *
 * A refused line ends the input for inih: the reader returns NULL, and the
 * failure is remembered here. */
#include "io/ini.h"

#include <errno.h>
#include <ini.h>
#include <search.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/utf8.h"
#include "job/job_json.h"

/* inih keeps section names in 50 bytes, its NUL included. */
enum { SECTION_BYTES_MAX = 49, SHOWN_BYTES_MAX = 60, NUMBER_BYTES_MAX = 18, MICRO = 1000 * 1000 };

/* A key that was seen: (section, name) is its identity. */
struct seen {
	unsigned line;
	size_t section_size;
	char text[]; /* SECTION NUL NAME NUL */
};

struct reading {
	const char *next, *end;
	unsigned line; /* the one handed out last */
	ini_entry_fn *fn;
	void *arg;
	void *seen; /* tsearch tree of struct seen */
	int error;  /* 0 until something failed */
	unsigned error_line;
	struct diag *diag;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static int fail(struct reading *reading, int error)
{
	reading->error = error;
	reading->error_line = reading->line;
	return error;
}

static int fail_line(struct reading *reading, const char *why)
{
	diag_set(reading->diag, reading->line, "%s", why);
	return fail(reading, -EINVAL);
}

static int check_bytes(struct reading *reading, const char *line, size_t size)
{
	if (size > INI_LINE_BYTES_MAX) {
		diag_set(reading->diag, reading->line, "a line of %zu bytes; %d are allowed", size,
			 INI_LINE_BYTES_MAX);
		return fail(reading, -EINVAL);
	}
	for (size_t i = 0; i < size; i++) {
		if ((unsigned char)line[i] >= ' ' || line[i] == '\t')
			continue;
		diag_set(reading->diag, reading->line, "a control character (0x%02X)",
			 (unsigned char)line[i]);
		return fail(reading, -EINVAL);
	}
	if (!utf8_valid(line, size, NULL))
		return fail_line(reading, "not UTF-8");
	return 0;
}

/* `line` begins with '['. */
static int check_section(struct reading *reading, const char *line, size_t size)
{
	const char *close = memchr(line, ']', size), *rest;

	if (!close)
		return fail_line(reading, "a section without ']'");
	if (close - line - 1 > SECTION_BYTES_MAX)
		return fail_line(reading, "a section name of more than 49 bytes");
	rest = close + 1;
	while (rest < line + size && is_blank(*rest))
		rest++;
	if (rest < line + size && *rest != ';' && *rest != '#')
		return fail_line(reading, "text after the ']' of a section");
	return 0;
}

static int check_line(struct reading *reading, const char *line, size_t size)
{
	size_t indent = 0;
	int r = check_bytes(reading, line, size);

	if (r < 0)
		return r;
	while (indent < size && is_blank(line[indent]))
		indent++;
	if (indent == size || line[indent] == ';' || line[indent] == '#')
		return 0;
	if (indent > 0)
		return fail_line(reading, "an indented line; begin it at the left");
	return line[0] == '[' ? check_section(reading, line, size) : 0;
}

/* inih's reader: the next line, or NULL to end. */
static char *next_line(char *buffer, int room, void *stream)
{
	struct reading *reading = stream;
	const char *line = reading->next, *newline;
	size_t size;

	if (reading->error || line == reading->end)
		return NULL;
	newline = memchr(line, '\n', (size_t)(reading->end - line));
	size = (size_t)((newline ? newline : reading->end) - line);
	reading->next = line + size + (newline ? 1 : 0);
	reading->line++;
	if (size > 0 && line[size - 1] == '\r')
		size--;
	if (check_line(reading, line, size) < 0)
		return NULL;
	if (size + 2 > (size_t)room) {
		fail_line(reading, "a line longer than the INI reader's buffer");
		return NULL;
	}
	memcpy(buffer, line, size);
	buffer[size] = '\n';
	buffer[size + 1] = '\0';
	return buffer;
}

static int compare_seen(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;
	int order = strcmp(x->text, y->text);

	if (order)
		return order;
	return strcmp(x->text + x->section_size + 1, y->text + y->section_size + 1);
}

/* Remembers a key, or fails when it was there before. */
static int remember(struct reading *reading, const char *section, const char *name)
{
	size_t section_size = strlen(section), name_size = strlen(name);
	CLEANUP(free_ptr) struct seen *seen = malloc(sizeof(*seen) + section_size + name_size + 2);
	struct seen **found;

	if (!seen)
		return fail(reading, -ENOMEM);
	seen->line = reading->line;
	seen->section_size = section_size;
	memcpy(seen->text, section, section_size + 1);
	memcpy(seen->text + section_size + 1, name, name_size + 1);
	found = tsearch(seen, &reading->seen, compare_seen);
	if (!found)
		return fail(reading, -ENOMEM);
	if (*found == seen) {
		seen = NULL; /* the tree's now */
		return 0;
	}
	diag_set(reading->diag, reading->line, "\"%.*s\" is in [%s] already, in line %u",
		 SHOWN_BYTES_MAX, name, section, (*found)->line);
	return fail(reading, -EINVAL);
}

/* inih's handler: non-zero to go on. */
static int take_entry(void *user, const char *section, const char *name, const char *value)
{
	struct reading *reading = user;
	struct ini_entry entry = { section, name, value, reading->line };
	int r;

	if (!*section) {
		diag_set(reading->diag, reading->line, "\"%.*s\" comes before any [section]",
			 SHOWN_BYTES_MAX, name);
		fail(reading, -EINVAL);
		return 0;
	}
	if (!*name) {
		fail_line(reading, "a value without a name");
		return 0;
	}
	if (remember(reading, section, name) < 0)
		return 0;
	r = reading->fn(&entry, reading->arg, reading->diag);
	if (r != 0)
		fail(reading, r);
	return r == 0;
}

int ini_number(const struct ini_entry *entry, int64_t from, int64_t to, int64_t *ret_number,
	       struct diag *reterr_diag)
{
	const char *text = entry->value;
	int64_t number = 0;
	bool valid = *text && (text[0] != '0' || !text[1]) && strlen(text) <= NUMBER_BYTES_MAX;

	for (size_t i = 0; valid && text[i]; i++) {
		valid = text[i] >= '0' && text[i] <= '9';
		number = number * 10 + (text[i] - '0');
	}
	if (!valid || number < from || number > to) {
		diag_set(reterr_diag, entry->line,
			 "[%s] %s: \"%s\" is not a whole number from %lld to %lld", entry->section,
			 entry->name, entry->value, (long long)from, (long long)to);
		return -EINVAL;
	}
	*ret_number = number;
	return 0;
}

int ini_micro(const struct ini_entry *entry, int64_t max_micro, int64_t *ret_micro,
	      struct diag *reterr_diag)
{
	int64_t micro = cost_read(entry->value, strlen(entry->value));

	if (micro < 0 || micro > max_micro) {
		diag_set(reterr_diag, entry->line,
			 "[%s] %s: a number such as 0.03 is expected, up to %lld and with at most "
			 "six digits after the point",
			 entry->section, entry->name, (long long)(max_micro / MICRO));
		return -EINVAL;
	}
	*ret_micro = micro;
	return 0;
}

int ini_replace(char **text, const char *with)
{
	char *copy = strdup(with);

	if (!copy)
		return -ENOMEM;
	free(*text);
	*text = copy;
	return 0;
}

int ini_refuse_value(const struct ini_entry *entry, const char *why, struct diag *reterr_diag)
{
	diag_set(reterr_diag, entry->line, "[%s] %s: %s", entry->section, entry->name, why);
	return -EINVAL;
}

int ini_refuse_name(const struct ini_entry *entry, const char *allowed, struct diag *reterr_diag)
{
	diag_set(reterr_diag, entry->line, "[%s] \"%s\" is not known here; allowed: %s",
		 entry->section, entry->name, allowed);
	return -EINVAL;
}

int ini_read_bytes(const char *bytes, size_t size, ini_entry_fn *fn, void *arg,
		   struct diag *reterr_diag)
{
	struct diag diag = { 0 };
	struct reading reading = {
		.next = bytes, .end = bytes + size, .fn = fn, .arg = arg, .diag = &diag
	};
	int r;

	if (size >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0)
		reading.next += 3;
	r = ini_parse_stream(next_line, &reading, take_entry, &reading);
	tdestroy(reading.seen, free);
	/* inih goes on after a line that it does not understand, and what fails
	 * later must not hide it. */
	if (r > 0 && (!reading.error || (unsigned)r < reading.error_line)) {
		diag_set(reterr_diag, (unsigned)r, "neither NAME = VALUE nor [SECTION]");
		return -EINVAL;
	}
	if (reading.error && reterr_diag)
		*reterr_diag = diag;
	if (reading.error)
		return reading.error;
	return r < 0 ? -ENOMEM : 0;
}

int ini_file_bytes(const char *path, char **ret_bytes, size_t *ret_size, struct diag *reterr_diag)
{
	int r = file_read(path, INI_FILE_BYTES_MAX, ret_bytes, ret_size);

	if (r == -EFBIG)
		diag_set(reterr_diag, 0, "larger than %d bytes", INI_FILE_BYTES_MAX);
	else if (r < 0)
		diag_set(reterr_diag, 0, "cannot be read: %s", strerror(-r));
	return r;
}

int ini_read_file(const char *path, ini_entry_fn *fn, void *arg, struct diag *reterr_diag)
{
	CLEANUP(free_ptr) char *bytes = NULL;
	size_t size;
	int r = ini_file_bytes(path, &bytes, &size, reterr_diag);

	return r < 0 ? r : ini_read_bytes(bytes, size, fn, arg, reterr_diag);
}
