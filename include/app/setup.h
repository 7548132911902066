/* What the daemon knows before it mounts: configuration and profiles. */
#ifndef EASELFS_APP_SETUP_H
#define EASELFS_APP_SETUP_H

#include "app/options.h"
#include "base/diag.h"
#include "engine/rulebook.h"

/* Reads the configuration that the options name (or the default one, if it
 * exists) and all profiles; options win over the configuration. Puts the folder
 * of our own executable into PATH, where the painters we install lie. 0 or
 * -errno with a diag. Main thread before others run; one thread at a time later. */
int setup_load(const struct options *options, struct rules *ret_rules, struct diag *reterr_diag);

#endif
