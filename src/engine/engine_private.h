/* The engine's inside, shared by its loop and its painters. Private. */
#ifndef EASELFS_ENGINE_ENGINE_PRIVATE_H
#define EASELFS_ENGINE_ENGINE_PRIVATE_H

#include <poll.h>
#include <pthread.h>
#include <stdbool.h>

#include "base/timers.h"
#include "engine/catalog.h"
#include "engine/engine.h"
#include "io/blobs.h"
#include "io/program.h"

enum { RETRY_DISK_MS = 5000 }; /* a full disk is asked again */

enum { PAINTERS_MAX = 64, ENGINE_FDS_MAX = 1 + PAINTERS_MAX * PROGRAM_POLLFDS };

/* A local painter at work on a call, or its picture that waits for the disk. */
struct painter {
	int64_t call; /* 0: the slot is free */
	const struct profile *profile;
	struct program *program; /* NULL: it ended, and that is to be recorded */
	char *incoming;          /* where it paints */
	char *request;           /* JSON of its command line */
	int64_t deadline_ms;     /* steady: when the program is killed */
	int64_t retry_ms;        /* steady: when the disk is asked again */
	struct blob blob;        /* the picture in its place, if that is `adopted` */
	bool adopted;
	char *failure; /* why it failed, while that cannot be recorded */
	bool finished; /* that it succeeded is recorded */
	bool cancelled;
};

struct engine {
	struct engine_parts parts;
	pthread_t thread, thread_id;
	bool started;
	int wake_fd;

	/* Guards the inbox and `stopping`; held for a few pointers. */
	pthread_mutex_t inbox_lock;
	struct timers inbox_closed, inbox_images;
	bool inbox_work;
	bool stopping;

	/* The engine thread's alone. */
	struct timers settling, announcing;
	bool work;             /* calls may have a next step */
	int64_t plan_again_ms; /* steady: the store could not record one; 0: it could */
	struct painter painters[PAINTERS_MAX];
	struct pollfd fds[ENGINE_FDS_MAX];
};

/* Records the intent, starts the painter, says so. Engine thread, as all below. */
void painters_submit(struct engine *engine, const struct call *call);
void painters_cancel(struct engine *engine, int64_t call);
bool painters_have(const struct engine *engine, int64_t call);
unsigned painters_count(const struct engine *engine, const struct profile *profile);
/* Watches them and records what they finished. */
void painters_step(struct engine *engine, int64_t now_ms);
int64_t painters_next(const struct engine *engine, int64_t otherwise);
size_t painters_pollfds(const struct engine *engine, struct pollfd *fds);
void painters_stop(struct engine *engine);

/* catalog_call(), and where the store cannot record it (its disk is full), another
 * plan later, which finds the call in the state that it is in. */
int engine_tell(struct engine *engine, int64_t call, const struct call_news *news);

/* Puts into the picture at `path`, where that is configured, how it was made. 0,
 * also where it cannot be and the job's log says so (on the first try); -errno
 * where it is worth another try: the disk is full, memory is short. */
enum embed_try { EMBED_FIRST, EMBED_AGAIN };
int engine_embed(struct engine *engine, int64_t call, const char *path, enum embed_try try);

#endif
