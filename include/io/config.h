/* The configuration file: INI, read with inih, every diagnosis with its line. */
#ifndef EASELFS_IO_CONFIG_H
#define EASELFS_IO_CONFIG_H

#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "job/params.h"

/* [provider NAME] */
struct config_provider {
	char *name;
	unsigned in_flight;  /* 0: the profile's or [limits] */
	char *key;           /* "env:NAME", "file:PATH", "command:…"; NULL: not said */
	char *base_url;      /* instead of the profile's, without a slash at its end, or NULL */
	int64_t price_micro; /* an image, in the provider's unit; -1: not said */
	int64_t usd_micro;   /* the worth of that unit in USD; -1: not said */
};

/* Where a picture says how it was made. */
enum metadata {
	METADATA_XATTR, /* in extended attributes; its bytes are the provider's */
	METADATA_EMBED, /* in its file as well */
	METADATA_NONE
};

/* What happens to requests beyond a limit of spending. */
enum over {
	OVER_HOLD,  /* they are held until the next day or a reload */
	OVER_REFUSE /* and no new one can be made: EDQUOT */
};

struct config {
	char *provider; /* who paints when a request does not say */
	char *store;    /* absolute, ~ expanded */
	int64_t settle_ms;
	enum metadata metadata;
	char *proxy, *ca_file;        /* "" where not said; ca_file is absolute, ~ expanded */
	unsigned in_flight;           /* [limits] */
	int64_t day_micro, job_micro; /* [limits] spend_per_day, spend_per_job; USD, 0: none */
	enum over over;               /* [limits] */
	uint64_t image_bytes;         /* [limits] */
	struct params defaults;       /* [defaults] */
	char *defaults_extra;         /* its extra.NAME: a JSON object's text, or NULL */
	struct config_provider *providers;
	size_t provider_count;
};

/* What holds without any file: provider preview, the store below
 * $XDG_DATA_HOME or ~/.local/share, 200 ms, 8 in flight, 64 MiB. 0, -ENOMEM, or
 * -ENOENT with a diag when neither HOME nor XDG_DATA_HOME is set. */
int config_defaults(struct config *ret_config, struct diag *reterr_diag);

/* Reads `path` over the defaults. 0, -EINVAL (diag with the line, the word and
 * what is allowed) or -errno of reading (diag). */
int config_load(const char *path, struct config *ret_config, struct diag *reterr_diag);
void config_done(struct config *config);
/* The section [provider NAME], or NULL. */
const struct config_provider *config_provider(const struct config *config, const char *name);

#endif
