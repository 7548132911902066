/* The life of the daemon, from a command line to an exit status. */
#ifndef EASELFS_APP_DAEMON_H
#define EASELFS_APP_DAEMON_H

#include "app/options.h"

/* Mounts and serves until it is unmounted or told to stop. Without
 * options->foreground it returns in the calling process once the mount answers (0)
 * or has failed, its reason on standard error. Main thread. An exit status. */
int daemon_run(struct options *options);

#endif
