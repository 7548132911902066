/* The command line of easelfs-preview. */
#ifndef EASELFS_PREVIEW_OPTIONS_H
#define EASELFS_PREVIEW_OPTIONS_H

#include <stdint.h>

#include "base/diag.h"

enum options_task { OPTIONS_PAINT, OPTIONS_HELP, OPTIONS_VERSION };

struct options {
	enum options_task task;
	const char *output; /* "-": standard output */
	const char *prompt;
	int w, h;
	uint32_t seed;
	enum { PROGRESS_SILENT, PROGRESS_SHOWN } progress;
};

extern const char options_usage[];

/* Not reentrant (getopt). The strings are argv's. 0 or -EINVAL. */
int options_parse(int argc, char **argv, struct options *ret_options, struct diag *reterr_diag);

#endif
