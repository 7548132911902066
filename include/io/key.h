/* Secrets: where a provider's key comes from, and memory that keeps it to itself. A key
 * never leaves as text but in the header made of it.
 *
 * What keeps it out of a core dump is that memory itself (MADV_DONTDUMP); for the copies
 * that libcurl makes while it sends, the daemon forbids core dumps altogether
 * (RLIMIT_CORE). PR_SET_DUMPABLE is left alone: without it the announcer could make no
 * user namespace, and no leak checker could look at us. */
#ifndef EASELFS_IO_KEY_H
#define EASELFS_IO_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/diag.h"

enum { KEY_BYTES_MAX = 4096, KEY_PARTS_MAX = 2, KEY_HALF_BYTES_MIN = 8 };

/* Bytes that are locked in memory where that is allowed, in no core dump, and
 * overwritten when freed. */
struct key;

/* Where to look, first to last:
 *   source          the configuration's "env:NAME", "file:PATH" (absolute, ~/ is the home;
 *                   refused when group or others can read it, or it is not ours or root's),
 *                   "command:PROGRAM ARGUMENT …" (no shell, but "double quotes" hold a word
 *                   together; its first line; 30 s; its stderr goes to ours);
 *                   NULL: not configured, and then
 *   name            $CREDENTIALS_DIRECTORY/NAME (systemd), the provider's name
 *   variables       environment variables; NULL-terminated, NULL: none. With two, the key is
 *                   "FIRST:SECOND", and both must be set; an empty one is not set.
 * White space at the ends is dropped. 0; -ENOENT (nothing configured or set: diag names
 * where to put one); -ECANCELED (a command was awaited when `stop_fd` became readable: it is
 * killed); -EACCES, -EINVAL (empty, control characters, too long, unknown kind of
 * source) or another -errno with a diag, which never has any of the key. Any thread, but for
 * keys_take_environment(). */
struct key_place {
	const char *source;
	const char *name;
	const char *const *variables;
};
enum { KEY_NEVER_STOP = -1 }; /* as a `stop_fd` */
int key_read(const struct key_place *place, int stop_fd, struct key **ret_key,
	     struct diag *reterr_diag);
void key_free(struct key *key); /* NULL is a no-op */

/* Takes the values of these variables (NULL-terminated) out of the environment, so that no
 * child process and no /proc/PID/environ has them; key_read() finds them still. Main thread,
 * before others run. 0 or -ENOMEM. */
int keys_take_environment(const char *const *variables);

/* From now on children get no copy of any key, and what a fork() has unlocked is locked
 * again. Main thread, before others run, in the process that stays. */
void keys_settle(void);

/* The header a request carries: "Authorization: Bearer …". For basic, the key is KEY:SECRET.
 * In memory like a key's; ours until key_free() or the next call. */
enum key_scheme { KEY_BEARER, KEY_KEY, KEY_BASIC, KEY_HEADER };
/* `header`: the name, for KEY_HEADER. NULL when out of memory. The header is the key's. */
const char *key_header(struct key *key, enum key_scheme scheme, const char *header);

/* Whether it is of the form KEY:SECRET, as KEY_BASIC needs it. */
bool key_is_pair(const struct key *key);

/* Whether the text has the key in it, or what its header makes of it, or one half of a
 * KEY:SECRET of at least KEY_HALF_BYTES_MIN bytes: what is to be shown must not. Any thread. */
bool key_is_in(const struct key *key, const char *text, size_t size);

#endif
