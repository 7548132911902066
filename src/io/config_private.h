/* What the sections of the configuration share. */
#ifndef EASELFS_IO_CONFIG_PRIVATE_H
#define EASELFS_IO_CONFIG_PRIVATE_H

#include "base/diag.h"
#include "io/config.h"
#include "io/ini.h"

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

/* An amount of money such as "0.03", in millionths, exactly. */
int config_take_amount(const struct ini_entry *entry, int64_t *ret_micro, struct diag *reterr_diag);

/* Says what is wrong with the entry's value; -EINVAL. */
int config_refuse(const struct ini_entry *entry, const char *why, struct diag *reterr_diag);

/* Puts a copy in the place of the old text. 0 or -ENOMEM. */
int config_replace(char **text, const char *with);

#endif
