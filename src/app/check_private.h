/* What is found out about a provider, while it is. */
#ifndef EASELFS_APP_CHECK_PRIVATE_H
#define EASELFS_APP_CHECK_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "engine/rulebook.h"

struct finding {
	const struct profile *profile;
	const struct access *access;
	bool ready;
	struct strbuf status;    /* "ready", or why it is not */
	int64_t remaining_micro; /* -1: not told */
};

/* Asks those that are ready so far, have a key and have a free call that proves it.
 * Blocks. 0 or -ENOMEM. */
int check_ask(const struct rules *rules, struct finding *findings, size_t count);

#endif
