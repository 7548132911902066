/* The command line: easelfs [-f] [-d] [-o OPTION,…] [CONFIG] MOUNTPOINT. */
#ifndef EASELFS_APP_OPTIONS_H
#define EASELFS_APP_OPTIONS_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/diag.h"
#include "base/strbuf.h"

enum action { ACTION_MOUNT, ACTION_CHECK, ACTION_RECOVER, ACTION_HELP, ACTION_VERSION };

struct options {
	enum action action;
	bool foreground;
	bool debug; /* foreground, and libfuse tells every request */
	bool read_only;
	bool json;                    /* of --check */
	char *mountpoint;             /* as given */
	char *config;                 /* NULL: the default place, if it exists */
	char *provider, *store, *log; /* NULL: not given */
	char *recover;                /* the store of --recover */
	uid_t uid;
	gid_t gid;
	mode_t umask;
	struct strbuf fuse_options; /* for libfuse, comma-separated */
};

/* Reads the command line. 0, or -EINVAL with a diag that says what is wrong and
 * what is allowed; -ENOMEM. Main thread. */
int options_parse(int argc, char **argv, struct options *ret_options, struct diag *reterr_diag);
void options_done(struct options *options);

/* The text of --help. */
extern const char options_help[];

#endif
