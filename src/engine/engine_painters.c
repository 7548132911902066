/* Local painters: intent on disk, start, watch, check, record. A painter that is
 * killed with the daemon cost nothing, so its call is simply queued again at the
 * next start; its picture, once recorded, is as safe as a paid one. */
#include "engine_private.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "base/words.h"
#include "io/store_calls.h"
#include "io/store_jobs.h"
#include "io/store_tree.h"
#include "job/resolve.h"

enum { CANCEL_STEP_MS = 100 };

static uint64_t image_bytes_max(const struct engine *engine)
{
	return rulebook_current(engine->parts.rulebook)->config.image_bytes;
}

/* By name: a reload makes other profiles of the same providers. */
static bool is_of(const struct painter *painter, const struct profile *profile)
{
	return painter->call && strcmp(painter->profile->name, profile->name) == 0;
}

static struct painter *find(struct engine *engine, int64_t call)
{
	for (size_t i = 0; i < PAINTERS_MAX; i++)
		if (engine->painters[i].call == call)
			return &engine->painters[i];
	return NULL;
}

static void release(struct engine *engine, struct painter *painter)
{
	program_free(painter->program);
	if (painter->incoming)
		blobs_discard(painter->incoming);
	free(painter->incoming);
	free(painter->request);
	free(painter->failure);
	live_set(engine->parts.live, painter->call, -1);
	*painter = (struct painter){ 0 };
	engine->work = true;
}

/* ---- starting ---- */

/* What request.json shows: {"command": [...]}; NULL when out of memory. */
static char *command_json(char *const *argv)
{
	cJSON *object = cJSON_CreateObject();
	cJSON *words = cJSON_AddArrayToObject(object, "command");
	CLEANUP(strbuf) struct strbuf shown = STRBUF_EMPTY;
	char *text = NULL;

	for (; words && *argv; argv++) {
		strbuf_clear(&shown);
		utf8_add_printable(&shown, *argv, strlen(*argv), PRINTABLE_TEXT);
		cJSON_AddItemToArray(words, cJSON_CreateString(strbuf_text(&shown)));
	}
	if (words)
		text = cJSON_PrintUnformatted(object);
	cJSON_Delete(object);
	return text;
}

/* What response.json shows: how the program ended; NULL when out of memory. */
static char *ending_json(const char *ended, const char *message)
{
	cJSON *object = cJSON_CreateObject();
	char *text = NULL;

	if (cJSON_AddStringToObject(object, "ended", ended) &&
	    cJSON_AddStringToObject(object, "message", message))
		text = cJSON_PrintUnformatted(object);
	cJSON_Delete(object);
	return text;
}

static int start(struct engine *engine, struct painter *painter, const struct call *call,
		 struct diag *diag)
{
	CLEANUP(params) struct params params = { { NULL } };
	struct program_order order = {
		.output_bytes_max = image_bytes_max(engine),
		.deadline_ms = clock_steady_ms() + painter->profile->deadline_s * 1000,
	};
	char **argv = NULL;
	int r = engine_load_params(engine, call, &params, NULL);

	if (r < 0) {
		diag_set(diag, 0, "the request's parameters cannot be read: %s", strerror(-r));
		return r;
	}
	r = profile_fill_command(painter->profile, &params, painter->incoming, &argv, diag);
	if (r < 0)
		return r;
	order.argv = argv;
	painter->deadline_ms = order.deadline_ms;
	order.stdout_path = painter->incoming;
	r = program_start(&order, &painter->program);
	if (r < 0)
		diag_set(diag, 0, "%s cannot be started: %s", argv[0], strerror(-r));
	if (r == 0)
		painter->request = command_json(argv);
	words_free(argv);
	return r;
}

void painters_submit(struct engine *engine, const struct call *call, const struct profile *profile)
{
	static const struct call_news sent = CALL_NEWS(EVENT_SENT);
	struct painter *painter = find(engine, 0);
	struct call_news accepted = CALL_NEWS(EVENT_ACCEPTED);
	struct call_news refused = CALL_NEWS(EVENT_REFUSED);
	struct diag diag = { 0 };
	char error[DIAG_TEXT_MAX + 2];
	int r;

	if (!painter || find(engine, call->id))
		return;
	if (engine_tell(engine, call->id, &sent) < 0)
		return;
	r = engine_is_submitting(engine, call->id);
	if (r < 0)
		engine_plan_later(engine);
	if (r <= 0)
		return;
	painter->call = call->id;
	painter->profile = profile;
	painter->incoming = blobs_incoming(engine->parts.blobs, call->id, 1);
	r = painter->incoming ? start(engine, painter, call, &diag) : -ENOMEM;
	if (r == 0) {
		accepted.process = program_pid(painter->program);
		accepted.request = painter->request;
		r = engine_tell(engine, call->id, &accepted);
		if (r == 0)
			return;
		diag_set(&diag, 0, "its start cannot be recorded: %s", strerror(-r));
	}
	snprintf(error, sizeof(error), "%s\n", diag.text);
	refused.error = error;
	refused.log = diag.text;
	engine_tell(engine, call->id, &refused);
	release(engine, painter);
}

/* ---- watching ---- */

/* The disk is full, say: the painter keeps its slot until the disk takes it. */
static void try_later(struct painter *painter, int64_t now_ms)
{
	painter->retry_ms = now_ms + RETRY_DISK_MS;
	program_free(painter->program);
	painter->program = NULL;
}

static void fail(struct engine *engine, struct painter *painter, const char *error, int64_t now_ms)
{
	CLEANUP(strbuf) struct strbuf text = STRBUF_EMPTY;
	CLEANUP(free_ptr) char *response = ending_json("failed", error);
	struct call_news news = {
		.event = painter->cancelled ? EVENT_CANCELLED : EVENT_FAILED,
		.log = error,
		.response = response,
		.cost_micro = -1,
		.seed = -1,
	};
	int r;

	strbuf_addf(&text, "%s\n", error);
	news.error = painter->cancelled ? NULL : strbuf_text(&text);
	r = catalog_call(engine->parts.catalog, painter->call, &news);
	if (r < 0 && r != -EBUSY && !painter->failure)
		painter->failure = strdup(error);
	if (r < 0 && r != -EBUSY && painter->failure) {
		log_write(LOG_ERROR, "a failure cannot be recorded: %s; trying again",
			  strerror(-r));
		try_later(painter, now_ms);
		return;
	}
	release(engine, painter);
}

/* The picture is checked, put in its place and recorded; a disk that is full is
 * asked again later, with the picture kept. */
static void record(struct engine *engine, struct painter *painter, int64_t now_ms)
{
	CLEANUP(strbuf) struct strbuf path = STRBUF_EMPTY;
	const struct new_image image = { .blob = &painter->blob };
	char error[DIAG_TEXT_MAX + 64];
	struct diag diag = { 0 };
	int r = engine_request_path(engine, painter->call, &path);

	if (r == 0 && !painter->adopted)
		r = engine_embed(engine, painter->call, painter->incoming,
				 painter->retry_ms ? EMBED_AGAIN : EMBED_FIRST);
	if (r == 0 && !painter->adopted)
		r = blobs_adopt(engine->parts.blobs, painter->incoming, strbuf_text(&path),
				painter->call, clock_wall_ms(), image_bytes_max(engine),
				&painter->blob, &diag);
	if (r == -EBADMSG || r == -EFBIG) {
		snprintf(error, sizeof(error), "what it painted cannot be used: %s", diag.text);
		fail(engine, painter, error, now_ms);
		return;
	}
	if (r == 0) {
		painter->adopted = true;
		r = catalog_add_images(engine->parts.catalog, painter->call, &image, 1, NULL);
	}
	if (r < 0) {
		log_write(LOG_ERROR, "a picture cannot be kept: %s; trying again", strerror(-r));
		painter->retry_ms = now_ms + RETRY_DISK_MS;
		return;
	}
	release(engine, painter);
}

static void finish(struct engine *engine, struct painter *painter, int64_t now_ms)
{
	CLEANUP(free_ptr) char *response = ending_json("status 0", "");
	struct call_news pictures = CALL_NEWS(EVENT_PICTURES);
	int r;

	pictures.response = response;
	r = catalog_call(engine->parts.catalog, painter->call, &pictures);

	if (r == -EBUSY) {
		release(engine, painter);
		return;
	}
	if (r < 0) {
		log_write(LOG_ERROR, "a success cannot be recorded: %s; trying again",
			  strerror(-r));
		try_later(painter, now_ms);
		return;
	}
	painter->finished = true;
	painter->retry_ms = 0; /* nothing of the picture has been tried yet */
	program_free(painter->program);
	painter->program = NULL;
	record(engine, painter, now_ms);
}

/* What could not be recorded before. */
static void settle_up(struct engine *engine, struct painter *painter, int64_t now_ms)
{
	if (painter->failure)
		fail(engine, painter, painter->failure, now_ms);
	else if (!painter->finished)
		finish(engine, painter, now_ms);
	else
		record(engine, painter, now_ms);
}

static void step(struct engine *engine, struct painter *painter, int64_t now_ms)
{
	if (!painter->program) {
		if (now_ms >= painter->retry_ms)
			settle_up(engine, painter, now_ms);
		return;
	}
	switch (program_step(painter->program, now_ms)) {
	case PROGRAM_RUNNING:
		live_set(engine->parts.live, painter->call, program_progress(painter->program));
		return;
	case PROGRAM_SUCCEEDED:
		finish(engine, painter, now_ms);
		return;
	case PROGRAM_FAILED:
		fail(engine, painter, program_message(painter->program), now_ms);
		return;
	case PROGRAM_TIMED_OUT:
		fail(engine, painter, "the painter took longer than its profile's deadline_s",
		     now_ms);
		return;
	}
}

void painters_step(struct engine *engine, int64_t now_ms)
{
	for (size_t i = 0; i < PAINTERS_MAX; i++)
		if (engine->painters[i].call)
			step(engine, &engine->painters[i], now_ms);
}

void painters_cancel(struct engine *engine, int64_t call)
{
	struct painter *painter = find(engine, call);

	if (!painter || !painter->program || painter->cancelled)
		return;
	painter->cancelled = true;
	program_cancel(painter->program, clock_steady_ms());
}

bool painters_have(const struct engine *engine, int64_t call)
{
	for (size_t i = 0; i < PAINTERS_MAX; i++)
		if (engine->painters[i].call == call)
			return true;
	return false;
}

unsigned painters_count(const struct engine *engine, const struct profile *profile)
{
	unsigned count = 0;

	for (size_t i = 0; i < PAINTERS_MAX; i++)
		count += is_of(&engine->painters[i], profile);
	return count;
}

int64_t painters_next(const struct engine *engine, int64_t otherwise)
{
	int64_t now_ms = clock_steady_ms();

	for (size_t i = 0; i < PAINTERS_MAX; i++) {
		const struct painter *painter = &engine->painters[i];
		int64_t at_ms = otherwise;

		if (!painter->call)
			continue;
		if (!painter->program)
			at_ms = painter->retry_ms;
		else if (painter->cancelled)
			at_ms = now_ms + CANCEL_STEP_MS;
		else
			at_ms = painter->deadline_ms;
		if (at_ms < otherwise)
			otherwise = at_ms;
	}
	return otherwise;
}

size_t painters_pollfds(const struct engine *engine, struct pollfd *fds)
{
	size_t count = 0;

	for (size_t i = 0; i < PAINTERS_MAX; i++)
		if (engine->painters[i].program)
			count += program_pollfds(engine->painters[i].program, fds + count);
	return count;
}

void painters_stop(struct engine *engine)
{
	for (size_t i = 0; i < PAINTERS_MAX; i++)
		if (engine->painters[i].call)
			release(engine, &engine->painters[i]);
}
