/* Who asks: the key of a request, and the record of it. Private to exchange. */
#ifndef EASELFS_SIMULATOR_EXCHANGE_KEY_H
#define EASELFS_SIMULATOR_EXCHANGE_KEY_H

#include <stdbool.h>

#include "simulator/exchange.h"

/* Whether the provider's key came, in its scheme. */
bool exchange_key_is_right(const struct exchange *x);
/* A line for the request: which headers came, but not what a key was. */
void exchange_record(const struct exchange *x);

#endif
