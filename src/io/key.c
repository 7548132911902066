/* From a place to a key, and from a key to a header. Whatever is said about a key that
 * cannot be used names where it came from and what is wrong with it, and never quotes it:
 * people paste keys into the wrong line. */
#include "io/key.h"

#include <errno.h>
#include <nettle/base64.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "io/key_private.h"

enum { COMMAND_LIMIT_MS = 30 * 1000, WHERE_ROOM = 256 };

struct key {
	struct secret *text;
	size_t size;
	struct secret *header;
	const char *encoded; /* in `header`: the base64 of basic; else NULL */
};

/* What a place gave. */
struct find {
	int stop_fd;
	struct secret *text; /* NUL-terminated */
	char where[WHERE_ROOM];
};

static int no_memory(struct diag *reterr_diag)
{
	diag_set(reterr_diag, 0, "out of memory");
	return -ENOMEM;
}

void key_free(struct key *key)
{
	if (!key)
		return;
	secret_free(key->text);
	secret_free(key->header);
	free(key);
}

/* ---- what makes a key ---- */

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The text without white space around it. */
static const char *trimmed(const char *text, size_t *ret_size)
{
	size_t size;

	while (is_space(*text))
		text++;
	size = strlen(text);
	while (size > 0 && is_space(text[size - 1]))
		size--;
	*ret_size = size;
	return text;
}

static const char *fault_of(const char *text, size_t size)
{
	if (size == 0)
		return "there is no key in it, it is empty";
	if (size > KEY_BYTES_MAX)
		return "a key of more than 4096 bytes";
	for (size_t i = 0; i < size; i++) {
		if (text[i] == '\n' || text[i] == '\r')
			return "more than one line; a key is one";
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return "a control character in the key";
	}
	return NULL;
}

static int make_key(const struct find *find, struct key **ret_key, struct diag *reterr_diag)
{
	size_t size;
	const char *text = trimmed(find->text->bytes, &size), *fault = fault_of(text, size);
	struct key *key;

	if (fault) {
		diag_set(reterr_diag, 0, "%s: %s", find->where, fault);
		return -EINVAL;
	}
	key = calloc(1, sizeof(*key));
	if (key)
		key->text = secret_new(size + 1);
	if (!key || !key->text) {
		free(key);
		return no_memory(reterr_diag);
	}
	memcpy(key->text->bytes, text, size);
	key->size = size;
	*ret_key = key;
	return 0;
}

/* ---- configured places ---- */

static bool is_variable_name(const char *name)
{
	size_t size = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				   "0123456789_");

	return size > 0 && !name[size] && (*name < '0' || *name > '9');
}

static int find_variable(const char *name, struct find *find, struct diag *reterr_diag)
{
	const char *value;

	if (!is_variable_name(name)) {
		diag_set(reterr_diag, 0, "key: env: needs the name of an environment variable");
		return -EINVAL;
	}
	value = key_variable(name);
	if (!value) {
		diag_set(reterr_diag, 0, "no key: the environment variable %s is not set", name);
		return -ENOENT;
	}
	find->text = secret_new(strlen(value) + 1);
	if (!find->text)
		return no_memory(reterr_diag);
	memcpy(find->text->bytes, value, strlen(value) + 1);
	snprintf(find->where, sizeof(find->where), "environment variable %s", name);
	return 0;
}

/* Relative ones would mean something else after a reload: the daemon leaves the folder it
 * was started in. */
static int find_file(const char *path, struct find *find, struct diag *reterr_diag)
{
	const char *home = getenv("HOME");
	CLEANUP(free_ptr) char *expanded = NULL;

	if (strncmp(path, "~/", 2) == 0 && home && *home == '/') {
		expanded = file_join(home, path + 2);
		if (!expanded)
			return no_memory(reterr_diag);
		path = expanded;
	}
	if (*path != '/') {
		diag_set(reterr_diag, 0, "key: file: needs an absolute path, or one below ~/%s",
			 *path == '~' ? " (and then HOME must be set)" : "");
		return -EINVAL;
	}
	snprintf(find->where, sizeof(find->where), "key file %s", path);
	return key_file_read(path, KEY_FILE_PRIVATE, &find->text, reterr_diag);
}

static int find_command(const char *command, struct find *find, struct diag *reterr_diag)
{
	snprintf(find->where, sizeof(find->where), "what the key command printed");
	return key_command_read(command, COMMAND_LIMIT_MS, find->stop_fd, &find->text, reterr_diag);
}

static int find_configured(const char *source, struct find *find, struct diag *reterr_diag)
{
	static const struct {
		const char *prefix;
		int (*find)(const char *rest, struct find *find, struct diag *reterr_diag);
	} kinds[] = {
		{ "env:", find_variable },
		{ "file:", find_file },
		{ "command:", find_command },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t size = strlen(kinds[i].prefix);

		if (strncmp(source, kinds[i].prefix, size) == 0)
			return kinds[i].find(source + size, find, reterr_diag);
	}
	diag_set(reterr_diag, 0,
		 "key: env:NAME, file:PATH or command:PROGRAM … is expected, not a key itself");
	return -EINVAL;
}

/* ---- usual places ---- */

/* 1: found, 0: systemd gave us none. Its folder is ours alone, whatever the mode of a file
 * in it (where access is by an ACL, 0440). */
static int find_credential(const char *name, struct find *find, struct diag *reterr_diag)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	CLEANUP(free_ptr) char *path = NULL;
	struct diag diag = { 0 };
	int r;

	if (!folder || *folder != '/' || !name || strchr(name, '/'))
		return 0;
	path = file_join(folder, name);
	if (!path)
		return no_memory(reterr_diag);
	snprintf(find->where, sizeof(find->where), "key file %s", path);
	r = key_file_read(path, KEY_FILE_ANY, &find->text, &diag);
	if (r == -ENOENT)
		return 0;
	if (r < 0 && reterr_diag)
		*reterr_diag = diag;
	return r < 0 ? r : 1;
}

static bool is_set(const char *variable)
{
	const char *value = key_variable(variable);

	return value && *value;
}

/* Names the variables that are not set, and the other way. */
static int say_none(const struct key_place *place, struct diag *reterr_diag)
{
	CLEANUP(strbuf) struct strbuf missing = STRBUF_EMPTY;
	bool some = false;

	for (size_t i = 0; place->variables && place->variables[i]; i++) {
		if (is_set(place->variables[i]))
			some = true;
		else
			strbuf_addf(&missing, "%s%s", missing.size ? " and " : "",
				    place->variables[i]);
	}
	diag_set(reterr_diag, 0, "no key: set %s%s%s[provider %s] key", strbuf_text(&missing),
		 some ? " too" : "", missing.size ? ", or " : "",
		 place->name ? place->name : "NAME");
	return -ENOENT;
}

/* All of the variables, with ':' between them. */
static int find_variables(const struct key_place *place, struct find *find,
			  struct diag *reterr_diag)
{
	size_t room = 1, used = 0, size;

	if (!place->variables || !place->variables[0])
		return say_none(place, reterr_diag);
	for (size_t i = 0; place->variables[i]; i++) {
		if (!is_set(place->variables[i]))
			return say_none(place, reterr_diag);
		room += strlen(key_variable(place->variables[i])) + 1;
	}
	find->text = secret_new(room);
	if (!find->text)
		return no_memory(reterr_diag);
	for (size_t i = 0; place->variables[i]; i++) {
		const char *text = trimmed(key_variable(place->variables[i]), &size);

		if (size == 0) {
			diag_set(reterr_diag, 0, "environment variable %s: it is empty",
				 place->variables[i]);
			return -EINVAL;
		}
		if (i > 0)
			find->text->bytes[used++] = ':';
		memcpy(find->text->bytes + used, text, size);
		used += size;
	}
	snprintf(find->where, sizeof(find->where), "environment variable %s", place->variables[0]);
	return 0;
}

static int find_usual(const struct key_place *place, struct find *find, struct diag *reterr_diag)
{
	int r = find_credential(place->name, find, reterr_diag);

	if (r != 0)
		return r < 0 ? r : 0;
	return find_variables(place, find, reterr_diag);
}

int key_read(const struct key_place *place, int stop_fd, struct key **ret_key,
	     struct diag *reterr_diag)
{
	struct find find = { .stop_fd = stop_fd };
	int r = place->source ? find_configured(place->source, &find, reterr_diag)
			      : find_usual(place, &find, reterr_diag);

	if (r == 0 && find.text)
		r = make_key(&find, ret_key, reterr_diag);
	secret_free(find.text);
	return r;
}

/* ---- headers ---- */

const char *key_header(struct key *key, enum key_scheme scheme, const char *header)
{
	static const char *const begin[] = {
		[KEY_BEARER] = "Authorization: Bearer ",
		[KEY_KEY] = "Authorization: Key ",
		[KEY_BASIC] = "Authorization: Basic ",
		[KEY_HEADER] = ": ",
	};
	size_t name_size = scheme == KEY_HEADER ? strlen(header) : 0;
	size_t begin_size = name_size + strlen(begin[scheme]);
	size_t value_size = scheme == KEY_BASIC ? BASE64_ENCODE_RAW_LENGTH(key->size) : key->size;
	struct secret *made = secret_new(begin_size + value_size + 1);

	if (!made)
		return NULL;
	if (name_size)
		memcpy(made->bytes, header, name_size);
	memcpy(made->bytes + name_size, begin[scheme], begin_size - name_size);
	if (scheme == KEY_BASIC)
		base64_encode_raw(made->bytes + begin_size, key->size,
				  (const uint8_t *)key->text->bytes);
	else
		memcpy(made->bytes + begin_size, key->text->bytes, key->size);
	secret_free(key->header);
	key->header = made;
	key->encoded = scheme == KEY_BASIC ? made->bytes + begin_size : NULL;
	return made->bytes;
}

bool key_is_pair(const struct key *key)
{
	const char *colon = memchr(key->text->bytes, ':', key->size);

	return colon && colon > key->text->bytes && colon[1];
}

static bool has(const char *text, size_t size, const char *part, size_t part_size)
{
	return memmem(text, size, part, part_size) != NULL;
}

bool key_is_in(const struct key *key, const char *text, size_t size)
{
	const char *begin = key->text->bytes, *colon = memchr(begin, ':', key->size);
	size_t first = colon ? (size_t)(colon - begin) : 0;
	size_t second = colon ? key->size - first - 1 : 0;

	return has(text, size, begin, key->size) ||
	       (first >= KEY_HALF_BYTES_MIN && has(text, size, begin, first)) ||
	       (second >= KEY_HALF_BYTES_MIN && has(text, size, colon + 1, second)) ||
	       (key->encoded && has(text, size, key->encoded, strlen(key->encoded)));
}
