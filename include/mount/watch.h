/* Who waits for a job: blocked readers of `wait`, and poll(2) on `wait`, `status`
 * and `events`. A blocked reader costs one small struct and no thread. Any
 * thread; no function blocks. */
#ifndef EASELFS_MOUNT_WATCH_H
#define EASELFS_MOUNT_WATCH_H

#include <fuse_lowlevel.h>
#include <stdint.h>

#include "mount/mount.h"

struct watch;

struct watch *watch_new(const struct mount *mount); /* NULL when out of memory */
void watch_free(struct watch *watch);               /* nobody waits; NULL is a no-op */

/* Answers a read of `size` bytes at `offset` with the word of the job's resting
 * state, now or when it rests, with EINTR when it is interrupted. The request is
 * ours; *ret_answer, alive until then, gets the state first. */
void watch_wait(struct watch *watch, fuse_req_t req, int64_t job, size_t size, int64_t offset,
		_Atomic int64_t *ret_answer);
/* Answers a read with what is left of such a word from `offset` on. */
void watch_reply_rest(fuse_req_t req, enum state state, size_t size, int64_t offset);

/* The job changed: whoever waits for it and need not any longer is answered. */
void watch_job(struct watch *watch, int64_t job);

/* Answers every blocked read with EINTR, and later ones at once. */
void watch_stop(struct watch *watch);

/* The poll handles of an open file; zeroed at first, the watch's afterwards. Whatever the
 * number of its pollers, one handle wakes them all: to the kernel it is the file's. */
struct polls {
	struct poller *waiting; /* for a change */
	struct poller *due;     /* to be told */
};

/* Remembers a poll handle, ours from now on, until the job (0: any job) changes. One that
 * waited for this file already is forgotten. */
void watch_poll(struct watch *watch, struct polls *polls, int64_t job,
		struct fuse_pollhandle *handle);
/* The file is closed: nobody polls it any longer, nor will. */
void watch_forget(struct watch *watch, struct polls *polls);
/* Takes the handles that are due to be told, each to be notified and destroyed by
 * the notifier thread. NULL when there is none. */
struct fuse_pollhandle *watch_take_poll(struct watch *watch);

#endif
