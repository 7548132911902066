/* The texts of jobs: one value each, rendered when the file is opened. Their
 * sizes come from the same records without rendering. Any thread, inside a
 * snapshot of the store. */
#ifndef EASELFS_MOUNT_TEXT_H
#define EASELFS_MOUNT_TEXT_H

#include "base/strbuf.h"
#include "mount/kind.h"
#include "mount/mount.h"

/* What a job's files are made from. */
struct job_view {
	struct job job;
	struct run run;   /* the newest, or the one asked for; id 0: none */
	enum state state; /* what jobs/P/status says */
};

/* The view of a job's file, or of a run's (its state is that run's). 0, -ENOENT
 * (also for a forgotten job) or -errno. */
int job_view_load(struct db *db, enum kind kind, int64_t id, struct job_view *ret_view);

/* The word in jobs/P/status: "cancelled" for a job that is gone. */
int text_state(struct db *db, int64_t job, enum state *ret_state);

/* Appends the file's text. 0 or -errno. */
int text_render(const struct mount *mount, struct db *db, enum kind kind,
		const struct job_view *view, struct strbuf *text);
/* Its size in bytes, or -errno. */
int64_t text_size(const struct mount *mount, struct db *db, enum kind kind,
		  const struct job_view *view);

/* Whether the file is one of a run's, and its id a run's. */
static inline bool text_is_of_run(enum kind kind)
{
	return kind_of_job(kind) != kind;
}

/* How far a run is, 0 to 100, or -1 when its provider does not say. */
int text_progress(const struct mount *mount, struct db *db, const struct run *run);

#endif
