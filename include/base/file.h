/* Whole files with limits, and writes that are on disk when they return. */
#ifndef EASELFS_BASE_FILE_H
#define EASELFS_BASE_FILE_H

#include <stddef.h>
#include <sys/types.h>

/* Reads a regular file of at most `max` bytes. *ret_bytes is NUL-terminated and
 * the caller's to free. Returns 0, -EFBIG, -EISDIR or another -errno. */
int file_read(const char *path, size_t max, char **ret_bytes, size_t *ret_size);

/* Writes all of it, going on after EINTR and short writes. 0 or -errno. */
int file_write_all(int fd, const void *bytes, size_t size);

/* Creates `path` and its missing parents with mode 0700. 0 or -errno; an
 * existing directory is fine, anything else there is -ENOTDIR. */
int file_make_dirs(const char *path);

/* fsync() of the directory `path`. 0 or -errno. */
int file_sync_dir(const char *path);

/* fsync() of the descriptor, again after EINTR. 0 or -errno. */
int file_sync(int fd);

/* "DIR/NAME", allocated; NULL when out of memory. */
char *file_join(const char *dir, const char *name);

#endif
