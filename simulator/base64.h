/* Base64 (RFC 4648) with padding. Pure. */
#ifndef EASELFS_SIMULATOR_BASE64_H
#define EASELFS_SIMULATOR_BASE64_H

#include <stddef.h>

#include "base/strbuf.h"

void base64_add(struct strbuf *text, const void *bytes, size_t size);

#endif
