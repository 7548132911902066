/* A table of names and the functions that tell their values. */
#include "mount/provenance.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "io/store_calls.h"
#include "io/store_images.h"
#include "io/store_jobs.h"
#include "io/store_tree.h"
#include "job/job_json.h"

struct origin {
	struct image image;
	struct run run;
	struct call call;
	struct job job;
};

typedef int tell_fn(struct db *db, const struct origin *origin, struct strbuf *value);

static int tell_comment(struct db *db, const struct origin *origin, struct strbuf *value)
{
	size_t before = value->size;
	int r = store_run_text(db, origin->run.id, RUN_PROMPT, value);

	if (r == 0)
		value->size = before + utf8_cut(value->bytes + before, value->size - before,
						COMMENT_BYTES_MAX);
	return r;
}

static int tell_creator(struct db *db, const struct origin *origin, struct strbuf *value)
{
	(void)db;
	strbuf_addf(value, "easelfs/%s", origin->run.provider);
	if (*origin->run.model)
		strbuf_addf(value, "/%s", origin->run.model);
	return 0;
}

static int tell_type(struct db *db, const struct origin *origin, struct strbuf *value)
{
	(void)db;
	strbuf_add_text(value, picture_mime(origin->image.type));
	return 0;
}

static int tell_provider(struct db *db, const struct origin *origin, struct strbuf *value)
{
	(void)db;
	strbuf_add_text(value, origin->run.provider);
	return 0;
}

static int tell_model(struct db *db, const struct origin *origin, struct strbuf *value)
{
	(void)db;
	strbuf_add_text(value, origin->run.model);
	return 0;
}

static int tell_seed(struct db *db, const struct origin *origin, struct strbuf *value)
{
	(void)db;
	strbuf_addf(value, "%lld", (long long)origin->call.seed);
	return 0;
}

static int tell_cost(struct db *db, const struct origin *origin, struct strbuf *value)
{
	(void)db;
	if (origin->call.cost_micro < 0)
		return 0; /* nobody said */
	cost_text(origin->call.cost_micro, value);
	if (*origin->call.unit)
		strbuf_addf(value, " %s", origin->call.unit);
	return 0;
}

static int tell_job(struct db *db, const struct origin *origin, struct strbuf *value)
{
	return store_path(db, origin->job.folder, &origin->job.name, value);
}

static int tell_created(struct db *db, const struct origin *origin, struct strbuf *value)
{
	char when[CLOCK_TEXT_ROOM];

	(void)db;
	strbuf_add_text(value, clock_text(origin->image.finished_ms, when, sizeof(when)));
	return 0;
}

static int tell_origin(struct db *db, const struct origin *origin, struct strbuf *value)
{
	(void)db;
	strbuf_add_text(value, origin->image.origin);
	return 0;
}

static int tell_unsafe(struct db *db, const struct origin *origin, struct strbuf *value)
{
	(void)db;
	strbuf_add_text(value, origin->image.unsafe ? "yes" : "");
	return 0;
}

/* clang-format off */
static const struct {
	const char *name;
	tell_fn *tell;
} attributes[] = {
	{ "user.xdg.comment",      tell_comment },
	{ "user.xdg.creator",      tell_creator },
	{ "user.xdg.origin.url",   tell_origin },
	{ "user.mime_type",        tell_type },
	{ "user.easelfs.provider", tell_provider },
	{ "user.easelfs.model",    tell_model },
	{ "user.easelfs.seed",     tell_seed },
	{ "user.easelfs.cost",     tell_cost },
	{ "user.easelfs.job",      tell_job },
	{ "user.easelfs.created",  tell_created },
	{ "user.easelfs.unsafe",   tell_unsafe },
};
/* clang-format on */

enum { ATTRIBUTES = sizeof(attributes) / sizeof(attributes[0]) };

static int load(struct db *db, int64_t image, struct origin *ret_origin)
{
	int r = store_image_get(db, image, &ret_origin->image);

	if (r == 0)
		r = store_run_get(db, ret_origin->image.run, &ret_origin->run);
	if (r == 0)
		r = store_call_get(db, ret_origin->image.call, &ret_origin->call);
	if (r == 0)
		r = store_job_get(db, ret_origin->image.job, &ret_origin->job);
	return r;
}

/* Ours by name, whether this picture has them or not. */
bool provenance_has(const char *name)
{
	if (!strncmp(name, "user.easelfs.", strlen("user.easelfs.")))
		return true;
	for (size_t i = 0; i < ATTRIBUTES; i++)
		if (strcmp(attributes[i].name, name) == 0)
			return true;
	return false;
}

int provenance_get(struct db *db, int64_t image, const char *name, struct strbuf *value)
{
	struct origin origin;
	size_t before = value->size;
	int r;

	for (size_t i = 0; i < ATTRIBUTES; i++) {
		if (strcmp(attributes[i].name, name) != 0)
			continue;
		r = load(db, image, &origin);
		if (r == 0)
			r = attributes[i].tell(db, &origin, value);
		if (r < 0)
			return r;
		return strbuf_failed(value) ? -ENOMEM : value->size > before ? 0 : -ENODATA;
	}
	return -ENODATA;
}

int provenance_list(struct db *db, int64_t image, struct strbuf *names)
{
	for (size_t i = 0; i < ATTRIBUTES; i++) {
		struct strbuf value = STRBUF_EMPTY;
		int r = provenance_get(db, image, attributes[i].name, &value);

		strbuf_done(&value);
		if (r == 0)
			strbuf_add(names, attributes[i].name, strlen(attributes[i].name) + 1);
		else if (r != -ENODATA)
			return r;
	}
	return strbuf_failed(names) ? -ENOMEM : 0;
}
