/* The engine: one thread that plans, acts and applies. It alone owns child
 * processes and deadlines; it learns of work from the catalog's notes. */
#ifndef EASELFS_ENGINE_ENGINE_H
#define EASELFS_ENGINE_ENGINE_H

#include "engine/catalog.h"
#include "engine/live.h"
#include "engine/rulebook.h"
#include "io/blobs.h"
#include "io/store.h"

struct engine;

/* Borrowed, must outlive the engine. */
struct engine_parts {
	struct store *store;
	struct catalog *catalog;
	struct blobs *blobs;
	struct live *live;
	const struct rulebook *rulebook;
};

/* Registers with the catalog; nothing runs yet. Main thread. 0 or -errno. */
int engine_new(const struct engine_parts *parts, struct engine **ret_engine);
/* Starts the thread. Main thread. 0 or -errno. */
int engine_start(struct engine *engine);
/* Ends what is under way (local painters are killed), joins the thread; nothing
 * is lost by it. Main thread. */
void engine_stop(struct engine *engine);
void engine_free(struct engine *engine); /* stopped; NULL is a no-op */

#endif
