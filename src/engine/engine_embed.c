/* [easelfs] metadata = embed: a picture that arrived says in its own file how it
 * was made, before it is checked and recorded. Beside the original first, then in
 * its place: a disk that is full or a crash leaves one of the two whole. What
 * cannot be embedded is published as it came, and the job's log says why. */
#include "engine_private.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/failpoint.h"
#include "base/file.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "io/store_calls.h"
#include "io/store_jobs.h"
#include "job/embed.h"
#include "job/resolve.h"

static int64_t steps_of(const char *extra)
{
	cJSON *object = extra ? cJSON_Parse(extra) : NULL;
	const cJSON *steps = cJSON_GetObjectItemCaseSensitive(object, "steps");
	int64_t number = cJSON_IsNumber(steps) ? (int64_t)steps->valuedouble : -1;

	cJSON_Delete(object);
	return number;
}

/* The story's texts are the run's and the resolved parameters'. */
static int load_story(struct engine *engine, int64_t call_id, struct run *ret_run,
		      struct resolved *ret_resolved, struct embed_story *ret_story)
{
	CLEANUP(store_read) struct db *db = store_read_begin(engine->parts.store);
	CLEANUP(strbuf) struct strbuf text = STRBUF_EMPTY;
	struct call call;
	int r = db ? store_call_get(db, call_id, &call) : -EIO;

	if (r == 0)
		r = store_run_get(db, call.run, ret_run);
	if (r == 0)
		r = store_run_text(db, call.run, RUN_PARAMS, &text);
	if (r == 0)
		r = resolve_from_json(strbuf_text(&text), ret_resolved);
	if (r < 0)
		return r;
	*ret_story = (struct embed_story){
		.prompt = ret_resolved->params.value[PARAM_PROMPT],
		.negative_prompt = ret_resolved->params.value[PARAM_NEGATIVE_PROMPT],
		.provider = ret_run->provider,
		.model = ret_run->model,
		.seed = ret_resolved->sends_seed ? call.seed : -1,
		.steps = steps_of(ret_resolved->extra),
	};
	if (!ret_story->prompt)
		ret_story->prompt = "";
	return 0;
}

static int write_beside(const char *path, const struct strbuf *bytes)
{
	CLEANUP(close_fd) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	return fd < 0 ? -errno : file_write_all(fd, bytes->bytes, bytes->size);
}

static int replace(const char *path, const struct strbuf *bytes)
{
	CLEANUP(strbuf) struct strbuf beside = STRBUF_EMPTY;
	int r;

	strbuf_addf(&beside, "%s.embed", path);
	if (strbuf_failed(&beside))
		return -ENOMEM;
	r = write_beside(beside.bytes, bytes);
	FAILPOINT("embed-rename-before");
	if (r == 0 && rename(beside.bytes, path) < 0)
		r = -errno;
	if (r < 0)
		(void)unlink(beside.bytes);
	return r;
}

/* 0, -EBADMSG and the like where the picture refuses, or -errno of the disk. */
static int embed(struct engine *engine, int64_t call, const char *path, struct diag *diag)
{
	uint64_t bytes_max = rulebook_current(engine->parts.rulebook)->config.image_bytes;
	CLEANUP(free_ptr) char *bytes = NULL;
	CLEANUP(strbuf) struct strbuf out = STRBUF_EMPTY;
	struct resolved resolved = { .count = 0 };
	struct embed_story story;
	struct run run;
	size_t size;
	int r = file_read(path, (size_t)bytes_max, &bytes, &size);

	if (r == 0)
		r = load_story(engine, call, &run, &resolved, &story);
	if (r == 0)
		r = embed_picture((const uint8_t *)bytes, size, &story, &out, diag);
	resolved_done(&resolved);
	if (r == 0 && out.size > bytes_max) {
		diag_set(diag, 0, "would be over the limit of bytes with metadata");
		return -EFBIG;
	}
	return r < 0 ? r : replace(path, &out);
}

int engine_embed(struct engine *engine, int64_t call, const char *path, enum embed_try try)
{
	struct diag diag = { 0 };
	char line[DIAG_TEXT_MAX + 64];
	const struct rules *rules = rulebook_current(engine->parts.rulebook);
	int r = rules->config.metadata == METADATA_EMBED ? embed(engine, call, path, &diag) : 0;

	if (r == -ENOSPC || r == -EDQUOT || r == -EIO || r == -ENOMEM)
		return r;
	if (r < 0 && diag.text[0] && try == EMBED_FIRST) {
		snprintf(line, sizeof(line), "nothing is embedded: the picture %s", diag.text);
		r = catalog_add_log(engine->parts.catalog, call, line);
		if (r < 0)
			log_write(LOG_ERROR, "a job's log cannot be written: %s", strerror(-r));
	}
	return 0;
}
