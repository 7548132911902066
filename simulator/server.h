/* The listeners: HTTP on ports of 127.0.0.1. */
#ifndef EASELFS_SIMULATOR_SERVER_H
#define EASELFS_SIMULATOR_SERVER_H

#include "simulator/world.h"

struct server;

/* Begins to listen at world->options->ports[number] for a provider or the image host
 * (PROVIDERS). NULL with a diag. */
struct server *server_start(struct world *world, unsigned number, struct diag *reterr_diag);
/* Call alarm_stop() first. NULL is a no-op. */
void server_stop(struct server *server);
/* "http://127.0.0.1:34211". */
const char *server_origin(const struct server *server);

#endif
