/* easelfs: picture-making services as a filesystem. */
#include <stdio.h>
#include <stdlib.h>

#include "app/check.h"
#include "app/daemon.h"
#include "app/options.h"
#include "app/recover.h"

int main(int argc, char **argv)
{
	struct options options;
	struct diag diag;
	int status = EXIT_SUCCESS;

	if (options_parse(argc, argv, &options, &diag) < 0) {
		fprintf(stderr, "easelfs: %s\n", diag.text);
		return EXIT_FAILURE;
	}
	switch (options.action) {
	case ACTION_HELP:
		fputs(options_help, stdout);
		break;
	case ACTION_VERSION:
		printf("easelfs %s\n", EASELFS_VERSION);
		break;
	case ACTION_CHECK:
		status = check_run(&options);
		break;
	case ACTION_RECOVER:
		status = recover_run(options.recover);
		break;
	case ACTION_MOUNT:
		status = daemon_run(&options);
		break;
	}
	options_done(&options);
	return status;
}
