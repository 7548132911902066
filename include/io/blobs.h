/* The finished pictures' bytes, one plain file each below STORE/images/, named
 * so that a person finds them without the database:
 *
 *     images/2026-11-21/album.dog-17.png      day (UTC), request path, call
 *
 * A file there is whole, checked and on disk; what is still arriving lies in
 * STORE/incoming/ under a name that no later run reuses by accident. Any thread;
 * no function waits for anything but the local disk. */
#ifndef EASELFS_IO_BLOBS_H
#define EASELFS_IO_BLOBS_H

#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "job/picture.h"

struct blobs;

struct blob {
	char place[256]; /* below images/, NUL-terminated */
	uint64_t size;
	uint64_t disk_blocks; /* of 512 bytes */
	char sha256[65];      /* lower-case hex */
	struct picture picture;
};

/* Makes images/ and incoming/ below `store_dir` and removes what an earlier
 * daemon left in incoming/. A relative `store_dir` is resolved now, so the daemon
 * may change its directory later. Returns 0 or -errno. */
int blobs_open(const char *store_dir, struct blobs **ret_blobs);
void blobs_close(struct blobs *blobs); /* NULL is a no-op */

/* The path a new file should be written to: incoming/CALL-NUMBER.part, allocated;
 * the caller writes there and then calls blobs_adopt() or blobs_discard(). NULL
 * when out of memory. */
char *blobs_incoming(const struct blobs *blobs, int64_t call, unsigned number);
void blobs_discard(const char *incoming_path); /* removes it; a missing one is fine */

/* What the file at `path` is, wherever it lies: its size, checksum and picture; place and
 * blocks are not told. 0; -EBADMSG where it is no whole picture, -EFBIG where it has more than
 * `bytes_max` (diag); or another -errno of the disk (the diag is untouched). */
int blobs_inspect(const char *path, uint64_t bytes_max, struct blob *ret_blob,
		  struct diag *reterr_diag);

/* Checks the file at `incoming_path` (picture_check, at most `bytes_max`), syncs
 * it, moves it to its place as a picture of the call `call` of the request
 * `request_path` finished at `finished_ms`, and syncs the directories on the way,
 * so that the caller may record it. Nothing is overwritten: the second picture of
 * a call, or the first where a crash left one that is not recorded, ends in -17_2
 * (-EEXIST after 100,000 of a day). The path must be one of
 * blobs_incoming()'s (the same filesystem). The file is ours on success, still the
 * caller's on failure. 0, -EBADMSG (not such an image; diag says why), -EFBIG
 * (diag), -ENOSPC, -EIO or another -errno of the disk (the diag is untouched). */
int blobs_adopt(struct blobs *blobs, const char *incoming_path, const char *request_path,
		int64_t call, int64_t finished_ms, uint64_t bytes_max, struct blob *ret_blob,
		struct diag *reterr_diag);

/* Opens a picture read-only; `place` is struct blob's. A descriptor or -errno. */
int blobs_read(const struct blobs *blobs, const char *place);

/* Removes a picture for good. 0 or -errno (a missing one is 0). */
int blobs_remove(struct blobs *blobs, const char *place);

#endif
