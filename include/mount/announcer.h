/* The announcer: a small child process that makes the last step of a change
 * through our own mount, because only then does the kernel raise inotify events.
 *
 * It is a process and not a thread so that no thread of the daemon ever blocks
 * inside our own file system, and so that it can live in a mount namespace of
 * its own, where its open files do not make the user's mount busy: unmounting in
 * the middle of a burst succeeds. Where no namespace is to be had it works from
 * the shared one, and an unmount meeting it at work fails with EBUSY.
 *
 * Requests that it causes arrive with announcer_pid() in their fuse_ctx.
 * RELEASE comes without a pid: go by the handle that CREATE gave out. */
#ifndef EASELFS_MOUNT_ANNOUNCER_H
#define EASELFS_MOUNT_ANNOUNCER_H

#include <stdbool.h>
#include <sys/types.h>

enum {
	ANNOUNCER_START_LIMIT_MS = 10000, /* for entering a namespace */
	ANNOUNCE_LIMIT_MS = 6000,         /* for announcer_do() */
	ANNOUNCER_STOP_LIMIT_MS = 1000,   /* for the child's end */
};

enum announcement {
	ANNOUNCE_FILE = 1, /* create and close it: IN_CREATE, IN_CLOSE_WRITE */
	ANNOUNCE_FOLDER,   /* mkdir: IN_CREATE with IN_ISDIR */
	ANNOUNCE_CHANGE,   /* open for writing, mtime, close: IN_MODIFY, IN_CLOSE_WRITE */
};

struct announcer;

/* Forks the announcer of the FUSE file system just mounted at the absolute path
 * `mountpoint`. Main thread, after mounting (and fuse_daemonize()) and before any
 * other thread exists; the main thread must live as long as the process, because
 * the child dies with it. The FUSE loop need not run: nothing here makes a
 * request. Returns 0, -EINVAL (not absolute), -ENOENT, -ENODEV (no FUSE file
 * system there) or an -errno of socketpair(), fork() and their like. */
int announcer_start(const char *mountpoint, struct announcer **ret_announcer);

/* As the FUSE context of its requests shows it; not reused before
 * announcer_stop(). Any thread. */
pid_t announcer_pid(const struct announcer *announcer);

/* 0: it has a namespace of its own. Else the -errno that denied it one, and an
 * unmount may find the mount busy. Any thread. */
int announcer_shared_because(const struct announcer *announcer);

static inline bool announcer_is_private(const struct announcer *announcer)
{
	return announcer_shared_because(announcer) == 0;
}

/* Makes one announcement of `path`, relative to the mount's root, and waits until
 * its events are raised. One thread (the notifier), holding no lock that a FUSE
 * operation takes; never longer than ANNOUNCE_LIMIT_MS.
 * Returns 0, or
 *   -ETIMEDOUT  no answer: it may still happen, later;
 *   -ECANCELED  announcer_interrupt() was called: likewise;
 *   -EPIPE      the child is gone, as after an unmount: for good;
 *   -ESTALE     shared only: another file system, or none, is at the mountpoint;
 *   -EINVAL     an empty, absolute or overlong path;
 *   another -errno of the step itself: -EEXIST, -ENOENT, -EXDEV (a path that
 *   leaves the mount), -ELOOP (a symbolic link in it), what the daemon replied. */
int announcer_do(struct announcer *announcer, enum announcement what, const char *path);

/* Makes an announcer_do() under way return -ECANCELED now, and later ones at
 * once. Any thread, also in a signal handler. */
void announcer_interrupt(struct announcer *announcer);

/* Kills the child, waits for its end and frees. NULL is a no-op. Main thread,
 * once no other uses it, and after fuse_session_unmount(): a request that was
 * read from /dev/fuse and never answered (libfuse drops those that its workers
 * read while the loop ends) holds even a killed process, until that descriptor
 * closes. Never longer than ANNOUNCER_STOP_LIMIT_MS; what cannot die by then
 * does so with the descriptor. */
void announcer_stop(struct announcer *announcer);

#endif
