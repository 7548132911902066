/* How a rebuilt database takes the place of a damaged one. Private to the store. */
#ifndef EASELFS_IO_STORE_SWAP_H
#define EASELFS_IO_STORE_SWAP_H

#include <stddef.h>

/* Beside easelfs.db, and worth nothing to anybody but its maker. */
#define SWAP_HALF_MADE "easelfs.db.recovering"

/* All with the store's lock, one thread. */

/* Whether the store at `dir` was rebuilt, and the swap did not come to its end: 1, 0 or
 * -errno. Until swap_finish() nobody may believe its easelfs.db. */
int swap_is_pending(const char *dir);

/* DIR/SWAP_HALF_MADE is whole: syncs it and decides that it is the store. From here on only
 * swap_finish() is left. 0; or -errno, and then swap_is_pending() knows which. */
int swap_decide(const char *dir);

/* Moves the old database and its logs aside, where they are still to be moved, and the new
 * one into their place. `ret_aside` is the old one's name now, "" where there was none. 0,
 * or -errno: it may be called again while swap_is_pending(). */
int swap_finish(const char *dir, char *ret_aside, size_t room);

#endif
