/* A catalog over a real store, with a painter that exists on paper only: the
 * test plays the user, the kernel, the engine and the painter. */
#ifndef EASELFS_TESTS_CATALOG_STAGE_H
#define EASELFS_TESTS_CATALOG_STAGE_H

#include "engine/catalog.h"
#include "store_stage.h"

enum { STAGE_NOTES_MAX = 4096, STAGE_CALL_COUNT = 2 /* pictures a call at most */ };

struct catalog_stage {
	struct store_stage *base;
	struct catalog *catalog;
	struct rulebook *rulebook;
	struct params defaults;
	struct note notes[STAGE_NOTES_MAX]; /* told since stage_forget_notes() */
	size_t note_count;
	int64_t events_seen;
	bool (*is_written)(void *arg, int64_t file); /* what renames ask; NULL: nobody */
	void *is_written_arg;
};

/* Lives for one test. */
extern struct catalog_stage stage;

int stage_set_up(void **state);
int stage_tear_down(void **state);
/* The daemon dies and another one starts. */
void stage_restart(void);
/* "painter" knows the parameters; "plain" has no count; "steady" cannot cancel either. */
void stage_default(enum param param, const char *value);

#define STAGE_ROW(name) cmocka_unit_test_setup_teardown(name, stage_set_up, stage_tear_down)

/* ---- the user ---- */

int64_t stage_create(int64_t folder, const char *name); /* a file, still open */
/* Saves `text` as the whole content of an open file. */
void stage_save(int64_t file, const char *text);
/* Begins a change, saves, closes. */
void stage_write(int64_t file, const char *text);
/* Settles until the store is content. */
void stage_settle(int64_t file);
/* Creates, saves, closes and settles; the file. */
int64_t stage_request(int64_t folder, const char *name, const char *text);
int64_t stage_folder(int64_t parent, const char *name);
/* 0 or -errno. */
int stage_move(int64_t from_folder, const char *from, int64_t to_folder, const char *to);
int stage_move_flags(int64_t from_folder, const char *from, int64_t to_folder, const char *to,
		     unsigned flags);
int stage_unlink(int64_t folder, const char *name);
/* Forgets the job; its request, or 0. */
int64_t stage_forget(int64_t job);

/* ---- the store ---- */

struct file stage_file(int64_t id);
bool stage_has_file(int64_t id);
struct folder stage_folder_of(int64_t id);
struct job stage_job(int64_t id);
int64_t stage_job_of(int64_t file);                     /* 0: scratch */
int64_t stage_job_at(int64_t folder, const char *name); /* 0: none */
struct run stage_run(int64_t job);                      /* the newest; id 0: none */
struct run stage_run_number(int64_t job, int64_t number);
int stage_run_count(int64_t job);
enum state stage_state(int64_t id);
struct call stage_call(int64_t job, int64_t number); /* of the newest run */
struct call stage_call_of(int64_t run, int64_t number);
int stage_call_count(int64_t job);
struct image stage_image(int64_t id);
/* The text of the newest run; the next call reuses the memory. */
const char *stage_text(int64_t job, enum run_text text);
const char *stage_log(int64_t job);

/* ---- the engine ---- */

/* 0 or -errno. */
int stage_event(int64_t call, enum event event);
int stage_hold(int64_t call, enum hold hold);
/* Brings every call of the newest run, all queued, to the state. */
void stage_drive(int64_t job, enum state state, enum hold hold);
/* A request at `name` (its text is x where there is a choice) whose job is in the state. */
int64_t stage_job_in(const char *name, enum state state, enum hold hold);
/* Records `count` pictures of the call; the id of the first. */
int64_t stage_pictures(int64_t call, size_t count);

/* ---- what was told ---- */

void stage_forget_notes(void);
/* How many notes of the kind; `id` 0: of any. */
int stage_noted(enum note_kind kind, int64_t id);
/* The states in `events` since the last time this was asked: "writing queued". */
const char *stage_events(void);

#endif
