/* Resolved parameters as the store keeps them: a JSON object of the set ones,
 * each value as its normalised text. Pure. */
#ifndef EASELFS_JOB_PARAMS_JSON_H
#define EASELFS_JOB_PARAMS_JSON_H

#include "base/strbuf.h"
#include "job/params.h"

/* Appends the object. 0 or -ENOMEM. */
int params_json(const struct params *params, struct strbuf *json);
/* Reads what params_json() wrote; members it does not know are skipped. 0,
 * -EBADMSG or -ENOMEM. */
int params_from_json(const char *json, struct params *ret_params);

#endif
