/* A settled request becomes a run with its calls, or a rejection, or nothing.
 *
 * Judging (catalog_judge.h) reads a snapshot and decides outside the write lock; the
 * transaction then checks that the file is still the one that was judged. What a
 * run asks for is resolved once, stored with it, and never read from the request
 * again: a restart, a retry and a changed defaults file cannot change a picture
 * that was already asked for. */
#include "engine/catalog.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/cleanup.h"
#include "base/diag.h"
#include "base/failpoint.h"
#include "base/strbuf.h"
#include "catalog_judge.h"
#include "catalog_tx.h"
#include "io/store_calls.h"
#include "io/store_jobs.h"
#include "io/store_tree.h"

static int draw_seed(const struct resolved *resolved, int64_t *ret_seed)
{
	uint32_t random;

	*ret_seed = params_number(&resolved->params, PARAM_SEED);
	if (*ret_seed >= 0)
		return 0;
	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return -EIO;
	*ret_seed = random & SEED_MAX;
	return 0;
}

/* ---- runs ---- */

int tx_drop_unsent_run(struct tx *tx, int64_t run)
{
	struct call call;
	int64_t number = 0;
	int r;

	while ((r = store_call_next(tx->db, run, number, &call)) == 0) {
		if (call.attempt || (call.state != STATE_QUEUED && call.state != STATE_HELD))
			return -EBUSY;
		number = call.number;
	}
	return r == -ENOENT ? store_run_delete(tx->db, run) : r;
}

static int add_calls(struct tx *tx, const struct run *run, int64_t count, int64_t per_call)
{
	struct call call = {
		.run = run->id,
		.state = STATE_QUEUED,
		.cost_micro = -1,
		.changed_ms = tx->now_ms,
	};
	const struct rules *rules = rulebook_current(tx->catalog->rulebook);
	const struct profile *profile = profile_set_find(&rules->profiles, run->provider);
	int64_t asked = 0;
	int r = 0;

	if (profile && profile->transport == TRANSPORT_PROGRAM &&
	    rules_price_micro(rules, profile, run->model) <= 0)
		call.cost_micro = 0;
	if (profile && profile->unit)
		snprintf(call.unit, sizeof(call.unit), "%s", profile->unit);
	snprintf(call.provider, sizeof(call.provider), "%s", run->provider);
	while (asked < count && r == 0) {
		call.number++;
		call.count = count - asked < per_call ? count - asked : per_call;
		call.seed = (run->seed + asked) & SEED_MAX;
		asked += call.count;
		r = store_call_insert(tx->db, &call);
	}
	return r;
}

static int next_number(struct tx *tx, const struct job *job, int64_t *ret_number)
{
	int64_t last = store_run_last_number(tx->db, job->id);

	if (last < 0)
		return (int)last;
	*ret_number = last + 1;
	return 0;
}

static int log_start(struct tx *tx, const struct run *run, const struct resolved *resolved)
{
	int r = tx_log(tx, run->job, run->id, "queued for %s, model %s, seed %lld", run->provider,
		       *run->model ? run->model : "(its own)", (long long)run->seed);

	if (r == 0 && *resolved->note)
		r = tx_log(tx, run->job, run->id, "size: %s", resolved->note);
	for (enum param param = 0; param < PARAMS && r == 0; param++)
		if (resolved->ignored[param])
			r = tx_log(tx, run->job, run->id, "%s is not sent to %s: %s",
				   param_name(param), run->provider, resolved->ignored[param]);
	if (r == 0 && resolved->ignores_extra)
		r = tx_log(tx, run->job, run->id, "extra is not sent to %s: %s", run->provider,
			   resolve_extra_ignored);
	return r;
}

/* Inserts the run with its calls; its seed is drawn, and stored with the intent. */
static int insert_run(struct tx *tx, struct run *run, struct resolved *resolved,
		      const struct strbuf *prompt)
{
	CLEANUP(strbuf) struct strbuf params = STRBUF_EMPTY;
	struct run_texts texts = {
		.bytes[RUN_PROMPT] = prompt->bytes,
		.size[RUN_PROMPT] = prompt->size,
	};
	int r = draw_seed(resolved, &run->seed);

	if (r == 0)
		r = resolve_set_seed(resolved, run->seed);
	if (r == 0)
		r = resolve_json(resolved, &params);
	if (r < 0)
		return r;
	texts.bytes[RUN_PARAMS] = params.bytes;
	texts.size[RUN_PARAMS] = params.size;
	snprintf(run->provider, sizeof(run->provider), "%s", resolved->provider);
	snprintf(run->model, sizeof(run->model), "%s", resolved->model);
	r = store_run_insert(tx->db, run, &texts);
	if (r == 0)
		r = add_calls(tx, run, resolved->count, resolved->count_per_call);
	return r < 0 ? r : log_start(tx, run, resolved);
}

static int insert_rejection(struct tx *tx, struct run *run, const struct judged *judged)
{
	CLEANUP(strbuf) struct strbuf error = STRBUF_EMPTY;
	struct run_texts texts = {
		.bytes[RUN_PROMPT] = judged->prompt.bytes,
		.size[RUN_PROMPT] = judged->prompt.size,
	};
	int r;

	if (judged->error.line)
		strbuf_addf(&error, "line %u: ", judged->error.line);
	strbuf_addf(&error, "%s\n", judged->error.text);
	if (strbuf_failed(&error))
		return -ENOMEM;
	texts.bytes[RUN_ERROR] = error.bytes;
	texts.size[RUN_ERROR] = error.size;
	run->state = STATE_REJECTED;
	run->seed = -1;
	r = store_run_insert(tx->db, run, &texts);
	return r < 0 ? r : tx_log(tx, run->job, run->id, "rejected: %s", judged->error.text);
}

static int start_run(struct tx *tx, const struct job *job, struct judged *judged)
{
	struct run run = { .job = job->id, .state = STATE_QUEUED, .created_ms = tx->now_ms };
	int r = next_number(tx, job, &run.number);

	if (r < 0)
		return r;
	memcpy(run.content, judged->content, sizeof(run.content));
	if (judged->error.text[0])
		r = insert_rejection(tx, &run, judged);
	else
		r = insert_run(tx, &run, &judged->resolved, &judged->prompt);
	if (r == 0)
		r = tx_refresh_run(tx, run.id);
	return r < 0 ? r : tx_note(tx, (struct note){ .kind = NOTE_WORK });
}

/* Of a run that was sent in part, the rest is not sent any more. */
static int cancel_unsent(struct tx *tx, int64_t run)
{
	static const struct call_news replaced = {
		.event = EVENT_CANCELLED,
		.log = "newer content replaces it",
		.cost_micro = -1,
		.seed = -1,
	};
	struct call call;
	int64_t number = 0;
	int r;

	while ((r = store_call_next(tx->db, run, number, &call)) == 0) {
		bool waits = call.state == STATE_HELD && call.hold != HOLD_DOUBT &&
			     call.hold != HOLD_OVERDUE;

		number = call.number;
		if (call.state == STATE_QUEUED || waits)
			r = tx_call(tx, call.id, &replaced);
		if (r < 0)
			return r;
	}
	return r == -ENOENT ? 0 : r;
}

int tx_replace_unsent(struct tx *tx, struct job *job)
{
	struct run newest;
	int r;

	if (!job->run)
		return 0;
	r = store_run_get(tx->db, job->run, &newest);
	if (r < 0 || (newest.state != STATE_QUEUED && newest.state != STATE_HELD))
		return r;
	r = tx_drop_unsent_run(tx, newest.id);
	if (r == -EBUSY)
		return cancel_unsent(tx, newest.id);
	if (r == 0)
		r = tx_log(tx, job->id, 0, "run %lld was not sent; newer content replaces it",
			   (long long)newest.number);
	return r < 0 ? r : store_job_get(tx->db, job->id, job);
}

static int is_known(struct tx *tx, const struct job *job, const struct judged *judged)
{
	struct run newest;
	int r;

	if (!job->run)
		return 0;
	r = store_run_get(tx->db, job->run, &newest);
	if (r < 0)
		return r;
	return !memcmp(newest.content, judged->content, CONTENT_HASH_SIZE) &&
	       !state_sends_again(newest.state);
}

static int act_on_judgement(struct tx *tx, struct file *file, struct judged *judged)
{
	struct job job;
	int r = store_job_get(tx->db, file->job, &job);
	int known = r < 0 ? r : is_known(tx, &job, judged);

	if (known < 0)
		return known;
	file->change = judged->empty ? CHANGE_EMPTY : CHANGE_NONE;
	r = store_file_update(tx->db, file);
	if (r < 0)
		return r;
	if (judged->empty)
		r = tx_replace_unsent(tx, &job);
	if (r < 0)
		return r;
	if (judged->empty || known) {
		r = tx_log(tx, job.id, 0, judged->empty ? "empty" : "saved again, unchanged");
		return r < 0 ? r : tx_job_changed(tx, job.id);
	}
	r = tx_replace_unsent(tx, &job);
	/* What made way may have stood before the run of these very bytes. */
	known = r < 0 ? r : is_known(tx, &job, judged);
	if (known < 0)
		return known;
	return known ? tx_job_changed(tx, job.id) : start_run(tx, &job, judged);
}

static int body_settle(struct tx *tx)
{
	struct judged *judged = tx->arg;
	struct file file;
	int r = store_file_get(tx->db, judged->file.id, &file);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	if (file.change != CHANGE_CLOSED || !file.job || file.ctime_ns != judged->file.ctime_ns ||
	    file.size != judged->file.size)
		return -EAGAIN;
	return act_on_judgement(tx, &file, judged);
}

int catalog_settle(struct catalog *catalog, int64_t file)
{
	CLEANUP(judged) struct judged judged = { .empty = false };
	struct db *db = store_read_begin(catalog->store);
	int r = db ? store_file_get(db, file, &judged.file) : -EIO;
	bool settling = r == 0 && judged.file.change == CHANGE_CLOSED;

	if (settling)
		r = judge(rulebook_current(catalog->rulebook), db, &judged);
	store_read_end(db);
	FAILPOINT("settle-before");
	if (r == 0 && judged.file.change == CHANGE_OPEN)
		r = catalog_close_owed(catalog, file);
	if (r == 0 && settling)
		r = tx_run(catalog, STORE_LAZY, body_settle, &judged);
	return r == -ENOENT ? 0 : r;
}

/* ---- without judging anew ---- */

int tx_run_again(struct tx *tx, const struct job *job, const struct run *run)
{
	CLEANUP(judged) struct judged judged = { .empty = false };
	CLEANUP(strbuf) struct strbuf text = STRBUF_EMPTY;
	const struct rules *rules = rulebook_current(tx->catalog->rulebook);
	const struct profile *profile = profile_set_find(&rules->profiles, run->provider);
	struct resolved *resolved = &judged.resolved;
	int r = store_run_text(tx->db, run->id, RUN_PARAMS, &text);

	if (r == 0)
		r = resolve_from_json(strbuf_text(&text), resolved);
	if (r == 0)
		r = store_run_text(tx->db, run->id, RUN_PROMPT, &judged.prompt);
	if (r < 0)
		return r;
	free(resolved->params.value[PARAM_SEED]);
	resolved->params.value[PARAM_SEED] = NULL;
	if (profile) {
		const struct accept *count =
			&profile_offer(profile, run->model)->accepts[PARAM_COUNT];

		resolved->count_per_call = count->kind == ACCEPT_RANGE ? count->to : 1;
	}
	memcpy(judged.content, run->content, sizeof(judged.content));
	return start_run(tx, job, &judged);
}

int tx_hold_interrupted(struct tx *tx, struct file *file, const char *why)
{
	char error[DIAG_TEXT_MAX];
	struct judged judged = { .file = *file };
	struct run run = {
		.job = file->job,
		.state = STATE_HELD,
		.hold = HOLD_INTERRUPTED,
		.created_ms = tx->now_ms,
		.seed = -1,
	};
	struct run_texts texts = { .bytes[RUN_ERROR] = error };
	struct job job;
	int known, r = store_job_get(tx->db, file->job, &job);

	texts.size[RUN_ERROR] = (size_t)snprintf(
		error, sizeof(error), "%s; write \"retry\" to ctl to send what is there\n", why);
	if (r == 0)
		r = judge_hash(tx->db, file, judged.content);
	if (r < 0)
		return r;
	known = is_known(tx, &job, &judged);
	if (known < 0)
		return known;
	file->change = CHANGE_NONE;
	r = store_file_update(tx->db, file);
	if (r < 0 || known)
		return r < 0 ? r : tx_job_changed(tx, job.id);
	r = tx_replace_unsent(tx, &job);
	if (r == 0)
		r = next_number(tx, &job, &run.number);
	memcpy(run.content, judged.content, sizeof(run.content));
	if (r == 0)
		r = store_run_insert(tx->db, &run, &texts);
	if (r == 0)
		r = tx_log(tx, job.id, run.id, "held: %s", why);
	return r < 0 ? r : tx_refresh_run(tx, run.id);
}
