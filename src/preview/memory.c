/* Hides what happens without memory. Every scene would otherwise carry checks
 * that no one can test and whose only answer is to stop; nothing is written
 * before the whole picture is painted, so stopping leaves nothing behind. */
#include "preview/memory.h"

#include <stdio.h>
#include <stdlib.h>

void memory_give_up(const char *reason)
{
	fprintf(stderr, "easelfs-preview: cannot paint: %s\n", reason);
	exit(EXIT_FAILURE);
}

void *memory_zeroed(size_t count, size_t size)
{
	void *memory = calloc(count ? count : 1, size ? size : 1);

	if (!memory)
		memory_give_up("out of memory");
	return memory;
}
