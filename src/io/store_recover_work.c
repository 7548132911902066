/* No work goes on by itself after a repair: what a row says of a call may be older than
 * what happened, so whatever was on its way waits for a person. A call that was never
 * sent waits as an interrupted request does; all others are in doubt. Runs say what
 * their calls are in, as the catalog would have them say. */
#include "io/store_recover.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/strbuf.h"
#include "io/store_calls.h"
#include "io/store_images.h"
#include "io/store_jobs.h"
#include "io/store_tree.h"
#include "job/job_json.h"
#include "job/journal.h"
#include "job/params.h"
#include "store_recover_private.h"

static const char waits_text[] =
	"the store was damaged and rebuilt while this waited to be sent; write \"retry\" to ctl "
	"to send what is there\n";
static const char doubt_text[] =
	"the store was damaged and rebuilt while this was under way: whether the provider has it "
	"cannot be known, and it may have been paid. It is not sent again by itself; "
	"\"echo resend > ctl\" sends it again and may pay twice.\n";
static const char lost_text[] =
	"the store was damaged and rebuilt, and what became of this is lost: it may have been sent "
	"and paid. It is not sent again by itself; \"echo resend > ctl\" sends what is there and "
	"may pay twice.\n";
static const char known_text[] =
	"the store was damaged and rebuilt while the provider had this request: it is asked "
	"about it again, seldom, and at once after \"echo retry > ctl\". Nothing is sent again.\n";

/* ---- calls ---- */

/* Pictures that are safe on disk are what was waited for; `loss` says that others are gone.
 * Those of a download are recorded together: where one was not shown yet, all had come. Where
 * all were shown and some are missing, the rest was being fetched. */
static int finish_fetched(struct db *db)
{
	int r = db_run(db,
		       "UPDATE call SET state = iif(loss, ?, ?), hold = 0 WHERE state = ? AND"
		       " ((SELECT count(*) FROM image WHERE image.call = call.id"
		       "   AND folder IS NOT NULL) >= count"
		       "  OR id IN (SELECT call FROM image WHERE folder IS NOT NULL"
		       "   AND announced = 0))",
		       "iii", (int64_t)STATE_FAILED, (int64_t)STATE_DONE, (int64_t)STATE_FETCHING);

	if (r == 0)
		r = db_run(db, "UPDATE image SET announced = 1 WHERE announced <> 1", "");
	return r < 0 ? r
		     : db_run(db,
			      "UPDATE folder SET present = 1 WHERE id IN (WITH RECURSIVE above(id) "
			      "AS"
			      " (SELECT folder FROM image WHERE folder IS NOT NULL UNION"
			      "  SELECT parent FROM folder, above WHERE folder.id = above.id"
			      "  AND parent IS NOT NULL) SELECT id FROM above)",
			      "");
}

/* `waits` is where no intent was ever recorded, and none can be missing. What is in doubt already
 * stays as it is. */
static int list_unfinished(struct db *db, enum rows_age age)
{
	int r = db_run(db, "CREATE TEMP TABLE unfinished(call INTEGER PRIMARY KEY, run, waits)",
		       "");

	return r < 0 ? r
		     : db_run(db,
			      "INSERT INTO temp.unfinished SELECT id, run,"
			      " ?8 AND attempt = 0 AND remote_id IS NULL AND"
			      "  (state = ?1 OR (state = ?2 AND hold NOT IN (?3, ?4)))"
			      " FROM call WHERE state NOT IN (?5, ?6, ?7)"
			      " AND NOT (state = ?2 AND hold = ?3)",
			      "iiiiiiii", (int64_t)STATE_QUEUED, (int64_t)STATE_HELD,
			      (int64_t)HOLD_DOUBT, (int64_t)HOLD_OVERDUE, (int64_t)STATE_DONE,
			      (int64_t)STATE_FAILED, (int64_t)STATE_CANCELLED,
			      (int64_t)(age == ROWS_ARE_NEWEST));
}

/* To judge a request again needs the request, and a run of which nothing was done yet. */
static int doubt_what_cannot_wait(struct db *db)
{
	return db_run(db,
		      "UPDATE temp.unfinished SET waits = 0 WHERE waits AND"
		      " (run IN (SELECT run FROM temp.unfinished WHERE NOT waits)"
		      "  OR run IN (SELECT run FROM call WHERE id NOT IN"
		      "   (SELECT call FROM temp.unfinished))"
		      "  OR run IN (SELECT run FROM image)"
		      "  OR run NOT IN (SELECT run.id FROM run JOIN file ON file.job = run.job))",
		      "");
}

/* What a provider has an id of is overdue: asked about seldom, and fetched when it is
 * there, which sends nothing that could be paid for. The rest is in doubt. */
static int hold_calls(struct db *db, int64_t now_ms)
{
	return db_run(db,
		      "UPDATE call SET state = ?1, wish = 0, process = 0, changed_ms = ?2,"
		      " hold = iif(waits, ?3, iif(remote_id IS NULL, ?4, ?5)),"
		      " error = CAST(iif(waits, ?6, iif(remote_id IS NULL, ?7, ?8)) AS BLOB)"
		      " FROM temp.unfinished WHERE unfinished.call = call.id",
		      "iiiiittt", (int64_t)STATE_HELD, now_ms, (int64_t)HOLD_INTERRUPTED,
		      (int64_t)HOLD_DOUBT, (int64_t)HOLD_OVERDUE, waits_text, doubt_text,
		      known_text);
}

/* ---- runs ---- */

enum { CALLS_MAX = COUNT_MAX, IMAGES_MAX = COUNT_MAX * 4 };

struct parts {
	struct call calls[CALLS_MAX];
	size_t call_count;
	struct image images[IMAGES_MAX];
	size_t image_count;
};

static int load_parts(struct db *db, int64_t run, struct parts *parts)
{
	int64_t number = INT64_MIN;
	int r = 0;

	memset(parts, 0, sizeof(*parts));
	while (parts->call_count < CALLS_MAX &&
	       (r = store_call_next(db, run, number, &parts->calls[parts->call_count])) == 0)
		number = parts->calls[parts->call_count++].number;
	if (r < 0 && r != -ENOENT)
		return r;
	r = 0;
	number = INT64_MIN;
	while (parts->image_count < IMAGES_MAX &&
	       (r = store_image_next_of_run(db, run, number, &parts->images[parts->image_count])) ==
		       0)
		number = parts->images[parts->image_count++].number;
	return r == -ENOENT ? 0 : r;
}

/* The first call that is held as the run is, or failed, whose text explains it; NULL: none. */
static const struct call *follow_calls(struct run *run, const struct parts *parts)
{
	enum state states[CALLS_MAX];
	const struct call *guilty = NULL;

	for (size_t i = 0; i < parts->call_count; i++)
		states[i] = parts->calls[i].state;
	run->state = state_of_calls(states, parts->call_count);
	run->hold = HOLD_NONE;
	for (size_t i = 0; run->state == STATE_HELD && i < parts->call_count; i++) {
		if (parts->calls[i].state != STATE_HELD)
			continue;
		if (guilty && (run->hold == HOLD_DOUBT || parts->calls[i].hold != HOLD_DOUBT))
			continue;
		guilty = &parts->calls[i];
		run->hold = guilty->hold;
	}
	for (size_t i = 0; run->state == STATE_FAILED && !guilty && i < parts->call_count; i++)
		if (parts->calls[i].state == STATE_FAILED)
			guilty = &parts->calls[i];
	return guilty;
}

/* The history of a run that is held now, and the journal. */
static int add_history(struct db *db, const struct run *run, int64_t now_ms)
{
	CLEANUP(strbuf) struct strbuf line = STRBUF_EMPTY;
	CLEANUP(strbuf) struct strbuf path = STRBUF_EMPTY;
	char when[CLOCK_TEXT_ROOM];
	struct job job;
	int r = store_job_get(db, run->job, &job);

	strbuf_addf(&line, "%s held: the store was damaged and rebuilt\n",
		    clock_text(now_ms, when, sizeof(when)));
	if (r == 0)
		r = strbuf_failed(&line)
			    ? -ENOMEM
			    : store_log_add(db, run->job, run->id, line.bytes, line.size);
	if (r == 0)
		r = store_path(db, job.folder, &job.name, &path);
	strbuf_clear(&line);
	if (r == 0)
		r = journal_line(now_ms, &path, run->number, run->state, run->hold, &line);
	return r < 0 ? r : store_event_add(db, line.bytes, line.size);
}

static int write_run(struct db *db, struct run *run, const struct parts *parts,
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
	int r = store_run_update(db, run);

	if (r == 0)
		r = store_run_text(db, run->id, RUN_PROMPT, &prompt);
	if (r == 0)
		r = store_run_text(db, run->id, RUN_PARAMS, &params);
	story.prompt = strbuf_text(&prompt);
	story.params = strbuf_text(&params);
	if (r == 0)
		r = store_run_set_text(db, run->id, RUN_ERROR, error->bytes, error->size);
	if (r == 0)
		r = job_json_build(&story, &json);
	return r < 0 ? r : store_run_set_text(db, run->id, RUN_JSON, json.bytes, json.size);
}

/* A run without calls that was held before it was judged stays so, unless it may have gone
 * on since; another one lost them. */
static int mend_run(struct db *db, int64_t id, enum rows_age age, int64_t now_ms,
		    struct parts *parts)
{
	CLEANUP(strbuf) struct strbuf error = STRBUF_EMPTY;
	const struct call *guilty = NULL;
	struct run run;
	int r = store_run_get(db, id, &run);

	if (r == 0)
		r = load_parts(db, id, parts);
	if (r < 0)
		return r;
	if (parts->call_count) {
		guilty = follow_calls(&run, parts);
	} else if (run.state != STATE_HELD || run.hold != HOLD_INTERRUPTED ||
		   age == ROWS_MAY_BE_OLD) {
		run.state = STATE_HELD;
		run.hold = HOLD_DOUBT;
		strbuf_add_text(&error, lost_text);
	}
	run.changed_ms = now_ms;
	if (!state_ends(run.state))
		run.finished_ms = 0;
	else if (!run.finished_ms)
		run.finished_ms = now_ms;
	if (guilty && (run.state == STATE_HELD || !run.error_size))
		r = store_call_text(db, guilty->id, CALL_ERROR, &error);
	else if (!error.size)
		r = store_run_text(db, id, RUN_ERROR, &error);
	if (r == 0)
		r = strbuf_failed(&error) ? -ENOMEM : write_run(db, &run, parts, &error);
	return r < 0 || run.state != STATE_HELD ? r : add_history(db, &run, now_ms);
}

/* Those with unfinished calls, those whose rows are older than their calls', those that
 * say that something is under way, and those that ended and lost their calls: whoever
 * retries one of these would buy what a provider may have an id of. One that was never
 * judged has no calls, and no seed. */
static int mend_runs(struct db *db, enum rows_age age, int64_t now_ms)
{
	CLEANUP(free_ptr) struct parts *parts = malloc(sizeof(*parts));
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	int r = parts ? db_run(db,
			       "CREATE TEMP TABLE unsettled AS SELECT run AS id FROM "
			       "temp.unfinished"
			       " UNION SELECT id FROM temp.lost_run UNION SELECT id FROM run"
			       " WHERE state IN (?1, ?2, ?3, ?4) OR (state = ?5 AND hold <> ?6"
			       " AND id NOT IN (SELECT run FROM call WHERE state = ?5))"
			       " OR (state = ?5 AND ?9)"
			       " OR (state IN (?7, ?8) AND seed >= 0 AND content <> zeroblob(32)"
			       "  AND id NOT IN (SELECT run FROM call))",
			       "iiiiiiiii", (int64_t)STATE_QUEUED, (int64_t)STATE_SUBMITTING,
			       (int64_t)STATE_RUNNING, (int64_t)STATE_FETCHING, (int64_t)STATE_HELD,
			       (int64_t)HOLD_INTERRUPTED, (int64_t)STATE_FAILED,
			       (int64_t)STATE_CANCELLED, (int64_t)(age == ROWS_MAY_BE_OLD))
		      : -ENOMEM;

	if (r == 0)
		r = db_first(db, &row, "SELECT id FROM temp.unsettled ORDER BY id", "");
	while (r == 0) {
		r = mend_run(db, db_int(row, 0), age, now_ms, parts);
		if (r == 0)
			r = db_next(row);
		else
			return r == -ENOENT ? -EIO : r;
	}
	return r == -ENOENT ? 0 : r;
}

static int count_held(struct db *db, int64_t *ret_held)
{
	int64_t held = store_run_count_in(db, STATE_HELD);

	if (held < 0)
		return (int)held;
	*ret_held = held;
	return 0;
}

int mend_work(struct db *db, enum rows_age age, int64_t now_ms, int64_t *ret_held)
{
	int r = finish_fetched(db);

	if (r == 0)
		r = list_unfinished(db, age);
	if (r == 0)
		r = doubt_what_cannot_wait(db);
	if (r == 0)
		r = hold_calls(db, now_ms);
	if (r == 0)
		r = mend_runs(db, age, now_ms);
	return r < 0 ? r : count_held(db, ret_held);
}
