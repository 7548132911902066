/* The layers of a request, nearest first: the request itself, the defaults.ini of
 * its folder and of each folder above, the configuration's [defaults]; then the
 * provider has the last word. A rejection is a judgement, not an error: only a
 * disk that cannot be read is one. */
#include "catalog_judge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "io/store_tree.h"
#include "job/request.h"

void judged_done(struct judged *judged)
{
	resolved_done(&judged->resolved);
	strbuf_done(&judged->prompt);
}

/* ---- bytes ---- */

static int read_bytes(struct db *db, const struct file *file, char **ret_bytes)
{
	size_t chunks = ((size_t)file->size + CHUNK_SIZE - 1) / CHUNK_SIZE;
	char *bytes = calloc(chunks ? chunks : 1, CHUNK_SIZE);

	if (!bytes)
		return -ENOMEM;
	for (size_t n = 0; n < chunks; n++) {
		int r = store_chunk_read(db, file->id, (int64_t)n, bytes + n * CHUNK_SIZE);

		if (r < 0 && r != -ENOENT) {
			free(bytes);
			return r;
		}
	}
	*ret_bytes = bytes;
	return 0;
}

int judge_hash(struct db *db, const struct file *file, uint8_t *ret_hash)
{
	return store_file_hash(db, file, ret_hash);
}

/* ---- layers ---- */

/* Says which file of defaults a diagnosis is about. */
static int blame_defaults(struct db *db, int64_t folder, const struct name *name, struct diag *diag)
{
	CLEANUP(strbuf) struct strbuf path = STRBUF_EMPTY;
	CLEANUP(strbuf) struct strbuf shown = STRBUF_EMPTY;
	struct diag said = *diag;

	if (store_path(db, folder, name, &path) < 0)
		return -EINVAL;
	utf8_add_printable(&shown, path.bytes, path.size, PRINTABLE_LINE);
	if (said.line)
		diag_set(diag, 0, "%s line %u: %s", strbuf_text(&shown), said.line, said.text);
	else
		diag_set(diag, 0, "%s: %s", strbuf_text(&shown), said.text);
	return -EINVAL;
}

static int add_defaults_file(struct db *db, int64_t folder, struct judged *judged)
{
	struct name name = { .size = strlen("defaults.ini"), .bytes = "defaults.ini" };
	CLEANUP(free_ptr) char *bytes = NULL;
	struct request defaults = { .extra = NULL };
	struct file file;
	int r = store_file_find(db, folder, &name, &file);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	if (file.size > REQUEST_BYTES_MAX) {
		diag_set(&judged->error, 0, "more than %d bytes", REQUEST_BYTES_MAX);
		return blame_defaults(db, folder, &name, &judged->error);
	}
	r = read_bytes(db, &file, &bytes);
	if (r == 0)
		r = request_parse_defaults(bytes, (size_t)file.size, &defaults, &judged->error);
	if (r == 0)
		r = resolve_add_layer(&judged->resolved, &defaults, &judged->error);
	request_done(&defaults);
	return r == -EINVAL ? blame_defaults(db, folder, &name, &judged->error) : r;
}

static int add_defaults(const struct rules *rules, struct db *db, struct judged *judged)
{
	struct request configured = { .params = rules->config.defaults,
				      .extra = rules->config.defaults_extra };
	struct folder folder;
	int64_t id = judged->file.folder;
	int r = 0;

	for (; id && r == 0; id = folder.parent) {
		r = add_defaults_file(db, id, judged);
		if (r == 0)
			r = store_folder_get(db, id, &folder);
	}
	return r < 0 ? r : resolve_add_layer(&judged->resolved, &configured, &judged->error);
}

/* ---- judging ---- */

static int choose_provider(const struct rules *rules, struct judged *judged)
{
	const char *name = judged->resolved.params.value[PARAM_PROVIDER];
	const struct profile *profile;

	if (!name)
		name = rules->config.provider;
	profile = profile_set_find(&rules->profiles, name);
	if (profile)
		return resolve_for(&judged->resolved, profile, &judged->error);
	diag_set(&judged->error, 0,
		 "provider: %s is not known here; easelfs --check lists those that are", name);
	return -EINVAL;
}

static int judge_bytes(const struct rules *rules, struct db *db, const char *bytes,
		       struct judged *judged)
{
	const struct file *file = &judged->file;
	struct request request = { .extra = NULL };
	int r = request_parse(request_form(file->name.bytes, file->name.size), bytes,
			      (size_t)file->size, &request, &judged->error);

	if (r == 0)
		r = resolve_add_layer(&judged->resolved, &request, &judged->error);
	request_done(&request);
	if (r == 0)
		r = add_defaults(rules, db, judged);
	return r < 0 ? r : choose_provider(rules, judged);
}

int judge(const struct rules *rules, struct db *db, struct judged *judged)
{
	CLEANUP(free_ptr) char *bytes = NULL;
	const struct file *file = &judged->file;
	const char *prompt;
	int r = judge_hash(db, file, judged->content);

	if (r < 0)
		return r;
	if (file->size > REQUEST_BYTES_MAX) {
		diag_set(&judged->error, 0, "the request has %lld bytes; at most %d are allowed",
			 (long long)file->size, REQUEST_BYTES_MAX);
		return 0;
	}
	r = read_bytes(db, file, &bytes);
	if (r < 0)
		return r;
	r = judge_bytes(rules, db, bytes, judged);
	judged->empty = r == -ENODATA;
	if (r == 0 || r == -ENODATA)
		judged->error.text[0] = '\0';
	else if (r != -EINVAL)
		return r;
	prompt = judged->resolved.params.value[PARAM_PROMPT];
	strbuf_add_text(&judged->prompt, prompt);
	return strbuf_failed(&judged->prompt) ? -ENOMEM : 0;
}
