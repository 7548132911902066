/* What people ask of a job (cancel, retry, again, forgetting it), and what a
 * start finds to do. The table of job/state.h says what is possible; a wish that
 * only the engine can grant is recorded with the call and granted there. */
#include "engine/catalog.h"

#include <errno.h>
#include <stdbool.h>

#include "base/cleanup.h"
#include "base/failpoint.h"
#include "catalog_tx.h"
#include "io/store_calls.h"
#include "io/store_images.h"
#include "io/store_jobs.h"
#include "io/store_tree.h"
#include "job/protocol.h"

/* ---- one call: 1 when the command means something to it, 0, or -errno ---- */

/* What a wish does: recorded with the call, and the engine told. */
static int wish_cancel(struct tx *tx, struct call *call)
{
	int r;

	call->wish = WISH_CANCEL;
	r = store_call_update(tx->db, call);
	if (r == 0)
		r = tx_note(tx, (struct note){ .kind = NOTE_WORK, .call = call->id });
	return r < 0 ? r : 1;
}

static int obeys(struct tx *tx, const struct call *call, const struct call_news *news)
{
	int r = tx_call(tx, call->id, news);

	return r < 0 ? r : 1;
}

static int hurry(struct tx *tx, const struct call *call)
{
	int r = tx_note(tx, (struct note){ .kind = NOTE_HURRY, .call = call->id });

	return r < 0 ? r : 1;
}

static bool can_cancel(struct tx *tx, const struct call *call)
{
	const struct rules *rules = rulebook_current(tx->catalog->rulebook);
	const struct profile *profile = profile_set_find(&rules->profiles, call->provider);

	return profile &&
	       (profile->transport == TRANSPORT_PROGRAM || protocol_has(profile, EXCHANGE_CANCEL));
}

static bool is_overdue(const struct call *call)
{
	return call->state == STATE_HELD && call->hold == HOLD_OVERDUE;
}

static int cancel_call(struct tx *tx, struct call *call)
{
	static const struct call_news cancelled = CALL_NEWS(EVENT_CANCELLED);

	if (!is_overdue(call) && (call->state == STATE_QUEUED || call->state == STATE_HELD))
		return obeys(tx, call, &cancelled);
	if (call->state == STATE_SUBMITTING)
		return wish_cancel(tx, call);
	if (call->state != STATE_RUNNING && !is_overdue(call))
		return 0;
	return can_cancel(tx, call) ? wish_cancel(tx, call) : -EOPNOTSUPP;
}

/* What a retry does to a call. */
enum retry {
	RETRY_NOTHING,
	RETRY_ASKS,  /* the provider has it: it is asked after, at once */
	RETRY_SENDS, /* it waits for something, or failed or was cancelled: it is queued */
};

static enum retry retry_of(const struct call *call)
{
	switch (call->state) {
	case STATE_RUNNING:
	case STATE_FETCHING:
		return RETRY_ASKS;
	case STATE_HELD:
		if (call->hold == HOLD_DOUBT)
			return RETRY_NOTHING;
		return call->hold == HOLD_OVERDUE ? RETRY_ASKS : RETRY_SENDS;
	case STATE_FAILED:
		return *call->remote_id ? RETRY_ASKS : RETRY_SENDS;
	case STATE_CANCELLED:
		return RETRY_SENDS;
	default:
		return RETRY_NOTHING;
	}
}

/* What the provider has is asked for again, never sent again. */
static int retry_call(struct tx *tx, struct call *call)
{
	static const struct call_news retried = {
		.event = EVENT_RETRIED, .log = "asked to retry", .cost_micro = -1, .seed = -1
	};
	/* It was in doubt when it was cancelled. */
	static const struct call_news resent = {
		.event = EVENT_RETRIED,
		.log = "asked to retry; it may be paid twice",
		.cost_micro = -1,
		.seed = -1,
	};
	static const struct call_news looked = {
		.event = EVENT_ACCEPTED, .log = "asked to look", .cost_micro = -1, .seed = -1
	};
	int r;

	if (call->state == STATE_RUNNING || call->state == STATE_FETCHING)
		return hurry(tx, call);
	if (retry_of(call) == RETRY_ASKS) {
		call->wish = WISH_NONE; /* it is wanted again */
		r = store_call_update(tx->db, call);
		if (r == 0)
			r = tx_call(tx, call->id, &looked);
		return r < 0 ? r : hurry(tx, call);
	}
	if (retry_of(call) == RETRY_NOTHING)
		return 0;
	return obeys(tx, call,
		     call->state == STATE_CANCELLED && call->attempt ? &resent : &retried);
}

static int resend_call(struct tx *tx, struct call *call)
{
	static const struct call_news resent = {
		.event = EVENT_RETRIED,
		.log = "asked to send it again; it may be paid twice",
		.cost_micro = -1,
		.seed = -1,
	};

	if (call->state != STATE_HELD || call->hold != HOLD_DOUBT)
		return 0;
	return obeys(tx, call, &resent);
}

static int command_call(struct tx *tx, struct call *call, enum command command)
{
	switch (command) {
	case COMMAND_CANCEL:
		return cancel_call(tx, call);
	case COMMAND_RETRY:
		return retry_call(tx, call);
	case COMMAND_RESEND:
		return resend_call(tx, call);
	default:
		return -EBUSY;
	}
}

/* ---- a run ---- */

/* A retry of a run that goes on, or waits, is for the calls that do: what failed or was
 * cancelled beside them is bought again only when nothing else is left to do. */
static bool is_for(const struct run *run, const struct call *call, enum command command)
{
	if (command != COMMAND_RETRY)
		return true;
	if (run->state == STATE_RUNNING || run->state == STATE_FETCHING)
		return !state_rests(call->state) || is_overdue(call);
	return run->state != STATE_HELD || call->state == STATE_HELD;
}

/* A command is for the calls that it means something to, be the run's word another call's:
 * of three, one may be in doubt, and one overdue. A provider that cannot cancel keeps only
 * those that it has. */
static int command_calls(struct tx *tx, const struct run *run, enum command command)
{
	bool obeyed = false, impossible = false;
	struct call call;
	int64_t number = 0;
	int r;

	while ((r = store_call_next(tx->db, run->id, number, &call)) == 0) {
		number = call.number;
		r = is_for(run, &call, command) ? command_call(tx, &call, command) : 0;
		if (r < 0 && r != -EOPNOTSUPP)
			return r;
		impossible |= r < 0;
		obeyed |= r > 0;
	}
	if (r != -ENOENT)
		return r;
	if (obeyed)
		return 0;
	return impossible ? -EOPNOTSUPP : -EBUSY;
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
 * that another run could ask for. One that lost them in a repair is in doubt. */
static int command_uncalled(struct tx *tx, const struct job *job, struct run *run,
			    enum command command)
{
	int r;

	if (command == COMMAND_RETRY && run->hold == HOLD_DOUBT)
		return -EBUSY;
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
	int r = store_job_is_forgotten(tx->db, arguments->job);

	if (r > 0) /* by a handle from before: nobody would see what it buys */
		return -ENOENT;
	if (r == 0)
		r = store_job_get(tx->db, arguments->job, &job);
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

	/* What is cancelled must not be sent after a power cut. */
	return tx_run(catalog, command == COMMAND_CANCEL ? STORE_SYNCED : STORE_LAZY, body_command,
		      &arguments);
}

/* ---- forgetting ---- */

struct forget {
	int64_t job;
	int64_t *ret_file;
};

static int body_forget(struct tx *tx)
{
	const struct forget *forget = tx->arg;
	struct file file;
	struct job job;
	struct run run;
	int64_t number = 0;
	int r = store_job_get(tx->db, forget->job, &job);

	if (r < 0)
		return r;
	*forget->ret_file = job.file;
	while (r == 0 && (r = store_run_next(tx->db, job.id, number, &run)) == 0) {
		number = run.number;
		if (!state_rests(run.state) || run.state == STATE_HELD)
			r = command_calls(tx, &run, COMMAND_CANCEL);
		if (r == -EOPNOTSUPP || r == -EBUSY) /* it ends by itself, and is published */
			r = 0;
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

/* Whether forgetting it may cancel something, which a power cut must not undo: an earlier run
 * may still have calls in the queue. */
static bool may_be_sent(struct catalog *catalog, int64_t job)
{
	CLEANUP(store_read) struct db *db = store_read_begin(catalog->store);
	struct run run = { .number = 0 };
	int r = db ? 0 : -EIO;

	while (r == 0 && (r = store_run_next(db, job, run.number, &run)) == 0)
		if (!state_ends(run.state))
			return true;
	return r != -ENOENT;
}

int catalog_forget(struct catalog *catalog, int64_t job, int64_t *ret_file)
{
	struct forget forget = { job, ret_file };
	enum store_sync sync = may_be_sent(catalog, job) ? STORE_SYNCED : STORE_LAZY;

	return tx_run(catalog, sync, body_forget, &forget);
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
			/* Shown, not sent. */
			r = tx_hold_interrupted(tx, &file,
						"the daemon stopped while this was being written");
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
	r = tx_release_held(tx, HOLD_NONE);
	return r < 0 ? r : tx_note(tx, (struct note){ .kind = NOTE_ALL });
}

int catalog_recover(struct catalog *catalog)
{
	FAILPOINT("recover-before");
	return tx_run(catalog, STORE_LAZY, body_recover, NULL);
}
