/* A configuration with which easelfs asks the simulator instead of the providers. */
#ifndef EASELFS_SIMULATOR_CONFIG_FILE_H
#define EASELFS_SIMULATOR_CONFIG_FILE_H

#include "base/diag.h"
#include "simulator/options.h"

/* Writes `path`, and beside it a file for each key (mode 0600). `urls` are the base URLs, by
 * the providers' numbers. A file that somebody else wrote is left alone: -EEXIST. 0 or
 * -errno with a diag. */
int config_file_write(const char *path, const struct options *options, char *const *urls,
		      struct diag *reterr_diag);

#endif
