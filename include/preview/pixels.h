/* Pixels as PNG files. */
#ifndef EASELFS_PREVIEW_PIXELS_H
#define EASELFS_PREVIEW_PIXELS_H

#include <stdint.h>

#include "base/strbuf.h"

/* Appends a PNG of 8-bit RGB: `pixels` are w * h of 0x00RRGGBB. Holds nothing but
 * the picture: no time, no text, no colour profile. 0 or -ENOMEM. */
int pixels_add_png(struct strbuf *png, const uint32_t *pixels, int w, int h);

#endif
