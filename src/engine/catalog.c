/* Transactions of the catalog and what all of them share: the history (a job's
 * log, the journal of all changes) and the rule that a run shows what its calls
 * are in. Notes are gathered while the transaction runs and told after its
 * commit, so no listener can see what a crash could take back. */
#include "engine/catalog.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "catalog_tx.h"
#include "io/store_calls.h"
#include "io/store_images.h"
#include "io/store_jobs.h"
#include "io/store_tree.h"
#include "job/job_json.h"
#include "job/journal.h"

int catalog_new(struct store *store, const struct rulebook *rulebook, struct catalog **ret_catalog)
{
	struct catalog *catalog = calloc(1, sizeof(*catalog));

	if (!catalog)
		return -ENOMEM;
	catalog->store = store;
	catalog->rulebook = rulebook;
	pthread_mutex_init(&catalog->owed_lock, NULL);
	*ret_catalog = catalog;
	return 0;
}

void catalog_free(struct catalog *catalog)
{
	if (!catalog)
		return;
	pthread_mutex_destroy(&catalog->owed_lock);
	free(catalog->owed);
	free(catalog);
}

void catalog_listen(struct catalog *catalog, note_fn *fn, void *arg)
{
	if (catalog->listener_count == LISTENERS_MAX)
		abort();
	catalog->listeners[catalog->listener_count].fn = fn;
	catalog->listeners[catalog->listener_count++].arg = arg;
}

/* ---- transactions ---- */

struct tx_call_state {
	struct tx tx;
	tx_fn *fn;
};

static int run_body(struct db *db, void *arg)
{
	struct tx_call_state *state = arg;

	state->tx.db = db;
	return state->fn(&state->tx);
}

void tx_tell(struct catalog *catalog, const struct note *note)
{
	for (size_t l = 0; l < catalog->listener_count; l++)
		catalog->listeners[l].fn(note, catalog->listeners[l].arg);
}

int tx_run(struct catalog *catalog, enum store_sync sync, tx_fn *fn, void *arg)
{
	int64_t now_ns = clock_wall_ns();
	struct tx_call_state state = {
		.tx = {
			.catalog = catalog,
			.now_ns = now_ns,
			.now_ms = now_ns / 1000000,
			.arg = arg,
		},
		.fn = fn,
	};
	int r = store_write(catalog->store, sync, run_body, &state);

	if (r == 0)
		for (size_t i = 0; i < state.tx.note_count; i++)
			tx_tell(catalog, &state.tx.notes[i]);
	free(state.tx.notes);
	return r;
}

int tx_note(struct tx *tx, struct note note)
{
	struct note *more = reallocarray(tx->notes, tx->note_count + 1, sizeof(*more));

	if (!more)
		return -ENOMEM;
	tx->notes = more;
	tx->notes[tx->note_count++] = note;
	return 0;
}

/* ---- history ---- */

int tx_log(struct tx *tx, int64_t job, int64_t run, const char *format, ...)
{
	CLEANUP(strbuf) struct strbuf line = STRBUF_EMPTY;
	CLEANUP(free_ptr) char *text = NULL;
	char when[CLOCK_TEXT_ROOM];
	va_list arguments;
	int size;

	va_start(arguments, format);
	size = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (size < 0) {
		text = NULL;
		return -ENOMEM;
	}
	strbuf_add_text(&line, clock_text(tx->now_ms, when, sizeof(when)));
	strbuf_add_char(&line, ' ');
	utf8_add_printable(&line, text, (size_t)size, PRINTABLE_LINE);
	strbuf_add_char(&line, '\n');
	if (strbuf_failed(&line))
		return -ENOMEM;
	return store_log_add(tx->db, job, run, line.bytes, line.size);
}

/* The journal line of a job, or of one of its runs, in `state`. */
static int add_event(struct tx *tx, const struct job *job, const struct run *run, enum state state)
{
	CLEANUP(strbuf) struct strbuf path = STRBUF_EMPTY;
	CLEANUP(strbuf) struct strbuf line = STRBUF_EMPTY;
	int r = store_path(tx->db, job->folder, &job->name, &path);

	if (r == 0)
		r = journal_line(tx->now_ms, &path, run ? run->number : 0, state,
				 run ? run->hold : HOLD_NONE, &line);
	return r < 0 ? r : store_event_add(tx->db, line.bytes, line.size);
}

enum { LEAP_MS = 1000 };

/* Who polls, or looks at mtime, knows a change by its time: no two in a row share one.
 * A clock that was set back is believed. */
static int64_t change_after(int64_t last_ms, int64_t now_ms)
{
	return last_ms >= now_ms && last_ms - now_ms < LEAP_MS ? last_ms + 1 : now_ms;
}

int tx_job_changed(struct tx *tx, int64_t id)
{
	struct job job;
	struct run run;
	int r = store_job_get(tx->db, id, &job);

	if (r == 0 && job.run)
		r = store_run_get(tx->db, job.run, &run);
	if (r == 0)
		r = add_event(tx, &job, job.run ? &run : NULL,
			      job_state(&job, job.run ? &run : NULL));
	if (r < 0)
		return r;
	job.changed_ms = change_after(job.changed_ms, tx->now_ms);
	r = store_job_update(tx->db, &job);
	return r < 0 ? r : tx_note(tx, (struct note){ .kind = NOTE_JOB, .job = id });
}

/* A run's own change: an earlier run, or one whose request is being written, is
 * not what the job shows. */
static int run_changed(struct tx *tx, const struct run *run)
{
	struct job job;
	int r = store_job_get(tx->db, run->job, &job);

	if (r == 0)
		r = add_event(tx, &job, run, run->state);
	if (r == 0 && job.run == run->id) {
		job.changed_ms = change_after(job.changed_ms, tx->now_ms);
		r = store_job_update(tx->db, &job);
	}
	return r < 0 ? r : tx_note(tx, (struct note){ .kind = NOTE_JOB, .job = job.id });
}

/* ---- runs show what their calls are in ---- */

enum { CALLS_MAX = COUNT_MAX, IMAGES_MAX = COUNT_MAX * 4 };

struct run_parts {
	struct call calls[CALLS_MAX];
	size_t call_count;
	struct image images[IMAGES_MAX];
	size_t image_count;
};

static int load_parts(struct tx *tx, int64_t run, struct run_parts *parts)
{
	int64_t number = 0;
	int r = 0;

	for (; r == 0 && parts->call_count < CALLS_MAX; parts->call_count++) {
		r = store_call_next(tx->db, run, number, &parts->calls[parts->call_count]);
		if (r < 0)
			break;
		number = parts->calls[parts->call_count].number;
	}
	if (r < 0 && r != -ENOENT)
		return r;
	number = 0;
	for (r = 0; r == 0 && parts->image_count < IMAGES_MAX; parts->image_count++) {
		r = store_image_next_of_run(tx->db, run, number,
					    &parts->images[parts->image_count]);
		if (r < 0)
			break;
		number = parts->images[parts->image_count].number;
	}
	return r < 0 && r != -ENOENT ? r : 0;
}

/* The first call that is as the run shows explains it; where some pictures came, the
 * first line says how many. */
static int compose_error(struct tx *tx, const struct run *run, const struct run_parts *parts,
			 struct strbuf *error)
{
	int64_t asked = 0;
	int r = 0;

	if (run->state != STATE_FAILED && run->state != STATE_HELD && run->state != STATE_CANCELLED)
		return 0;
	for (size_t i = 0; i < parts->call_count; i++)
		asked += parts->calls[i].count;
	if (parts->image_count)
		strbuf_addf(error, "%zu of %lld pictures: ", parts->image_count, (long long)asked);
	for (size_t i = 0; i < parts->call_count; i++)
		if (parts->calls[i].state == run->state && parts->calls[i].hold == run->hold) {
			r = store_call_text(tx->db, parts->calls[i].id, CALL_ERROR, error);
			break;
		}
	return r < 0 ? r : strbuf_failed(error) ? -ENOMEM : 0;
}

static int store_story(struct tx *tx, const struct run *run, const struct run_parts *parts,
		       const struct strbuf *error)
{
	CLEANUP(strbuf) struct strbuf prompt = STRBUF_EMPTY;
	CLEANUP(strbuf) struct strbuf params = STRBUF_EMPTY;
	CLEANUP(strbuf) struct strbuf json = STRBUF_EMPTY;
	struct job_story story = {
		.run = run,
		.error = strbuf_text(error),
		.calls = parts->calls,
		.call_count = parts->call_count,
		.images = parts->images,
		.image_count = parts->image_count,
	};
	int r = store_run_text(tx->db, run->id, RUN_PROMPT, &prompt);

	if (r == 0)
		r = store_run_text(tx->db, run->id, RUN_PARAMS, &params);
	story.prompt = strbuf_text(&prompt);
	story.params = strbuf_text(&params);
	if (r == 0)
		r = store_run_set_text(tx->db, run->id, RUN_ERROR, error->bytes, error->size);
	if (r == 0)
		r = job_json_build(&story, &json);
	return r < 0 ? r : store_run_set_text(tx->db, run->id, RUN_JSON, json.bytes, json.size);
}

/* A run that was rejected or interrupted has no calls; its state and error are
 * its own. */
static int follow_calls(struct tx *tx, struct run *run, const struct run_parts *parts,
			struct strbuf *error)
{
	enum state states[CALLS_MAX];

	if (!parts->call_count)
		return store_run_text(tx->db, run->id, RUN_ERROR, error);
	for (size_t i = 0; i < parts->call_count; i++)
		states[i] = parts->calls[i].state;
	run->state = state_of_calls(states, parts->call_count);
	run->hold = HOLD_NONE;
	for (size_t i = 0; i < parts->call_count; i++)
		if (run->state == STATE_HELD && parts->calls[i].state == STATE_HELD &&
		    (run->hold == HOLD_NONE || parts->calls[i].hold == HOLD_DOUBT))
			run->hold = parts->calls[i].hold;
	return compose_error(tx, run, parts, error);
}

int tx_refresh_run(struct tx *tx, int64_t id)
{
	CLEANUP(free_ptr) struct run_parts *parts = calloc(1, sizeof(*parts));
	CLEANUP(strbuf) struct strbuf error = STRBUF_EMPTY;
	struct run run, before;
	int r;

	if (!parts)
		return -ENOMEM;
	r = store_run_get(tx->db, id, &run);
	before = run;
	if (r == 0)
		r = load_parts(tx, id, parts);
	if (r == 0)
		r = follow_calls(tx, &run, parts, &error);
	if (r < 0)
		return r;
	run.changed_ms = tx->now_ms;
	run.finished_ms = state_ends(run.state) ? tx->now_ms : 0;
	r = store_run_update(tx->db, &run);
	if (r == 0)
		r = store_story(tx, &run, parts, &error);
	if (r < 0 || (before.json_size && before.state == run.state && before.hold == run.hold))
		return r;
	return run_changed(tx, &run);
}

/* ---- the whole ---- */

static int body_reloaded(struct tx *tx)
{
	int r = tx_release_held(tx, HOLD_NONE);

	return r < 0 ? r : tx_note(tx, (struct note){ .kind = NOTE_ALL });
}

int catalog_reloaded(struct catalog *catalog)
{
	return tx_run(catalog, STORE_LAZY, body_reloaded, NULL);
}

/* Nothing else than a day's limit is another one at midnight. */
static int body_new_day(struct tx *tx)
{
	return tx_release_held(tx, HOLD_LIMIT);
}

int catalog_new_day(struct catalog *catalog)
{
	return tx_run(catalog, STORE_LAZY, body_new_day, NULL);
}

/* A commit that changes nothing writes nothing, and so syncs nothing. */
static int body_sync(struct tx *tx)
{
	return store_setting_set(tx->db, "synced_ms", tx->now_ms);
}

int catalog_sync(struct catalog *catalog)
{
	return tx_run(catalog, STORE_SYNCED, body_sync, NULL);
}

static int body_pause(struct tx *tx)
{
	const enum pausing *pausing = tx->arg;
	int r = store_setting_set(tx->db, "paused", *pausing);

	return r < 0 ? r : tx_note(tx, (struct note){ .kind = NOTE_WORK });
}

/* What a person holds back must not be sent after a power cut. */
int catalog_pause(struct catalog *catalog, enum pausing pausing)
{
	return tx_run(catalog, pausing == PAUSE_ON ? STORE_SYNCED : STORE_LAZY, body_pause,
		      &pausing);
}

int catalog_is_paused(struct db *db)
{
	int64_t value;

	return store_setting_get(db, "paused", &value) == 0 && value;
}
