/* A picture is made again for each download: nothing is kept. An API's key has no
 * business here, so a request that brings one is refused, loudly and on record. */
#include "simulator/image_host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/png.h"
#include "simulator/base64.h"
#include "simulator/picture.h"

enum { HUGE_SIDE = 60000, SLOW_MS = 5000 };

/* Not a secret: it only has to change with what is signed. */
static const uint64_t signing = 0x5ca1ab1e;

static unsigned long long sign(const char *path, const char *policy)
{
	return chance_hash(path, strlen(path), chance_hash(policy, strlen(policy), signing));
}

const char *image_url(const struct exchange *x, const struct job *job, unsigned index,
		      enum image_url kind, char *url)
{
	int64_t until_ms = x->now_ms + x->world->options->url_ttl_ms;
	char path[128], policy[32];

	snprintf(path, sizeof(path), "/%s/%s/%u.png", providers[job->provider]->name, job->id,
		 index);
	snprintf(policy, sizeof(policy), "%llx", (unsigned long long)until_ms);
	if (kind == URL_PLAIN)
		snprintf(url, IMAGE_URL_ROOM, "%s%s", x->world->image_origin, path);
	else
		snprintf(url, IMAGE_URL_ROOM,
			 "%s%s?Policy=%s&Signature=%016llx&Key-Pair-Id=SIMULATOR",
			 x->world->image_origin, path, policy, sign(path, policy));
	return url;
}

/* Appends the picture's PNG. 0 or -ENOMEM. */
static int add_png(const struct exchange *x, const struct job *job, unsigned index,
		   struct strbuf *png)
{
	int r;
	uint64_t look = chance_hash(job->prompt, strlen(job->prompt),
				    (uint64_t)job->seed * JOB_PICTURES_MAX + index);

	r = picture_add(png, job->w, job->h, look);
	if (r == 0)
		picture_pad(png, x->world->options->picture_bytes);
	return r;
}

/* As base64 after `prefix`; NULL: out of memory. */
static cJSON *as_text(const struct exchange *x, const struct job *job, unsigned index,
		      const char *prefix)
{
	CLEANUP(strbuf) struct strbuf png = STRBUF_EMPTY;
	CLEANUP(strbuf) struct strbuf text = STRBUF_EMPTY;

	strbuf_add_text(&text, prefix);
	if (add_png(x, job, index, &png) < 0)
		return NULL;
	base64_add(&text, png.bytes, png.size);
	return strbuf_failed(&text) ? NULL : cJSON_CreateString(strbuf_text(&text));
}

cJSON *image_item(const struct exchange *x, const struct job *job, unsigned index,
		  enum image_url kind)
{
	char url[IMAGE_URL_ROOM];

	if (job->outputs == JOB_DATA_URIS || job_fault_is(job, FAULT_OUTPUTS, "data-uri"))
		return as_text(x, job, index, "data:image/png;base64,");
	if (job->outputs == JOB_BASE64)
		return as_text(x, job, index, "");
	return cJSON_CreateString(image_url(x, job, index, kind, url));
}

static void fail(struct exchange *x, const struct trouble *trouble)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		 "<Error><Code>%s</Code><Message>%s</Message></Error>",
		 trouble->status == 403   ? "AccessDenied"
		 : trouble->status == 404 ? "NoSuchKey"
					  : "Error",
		 trouble->text);
	reply_text(&x->reply, trouble->status, "application/xml", text);
}

/* Whether the query is what image_url() wrote, and still holds. */
static bool signature_holds(const struct exchange *x)
{
	char policy[32], right[200], path[3 * CAPTURE_ROOM + 4];
	int64_t until_ms;

	if (!request_query(&x->request, "Policy", policy, sizeof(policy)))
		return false;
	until_ms = (int64_t)strtoull(policy, NULL, 16);
	snprintf(path, sizeof(path), "/%s/%s/%s", x->captures.text[0], x->captures.text[1],
		 x->captures.text[2]);
	snprintf(right, sizeof(right), "Policy=%s&Signature=%016llx&Key-Pair-Id=SIMULATOR", policy,
		 sign(path, policy));
	return strcmp(x->request.query, right) == 0 && until_ms > x->now_ms;
}

static bool is_moved(const struct exchange *x)
{
	return strncmp(x->request.path, "/moved/", 7) == 0;
}

/* The part of a picture's life that faults spoil instead. false: there is none. */
static bool be_wrong(struct exchange *x, const char *word)
{
	const char *query = x->request.query;

	if (strcmp(word, "html") == 0)
		reply_html(&x->reply, 200);
	else if (strcmp(word, "empty") == 0)
		reply_text(&x->reply, 200, "image/png", "");
	else if (strcmp(word, "missing") == 0)
		exchange_fail(x, 404, "The specified key does not exist.");
	else if (strcmp(word, "expired") == 0)
		exchange_fail(x, 403, "Access denied");
	else if (strcmp(word, "redirect-loop") == 0 ||
		 (strcmp(word, "redirect") == 0 && !is_moved(x))) {
		reply_text(&x->reply, 302, "text/plain", "");
		reply_header(&x->reply, "Location", "%s/moved/%s/%s/%s%s%s", x->world->image_origin,
			     x->captures.text[0], x->captures.text[1], x->captures.text[2],
			     query ? "?" : "", query ? query : "");
	} else
		return false;
	return true;
}

static void send_picture(struct exchange *x, const char *word)
{
	struct reply *reply = &x->reply;

	reply->status = 200;
	reply->type = "image/png";
	if (strcmp(word, "huge-header") == 0)
		png_add_header(&reply->body, HUGE_SIDE, HUGE_SIDE, PNG_PALETTE);
	else if (add_png(x, x->job, x->index, &reply->body) < 0)
		exchange_fail(x, 500, "Out of memory");
	if (strcmp(word, "truncated") == 0) {
		reply->sending = SEND_PART;
		reply->part = reply->body.size / 2;
	} else if (strcmp(word, "slow") == 0) {
		reply->sending = SEND_SLOWLY;
		reply->slow_ms = SLOW_MS;
	}
}

/* Whether the job has such a picture, now. */
static bool is_there(struct exchange *x)
{
	const char *name = x->captures.text[2];
	struct job_view view;

	if (!x->job || name[0] < '0' || name[0] > '9' || strcmp(name + 1, ".png") != 0)
		return false;
	x->index = (unsigned)(name[0] - '0');
	if (x->index >= x->job->count)
		return false;
	view = job_look(x->job, x->now_ms);
	return view.stage == JOB_DONE && !x->job->deleted &&
	       (x->request.query || view.rest_ms <= x->world->options->url_ttl_ms);
}

static void get_picture(struct exchange *x)
{
	const char *secret = request_secret_header(&x->request);
	const struct fault *fault = exchange_fault(x, FAULT_IMAGE);
	const char *word = fault ? fault->text : "";

	if (secret)
		exchange_fail(x, 400, "A key was sent to the image host: header %s", secret);
	else if (!is_there(x))
		exchange_fail(x, 404, "The specified key does not exist.");
	else if ((x->request.query || strcmp(x->captures.text[0], "scenario") == 0) &&
		 !signature_holds(x))
		exchange_fail(x, 403, "Access denied");
	else if (!be_wrong(x, word))
		send_picture(x, word);
}

/* clang-format off */
static const struct route routes[] = {
	{ "GET", "/moved/*/*/*", STEP_IMAGE, ROUTE_OPEN, get_picture },
	{ "GET", "/*/*/*", STEP_IMAGE, ROUTE_OPEN, get_picture },
};
/* clang-format on */

const struct provider image_host = {
	.name = "images",
	.base_path = "",
	.routes = routes,
	.route_count = sizeof(routes) / sizeof(routes[0]),
	.fail = fail,
};
