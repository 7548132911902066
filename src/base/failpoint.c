/* What is to fail is read once, from the environment of whoever tests: tests/torture starts
 * one daemon for each choice. SIGKILL rather than abort(): no handler, no core file, and the
 * kernel closes what was open, as after any other crash of a process. */
#include "base/failpoint.h"

#ifdef EASELFS_FAILPOINTS

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_ROOM = 64 };

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char chosen[NAME_ROOM];
static atomic_long passages_left;

static void read_choice(void)
{
	const char *choice = getenv("EASELFS_FAIL");
	const char *colon = choice ? strrchr(choice, ':') : NULL;

	if (!colon || (size_t)(colon - choice) >= sizeof(chosen))
		return;
	memcpy(chosen, choice, (size_t)(colon - choice));
	atomic_store(&passages_left, strtol(colon + 1, NULL, 10));
}

void failpoint_pass(const char *name)
{
	pthread_once(&once, read_choice);
	if (strcmp(name, chosen) == 0 && atomic_fetch_sub(&passages_left, 1) == 1)
		raise(SIGKILL);
}

#endif
