/* Keys in headers. libcurl takes a header's text where it is, so that it needs no copy
 * but the request it sends: the text stays in pages of its own, which are in no core
 * dump, where possible not swapped, and overwritten at the end. Transfers of one
 * provider send the same text and share it. */
#include "io/http_private.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct http_secret *http_secret_ref(struct http_secret **list, const char *text)
{
	size_t size = strlen(text) + 1, page = (size_t)sysconf(_SC_PAGESIZE);
	size_t room = (sizeof(struct http_secret) + size + page - 1) / page * page;
	struct http_secret *secret = *list;

	while (secret && strcmp(secret->text, text) != 0)
		secret = secret->next;
	if (secret) {
		secret->refs++;
		return secret;
	}
	secret = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (secret == MAP_FAILED)
		return NULL;
	/* Locking is limited for ordinary users, and a key that may be swapped is better
	 * than none. */
	madvise(secret, room, MADV_DONTDUMP);
	mlock(secret, room);
	secret->refs = 1;
	secret->room = room;
	secret->next = *list;
	memcpy(secret->text, text, size);
	*list = secret;
	return secret;
}

void http_secret_unref(struct http_secret **list, struct http_secret *secret)
{
	struct http_secret **at = list;
	size_t room;

	if (!secret || --secret->refs > 0)
		return;
	while (*at != secret)
		at = &(*at)->next;
	*at = secret->next;
	room = secret->room;
	explicit_bzero(secret, room);
	munmap(secret, room);
}
