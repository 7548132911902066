/* easelfs --check: whether what is configured can be used. */
#ifndef EASELFS_APP_CHECK_H
#define EASELFS_APP_CHECK_H

#include "app/options.h"

/* Prints a line (with options->json, an object of an array) for each provider, for each
 * file that cannot be used, and for each section that means nobody. A provider with a key
 * and a free call that proves it is asked over the network, all at once, for at most
 * some ten seconds. EXIT_FAILURE when the default provider is not ready or anything in a
 * file is wrong. Main thread. */
int check_run(const struct options *options);

#endif
