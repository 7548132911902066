/* What people ask of a job (cancel, retry, again, forgetting it), and what a
 * start finds to do. The table of job/state.h says what is possible; a wish that
 * only the engine can grant is recorded with the call and granted there. */
#include "engine/catalog.h"

#include <errno.h>

#include "catalog_tx.h"
#include "io/store_images.h"
#include "io/store_jobs.h"
#include "io/store_tree.h"

/* Overdue: the provider has it, so it is asked for again, never sent again. */
static int command_overdue(struct tx *tx, struct call *call, enum command command)
{
	static const struct call_news asked = { .event = EVENT_ACCEPTED, .log = "asked to look" };

	if (command == COMMAND_RETRY)
		return tx_call(tx, call->id, &asked);
	call->wish = WISH_CANCEL;
	return store_call_update(tx->db, call);
}

static int command_call(struct tx *tx, struct call *call, enum command command)
{
	static const struct call_news cancelled = { .event = EVENT_CANCELLED };
	static const struct call_news retried = { .event = EVENT_RETRIED, .log = "asked to retry" };

	if (call->state == STATE_HELD && call->hold == HOLD_OVERDUE)
		return command_overdue(tx, call, command);
	if (command == COMMAND_RETRY)
		return state_after(call->state, EVENT_RETRIED) ? tx_call(tx, call->id, &retried)
							       : 0;
	if (call->state == STATE_QUEUED || call->state == STATE_HELD)
		return tx_call(tx, call->id, &cancelled);
	if (call->state != STATE_SUBMITTING && call->state != STATE_RUNNING)
		return 0;
	call->wish = WISH_CANCEL;
	return store_call_update(tx->db, call);
}

static int command_calls(struct tx *tx, const struct run *run, enum command command)
{
	struct call call;
	int64_t number = 0;
	int r;

	while ((r = store_call_next(tx->db, run->id, number, &call)) == 0) {
		number = call.number;
		r = command_call(tx, &call, command);
		if (r < 0)
			return r;
	}
	return r == -ENOENT ? 0 : r;
}

/* The bytes are judged as if they had just been closed. */
static int judge_again(struct tx *tx, const struct job *job, const struct run *run)
{
	struct file file;
	int r;

	if (!job->file)
		return -EBUSY;
	r = store_file_get(tx->db, job->file, &file);
	if (r < 0)
		return r;
	r = store_run_delete(tx->db, run->id);
	file.change = CHANGE_CLOSED;
	if (r == 0)
		r = store_file_update(tx->db, &file);
	if (r == 0)
		r = tx_note(tx, (struct note){ .kind = NOTE_CLOSED, .file = file.id });
	return r < 0 ? r : tx_job_changed(tx, job->id);
}

/* A run that was held before it was judged has no calls to tell, and nothing
 * that another run could ask for. */
static int command_uncalled(struct tx *tx, const struct job *job, struct run *run,
			    enum command command)
{
	int r;

	if (command != COMMAND_CANCEL)
		return judge_again(tx, job, run);
	run->state = STATE_CANCELLED;
	run->hold = HOLD_NONE;
	r = store_run_update(tx->db, run);
	if (r == 0)
		r = tx_log(tx, job->id, run->id, "%s", state_word(run->state));
	if (r == 0)
		r = tx_refresh_run(tx, run->id);
	return r < 0 ? r : tx_job_changed(tx, job->id);
}

static int obey(struct tx *tx, const struct job *job, struct run *run, enum command command)
{
	enum verdict verdict = command_verdict(command, run->state, run->hold);
	struct call call;
	int r;

	if (verdict == VERDICT_BUSY)
		return -EBUSY;
	if (verdict == VERDICT_JUDGE)
		return judge_again(tx, job, run);
	r = store_call_next(tx->db, run->id, 0, &call);
	if (r < 0)
		return r == -ENOENT ? command_uncalled(tx, job, run, command) : r;
	return verdict == VERDICT_CALLS ? command_calls(tx, run, command)
					: tx_run_again(tx, job, run);
}

struct command_arguments {
	int64_t job;
	enum command command;
};

static int body_command(struct tx *tx)
{
	const struct command_arguments *arguments = tx->arg;
	struct job job;
	struct run run;
	int r = store_job_get(tx->db, arguments->job, &job);

	if (r < 0)
		return r;
	if (!job.run || job_state(&job, NULL) == STATE_WRITING || job.change == CHANGE_EMPTY)
		return -EBUSY;
	r = store_run_get(tx->db, job.run, &run);
	if (r == 0)
		r = obey(tx, &job, &run, arguments->command);
	return r < 0 ? r : tx_note(tx, (struct note){ .kind = NOTE_WORK });
}

int catalog_command(struct catalog *catalog, int64_t job, enum command command)
{
	struct command_arguments arguments = { job, command };

	return tx_run(catalog, STORE_LAZY, body_command, &arguments);
}

/* ---- forgetting ---- */

static int body_forget(struct tx *tx)
{
	const int64_t *id = tx->arg;
	struct file file;
	struct job job;
	struct run run;
	int64_t number = 0;
	int r = store_job_get(tx->db, *id, &job);

	if (r < 0)
		return r;
	while (r == 0 && (r = store_run_next(tx->db, job.id, number, &run)) == 0) {
		number = run.number;
		if (!state_rests(run.state) || run.state == STATE_HELD)
			r = command_calls(tx, &run, COMMAND_CANCEL);
	}
	if (r != -ENOENT)
		return r;
	r = 0;
	if (job.file) {
		r = store_file_get(tx->db, job.file, &file);
		file.job = 0;
		file.change = CHANGE_NONE;
		if (r == 0)
			r = store_file_update(tx->db, &file);
	}
	if (r == 0)
		r = tx_log(tx, job.id, 0, "forgotten");
	if (r == 0)
		r = store_job_forget(tx->db, job.id);
	if (r == 0)
		r = tx_note(tx, (struct note){ .kind = NOTE_WORK });
	return r < 0 ? r : tx_note(tx, (struct note){ .kind = NOTE_JOB, .job = job.id });
}

int catalog_forget(struct catalog *catalog, int64_t job)
{
	return tx_run(catalog, STORE_LAZY, body_forget, &job);
}

/* ---- starting ---- */

static int body_recover(struct tx *tx)
{
	struct file file;
	struct image image;
	int64_t after = 0;
	int r = store_file_delete_detached(tx->db);

	while (r == 0 && (r = store_file_next_changing(tx->db, after, &file)) == 0) {
		after = file.id;
		if (file.change == CHANGE_OPEN)
			r = tx_hold_interrupted(tx, &file);
		else
			r = tx_note(tx, (struct note){ .kind = NOTE_CLOSED, .file = file.id });
	}
	after = 0;
	while (r == -ENOENT && store_image_next_unannounced(tx->db, after, &image) == 0) {
		after = image.id;
		if (tx_note(tx, (struct note){ .kind = NOTE_IMAGE, .image = image.id }) < 0)
			return -ENOMEM;
	}
	if (r != -ENOENT)
		return r;
	return tx_note(tx, (struct note){ .kind = NOTE_WORK });
}

int catalog_recover(struct catalog *catalog)
{
	return tx_run(catalog, STORE_LAZY, body_recover, NULL);
}
