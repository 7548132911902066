/* What a picture's own file says of how it was made: `parameters` in a PNG, as
 * other programs write and read them, and XMP in all three formats. Pixels are
 * not touched. Pure. */
#ifndef EASELFS_JOB_EMBED_H
#define EASELFS_JOB_EMBED_H

#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/strbuf.h"

struct embed_story {
	const char *prompt;
	const char *negative_prompt; /* NULL: none */
	const char *provider;
	const char *model; /* "": not known */
	int64_t seed;      /* -1: none */
	int64_t steps;     /* -1: not known */
};

/* Sets *ret_bytes to the picture with that in it; the caller's, empty before.
 * -EALREADY when the picture says such things itself, -EPERM when it is signed
 * (C2PA: a changed byte would break the signature), -EBADMSG when it is no whole
 * picture, -EFBIG when the format has no room, -ENOMEM; all but the last with
 * a diag that goes on from "the picture". */
int embed_picture(const uint8_t *bytes, size_t size, const struct embed_story *story,
		  struct strbuf *ret_bytes, struct diag *reterr_diag);

#endif
