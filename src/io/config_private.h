/* What the sections of the configuration share. */
#ifndef EASELFS_IO_CONFIG_PRIVATE_H
#define EASELFS_IO_CONFIG_PRIVATE_H

#include <stdint.h>

#include "base/diag.h"
#include "io/config.h"
#include "io/ini.h"

/* Of what is spent, a price or the worth of a unit: a billion units, in millionths. */
#define CONFIG_MICRO_MAX ((int64_t)1000 * 1000 * 1000 * 1000 * 1000)

/* Takes one entry of its section. 0, -EINVAL with a diag and its line, or -ENOMEM. */
typedef int config_section_fn(const struct ini_entry *entry, struct config *config,
			      struct diag *reterr_diag);

/* [provider NAME] */
int config_take_provider(const struct ini_entry *entry, struct config *config,
			 struct diag *reterr_diag);
void config_provider_done(struct config_provider *provider);

/* "in_flight" of any section. */
int config_take_in_flight(const struct ini_entry *entry, unsigned *ret_count,
			  struct diag *reterr_diag);

#endif
