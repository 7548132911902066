/* Through the files that people read: status, error, cost, seed, log, job.json and the
 * pictures themselves. */
#include "case_mounted.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "job/job_json.h"
#include "job/journal.h"
#include "job/picture.h"

enum { TEXT_BYTES_MAX = 16 * 1024 * 1024, PICTURE_BYTES_MAX = 64 * 1024 * 1024 };

struct look {
	const struct case_file *file;
	const struct case_places *places;
	const char *mnt, *job;
	struct strbuf *complaints;
};

static int write_file(const char *path, const char *text)
{
	CLEANUP(close_fd) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	return fd < 0 ? -errno : file_write_all(fd, text, strlen(text));
}

int case_mounted_send(const struct case_file *file, const char *mnt, char **ret_job)
{
	const char *dot = strrchr(file->request_name, '.');
	char path[4096], job[CASE_NAME_MAX + 32];
	int r;

	snprintf(job, sizeof(job), "%s%s", file->name, dot ? dot : ".txt");
	snprintf(path, sizeof(path), "%s/requests/%s", mnt, job);
	r = write_file(path, file->request);
	if (r < 0)
		return r;
	*ret_job = strdup(job);
	return *ret_job ? 0 : -ENOMEM;
}

int case_mounted_tell(const char *mnt, const char *job, const char *word)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/jobs/%s/ctl", mnt, job);
	return write_file(path, word);
}

/* The file's text, allocated; "" (and a complaint) when it cannot be read. */
static char *read_text(const struct look *look, const char *name)
{
	char path[4096], *bytes;
	size_t size;
	int r;

	snprintf(path, sizeof(path), "%s/jobs/%s/%s", look->mnt, look->job, name);
	r = file_read(path, TEXT_BYTES_MAX, &bytes, &size);
	if (r < 0) {
		strbuf_addf(look->complaints, "%s: %s\n", name, strerror(-r));
		return strdup("");
	}
	return bytes;
}

static void expect_value(const struct look *look, const char *name, const char *want)
{
	CLEANUP(free_ptr) char *text = read_text(look, name);

	text[strcspn(text, "\n")] = '\0';
	if (strcmp(text, want) != 0)
		strbuf_addf(look->complaints, "%s is \"%s\", not \"%s\"\n", name, text, want);
}

/* Whether `part` is in the file, as it should be or not. */
static void expect_part(const struct look *look, const char *name, const char *part, bool there)
{
	CLEANUP(free_ptr) char *text = read_text(look, name);
	CLEANUP(strbuf) struct strbuf filled = STRBUF_EMPTY;

	case_fill(part, look->places, &filled);
	if ((strstr(text, strbuf_text(&filled)) != NULL) != there)
		strbuf_addf(look->complaints, "%s %s \"%s\": %.2000s\n", name,
			    there ? "does not say" : "says", strbuf_text(&filled), text);
}

static void check_hold(const struct look *look)
{
	CLEANUP(strbuf) struct strbuf line = STRBUF_EMPTY;
	char path[4096];
	char *events;
	const char *last = NULL, *next;
	size_t size;

	snprintf(path, sizeof(path), "%s/events", look->mnt);
	if (file_read(path, TEXT_BYTES_MAX, &events, &size) < 0) {
		strbuf_add_text(look->complaints, "events cannot be read\n");
		return;
	}
	strbuf_addf(&line, "\"job\":\"%s\",", look->job);
	for (next = events; (next = strstr(next, strbuf_text(&line))); next++)
		last = next;
	strbuf_clear(&line);
	strbuf_addf(&line, "\"reason\":\"%s\"", hold_word(look->file->end.hold));
	next = last ? strstr(last, strbuf_text(&line)) : NULL;
	if (!next || next > last + strcspn(last, "\n"))
		strbuf_addf(look->complaints, "it is not held for \"%s\": %.*s\n",
			    hold_word(look->file->end.hold), last ? (int)strcspn(last, "\n") : 0,
			    last ? last : "");
	free(events);
}

static void check_texts(const struct look *look)
{
	static const char *const shown[] = { "error",        "log",           "job.json",
					     "request.json", "response.json", "params.json" };
	const struct case_end *end = &look->file->end;

	if (end->state == STATE_DONE)
		expect_value(look, "error", "");
	for (size_t i = 0; i < end->error_count; i++)
		expect_part(look, "error", end->errors[i], true);
	for (size_t i = 0; i < end->log_count; i++)
		expect_part(look, "log", end->logs[i], true);
	for (size_t i = 0; i < end->unsaid_count; i++)
		for (size_t k = 0; k < 2; k++)
			expect_part(look, shown[k], end->unsaid[i], false);
	/* The key is nowhere, whatever came; nor is what the header makes of it. */
	for (size_t k = 0; k < sizeof(shown) / sizeof(shown[0]); k++) {
		expect_part(look, shown[k], look->file->key, false);
		expect_part(look, shown[k], strchr(look->file->authorization, ' ') + 1, false);
	}
}

static void check_values(const struct look *look)
{
	const struct case_end *end = &look->file->end;

	expect_value(look, "status", state_word(end->state));
	if (end->cost_micro >= 0) {
		CLEANUP(strbuf) struct strbuf cost = STRBUF_EMPTY;

		cost_text(end->cost_micro, &cost);
		expect_value(look, "cost", strbuf_text(&cost));
	}
	if (end->state == STATE_HELD)
		check_hold(look);
}

static void check_picture(const struct look *look, const char *path)
{
	struct picture picture;
	struct diag diag = { 0 };
	char *bytes;
	size_t size;
	int r = file_read(path, PICTURE_BYTES_MAX, &bytes, &size);

	if (r < 0) {
		strbuf_addf(look->complaints, "%s: %s\n", path, strerror(-r));
		return;
	}
	if (picture_check((const uint8_t *)bytes, size, &picture, &diag) < 0)
		strbuf_addf(look->complaints, "%s: %s\n", path, diag.text);
	free(bytes);
}

static void check_pictures(const struct look *look)
{
	const struct case_end *end = &look->file->end;
	glob_t found = { 0 };
	char pattern[4096];
	int r;

	snprintf(pattern, sizeof(pattern), "%s/jobs/%s/images/*", look->mnt, look->job);
	r = glob(pattern, 0, NULL, &found);
	if (end->pictures >= 0 && (r == 0 ? (int64_t)found.gl_pathc : 0) != end->pictures)
		strbuf_addf(look->complaints, "%zu pictures, not %" PRId64 "\n",
			    r == 0 ? found.gl_pathc : 0, end->pictures);
	for (size_t i = 0; r == 0 && i < found.gl_pathc; i++)
		check_picture(look, found.gl_pathv[i]);
	globfree(&found);
}

static unsigned number_of(const cJSON *object, const char *name)
{
	const cJSON *number = cJSON_GetObjectItemCaseSensitive(object, name);

	return cJSON_IsNumber(number) ? (unsigned)number->valuedouble : 0;
}

/* The pictures in their order, and the seed that was used. */
static void check_json(const struct look *look)
{
	CLEANUP(free_ptr) char *text = read_text(look, "job.json");
	cJSON *json = cJSON_Parse(text), *image;
	const cJSON *call = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(json, "calls"), 0);
	int64_t seed = look->file->end.seed;
	unsigned unsafe = 0;
	size_t i = 0;

	if (seed >= 0 && number_of(call, "seed") != seed)
		strbuf_addf(look->complaints, "the call's seed is %u, not %" PRId64 "\n",
			    number_of(call, "seed"), seed);

	cJSON_ArrayForEach(image, cJSON_GetObjectItemCaseSensitive(json, "images"))
	{
		unsigned width = number_of(image, "width"), height = number_of(image, "height");

		unsafe += cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(image, "unsafe"));
		i++;
		if (!case_size_fits(&look->file->end, i - 1, width, height))
			strbuf_addf(look->complaints, "picture %zu is %ux%u\n", i, width, height);
	}
	if (!json || unsafe != look->file->end.unsafe)
		strbuf_addf(look->complaints, "job.json has %u pictures flagged, not %u\n", unsafe,
			    look->file->end.unsafe);
	cJSON_Delete(json);
}

void case_mounted_check(const struct case_file *file, const struct case_places *places,
			const char *mnt, const char *job, struct strbuf *complaints)
{
	struct look look = { file, places, mnt, job, complaints };

	check_values(&look);
	check_texts(&look);
	check_pictures(&look);
	check_json(&look);
}
