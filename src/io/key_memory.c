/* Memory for secrets. Each has pages of its own, because advice to the kernel is about
 * whole pages: what shared one with a key would be missing in a core dump, and what was
 * unlocked with it would take the key along. The list is there for keys_settle(), which
 * has to reach all of them after a fork: locks are not inherited.
 *
 * That a page cannot be locked is no error: RLIMIT_MEMLOCK may be 0. */
#include "io/key_private.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/cleanup.h"

static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER; /* guards what follows */
static struct secret *first;
static bool settled;

static void keep(const struct secret *secret)
{
	mlock(secret->bytes, secret->room);
	if (settled)
		madvise(secret->bytes, secret->room, MADV_DONTFORK);
}

struct secret *secret_new(size_t room)
{
	struct secret *secret = calloc(1, sizeof(*secret));
	SCOPED_LOCK(&list_lock);

	if (!secret)
		return NULL;
	secret->bytes =
		mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (secret->bytes == MAP_FAILED) {
		free(secret);
		return NULL;
	}
	secret->room = room;
	madvise(secret->bytes, room, MADV_DONTDUMP);
	keep(secret);
	secret->next = first;
	if (first)
		first->previous = secret;
	first = secret;
	return secret;
}

void secret_free(struct secret *secret)
{
	SCOPED_LOCK(&list_lock);

	if (!secret)
		return;
	if (secret->previous)
		secret->previous->next = secret->next;
	else
		first = secret->next;
	if (secret->next)
		secret->next->previous = secret->previous;
	explicit_bzero(secret->bytes, secret->room);
	munmap(secret->bytes, secret->room);
	free(secret);
}

void keys_settle(void)
{
	SCOPED_LOCK(&list_lock);

	settled = true;
	for (const struct secret *secret = first; secret; secret = secret->next)
		keep(secret);
}
