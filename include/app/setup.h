/* What the daemon knows before it mounts: configuration, profiles and keys. */
#ifndef EASELFS_APP_SETUP_H
#define EASELFS_APP_SETUP_H

#include "app/options.h"
#include "base/diag.h"
#include "engine/rulebook.h"

/* Reads the configuration that the options name (or the default one, if it
 * exists) and all profiles; options win over the configuration. If all of that can be
 * used, finds the keys, which may take as long as the commands that print them, or until
 * `stop_fd` (see io/key.h): then -ECANCELED. The first time, the variables
 * that may hold keys leave the environment. Puts the folder of our own executable into
 * PATH, where the painters we install lie, and forbids core dumps once there is a key.
 * Under ACTION_CHECK a default provider that is not known is no error. 0 or -errno with a
 * diag. Main thread before others run; one thread at a time later. */
int setup_load(const struct options *options, int stop_fd, struct rules *ret_rules,
	       struct diag *reterr_diag);

/* Makes a path that was written in the working directory good for later: the daemon leaves
 * it. `*path`, NULL or allocated, is replaced. 0, or -errno with a diag. Main thread. */
int setup_make_absolute(char **path, struct diag *reterr_diag);

#endif
