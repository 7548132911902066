/* The short texts (a word, a number) are made for their size too; the long ones
 * (prompt, error, job.json, what was sent) lie in the store, which knows their size. */
#include "mount/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "io/store_calls.h"
#include "io/store_jobs.h"
#include "job/job_json.h"

static int load_job(struct db *db, int64_t id, struct job *ret_job)
{
	int r = store_job_get(db, id, ret_job);

	if (r == 0)
		r = store_job_is_forgotten(db, id);
	return r > 0 ? -ENOENT : r;
}

int job_view_load(struct db *db, enum kind kind, int64_t id, struct job_view *ret_view)
{
	struct job_view view = { .state = STATE_NONE };
	bool of_run = text_is_of_run(kind);
	int r = of_run ? store_run_get(db, id, &view.run) : 0;

	if (r == 0)
		r = load_job(db, of_run ? view.run.job : id, &view.job);
	if (r == 0 && !of_run && view.job.run)
		r = store_run_get(db, view.job.run, &view.run);
	if (r < 0)
		return r;
	view.state = of_run ? view.run.state : job_state(&view.job, view.run.id ? &view.run : NULL);
	*ret_view = view;
	return 0;
}

int text_state(struct db *db, int64_t job, enum state *ret_state)
{
	struct job_view view;
	int r = job_view_load(db, KIND_JOB_STATUS, job, &view);

	if (r < 0 && r != -ENOENT)
		return r;
	*ret_state = r == 0 ? view.state : STATE_CANCELLED;
	return 0;
}

int text_progress(const struct mount *mount, struct db *db, const struct run *run)
{
	struct call call;
	int64_t number = 0;
	int sum = 0, calls = 0;

	if (!run->id || run->state == STATE_DONE)
		return run->id ? 100 : -1;
	if (state_rests(run->state))
		return -1;
	while (store_call_next(db, run->id, number, &call) == 0) {
		int percent = call.state == STATE_DONE || call.state == STATE_FETCHING
				      ? 100
				      : live_get(mount->live, call.id);

		number = call.number;
		calls++;
		if (percent < 0 && (call.state == STATE_SUBMITTING || call.state == STATE_RUNNING))
			return -1;
		sum += percent > 0 ? percent : 0;
	}
	return calls && run->state != STATE_QUEUED ? sum / calls : -1;
}

/* The sum over the calls that have one. */
static int add_cost(struct db *db, const struct run *run, struct strbuf *text)
{
	struct call call;
	int64_t number = 0, sum = -1;
	int r;

	while ((r = store_call_next(db, run->id, number, &call)) == 0) {
		number = call.number;
		if (call.cost_micro >= 0)
			sum = (sum < 0 ? 0 : sum) + call.cost_micro;
	}
	cost_text(sum, text);
	return r == -ENOENT ? 0 : r;
}

static int add_ids(struct db *db, const struct run *run, struct strbuf *text)
{
	struct call call;
	int64_t number = 0;
	int r;

	while ((r = store_call_next(db, run->id, number, &call)) == 0) {
		number = call.number;
		if (*call.remote_id)
			strbuf_addf(text, "%s\n", call.remote_id);
	}
	return r == -ENOENT ? 0 : r;
}

/* An array, an element a call; null where nothing was sent or came. */
static int add_calls(struct db *db, const struct run *run, enum call_text which,
		     struct strbuf *text)
{
	struct call call;
	int64_t number = 0;
	int r;

	strbuf_add_char(text, '[');
	while ((r = store_call_next(db, run->id, number, &call)) == 0) {
		size_t before;

		strbuf_add_text(text, number ? ",\n" : "\n");
		number = call.number;
		before = text->size;
		r = store_call_text(db, call.id, which, text);
		if (r < 0)
			return r;
		if (text->size == before)
			strbuf_add_text(text, "null");
	}
	strbuf_add_text(text, number ? "\n]\n" : "]\n");
	return r == -ENOENT ? 0 : r;
}

/* What add_calls() appends. */
static int64_t calls_size(struct db *db, const struct run *run, enum call_text which)
{
	struct call call;
	int64_t number = 0, size = sizeof("[]\n") - 1, text;
	int r;

	while ((r = store_call_next(db, run->id, number, &call)) == 0) {
		size += number ? sizeof(",\n") - 1 : sizeof("\n\n") - 1;
		number = call.number;
		r = store_call_text_size(db, call.id, which, &text);
		if (r < 0)
			return r;
		size += text ? text : (int64_t)sizeof("null") - 1;
	}
	return r == -ENOENT ? size : r;
}

static void add_time(int64_t wall_ms, struct strbuf *text)
{
	char when[CLOCK_TEXT_ROOM];

	if (wall_ms)
		strbuf_add_text(text, clock_text(wall_ms, when, sizeof(when)));
}

/* The texts of one line, without its newline. 1: not one of them. */
static int add_line(const struct mount *mount, struct db *db, enum kind kind,
		    const struct job_view *view, struct strbuf *text)
{
	const struct run *run = &view->run;
	int progress;

	switch (kind) {
	case KIND_JOB_STATUS:
		strbuf_add_text(text, state_word(view->state));
		return 0;
	case KIND_JOB_PROGRESS:
		progress = text_progress(mount, db, run);
		if (progress >= 0)
			strbuf_addf(text, "%d", progress);
		return 0;
	case KIND_JOB_PROVIDER:
		strbuf_add_text(text, run->provider);
		return 0;
	case KIND_JOB_MODEL:
		strbuf_add_text(text, run->model);
		return 0;
	case KIND_JOB_SEED:
		if (run->id && run->seed >= 0)
			strbuf_addf(text, "%lld", (long long)run->seed);
		return 0;
	case KIND_JOB_COST:
		return add_cost(db, run, text);
	case KIND_JOB_CREATED:
		add_time(run->id ? run->created_ms : view->job.created_ms, text);
		return 0;
	case KIND_JOB_FINISHED:
		add_time(run->finished_ms, text);
		return 0;
	default:
		return 1;
	}
}

static int add_stored(const struct mount *mount, struct db *db, enum kind kind,
		      const struct job_view *view, struct strbuf *text)
{
	CLEANUP(strbuf) struct strbuf stored = STRBUF_EMPTY;
	int r = 0;

	switch (kind) {
	case KIND_JOB_ID:
		return add_ids(db, &view->run, text);
	case KIND_JOB_ERROR:
		return view->run.id ? store_run_text(db, view->run.id, RUN_ERROR, text) : 0;
	case KIND_JOB_PROMPT:
		if (view->run.prompt_size) {
			r = store_run_text(db, view->run.id, RUN_PROMPT, text);
			strbuf_add_char(text, '\n');
		}
		return r;
	case KIND_JOB_PARAMS:
		return view->run.id ? store_run_text(db, view->run.id, RUN_PARAMS, text) : 0;
	case KIND_JOB_REQUEST:
		return add_calls(db, &view->run, CALL_REQUEST, text);
	case KIND_JOB_RESPONSE:
		return add_calls(db, &view->run, CALL_RESPONSE, text);
	case KIND_JOB_JSON:
		if (view->run.id)
			r = store_run_text(db, view->run.id, RUN_JSON, &stored);
		job_json_complete(view->state, text_progress(mount, db, &view->run),
				  strbuf_text(&stored), text);
		return r;
	default:
		return -ENOENT;
	}
}

int text_render(const struct mount *mount, struct db *db, enum kind kind,
		const struct job_view *view, struct strbuf *text)
{
	size_t before = text->size;
	int r;

	kind = kind_of_job(kind);
	r = add_line(mount, db, kind, view, text);

	if (r == 1)
		r = add_stored(mount, db, kind, view, text);
	else if (r == 0 && text->size > before)
		strbuf_add_char(text, '\n');
	return r < 0 ? r : strbuf_failed(text) ? -ENOMEM : 0;
}

int64_t text_size(const struct mount *mount, struct db *db, enum kind kind,
		  const struct job_view *view)
{
	CLEANUP(strbuf) struct strbuf text = STRBUF_EMPTY;
	int r;

	switch (kind_of_job(kind)) {
	case KIND_JOB_PARAMS:
		return view->run.params_size;
	case KIND_JOB_ERROR:
		return view->run.error_size;
	case KIND_JOB_PROMPT:
		return view->run.prompt_size ? view->run.prompt_size + 1 : 0;
	case KIND_JOB_REQUEST:
		return calls_size(db, &view->run, CALL_REQUEST);
	case KIND_JOB_RESPONSE:
		return calls_size(db, &view->run, CALL_RESPONSE);
	case KIND_JOB_JSON:
		return (int64_t)job_json_size(view->state, text_progress(mount, db, &view->run),
					      (size_t)view->run.json_size);
	default:
		r = text_render(mount, db, kind, view, &text);
		return r < 0 ? r : (int64_t)text.size;
	}
}
