/* Pictures to be told apart, at little cost. */
#ifndef EASELFS_SIMULATOR_PICTURE_H
#define EASELFS_SIMULATOR_PICTURE_H

#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"

enum { PICTURE_SIDE_MAX = 8192 };

/* Appends a PNG of w x h pixels, from 1 to PICTURE_SIDE_MAX each: waves of colour, the same for
 * the same `look`. Any thread. 0 or -ENOMEM. */
int picture_add(struct strbuf *png, unsigned w, unsigned h, uint64_t look);

/* Makes a PNG that picture_add() appended at least `size` bytes long, with a chunk of noise that
 * no reader minds. */
void picture_pad(struct strbuf *png, size_t size);

#endif
