/* Helpers that fail the test where they do not succeed; what a test wants to see
 * fail returns its -errno instead. */
#include "catalog_stage.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "io/store_calls.h"
#include "io/store_jobs.h"
#include "io/store_tree.h"

struct catalog_stage stage;
static struct strbuf last_text;

static const char painter_ini[] =
	"[provider]\ntitle = Painter\ncommand = paint {prompt} {seed} {width} {height}\n"
	"[accepts]\nseed = 0..2147483647\ncount = 1..2\n"
	"width = 64..1024 step 8\nheight = 64..1024 step 8\n"
	"[model sketch]\nid = sketch-1\n[model oil]\nid = oil-2\n";
static const char steady_ini[] = "[provider]\nbase_url = https://a.example.com\nauth = none\n"
				 "[body]\n/prompt = {prompt}\n"
				 "[submit]\nrequest = POST /a\nid = /id\n"
				 "[poll]\nrequest = GET /a/{id}\nstate = /state\n"
				 "[states]\ndone = done\n"
				 "[result]\nimages = /images/*\n";
static const char plain_ini[] = "[provider]\ntitle = Plain\ncommand = paint {prompt}\n";

static int write_profile(const char *name, const char *text)
{
	CLEANUP(free_ptr) char *path = file_join(stage.base->dir, name);
	FILE *file = path ? fopen(path, "w") : NULL;

	if (!file)
		return -1;
	fputs(text, file);
	return fclose(file);
}

/* The rules that the test's defaults make. */
static int load_rules(struct rules *ret_rules)
{
	const char *folders[] = { stage.base->dir };
	struct diag diag;
	int r = config_defaults(&ret_rules->config, &diag);

	if (r < 0)
		return r;
	free(ret_rules->config.provider);
	ret_rules->config.provider = strdup("painter");
	r = params_copy(&stage.defaults, &ret_rules->config.defaults);
	return r < 0 ? r : profile_set_load(folders, 1, &ret_rules->profiles);
}

static void on_note(const struct note *note, void *arg)
{
	struct catalog_stage *listening = arg;

	assert_true(listening->note_count < STAGE_NOTES_MAX);
	listening->notes[listening->note_count++] = *note;
}

static int make_catalog(void)
{
	int r = catalog_new(stage.base->store, stage.rulebook, &stage.catalog);

	if (r == 0)
		catalog_listen(stage.catalog, on_note, &stage);
	return r;
}

int stage_set_up(void **state)
{
	struct rules rules = { .profiles = { .count = 0 } };

	stage = (struct catalog_stage){ 0 };
	setenv("HOME", "/", 1);
	if (store_stage_set_up(state) < 0)
		return -1;
	stage.base = *state;
	if (write_profile("painter.ini", painter_ini) < 0 ||
	    write_profile("plain.ini", plain_ini) < 0 ||
	    write_profile("steady.ini", steady_ini) < 0 || load_rules(&rules) < 0)
		return -1;
	stage.rulebook = rulebook_new(&rules);
	return make_catalog();
}

int stage_tear_down(void **state)
{
	catalog_free(stage.catalog);
	rulebook_free(stage.rulebook);
	params_done(&stage.defaults);
	strbuf_done(&last_text);
	return store_stage_tear_down(state);
}

void stage_restart(void)
{
	catalog_free(stage.catalog);
	store_stage_reopen(stage.base);
	stage.note_count = 0;
	assert_int_equal(make_catalog(), 0);
	assert_int_equal(catalog_recover(stage.catalog), 0);
}

void stage_default(enum param param, const char *value)
{
	struct rules rules = { .profiles = { .count = 0 } };

	free(stage.defaults.value[param]);
	stage.defaults.value[param] = value ? strdup(value) : NULL;
	assert_int_equal(load_rules(&rules), 0);
	assert_int_equal(rulebook_replace(stage.rulebook, &rules), 0);
}

/* ---- the user ---- */

static const struct owner owner = { .mode = 0600, .uid = -1, .gid = -1 };

int64_t stage_create(int64_t folder, const char *name)
{
	struct name its_name = named(name);
	struct file file;

	assert_int_equal(catalog_create(stage.catalog, folder, &its_name, &owner, &file), 0);
	return file.id;
}

struct text_bytes {
	const char *text;
	int64_t size, at;
};

static bool next_chunk(void *arg, int64_t *ret_n, const void **ret_bytes, size_t *ret_size)
{
	struct text_bytes *bytes = arg;
	int64_t left = bytes->size - bytes->at;

	if (left <= 0)
		return false;
	*ret_n = bytes->at / CHUNK_SIZE;
	*ret_bytes = bytes->text + bytes->at;
	*ret_size = left < CHUNK_SIZE ? (size_t)left : CHUNK_SIZE;
	bytes->at += CHUNK_SIZE;
	return true;
}

void stage_save(int64_t file, const char *text)
{
	struct text_bytes its_bytes = { .text = text, .size = (int64_t)strlen(text) };
	const struct file_bytes bytes = { .size = its_bytes.size,
					  .cut = 0,
					  .mtime_ns = 1,
					  .next = next_chunk,
					  .arg = &its_bytes };

	assert_int_equal(catalog_save(stage.catalog, file, STORE_LAZY, &bytes), 0);
}

void stage_write(int64_t file, const char *text)
{
	assert_int_equal(catalog_begin_change(stage.catalog, file, NULL), 0);
	stage_save(file, text);
	assert_int_equal(catalog_close(stage.catalog, file, true), 0);
}

void stage_settle(int64_t file)
{
	assert_int_equal(catalog_settle(stage.catalog, file), 0);
}

int64_t stage_request(int64_t folder, const char *name, const char *text)
{
	int64_t file = stage_create(folder, name);

	stage_save(file, text);
	assert_int_equal(catalog_close(stage.catalog, file, true), 0);
	stage_settle(file);
	return file;
}

int64_t stage_folder(int64_t parent, const char *name)
{
	struct name its_name = named(name);
	struct folder folder;

	assert_int_equal(catalog_make_folder(stage.catalog, parent, &its_name, &owner, &folder), 0);
	return folder.id;
}

int stage_move_flags(int64_t from_folder, const char *from, int64_t to_folder, const char *to,
		     unsigned flags)
{
	struct name from_name = named(from), to_name = named(to);
	const struct move move = {
		.from_folder = from_folder,
		.to_folder = to_folder,
		.from = &from_name,
		.to = &to_name,
		.flags = flags,
		.is_written = stage.is_written,
		.arg = stage.is_written_arg,
	};
	int64_t replaced;

	return catalog_move(stage.catalog, &move, &replaced);
}

int stage_move(int64_t from_folder, const char *from, int64_t to_folder, const char *to)
{
	return stage_move_flags(from_folder, from, to_folder, to, 0);
}

int stage_unlink(int64_t folder, const char *name)
{
	struct name its_name = named(name);
	int64_t file;

	return catalog_unlink(stage.catalog, folder, &its_name, KEEP_NONE, &file);
}

int64_t stage_forget(int64_t job)
{
	int64_t file;

	assert_int_equal(catalog_forget(stage.catalog, job, &file), 0);
	return file;
}

/* ---- the store ---- */

static struct db *reading(void)
{
	struct db *db = store_read_begin(stage.base->store);

	assert_non_null(db);
	return db;
}

#define GET(what, record)                                                                          \
	CLEANUP(store_read) struct db *db = reading();                                             \
	struct what record;                                                                        \
	assert_int_equal(store_##what##_get(db, id, &(record)), 0);                                \
	return record

struct file stage_file(int64_t id)
{
	GET(file, file);
}

struct folder stage_folder_of(int64_t id)
{
	GET(folder, folder);
}

struct job stage_job(int64_t id)
{
	GET(job, job);
}

struct image stage_image(int64_t id)
{
	GET(image, image);
}

bool stage_has_file(int64_t id)
{
	CLEANUP(store_read) struct db *db = reading();
	struct file file;

	return store_file_get(db, id, &file) == 0;
}

int64_t stage_job_of(int64_t file)
{
	return stage_file(file).job;
}

int64_t stage_job_at(int64_t folder, const char *name)
{
	CLEANUP(store_read) struct db *db = reading();
	struct name its_name = named(name);
	struct job job;

	return store_job_find(db, folder, &its_name, &job) == 0 ? job.id : 0;
}

struct run stage_run(int64_t job)
{
	CLEANUP(store_read) struct db *db = reading();
	struct run run = { 0 };
	struct job its;

	assert_int_equal(store_job_get(db, job, &its), 0);
	if (its.run)
		assert_int_equal(store_run_get(db, its.run, &run), 0);
	return run;
}

struct run stage_run_number(int64_t job, int64_t number)
{
	CLEANUP(store_read) struct db *db = reading();
	struct run run;

	assert_int_equal(store_run_find(db, job, number, &run), 0);
	return run;
}

int stage_run_count(int64_t job)
{
	CLEANUP(store_read) struct db *db = reading();
	struct run run = { 0 };
	int count = 0;

	while (store_run_next(db, job, run.number, &run) == 0)
		count++;
	return count;
}

enum state stage_state(int64_t id)
{
	struct job job = stage_job(id);
	struct run run = stage_run(id);

	return job_state(&job, run.id ? &run : NULL);
}

struct call stage_call_of(int64_t run, int64_t number)
{
	CLEANUP(store_read) struct db *db = reading();
	struct call call;

	assert_int_equal(store_call_next(db, run, number - 1, &call), 0);
	assert_int_equal(call.number, number);
	return call;
}

struct call stage_call(int64_t job, int64_t number)
{
	return stage_call_of(stage_job(job).run, number);
}

int stage_call_count(int64_t job)
{
	CLEANUP(store_read) struct db *db = reading();
	struct call call = { 0 };
	struct job its;
	int count = 0;

	assert_int_equal(store_job_get(db, job, &its), 0);
	while (store_call_next(db, its.run, call.number, &call) == 0)
		count++;
	return count;
}

const char *stage_text(int64_t job, enum run_text text)
{
	CLEANUP(store_read) struct db *db = reading();
	struct job its;

	assert_int_equal(store_job_get(db, job, &its), 0);
	strbuf_clear(&last_text);
	assert_int_equal(store_run_text(db, its.run, text, &last_text), 0);
	return strbuf_text(&last_text);
}

const char *stage_log(int64_t job)
{
	CLEANUP(store_read) struct db *db = reading();
	char bytes[4096];
	int64_t size = store_log_read(db, job, 0, bytes, sizeof(bytes));

	assert_true(size >= 0);
	strbuf_clear(&last_text);
	strbuf_add(&last_text, bytes, (size_t)size);
	return strbuf_text(&last_text);
}

/* ---- the engine ---- */

int stage_event(int64_t call, enum event event)
{
	const struct call_news news = CALL_NEWS(event);

	return catalog_call(stage.catalog, call, &news);
}

int stage_hold(int64_t call, enum hold hold)
{
	struct call_news news = CALL_NEWS(EVENT_HELD);

	news.hold = hold;
	news.error = "why\n";

	return catalog_call(stage.catalog, call, &news);
}

static void drive_call(int64_t call, enum state state, enum hold hold)
{
	static const enum event ways[STATES][4] = {
		[STATE_QUEUED] = { EVENTS },
		[STATE_SUBMITTING] = { EVENT_SENT, EVENTS },
		[STATE_RUNNING] = { EVENT_SENT, EVENT_ACCEPTED, EVENTS },
		[STATE_FETCHING] = { EVENT_SENT, EVENT_PICTURES, EVENTS },
		[STATE_DONE] = { EVENT_SENT, EVENT_PICTURES, EVENT_PUBLISHED, EVENTS },
		[STATE_FAILED] = { EVENT_SENT, EVENT_REFUSED, EVENTS },
		[STATE_CANCELLED] = { EVENT_CANCELLED, EVENTS },
		[STATE_HELD] = { EVENTS },
	};

	/* Doubt and lateness come after sending. */
	if (hold == HOLD_DOUBT || hold == HOLD_OVERDUE)
		assert_int_equal(stage_event(call, EVENT_SENT), 0);
	if (hold == HOLD_OVERDUE)
		assert_int_equal(stage_event(call, EVENT_ACCEPTED), 0);
	if (state == STATE_HELD)
		assert_int_equal(stage_hold(call, hold), 0);
	for (size_t i = 0; i < 4 && ways[state][i] != EVENTS; i++)
		assert_int_equal(stage_event(call, ways[state][i]), 0);
}

void stage_drive(int64_t job, enum state state, enum hold hold)
{
	for (int number = 1; number <= stage_call_count(job); number++)
		drive_call(stage_call(job, number).id, state, hold);
	assert_int_equal(stage_run(job).state, state);
	assert_int_equal(stage_run(job).hold, hold);
}

int64_t stage_pictures(int64_t call, size_t count)
{
	CLEANUP(store_read) struct db *db = NULL;
	static const struct blob blob = { .place = "2026-11-21/x.png",
					  .size = 100,
					  .disk_blocks = 8,
					  .sha256 = "beef",
					  .picture = { PICTURE_PNG, 3, 4 } };
	struct new_image images[8];
	struct image image;
	int64_t before = 0, r;

	for (size_t i = 0; i < count; i++)
		images[i] = (struct new_image){ .blob = &blob };
	db = reading();
	while (store_image_next_of_call(db, call, before, &image) == 0)
		before = image.id;
	store_read_end(db);
	db = NULL;
	r = catalog_add_images(stage.catalog, call, images, count, NULL);
	assert_int_equal(r, 0);
	db = reading();
	assert_int_equal(store_image_next_of_call(db, call, before, &image), 0);
	return image.id;
}

/* ---- what was told ---- */

void stage_forget_notes(void)
{
	stage.note_count = 0;
}

int stage_noted(enum note_kind kind, int64_t id)
{
	int count = 0;

	for (size_t i = 0; i < stage.note_count; i++) {
		const struct note *note = &stage.notes[i];

		count += note->kind == kind && (!id || note->job == id || note->file == id ||
						note->image == id || note->call == id);
	}
	return count;
}

const char *stage_events(void)
{
	static const char before[] = "\"status\":\"";
	CLEANUP(store_read) struct db *db = reading();
	char bytes[16384];
	int64_t size = store_event_read(db, stage.events_seen, bytes, sizeof(bytes) - 1);

	assert_true(size >= 0 && size < (int64_t)sizeof(bytes) - 1);
	bytes[size] = '\0';
	stage.events_seen += size;
	strbuf_clear(&last_text);
	for (char *at = bytes; (at = strstr(at, before));) {
		at += strlen(before);
		if (last_text.size)
			strbuf_add_char(&last_text, ' ');
		strbuf_add(&last_text, at, strcspn(at, "\""));
	}
	return strbuf_text(&last_text);
}

int64_t stage_job_in(const char *name, enum state state, enum hold hold)
{
	static const char *const texts[STATES] = { [STATE_EMPTY] = " ", [STATE_REJECTED] = "\xFF" };
	int64_t file, job;

	if (state == STATE_WRITING)
		return stage_job_of(stage_create(FOLDER_REQUESTS, name));
	if (hold == HOLD_INTERRUPTED) {
		file = stage_create(FOLDER_REQUESTS, name);
		stage_save(file, "x");
		stage_restart();
		return stage_job_of(file);
	}
	file = stage_request(FOLDER_REQUESTS, name, texts[state] ? texts[state] : "x");
	job = stage_job_of(file);
	if (!texts[state])
		stage_drive(job, state, hold);
	return job;
}
