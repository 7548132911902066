/* How the mount's JSON files look: two spaces a level, one after each colon. */
#ifndef EASELFS_JOB_JSON_TEXT_H
#define EASELFS_JOB_JSON_TEXT_H

#include <cjson/cJSON.h>

#include "base/strbuf.h"

/* Appends the item and a newline. 0 or -ENOMEM. */
int json_text_add(const cJSON *item, struct strbuf *json);

#endif
