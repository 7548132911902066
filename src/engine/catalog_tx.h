/* Inside a transaction of the catalog: the time it happens, what is to be told
 * afterwards, and the records' common moves. Private to the catalog. */
#ifndef EASELFS_ENGINE_CATALOG_TX_H
#define EASELFS_ENGINE_CATALOG_TX_H

#include <pthread.h>

#include "engine/catalog.h"

enum { LISTENERS_MAX = 8 };

struct catalog {
	struct store *store;
	const struct rulebook *rulebook;
	struct {
		note_fn *fn;
		void *arg;
	} listeners[LISTENERS_MAX]; /* fixed before threads run */
	size_t listener_count;
	/* Closes that the store would not take: catalog_closes.c. */
	pthread_mutex_t owed_lock;
	struct owed *owed;
	size_t owed_count;
};

struct tx {
	struct db *db;
	struct catalog *catalog;
	int64_t now_ns, now_ms; /* wall clock */
	struct note *notes;     /* told after the commit */
	size_t note_count;
	void *arg;
};

typedef int tx_fn(struct tx *tx);

/* Runs `fn` with `arg` in tx->arg as one transaction, then tells its notes. */
int tx_run(struct catalog *catalog, enum store_sync sync, tx_fn *fn, void *arg);
/* Tells a note that belongs to no transaction. */
void tx_tell(struct catalog *catalog, const struct note *note);
/* -ENOMEM or 0. */
int tx_note(struct tx *tx, struct note note);

/* Adds a line to the job's log, the time before it; `run` 0: of no run. */
int tx_log(struct tx *tx, int64_t job, int64_t run, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* The job shows another state: journal, changed_ms, NOTE_JOB. */
int tx_job_changed(struct tx *tx, int64_t id);

/* A run's calls changed: its state, error and job.json follow them. */
int tx_refresh_run(struct tx *tx, int64_t id);
/* Moves a call as catalog_call() does. */
int tx_call(struct tx *tx, int64_t id, const struct call_news *news);
/* Counts what the call may cost (the news of its intent may say it) as spent, where the
 * limits allow it: HOLD_NONE (0); the
 * enum hold that says why not, in words in `why`; or -errno. Sets the call's fields, which
 * the caller writes. */
int tx_reserve(struct tx *tx, struct call *call, const struct call_news *sent, char *why,
	       size_t room);
/* What is counted of the call will be in that unit: another unit's is given back. The
 * caller counts it anew and writes the call. */
int tx_spend_in(struct tx *tx, struct call *call, const char *unit);
/* What is counted of the call becomes `cost_micro`; the caller writes the call. */
int tx_spend(struct tx *tx, struct call *call, int64_t cost_micro);
/* The call's pictures came: they count, and its cost where only the price tells it. Writes
 * the call. */
int tx_count_pictures(struct tx *tx, struct call *call, int64_t pictures);
/* -ENOSPC where the disk has no room for a picture, -EDQUOT where no request may be made
 * any more today; 0, also where one of that name has a job already. */
int tx_refuses_request(struct tx *tx, int64_t folder, const struct name *name);
/* Calls that are held for `hold`, or with HOLD_NONE for any reason which may be gone (no
 * key, no credit, no price, a limit), are queued and judged anew. */
int tx_release_held(struct tx *tx, enum hold hold);
/* Removes absent folders that nothing keeps, from this one upwards. */
int tx_prune_folder(struct tx *tx, int64_t id);
/* The job of the request named so in the folder: found, or made. */
int tx_job_at(struct tx *tx, int64_t folder, const struct name *name, struct job *ret_job);
/* A job whose request went: forgets it when it never had a run. */
int tx_job_lost_request(struct tx *tx, int64_t id);
/* The job's record was deleted: its name below jobs/ is to be told. */
int tx_job_gone(struct tx *tx, const struct job *job);
/* The first of "wanted.ext", "wanted-2.ext", … that is free below images/, even of
 * what is not yet announced; the extension may be "". */
int tx_free_image_name(struct tx *tx, int64_t folder, const struct name *wanted,
		       const char *extension, struct name *ret_name);
/* What is not yet announced under this name takes another: nobody has seen it. */
int tx_give_way(struct tx *tx, int64_t parent, const struct name *name);
/* Another run of the same content, with a new seed. */
int tx_run_again(struct tx *tx, const struct job *job, const struct run *run);
/* A request of which perhaps not all is there: its job is held. `why` is part of a
 * sentence for a person. */
int tx_hold_interrupted(struct tx *tx, struct file *file, const char *why);
/* The close of a file that catalog_close() could not record, if there is one. 0 also
 * where there is none. */
int catalog_close_owed(struct catalog *catalog, int64_t file);
/* Whether one was owed, which is taken back: somebody writes the file again. */
bool tx_forgive_close(struct tx *tx, int64_t file, bool *ret_whole);
void catalog_owe_close(struct catalog *catalog, int64_t file, bool whole);
/* Deletes a run none of whose calls was ever sent; -EBUSY otherwise. */
int tx_drop_unsent_run(struct tx *tx, int64_t run);
/* What of the job's newest run was not sent makes way for other bytes; *job is as it is
 * then. */
int tx_replace_unsent(struct tx *tx, struct job *job);

#endif
