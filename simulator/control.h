/* /_sim/ on every listener: what happened, and what is to happen. */
#ifndef EASELFS_SIMULATOR_CONTROL_H
#define EASELFS_SIMULATOR_CONTROL_H

#include "simulator/exchange.h"

bool control_is_meant(const struct request *request);
/* Answers. No key is asked for and nothing is recorded. */
void control_run(struct exchange *x);

#endif
