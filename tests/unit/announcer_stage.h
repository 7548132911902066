/* A stage for the announcer: a process with a tiny FUSE file system (images/,
 * jobs/1/status), an announcer, a notifier thread that takes orders from the
 * test, and the FUSE loop. The test plays the user. */
#ifndef EASELFS_TESTS_ANNOUNCER_STAGE_H
#define EASELFS_TESTS_ANNOUNCER_STAGE_H

#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "mount/announcer.h"

enum {
	STAGE_NAMES = 100000, /* images/N.png and images/N.d, N below */
	/* Numbers that are not answered as others are. */
	STAGE_HELD_FLUSH = 90001,  /* the close waits while `hold` */
	STAGE_HELD_CREATE = 90002, /* the create waits while `hold` */
	STAGE_UNANSWERED = 90003,  /* the create is never answered */
	STAGE_SKIPPED = 42,        /* exit status: nothing can be mounted here */
};

enum stage_way {
	STAGE_PLAIN,
	STAGE_NO_NAMESPACES, /* the announcer is denied one */
	STAGE_LATE_LOOP,     /* the FUSE loop starts 300 ms late */
	STAGE_EARLY_STOP,    /* announcer_stop() before fuse_session_unmount() */
};

/* Memory that the test shares with the stage. */
struct stage_board {
	atomic_bool hold;
	atomic_int holding;     /* requests that wait now */
	atomic_int done;        /* announcements of a burst that succeeded */
	atomic_int request_pid; /* of the last create, mkdir or setattr */
	atomic_int request_uid;
	atomic_int start_ms, stop_ms; /* what announcer_start() and _stop() took */
};

struct stage_hello {
	pid_t announcer;
	int shared_because;
};

struct stage {
	char mountpoint[64];
	struct stage_board *board;
	struct stage_hello hello;
	pid_t pid; /* 0 once stage_end() has seen it end */
	int process, control;
};

struct stage_order {
	int what; /* enum announcement; 0: announce names until it fails */
	char path[NAME_MAX];
};

struct stage_answer {
	int result;
	int64_t took_ms;
};

/* Mounts, and returns once the announcer is there; with false nothing can be
 * mounted here (the reason is printed). `options` are words for -o, or NULL.
 * SIGUSR1 to the stage calls announcer_interrupt(), SIGTERM ends its loop. */
bool stage_start(struct stage *stage, enum stage_way way, const char *options);

void stage_order(struct stage *stage, int what, const char *path);
struct stage_answer stage_answer(struct stage *stage); /* waits for it, 10 s at most */

/* Waits for the process to end by itself; false after `limit_ms`. Its exit
 * status, or 128 + signal, in *ret_status. */
bool stage_end(struct stage *stage, int limit_ms, int *ret_status);

/* Kills what is left, unmounts what is left, frees. */
void stage_clear(struct stage *stage);

/* Unmounts once as a user would: 0 or what the first try said. */
enum unmount_way { UNMOUNT_CALL, UNMOUNT_FUSERMOUNT, UNMOUNT_LAZY };
int stage_unmount(const char *mountpoint, enum unmount_way way);

#endif
