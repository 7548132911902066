/* What the files of key share: memory for secrets, and the places they come from. */
#ifndef EASELFS_IO_KEY_PRIVATE_H
#define EASELFS_IO_KEY_PRIVATE_H

#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "io/key.h"

/* Room for a key with white space around it and a NUL. */
enum { KEY_RAW_ROOM = KEY_BYTES_MAX + 512 };

/* Pages of their own: zeroed, locked where that is allowed, in no core dump. */
struct secret {
	char *bytes;
	size_t room;
	struct secret *next, *previous; /* all there are */
};

/* NULL: out of memory. Any thread. */
struct secret *secret_new(size_t room);
void secret_free(struct secret *secret); /* overwrites; NULL is a no-op */

static inline void cleanup_secret(struct secret **secret)
{
	secret_free(*secret);
}

/* What a variable held before it was taken, else what it holds, else NULL. */
const char *key_variable(const char *name);

/* The text, NUL-terminated and untrimmed, of a file. With KEY_FILE_PRIVATE it must be the
 * user's or root's, and closed to everybody else; KEY_FILE_ANY is for a place that
 * somebody we trust has made. 0, -ENOENT, -EACCES, -EINVAL or -errno, with a diag. */
enum key_file_kind { KEY_FILE_PRIVATE, KEY_FILE_ANY };
int key_file_read(const char *path, enum key_file_kind kind, struct secret **ret_text,
		  struct diag *reterr_diag);

/* The first line that a command prints, likewise. It has `limit_ms`, and is killed then, or
 * when `stop_fd` is readable: -ETIMEDOUT, -ECANCELED. */
int key_command_read(const char *command, int64_t limit_ms, int stop_fd, struct secret **ret_text,
		     struct diag *reterr_diag);

#endif
