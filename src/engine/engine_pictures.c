/* A courier's pictures: fetched one after another into incoming/, checked, and when all
 * are there put in their place and recorded together. */
#include "engine_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/failpoint.h"
#include "base/file.h"
#include "base/log.h"

static uint64_t image_bytes_max(const struct courier *courier)
{
	return rulebook_current(courier->engine->parts.rulebook)->config.image_bytes;
}

void courier_drop_pictures(struct courier *courier)
{
	for (size_t i = 0; i < REFERENCES_MAX; i++) {
		if (courier->incoming[i])
			blobs_discard(courier->incoming[i]);
		free(courier->incoming[i]);
		courier->incoming[i] = NULL;
	}
	for (size_t i = 0; i < courier->kept_count; i++)
		free(courier->kept[i].origin);
	free(courier->kept);
	courier->kept = NULL;
}

static void try_later(struct courier *courier, int64_t now_ms, int r)
{
	log_write(LOG_ERROR, "a picture cannot be kept: %s; trying again", strerror(-r));
	courier_wake(courier, now_ms + RETRY_DISK_MS);
}

/* ---- fetching ---- */

static void end_picture(struct courier *courier, enum picture_end end, const char *why)
{
	int64_t now_ms = clock_steady_ms();
	int r = errand_picture(&courier->errand, end, why, now_ms, engine_random(),
			       &courier->outcome);

	message_done(&courier->message);
	if (r < 0)
		courier_give_up(courier, r);
	else
		courier_apply(courier, now_ms);
}

/* What is in the file decides, not what the reply called it. */
static void check(struct courier *courier)
{
	const char *path = courier->incoming[courier->errand.picture];
	struct blob blob;
	struct diag diag = { 0 };
	int r = blobs_inspect(path, image_bytes_max(courier), &blob, &diag);

	if (r == 0) {
		end_picture(courier, PICTURE_SAVED, NULL);
	} else if (r == -EBADMSG) {
		end_picture(courier, PICTURE_BAD, diag.text);
	} else if (r == -EFBIG) {
		end_picture(courier, PICTURE_TOO_LARGE, diag.text);
	} else {
		message_done(&courier->message);
		try_later(courier, clock_steady_ms(), r);
	}
}

static int write_bytes(const char *path, const void *bytes, size_t size)
{
	CLEANUP(close_fd) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	return fd < 0 ? -errno : file_write_all(fd, bytes, size);
}

void courier_fetch(struct courier *courier, int64_t now_ms)
{
	size_t i = courier->errand.picture;
	const struct reference *reference = &courier->errand.references[i];
	int r;

	if (!courier->incoming[i])
		courier->incoming[i] = blobs_incoming(courier->engine->parts.blobs, courier->call,
						      (unsigned)i + 1);
	if (!courier->incoming[i]) {
		try_later(courier, now_ms, -ENOMEM);
		return;
	}
	if (reference->kind != REFERENCE_BYTES) {
		courier_send(courier);
		return;
	}
	r = write_bytes(courier->incoming[i], reference->bytes, reference->size);
	if (r < 0)
		try_later(courier, now_ms, r);
	else
		check(courier);
}

void courier_fetched(struct courier *courier, const struct http_end *end)
{
	struct asking asking = courier_asking(courier);
	int64_t now_ms = clock_steady_ms();
	struct reading reading;
	int r;

	if (end->error == HTTP_DISK_ERROR) {
		message_done(&courier->message);
		try_later(courier, now_ms, end->disk_error);
		return;
	}
	if (end->error == HTTP_TOO_LARGE) {
		end_picture(courier, PICTURE_TOO_LARGE, end->reply.error);
		return;
	}
	if (end->reply.delivery == DELIVERY_REPLIED && end->reply.status / 100 == 2) {
		check(courier);
		return;
	}
	r = protocol_read(EXCHANGE_DOWNLOAD, &asking, &courier->message, &end->reply, &reading);
	message_done(&courier->message);
	if (r == 0) {
		engine_hide_key(courier->rules, courier->profile, &reading.shown);
		engine_hide_key(courier->rules, courier->profile, &reading.error);
		r = errand_take(&courier->errand, &reading, now_ms, engine_random(),
				&courier->outcome);
		reading_done(&reading);
	}
	if (r < 0)
		courier_give_up(courier, r);
	else
		courier_apply(courier, now_ms);
}

/* ---- keeping ---- */

static void describe(const struct reference *reference, struct kept *kept)
{
	kept->unsafe = reference->unsafe;
	kept->origin = NULL;
	if (reference->kind == REFERENCE_URL)
		kept->origin = strndup(reference->text, strcspn(reference->text, "?#"));
}

/* Puts the next picture in its place. 0 or -errno of the disk. */
static int keep_next(struct courier *courier, const char *request_path)
{
	struct engine *engine = courier->engine;
	struct kept *kept = &courier->kept[courier->kept_count];
	size_t i = courier->next;
	struct diag diag = { 0 };
	int r;

	if (courier->incoming[i] && courier->errand.saved[i]) {
		r = engine_embed(engine, courier->call, courier->incoming[i],
				 courier->embed_again ? EMBED_AGAIN : EMBED_FIRST);
		courier->embed_again = true;
		if (r == 0)
			/* It was within the limit when it came: a reload that lowers it
			 * since must not lose what is paid. */
			r = blobs_adopt(engine->parts.blobs, courier->incoming[i], request_path,
					courier->call, clock_wall_ms(), UINT64_MAX, &kept->blob,
					&diag);
		if (r < 0)
			return r;
		describe(&courier->errand.references[i], kept);
		courier->kept_count++;
		FAILPOINT("picture-kept");
		free(courier->incoming[i]);
		courier->incoming[i] = NULL;
	}
	courier->embed_again = false;
	courier->next++;
	return 0;
}

static int record(struct courier *courier)
{
	const struct call_news *last = &courier->outcome.news;
	struct new_image images[REFERENCES_MAX];

	for (size_t i = 0; i < courier->kept_count; i++)
		images[i] = (struct new_image){
			.blob = &courier->kept[i].blob,
			.origin = courier->kept[i].origin,
			.unsafe = courier->kept[i].unsafe,
		};
	return catalog_add_images(courier->engine->parts.catalog, courier->call, images,
				  courier->kept_count, last->event == EVENT_NONE ? NULL : last);
}

void courier_keep(struct courier *courier, int64_t now_ms)
{
	CLEANUP(strbuf) struct strbuf path = STRBUF_EMPTY;
	int r = engine_request_path(courier->engine, courier->call, &path);

	if (!courier->kept)
		courier->kept = calloc(courier->errand.reference_count + 1, sizeof(*courier->kept));
	if (r == 0 && !courier->kept)
		r = -ENOMEM;
	while (r == 0 && courier->next < courier->errand.reference_count)
		r = keep_next(courier, strbuf_text(&path));
	FAILPOINT("pictures-record-before");
	if (r == 0)
		r = record(courier);
	FAILPOINT("pictures-record-after");
	if (r < 0 && r != -ENOENT) {
		try_later(courier, now_ms, r);
		return;
	}
	courier_release(courier);
}
