/* Where the pictures are: another origin than any provider's. */
#ifndef EASELFS_SIMULATOR_IMAGE_HOST_H
#define EASELFS_SIMULATOR_IMAGE_HOST_H

#include "simulator/exchange.h"

enum { IMAGE_URL_ROOM = 400 };

/* URL_SIGNED: with a query that may not be touched and that expires; others expire with the
 * job. Returns `url`. */
enum image_url { URL_PLAIN, URL_SIGNED };
const char *image_url(const struct exchange *x, const struct job *job, unsigned index,
		      enum image_url kind, char *url);

/* An item of a result: a URL, base64 or a data URI, as the job was asked for. */
cJSON *image_item(const struct exchange *x, const struct job *job, unsigned index,
		  enum image_url kind);

#endif
