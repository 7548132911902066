/* renameat2 noreplace|exchange OLD NEW: rename(2) with a flag that mv(1) of
 * Debian 12 cannot ask for. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	if (argc != 4) {
		fprintf(stderr, "usage: renameat2 noreplace|exchange OLD NEW\n");
		return 2;
	}
	if (renameat2(AT_FDCWD, argv[2], AT_FDCWD, argv[3],
		      strcmp(argv[1], "exchange") != 0 ? RENAME_NOREPLACE : RENAME_EXCHANGE) < 0) {
		perror(argv[3]);
		return 1;
	}
	return 0;
}
